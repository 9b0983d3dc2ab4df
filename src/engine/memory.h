/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/memory.h - what is remembered about single VMs beyond what the
 * directory says.
 *
 * A VM has a record only while something about it is remembered: a stop under
 * way, the first miss of an absence, a migration marker.  In a steady site
 * there are none.  Times are milliseconds on the monotonic clock, NEVER where
 * nothing is remembered.  RECORD_FIELDS is the list the state file is written
 * and read by; a field added there is saved, loaded and recognized as empty.
 */
#ifndef STATESYNC_ENGINE_MEMORY_H
#define STATESYNC_ENGINE_MEMORY_H

#include "core/cleanup.h"
#include "core/words.h"
#include "engine/uuid.h"

#include <glib.h>

#define NEVER G_MININT64
/* No remembered number is larger; a state file that holds one is not ours. */
#define MEMORY_NUMBER_MAX G_GINT64_CONSTANT(1000000000000000)

/* Why a domain that went down by crash or failure was expected to go. */
enum excuse {
    EXCUSE_STOP = 1,
    EXCUSE_POWER_OFF = 2,
    EXCUSE_BACKUP = 4,
    EXCUSE_PUBLISHED = 8, /* a cold start found Stopped published */
};

/* X(type, name, empty value, key): type number, time or text (a ref) */
#define RECORD_FIELDS(X)                                                                           \
    X(number, intent, -1, "intent")            /* last intent seen; -1 = as the status implies */  \
    X(time, start_since, NEVER, "start")       /* a start is under way */                          \
    X(time, stop_since, NEVER, "stop")         /* a stop is under way */                           \
    X(number, stop_intent, 0, "stop_intent")   /* it came from the intent, not from a request */   \
    X(number, stop_ignored, 0, "ignored")      /* it ran out: alarm */                             \
    X(number, request, REQUEST_NONE, "request")                                                    \
    X(text, request_stamp, NULL, "request_stamp") /* its own timestamp: tells it from the next */  \
    X(time, request_since, NEVER, "request_since")                                                 \
    X(number, request_expired, 0, "request_expired")                                               \
    X(number, request_done, 0, "request_done")                                                     \
    X(number, request_marker, 0, "request_marker") /* the marker was there since the request */    \
    X(text, request_home, NULL, "request_home")                                                    \
    X(text, marker, NULL, "marker")            /* target of the migration marker */                \
    X(time, marker_sign, NEVER, "marker_sign") /* last sign of movement, or first sight */         \
    X(number, marker_expired, 0, "marker_expired")                                                 \
    X(number, absent, 0, "absent")             /* a row of answers without the domain began */     \
    X(number, misses, 0, "misses")             /* after the seed */                                \
    X(time, first_miss, NEVER, "first_miss")                                                       \
    X(text, row_nodes, NULL, "row")            /* nodes in play, and epochs, when the row began */ \
    X(time, birth, NEVER, "birth")                                                                 \
    X(number, streamed, 0, "streamed")         /* listed or pulling when last judged */            \
    X(number, best, -1, "best")                /* best progress, permille */                       \
    X(number, proven, 0, "proven")             /* end of streaming is proven */                    \
    X(time, no_job_since, NEVER, "no_job")     /* streaming without a job */                       \
    X(number, job_failed, 0, "job_failed")     /* a pull failed or was cancelled */                \
    X(time, control_since, NEVER, "control")   /* control occupied or in error */                  \
    X(number, agent_answered, 0, "agent")      /* the agent was connected once */                  \
    X(number, agent_misses, 0, "agent_misses")                                                     \
    X(time, agent_first, NEVER, "agent_first")                                                     \
    X(number, excuse, 0, "excuse")             /* enum excuse bits */                              \
    X(number, excuse_kept, 0, "excuse_kept")   /* seen down: the excuse is decided */              \
    X(number, both_pass, 0, "both")            /* pass that excused two running copies */          \
    X(number, held, 0, "held")                 /* passes held by the budget */                     \
    X(number, doubt, 0, "doubt")               /* was missing when its node fell silent */         \
    X(time, left_at, NEVER, "left")            /* left running-like by absence */                  \
    X(text, left_node, NULL, "left_node")                                                          \
    X(number, unsighted, 0, "unsighted")       /* -1: no answer since a cold start; else the pass  \
                                                * that gave the first */                           \
    X(text, node, NULL, "node")                /* last seen, when not yet published */             \
    X(text, source, NULL, "source")            /* OpenNebula front-end, when not yet published */  \
    X(number, source_id, -1, "source_id")      /* and the VM's number there */                     \
    X(time, disagree_since, NEVER, "disagree") /* OpenNebula and libvirt contradict each other */

