/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "sound.h"

#include "engine/attributes.h"
#include "engine/entry-data.h"

#include <string.h>

#define PEOPLE (ACTION_BIT(ACTION_USERS) | ACTION_BIT(ACTION_GROUPS))

static const char *const vm_statuses[] = {
    "Stopped",  "Stopped, streaming",  "Stopped, backing up", "Stopped, migrating",
    "Starting", "Starting, streaming", "Paused, backing up",  "Paused, migrating",
    "Running",  "Running, backing up", "Running, streaming",  "Running, migrating",
    "Shutting down", "Powering off", "Deleting", "Crashed", "Frozen", "Paused", NULL};
static const char *const template_statuses[] = {
    "Stopped", "Stopped, streaming", "Stopped, backing up", "Stopped, migrating", "Starting",
    "Paused, backing up", "Paused, migrating", "Running", "Running, backing up",
    "Running, migrating", "Shutting down", "Powering off", "Deleting", "Do not use",
    "Running, maintenance mode", "Stopped, maintenance mode", "Running, first installation",
    "Stopped, first installation", "Paused", "Crashed", "Frozen", NULL};

static unsigned
count(char **list)
{
    return list == NULL ? 0 : g_strv_length(list);
}

static unsigned
bits_of(uint32_t set)
{
    unsigned n = 0;

    for (; set != 0; set &= set - 1)
        n++;
    return n;
}

/* The words of a verdict. */
static const char *
word_problem(const struct verdict *v)
{
    const char *activity = activity_name((enum activity)v->activity);
    const char *state = state_name((enum state)v->state);
    bool template = v->vm->kind == KIND_TEMPLATE;
    g_autofree char *status = g_strconcat(state, *activity != '\0' ? ", " : "", activity, NULL);
    g_autofree char *text = verdict_status(v);

    if (v->kept)
        return v->vm->pub.known || text == NULL ? NULL : "a status is kept that was never there";
    if (!g_strv_contains(template ? template_statuses : vm_statuses, status))
        return "no such status";
    if ((v->permille >= 0)
        != (v->activity == ACTIVITY_STREAMING && !template && v->rule != RULE_OPENNEBULA))
        return "percent where there is none, or none where it belongs";
    if (v->permille > 999)
        return "more than 99.9 %";
    if (v->permille < 0 ? strcmp(text, status) != 0 : !g_str_has_prefix(text, status))
        return "the text is not made of its parts";
    return v->active == 0 || v->active == 1 ? NULL : "not known whether active";
}

static const char *
alarm_problem(const struct verdict *v)
{
    unsigned n = 0;

    if (v->alarms >> ALARM_COUNT)
        return "an alarm that does not exist";
    if (count(v->alarm_texts) != bits_of(v->alarms))
        return "not one text per alarm";
    for (unsigned id = 0; id < ALARM_COUNT; id++) {
        g_autofree char *prefix = g_strdup_printf("%s: ", alarm_name((enum alarm_id)id));
        if ((v->alarms & (UINT32_C(1) << id)) && !g_str_has_prefix(v->alarm_texts[n++], prefix))
            return "a text of another alarm";
    }
    return NULL;
}

static const char *
action_problem(const struct verdict *v)
{
    unsigned allowed = 0;

    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        g_autofree char *why = verdict_denial(v, (enum action)a);
        if ((why == NULL) != (v->denials[a] == DENIAL_NONE))
            return "a denial without a reason";
        if (v->denials[a] == DENIAL_NONE)
            allowed |= ACTION_BIT(a);
    }
    if (allowed != v->actions)
        return "the set and the denials differ";
    if ((v->stale || v->rule == RULE_DUPLICATE || v->state == STATE_NONE) && (allowed & ~PEOPLE))
        return "an action that changes power or place is allowed in the dark";
    return allowed & ~actions_of_kind((enum kind)v->vm->kind) ? "an action of another kind" : NULL;
}

