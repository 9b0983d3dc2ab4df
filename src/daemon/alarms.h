/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/alarms.h - alarms of machines that begin and end, in the log.
 *
 * An alarm begins when it is written and the entry did not have it before, and ends likewise, so
 * each is told once, by the body that writes, also over restarts; but not where the answer to that
 * write was lost.  They come in heaps (a storage
 * that fails stops all its guests), so only the first ones are told singly.
 */
#ifndef STATESYNC_DAEMON_ALARMS_H
#define STATESYNC_DAEMON_ALARMS_H

#include "core/cleanup.h"
#include "engine/change.h"

#include <glib.h>

enum {
    ALARMS_SINGLY = 10,      /* so many of the urgent ones, and of the others, have a line of their own */
    ALARMS_EVERY_MS = 10000, /* within this time; one line tells of all others */
};

struct alarms;

struct alarms *alarms_new(void);
void alarms_free(struct alarms *a); /* NULL is ignored; tells nothing */
DEFINE_CLEANUP(struct alarms, alarms_free)

/* This was written.  now: monotonic, ms. */
void alarms_written(struct alarms *a, const struct change *c, gint64 now);

/* Tells of those that had no line of their own when ALARMS_EVERY_MS are over; to be called now and
 * then.  G_MAXINT64: now. */
void alarms_tell(struct alarms *a, gint64 now);

#endif
