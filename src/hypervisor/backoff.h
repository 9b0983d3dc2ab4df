/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/backoff.h - how long to wait before the next attempt to connect.
 */
#ifndef STATESYNC_HYPERVISOR_BACKOFF_H
#define STATESYNC_HYPERVISOR_BACKOFF_H

#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MAX_MS   60000
#define BACKOFF_JITTER   0.25 /* give or take this part, so that many clients do not come at once */

/*
 * Milliseconds after n_failed failures (0 and 1 are the same) in a row, which
 * double each time up to BACKOFF_MAX_MS; random, from 0 to 1, spreads them.
 * Pure.
 */
unsigned backoff_ms(unsigned n_failed, double random);

#endif
