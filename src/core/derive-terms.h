/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/derive-terms.h - what the rules are made of, for derive.c alone: each
 * question that a rule asks of the facts, and both of its answers in words.
 *
 * One row is the test and its texts, so an explanation cannot say something
 * else than what was tested.
 */
#ifndef STATESYNC_CORE_DERIVE_TERMS_H
#define STATESYNC_CORE_DERIVE_TERMS_H

/* X(ID, test of the facts f, "it is so", "it is not so"); the texts are keys for translations */
#define TERM_LIST(X)                                                                               \
    X(INVALID, f->invalid, N_("the entry is malformed, or not the only one with its UUID"),        \
      N_("the entry is well-formed"))                                                              \
    X(DUPLICATE, f->duplicate, N_("it is active on several nodes without moving"),                 \
      N_("it is not active on several nodes, or it moves"))                                        \
    X(UNSEEN, f->unseen, N_("who could show it does not answer"),                                  \
      N_("who could show it answers, or somebody shows it alive"))                                 \
    X(TEMPLATE, is_template(f), N_("it is a template"), N_("it is no template"))                   \
    X(ONE_COUNTS, f->one, N_("OpenNebula's word counts"), N_("no word of OpenNebula counts"))      \
    X(ONE_STATUS, f->one_state != STATE_NONE, N_("that word means a status"),                      \
      N_("that word means no status"))                                                             \
    X(ONE_LOST, f->one_lost, N_("OpenNebula lost sight of it"),                                    \
      N_("OpenNebula did not lose sight of it"))                                                   \
    X(REQUEST_DELETE, f->request_delete, N_("delete is requested"),                                \
      N_("delete is not requested"))                                                               \
    X(REQUEST_POWER_OFF, f->request_power_off, N_("power-off is requested"),                       \
      N_("power-off is not requested"))                                                            \
    X(REQUEST_START, f->request_start, N_("start is requested"), N_("start is not requested"))     \
    X(MEANT_TO_RUN, f->intent == INTENT_RUN, N_("it is meant to run"),                             \
      N_("it is not meant to run"))                                                                \
    X(TRANSIENT, f->transient, N_("it is dynamic or a golden image"),                              \
      N_("it is neither dynamic nor a golden image"))                                              \
    X(ACTIVE, f->active, N_("a domain is active"), N_("no domain is active"))                      \
    X(OFF, is_inactive(f), N_("it is off"), N_("it is not off"))                                   \
    X(ABSENT, f->copy == COPY_ABSENT, N_("no copy of it counts"), N_("a copy of it counts"))       \
    X(RUNNING, f->copy == COPY_RUNNING, N_("it is running"), N_("it is not running"))              \
    X(PAUSED, f->copy == COPY_PAUSED, N_("it is paused"), N_("it is not paused"))                  \
    X(ASLEEP, f->copy == COPY_PMSUSPENDED, N_("its guest is asleep"),                              \
      N_("its guest is not asleep"))                                                               \
    X(SHUTDOWN, f->copy == COPY_SHUTDOWN, N_("its state is shutdown"),                             \
      N_("its state is not shutdown"))                                                             \
    X(UNMAPPED, f->copy == COPY_UNMAPPED, N_("its state is one that nobody knows"),                \
      N_("its state is known"))                                                                    \
    X(PAUSED_SHUTTING_DOWN, is_paused(f, DREASON_SHUTTING_DOWN),                                   \
      N_("it is paused (shutting down)"), N_("it is not paused (shutting down)"))                  \
    X(PAUSED_STARTING_UP, is_paused(f, DREASON_STARTING_UP), N_("it is paused (starting up)"),     \
      N_("it is not paused (starting up)"))                                                        \
    X(PAUSED_USER, is_paused(f, DREASON_USER), N_("it is paused (user)"),                          \
      N_("it is not paused (user)"))                                                               \
    X(PAUSED_WATCHDOG, is_paused(f, DREASON_WATCHDOG), N_("its watchdog paused it"),               \
      N_("no watchdog paused it"))                                                                 \
    X(PAUSED_IOERROR, is_paused(f, DREASON_IOERROR), N_("an I/O error paused it"),                 \
      N_("no I/O error paused it"))                                                                \
    X(SAID_CRASHED, f->copy == COPY_CRASHED || is_paused(f, DREASON_CRASHED),                      \
      N_("its hypervisor says crashed"), N_("its hypervisor does not say crashed"))                \
    X(POSTCOPY_FAILED, f->postcopy_failed, N_("a post-copy migration of it failed"),               \
      N_("no post-copy migration of it failed"))                                                   \
    X(WENT_BADLY, went_badly(f), N_("it is shutoff (crashed) or (failed)"),                        \
      N_("it is not shutoff (crashed) or (failed)"))                                               \
    X(OFF_UNEXPLAINED, off_unexplained(f), N_("it is shutoff for no known reason"),                \
      N_("it is not shutoff for no known reason"))                                                 \
    X(EXCUSED, f->excused, N_("it was expected to go down"),                                       \
      N_("it was not expected to go down"))                                                        \
    X(RUNNING_LIKE, f->running_like, N_("it was published as active"),                             \
      N_("it was not published as active"))                                                        \
    X(WAS_CRASHED, f->was_crashed, N_("it was published as Crashed"),                              \
      N_("it was not published as Crashed"))                                                       \
    X(WAS_LEAVING, f->was_leaving, N_("it was published as going down"),                           \
      N_("it was not published as going down"))                                                    \
    X(WAS_BACKUP_PAUSED, f->was_backup_paused, N_("it was published as Paused, backing up"),       \
      N_("it was not published as Paused, backing up"))                                            \
    X(CORROBORATED, f->corroborated, N_("its absence is proven"),                                  \
      N_("its absence is not proven"))                                                             \
    X(STOP, f->stop_under_way, N_("a stop is under way"), N_("no stop is under way"))              \
    X(START, f->start_under_way, N_("a start is under way"), N_("no start is under way"))          \
    X(START_JOB, f->job == JOB_START, N_("a start job is at work on it"),                          \
      N_("no start job is at work on it"))                                                         \
    X(MARKER, f->marker, N_("its migration marker is live"), N_("no migration marker is live"))    \
    X(SIGNS, f->signs, N_("it shows signs of movement"), N_("it shows no sign of movement"))       \
    X(MOVE_RUNNING, f->move_running, N_("a copy that moves is running"),                           \
      N_("no copy that moves is running"))                                                         \
    X(ANY_RUNNING, f->any_running, N_("a copy is running"), N_("no copy is running"))              \
    X(ANY_PAUSED, f->any_paused, N_("a copy is paused"), N_("no copy is paused"))                  \
    X(BACKUP, f->backup != BACKUP_NONE, N_("a backup is at work"), N_("no backup is at work"))     \
    X(BACKUP_TAKES, backup_takes_guest(f), N_("a backup saves or restores it"),                    \
      N_("no backup saves or restores it"))                                                        \
    X(BACKUP_MERGES, f->backup == BACKUP_MERGING, N_("a backup merges its images"),                \
      N_("no backup merges its images"))                                                           \
    X(BACKUP_JOB, f->backup_job, N_("a backup job is at work on it"),                              \
      N_("no backup job is at work on it"))                                                        \
    X(MERGE_JOB, f->merge_job, N_("a pull or commit job is at work on it"),                        \
      N_("no pull or commit job is at work on it"))                                                \
    X(SAVING_JOB, saving_job(f), N_("it is being saved, restored or dumped"),                      \
      N_("it is not being saved, restored or dumped"))                                             \
    X(SAVED, saved_image(f), N_("it is off, its memory in a file"),                                \
      N_("it is not off with its memory in a file"))                                               \
    X(MANAGED_SAVE, f->managed_save, N_("it has a saved image"), N_("it has no saved image"))      \
    X(STREAMING, f->streaming, N_("it streams"), N_("it does not stream"))                         \
    X(CHILDREN_STREAM, f->children_streaming, N_("a VM streams from it"),                          \
      N_("no VM streams from it"))                                                                 \
    X(CONTROL_FROZEN, f->control_frozen, N_("its monitor does not answer"),                        \
      N_("its monitor is not known to hang"))                                                      \
    X(AGENT_FROZEN, f->agent_frozen, N_("its guest agent does not answer"),                        \
      N_("its guest agent is not known to hang"))                                                  \
    X(MODE_DO_NOT_USE, f->mode == MODE_DO_NOT_USE, N_("its mode is do not use, or none"),          \
      N_("its mode is not do not use"))                                                            \
    X(MODE_MAINTENANCE, f->mode == MODE_MAINTENANCE, N_("its mode is maintenance mode"),           \
      N_("its mode is not maintenance mode"))                                                      \
    X(MODE_INSTALLATION, f->mode == MODE_FIRST_INSTALLATION,                                       \
      N_("its mode is first installation"), N_("its mode is not first installation"))              \
    X(ANYTHING, true, N_("it takes whatever no other rule names"), "")

#endif
