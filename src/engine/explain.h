/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/explain.h - why a verdict is as it is: what nodes and front-ends
 * showed, and each rule with its reasons, taken from the rules themselves.
 *
 * For people who ask about one VM after a pass; nothing here changes a verdict.
 */
#ifndef STATESYNC_ENGINE_EXPLAIN_H
#define STATESYNC_ENGINE_EXPLAIN_H

#include "engine/engine.h"

/* A rule, in the order in which they are tried. */
struct explained_rule {
    enum rule rule;
    bool tried;   /* false: another one came first */
    bool matches; /* also of those that were not tried */
    GPtrArray *because; /* of char *: short sentences that are all true; never empty */
    char *facts;  /* what a reason speaks of ("vm-node-01: refused"); NULL = nothing to add */
};

/* A node that shows the VM, or where it should or may be. */
struct explained_node {
    char *name;
    bool home;
    bool target;
    bool last; /* where it was seen last */
    const struct observation *answer; /* NULL = nobody asks it; the engine's */
    const struct domain *domain;      /* NULL = it does not show it; of the answer, or newer */
};

struct explanation {
    GArray *nodes;     /* of struct explained_node: home, target, others by name */
    GArray *rules;     /* of struct explained_rule */
    GPtrArray *lists;  /* of char *: DNs of the templates in whose thin list it is */
    char *opennebula;  /* what its front-end says; NULL = it is none of OpenNebula's */
};

/*
 * Explains a verdict of the pass whose output is given, before anything is
 * written or read anew; counts nothing.  Never NULL; valid until the engine
 * hears something new.  Free with explanation_free().
 */
struct explanation *engine_explain(struct engine *e, const struct verdict *v,
                                   const struct engine_output *o);
void explanation_free(struct explanation *x); /* NULL is ignored */
DEFINE_CLEANUP(struct explanation, explanation_free)

/* Something that is remembered of a VM. */
struct remembered {
    const char *key; /* as in the state file; static */
    char *text;      /* NULL = the age says it */
    gint64 age;      /* ms since it is so; -1 = not told */
};

/* What is remembered of it.  Array of struct remembered; free with g_array_unref(). */
GArray *engine_remembered(struct engine *e, const struct uuid *uuid, struct engine_time now);

/* How long ago the last pass was whose memory this is, in ms; -1: nothing is remembered. */
gint64 engine_memory_age(const struct engine *e, struct engine_time now);

#endif
