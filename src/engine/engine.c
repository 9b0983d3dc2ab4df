/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/engine-internal.h"

#include <string.h>

#define CALENDAR_STEP_MS (2 * 3600 * 1000) /* wall clock steps below this do not move dates */

/* Dates are read by a clock that ignores small steps of the wall clock. */
static void
keep_calendar(struct engine *e)
{
    gint64 expected = e->calendar_wall + (e->now.mono - e->calendar_mono);

    if (e->calendar_mono == NEVER || ABS(e->now.wall - expected) > CALENDAR_STEP_MS) {
        e->calendar_wall = e->now.wall;
        e->calendar_mono = e->now.mono;
    }
}

/* memory_gap, at least three times the measured distance of passes. */
static gint64
gap_limit(const struct engine *e)
{
    gint64 distance = 0;

    for (unsigned i = 0; i < e->n_distances; i++)
        distance = i == 0 ? e->distances[i] : MIN(distance, e->distances[i]);
    return MAX((gint64)e->options.limits.memory_gap * 1000, 3 * distance);
}

static void
note_distance(struct engine *e, gint64 distance)
{
    if (e->n_distances == G_N_ELEMENTS(e->distances)) {
        memmove(e->distances, e->distances + 1, sizeof(e->distances) - sizeof(e->distances[0]));
        e->n_distances--;
    }
    e->distances[e->n_distances++] = distance;
}

/* Failed pings before a gap say nothing about a guest after it. */
static void
forget_pings(struct record *r, void *data)
{
    (void)data;
    r->agent_misses = 0;
    r->agent_first = NEVER;
}

static void
begin_pass(struct engine *e, struct engine_time now)
{
    e->now = now;
    e->pass++;
    memory_begin_pass(e->memory, e->pass);
    e->cold = !e->warm;
    e->gap = e->warm && now.mono - e->last_mono > gap_limit(e);
    e->repeats = 0;
    e->next = G_MAXINT64;
    keep_calendar(e);
    if (e->gap)
        memory_each(e->memory, forget_pings, NULL);
}

static void
end_pass(struct engine *e)
{
    GHashTableIter iter;
    gpointer value;

    if (e->warm && e->now.mono > e->last_mono)
        note_distance(e, e->now.mono - e->last_mono);
    e->warm = true;
    e->last_mono = e->now.mono;
    e->last_wall = e->now.wall;
    e->entries_before = 0;
    for (guint i = 0; i < e->vms->len; i++)
        e->entries_before += ((struct vm_entry *)g_ptr_array_index(e->vms, i))->kind
                             != KIND_PROFILE;
    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct node_state *n = value;
        if (n->obs == NULL)
            continue;
        n->answered = n->obs->result != RESULT_ERROR;
        if (n->answered)
            n->epoch = n->obs->epoch;
    }
}

static bool
below_floor(const struct engine *e, gint64 entries)
{
    return !e->options.force_budget && e->entries_before > 0
           && entries * 100 < e->entries_before * e->options.limits.directory_floor;
}

static struct engine_output *
output_new(guint entries)
{
    struct engine_output *o = g_new0(struct engine_output, 1);

    o->verdicts = g_array_sized_new(FALSE, TRUE, sizeof(struct verdict), entries);
    g_array_set_clear_func(o->verdicts, verdict_clear);
    o->nodes = node_verdicts_new();
    o->findings = findings_new();
    o->next = G_MAXINT64;
    return o;
}

void
engine_output_free(struct engine_output *o)
{
    if (o == NULL)
        return;
    g_free(o->why);
    g_free(o->budget_text);
    g_array_unref(o->verdicts);
    g_array_unref(o->nodes);
    g_array_unref(o->findings);
    g_free(o);
}

/* Templates come after the VMs: their details show the VMs' progress of this pass. */
static void
judge_all(struct engine *e, struct engine_output *o)
{
    g_array_set_size(o->verdicts, e->vms->len);
    for (int templates = 0; templates < 2; templates++) {
        for (guint i = 0; i < e->vms->len; i++) {
            struct vm_entry *vm = g_ptr_array_index(e->vms, i);
            if ((vm->kind == KIND_TEMPLATE) == templates)
                judge_vm(e, vm, &g_array_index(o->verdicts, struct verdict, i));
        }
    }
}

