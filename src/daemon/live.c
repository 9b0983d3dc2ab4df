/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/live.h"

#include <pthread.h>
#include <time.h>

struct live {
    struct live_maker maker;
    struct board *growing; /* the main thread's; NULL = none */
    GSource *source; /* dispatched when its time is set: somebody asks */
    pthread_mutex_t lock;
    pthread_cond_t made;
    struct board *board; /* NULL = none yet */
    gint64 made_us;      /* monotonic */
    guint64 serial;      /* grows with each board */
};

/* --- the main thread ---------------------------------------------------------------- */

static void
hand_out(struct live *l, struct board *b)
{
    struct board *before;

    pthread_mutex_lock(&l->lock);
    before = l->board;
    l->board = b;
    l->made_us = g_get_monotonic_time();
    l->serial++;
    pthread_cond_broadcast(&l->made);
    pthread_mutex_unlock(&l->lock);
    board_unref(before);
}

/* A part in each turn of the loop. */
static gboolean
make_part(gpointer data)
{
    struct live *l = data;
    bool more = true;

    g_source_set_ready_time(l->source, -1);
    if (l->growing == NULL)
        l->growing = l->maker.begin(l->maker.data);
    else
        more = l->maker.more(l->growing, l->maker.data);
    if (more)
        g_source_set_ready_time(l->source, 0);
    else
        hand_out(l, g_steal_pointer(&l->growing));
    return G_SOURCE_CONTINUE;
}

static gboolean
dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)source;
    return callback(data);
}

static GSourceFuncs functions = {.dispatch = dispatch};

struct live *
live_new(const struct live_maker *maker)
{
    struct live *l = g_new0(struct live, 1);
    pthread_condattr_t attributes;

    l->maker = *maker;
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&l->made, &attributes);
    pthread_condattr_destroy(&attributes);
    l->source = g_source_new(&functions, sizeof(GSource));
    g_source_set_priority(l->source, G_PRIORITY_DEFAULT_IDLE); /* statuses come first */
    g_source_set_callback(l->source, make_part, l, NULL);
    g_source_attach(l->source, NULL);
    return l;
}

void
live_free(struct live *l)
{
    if (l == NULL)
        return;
    g_source_destroy(l->source);
    g_source_unref(l->source);
    pthread_cond_destroy(&l->made);
    pthread_mutex_destroy(&l->lock);
    board_unref(l->board);
    board_unref(l->growing);
    g_free(l);
}

/* --- any other ------------------------------------------------------------------------ */

struct board *
live_get(struct live *l)
{
    struct timespec until;
    struct board *b = NULL;

    pthread_mutex_lock(&l->lock);
    if (l->board == NULL || g_get_monotonic_time() - l->made_us > LIVE_FRESH_MS * 1000) {
        guint64 serial = l->serial;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += LIVE_WAIT_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        g_source_set_ready_time(l->source, 0);
        while (l->serial == serial && pthread_cond_timedwait(&l->made, &l->lock, &until) == 0)
            ;
    }
    if (l->board != NULL)
        b = board_ref(l->board);
    pthread_mutex_unlock(&l->lock);
    return b;
}