static const char *
verdict_problem(const struct verdict *v)
{
    const struct vm_entry *vm = v->vm;
    bool broken = !vm->valid || vm->duplicate;

    if (v->rule == RULE_IGNORED)
        return vm->kind != KIND_PROFILE  ? "ignored, but no profile"
               : v->change != NULL       ? "a profile is written"
                                         : NULL;
    if (broken != (v->rule == RULE_INVALID))
        return "broken entries and rule invalid are not the same";
    if ((vm->kind == KIND_PROFILE || vm->kind == KIND_COUNT) && !broken)
        return "a kind that is not judged";
    if (v->stale != (v->stale_reason != NULL))
        return "stale without a reason, or a reason without being stale";
    if (v->reason == NULL || *v->reason == '\0')
        return "no reason";
    if (v->state == STATE_NONE && !v->kept)
        return "no status";
    if (v->rule == RULE_OPENNEBULA && (v->source == NULL || v->stale || v->by_absence))
        return "what OpenNebula says is not known as such";
    if (v->source != NULL && v->rule != RULE_INVALID && strstr(v->reason, v->source) == NULL)
        return "the reason does not name the front-end";
    if ((v->rule == RULE_UNSEEN || v->rule == RULE_UNMAPPED || v->rule == RULE_BUDGET_HELD)
        && !(v->stale && v->kept))
        return "a status is taken back without being called stale";
    const char *problem = word_problem(v);
    problem = problem != NULL ? problem : alarm_problem(v);
    return problem != NULL || vm->kind == KIND_COUNT ? problem : action_problem(v);
}

static bool
is_repair(const char *attribute, const struct engine_options *options)
{
    return (options->repair_mode && strcmp(attribute, attribute_name(ATTR_MODE)) == 0)
           || (options->repair_streams && strcmp(attribute, attribute_name(ATTR_THIN)) == 0);
}

/* Only attributes of ours are ever written, unless a repair was asked for. */
static const char *
change_problem(const struct change *c, const struct engine_options *options)
{
    if (c == NULL)
        return NULL;
    if (change_is_empty(c))
        return "an empty modify";
    for (guint i = 0; i < c->mods->len; i++) {
        const struct change_mod *m = &g_array_index(c->mods, struct change_mod, i);
        int a = attribute_find(m->attribute, strlen(m->attribute));
        bool own = a >= 0 && (a == ATTR_OBJECT_CLASS || attribute_is_own((enum attribute)a));
        if (!own && !is_repair(m->attribute, options))
            return "an attribute that is not ours";
    }
    return NULL;
}

char *
sound_problem(const struct engine_output *o, const struct engine_options *options)
{
    unsigned changes = 0;
    unsigned stale = 0;
    unsigned held = 0;

    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        const char *problem = verdict_problem(v);
        problem = problem != NULL ? problem : change_problem(v->change, options);
        if (problem != NULL) {
            g_autofree char *text = sound_verdict(v);
            return g_strdup_printf("%s\n%s", problem, text);
        }
        changes += v->change != NULL;
        stale += v->stale;
        held += v->rule == RULE_BUDGET_HELD;
    }
    for (guint i = 0; i < o->nodes->len; i++) {
        const struct node_verdict *v = &g_array_index(o->nodes, struct node_verdict, i);
        const char *problem = change_problem(v->change, options);
        if (problem != NULL)
            return g_strdup_printf("node %s: %s", v->entry->base.dn, problem);
        changes += v->change != NULL;
    }
    if (changes != o->changes || stale != o->stale || held != o->held)
        return g_strdup_printf("counted %u changes, %u stale, %u held; said %u, %u, %u", changes,
                               stale, held, o->changes, o->stale, o->held);
    if ((held > 0) != ((o->alarms & (UINT32_C(1) << ALARM_BUDGET)) != 0))
        return g_strdup("statuses held and alarm budget are not the same");
    return NULL;
}

static bool
is_time(const char *attribute)
{
    return strcmp(attribute, attribute_name(ATTR_SINCE)) == 0
           || strcmp(attribute, attribute_name(ATTR_STALE_SINCE)) == 0
           || strcmp(attribute, attribute_name(ATTR_NODE_SINCE)) == 0;
}

