/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world as it is told: to the engine as entries and observations, to people
 * as a step of a case file.  And the engine's modifies coming back.
 */
#include "config.h"

#include "world.h"

#include "engine/attributes.h"
#include "engine/entry-data.h"
#include "engine/timestamp.h"

#include <stdlib.h>
#include <string.h>

/* Whoever is told: an entry begins, has values, ends. */
struct listener {
    void (*begin)(void *data, const char *dn);
    void (*value)(void *data, const char *attribute, const char *value, gsize len);
    void (*end)(void *data);
    void *data;
};

static void
say(const struct listener *l, const char *attribute, const char *value)
{
    if (value != NULL)
        l->value(l->data, attribute, value, strlen(value));
}

static const char *
node_word(const struct world *w, int node, char *buffer, gsize size)
{
    if (node < 0)
        return NULL;
    g_strlcpy(buffer, w->nodes[node].name, size);
    if (w->nodes[node].upper) {
        for (char *p = buffer; *p != '\0'; p++)
            *p = g_ascii_toupper(*p);
    }
    return buffer;
}

static gint
by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static void
say_own(const struct listener *l, GHashTable *own)
{
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(own), by_text);

    for (GList *n = names; n != NULL; n = n->next) {
        const GPtrArray *values = g_hash_table_lookup(own, n->data);
        for (guint i = 0; i < values->len; i++)
            say(l, n->data, g_ptr_array_index(values, i));
    }
}

static void
say_request(const struct listener *l, const struct model_vm *vm)
{
    static const char *const requests[]
        = {NULL, "start", "shutdown", "power-off", "migrate", "delete", "Reboot", "MIGRATE"};
    char stamp[TIMESTAMP_SIZE];

    if (vm->request == 0)
        return;
    say(l, "sstVirtualMachineRequestedAction", requests[vm->request]);
    if (vm->request_since == -2)
        say(l, "sstVirtualMachineRequestedSince", "yesterday");
    if (vm->request_since < 0)
        return;
    timestamp_format(vm->request_since, stamp);
    say(l, "sstVirtualMachineRequestedSince", stamp);
}

static void
say_thin(const struct world *w, const struct listener *l, const struct model_vm *vm)
{
    for (unsigned i = 0; i < WORLD_THIN; i++) {
        bool again = false;
        for (unsigned k = 0; k < i; k++)
            again |= vm->thin[k] == vm->thin[i];
        if (vm->thin[i] == -1 || again)
            continue;
        say(l, "sstThinProvisioningVirtualMachine",
            vm->thin[i] == -2   ? "00000000-1111-4000-8000-000000000000"
            : vm->thin[i] == -3 ? "no uuid"
                                : w->vms[vm->thin[i]].uuid);
    }
}

static void
say_vm(const struct world *w, const struct listener *l, const struct model_vm *vm, bool twin)
{
    static const char *const intents[]
        = {NULL, "running", "running", "shutdown", "Running", "sleeping"};
    static const char *const modes[] = {"ready for use", "maintenance mode", "first installation",
                                        "do not use", "Ready For Use", "  ", "broken"};
    char node[64];
    g_autofree char *dn = twin ? g_strdup_printf("sstVirtualMachine=%s,ou=elsewhere,dc=stoney-cloud,"
                                                 "dc=org", vm->uuid)
                               : g_strdup(vm->dn);

    l->begin(l->data, dn);
    say(l, "objectClass", "sstVirtualizationVirtualMachine");
    if (vm->own_class && !twin)
        say(l, "objectClass", CLASS_VM_STATUS);
    say(l, vm->malformed == 1 ? "description" : "sstVirtualMachine",
        vm->malformed == 2 ? "not-a-uuid" : vm->uuid);
    if (vm->malformed == 3)
        say(l, "sstVirtualMachine", "11111111-2222-4000-8000-000000000000");
    if (vm->malformed != 4)
        say(l, "sstVirtualMachineType",
            vm->kind == KIND_COUNT ? "cluster" : kind_name((enum kind)vm->kind));
    if (vm->malformed == 5)
        say(l, "sstVirtualMachineType", "template");
    say(l, "sstVirtualMachineSubType", vm->golden ? "golden-image" : NULL);
    say(l, "sstNode", node_word(w, vm->home, node, sizeof(node)));
    say(l, "sstMigrationNode", node_word(w, vm->target, node, sizeof(node)));
    say(l, "sstStatus", intents[vm->intent]);
    say(l, "sstVirtualMachineMode", vm->mode < 0 ? NULL : modes[vm->mode]);
    say(l, "sstDisplayName", vm->uuid + 28);
    say_request(l, vm);
    say_thin(w, l, vm);
    if (!twin)
        say_own(l, vm->own);
    l->end(l->data);
}

