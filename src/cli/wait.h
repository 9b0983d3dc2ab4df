/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/wait.h - waiting for a status, for commands other than `wait`.
 */
#ifndef STATESYNC_CLI_WAIT_H
#define STATESYNC_CLI_WAIT_H

#include "cli/find.h"

/*
 * Waits until the status of this entry is fresh: published, not stale, and not
 * old because nobody looks.  limit_ms: at most so long (whole seconds), -1 =
 * for ever.  EXIT_WELL; EXIT_STALE where it was not fresh in time; EXIT_FAILED
 * where the entry is gone; EXIT_USAGE where it is no VM; EXIT_DIRECTORY; 128 +
 * signal.  Failures are printed, a status that is not fresh is not.  *status
 * (free it with g_free()) is what is published in the end, with "stale" and why;
 * NULL where nothing was read.  Runs the default main context.
 */
int wait_until_fresh(const struct finder *f, const struct config *config, const char *dn,
                     gint64 limit_ms, char **status);

#endif
