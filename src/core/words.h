/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/words.h - the vocabularies, each as one list.
 *
 * Every enum below and its names come from one X-macro, so that a word exists
 * in exactly one place.  X(ID, "word").  Lookups ignore case and accept the
 * synonyms people and other programs use; names are returned in their
 * canonical spelling and are static.
 */
#ifndef STATESYNC_CORE_WORDS_H
#define STATESYNC_CORE_WORDS_H

#include "core/mark.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_ENUM(id, word) id,

/* The part of a status before the comma.  STATE_NONE: no status. */
#define STATE_LIST(X)                                                                              \
    X(STATE_NONE, "")                                                                              \
    X(STATE_STOPPED, N_("Stopped"))                                                                \
    X(STATE_STARTING, N_("Starting"))                                                              \
    X(STATE_PAUSED, N_("Paused"))                                                                  \
    X(STATE_RUNNING, N_("Running"))                                                                \
    X(STATE_SHUTTING_DOWN, N_("Shutting down"))                                                    \
    X(STATE_POWERING_OFF, N_("Powering off"))                                                      \
    X(STATE_DELETING, N_("Deleting"))                                                              \
    X(STATE_CRASHED, N_("Crashed"))                                                                \
    X(STATE_FROZEN, N_("Frozen"))                                                                  \
    X(STATE_DO_NOT_USE, N_("Do not use"))
enum state { STATE_LIST(WORDS_ENUM) STATE_COUNT };

/* The part of a status after the comma. */
#define ACTIVITY_LIST(X)                                                                           \
    X(ACTIVITY_NONE, "")                                                                           \
    X(ACTIVITY_STREAMING, N_("streaming"))                                                         \
    X(ACTIVITY_BACKING_UP, N_("backing up"))                                                       \
    X(ACTIVITY_MIGRATING, N_("migrating"))                                                         \
    X(ACTIVITY_MAINTENANCE, N_("maintenance mode"))                                                \
    X(ACTIVITY_FIRST_INSTALLATION, N_("first installation"))
enum activity { ACTIVITY_LIST(WORDS_ENUM) ACTIVITY_COUNT };

/* sstVirtualMachineMode; absent and unknown values mean MODE_DO_NOT_USE. */
#define MODE_LIST(X)                                                                               \
    X(MODE_DO_NOT_USE, N_("do not use"))                                                           \
    X(MODE_MAINTENANCE, N_("maintenance mode"))                                                    \
    X(MODE_FIRST_INSTALLATION, N_("first installation"))                                           \
    X(MODE_READY, N_("ready for use"))
enum mode { MODE_LIST(WORDS_ENUM) MODE_COUNT };

/* sstVirtualMachineType. */
#define KIND_LIST(X)                                                                               \
    X(KIND_PERSISTENT, N_("persistent"))                                                           \
    X(KIND_DYNAMIC, N_("dynamic"))                                                                 \
    X(KIND_TEMPLATE, N_("template"))                                                               \
    X(KIND_PROFILE, N_("profile"))
enum kind { KIND_LIST(WORDS_ENUM) KIND_COUNT };

/* What sstStatus says a VM is meant to do. */
#define INTENT_LIST(X)                                                                             \
    X(INTENT_NONE, "none")                                                                         \
    X(INTENT_RUN, "running")                                                                       \
    X(INTENT_STOP, "shutdown")
enum intent { INTENT_LIST(WORDS_ENUM) INTENT_COUNT };

/* sstVirtualMachineRequestedAction. */
#define REQUEST_LIST(X)                                                                            \
    X(REQUEST_NONE, "")                                                                            \
    X(REQUEST_START, "start")                                                                      \
    X(REQUEST_SHUTDOWN, "shutdown")                                                                \
    X(REQUEST_POWER_OFF, "power-off")                                                              \
    X(REQUEST_MIGRATE, "migrate")                                                                  \
    X(REQUEST_DELETE, "delete")                                                                    \
    X(REQUEST_UNKNOWN, "?")