static void
say_backup(const struct world *w, const struct listener *l, const struct model_vm *vm,
           const struct model_backup *b)
{
    static const char *const modes[]
        = {"snapshotting", "snapshotting", "merging",   "merging",  "restoring", "restore",
           "retaining",    "exported",     "committing", "finished", "deleting", "Snapshotting",
           "unretainSmallFiles", "frobbing", "",        "initialize", "comitted", "snapshot",
           "snapshotted", "retain", "merge"};
    g_autofree char *stamp = g_strdup_printf("202512%02uT020000Z", b->stamp % 28 + 1);
    g_autofree char *dn = g_strdup_printf("ou=%s,ou=backup,%s", stamp, vm->dn);
    char text[64];

    l->begin(l->data, dn);
    say(l, "objectClass", "sstProvisioning");
    say(l, "ou", stamp);
    say(l, "sstProvisioningMode", b->mode < 0 ? NULL : modes[b->mode]);
    say(l, "sstProvisioningReturnValue", b->failed == 1 ? "7" : b->failed == 2 ? "0" : NULL);
    g_snprintf(text, sizeof(text), "%d", timestamp_day(1767225600 + 86400));
    say(l, "sstProvisioningExecutionDate",
        b->day == 1   ? "20200101"
        : b->day == 2 ? "99991231"
        : b->day == 3 ? "now"
        : b->day == 4 && w->no_dates ? text
                                     : NULL);
    if (b->changed >= 0) {
        g_snprintf(text, sizeof(text), "2026010100%02d00.000000Z#000000#000#000000", b->changed);
        say(l, b->changed % 2 ? "entryCSN" : "description", text);
        g_snprintf(text, sizeof(text), "2026010100%02d00Z", b->changed);
        say(l, "modifyTimestamp", text);
    }
    l->end(l->data);
}

static void
say_node(const struct listener *l, const struct model_node *n)
{
    g_autofree char *dn = g_strdup_printf("sstNode=%s,ou=nodes,dc=stoney-cloud,dc=org", n->name);
    g_autofree char *type = g_strdup_printf("sstNodeType=VM-Node,ou=node-types,%s", dn);

    if (!n->entry)
        return;
    l->begin(l->data, dn);
    say(l, "objectClass", "sstVirtualizationNode");
    if (n->own_class)
        say(l, "objectClass", CLASS_NODE_STATUS);
    say(l, "sstNode", n->name);
    say_own(l, n->own);
    l->end(l->data);
    l->begin(l->data, type);
    say(l, "objectClass", "sstTypeNode");
    say(l, "sstNodeState", n->maintenance ? "maintenance" : "active");
    l->end(l->data);
}

/* A stream of bytes as an entry: number of an attribute, length, value, and so on. */
static void
say_noise(const struct listener *l, guint number, GBytes *noise)
{
    gsize size;
    const guint8 *p = g_bytes_get_data(noise, &size);
    g_autofree char *dn = g_strdup_printf("cn=noise-%u%s", number, size % 2 ? "" : ",,=+\\");

    l->begin(l->data, dn);
    if (size % 3 > 0)
        say(l, "objectClass", size % 3 == 1 ? CLASS_VM : CLASS_BACKUP);
    for (gsize at = 0; at + 2 < size;) {
        const char *name = attribute_name((enum attribute)(p[at] % ATTR_COUNT));
        gsize len = MIN(p[at + 1] % 40, size - at - 2);
        l->value(l->data, name, (const char *)p + at + 2, len);
        at += 2 + len;
    }
    l->end(l->data);
}

