/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is published on node entries: reachable or not and why, what runs
 * there, copies out of place, domains nobody knows.
 */
#include "config.h"

#include "engine/engine-internal.h"
#include "engine/timestamp.h"

#include <string.h>

static void
node_verdict_clear(gpointer data)
{
    struct node_verdict *v = data;

    g_strfreev(v->alarm_texts);
    change_free(v->change);
}

GArray *
node_verdicts_new(void)
{
    GArray *a = g_array_new(FALSE, TRUE, sizeof(struct node_verdict));

    g_array_set_clear_func(a, node_verdict_clear);
    return a;
}

static void
put_list(struct change *c, enum attribute a, char **have, GPtrArray *want)
{
    guint n = want == NULL ? 0 : want->len;
    bool same = n == (have == NULL ? 0 : g_strv_length(have));

    for (guint i = 0; same && i < n; i++)
        same = g_strv_contains((const char *const *)have, g_ptr_array_index(want, i));
    if (same)
        return;
    struct change_mod *m = change_add_mod(c, CHANGE_REPLACE, attribute_name(a));
    for (guint i = 0; i < n; i++)
        change_mod_value(m, g_ptr_array_index(want, i));
}

static char *
node_reason(const struct node_state *n)
{
    const struct observation *o = n->obs;

    if (o->result == RESULT_COMPLETE)
        return NULL;
    const char *what = o->result == RESULT_ERROR ? error_class_name(o->error) : "partial answer";
    return o->text == NULL || *o->text == '\0' ? g_strdup(what)
                                               : g_strdup_printf("%s: %s", what, o->text);
}

static void
put_answer(struct engine *e, struct change *c, const struct node_state *n)
{
    const struct node_entry *entry = n->entry;
    bool reachable = n->obs->result != RESULT_ERROR;
    g_autofree char *reason = node_reason(n);
    char text[32];

    if (entry->reachable != reachable) {
        char now[TIMESTAMP_SIZE];
        timestamp_format(e->now.wall / 1000, now);
        change_replace(c, attribute_name(ATTR_NODE_REACHABLE), reachable ? "TRUE" : "FALSE");
        change_replace(c, attribute_name(ATTR_NODE_SINCE), now);
    }
    if (g_strcmp0(entry->reason, reason) != 0)
        change_replace(c, attribute_name(ATTR_NODE_REASON), reason);
    if (!reachable)
        return; /* what ran there when it was last seen stays */
    if (n->obs->hypervisor != NULL && g_strcmp0(entry->hypervisor, n->obs->hypervisor) != 0)
        change_replace(c, attribute_name(ATTR_NODE_HYPERVISOR), n->obs->hypervisor);
    if (n->obs->result == RESULT_COMPLETE && entry->domains != (gint64)n->active) {
        g_snprintf(text, sizeof(text), "%u", n->active);
        change_replace(c, attribute_name(ATTR_NODE_DOMAINS), text);
    }
    if (n->foreign != NULL)
        g_ptr_array_sort(n->foreign, compare_texts);
    if (n->obs->result == RESULT_COMPLETE)
        put_list(c, ATTR_NODE_FOREIGN, entry->foreign, n->foreign);
}

/* The modify that a node's entry needs, or NULL; *orphans is the text of that alarm, or NULL. */
static struct change *
node_change(struct engine *e, const struct node_state *n, char **orphans)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    struct change *c = change_new(n->entry->base.dn, n->entry->base.csn);

    *orphans = NULL;
    if (n->orphans > 0) {
        *orphans = g_strdup_printf("%s: %u active domain%s without an entry",
                                   alarm_name(ALARM_ORPHAN), n->orphans,
                                   n->orphans == 1 ? "" : "s");
        g_ptr_array_add(texts, *orphans);
    }
    put_answer(e, c, n);
    if (n->obs->result == RESULT_COMPLETE)
        put_list(c, ATTR_NODE_ALARM, n->entry->alarms, texts);
    if (change_is_empty(c)) {
        change_free(c);
        return NULL;
    }
    if (!n->entry->has_class)
        change_mod_value(change_add_mod(c, CHANGE_ADD, attribute_name(ATTR_OBJECT_CLASS)),
                         CLASS_NODE_STATUS);
    return c;
}

static void
judge_node(struct engine *e, struct engine_output *o, struct node_state *n)
{
    struct node_verdict v = {.entry = n->entry};
    char *orphans;

    v.change = node_change(e, n, &orphans);
    o->changes += v.change != NULL;
    if (orphans != NULL) {
        v.alarms |= BIT(ALARM_ORPHAN);
        v.alarm_texts = g_new0(char *, 2);
        v.alarm_texts[0] = orphans;
    }
    g_array_append_val(o->nodes, v);
}

void
publish_nodes(struct engine *e, struct engine_output *o)
{
    g_autoptr(GList) all = world_nodes(e);

    for (GList *l = all; l != NULL; l = l->next) {
        struct node_state *n = l->data;
        if (n->obs == NULL)
            continue;
        o->silent_nodes += n->obs->result != RESULT_COMPLETE;
        if (n->entry != NULL)
            judge_node(e, o, n);
    }
}

struct change *
publish_node_again(struct engine *e, const char *dn)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct node_state *n = value;
        g_autofree char *orphans = NULL;
        if (n->obs != NULL && n->entry != NULL && dn_same(n->entry->base.dn, dn))
            return node_change(e, n, &orphans);
    }
    return NULL;
}
