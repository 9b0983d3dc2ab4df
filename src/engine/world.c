/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory as the engine holds it, joined with the nodes' answers.
 */
#include "config.h"

#include "engine/engine-internal.h"

#include <string.h>

static void
node_state_free(gpointer data)
{
    struct node_state *n = data;

    g_free(n->key);
    g_free(n->name);
    g_free(n->state);
    observation_unref(n->obs);
    if (n->foreign != NULL)
        g_ptr_array_unref(n->foreign);
    g_free(n);
}

struct engine *
engine_new(const struct engine_options *options)
{
    struct engine *e = g_new0(struct engine, 1);

    e->options = *options;
    e->vms = g_ptr_array_new();
    e->others = g_ptr_array_new();
    e->by_uuid = g_hash_table_new(uuid_hash, uuid_equal_key);
    e->thin = g_hash_table_new(uuid_hash, uuid_equal_key);
    e->clashes = g_hash_table_new_full(uuid_hash, uuid_equal_key, g_free, NULL);
    e->nodes = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, node_state_free);
    e->node_refs = g_hash_table_new(g_direct_hash, g_direct_equal);
    e->sightings = g_array_new(FALSE, FALSE, sizeof(struct sighting));
    e->memory = memory_new();
    e->entries_before = -1;
    e->calendar_mono = NEVER;
    return e;
}

static void
free_entries(struct engine *e)
{
    for (guint i = 0; i < e->vms->len; i++)
        entry_free(g_ptr_array_index(e->vms, i));
    for (guint i = 0; i < e->others->len; i++)
        entry_free(g_ptr_array_index(e->others, i));
    g_ptr_array_set_size(e->vms, 0);
    g_ptr_array_set_size(e->others, 0);
}

void
engine_free(struct engine *e)
{
    if (e == NULL)
        return;
    free_entries(e);
    g_ptr_array_unref(e->vms);
    g_ptr_array_unref(e->others);
    g_hash_table_unref(e->by_uuid);
    g_hash_table_unref(e->thin);
    g_hash_table_unref(e->clashes);
    g_hash_table_unref(e->node_refs);
    g_hash_table_unref(e->nodes);
    g_array_unref(e->sightings);
    memory_free(e->memory);
    g_free(e->boot_id);
    g_free(e);
}

unsigned
engine_entries(const struct engine *e)
{
    return e->vms->len;
}

/* A node is called as it answers, else as its entry spells it, else in lower case: whatever was
 * read first, it has the same name. */
static void
name_node(struct node_state *n, const char *name)
{
    if (strcmp(n->name, name) == 0)
        return;
    g_free(n->name);
    n->name = g_strdup(name);
}

struct node_state *
world_node(struct engine *e, const char *name)
{
    g_autofree char *key = g_ascii_strdown(name, -1);
    struct node_state *n = g_hash_table_lookup(e->nodes, key);

    if (n == NULL) {
        n = g_new0(struct node_state, 1);
        n->key = g_steal_pointer(&key);
        n->name = g_strdup(n->key);
        n->epoch = 1;
        n->answered = true;
        g_hash_table_insert(e->nodes, n->key, n);
    }
    return n;
}

static gint
by_key(gconstpointer a, gconstpointer b)
{
    const struct node_state *na = a;
    const struct node_state *nb = b;

    return strcmp(na->key, nb->key);
}

GList *
world_nodes(const struct engine *e)
{
    return g_list_sort(g_hash_table_get_values(e->nodes), by_key);
}

gint
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct node_state *
world_node_of_ref(struct engine *e, const char *ref)
{
    if (ref == NULL)
        return NULL;
    struct node_state *n = g_hash_table_lookup(e->node_refs, ref);
    /* a ref that was released may have come back at the same address with another text */
    if (n == NULL || !same_word(n->key, ref)) {
        n = world_node(e, ref);
        g_hash_table_insert(e->node_refs, (gpointer)(gintptr)ref, n);
    }
    return n;
}

enum mode
world_mode(const struct vm_entry *vm, bool *unknown)
{
    enum mode mode;

    *unknown = false;
    if (vm->mode == NULL || vm->mode[strspn(vm->mode, " \t")] == '\0')
        return MODE_DO_NOT_USE;
    if (mode_parse(vm->mode, &mode))
        return mode;
    *unknown = true;
    return MODE_DO_NOT_USE;
}

