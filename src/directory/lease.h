/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/lease.h - who may write: the decisions, without any I/O.
 *
 * Verdicts depend on memory, so one body writes at a time.  It holds the lease
 * on the service entry: its name, and a serial number that rises with every
 * renewal.  No clock is compared between machines.  Who waits notes on its own
 * monotonic clock since when holder and serial have stood still, and may take
 * the lease over once that is as long as the lease lasts.  Who holds it stops
 * sending LEASE_MARGIN before that, counted from when its last successful
 * renewal was *sent*.  Every move is a modify that asserts holder and serial
 * as they were seen, so of several takers one wins.
 *
 * Times are milliseconds on a monotonic clock.
 */
#ifndef STATESYNC_DIRECTORY_LEASE_H
#define STATESYNC_DIRECTORY_LEASE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { LEASE_MARGIN = 5000 };

/* What the service entry says. */
struct lease_view {
    const char *holder; /* NULL or "" = free */
    int64_t serial;     /* -1 = never taken */
    int64_t duration;   /* ms, what the holder announced; 0 = nothing */
};

/* What a waiting body remembers of it.  All zero to begin with. */
struct lease_watch {
    char *holder;
    int64_t serial;
    int64_t since; /* when it was first seen like this */
};

enum lease_move {
    LEASE_TAKE,      /* it is free */
    LEASE_TAKE_OVER, /* its holder has been silent for as long as it lasts */
    LEASE_MINE,      /* we hold it already */
    LEASE_WAIT,      /* somebody else holds it */
};

/*
 * Looks at the service entry, which was read at now, through the eyes of body
 * me whose own leases last `duration`.  Updates the watch.  With LEASE_WAIT
 * *wait (may be NULL) is how long to wait at most before the next look can say
 * something else about a silent holder; otherwise 0.
 */
enum lease_move lease_decide(struct lease_watch *watch, const struct lease_view *view,
                             const char *me, int64_t duration, int64_t now, int64_t *wait);

void lease_watch_clear(struct lease_watch *watch);

/*
 * May the holder still send?  sent is when its last successful renewal (or the
 * taking) was sent.  The margin is LEASE_MARGIN, or half of a lease that is
 * shorter than twice that.
 */
bool lease_may_send(int64_t sent, int64_t duration, int64_t now);

/* Is it time to renew?  After a third of the lease. */
bool lease_renewal_due(int64_t sent, int64_t duration, int64_t now);

/* "host:pid:random", a name no other body has.  Free with g_free(). */
char *lease_holder_new(void);

/* The same from parts; host is cut at 64 bytes, what is not ASCII or not printable becomes '-'. */
char *lease_holder_format(const char *host, int64_t pid, uint32_t random);

#endif
