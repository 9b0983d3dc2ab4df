/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/metrics.h - figures about ourselves, for Prometheus.
 *
 * Who works updates them (plain, cheap, never blocking for long: one mutex,
 * held for a few stores); any thread renders them.  The names and help texts
 * stand in metrics-render.c; labels come from the word lists of core.
 *
 * A one-shot run has them too: metrics_write_textfile().  This header is what
 * commands may use of the daemon's room.
 *
 * Times are monotonic microseconds (g_get_monotonic_time()) unless said
 * otherwise.
 */
#ifndef STATESYNC_DAEMON_METRICS_H
#define STATESYNC_DAEMON_METRICS_H

#include "core/cleanup.h"
#include "core/derive.h"
#include "core/words.h"
#include "directory/result.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct metrics;
struct engine_output;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *m); /* NULL is ignored */
DEFINE_CLEANUP(struct metrics, metrics_free)

/* X(ENUM, word): LDAP operations that are counted. */
#define METRICS_OPERATION_LIST(X)                                                                  \
    X(METRICS_CONNECT, "connect") /* with StartTLS and bind */                                     \
    X(METRICS_SEARCH, "search")                                                                    \
    X(METRICS_MODIFY, "modify")                                                                    \
    X(METRICS_ADD, "add")                                                                          \
    X(METRICS_WATCH, "watch") /* refreshes of the RFC 4533 watch */
#define METRICS_OPERATION_MEMBER(id, word) id,
enum metrics_operation { METRICS_OPERATION_LIST(METRICS_OPERATION_MEMBER) METRICS_OPERATIONS };
#undef METRICS_OPERATION_MEMBER

/*
 * A whole pass was decided: sets VMs by state and kind, stale VMs, alarms and
 * what the budget holds, and counts each decision by its rule.
 */
void metrics_take_output(struct metrics *m, const struct engine_output *o);

/* The same of what is published, for who decides single VMs: sets VMs, stale ones, alarms, held. */
struct engine_totals;
void metrics_set_totals(struct metrics *m, const struct engine_totals *totals);

/* One VM or template was decided by this rule. */
void metrics_decision(struct metrics *m, enum rule rule);

/* A pass came to its end; wall is milliseconds since the epoch. */
void metrics_pass(struct metrics *m, int64_t wall);

void metrics_ldap(struct metrics *m, enum metrics_operation operation, enum directory_class result);

/* From the arrival of an event to the answer to the write it caused. */
void metrics_latency(struct metrics *m, int64_t us);

/* Hints that arrived.  kind is a word of the caller's, such as "lifecycle"; at most
 * METRICS_KINDS_MAX different ones are told apart, others count as "other". */
enum { METRICS_KINDS_MAX = 32 };
void metrics_event(struct metrics *m, const char *kind);
/* Changes no event told us about: a full read found them. */
void metrics_missed(struct metrics *m, unsigned n);

/* What is known of one node. */
struct metrics_node {
    bool up;            /* its last answer was complete */
    int64_t complete;   /* when the last complete answer came; 0 = never */
    uint64_t epoch;
    int64_t read_us;    /* how long the last read took; -1 = not known */
    unsigned domains;   /* active and inactive ones in the last complete answer */
};
void metrics_node(struct metrics *m, const char *name, const struct metrics_node *node);
void metrics_remove_node(struct metrics *m, const char *name);

/* What is known of one OpenNebula front-end. */
struct metrics_frontend {
    bool up;         /* its last answer was complete */
    unsigned vms;    /* it has */
    unsigned joined; /* of them, that are an entry's */
    int64_t read_us; /* how long the last read took; -1 = not known */
};
void metrics_frontend(struct metrics *m, const char *name, const struct metrics_frontend *figures);
void metrics_frontend_event(struct metrics *m, const char *name); /* of a known one */
void metrics_remove_frontend(struct metrics *m, const char *name);

void metrics_set_lease(struct metrics *m, bool held); /* not called: there is no such metric */
void metrics_set_paused(struct metrics *m, bool paused);
/* mode: how changes of the directory reach us, a word such as "watch"; NULL = not known. */
void metrics_set_directory(struct metrics *m, bool connected, const char *mode);

/* Appends everything in Prometheus' text format 0.0.4. */
void metrics_render(struct metrics *m, GString *out);

/*
 * Replaces the file in one go (mode 0644), for the textfile collector of
 * node_exporter.  What is about the process is left out: node_exporter
 * publishes metrics of these names about itself.  False and error
 * (G_FILE_ERROR) when it could not be written; an older file stands then.
 */
bool metrics_write_textfile(struct metrics *m, const char *path, GError **error);

/*
 * Counts on from an older text file, so that counters of one-shot runs grow
 * from run to run.  A file that is missing or not of ours changes nothing.
 */
void metrics_continue(struct metrics *m, const char *path);

#endif
