/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/nodes.h - which nodes are asked, and how they are reached.
 */
#ifndef STATESYNC_CLI_NODES_H
#define STATESYNC_CLI_NODES_H

#include "config/conf.h"
#include "core/cleanup.h"

#include <glib.h>

struct node_plan {
    char *name;
    char *uri;     /* NULL = none */
    char *problem; /* why there is none */
    unsigned deadline_ms;
};

/*
 * The nodes to ask: every node entry the configuration wants, unless its types
 * say that it is no hypervisor (neither VM-Node nor Demo-System), and every
 * node the configuration names.  Array of struct node_plan *, freed with it.
 */
GPtrArray *nodes_plan(const struct config *config, const GPtrArray *entries);

#endif