enum request { REQUEST_LIST(WORDS_ENUM) REQUEST_COUNT };

/* libvirt's virDomainState as virsh spells it; DSTATE_OTHER: a word we do not know. */
#define DSTATE_LIST(X)                                                                             \
    X(DSTATE_NOSTATE, "nostate")                                                                   \
    X(DSTATE_RUNNING, "running")                                                                   \
    X(DSTATE_BLOCKED, "blocked")                                                                   \
    X(DSTATE_PAUSED, "paused")                                                                     \
    X(DSTATE_SHUTDOWN, "shutdown")                                                                 \
    X(DSTATE_SHUTOFF, "shutoff")                                                                   \
    X(DSTATE_CRASHED, "crashed")                                                                   \
    X(DSTATE_PMSUSPENDED, "pmsuspended")                                                           \
    X(DSTATE_OTHER, "other")
enum dstate { DSTATE_LIST(WORDS_ENUM) DSTATE_COUNT };

/* The reasons `virsh domstate --reason` prints, all states together, lower case. */
#define DREASON_LIST(X)                                                                            \
    X(DREASON_NONE, "")                                                                            \
    X(DREASON_UNKNOWN, "unknown")                                                                  \
    X(DREASON_BOOTED, "booted")                                                                    \
    X(DREASON_MIGRATED, "migrated")                                                                \
    X(DREASON_RESTORED, "restored")                                                                \
    X(DREASON_FROM_SNAPSHOT, "from snapshot")                                                      \
    X(DREASON_UNPAUSED, "unpaused")                                                                \
    X(DREASON_MIGRATION_CANCELED, "migration canceled")                                            \
    X(DREASON_SAVE_CANCELED, "save canceled")                                                      \
    X(DREASON_WAKEUP, "event wakeup")                                                              \
    X(DREASON_CRASHED, "crashed")                                                                  \
    X(DREASON_POSTCOPY, "post-copy")                                                               \
    X(DREASON_POSTCOPY_FAILED, "post-copy failed")                                                 \
    X(DREASON_USER, "user")                                                                        \
    X(DREASON_MIGRATING, "migrating")                                                              \
    X(DREASON_SAVING, "saving")                                                                    \
    X(DREASON_DUMPING, "dumping")                                                                  \
    X(DREASON_IOERROR, "ioerror")                                                                  \
    X(DREASON_WATCHDOG, "watchdog")                                                                \
    X(DREASON_SHUTTING_DOWN, "shutting down")                                                      \
    X(DREASON_CREATING_SNAPSHOT, "creating snapshot")                                              \
    X(DREASON_STARTING_UP, "starting up")                                                          \
    X(DREASON_API_ERROR, "api error")                                                              \
    X(DREASON_SHUTDOWN, "shutdown")                                                                \
    X(DREASON_DESTROYED, "destroyed")                                                              \
    X(DREASON_SAVED, "saved")                                                                      \
    X(DREASON_FAILED, "failed")                                                                    \
    X(DREASON_DAEMON, "daemon")                                                                    \
    X(DREASON_PANICKED, "panicked")                                                                \
    X(DREASON_OTHER, "other")
enum dreason { DREASON_LIST(WORDS_ENUM) DREASON_COUNT };

/* The operation of the current job as `virsh domjobinfo` prints it, lower case. */
#define JOB_LIST(X)                                                                                \
    X(JOB_NONE, "")                                                                                \
    X(JOB_UNKNOWN, "unknown")                                                                      \
    X(JOB_START, "start")                                                                          \
    X(JOB_SAVE, "save")                                                                            \
    X(JOB_RESTORE, "restore")                                                                      \
    X(JOB_INCOMING, "incoming migration")                                                          \
    X(JOB_OUTGOING, "outgoing migration")                                                          \
    X(JOB_SNAPSHOT, "snapshot")                                                                    \
    X(JOB_SNAPSHOT_REVERT, "snapshot revert")                                                      \
    X(JOB_SNAPSHOT_DELETE, "snapshot delete")                                                      \
    X(JOB_DUMP, "dump")                                                                            \
    X(JOB_BACKUP, "backup")