bool
world_running_like(const struct vm_entry *vm)
{
    if (!vm->pub.known)
        return false;
    if (vm->pub.active >= 0)
        return vm->pub.active == 1;
    switch ((enum state)vm->pub.state) {
    case STATE_STARTING:
    case STATE_RUNNING:
    case STATE_PAUSED:
    case STATE_SHUTTING_DOWN:
    case STATE_POWERING_OFF:
    case STATE_FROZEN:
        return true;
    case STATE_NONE:
    case STATE_STOPPED:
    case STATE_DELETING:
    case STATE_CRASHED:
    case STATE_DO_NOT_USE:
    case STATE_COUNT:
        break;
    }
    return false;
}

const char *
world_last_seen(struct engine *e, const struct vm_entry *vm)
{
    const struct record *r = memory_find(e->memory, &vm->uuid);

    if (r != NULL && r->node_pass == e->pass)
        return r->node_before; /* decided again within the pass: as at its beginning */
    return r != NULL && r->node != NULL ? r->node : vm->pub.node;
}

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

static void
index_vms(struct engine *e)
{
    g_hash_table_remove_all(e->by_uuid);
    g_hash_table_remove_all(e->thin);
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
    for (guint i = 0; i < e->vms->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (!vm->valid || vm->kind != KIND_TEMPLATE || vm->thin == NULL)
            continue;
        for (guint t = 0; t < vm->thin->len; t++)
            g_hash_table_insert(e->thin, &g_array_index(vm->thin, struct uuid, t), vm);
    }
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
index_others(struct engine *e)
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
        if (entry->type == ENTRY_BACKUP) {
            struct vm_entry *vm = vm_of_backup(e, (struct backup_entry *)entry);
            if (vm == NULL)
                continue;
            if (vm->backups == NULL)
                vm->backups = g_ptr_array_new();
            g_ptr_array_add(vm->backups, entry);
        } else if (entry->type == ENTRY_NODE) {
            struct node_entry *node = (struct node_entry *)entry;
            struct node_state *n = world_node(e, node->name);
            n->entry = node;
            if (n->obs == NULL)
                name_node(n, node->name);
        } else if (entry->type == ENTRY_NODE_TYPE) {
            note_node_type(e, (const struct node_fact *)entry);
        }
    }
}

void
world_index(struct engine *e)
{
    /* refs of entries that went may be reused by others */
    g_hash_table_remove_all(e->node_refs);
    index_vms(e);
    index_others(e);
}

static void
add_entry(struct engine *e, struct entry *entry)
{
    g_ptr_array_add(entry->type == ENTRY_VM ? e->vms : e->others, entry);
}

void
engine_directory(struct engine *e, GPtrArray *entries)
{
    free_entries(e);
    g_ptr_array_set_free_func(entries, NULL);
    for (guint i = 0; i < entries->len; i++)
        add_entry(e, g_ptr_array_index(entries, i));
    g_ptr_array_unref(entries);
    world_index(e);
}

static bool
remove_by_dn(GPtrArray *array, const char *dn, struct vm_entry **vm)
{
    for (guint i = 0; i < array->len; i++) {
        struct entry *entry = g_ptr_array_index(array, i);
        if (!dn_same(entry->dn, dn))
            continue;
        if (entry->type == ENTRY_VM)
            *vm = (struct vm_entry *)entry;
        else
            entry_free(entry);
        g_ptr_array_remove_index_fast(array, i);
        return true;
    }
    return false;
}

/* Looks for the VM's domains in this pass's answers: it was not joined with them before. */
static void
join_again(struct engine *e, struct vm_entry *vm)
{
    GHashTableIter iter;
    gpointer value;

    vm->sighting = 0;
    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct node_state *n = value;
        if (n->obs == NULL || n->obs->result == RESULT_ERROR)
            continue;
        for (guint i = 0; i < n->obs->domains->len; i++) {
            const struct domain *d = &g_array_index(n->obs->domains, struct domain, i);
            if (!uuid_equal(&d->uuid, &vm->uuid))
                continue;
            if (!d->unreadable && d->state == DSTATE_SHUTOFF && d->reason == DREASON_MIGRATED)
                e->any_shutoff_migrated = true;
            struct sighting s = {.domain = d, .node = n, .next = vm->sighting};
            g_array_append_val(e->sightings, s);
            vm->sighting = e->sightings->len;
        }
    }
}

