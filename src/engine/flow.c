/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Updates: a pass over what was touched.  See flow.h; joining is in join.c.
 */
#include "config.h"

#include "engine/flow.h"

#include "engine/origin.h"

#include <string.h>

static const struct sighting *
sighting_on(const struct engine *e, const struct uuid *uuid, const struct node_state *n)
{
    const struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, uuid);

    for (guint32 i = vm == NULL ? 0 : vm->sighting; i != 0;) {
        const struct sighting *s = &g_array_index(e->sightings, struct sighting, i - 1);
        if (s->node == n)
            return s;
        i = s->next;
    }
    return NULL;
}

GArray *
engine_overtaken(struct engine *e, struct observation *o)
{
    GArray *uuids = g_array_new(FALSE, FALSE, sizeof(struct uuid));
    const struct node_state *n = world_node(e, o->node);

    for (guint i = 0; i < o->domains->len; i++) {
        struct domain *d = &g_array_index(o->domains, struct domain, i);
        const struct sighting *s = d->unreadable ? NULL : sighting_on(e, &d->uuid, n);
        if (s == NULL || s->query <= o->query || s->domain->unreadable
            || (s->domain->state == d->state && s->domain->reason == d->reason))
            continue;
        d->unreadable = true;
        g_array_append_val(uuids, d->uuid);
    }
    return uuids;
}

void
engine_touch(struct engine *e, const struct uuid *uuid)
{
    world_touch(e, g_hash_table_lookup(e->by_uuid, uuid));
}

void
engine_touch_all(struct engine *e)
{
    GHashTableIter iter;
    gpointer node;

    world_touch_all(e);
    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &node))
        ((struct node_state *)node)->news = true;
}

void
engine_touch_unasked(struct engine *e)
{
    for (guint i = 0; i < e->vms->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        const struct node_state *home = world_node_of_ref(e, vm->home);
        if (home == NULL || home->obs == NULL)
            world_touch(e, vm);
    }
}

bool
engine_is_touched(const struct engine *e)
{
    return e->touched->len > 0 || e->claims_outdated;
}

void
engine_touch_node(struct engine *e, const char *node)
{
    world_node(e, node)->news = true;
}

bool
engine_touch_counts(struct engine *e)
{
    GHashTableIter iter;
    gpointer value;
    bool any = false;

    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct node_state *n = value;
        any |= n->recount;
        n->news |= n->recount;
        n->recount = false;
    }
    return any;
}

static void
note_neighbour(struct engine *e, GHashTable *names, const char *ref)
{
    const struct node_state *n = world_node_of_ref(e, ref);

    if (n != NULL && !e->options.owns(n->name, e->options.owns_data))
        g_hash_table_add(names, g_strdup(n->name));
}

/* VMs of ours that run where they do not belong, as another body publishes on its node's entry. */
static bool
shows_ours(struct engine *e, const struct node_state *n)
{
    for (char **f = n->entry != NULL ? n->entry->foreign : NULL; f != NULL && *f != NULL; f++) {
        struct uuid uuid;
        const struct vm_entry *vm
            = uuid_parse(*f, strlen(*f), &uuid) ? g_hash_table_lookup(e->by_uuid, &uuid) : NULL;
        if (vm != NULL && world_owns(e, vm))
            return true;
    }
    return false;
}

static void
note_strangers(struct engine *e, GHashTable *names)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct node_state *n = value;
        if (!e->options.owns(n->name, e->options.owns_data) && shows_ours(e, n))
            g_hash_table_add(names, g_strdup(n->name));
    }
}

GPtrArray *
engine_neighbours(struct engine *e)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    const bool shared = e->options.owns != NULL;
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer name;

    for (guint i = 0; shared && i < e->vms->len; i++) {
        const struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (!vm->valid || !world_owns(e, vm))
            continue;
        note_neighbour(e, names, vm->target);
        note_neighbour(e, names, world_last_seen(e, vm));
    }
    if (shared)
        note_strangers(e, names);
    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_ptr_array_add(list, name);
    return list;
}

/* Whose counters have run out, and when the next one will. */
static void
touch_due(struct engine *e, struct engine_time now)
{
    if (now.mono < e->due)
        return;
    e->due = G_MAXINT64;
    for (guint i = 0; i < e->vms->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (vm->due <= now.mono)
            world_touch(e, vm);
        else
            e->due = MIN(e->due, vm->due);
    }
}

/* Judges one VM; its own next counter is noted. */
static void
judge_one(struct engine *e, struct vm_entry *vm, struct verdict *v)
{
    int16_t shown = vm->shown;

    e->next = G_MAXINT64;
    judge_vm(e, vm, v);
    vm->due = e->next;
    e->due = MIN(e->due, vm->due);
    if (vm->shown != shown)
        index_touch_lists(e, vm); /* details of templates */
}

