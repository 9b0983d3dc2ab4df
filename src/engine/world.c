/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's own state: made, freed, its nodes, and small questions about
 * entries.  index.c holds the directory, join.c joins it with the nodes.
 */
#include "config.h"

#include "engine/flow.h"
#include "engine/origin.h"

#include <string.h>

static void
node_state_free(gpointer data)
{
    struct node_state *n = data;

    g_free(n->key);
    g_free(n->name);
    g_free(n->state);
    observation_unref(n->obs);
    if (n->patches != NULL)
        g_ptr_array_unref(n->patches);
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
    e->touched = g_ptr_array_new();
    claims_init(e);
    e->due = G_MAXINT64;
    e->memory = memory_new();
    e->entries_before = -1;
    e->calendar_mono = NEVER;
    return e;
}

void
engine_set_options(struct engine *e, const struct engine_options *options)
{
    e->options = *options;
}

void
engine_free(struct engine *e)
{
    if (e == NULL)
        return;
    index_free_entries(e);
    g_ptr_array_unref(e->vms);
    g_ptr_array_unref(e->others);
    g_hash_table_unref(e->by_uuid);
    g_hash_table_unref(e->thin);
    g_hash_table_unref(e->clashes);
    g_hash_table_unref(e->node_refs);
    g_hash_table_unref(e->nodes);
    g_array_unref(e->sightings);
    g_ptr_array_unref(e->touched);
    claims_free(e);
    memory_free(e->memory);
    g_free(e->boot_id);
    g_free(e);
}

unsigned
engine_entries(const struct engine *e)
{
    return e->vms->len;
}

const GPtrArray *
engine_vms(const struct engine *e)
{
    return e->vms;
}

struct vm_entry *
engine_vm(const struct engine *e, const struct uuid *uuid)
{
    return g_hash_table_lookup(e->by_uuid, uuid);
}

const GPtrArray *
engine_facts(const struct engine *e)
{
    return e->others;
}

/* A node is called as it answers, else as its entry spells it, else in lower case: whatever was
 * read first, it has the same name. */
void
world_name_node(struct node_state *n, const char *name)
{
    if (strcmp(n->name, name) == 0)
        return;
    g_free(n->name);
    n->name = g_strdup(name);
}

const char *
world_excuse(const struct node_state *n)
{
    static const char *const words[] = {"maintenance", "offline"};

    for (gsize i = 0; n->state != NULL && i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(n->state, words[i]) == 0)
            return words[i];
    }
    return NULL;
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

bool
world_has_entry(const struct engine *e, const struct uuid *uuid)
{
    if (g_hash_table_contains(e->by_uuid, uuid))
        return true;
    for (guint i = 0; i < e->vms->len; i++) {
        if (uuid_equal(&((const struct vm_entry *)g_ptr_array_index(e->vms, i))->uuid, uuid))
            return true;
    }
    return false;
}

bool
world_owns(const struct engine *e, const struct vm_entry *vm)
{
    return e->options.owns == NULL || e->options.owns(vm->home, e->options.owns_data);
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
    /* a duplicate may be active before it has a status; of a word nobody understands nothing is
     * believed */
    if (!vm->pub.known && vm->pub.garbled)
        return false;
    if (vm->pub.active >= 0)
        return vm->pub.active == 1;
    if (!vm->pub.known)
        return false;
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