struct backup_seen {
    char *stamp;
    char *mode;
    gint64 since;
};

struct disk_seen {
    char *name;
    bool proven;
};

struct record {
    struct uuid uuid;
#define RECORD_number(name) gint64 name;
#define RECORD_time(name) gint64 name;
#define RECORD_text(name) char *name;
#define RECORD_MEMBER(type, name, empty, key) RECORD_##type(name)
    RECORD_FIELDS(RECORD_MEMBER)
#undef RECORD_MEMBER
    GArray *backups; /* of struct backup_seen; NULL = none */
    GArray *disks;   /* of struct disk_seen; NULL = none */
    /* this process only */
    guint64 request_pass; /* pass in which the request was noted */
    guint64 node_pass;    /* pass in which it was seen elsewhere than before */
    char *node_before;    /* ref: where it had been seen until that pass, or NULL */
    guint64 sighted_pass; /* pass of the first sight after a cold start */
    guint64 noted_pass;   /* pass in which one of these was noted: kept that long */
    guint64 both_query;  /* latest query when two running copies were first seen */
    guint64 held_query;  /* latest query counted as a pass held by the budget */
    guint64 row_query;   /* latest query counted in the row of misses */
    guint64 agent_query; /* latest query counted as an agent miss */
    bool row_gap;        /* a gap came after the answer counted last */
    bool row_repeat;     /* the row was interrupted by a gap: a one-shot run asks again itself */
};

struct memory; /* all records, by UUID */

struct memory *memory_new(void);
void memory_free(struct memory *m); /* NULL is ignored */
DEFINE_CLEANUP(struct memory, memory_free)

/* The record of a VM, or NULL; owned by the memory. */
struct record *memory_find(struct memory *m, const struct uuid *uuid);
/* The same, made when missing. */
struct record *memory_get(struct memory *m, const struct uuid *uuid);
/* A new pass begins. */
void memory_begin_pass(struct memory *m, guint64 pass);
/* Forgets the record when nothing is remembered in it any more, not even for this pass. */
void memory_tidy(struct memory *m, struct record *r);
/* Forgets every VM for which keep() says false. */
void memory_retain(struct memory *m, bool (*keep)(const struct record *r, void *data), void *data);
unsigned memory_count(const struct memory *m);
/* Calls visit for every record, in the order of UUIDs. */
void memory_each(struct memory *m, void (*visit)(struct record *r, void *data), void *data);

bool record_is_empty(const struct record *r);
/* Shifts every remembered time by delta ms (another boot: other clock). */
void record_shift(struct record *r, gint64 delta);

/* Calls visit for everything that is remembered in r: its key in the state file, and a text, or
 * since when (else NEVER).  Nothing for NULL. */
typedef void (*record_visit)(const char *key, const char *text, gint64 since, void *data);
void record_each(const struct record *r, record_visit visit, void *data);

/* One line of the state file without its newline, appended; and back.  record_parse() returns NULL
 * and says why in *problem (static text) when the line is not one. */
void record_format(const struct record *r, GString *out);
struct record *record_parse(const char *line, const char **problem);
void memory_adopt(struct memory *m, struct record *r); /* takes r; replaces an older one */
void record_free(struct record *r);

/* When this backup child in this mode was first seen; now when it is new. */
gint64 record_backup_since(struct record *r, const char *stamp, const char *mode, gint64 now);
/* Forgets children that are not in stamps (NULL-terminated). */
void record_backup_retain(struct record *r, const char *const *stamps);
/* The disk, made when missing. */
struct disk_seen *record_disk(struct record *r, const char *name);

#endif
