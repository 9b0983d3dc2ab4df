/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/origin.h"

#include <string.h>

#define CALENDAR_STEP_MS (2 * 3600 * 1000) /* wall clock steps below this do not move dates */

/* Dates are read by a clock that ignores small steps of the wall clock. */
static void
keep_calendar(struct engine *e)
{
    bool known = e->calendar_mono != NEVER;
    gint64 expected = known ? e->calendar_wall + (e->now.mono - e->calendar_mono) : 0;

    if (!known || ABS(e->now.wall - expected) > CALENDAR_STEP_MS) {
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

void
engine_begin(struct engine *e, struct engine_time now)
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

void
engine_end(struct engine *e)
{
    if (e->warm && e->now.mono > e->last_mono)
        note_distance(e, e->now.mono - e->last_mono);
    e->warm = true;
    e->last_mono = e->now.mono;
    e->last_wall = e->now.wall;
}

/* What a one-shot run has to know of its nodes the next time. */
static void
note_answers(struct engine *e)
{
    GHashTableIter iter;
    gpointer value;

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

struct engine_output *
engine_output_new(guint entries)
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
    e->due = G_MAXINT64;
    g_array_set_size(o->verdicts, e->vms->len);
    for (int templates = 0; templates < 2; templates++) {
        for (guint i = 0; i < e->vms->len; i++) {
            struct vm_entry *vm = g_ptr_array_index(e->vms, i);
            if ((vm->kind == KIND_TEMPLATE) != templates)
                continue;
            e->next = G_MAXINT64;
            judge_vm(e, vm, &g_array_index(o->verdicts, struct verdict, i));
            vm->due = e->next;
            vm->calm = false;
            e->due = MIN(e->due, vm->due);
        }
    }
}

static gint64
stale_since(const struct engine *e, const struct verdict *v)
{
    const struct published *p = &v->vm->pub;

    if (!v->stale)
        return -1;
    return p->has_stale_since ? p->stale_since : e->now.wall / 1000;
}

static void
publish_all(struct engine *e, struct engine_output *o)
{
    for (guint i = 0; i < o->verdicts->len; i++) {
        struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        v->change = publish_vm(e, v->vm, v, o->findings);
        v->stale_since = stale_since(e, v);
        o->changes += v->change != NULL;
        o->stale += v->stale;
        o->invalid += v->rule == RULE_INVALID;
    }
    publish_nodes(e, o);
}

void
engine_conclude(struct engine *e, struct engine_output *o)
{
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        v->vm->judged = v;
    }
    budget_judge(e, o);
    publish_all(e, o);
    o->silent_frontends = claims_silent(e);
    for (guint i = 0; i < o->verdicts->len; i++)
        g_array_index(o->verdicts, struct verdict, i).vm->judged = NULL;
    for (guint i = 0; i < e->touched->len; i++)
        ((struct vm_entry *)g_ptr_array_index(e->touched, i))->touched = false;
    g_ptr_array_set_size(e->touched, 0);
}

static bool
still_there(const struct record *r, void *data)
{
    const struct engine *e = data;

    return g_hash_table_contains(e->by_uuid, &r->uuid);
}

void
engine_forget_gone(struct engine *e)
{
    memory_retain(e->memory, still_there, e);
    e->entries_changed = false;
    e->entries_before = 0;
    for (guint i = 0; i < e->vms->len; i++)
        e->entries_before += ((struct vm_entry *)g_ptr_array_index(e->vms, i))->kind
                             != KIND_PROFILE;
}

struct engine_output *
engine_step(struct engine *e, struct engine_time now, const GPtrArray *observations, bool complete,
            const char *why)
{
    gint64 entries = 0;

    for (guint i = 0; i < e->vms->len; i++)
        entries += ((struct vm_entry *)g_ptr_array_index(e->vms, i))->kind != KIND_PROFILE;
    struct engine_output *o = engine_output_new(complete ? e->vms->len : 0);
    if (!complete || below_floor(e, entries)) {
        o->aborted = true;
        o->why = complete ? g_strdup_printf(N_("the directory returned %ld VM and template entries "
                                               "where the last pass had %ld"),
                                            (long)entries, (long)e->entries_before)
                          : g_strdup(why != NULL ? why : N_("the directory read is not complete"));
        return o;
    }
    engine_begin(e, now);
    world_observe(e, observations);
    claims_join(e);
    judge_all(e, o);
    engine_conclude(e, o);
    o->next = e->due;
    o->repeats = e->repeats;
    engine_forget_gone(e);
    note_answers(e);
    engine_end(e);
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
    struct entry *entry = index_find(e, dn);
    return entry != NULL && entry->type == ENTRY_VM ? (struct vm_entry *)entry : NULL;
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
            index_thin(e); /* the index points into the list that was */
        entry_set_csn(&vm->base, csn);
        struct record *r = vm->valid ? memory_find(e->memory, &vm->uuid) : NULL;
        if (r == NULL)
            return;
        if (g_strcmp0(r->node, vm->pub.node) == 0) {
            ref_replace(&r->node, NULL);
            r->node_pass = 0;
        }
        if (r->source != NULL && origin_is_published(vm, r->source)) {
            ref_replace(&r->source, NULL);
            r->source_id = -1;
        }
        if (vm->pub.request == NULL)
            upkeep_request_cleared(r);
        memory_tidy(e->memory, r);
        return;
    }
    struct entry *entry = index_find(e, c->dn);
    if (entry != NULL && entry->type == ENTRY_NODE) {
        node_entry_apply((struct node_entry *)entry, c);
        entry_set_csn(entry, csn);
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
    claims_refresh(e);
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