enum job { JOB_LIST(WORDS_ENUM) JOB_COUNT };

/* Block jobs. */
#define BLOCK_JOB_LIST(X)                                                                          \
    X(BLOCK_JOB_UNKNOWN, "unknown")                                                                \
    X(BLOCK_JOB_PULL, "pull")                                                                      \
    X(BLOCK_JOB_COPY, "copy")                                                                      \
    X(BLOCK_JOB_COMMIT, "commit")                                                                  \
    X(BLOCK_JOB_ACTIVE_COMMIT, "active commit")                                                    \
    X(BLOCK_JOB_BACKUP, "backup")
enum block_job_type { BLOCK_JOB_LIST(WORDS_ENUM) BLOCK_JOB_COUNT };

/* How a block job ended (job-completed events). */
#define JOB_END_LIST(X)                                                                            \
    X(JOB_END_COMPLETED, "completed")                                                              \
    X(JOB_END_FAILED, "failed")                                                                    \
    X(JOB_END_CANCELED, "canceled")
enum job_end { JOB_END_LIST(WORDS_ENUM) JOB_END_COUNT };

/* The guest agent as the live XML and a ping show it. */
#define AGENT_LIST(X)                                                                              \
    X(AGENT_NONE, "none")                                                                          \
    X(AGENT_DISCONNECTED, "disconnected")                                                          \
    X(AGENT_CONNECTED, "connected")                                                                \
    X(AGENT_UNRESPONSIVE, "unresponsive")
enum agent { AGENT_LIST(WORDS_ENUM) AGENT_COUNT };

/* virDomainGetControlInfo. */
#define CONTROL_LIST(X)                                                                            \
    X(CONTROL_OK, "ok")                                                                            \
    X(CONTROL_OCCUPIED, "occupied")                                                                \
    X(CONTROL_ERROR, "error")
enum control { CONTROL_LIST(WORDS_ENUM) CONTROL_COUNT };

/* What a node answered. */
#define RESULT_LIST(X)                                                                             \
    X(RESULT_COMPLETE, "complete")                                                                 \
    X(RESULT_PARTIAL, "partial")                                                                   \
    X(RESULT_ERROR, "error")
enum result { RESULT_LIST(WORDS_ENUM) RESULT_COUNT };

/* Why a node did not answer.  ERROR_OTHER: a class this version does not know. */
#define ERROR_CLASS_LIST(X)                                                                        \
    X(ERROR_NONE, "")                                                                              \
    X(ERROR_REFUSED, "refused")                                                                    \
    X(ERROR_TIMEOUT, "timeout")                                                                    \
    X(ERROR_TLS, "tls")                                                                            \
    X(ERROR_AUTH, "auth")                                                                          \
    X(ERROR_RPC, "rpc")                                                                            \
    X(ERROR_CLOSED, "closed")                                                                      \
    X(ERROR_UNKNOWN_NODE, "unknown-node")                                                          \
    X(ERROR_NO_URI, "no-uri")                                                                      \
    X(ERROR_OTHER, "other")
enum error_class { ERROR_CLASS_LIST(WORDS_ENUM) ERROR_CLASS_COUNT };

