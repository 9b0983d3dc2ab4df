/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory as the engine holds it: entries by DN and by UUID, and who
 * belongs to whom.  A whole directory is indexed at once; a single entry that
 * comes, changes or goes is put in its place without touching the others,
 * unless something is odd about it (several entries with one UUID, a malformed
 * one): then everything is indexed anew.
 */
#include "config.h"

#include "engine/flow.h"
#include "engine/origin.h"

#include <string.h>

/* --- the whole directory ------------------------------------------------------ */

/* The VM below which this backup child stands. */
static struct vm_entry *
vm_of_backup(struct engine *e, const struct backup_entry *b)
{
    struct uuid uuid;
    const char *above = dn_parent(b->base.dn, 1);
    g_autofree char *ou = above == NULL ? NULL : dn_rdn_value(above, "ou");
    const char *dn = dn_parent(b->base.dn, 2);

    if (dn == NULL || ou == NULL || g_ascii_strcasecmp(ou, "backup") != 0)
        return NULL;
    g_autofree char *text = dn_rdn_value(dn, "sstVirtualMachine");
    if (text == NULL || !uuid_parse(text, strlen(text), &uuid))
        return NULL;
    struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, &uuid);
    if (vm == NULL || dn_same(vm->base.dn, dn))
        return vm;
    for (guint i = 0; vm->duplicate && i < e->vms->len; i++) {
        struct vm_entry *other = g_ptr_array_index(e->vms, i);
        if (dn_same(other->base.dn, dn))
            return other;
    }
    return NULL;
}

void
index_thin(struct engine *e)
{
    g_hash_table_remove_all(e->thin);
    e->thin_shared = false;
    for (guint i = 0; i < e->vms->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (!vm->valid || vm->kind != KIND_TEMPLATE || vm->thin == NULL)
            continue;
        for (guint t = 0; t < vm->thin->len; t++)
            e->thin_shared |= !g_hash_table_insert(e->thin, &g_array_index(vm->thin, struct uuid, t),
                                                   vm);
    }
}

static bool
lists(const struct vm_entry *vm, const struct uuid *uuid)
{
    for (guint i = 0; vm->thin != NULL && i < vm->thin->len; i++) {
        if (uuid_equal(&g_array_index(vm->thin, struct uuid, i), uuid))
            return true;
    }
    return false;
}

void
index_touch_lists(struct engine *e, const struct vm_entry *vm)
{
    struct vm_entry *one = g_hash_table_lookup(e->thin, &vm->uuid);

    world_touch(e, one);
    for (guint i = 0; one != NULL && e->thin_shared && i < e->vms->len; i++) {
        struct vm_entry *other = g_ptr_array_index(e->vms, i);
        if (other->kind == KIND_TEMPLATE && lists(other, &vm->uuid))
            world_touch(e, other);
    }
}

static void
index_vms(struct engine *e)
{
    g_hash_table_remove_all(e->by_uuid);
    for (guint i = 0; i < e->vms->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        vm->duplicate = false;
        if (vm->backups != NULL)
            g_ptr_array_set_size(vm->backups, 0);
    }
    for (guint i = 0; i < e->vms->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (!vm->valid || vm->kind == KIND_PROFILE)
            continue;
        struct vm_entry *other = g_hash_table_lookup(e->by_uuid, &vm->uuid);
        if (other == NULL) {
            g_hash_table_insert(e->by_uuid, &vm->uuid, vm);
        } else {
            other->duplicate = true;
            vm->duplicate = true;
        }
    }
    index_thin(e);
}

static void
note_node_type(struct engine *e, const struct node_fact *fact)
{
    if (fact->node == NULL)
        return;
    struct node_state *n = world_node(e, fact->node);
    g_autofree char *type = dn_rdn_value(fact->base.dn, "sstNodeType");
    n->typed = true;
    n->runs_vms |= type == NULL || g_ascii_strcasecmp(type, "VM-Node") == 0
                   || g_ascii_strcasecmp(type, "Demo-System") == 0;
    if (fact->state != NULL) {
        g_free(n->state);
        n->state = g_strdup(fact->state);
    }
}

static void
attach_backup(struct engine *e, struct backup_entry *b)
{
    b->vm = vm_of_backup(e, b);
    if (b->vm == NULL)
        return;
    if (b->vm->backups == NULL)
        b->vm->backups = g_ptr_array_new();
    g_ptr_array_add(b->vm->backups, b);
}

