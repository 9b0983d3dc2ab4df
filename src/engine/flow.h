/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/flow.h - the engine of a program that goes on: what changed is told
 * bit by bit, and only what that concerns is judged.
 *
 * It begins with a whole pass (engine_step()), so that nothing is judged
 * before every node was asked once.  From then on:
 *
 *     engine_put_entry(), engine_remove_entry()   the directory changed
 *     engine_observe()     a node's newest complete answer, or why there is none
 *     engine_patch()       a newer word about single domains of a node
 *     engine_touch()       anything else: judge this VM again
 *     engine_update()      verdicts and modifies of all that these concern, and
 *                          of those whose counters ran out
 *
 * The rules, memory and texts are the same as in a pass: a pass over
 * everything right afterwards would write nothing.  What is counted in passes
 * there (misses, budget, excuses) is counted in new answers of the nodes, so
 * looking twice at the same answers counts once.
 */
#ifndef STATESYNC_ENGINE_FLOW_H
#define STATESYNC_ENGINE_FLOW_H

#include "engine/engine.h"

/*
 * A node's newest answer in the place of the one before; takes a reference.
 * What was patched after it was asked for stands over it.  The closer looks are
 * merged into it (hypervisor/merge.h), or follow as a patch: then what the
 * looks before said is carried over until they do, so that nobody waits for a
 * guest that hangs.
 */
void engine_observe(struct engine *e, struct observation *o, bool looks_follow);

/* The node is not asked any more: nothing it said counts. */
void engine_unobserve(struct engine *e, const char *node);

/*
 * Newer words about those domains o holds, closer looks included; takes a
 * reference.  Domains that o does not hold stay as they were: that one is gone
 * only a complete answer tells.  False when it is of no use, because there is
 * no answer of that node to stand over, or a newer one.
 */
bool engine_patch(struct engine *e, struct observation *o);

/*
 * Answers overtake each other where several questions are under way.  Those domains of o of which
 * the words of a later question say another state become unreadable in o, and are returned (array
 * of struct uuid): ask for them again.  To be called before engine_patch().
 */
GArray *engine_overtaken(struct engine *e, struct observation *o);

/*
 * OpenNebula's front-ends, likewise: the newest answer in the place of the one
 * before (be it an error; an event is taken as newer words); nobody asks it any
 * more; newer words about single VMs, which are of no use (false) where there is
 * no answer to stand over, or a newer one.  They take references.
 */
void engine_observe_frontend(struct engine *e, struct frontend_answer *a);
void engine_unobserve_frontend(struct engine *e, const char *frontend);
bool engine_patch_frontend(struct engine *e, struct frontend_answer *a);
/* Those that are asked.  Array of char *, freed with it. */
GPtrArray *engine_frontends_asked(struct engine *e);
/* The newest answer of one, how many VMs it has and how many of them are an entry's; NULL where it
 * never answered. */
const struct frontend_answer *engine_frontend_answer(struct engine *e, const char *frontend,
                                                     unsigned *vms, unsigned *joined);
/*
 * Numbers of VMs (arrays of gint64) to ask a front-end for: all that entries are remembered or
 * published as; those of them that an answer lacks (they may be DONE); those that entries belong to
 * and that are between two states.  And the entry that a row names by a UUID; false = none.
 */
GArray *engine_frontend_known(struct engine *e, const char *frontend);
GArray *engine_frontend_missing(struct engine *e, const struct frontend_answer *a);
GArray *engine_frontend_moving(struct engine *e, const char *frontend);
bool engine_row_entry(struct engine *e, const struct frontend_vm *row, struct uuid *uuid);

/* Is this entry, by its entryCSN, what the engine holds already?  So are its own writes when they
 * come back. */
bool engine_has(struct engine *e, const struct entry *entry);

/*
 * Does this entry, which is newer than the one the engine holds, say something
 * else of what only we publish?  Then somebody else wrote it, unless a write
 * of ours is under way.  Always false for what is not ours.
 */
bool engine_rewritten(struct engine *e, const struct entry *entry);

/* Judges the VM again in the next update; unknown UUIDs are ignored.  All: what is published of
 * nodes, too. */
