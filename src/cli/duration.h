/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/duration.h - "90s", "15m", "2h", "1d" on the command line.
 */
#ifndef STATESYNC_CLI_DURATION_H
#define STATESYNC_CLI_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#define DURATION_MAX_S (365 * 86400)

/* A whole number from 1 and s, m, h or d, at most DURATION_MAX_S seconds.  False where it is
 * something else; *seconds is untouched then. */
bool duration_parse(const char *text, int64_t *seconds);

#endif
