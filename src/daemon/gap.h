/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/gap.h - shares of the nodes that have no body: those whose service
 * entry is not there, or has stood still for too long by our own clock.
 */
#ifndef STATESYNC_DAEMON_GAP_H
#define STATESYNC_DAEMON_GAP_H

#include "core/cleanup.h"
#include "directory/service.h"

#include <glib.h>
#include <stdbool.h>

struct gaps;

/* Our own share is never a gap.  wait: ms without a move that are one. */
struct gaps *gaps_new(int index, int count, gint64 wait);
void gaps_free(struct gaps *g); /* NULL is ignored */

/* Share k (from 1) as it looks now (monotonic ms); NULL = it has no entry.  True when that makes
 * a gap of it, or ends one. */
bool gaps_note(struct gaps *g, int k, const struct service_state *state, gint64 now);

bool gaps_has(const struct gaps *g, int k);

/* "share 2 of 3 has no body"; "shares 2, 3 of 5 have no body".  NULL where there is none.  Free
 * with g_free(). */
char *gaps_text(const struct gaps *g);

#endif