/* Was it joined under this UUID, alone? */
static bool
was_joined(const struct vm_entry *old, const struct vm_entry *vm)
{
    return old != NULL && old->valid && !old->duplicate && old->kind != KIND_PROFILE
           && uuid_equal(&old->uuid, &vm->uuid);
}

void
engine_put_entry(struct engine *e, struct entry *entry)
{
    struct vm_entry *old = NULL;

    remove_by_dn(e->vms, entry->dn, &old);
    remove_by_dn(e->others, entry->dn, &old);
    add_entry(e, entry);
    world_index(e);
    if (entry->type == ENTRY_VM) {
        struct vm_entry *vm = (struct vm_entry *)entry;
        if (was_joined(old, vm))
            vm->sighting = old->sighting;
        else if (vm->valid)
            join_again(e, vm);
    }
    if (old != NULL)
        entry_free(&old->base);
}

void
engine_remove_entry(struct engine *e, const char *dn)
{
    struct vm_entry *old = NULL;

    remove_by_dn(e->vms, dn, &old);
    remove_by_dn(e->others, dn, &old);
    world_index(e);
    if (old != NULL && old->duplicate) {
        struct vm_entry *left = g_hash_table_lookup(e->by_uuid, &old->uuid);
        if (left != NULL)
            join_again(e, left);
    }
    if (old != NULL)
        entry_free(&old->base);
}

/* A domain named like an entry but with another UUID is not that entry's. */
static void
note_clash(struct engine *e, const struct domain *d)
{
    struct uuid named;

    if (d->name == NULL || !uuid_parse(d->name, strlen(d->name), &named))
        return;
    if (g_hash_table_contains(e->by_uuid, &named))
        g_hash_table_add(e->clashes, g_memdup2(&named, sizeof(named)));
}

static void
observe_domain(struct engine *e, struct node_state *node, const struct domain *d)
{
    struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, &d->uuid);
    bool active = !d->unreadable && domain_is_active(d);

    note_clash(e, d);
    node->active += active;
    if (vm == NULL) {
        node->orphans += active;
        return;
    }
    if (active && world_node_of_ref(e, vm->home) != node) {
        char uuid[UUID_TEXT_SIZE];
        if (node->foreign == NULL)
            node->foreign = g_ptr_array_new_with_free_func(g_free);
        uuid_format(&d->uuid, uuid);
        g_ptr_array_add(node->foreign, g_strdup(uuid));
    }
    if (!d->unreadable && d->state == DSTATE_SHUTOFF && d->reason == DREASON_MIGRATED)
        e->any_shutoff_migrated = true;
    struct sighting s = {.domain = d, .node = node, .next = vm->sighting};
    g_array_append_val(e->sightings, s);
    vm->sighting = e->sightings->len;
}

void
world_unobserve(struct engine *e)
{
    GHashTableIter iter;
    gpointer value;

    g_array_set_size(e->sightings, 0);
    g_hash_table_remove_all(e->clashes);
    e->any_shutoff_migrated = false;
    for (guint i = 0; i < e->vms->len; i++)
        ((struct vm_entry *)g_ptr_array_index(e->vms, i))->sighting = 0;
    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct node_state *n = value;
        g_clear_pointer(&n->obs, observation_unref);
        name_node(n, n->entry != NULL ? n->entry->name : n->key);
        n->active = 0;
        n->orphans = 0;
        n->like = 0;
        n->leaving = 0;
        if (n->foreign != NULL)
            g_ptr_array_set_size(n->foreign, 0);
    }
}

void
world_observe(struct engine *e, const GPtrArray *observations)
{
    world_unobserve(e);
    for (guint i = 0; i < observations->len; i++) {
        struct observation *o = g_ptr_array_index(observations, i);
        struct node_state *n = world_node(e, o->node);
        observation_unref(n->obs);
        n->obs = observation_ref(o);
        name_node(n, o->node);
    }
    for (guint i = 0; i < observations->len; i++) {
        const struct observation *o = g_ptr_array_index(observations, i);
        struct node_state *n = world_node(e, o->node);
        if (n->obs != o || o->result == RESULT_ERROR)
            continue;
        for (guint d = 0; d < o->domains->len; d++)
            observe_domain(e, n, &g_array_index(o->domains, struct domain, d));
    }
}