static void
index_nodes(struct engine *e)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct node_state *n = value;
        n->entry = NULL;
        n->runs_vms = false;
        n->typed = false;
        g_clear_pointer(&n->state, g_free);
    }
    for (guint i = 0; i < e->others->len; i++) {
        struct entry *entry = g_ptr_array_index(e->others, i);
        if (entry->type == ENTRY_NODE) {
            struct node_entry *node = (struct node_entry *)entry;
            struct node_state *n = world_node(e, node->name);
            n->entry = node;
            if (n->obs == NULL)
                world_name_node(n, node->name);
        } else if (entry->type == ENTRY_NODE_TYPE) {
            note_node_type(e, (const struct node_fact *)entry);
        }
    }
}

static void
world_index(struct engine *e)
{
    /* refs of entries that went may be reused by others */
    g_hash_table_remove_all(e->node_refs);
    index_vms(e);
    for (guint i = 0; i < e->others->len; i++) {
        struct entry *entry = g_ptr_array_index(e->others, i);
        if (entry->type == ENTRY_BACKUP)
            attach_backup(e, (struct backup_entry *)entry);
    }
    index_nodes(e);
}

static GPtrArray *
home_of(struct engine *e, const struct entry *entry)
{
    return entry->type == ENTRY_VM ? e->vms : e->others;
}

static void
add_entry(struct engine *e, struct entry *entry)
{
    GPtrArray *array = home_of(e, entry);

    entry->place = array->len;
    g_ptr_array_add(array, entry);
    if (e->by_dn != NULL)
        g_hash_table_replace(e->by_dn, entry->dn, entry);
}

void
index_free_entries(struct engine *e)
{
    g_clear_pointer(&e->by_dn, g_hash_table_unref);
    g_ptr_array_set_size(e->touched, 0);
    for (guint i = 0; i < e->vms->len; i++)
        entry_free(g_ptr_array_index(e->vms, i));
    for (guint i = 0; i < e->others->len; i++)
        entry_free(g_ptr_array_index(e->others, i));
    g_ptr_array_set_size(e->vms, 0);
    g_ptr_array_set_size(e->others, 0);
}

void
engine_directory(struct engine *e, GPtrArray *entries)
{
    world_unobserve(e); /* what was seen is joined with entries that go now */
    claims_forget(e);
    index_free_entries(e);
    g_ptr_array_set_free_func(entries, NULL);
    for (guint i = 0; i < entries->len; i++)
        add_entry(e, g_ptr_array_index(entries, i));
    g_ptr_array_unref(entries);
    world_index(e);
}

/* --- single entries --------------------------------------------------------------- */

/* A one-shot pass hardly ever asks, and is spared the table. */
struct entry *
index_find(struct engine *e, const char *dn)
{
    if (e->by_dn == NULL) {
        e->by_dn = g_hash_table_new(dn_hash, dn_equal);
        for (guint i = 0; i < e->vms->len; i++) {
            struct entry *entry = g_ptr_array_index(e->vms, i);
            g_hash_table_replace(e->by_dn, entry->dn, entry);
        }
        for (guint i = 0; i < e->others->len; i++) {
            struct entry *entry = g_ptr_array_index(e->others, i);
            g_hash_table_replace(e->by_dn, entry->dn, entry);
        }
    }
    return g_hash_table_lookup(e->by_dn, dn);
}

/* Takes the entry out of its array and of the table; it is not freed. */
static void
take_out(struct engine *e, struct entry *entry)
{
    GPtrArray *array = home_of(e, entry);
    struct entry *last = g_ptr_array_index(array, array->len - 1);

    g_hash_table_remove(e->by_dn, entry->dn);
    last->place = entry->place;
    array->pdata[entry->place] = last;
    g_ptr_array_set_size(array, (gint)array->len - 1);
}

/* Nothing is odd about it: it is known by its UUID, alone. */
static bool
is_plain(const struct engine *e, const struct vm_entry *vm)
{
    return vm->valid && !vm->duplicate && vm->kind != KIND_PROFILE
           && g_hash_table_lookup(e->by_uuid, &vm->uuid) == vm;
}

static void
touch_children(struct engine *e, const struct vm_entry *vm)
{
    for (guint i = 0; vm->thin != NULL && i < vm->thin->len; i++)
        world_touch(e, g_hash_table_lookup(e->by_uuid, &g_array_index(vm->thin, struct uuid, i)));
}