void engine_touch(struct engine *e, const struct uuid *uuid);
void engine_touch_all(struct engine *e); /* and what is published of the nodes */
/* Those whose home nobody asks: no answer ever touches them.  To be called once in a while, so that
 * what counts by being seen again does. */
void engine_touch_unasked(struct engine *e);

/* Is there anything to judge now? */
bool engine_is_touched(const struct engine *e);

/* What is published of this node is looked at again in the next update. */
void engine_touch_node(struct engine *e, const char *node);

/* Nodes on which domains started or stopped since they were counted are looked at again, too.  Not
 * part of each update: counting takes time.  False: there is none. */
bool engine_touch_counts(struct engine *e);

/* How many domains this answer shows in another state than was known of them, or not any more. */
unsigned engine_surprises(struct engine *e, const struct observation *o);

/*
 * The other nodes in play for VMs that are ours: targets, where they were seen
 * last, and where other bodies publish that they run.  Only where engine_options.owns is set.  Array of char *, freed
 * with it.
 */
GPtrArray *engine_neighbours(struct engine *e);

/*
 * Judges what was touched and what is due.  As engine_step(), but the output
 * holds the verdicts of these alone; output->next is when the next counter may
 * run out: call it again then.
 */
struct engine_output *engine_update(struct engine *e, struct engine_time now);

/*
 * The closer looks that an answer makes desirable: at the domains it holds, and
 * at copies of the same VMs on other nodes.  For the VM as it was seen last:
 * engine_looks_of(); for all that are on the move: engine_looks_again(), part by
 * part (from 0), so that nobody waits for it.
 * Arrays of struct look_request, sorted by node; free with g_array_unref().
 */
GArray *engine_looks_at(struct engine *e, const struct observation *o);
GArray *engine_looks_of(struct engine *e, const struct uuid *uuid);
GArray *engine_looks_again(struct engine *e, unsigned part, unsigned parts);

/* Need this domain of an answer be looked at before it is told?  One that was paused by a user may
 * have a job that nothing hinted at, but is paused all the same. */
bool engine_waits_for_look(struct engine *e, const struct domain *d);

/*
 * Those of the wished-for looks' VMs of which no look is known are not judged
 * in the next update for being touched so far: their looks follow as a patch,
 * or engine_touch() where they fail.
 */
void engine_defer(struct engine *e, const GArray *wishes);

/* As engine_patch(), of those domains alone that show a job or a block job. */
bool engine_patch_jobs(struct engine *e, struct observation *o);

/* The entries that are no VMs: nodes, their addresses and types, backups.  Of struct entry *;
 * valid until the directory changes. */
const GPtrArray *engine_facts(const struct engine *e);

/* The VMs, templates and profiles, likewise; and the one with this UUID, NULL = there is none. */
const GPtrArray *engine_vms(const struct engine *e);
struct vm_entry *engine_vm(const struct engine *e, const struct uuid *uuid);

/* The nodes whose next complete answer a row of absences waits for, by name, and forgets that they
 * were asked for.  Array of char *, freed with it; NULL = none. */
GPtrArray *engine_wanted(struct engine *e);

/* What is published, as far as the engine knows. */
struct engine_totals {
    unsigned vms[KIND_COUNT + 1][STATE_COUNT]; /* by kind (KIND_COUNT: not known), and state
                                                  (STATE_NONE: never published) */
    unsigned n_invalid;
    unsigned n_stale;
    unsigned alarms[ALARM_COUNT];    /* entries that carry it */
    unsigned n_held;                 /* by the budget */
    unsigned n_opennebula;           /* that a front-end of OpenNebula judges */
};
void engine_totals(struct engine *e, struct engine_totals *totals);

/* The nodes of which there is an answer, be it an error.  Array of char *, freed with it. */
GPtrArray *engine_asked(struct engine *e);

/* Of a node: in lower case as in the engine; NULL where it never answered. */
const struct observation *engine_answer_of(struct engine *e, const char *node);

/* Why the directory says that nobody need wonder when this node is silent: "maintenance", "offline";
 * static, NULL = there is no reason. */
const char *engine_node_excuse(const struct engine *e, const char *node);

#endif
