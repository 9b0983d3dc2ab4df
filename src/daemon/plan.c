/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/plan.h"

#include "engine/entry-data.h"
#include "hypervisor/uri.h"

#include <string.h>

static void
plan_free(gpointer data)
{
    struct node_plan *p = data;

    g_free(p->name);
    g_free(p->uri);
    g_free(p->problem);
    g_free(p);
}

/* A node that says what it is, and not that it runs VMs, is not asked. */
static bool
is_hypervisor(const GPtrArray *entries, const char *name)
{
    bool typed = false;

    for (guint i = 0; i < entries->len; i++) {
        const struct entry *e = g_ptr_array_index(entries, i);
        if (e->type != ENTRY_NODE_TYPE)
            continue;
        const struct node_fact *fact = (const struct node_fact *)e;
        if (fact->node == NULL || g_ascii_strcasecmp(fact->node, name) != 0)
            continue;
        g_autofree char *type = dn_rdn_value(e->dn, "sstNodeType");
        if (type == NULL || g_ascii_strcasecmp(type, "VM-Node") == 0
            || g_ascii_strcasecmp(type, "Demo-System") == 0)
            return true;
        typed = true;
    }
    return !typed;
}

static const char *
address_of(const GPtrArray *entries, const char *name)
{
    for (guint i = 0; i < entries->len; i++) {
        const struct entry *e = g_ptr_array_index(entries, i);
        const struct node_fact *fact = (const struct node_fact *)e;
        if (e->type == ENTRY_ADDRESS && fact->node != NULL && fact->address != NULL
            && g_ascii_strcasecmp(fact->node, name) == 0)
            return fact->address;
    }
    return NULL;
}

/* "?pkipath=DIR" where the configuration names one and the URI speaks TLS. */
static char *
with_pkipath(char *uri, const char *pkipath)
{
    if (uri == NULL || pkipath == NULL || strstr(uri, "+tls:") == NULL
        || strstr(uri, "pkipath=") != NULL)
        return uri;
    g_autofree char *escaped = g_uri_escape_string(pkipath, "/", FALSE);
    char *longer = g_strdup_printf("%s%cpkipath=%s", uri, strchr(uri, '?') == NULL ? '?' : '&',
                                   escaped);
    g_free(uri);
    return longer;
}

void
nodes_plan_one(GPtrArray *plans, const struct config *config, const GPtrArray *entries,
               const char *name)
{
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < plans->len; i++) {
        const struct node_plan *have = g_ptr_array_index(plans, i);
        if (g_ascii_strcasecmp(have->name, name) == 0)
            return;
    }
    struct node_plan *p = g_new0(struct node_plan, 1);
    p->name = g_strdup(name);
    p->deadline_ms = (unsigned)config_node_deadline_s(config, name) * 1000;
    p->uri = with_pkipath(
        uri_expand(config_node_uri(config, name), name, address_of(entries, name), &error),
        config->nodes.pkipath);
    if (p->uri == NULL)
        p->problem = g_strdup(error->message);
    g_ptr_array_add(plans, p);
}

/* nodes = self, and no node of the directory is this host: said, not passed over. */
static void
add_self(GPtrArray *plans, const struct config *config)
{
    const char *self = config->nodes.self_name;

    if (!config->nodes.self)
        return;
    for (guint i = 0; i < plans->len; i++) {
        const struct node_plan *have = g_ptr_array_index(plans, i);
        if (config_same_host(self, have->name))
            return;
    }
    if (config->nodes.shard_count > 0 && !config_node_wanted(config, self))
        return;
    struct node_plan *p = g_new0(struct node_plan, 1);
    p->name = g_strdup(self);
    p->deadline_ms = (unsigned)config->nodes.deadline_s * 1000;
    p->problem = g_strdup_printf("nodes = self, and the directory has no node of this host's name, "
                                 "%s", self);
    g_ptr_array_add(plans, p);
}

bool
nodes_owned(const struct config *config, const char *node)
{
    if (node == NULL)
        return config->nodes.all && config->nodes.shard_index <= 1;
    return config_node_wanted(config, node);
}

bool
nodes_shared(const struct config *config)
{
    return !config->nodes.all || config->nodes.shard_count > 0;
}

static const struct node_entry *
entry_of(const GPtrArray *entries, const char *node)
{
    for (guint i = 0; i < entries->len; i++) {
        const struct entry *e = g_ptr_array_index(entries, i);
        const struct node_entry *n = (const struct node_entry *)e;
        if (e->type == ENTRY_NODE && g_ascii_strcasecmp(n->name, node) == 0)
            return n;
    }
    return NULL;
}

struct observation *
nodes_as_published(const GPtrArray *entries, const struct observation *error)
{
    const struct node_entry *entry = entry_of(entries, error->node);

    if (entry == NULL || entry->reachable != 1)
        return NULL;
    struct observation *o = observation_new(error->node, RESULT_PARTIAL);
    o->text = g_strdup_printf("only what its own body publishes: %s",
                              error->text != NULL ? error->text : error_class_name(error->error));
    o->query = error->query;
    o->epoch = error->epoch;
    for (char **f = entry->foreign; f != NULL && *f != NULL; f++) {
        struct uuid uuid;
        if (uuid_parse(*f, strlen(*f), &uuid))
            observation_add(o, &uuid, NULL)->state = DSTATE_RUNNING;
    }
    return o;
}

GPtrArray *
nodes_plan(const struct config *config, const GPtrArray *entries)
{
    GPtrArray *plans = g_ptr_array_new_with_free_func(plan_free);

    for (guint i = 0; i < entries->len; i++) {
        const struct entry *e = g_ptr_array_index(entries, i);
        if (e->type != ENTRY_NODE)
            continue;
        const char *name = ((const struct node_entry *)e)->name;
        if (*name != '\0' && config_node_wanted(config, name) && is_hypervisor(entries, name))
            nodes_plan_one(plans, config, entries, name);
    }
    for (char **name = config->nodes.names; name != NULL && *name != NULL; name++) {
        if (config_node_wanted(config, *name))
            nodes_plan_one(plans, config, entries, *name);
    }
    for (guint i = 0; i < config->nodes.overrides->len; i++) {
        const struct config_node *node = g_ptr_array_index(config->nodes.overrides, i);
        if (config_node_wanted(config, node->name))
            nodes_plan_one(plans, config, entries, node->name);
    }
    add_self(plans, config);
    return plans;
}
