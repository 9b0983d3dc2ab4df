/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/trail.h - the statuses this program wrote lately, for the board.
 *
 * One ring for all machines: of more than TRAIL_MAX changes the oldest are
 * forgotten, so it takes some megabytes at the most, however long the program
 * runs and however many machines there are.  Percentages are no changes.
 */
#ifndef STATESYNC_DAEMON_TRAIL_H
#define STATESYNC_DAEMON_TRAIL_H

#include "board/board.h"
#include "core/cleanup.h"
#include "engine/change.h"
#include "engine/uuid.h"

#include <glib.h>

enum { TRAIL_MAX = 16384, TRAIL_REASON_MAX = 200 };

struct trail;

struct trail *trail_new(gint64 now); /* seconds since the epoch */
void trail_free(struct trail *t);    /* NULL is ignored */
DEFINE_CLEANUP(struct trail, trail_free)

/* This change of this machine was written now; where it says nothing of the status, it is ignored.
 * So it is where t is NULL. */
void trail_note(struct trail *t, const struct uuid *uuid, const struct change *change, gint64 now);

/* Gives them to the machines of a board from this one on; NULL: nothing. */
void trail_show(const struct trail *t, struct board *b, guint first);

#endif