static void
publish_all(struct engine *e, struct engine_output *o)
{
    for (guint i = 0; i < o->verdicts->len; i++) {
        struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        v->change = publish_vm(e, v->vm, v, o->findings);
        o->changes += v->change != NULL;
        o->stale += v->stale;
        o->invalid += v->rule == RULE_INVALID;
    }
    publish_nodes(e, o);
}

static bool
still_there(const struct record *r, void *data)
{
    const struct engine *e = data;

    return g_hash_table_contains(e->by_uuid, &r->uuid);
}

struct engine_output *
engine_step(struct engine *e, struct engine_time now, const GPtrArray *observations, bool complete,
            const char *why)
{
    gint64 entries = 0;

    for (guint i = 0; i < e->vms->len; i++)
        entries += ((struct vm_entry *)g_ptr_array_index(e->vms, i))->kind != KIND_PROFILE;
    struct engine_output *o = output_new(complete ? e->vms->len : 0);
    if (!complete || below_floor(e, entries)) {
        o->aborted = true;
        o->why = complete ? g_strdup_printf("the directory returned %" G_GINT64_FORMAT
                                            " VM and template entries where the last pass had "
                                            "%" G_GINT64_FORMAT,
                                            entries, e->entries_before)
                          : g_strdup(why != NULL ? why : "the directory read is not complete");
        return o;
    }
    begin_pass(e, now);
    world_observe(e, observations);
    judge_all(e, o);
    budget_judge(e, o);
    publish_all(e, o);
    o->next = e->next;
    o->repeats = e->repeats;
    memory_retain(e->memory, still_there, e);
    end_pass(e);
    return o;
}

static struct vm_entry *
find_by_dn(struct engine *e, const char *dn)
{
    struct uuid uuid;
    g_autofree char *text = dn_rdn_value(dn, "sstVirtualMachine");

    if (text != NULL && uuid_parse(text, strlen(text), &uuid)) {
        struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, &uuid);
        if (vm != NULL && dn_same(vm->base.dn, dn))
            return vm;
    }
    for (guint i = 0; i < e->vms->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (dn_same(vm->base.dn, dn))
            return vm;
    }
    return NULL;
}

static bool
changes_thin_list(const struct change *c)
{
    for (guint i = 0; i < c->mods->len; i++) {
        const char *name = g_array_index(c->mods, struct change_mod, i).attribute;
        if (attribute_find(name, strlen(name)) == ATTR_THIN)
            return true;
    }
    return false;
}

void
engine_written(struct engine *e, const struct change *c, const char *csn)
{
    struct vm_entry *vm = find_by_dn(e, c->dn);

    if (vm != NULL) {
        vm_entry_apply(vm, c);
        if (changes_thin_list(c))
            world_index(e); /* the index points into the list that was */
        entry_set_csn(&vm->base, csn);
        struct record *r = vm->valid ? memory_find(e->memory, &vm->uuid) : NULL;
        if (r == NULL)
            return;
        if (g_strcmp0(r->node, vm->pub.node) == 0) {
            ref_replace(&r->node, NULL);
            r->node_pass = 0;
        }
        if (vm->pub.request == NULL)
            upkeep_request_cleared(r);
        memory_tidy(e->memory, r);
        return;
    }
    for (guint i = 0; i < e->others->len; i++) {
        struct entry *entry = g_ptr_array_index(e->others, i);
        if (entry->type == ENTRY_NODE && dn_same(entry->dn, c->dn)) {
            node_entry_apply((struct node_entry *)entry, c);
            entry_set_csn(entry, csn);
            return;
        }
    }
}

/* Turning by absence on a second look is left to the next pass, where the budget sees it. */
static bool
needs_budget(const struct verdict *v)
{
    return v->by_absence && !v->kept && v->active != 1 && world_running_like(v->vm);
}

struct change *
engine_redecide(struct engine *e, struct engine_time now, const char *dn)
{
    struct verdict v;
    struct vm_entry *vm = find_by_dn(e, dn);
    GArray *findings = findings_new();
    struct change *c = NULL;

    (void)now;
    if (vm != NULL) {
        judge_vm(e, vm, &v);
        if (!needs_budget(&v) || e->options.force_budget)
            c = publish_vm(e, vm, &v, findings);
        verdict_clear(&v);
    } else {
        c = publish_node_again(e, dn);
    }
    g_array_unref(findings);
    return c;
}
