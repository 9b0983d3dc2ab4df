/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/progress.h - progress arithmetic in permille, without floating point.
 */
#ifndef STATESYNC_CORE_PROGRESS_H
#define STATESYNC_CORE_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#define PROGRESS_MAX 999      /* nothing is 100 % before the end is proven */
#define PROGRESS_TEXT_SIZE 12 /* " [99.9 %]" and its NUL, with room */

/* floor(1000 * cur / end), 0 when end is 0, at most PROGRESS_MAX.  Never overflows. */
int progress_permille(uint64_t cur, uint64_t end);

/* a + b, or UINT64_MAX when the sum does not fit. */
uint64_t progress_sum(uint64_t a, uint64_t b);

/* "5.1 %": writes at most PROGRESS_TEXT_SIZE bytes; a value outside 0..999 is clamped. */
void progress_text(int permille, char out[PROGRESS_TEXT_SIZE]);

#endif