static void
forget_touched(struct engine *e, struct vm_entry *vm)
{
    if (vm->touched)
        g_ptr_array_remove_fast(e->touched, vm);
    vm->touched = false;
}

/* The VM under another entry: what was seen of it, its backups, its place in the queue. */
static void
take_over(struct engine *e, struct vm_entry *from, struct vm_entry *to)
{
    to->sighting = from->sighting;
    to->claim = from->claim;
    to->shown = from->shown;
    to->due = from->due;
    to->backups = g_steal_pointer(&from->backups);
    for (guint i = 0; to->backups != NULL && i < to->backups->len; i++)
        ((struct backup_entry *)g_ptr_array_index(to->backups, i))->vm = to;
    forget_touched(e, from);
}

static bool
lists_anything(const struct vm_entry *vm)
{
    return vm->kind == KIND_TEMPLATE && vm->thin != NULL;
}

/* It may be out of place now where it was not, or the other way round: nodes publish that. */
static void
tell_nodes(struct engine *e, const struct vm_entry *vm)
{
    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *s = &g_array_index(e->sightings, struct sighting, i - 1);
        s->node->news = true;
        i = s->next;
    }
}

/* A plain entry in the place of a plain one of the same UUID. */
static void
replace_vm(struct engine *e, struct vm_entry *old, struct vm_entry *vm)
{
    g_hash_table_replace(e->by_uuid, &vm->uuid, vm);
    take_over(e, old, vm);
    if (world_node_of_ref(e, old->home) != world_node_of_ref(e, vm->home))
        tell_nodes(e, vm);
    touch_children(e, old);
    touch_children(e, vm);
    if (lists_anything(old) || lists_anything(vm))
        index_thin(e);
    world_touch(e, vm);
    index_touch_lists(e, vm);
}

/* An entry that was not there before. */
static void
insert_vm(struct engine *e, struct vm_entry *vm)
{
    g_hash_table_replace(e->by_uuid, &vm->uuid, vm);
    for (guint i = 0; i < e->others->len; i++) {
        struct entry *entry = g_ptr_array_index(e->others, i);
        if (entry->type == ENTRY_BACKUP && ((struct backup_entry *)entry)->vm == NULL)
            attach_backup(e, (struct backup_entry *)entry);
    }
    if (lists_anything(vm))
        index_thin(e);
    world_join(e, vm);
    claims_outdate(e);
    touch_children(e, vm);
    world_touch(e, vm);
    index_touch_lists(e, vm);
}

/* After something odd: everything is indexed and will be judged anew. */
static void
index_again(struct engine *e)
{
    world_index(e);
    world_join_all(e);
    claims_outdate(e);
    e->entries_changed = true;
    for (guint i = 0; i < e->vms->len; i++)
        world_touch(e, g_ptr_array_index(e->vms, i));
}

static bool
put_vm(struct engine *e, struct vm_entry *old, bool old_plain, struct vm_entry *vm)
{
    if (!vm->valid || vm->kind == KIND_PROFILE)
        return false;
    const struct vm_entry *same = g_hash_table_lookup(e->by_uuid, &vm->uuid);
    if (old == NULL && same == NULL)
        insert_vm(e, vm);
    else if (old != NULL && old_plain && same == old)
        replace_vm(e, old, vm);
    else
        return false;
    return true;
}

static void
detach_backup(struct engine *e, struct backup_entry *b)
{
    if (b->vm == NULL)
        return;
    g_ptr_array_remove_fast(b->vm->backups, b);
    world_touch(e, b->vm);
    b->vm = NULL;
}

/* Nothing but what we publish can be new about it. */
static bool
is_same_node(const struct entry *old, const struct entry *entry)
{
    return old != NULL && old->type == ENTRY_NODE && entry->type == ENTRY_NODE
           && strcmp(((const struct node_entry *)old)->name,
                     ((const struct node_entry *)entry)->name)
                  == 0;
}