static void
say_world(const struct world *w, const struct listener *l)
{
    for (unsigned i = 0; i < w->n_nodes; i++)
        say_node(l, &w->nodes[i]);
    for (unsigned i = 0; i < w->n_vms; i++) {
        const struct model_vm *vm = &w->vms[i];
        if (!vm->gone)
            say_vm(w, l, vm, false);
        if (vm->twin && !vm->gone)
            say_vm(w, l, vm, true);
        for (unsigned b = 0; b < vm->n_backups; b++)
            say_backup(w, l, vm, &vm->backups[b]);
    }
    for (guint i = 0; i < w->noise->len; i++)
        say_noise(l, i, g_ptr_array_index(w->noise, i));
}

/* To the engine. */

struct builder {
    struct entry_builder *builder;
    GPtrArray *entries;
    const char *only; /* DN, or NULL = all */
    bool take;
};

static void
build_begin(void *data, const char *dn)
{
    struct builder *b = data;

    b->take = b->only == NULL || strcmp(b->only, dn) == 0;
    entry_builder_begin(b->builder, dn);
}

static void
build_value(void *data, const char *attribute, const char *value, gsize len)
{
    struct builder *b = data;

    entry_builder_value(b->builder, entry_builder_attribute(b->builder, attribute,
                                                            strlen(attribute)),
                        value, len);
}

static void
build_end(void *data)
{
    struct builder *b = data;
    struct entry *e = b->take ? entry_builder_finish(b->builder) : NULL;

    if (e != NULL)
        g_ptr_array_add(b->entries, e);
}

static GPtrArray *
build(const struct world *w, const char *only)
{
    CLEANUP(entry_builder_free) struct entry_builder *builder = entry_builder_new();
    struct builder b = {.builder = builder, .entries = g_ptr_array_new(), .only = only};
    struct listener l = {build_begin, build_value, build_end, &b};

    say_world(w, &l);
    return b.entries;
}

static void
shuffle_pointers(GPtrArray *a, GRand *shuffle)
{
    for (guint i = a->len; shuffle != NULL && i > 1; i--) {
        guint k = (guint)g_rand_int_range(shuffle, 0, (gint32)i);
        gpointer t = a->pdata[i - 1];
        a->pdata[i - 1] = a->pdata[k];
        a->pdata[k] = t;
    }
}

GPtrArray *
world_entries(const struct world *w, GRand *shuffle)
{
    GPtrArray *entries = build(w, NULL);

    shuffle_pointers(entries, shuffle);
    return entries;
}

struct entry *
world_entry(const struct world *w, const char *dn)
{
    g_autoptr(GPtrArray) entries = build(w, dn);

    return entries->len > 0 ? g_ptr_array_index(entries, 0) : NULL;
}

static void
tell_look(struct domain *d, const struct model_domain *m)
{
    static const enum control controls[] = {CONTROL_OK, CONTROL_OK, CONTROL_OCCUPIED,
                                            CONTROL_ERROR};

    if (!m->looked)
        return;
    struct look *look = domain_look(d);
    look->job_known = true;
    look->job = m->job;
    look->blocks_known = !(m->blocks & 8);
    look->blocks_failed = (m->blocks & 8) != 0;
    if (look->blocks_known && (m->blocks & 1))
        look_add_block_job(look, "vda", BLOCK_JOB_PULL, m->cur, m->end);
    if (look->blocks_known && (m->blocks & 2))
        look_add_block_job(look, "vdb", BLOCK_JOB_ACTIVE_COMMIT, m->cur, m->end);
    if (look->blocks_known && (m->blocks & 4))
        look_add_block_job(look, "vda", BLOCK_JOB_BACKUP, m->cur, m->end);
    look->disks_known = m->backing >= 0;
    if (m->backing > 0)
        look_add_disk(look, "vda", m->backing == 2);
    if (m->event > 0)
        look_add_event(look, "vda", BLOCK_JOB_PULL,
                       m->event == 1 ? JOB_END_COMPLETED : JOB_END_FAILED);
    look->agent_known = true;
    look->agent = m->agent;
    look->control_known = m->control > 0;
    look->control = controls[m->control];
    look->occupied_ms = (gint64)m->occupied_s * 1000;
}

