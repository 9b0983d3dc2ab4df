/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/pause.h - how a pause is told.
 */
#ifndef STATESYNC_CLI_PAUSE_H
#define STATESYNC_CLI_PAUSE_H

#include "directory/service.h"

/* "paused until 2026-06-01 12:00:00 UTC because REASON"; NULL where no pause is in force now
 * (seconds since the epoch).  Free with g_free(). */
char *pause_text(const struct service_state *state, int64_t now);

#endif
