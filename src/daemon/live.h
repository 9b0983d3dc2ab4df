/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/live.h - the status board as it is now, for the thread that serves it.
 *
 * The main thread makes a board only when somebody asks for one, at most once
 * a second, part by part, between all that is to be done otherwise; who asks
 * waits for it a moment and takes the one before where the main thread is busy.
 * So nobody waits for long, and nothing is copied while nobody looks.
 */
#ifndef STATESYNC_DAEMON_LIVE_H
#define STATESYNC_DAEMON_LIVE_H

#include "board/board.h"
#include "core/cleanup.h"

#include <glib.h>
#include <stdbool.h>

enum {
    LIVE_FRESH_MS = 1000, /* a board younger than this is handed out again */
    LIVE_WAIT_MS = 250,   /* for a new one */
};

struct live;

/* How a board is made, on the default main context. */
struct live_maker {
    struct board *(*begin)(void *data); /* gives it away; never NULL */
    /* One part more, in a turn of the loop of its own; false: now it is complete. */
    bool (*more)(struct board *b, void *data);
    void *data;
};

struct live *live_new(const struct live_maker *maker);

/* No thread may be in live_get() any more.  NULL is ignored. */
void live_free(struct live *l);
DEFINE_CLEANUP(struct live, live_free)

/* Any thread but the main one.  The caller unrefs it.  NULL: there never was one, and none came in
 * time. */
struct board *live_get(struct live *l);

#endif
