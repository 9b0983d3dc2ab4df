/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/pace.h - when an entry may be written: the first change at once,
 * later ones folded together, progress now and then.
 *
 * Pure: no I/O, no clock.  Times are monotonic milliseconds.
 */
#ifndef STATESYNC_DAEMON_PACE_H
#define STATESYNC_DAEMON_PACE_H

#include "engine/change.h"

#include <glib.h>
#include <stdbool.h>

struct pace_limits {
    gint64 coalesce;  /* between two writes of one entry */
    gint64 progress;  /* between two writes of nothing but progress */
};

/* What is remembered of one entry while it is being written, and for a while after. */
struct pace {
    bool in_flight;
    bool again;       /* something else is to be written once that may be */
    gint64 sent;      /* when the last modify was sent; 0 = never */
    gint64 progress;  /* when progress was written last; 0 = never */
    int permille;     /* what was written then; -1 = nothing */
    gint64 wake;      /* when it may be written, if `again`; G_MAXINT64 = when the answer comes */
};

enum pace_move {
    PACE_SEND,
    PACE_WAIT, /* p->again and p->wake are set: judge it again then */
    PACE_SKIP, /* progress too small to be worth a write; what comes next will tell */
};

/* Does the modify say nothing but how far streaming has come? */
bool pace_is_progress(const struct change *c);

/* May this modify be sent now?  permille: what it says of progress, -1 = nothing. */
enum pace_move pace_decide(struct pace *p, const struct change *c, int permille, gint64 now,
                           const struct pace_limits *limits);

/* It was sent; and it was answered (wake tells when what waits may follow). */
void pace_sent(struct pace *p, const struct change *c, int permille, gint64 now);
void pace_answered(struct pace *p, const struct pace_limits *limits);

/* Nothing about it matters any more. */
bool pace_is_over(const struct pace *p, gint64 now, const struct pace_limits *limits);

#endif