char *
sound_change(const struct change *c)
{
    GString *out = g_string_new(NULL);

    if (c == NULL)
        return g_string_free(out, FALSE);
    struct change *copy = change_new(c->dn, NULL);
    for (guint i = 0; i < c->mods->len; i++) {
        const struct change_mod *m = &g_array_index(c->mods, struct change_mod, i);
        struct change_mod *to = change_add_mod(copy, m->op, m->attribute);
        for (guint v = 0; m->values != NULL && v < m->values->len; v++)
            change_mod_value(to, is_time(m->attribute) ? "TIME" : g_ptr_array_index(m->values, v));
    }
    change_to_ldif(copy, out);
    change_free(copy);
    return g_string_free(out, FALSE);
}

char *
sound_verdict(const struct verdict *v)
{
    g_autofree char *status = verdict_status(v);
    g_autofree char *change = sound_change(v->change);
    g_autofree char *alarms = v->alarm_texts == NULL ? NULL : g_strjoinv("; ", v->alarm_texts);
    g_autofree char *details = v->details == NULL ? NULL : g_strjoinv("; ", v->details);

    return g_strdup_printf(
        "%s\nstatus %s rule %s kept %d state %u activity %u active %d permille %d stale %s node %s "
        "actions %#x done %d\nreason %s\nalarms %s\ndetails %s\nlock %s\n%s",
        v->vm->base.dn, status != NULL ? status : "(none)", rule_name(v->rule), v->kept, v->state,
        v->activity, v->active, v->permille, v->stale_reason != NULL ? v->stale_reason : "(fresh)",
        v->node != NULL ? v->node : "(none)", v->actions, v->request_done,
        v->reason != NULL ? v->reason : "(none)", alarms != NULL ? alarms : "(none)",
        details != NULL ? details : "(none)", v->lock_text != NULL ? v->lock_text : "(none)",
        change);
}

static void
keep(GHashTable *table, const char *dn, char *text)
{
    g_hash_table_replace(table, g_strdup(dn), text);
}

/* Everything in an output, by DN. */
static GHashTable *
table_of(const struct engine_output *o)
{
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        keep(table, v->vm->base.dn, sound_verdict(v));
    }
    for (guint i = 0; i < o->nodes->len; i++) {
        const struct node_verdict *v = &g_array_index(o->nodes, struct node_verdict, i);
        keep(table, v->entry->base.dn, sound_change(v->change));
    }
    for (guint i = 0; i < o->findings->len; i++) {
        const struct finding *f = &g_array_index(o->findings, struct finding, i);
        g_autofree char *key = g_strconcat("finding ", f->dn, " ", f->text, NULL);
        keep(table, key, sound_change(f->repair));
    }
    keep(table, "the pass",
         g_strdup_printf("aborted %d changes %u stale %u held %u invalid %u silent %u alarms %#x "
                         "next %" G_GINT64_FORMAT " budget %s",
                         o->aborted, o->changes, o->stale, o->held, o->invalid, o->silent_nodes,
                         o->alarms, o->next, o->budget_text != NULL ? o->budget_text : ""));
    return table;
}

static char *
one_sided(GHashTable *a, GHashTable *b)
{
    GHashTableIter iter;
    gpointer key;
    gpointer value;

    char *found = NULL;

    g_hash_table_iter_init(&iter, a);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const char *other = g_hash_table_lookup(b, key);
        /* the sums say least */
        if (g_strcmp0(value, other) != 0 && (found == NULL || g_str_has_prefix(found, "the pass"))) {
            g_free(found);
            found = g_strdup_printf("%s\n--- is\n%s\n--- and\n%s", (char *)key, (char *)value,
                                   other != NULL ? other : "(not there)");
        }
    }
    return found;
}

char *
sound_difference(const struct engine_output *a, const struct engine_output *b)
{
    g_autoptr(GHashTable) table_a = table_of(a);
    g_autoptr(GHashTable) table_b = table_of(b);
    char *difference = one_sided(table_a, table_b);

    return difference != NULL ? difference : one_sided(table_b, table_a);
}
