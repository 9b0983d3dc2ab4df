/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/outcome.h - what became of writes, in the log.
 *
 * One line for each change that was written, at level info.  Refusals come in heaps (one right that
 * is missing refuses every entry), so these are counted, and one line tells of all.
 */
#ifndef STATESYNC_DAEMON_OUTCOME_H
#define STATESYNC_DAEMON_OUTCOME_H

#include "core/cleanup.h"
#include "engine/change.h"

#include <glib.h>

/* DN, the status before and after, and why; where the status stays, which attributes changed. */
void outcome_written(const struct change *c);

/* Refusals that nobody was told of yet. */
struct refusals;

struct refusals *refusals_new(void);
void refusals_free(struct refusals *r); /* NULL is ignored; tells nothing */
DEFINE_CLEANUP(struct refusals, refusals_free)

/* One more.  error: what the server said; NULL = nothing. */
void refusals_note(struct refusals *r, const char *dn, const char *error);

/*
 * Tells of all in one warning, with the number and the first one, and forgets them; does nothing
 * where there are none, or REFUSALS_EVERY_MS have not passed since it told last.  message: the words
 * of the line, what follows included.  now: monotonic, ms.
 */
#define REFUSALS_EVERY_MS 10000
void refusals_tell(struct refusals *r, gint64 now, const char *message);

#endif
