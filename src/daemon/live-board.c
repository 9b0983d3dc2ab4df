/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon knows, as a board.
 */
#include "config.h"

#include "daemon/inside.h"

#include "engine/flow.h"

struct board *
daemon_board(void *data)
{
    struct daemon *d = data;
    struct board *b = board_new(d->where->base, g_get_real_time() / G_USEC_PER_SEC);

    if (d->phase == PHASE_DIRECTORY)
        board_add_notice(b, "the directory is being read for the first time");
    else if (d->connection == NULL)
        board_add_notice(b, "the directory cannot be reached: this is what it held before");
    else if (d->phase == PHASE_NODES)
        board_add_notice(b, "the nodes are being asked for the first time: this is what was published before");
    if (d->paused)
        board_add_notice(b, "paused: no status is written");
    board_add_entries(b, engine_vms(d->engine));
    board_add_entries(b, engine_facts(d->engine));
    trail_show(d->trail, b);
    return b;
}
