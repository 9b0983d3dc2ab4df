/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beside events and complete reads: the probe for guests that hang, and the
 * sweep for jobs nobody announced.
 */
#include "config.h"

#include "daemon/inside.h"

#define SWEEP_BATCH 32 /* domains looked at per node and tick */

static void
on_probe(struct observation *o, void *data)
{
    struct daemon *d = data;
    struct body_node *n = nodes_find(d, o->node);

    if (n != NULL)
        n->probing = false;
    if (n != NULL && d->phase == PHASE_RUNNING && o->result != RESULT_ERROR
        && o->domains->len > 0) {
        hints_ask_overtaken(n, o);
        if (engine_patch(d->engine, o))
            decide_soon(d);
    }
    observation_unref(o);
}

/* Only what shows a job is news; the others are as they were. */
static void
on_sweep(struct observation *o, void *data)
{
    struct daemon *d = data;
    struct body_node *n = nodes_find(d, o->node);

    if (n != NULL)
        n->n_looks--;
    if (n != NULL && d->phase == PHASE_RUNNING && o->result != RESULT_ERROR) {
        hints_ask_overtaken(n, o);
        if (engine_patch_jobs(d->engine, o))
            decide_soon(d);
    }
    observation_unref(o);
}

static void
sweep_some(struct body_node *n)
{
    struct look_request wishes[SWEEP_BATCH];
    size_t count = 0;

    while (n->sweep->len > 0 && count < SWEEP_BATCH) {
        wishes[count].node = NULL;
        wishes[count].uuid = g_array_index(n->sweep, struct uuid, n->sweep->len - 1);
        wishes[count].want = LOOK_JOB | LOOK_BLOCKS;
        g_array_set_size(n->sweep, n->sweep->len - 1);
        count++;
    }
    n->n_looks++;
    hypervisor_look(n->d->hypervisor, n->name, wishes, count, on_sweep, n->d);
}

static void
begin_sweep(struct body_node *n)
{
    const struct observation *o = engine_answer_of(n->d->engine, n->name);

    for (guint i = 0; o != NULL && i < o->domains->len; i++) {
        const struct domain *dom = &g_array_index(o->domains, struct domain, i);
        if (!dom->unreadable && (dom->state == DSTATE_RUNNING || dom->state == DSTATE_BLOCKED
                                 || dom->state == DSTATE_PAUSED))
            g_array_append_val(n->sweep, dom->uuid);
    }
}

void
sweep_tick(struct body_node *n, gint64 now)
{
    const struct config *config = n->d->config;

    if (!n->up || n->n_looks > 0)
        return;
    if (config->frozen.probe_interval_s > 0 && now >= n->probe_at && !n->probing) {
        n->probe_at = now + nodes_jittered(config->frozen.probe_interval_s * 1000);
        n->probing = true;
        hypervisor_probe(n->d->hypervisor, n->name, on_probe, n->d);
    }
    if (now >= n->sweep_at && n->sweep->len == 0) {
        n->sweep_at = now + nodes_jittered(config->sync.sweep_interval_s * 1000);
        begin_sweep(n);
    }
    if (n->sweep->len > 0)
        sweep_some(n);
}
