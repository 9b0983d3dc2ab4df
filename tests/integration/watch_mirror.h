/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a daemon does with dialer, source and watch, for tests: keeps a copy of
 * the directory and dials again when the connection is lost.  A timer ticks
 * beside it and measures how long the main loop was held up.
 */
#ifndef STATESYNC_TESTS_WATCH_MIRROR_H
#define STATESYNC_TESTS_WATCH_MIRROR_H

#include "directory/dialer.h"
#include "directory/source.h"
#include "directory/watch.h"
#include "integration/directory_server.h"

struct mirror {
    struct directory_options *options;
    struct dialer *dialer;
    struct watch *watch;
    struct directory_connection *connection;
    GSource *source;
    GHashTable *entries; /* normalised DN -> entryCSN */
    bool has_service, service_said;
    char *holder;
    int64_t serial;
    bool live, complete;
    unsigned n_entries, n_fresh, n_gone, n_live, n_lost, n_failed, n_dialled;
    unsigned n_older; /* entries that came older than what was there */
    char *last_gone, *last_entry, *last_error;
    void (*on_entry)(struct mirror *m, const struct entry *entry);
    void (*on_service)(struct mirror *m, const struct service_state *state);
    void (*on_connection)(struct mirror *m); /* a new one, or none (NULL) any more */
    void *data;
    int64_t last_tick, worst_us;
    int64_t last_cpu, worst_cpu_us; /* the same in time of the processor: by ourselves */
    guint tick;
};

/* The options are taken over. */
struct mirror *mirror_new(struct directory_options *o);
void mirror_free(struct mirror *m);
DEFINE_CLEANUP(struct mirror, mirror_free)

/* Dials for the first time; from then on by itself. */
void mirror_start(struct mirror *m);

/* Runs the main loop until the condition holds; fails the test after ms. */
typedef bool (*mirror_condition)(struct mirror *m);
void mirror_until(struct mirror *m, mirror_condition condition, int ms);
bool mirror_is_live(struct mirror *m);

/* Starts and waits until it is live. */
void mirror_up(struct mirror *m);

/* Runs the main loop this long. */
void mirror_run(struct mirror *m, int ms);

/* Forgets how long the loop was held up so far. */
void mirror_reset_ticks(struct mirror *m);

/* Runs until it is live and the same as what this server has; fails the test after ms. */
void mirror_until_equal(struct mirror *m, const struct server *s, int ms);

/* Runs until it has returned to the first server of its list; fails the test after ms. */
void mirror_return(struct mirror *m, int ms);

bool mirror_has(struct mirror *m, const char *dn);

#endif
