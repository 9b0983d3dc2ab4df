/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/look.h - one pass that only looks, for commands that ask: what
 * `statesync sync --dry-run` reads and decides, to be used instead of printed.
 * It takes no lease and writes nothing, neither directory nor state file.
 */
#ifndef STATESYNC_CLI_LOOK_H
#define STATESYNC_CLI_LOOK_H

#include "cli/sync.h"

#include <glib.h>
#include <stdbool.h>

struct looker {
    /* Connected, the memory is loaded, nothing is asked yet; NULL: nothing to do.  False and error
     * ends it. */
    bool (*begin)(struct sync *s, void *data, GError **error);
    /* What the pass would do; returns the exit code, or a negative number and error. */
    int (*judged)(struct sync *s, struct engine_output *o, void *data, GError **error);
    void *data;
};

/*
 * Options of the pass: config, state_file, quiet; taken.  A state file that
 * cannot be read is told on stderr (s->memory_text in begin()), and the pass
 * goes on as the first one would.  The exit code; with error (not printed) that
 * of what failed.  A configuration that cannot be used is printed, error stays
 * NULL.
 */
int look_run(const struct sync_options *options, const struct looker *looker, GError **error);

#endif
