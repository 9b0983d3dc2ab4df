/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers of OpenNebula front-ends joined with the entries: each row that
 * names an entry by a UUID is a claim in that entry's chain.  Rows that name
 * none may belong to one by the name of its domain, "one-<id>"; that is looked
 * up where a node shows such a domain.
 */
#include "config.h"

#include "engine/origin.h"

#include <stdlib.h>
#include <string.h>

void
claims_init(struct engine *e)
{
    e->fronts = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, claims_free_front);
    e->claims = g_array_new(FALSE, FALSE, sizeof(struct claim));
    e->hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void
claims_free(struct engine *e)
{
    g_hash_table_unref(e->fronts);
    g_array_unref(e->claims);
    g_hash_table_unref(e->hosts);
}

struct front_state *
claims_front(struct engine *e, const char *name)
{
    if (g_hash_table_size(e->fronts) == 0)
        return NULL;
    g_autofree char *key = g_ascii_strdown(name, -1);
    return g_hash_table_lookup(e->fronts, key);
}

/* --- hosts ----------------------------------------------------------------------- */

static bool
is_asked(const struct node_state *n)
{
    return n != NULL && n->obs != NULL;
}

/* "kvm-1" may be kvm-1.example.org, where there is one such node only. */
static struct node_state *
node_of_label(struct engine *e, const char *host)
{
    const size_t len = strlen(host);
    struct node_state *found = NULL;
    GHashTableIter iter;
    gpointer value;

    if (strchr(host, '.') != NULL)
        return NULL;
    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct node_state *n = value;
        if (!is_asked(n) || g_ascii_strncasecmp(n->key, host, len) != 0 || n->key[len] != '.')
            continue;
        if (found != NULL)
            return NULL;
        found = n;
    }
    return found;
}

struct node_state *
claims_host(struct engine *e, const char *host)
{
    gpointer value;

    if (host == NULL || *host == '\0')
        return NULL;
    if (g_hash_table_lookup_extended(e->hosts, host, NULL, &value))
        return value;
    g_autofree char *key = g_ascii_strdown(host, -1);
    struct node_state *n = g_hash_table_lookup(e->nodes, key);
    if (!is_asked(n))
        n = node_of_label(e, host);
    g_hash_table_insert(e->hosts, g_strdup(host), n);
    return n;
}

/* --- joining ----------------------------------------------------------------------- */

static struct vm_entry *
entry_of(struct engine *e, const struct uuid *uuid)
{
    return g_hash_table_lookup(e->by_uuid, uuid);
}

struct vm_entry *
claims_entry(struct engine *e, const struct frontend_vm *row)
{
    struct vm_entry *vm = row->has_link ? entry_of(e, &row->link) : NULL;
    struct uuid uuid;

    if (vm == NULL && row->has_os_uuid)
        vm = entry_of(e, &row->os_uuid);
    if (vm == NULL && row->deploy_id != NULL
        && uuid_parse(row->deploy_id, strlen(row->deploy_id), &uuid))
        vm = entry_of(e, &uuid);
    return vm;
}

static void
add_claim(struct engine *e, struct front_state *front, const struct frontend_vm *row)
{
    struct vm_entry *vm = claims_entry(e, row);

    if (vm == NULL)
        return;
    front->joined++;
    struct claim c = {.row = row, .front = front, .next = vm->claim};
    g_array_append_val(e->claims, c);
    vm->claim = e->claims->len;
}

void
claims_drop(struct engine *e)
{
    for (guint i = 0; e->claims->len > 0 && i < e->vms->len; i++)
        ((struct vm_entry *)g_ptr_array_index(e->vms, i))->claim = 0;
    g_array_set_size(e->claims, 0);
}

void
claims_join(struct engine *e)
{
    GHashTableIter fronts;
    gpointer front;

    claims_drop(e);
    e->claims_outdated = false;
    g_hash_table_remove_all(e->hosts);
    g_hash_table_iter_init(&fronts, e->fronts);
    while (g_hash_table_iter_next(&fronts, NULL, &front)) {
        struct front_state *f = front;
        GHashTableIter rows;
        gpointer row;
        f->joined = 0;
        g_hash_table_iter_init(&rows, f->rows);
        while (g_hash_table_iter_next(&rows, NULL, &row))
            add_claim(e, f, row);
    }
}