static void
tell_domain(const struct world *w, struct observation *o, unsigned at, unsigned node)
{
    const struct model_vm *vm = &w->vms[at];
    const struct model_domain *m = &vm->on[node];
    struct uuid uuid;
    g_autofree char *name = world_domain_name(w, at, node);

    if (!uuid_parse(vm->uuid, strlen(vm->uuid), &uuid))
        abort();
    if (name == NULL)
        name = m->other_case ? g_ascii_strup(vm->uuid, -1) : g_strdup(vm->uuid);
    if (m->clash)
        uuid.bytes[15] ^= 0x80;
    struct domain *d = observation_add(o, &uuid, name);
    d->state = (uint8_t)m->state;
    d->reason = (uint8_t)m->reason;
    if (m->state == DSTATE_OTHER)
        d->state_word = g_strdup("dreaming");
    d->managed_save = m->managed_save;
    d->unreadable = m->unreadable;
    tell_look(d, m);
}

static struct observation *
observe(const struct world *w, unsigned node)
{
    const struct model_node *n = &w->nodes[node];

    if (n->result == RESULT_ERROR)
        return observation_new_error(n->name, n->error, "no answer");
    struct observation *o = observation_new(n->name, n->result);
    o->epoch = n->epoch;
    o->query = w->query;
    /* a partial answer holds some of the domains: every other one */
    for (unsigned i = 0; i < w->n_vms; i++) {
        if (w->vms[i].on[node].here && (n->result == RESULT_COMPLETE || i % 2 == 0))
            tell_domain(w, o, i, node);
    }
    for (unsigned i = 0; node == 0 && i < w->orphans; i++) {
        struct uuid uuid = {.bytes = {0xff, (uint8_t)i}};
        observation_add(o, &uuid, NULL)->state = i % 2 ? DSTATE_SHUTOFF : DSTATE_RUNNING;
    }
    return o;
}

GPtrArray *
world_observations(const struct world *w, GRand *shuffle)
{
    GPtrArray *all
        = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))observation_unref);

    for (unsigned i = 0; i < w->n_nodes; i++) {
        if (!w->nodes[i].asked)
            continue;
        struct observation *o = observe(w, i);
        for (guint k = o->domains->len; shuffle != NULL && k > 1; k--) {
            guint other = (guint)g_rand_int_range(shuffle, 0, (gint32)k);
            struct domain *a = &g_array_index(o->domains, struct domain, k - 1);
            struct domain *b = &g_array_index(o->domains, struct domain, other);
            struct domain t = *a;
            *a = *b;
            *b = t;
        }
        g_ptr_array_add(all, o);
    }
    shuffle_pointers(all, shuffle);
    return all;
}

/* As text. */

struct printer {
    GHashTable *prints;
    GString *text;
    char *dn;
};

static void
print_begin(void *data, const char *dn)
{
    struct printer *p = data;

    p->dn = g_strdup(dn);
    p->text = g_string_new(NULL);
}

static void
print_value(void *data, const char *attribute, const char *value, gsize len)
{
    struct printer *p = data;

    g_string_append_printf(p->text, "%s=", attribute);
    g_string_append_len(p->text, value, (gssize)len);
    g_string_append_c(p->text, '\n');
}

static void
print_end(void *data)
{
    struct printer *p = data;

    g_hash_table_replace(p->prints, p->dn, g_string_free(p->text, FALSE));
}

GHashTable *
world_prints(const struct world *w)
{
    struct printer p = {.prints = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    struct listener l = {print_begin, print_value, print_end, &p};

    say_world(w, &l);
    return p.prints;
}

const struct model_vm *
world_vm(const struct world *w, const char *dn)
{
    for (unsigned i = 0; i < w->n_vms; i++) {
        if (strcmp(w->vms[i].dn, dn) == 0)
            return &w->vms[i];
    }
    return NULL;
}
