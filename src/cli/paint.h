/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/paint.h - colours on a terminal: what a status says at a glance.
 */
#ifndef STATESYNC_CLI_PAINT_H
#define STATESYNC_CLI_PAINT_H

#include "engine/entry-data.h"

enum paint {
    PAINT_PLAIN,
    PAINT_GOOD, /* it runs */
    PAINT_BUSY, /* something is going on */
    PAINT_WARN, /* stale, or nobody knows */
    PAINT_BAD,  /* somebody has to look */
    PAINT_DIM,  /* off */
    PAINT_HEAD, /* headings */
    PAINT_COUNT
};

enum paint paint_of(const struct published *p);

/* Something is going on that will end by itself: an activity, or a state on the way to another. */
bool paint_is_busy(const struct published *p);

/* The sequences that begin and end a colour; "" for PAINT_PLAIN.  Static. */
const char *paint_begin(enum paint paint);
const char *paint_end(enum paint paint);

#endif
