/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/deadline.h - points in time on the monotonic clock, in milliseconds.
 */
#ifndef STATESYNC_DIRECTORY_DEADLINE_H
#define STATESYNC_DIRECTORY_DEADLINE_H

#include <glib.h>
#include <stdint.h>
#include <sys/time.h>

static inline int64_t
deadline_now(void)
{
    return g_get_monotonic_time() / 1000;
}

static inline int64_t
deadline_in(int ms)
{
    return deadline_now() + ms;
}

/* Milliseconds left; 0 when it is past. */
static inline int
deadline_left(int64_t deadline)
{
    int64_t left = deadline - deadline_now();

    return left < 0 ? 0 : left > G_MAXINT ? G_MAXINT : (int)left;
}

static inline struct timeval
deadline_timeval(int ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
}

#endif