/* Those of one kind that are touched, judged into the output. */
static void
judge_touched(struct engine *e, struct engine_output *o, bool templates)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    guint at = o->verdicts->len;

    for (guint i = 0; i < e->touched->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->touched, i);
        if ((vm->kind == KIND_TEMPLATE) == templates)
            g_ptr_array_add(list, vm);
    }
    g_array_set_size(o->verdicts, at + list->len);
    for (guint i = 0; i < list->len; i++)
        judge_one(e, g_ptr_array_index(list, i),
                  &g_array_index(o->verdicts, struct verdict, at + i));
}

static void
interrupt_row(struct record *r, void *data)
{
    (void)data;
    r->row_gap = r->absent != 0;
}

/* The program stood still for too long: rows of absences start again with the next answers, which
 * may come after this update, and everybody is looked at. */
static void
after_gap(struct engine *e)
{
    memory_each(e->memory, interrupt_row, NULL);
    world_touch_all(e);
}

/* Off, running, or nowhere, and in one place: nothing that a closer look would be made for. */
static bool
is_plainly_seen(struct engine *e, const struct vm_entry *vm)
{
    if (vm->sighting == 0)
        return true;
    const struct sighting *s = &g_array_index(e->sightings, struct sighting, vm->sighting - 1);
    const struct domain *d = s->domain;
    if (s->next != 0 || d->unreadable)
        return false;
    return d->state == DSTATE_SHUTOFF
           || (d->state == DSTATE_RUNNING && d->reason != DREASON_POSTCOPY
               && d->reason != DREASON_POSTCOPY_FAILED);
}

/* Who has nothing to wait for is judged again when something about it changes, not with every
 * answer of its node.  Where a modify is on its way it may come to nothing. */
static void
note_calm(struct engine *e, const struct engine_output *o)
{
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        struct vm_entry *vm = v->vm;
        vm->calm = v->change == NULL && vm->valid && !vm->duplicate && vm->due == G_MAXINT64
                   && vm->target == NULL && (vm->backups == NULL || vm->backups->len == 0)
                   && !vm->pub.has_stale_since && vm->pub.request == NULL
                   && memory_find(e->memory, &vm->uuid) == NULL
                   && is_plainly_seen(e, vm) && !g_hash_table_contains(e->thin, &vm->uuid);
    }
}

struct engine_output *
engine_update(struct engine *e, struct engine_time now)
{
    engine_begin(e, now);
    if (e->gap)
        after_gap(e);
    claims_refresh(e);
    touch_due(e, now);
    struct engine_output *o = engine_output_new(e->touched->len);
    g_array_set_size(o->verdicts, 0);
    judge_touched(e, o, false);
    judge_touched(e, o, true);
    engine_conclude(e, o);
    note_calm(e, o);
    o->next = e->due;
    if (e->entries_changed)
        engine_forget_gone(e);
    engine_end(e);
    return o;
}

GPtrArray *
engine_wanted(struct engine *e)
{
    GHashTableIter iter;
    gpointer value;
    GPtrArray *wanted = NULL;

    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct node_state *n = value;
        if (!n->wanted)
            continue;
        n->wanted = false;
        if (wanted == NULL)
            wanted = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(wanted, g_strdup(n->name));
    }
    return wanted;
}

static void
count_alarms(const struct published *p, struct engine_totals *t)
{
    for (char **a = p->alarms; a != NULL && *a != NULL; a++) {
        enum alarm_id id;
        char word[64];
        g_strlcpy(word, *a, MIN(sizeof(word), strcspn(*a, ":") + 1));
        if (alarm_parse(word, &id))
            t->alarms[id]++;
    }
}

static void
count_held(struct record *r, void *data)
{
    struct engine_totals *t = data;

    t->n_held += r->held > 0;
}

void
engine_totals(struct engine *e, struct engine_totals *t)
{
    memset(t, 0, sizeof(*t));
    for (guint i = 0; i < e->vms->len; i++) {
        const struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (vm->kind == KIND_PROFILE || !world_owns(e, vm))
            continue;
        t->n_invalid += !vm->valid || vm->duplicate;
        t->vms[vm->kind][vm->pub.known ? vm->pub.state : STATE_NONE]++;
        t->n_stale += vm->pub.has_stale_since;
        t->n_opennebula += origin_is_any(vm);
        count_alarms(&vm->pub, t);
    }
    memory_each(e->memory, count_held, t);
}

GPtrArray *
engine_asked(struct engine *e)
{
    GPtrArray *asked = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GList) nodes = world_nodes(e);

    for (GList *l = nodes; l != NULL; l = l->next) {
        const struct node_state *n = l->data;
        if (n->obs != NULL)
            g_ptr_array_add(asked, g_strdup(n->key));
    }
    return asked;
}

const struct observation *
engine_answer_of(struct engine *e, const char *node)
{
    g_autofree char *key = g_ascii_strdown(node, -1);
    const struct node_state *n = g_hash_table_lookup(e->nodes, key);

    return n == NULL ? NULL : n->obs;
}

const char *
engine_node_excuse(const struct engine *e, const char *node)
{
    g_autofree char *key = g_ascii_strdown(node, -1);
    const struct node_state *n = g_hash_table_lookup(e->nodes, key);

    return n == NULL ? NULL : world_excuse(n);
}
