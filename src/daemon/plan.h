/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/plan.h - which nodes are asked, and how they are reached.
 */
#ifndef STATESYNC_DAEMON_PLAN_H
#define STATESYNC_DAEMON_PLAN_H

#include "config/conf.h"
#include "core/cleanup.h"
#include "engine/observation.h"

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
 * node the configuration names.  With nodes = self and no such node, a plan with
 * a problem.  Array of struct node_plan *, freed with it.
 */
GPtrArray *nodes_plan(const struct config *config, const GPtrArray *entries);

/*
 * Does this body judge the VMs whose home is `node`?  NULL asks about those
 * without a home: they are the first share's, or whose nodes are all.
 * nodes_shared() says whether there are VMs of other bodies at all.
 */
bool nodes_owned(const struct config *config, const char *node);
bool nodes_shared(const struct config *config);

/*
 * What is known of a node of another body that does not answer us: the VMs
 * that run there although their home is elsewhere, as its own body publishes
 * them (sstNodeStatusForeign).  That they run there counts; that others do not
 * proves nothing: the answer is partial.  NULL where nothing is published, or
 * that the node was not reachable for its own body either.  The caller's.
 */
struct observation *nodes_as_published(const GPtrArray *entries, const struct observation *error);

/* One node more, whether the configuration wants it or not; one that is there already is left as it
 * is. */
void nodes_plan_one(GPtrArray *plans, const struct config *config, const GPtrArray *entries,
                    const char *name);

#endif
