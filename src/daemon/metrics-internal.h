/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/metrics-internal.h - what metrics.c counts and metrics-render.c
 * shows.  Private to the two.
 */
#ifndef STATESYNC_DAEMON_METRICS_INTERNAL_H
#define STATESYNC_DAEMON_METRICS_INTERNAL_H

#include "daemon/metrics.h"

#include <pthread.h>

/* Upper ends of the latency buckets, microseconds, and as Prometheus reads them. */
#define METRICS_BUCKET_LIST(X)                                                                     \
    X(500, "0.0005")                                                                               \
    X(1000, "0.001")                                                                               \
    X(2500, "0.0025")                                                                              \
    X(5000, "0.005")                                                                               \
    X(10000, "0.01")                                                                               \
    X(25000, "0.025")                                                                              \
    X(50000, "0.05")                                                                               \
    X(100000, "0.1")                                                                               \
    X(250000, "0.25")                                                                              \
    X(500000, "0.5")                                                                               \
    X(1000000, "1")                                                                                \
    X(2500000, "2.5")                                                                              \
    X(5000000, "5")                                                                                \
    X(10000000, "10")
#define METRICS_BUCKET_ONE(us, text) +1
enum { METRICS_BUCKETS = 0 METRICS_BUCKET_LIST(METRICS_BUCKET_ONE) };
#undef METRICS_BUCKET_ONE

struct frontend_figures {
    struct metrics_frontend last;
    uint64_t events;
};

struct metrics {
    /* a pthread mutex, not a GMutex: ThreadSanitizer sees it */
    pthread_mutex_t lock;
    int64_t vms[KIND_COUNT + 1][STATE_COUNT]; /* the last one: of no known kind */
    int64_t alarms[ALARM_COUNT];
    uint64_t decisions[RULE_COUNT];
    uint64_t ldap[METRICS_OPERATIONS][DIRECTORY_CLASS_COUNT];
    uint64_t buckets[METRICS_BUCKETS + 1]; /* the last one: above all */
    uint64_t latency_us;                   /* sum */
    GHashTable *events;                    /* kind -> uint64_t */
    uint64_t missed;
    GHashTable *nodes; /* name -> struct metrics_node */
    GHashTable *frontends; /* name -> struct frontend_figures */
    unsigned stale, held;
    uint64_t passes;
    int64_t last_pass; /* wall ms, 0 = none */
    int lease; /* -1 = nobody said: a one-shot run gives it back at once */
    bool paused, connected;
    char *mode;
    GHashTable *before; /* series -> double: where counters begin; NULL = at zero */
};

/* Appends all but what is about the process.  Called with the lock held; `now` is monotonic. */
void metrics_render_own(const struct metrics *m, int64_t now, GString *out);

/* Appends what is about the process.  Needs no lock. */
void metrics_render_process(GString *out);

/* metrics_continue() with the text of the file, which is taken apart in place. */
void metrics_continue_text(struct metrics *m, char *text);

#endif
