/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/board-past.h - what became of the machines of a board, from the log of changes.
 */
#ifndef STATESYNC_CLI_BOARD_PAST_H
#define STATESYNC_CLI_BOARD_PAST_H

#include "board/board.h"
#include "cli/find.h"

/*
 * Adds it, as far back as some tens of thousands of changes or some seconds of reading reach, at
 * most 30 days.  Where the directory keeps no log that we may read, nothing is added and nothing
 * said, unless the configuration names one.  Blocks.
 */
void board_past_add(struct board *b, const struct finder *f, const struct config *config);

#endif