/* Alarms on an entry, and on the pass. */
#define ALARM_LIST(X)                                                                              \
    X(ALARM_BACKUP_FAILED, "backup-failed")                                                        \
    X(ALARM_BACKUP_STUCK, "backup-stuck")                                                          \
    X(ALARM_CONFLICT, "conflict")                                                                  \
    X(ALARM_DELETE_OF_ACTIVE, "delete-of-active")                                                  \
    X(ALARM_DISAGREE, "disagree")                                                                  \
    X(ALARM_DUPLICATE, "duplicate")                                                                \
    X(ALARM_DUPLICATE_ENTRY, "duplicate-entry")                                                    \
    X(ALARM_IO_ERROR, "io-error")                                                                  \
    X(ALARM_LEFTOVER, "leftover")                                                                  \
    X(ALARM_LOST_IN_MIGRATION, "lost-in-migration")                                                \
    X(ALARM_MALFORMED_ENTRY, "malformed-entry")                                                    \
    X(ALARM_MIGRATION_TO_SELF, "migration-to-self")                                                \
    X(ALARM_NAME_CLASH, "name-clash")                                                              \
    X(ALARM_ONE_DONE, "one-done")                                                                  \
    X(ALARM_SHUTDOWN_IGNORED, "shutdown-ignored")                                                  \
    X(ALARM_STALE_MIGRATION_MARKER, "stale-migration-marker")                                      \
    X(ALARM_STREAMING_FAILED, "streaming-failed")                                                  \
    X(ALARM_STREAMING_INTERRUPTED, "streaming-interrupted")                                        \
    X(ALARM_STREAMING_STALLED, "streaming-stalled")                                                \
    X(ALARM_TEMPLATE_RUNNING, "template-running")                                                  \
    X(ALARM_TEMPLATE_RUNNING_WHILE_STREAMING, "template-running-while-streaming")                  \
    X(ALARM_UNKNOWN_BACKUP_MODE, "unknown-backup-mode")                                            \
    X(ALARM_UNKNOWN_MODE, "unknown-mode")                                                          \
    X(ALARM_UNKNOWN_REQUEST, "unknown-request")                                                    \
    X(ALARM_WRONG_NODE, "wrong-node")                                                              \
    X(ALARM_ORPHAN, "orphan")                                                                      \
    X(ALARM_EVENTS_LOST, "events-lost")                                                            \
    X(ALARM_LOOK_BLOCKED, "look-blocked")                                                          \
    X(ALARM_BUDGET, "budget")                                                                      \
    X(ALARM_GAP, "gap")                                                                            \
    X(ALARM_OVERLAP, "overlap")
enum alarm_id { ALARM_LIST(WORDS_ENUM) ALARM_COUNT };

/* Canonical spelling; "" for the NONE members.  Static storage, never NULL. */
const char *state_name(enum state s);
const char *activity_name(enum activity a);
const char *mode_name(enum mode m);
const char *kind_name(enum kind k);
const char *intent_name(enum intent i);
const char *request_name(enum request r);
const char *dstate_name(enum dstate s);
const char *dreason_name(enum dreason r);
const char *job_name(enum job j);
const char *block_job_name(enum block_job_type t);
const char *job_end_name(enum job_end e);
const char *agent_name(enum agent a);
const char *control_name(enum control c);
const char *result_name(enum result r);
const char *error_class_name(enum error_class c);
const char *alarm_name(enum alarm_id a);

/*
 * Lookups.  Case does not matter, surrounding blanks are ignored.  They return
 * true and write *out when the word is known, else false and leave *out alone.
 * state_parse() also accepts "destroying" (Powering off) and "non responding"
 * (Frozen); dstate_parse() also virsh's "no state", "idle", "in shutdown" and
 * "shut off"; dreason_parse() also "i/o error".  A NULL word is not known.
 */
bool state_parse(const char *word, enum state *out);
bool activity_parse(const char *word, enum activity *out);
bool mode_parse(const char *word, enum mode *out);
bool kind_parse(const char *word, enum kind *out);
bool request_parse(const char *word, enum request *out);
bool dstate_parse(const char *word, enum dstate *out);
bool dreason_parse(const char *word, enum dreason *out);
bool job_parse(const char *word, enum job *out);
bool block_job_parse(const char *word, enum block_job_type *out);
bool job_end_parse(const char *word, enum job_end *out);
bool agent_parse(const char *word, enum agent *out);
bool result_parse(const char *word, enum result *out);
bool error_class_parse(const char *word, enum error_class *out);
bool alarm_parse(const char *word, enum alarm_id *out);

/* sstStatus to intent: "running" = run, "shutdown" = stop, all else (NULL too) none. */
enum intent intent_of_status(const char *status);

#endif