/* The id in "one-12"; -1 = another name. */
static gint64
id_of_name(const char *name)
{
    char *end;

    if (name == NULL || g_ascii_strncasecmp(name, "one-", 4) != 0 || !g_ascii_isdigit(name[4]))
        return -1;
    gint64 id = g_ascii_strtoll(name + 4, &end, 10);
    return *end == '\0' ? id : -1;
}

static bool
is_host(const char *host, const struct node_state *n)
{
    size_t len = host == NULL ? 0 : strlen(host);

    if (len == 0 || g_ascii_strncasecmp(n->key, host, len) != 0)
        return false;
    return n->key[len] == '\0' || (n->key[len] == '.' && strchr(host, '.') == NULL);
}

/* The domain of this name on this node is that row's: ids of several front-ends may be alike. */
static bool
is_domain_of(struct engine *e, const struct frontend_vm *row, const struct node_state *n)
{
    return (is_host(row->host, n) || is_host(row->source, n)) && claims_entry(e, row) == NULL;
}

static bool
visit_named(struct engine *e, const struct sighting *s, claim_visit visit, void *data)
{
    gint64 id = id_of_name(s->domain->name);
    GHashTableIter fronts;
    gpointer front;
    bool any = false;

    if (id < 0)
        return false;
    g_hash_table_iter_init(&fronts, e->fronts);
    while (g_hash_table_iter_next(&fronts, NULL, &front)) {
        struct front_state *f = front;
        const struct frontend_vm *row = g_hash_table_lookup(f->rows, &id);
        if (row != NULL && is_domain_of(e, row, s->node)) {
            visit(row, f, data);
            any = true;
        }
    }
    return any;
}

/* A row without any UUID stays with the entry it was found for by its domain's name, which is gone
 * while the VM is off. */
static bool
is_nameless(const struct frontend_vm *row)
{
    struct uuid uuid;

    return !row->has_link && !row->has_os_uuid
           && (row->deploy_id == NULL
               || !uuid_parse(row->deploy_id, strlen(row->deploy_id), &uuid));
}

static void
visit_remembered(struct engine *e, const struct vm_entry *vm, claim_visit visit, void *data)
{
    gint64 id;
    g_autofree char *name = g_hash_table_size(e->fronts) > 0 ? origin_memory(e, vm, &id) : NULL;
    struct front_state *f = name != NULL ? claims_front(e, name) : NULL;
    const struct frontend_vm *row = f != NULL ? g_hash_table_lookup(f->rows, &id) : NULL;

    if (row != NULL && is_nameless(row))
        visit(row, f, data);
}

bool
claims_shown(struct engine *e, const struct vm_entry *vm, claim_visit visit, void *data)
{
    bool any = vm->claim != 0;

    for (guint32 i = vm->claim; i != 0;) {
        const struct claim *c = &g_array_index(e->claims, struct claim, i - 1);
        visit(c->row, c->front, data);
        i = c->next;
    }
    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *s = &g_array_index(e->sightings, struct sighting, i - 1);
        any |= visit_named(e, s, visit, data);
        i = s->next;
    }
    return any;
}

void
claims_each(struct engine *e, const struct vm_entry *vm, claim_visit visit, void *data)
{
    if (!claims_shown(e, vm, visit, data))
        visit_remembered(e, vm, visit, data);
}

/* --- for a program that goes on ------------------------------------------------------- */

static guint
hash_text(const char *text)
{
    return text == NULL ? 0 : g_str_hash(text);
}

/* Summed up, so that the order does not matter. */
static void
add_row(const struct frontend_vm *row, struct front_state *front, void *data)
{
    guint64 *sum = data;
    guint64 h = g_str_hash(front->key);

    h = h * 31 + (guint64)row->id;
    h = h * 31 + (guint64)row->state;
    h = h * 31 + (guint64)row->lcm;
    h = h * 31 + (guint64)row->action;
    h = h * 31 + hash_text(row->host);
    h = h * 31 + hash_text(row->source);
    h ^= h >> 29;
    *sum += h * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9) + 1;
}

/* What the front-ends say of each entry, in a number. */
guint64 *
claims_fingerprints(struct engine *e)
{
    guint64 *sums = g_new0(guint64, e->vms->len + 1);

    for (guint i = 0; i < e->vms->len; i++)
        claims_each(e, g_ptr_array_index(e->vms, i), add_row, &sums[i]);
    return sums;
}

