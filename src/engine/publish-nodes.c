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
    const char *what = o->result == RESULT_ERROR ? error_class_name(o->error) : N_("partial answer");
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

static void raise_alarm(struct node_verdict *v, GPtrArray *texts, enum alarm_id id,
                        const char *format, ...) G_GNUC_PRINTF(4, 5);

static void
raise_alarm(struct node_verdict *v, GPtrArray *texts, enum alarm_id id, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);

    v->alarms |= BIT(id);
    g_ptr_array_add(texts, g_strdup_printf("%s: %s", alarm_name(id), text));
}

/* The alarms in force, in the order of their ids. */
static GPtrArray *
node_alarms(const struct node_state *n, struct node_verdict *v)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    unsigned surprises = n->obs->surprises;

    if (surprises > 0)
        raise_alarm(v, texts, ALARM_EVENTS_LOST,
                    surprises == 1
                        ? N_("the last complete read found %u domain changed that no event had "
                             "announced")
                        : N_("the last complete read found %u domains changed that no event had "
                             "announced"),
                    surprises);
    if (n->look_blocked)
        raise_alarm(v, texts, ALARM_LOOK_BLOCKED,
                    N_("two calls into guests do not return, nobody is looked at closer"));
    if (n->orphans > 0)
        raise_alarm(v, texts, ALARM_ORPHAN,
                    n->orphans == 1 ? N_("%u active domain without an entry")
                                    : N_("%u active domains without an entry"),
                    n->orphans);
    return texts;
}

/* The modify that a node's entry needs, or NULL. */
static struct change *
node_change(struct engine *e, const struct node_state *n, GPtrArray *alarms)
{
    struct change *c = change_new(n->entry->base.dn, n->entry->base.csn);

    put_answer(e, c, n);
    if (n->obs->result == RESULT_COMPLETE)
        put_list(c, ATTR_NODE_ALARM, n->entry->alarms, alarms);
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
    GPtrArray *alarms = node_alarms(n, &v);

    v.change = node_change(e, n, alarms);
    o->changes += v.change != NULL;
    if (alarms->len > 0)
        g_ptr_array_add(alarms, NULL);
    v.alarm_texts = (char **)g_ptr_array_free(alarms, alarms->len == 0);
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
        bool ours = e->options.owns == NULL || e->options.owns(n->name, e->options.owns_data);
        if (n->entry == NULL || !n->news || !ours)
            continue;
        n->news = false;
        world_count(e, n);
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
        struct node_state *n = value;
        if (n->obs == NULL || n->entry == NULL || !dn_same(n->entry->base.dn, dn))
            continue;
        world_count(e, n);
        struct node_verdict v = {.entry = n->entry};
        g_autoptr(GPtrArray) alarms = node_alarms(n, &v);
        return node_change(e, n, alarms);
    }
    return NULL;
}
