/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/process.h - what the system says about this process.
 */
#ifndef STATESYNC_DAEMON_PROCESS_H
#define STATESYNC_DAEMON_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* -1 where the system does not say. */
struct process_figures {
    int64_t resident; /* bytes */
    int64_t size;     /* bytes */
    double cpu_s;     /* user and system */
    double start_s;   /* since the epoch */
    int64_t fds;      /* open descriptors */
    int64_t max_fds;
};

/* Reads /proc/self: a few small files, no other I/O. */
void process_read(struct process_figures *p);

/*
 * Where the C library can: what is large, and used for a moment (answers of servers, mostly), never
 * lies among what is small and stays.  Holes between these are filled so slowly that a daemon grows
 * for days.  For a process that runs on; to be called before it has used much.
 */
void process_part_heap(void);

/* Gives memory that is not used any more back to the system, where the C library can. */
void process_trim(void);

/*
 * Whether it is time for that: a second after the last event, and each half minute while they do
 * not end.  Milliseconds of one clock: now, of the last event (0 = none since it was done last),
 * and when it was done last.
 */
bool process_trim_due(int64_t now, int64_t event, int64_t trimmed);

#endif
