/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/follow.h - the directory as it changes, for commands that stay.
 *
 * Dials, watches (by content synchronization, RFC 4533, or by polling where the
 * server has none), and goes on by itself when the connection breaks.
 */
#ifndef STATESYNC_CLI_FOLLOW_H
#define STATESYNC_CLI_FOLLOW_H

#include "core/cleanup.h"
#include "directory/options.h"
#include "directory/service.h"
#include "engine/entry-data.h"

#include <glib.h>
#include <stdbool.h>

struct follower {
    /* A VM or template as it is now; it is freed afterwards.  refreshing: as part of a list, it may
     * be as it was. */
    void (*vm)(const struct vm_entry *vm, bool refreshing, void *data);
    void (*node)(const struct node_entry *node, void *data); /* NULL: nobody asks */
    void (*gone)(const char *dn, void *data);
    void (*service)(const struct service_state *state, void *data); /* NULL: nobody asks */
    /* The list is complete; also after each reconnection. */
    void (*live)(void *data);
    /* Nothing is heard of the directory, and why; NULL: it answers again.  NULL: that is printed on
     * stderr. */
    void (*trouble)(const char *why, void *data);
    void *data;
};

struct follow;

/* uuid: this VM or template only; NULL = all.  The options are copied.  Nothing happens before the
 * default main context runs. */
struct follow *follow_new(const struct directory_options *where, const char *uuid,
                          const struct follower *follower);

/* Closes; not from within the follower.  NULL is ignored. */
void follow_free(struct follow *f);
DEFINE_CLEANUP(struct follow, follow_free)

/* Runs the default main context until follow_leave() is called (with that code), or SIGINT or
 * SIGTERM come (128 + signal). */
int follow_run(struct follow *f);

/* Nothing is heard of the directory now, and that was told. */
bool follow_silent(const struct follow *f);
void follow_leave(struct follow *f, int code);

#endif
