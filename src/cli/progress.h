/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/progress.h - one line on a terminal that says how far a pass is.
 * Nothing at all when stderr is not a terminal.
 */
#ifndef STATESYNC_CLI_PROGRESS_H
#define STATESYNC_CLI_PROGRESS_H

#include <stdbool.h>

struct progress {
    bool enabled;
    bool shown;
    long last_ms;
    unsigned nodes, nodes_all;
    unsigned frontends, frontends_all;
    unsigned entries;
    unsigned writes, writes_all;
};

/* Finds out whether there is a terminal; quiet switches it off. */
void progress_init(struct progress *p, bool quiet);

/* Draws the line anew, at most ten times a second unless force. */
void progress_draw(struct progress *p, bool force);

/* Takes the line away, before anything else is printed. */
void progress_clear(struct progress *p);

#endif