void
claims_touch_changed(struct engine *e, const guint64 *before)
{
    g_autofree guint64 *after = claims_fingerprints(e);

    for (guint i = 0; i < e->vms->len; i++) {
        if (before[i] != after[i])
            world_touch(e, g_ptr_array_index(e->vms, i));
    }
}

static bool
has_named_domain(struct engine *e, const struct vm_entry *vm)
{
    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *s = &g_array_index(e->sightings, struct sighting, i - 1);
        if (id_of_name(s->domain->name) >= 0)
            return true;
        i = s->next;
    }
    return false;
}

/* Whose claims do not stand in its chain. */
static bool
is_joined_otherwise(struct engine *e, const struct vm_entry *vm)
{
    gint64 id;
    g_autofree char *name = vm->claim == 0 ? origin_memory(e, vm, &id) : NULL;

    return name != NULL || has_named_domain(e, vm);
}

void
claims_forget(struct engine *e)
{
    g_array_set_size(e->claims, 0);
    e->claims_outdated = g_hash_table_size(e->fronts) > 0;
}

void
claims_outdate(struct engine *e)
{
    e->claims_outdated = g_hash_table_size(e->fronts) > 0;
}

void
claims_refresh(struct engine *e)
{
    if (!e->claims_outdated)
        return;
    g_autofree guint64 *before = claims_fingerprints(e);
    claims_join(e);
    claims_touch_changed(e, before);
    /* a row may name an entry now, and not its domain's any more */
    for (guint i = 0; i < e->vms->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (is_joined_otherwise(e, vm))
            world_touch(e, vm);
    }
}

void
claims_touch_hosts(struct engine *e)
{
    g_hash_table_remove_all(e->hosts);
    for (guint i = 0; e->claims->len > 0 && i < e->vms->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (vm->claim != 0)
            world_touch(e, vm);
    }
}

/* A node, and whether a row names it. */
struct concern {
    const struct node_state *node;
    bool named;
};

static void
names_node(const struct frontend_vm *row, struct front_state *front, void *data)
{
    struct concern *c = data;

    (void)front;
    c->named |= is_host(row->host, c->node) || is_host(row->source, c->node);
}

bool
claims_concern(struct engine *e, const struct vm_entry *vm, const struct node_state *n)
{
    struct concern c = {.node = n};

    if (g_hash_table_size(e->fronts) > 0)
        claims_each(e, vm, names_node, &c);
    return c.named;
}

/* --- a newer word about one row -------------------------------------------------------------- */

/* Takes a row out of the chain it is in. */
static void
drop_claim(struct engine *e, const struct frontend_vm *row)
{
    struct vm_entry *vm = claims_entry(e, row);

    if (vm == NULL)
        return;
    for (guint32 *link = &vm->claim; *link != 0;) {
        struct claim *c = &g_array_index(e->claims, struct claim, *link - 1);
        if (c->row == row) {
            *link = c->next;
            c->front->joined--;
            break;
        }
        link = &c->next;
    }
    world_touch(e, vm);
}

/* By the name of a domain, or (where the row has no UUID) by what is remembered. */
static void
touch_named(struct engine *e, gint64 id, bool nameless)
{
    for (guint i = 0; i < e->vms->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        gint64 remembered;
        g_autofree char *name = nameless && vm->claim == 0 ? origin_memory(e, vm, &remembered) : NULL;
        if (name != NULL && remembered == id)
            world_touch(e, vm);
        for (guint32 k = vm->sighting; k != 0;) {
            const struct sighting *s = &g_array_index(e->sightings, struct sighting, k - 1);
            if (id_of_name(s->domain->name) == id)
                world_touch(e, vm);
            k = s->next;
        }
    }
}

void
claims_patch(struct engine *e, struct front_state *f, struct frontend_vm *row)
{
    const struct frontend_vm *old = g_hash_table_lookup(f->rows, &row->id);
    bool nameless = is_nameless(row) || (old != NULL && is_nameless(old));

    if (old != NULL)
        drop_claim(e, old);
    g_hash_table_replace(f->rows, &row->id, row);
    add_claim(e, f, row);
    struct vm_entry *vm = claims_entry(e, row);
    if (vm != NULL)
        world_touch(e, vm);
    else
        touch_named(e, row->id, nameless);
}