/* The old one, if any, is out of the arrays, but still known by its UUID. */
static void
put_in_place(struct engine *e, struct entry *old, bool old_plain, struct entry *entry)
{
    bool both_vms = entry->type == ENTRY_VM && (old == NULL || old->type == ENTRY_VM);
    bool both_backups = entry->type == ENTRY_BACKUP && (old == NULL || old->type == ENTRY_BACKUP);

    if (both_backups) {
        if (old != NULL)
            detach_backup(e, (struct backup_entry *)old);
        attach_backup(e, (struct backup_entry *)entry);
        world_touch(e, ((struct backup_entry *)entry)->vm);
    } else if (is_same_node(old, entry)) {
        struct node_state *n = world_node(e, ((struct node_entry *)entry)->name);
        n->entry = (struct node_entry *)entry;
        n->news = true;
    } else if (entry->type != ENTRY_VM && (old == NULL || old->type == entry->type)) {
        index_nodes(e);
        world_touch_all(e); /* a node's state, type or name is in the texts of many */
        if (entry->type == ENTRY_NODE) /* it may not say what we published any more */
            world_node(e, ((struct node_entry *)entry)->name)->news = true;
    } else if (!both_vms
               || !put_vm(e, (struct vm_entry *)old, old_plain, (struct vm_entry *)entry)) {
        index_again(e);
    }
}

static void
free_old(struct engine *e, struct entry *old)
{
    if (old->type == ENTRY_VM) {
        struct vm_entry *vm = (struct vm_entry *)old;
        forget_touched(e, vm);
    }
    /* its refs may come back at the same address with another text; that is checked there */
    entry_free(old);
}

bool
engine_has(struct engine *e, const struct entry *entry)
{
    const struct entry *old = index_find(e, entry->dn);

    return old != NULL && old->type == entry->type && old->csn != NULL
           && g_strcmp0(old->csn, entry->csn) == 0;
}

static bool
vm_rewritten(struct engine *e, const struct vm_entry *old, const struct vm_entry *vm)
{
    return world_owns(e, old) && old->pub.known
           && (g_strcmp0(old->pub.text, vm->pub.text) != 0 || old->pub.active != vm->pub.active
               || g_strcmp0(old->pub.stale_reason, vm->pub.stale_reason) != 0);
}

static bool
node_rewritten(struct engine *e, const struct node_entry *old, const struct node_entry *node)
{
    bool ours = e->options.owns == NULL || e->options.owns(old->name, e->options.owns_data);

    return ours && old->reachable >= 0
           && (old->reachable != node->reachable || old->domains != node->domains
               || g_strcmp0(old->reason, node->reason) != 0);
}

bool
engine_rewritten(struct engine *e, const struct entry *entry)
{
    const struct entry *old = index_find(e, entry->dn);

    if (old == NULL || old->type != entry->type)
        return false;
    if (old->type == ENTRY_VM)
        return vm_rewritten(e, (const struct vm_entry *)old, (const struct vm_entry *)entry);
    return old->type == ENTRY_NODE
           && node_rewritten(e, (const struct node_entry *)old, (const struct node_entry *)entry);
}

void
engine_put_entry(struct engine *e, struct entry *entry)
{
    struct entry *old = index_find(e, entry->dn);
    bool old_plain = false;

    if (old != NULL) {
        old_plain = old->type == ENTRY_VM && is_plain(e, (struct vm_entry *)old);
        take_out(e, old);
    } else {
        e->entries_changed = true;
    }
    add_entry(e, entry);
    put_in_place(e, old, old_plain, entry);
    if (old != NULL)
        free_old(e, old);
}

static void
remove_vm(struct engine *e, struct vm_entry *vm)
{
    g_hash_table_remove(e->by_uuid, &vm->uuid);
    world_part(e, vm);
    claims_outdate(e);
    for (guint i = 0; vm->backups != NULL && i < vm->backups->len; i++)
        ((struct backup_entry *)g_ptr_array_index(vm->backups, i))->vm = NULL;
    if (lists_anything(vm))
        index_thin(e);
    touch_children(e, vm);
    index_touch_lists(e, vm);
}

void
engine_remove_entry(struct engine *e, const char *dn)
{
    struct entry *old = index_find(e, dn);

    if (old == NULL)
        return;
    e->entries_changed |= old->type == ENTRY_VM;
    bool plain = old->type == ENTRY_VM && is_plain(e, (struct vm_entry *)old);
    take_out(e, old);
    if (plain) {
        remove_vm(e, (struct vm_entry *)old);
    } else if (old->type == ENTRY_BACKUP) {
        detach_backup(e, (struct backup_entry *)old);
    } else if (old->type == ENTRY_VM) {
        index_again(e);
    } else {
        index_nodes(e);
        world_touch_all(e);
    }
    free_old(e, old);
}
