/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expectations of a case compared with what was decided.
 */
#include "config.h"

#include "engine/case-internal.h"

#include "engine/entry-data.h"

#include <string.h>

/* What one expectation speaks of: a VM or template, or a node. */
struct subject {
    const struct case_step *step;
    const char *id;
    const struct verdict *verdict;   /* or */
    const struct node_verdict *node; /* this */
    GPtrArray *failures;
};

static void G_GNUC_PRINTF(2, 3)
differ(struct subject *s, const char *format, ...)
{
    va_list args;
    GString *line = g_string_new(NULL);

    va_start(args, format);
    g_string_append_printf(line, "step %u: %s: ", s->step->number + 1, s->id);
    g_string_append_vprintf(line, format, args);
    va_end(args);
    g_ptr_array_add(s->failures, g_string_free(line, FALSE));
}

static const char *
shown(const char *text)
{
    return text == NULL ? "(none)" : text;
}

static void
expect_text(struct subject *s, const char *what, JsonNode *want, const char *have)
{
    const char *text = case_string(want);

    if (have != NULL && *have == '\0')
        have = NULL;
    if (text != NULL && *text == '\0')
        text = NULL;
    if (g_strcmp0(text, have) != 0)
        differ(s, "%s is %s, expected %s", what, shown(have), shown(text));
}

static void
expect_number(struct subject *s, const char *what, JsonNode *want, gint64 have)
{
    gint64 number = case_is_number(want) ? json_node_get_int(want) : -1;

    if (number != have)
        differ(s, "%s is %" G_GINT64_FORMAT ", expected %" G_GINT64_FORMAT, what, have, number);
}

static void
expect_bool(struct subject *s, const char *what, JsonNode *want, bool have)
{
    if (case_true(want) != have)
        differ(s, "%s is %s, expected %s", what, have ? "true" : "false",
               have ? "false" : "true");
}

/* A JSON list, one string or null as strings. */
static GPtrArray *
strings_of(JsonNode *node)
{
    GPtrArray *list = g_ptr_array_new();

    if (case_string(node) != NULL)
        g_ptr_array_add(list, (gpointer)(gintptr)case_string(node));
    if (node == NULL || !JSON_NODE_HOLDS_ARRAY(node))
        return list;
    JsonArray *array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        const char *text = case_string(json_array_get_element(array, i));
        if (text != NULL)
            g_ptr_array_add(list, (gpointer)(gintptr)text);
    }
    return list;
}

static bool
holds(const GPtrArray *list, const char *text)
{
    for (guint i = 0; i < list->len; i++) {
        if (strcmp(g_ptr_array_index(list, i), text) == 0)
            return true;
    }
    return false;
}

static char *
joined(const GPtrArray *list)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < list->len; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "",
                               (const char *)g_ptr_array_index(list, i));
    return g_string_free(out, FALSE);
}

static void
expect_set(struct subject *s, const char *what, JsonNode *want, const GPtrArray *have, bool exact)
{
    g_autoptr(GPtrArray) list = strings_of(want);
    bool same = !exact || list->len == have->len;

    for (guint i = 0; i < list->len; i++)
        same &= holds(have, g_ptr_array_index(list, i));
    if (same)
        return;
    g_autofree char *have_text = joined(have);
    g_autofree char *want_text = joined(list);
    differ(s, "%s are [%s], expected %s[%s]", what, have_text, exact ? "" : "at least ",
           want_text);
}

static GPtrArray *
alarms_of(uint32_t bits)
{
    GPtrArray *list = g_ptr_array_new();

    for (unsigned id = 0; id < ALARM_COUNT; id++) {
        if (bits & (UINT32_C(1) << id))
            g_ptr_array_add(list, (gpointer)(gintptr)alarm_name((enum alarm_id)id));
    }
    return list;
}

static GPtrArray *
actions_of(unsigned bits)
{
    GPtrArray *list = g_ptr_array_new();

    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        if (bits & ACTION_BIT(a))
            g_ptr_array_add(list, (gpointer)(gintptr)action_name((enum action)a));
    }
    return list;
}

static void
expect_denied(struct subject *s, JsonNode *want)
{
    if (!JSON_NODE_HOLDS_OBJECT(want))
        return;
    JsonObject *o = json_node_get_object(want);
    g_autoptr(GList) names = json_object_get_members(o);
    for (GList *l = names; l != NULL; l = l->next) {
        enum action a;
        const char *part = case_string(json_object_get_member(o, l->data));
        if (!action_parse(l->data, &a)) {
            differ(s, "denied: no action is called %s", (const char *)l->data);
            continue;
        }
        g_autofree char *why = verdict_denial(s->verdict, a);
        if (why == NULL)
            differ(s, "%s is allowed, expected a denial", (const char *)l->data);
        else if (part != NULL && strstr(why, part) == NULL)
            differ(s, "%s is denied for \"%s\", expected \"%s\"", (const char *)l->data, why, part);
    }
}

static const struct change *
change_of(const struct subject *s)
{
    if (s->verdict != NULL)
        return s->verdict->change;
    return s->node != NULL ? s->node->change : NULL;
}

static bool
writes(const struct change *c, const char *attribute)
{
    for (guint i = 0; c != NULL && i < c->mods->len; i++) {
        if (g_ascii_strcasecmp(g_array_index(c->mods, struct change_mod, i).attribute, attribute)
            == 0)
            return true;
    }
    return false;
}

static void
expect_writes_has(struct subject *s, JsonNode *want)
{
    if (!JSON_NODE_HOLDS_OBJECT(want))
        return;
    JsonObject *o = json_node_get_object(want);
    const struct change *c = change_of(s);
    g_autoptr(GList) names = json_object_get_members(o);
    for (GList *l = names; l != NULL; l = l->next) {
        JsonNode *value = json_object_get_member(o, l->data);
        if (!writes(c, l->data)) {
            differ(s, "%s is not written", (const char *)l->data);
            continue;
        }
        GPtrArray *left = case_directory_values(s->step->directory, c->dn, l->data);
        if (JSON_NODE_HOLDS_NULL(value)) {
            if (left != NULL && left->len > 0)
                differ(s, "%s is not deleted", (const char *)l->data);
            continue;
        }
        g_autoptr(GPtrArray) none = g_ptr_array_new();
        expect_set(s, l->data, value, left != NULL ? left : none, true);
    }
}

static void
expect_writes_never(struct subject *s, JsonNode *want)
{
    g_autoptr(GPtrArray) names = strings_of(want);

    for (guint i = 0; i < names->len; i++) {
        if (writes(change_of(s), g_ptr_array_index(names, i)))
            differ(s, "%s is written", (const char *)g_ptr_array_index(names, i));
    }
}

static void
expect_writes_none(struct subject *s, const struct change *c)
{
    if (c == NULL)
        return;
    g_autoptr(GString) ldif = g_string_new(NULL);
    change_to_ldif(c, ldif);
    differ(s, "something is written:\n%s", ldif->str);
}

static void
expect_one_state(struct subject *s, JsonNode *want)
{
    struct verdict_pair one = {.state = ONE_NONE};
    gint64 pair[2] = {-1, 0}; /* none */

    if (JSON_NODE_HOLDS_ARRAY(want) && json_array_get_length(json_node_get_array(want)) == 2) {
        for (guint i = 0; i < G_N_ELEMENTS(pair); i++) {
            JsonNode *number = json_array_get_element(json_node_get_array(want), i);
            pair[i] = case_is_number(number) ? json_node_get_int(number) : -1;
        }
    }
    (void)verdict_pair(s->verdict, &one);
    if (one.state != pair[0] || one.lcm != pair[1])
        differ(s, "the OpenNebula pair is %d,%d, expected %d,%d", one.state, one.lcm, (int)pair[0],
               (int)pair[1]);
}

static GPtrArray *
details_of(const struct verdict *v)
{
    GPtrArray *list = g_ptr_array_new();

    for (char **d = v->details; d != NULL && *d != NULL; d++)
        g_ptr_array_add(list, *d);
    return list;
}

static void
expect_details(struct subject *s, JsonNode *want)
{
    g_autoptr(GPtrArray) have = details_of(s->verdict);
    g_autoptr(GPtrArray) list = strings_of(want);
    bool same = have->len == list->len;

    for (guint i = 0; same && i < list->len; i++)
        same = strcmp(g_ptr_array_index(have, i), g_ptr_array_index(list, i)) == 0;
    if (same)
        return;
    g_autofree char *have_text = joined(have);
    g_autofree char *want_text = joined(list);
    differ(s, "the details are [%s], expected [%s]", have_text, want_text);
}

static void
expect_part(struct subject *s, const char *what, const char *have, const char *part)
{
    if (part == NULL ? have == NULL : have != NULL && strstr(have, part) != NULL)
        return;
    differ(s, "the %s is %s, expected something with %s", what, shown(have), shown(part));
}

static void
check_vm_key(struct subject *s, const char *key, JsonNode *want)
{
    const struct verdict *v = s->verdict;

    if (strcmp(key, "status") == 0) {
        g_autofree char *status = verdict_status(v);
        expect_text(s, "the status", want, status);
    } else if (strcmp(key, "state") == 0) {
        expect_text(s, "the state", want, state_name((enum state)v->state));
    } else if (strcmp(key, "activity") == 0) {
        expect_text(s, "the activity", want, activity_name((enum activity)v->activity));
    } else if (strcmp(key, "permille") == 0) {
        expect_number(s, "the permille", want, v->permille);
    } else if (strcmp(key, "rule") == 0) {
        expect_text(s, "the rule", want, rule_name(v->rule));
    } else if (strcmp(key, "stale") == 0) {
        expect_bool(s, "stale", want, v->stale);
    } else if (strcmp(key, "stale_reason_has") == 0) {
        expect_part(s, "stale reason", v->stale_reason, case_string(want));
    } else if (strcmp(key, "reason_has") == 0) {
        expect_part(s, "reason", v->reason, case_string(want));
    } else if (strcmp(key, "node") == 0) {
        expect_text(s, "the node", want, v->node);
    } else if (strcmp(key, "one") == 0) {
        expect_one_state(s, want);
    } else if (strcmp(key, "actions") == 0) {
        g_autoptr(GPtrArray) actions = actions_of(v->actions);
        expect_set(s, "the actions", want, actions, true);
    } else if (strcmp(key, "denied") == 0) {
        expect_denied(s, want);
    } else if (strcmp(key, "details") == 0) {
        expect_details(s, want);
    } else if (strcmp(key, "active") == 0) {
        expect_bool(s, "active", want, v->active == 1);
    }
}

static void
check_key(struct subject *s, const char *key, JsonNode *want)
{
    if (strcmp(key, "alarms") == 0 || strcmp(key, "alarms_has") == 0) {
        uint32_t bits = s->verdict != NULL ? s->verdict->alarms : s->node->alarms;
        g_autoptr(GPtrArray) alarms = alarms_of(bits);
        expect_set(s, "the alarms", want, alarms, strcmp(key, "alarms") == 0);
    } else if (strcmp(key, "writes_has") == 0) {
        expect_writes_has(s, want);
    } else if (strcmp(key, "writes_never") == 0) {
        expect_writes_never(s, want);
    } else if (strcmp(key, "writes_none") == 0) {
        if (case_true(want))
            expect_writes_none(s, change_of(s));
    } else if (s->verdict != NULL) {
        check_vm_key(s, key, want);
    }
}

/* Does this verdict speak of the entry with this UUID?  A broken entry has one, too. */
static bool
has_uuid(const struct verdict *v, const struct uuid *uuid)
{
    struct uuid named;
    g_autofree char *rdn = NULL;

    if (v->vm->valid || uuid_equal(&v->vm->uuid, uuid))
        return uuid_equal(&v->vm->uuid, uuid);
    rdn = dn_rdn_value(v->vm->base.dn, "sstVirtualMachine");
    return rdn != NULL && uuid_parse(rdn, strlen(rdn), &named) && uuid_equal(&named, uuid);
}

static const struct verdict *
find_verdict(const struct case_step *step, const char *id)
{
    const struct verdict *broken = NULL;
    struct uuid uuid;
    bool is_uuid = uuid_parse(id, strlen(id), &uuid);

    for (guint i = 0; i < step->output->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(step->output->verdicts, struct verdict, i);
        if (is_uuid ? !has_uuid(v, &uuid) : !dn_same(v->vm->base.dn, id))
            continue;
        if (v->vm->valid || !is_uuid)
            return v;
        if (broken == NULL)
            broken = v;
    }
    return broken;
}

static const struct node_verdict *
find_node(const struct case_step *step, const char *id)
{
    for (guint i = 0; i < step->output->nodes->len; i++) {
        const struct node_verdict *v = &g_array_index(step->output->nodes, struct node_verdict, i);
        if (dn_same(v->entry->base.dn, id))
            return v;
    }
    return NULL;
}

static void
check_everybody(const struct case_step *step, JsonObject *want, GPtrArray *failures)
{
    JsonNode *none = json_object_get_member(want, "writes_none");

    for (guint i = 0; case_true(none) && i < step->output->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(step->output->verdicts, struct verdict, i);
        struct subject s = {.step = step, .id = v->vm->base.dn, .failures = failures};
        expect_writes_none(&s, v->change);
    }
    for (guint i = 0; case_true(none) && i < step->output->nodes->len; i++) {
        const struct node_verdict *v = &g_array_index(step->output->nodes, struct node_verdict, i);
        struct subject s = {.step = step, .id = v->entry->base.dn, .failures = failures};
        expect_writes_none(&s, v->change);
    }
}

static void
check_one(const struct case_step *step, const char *id, JsonObject *want, GPtrArray *failures)
{
    struct subject s = {.step = step, .id = id, .failures = failures};

    s.verdict = find_verdict(step, id);
    if (s.verdict == NULL)
        s.node = find_node(step, id);
    bool decided = s.verdict != NULL || s.node != NULL;
    g_autoptr(GList) keys = json_object_get_members(want);
    for (GList *l = keys; l != NULL; l = l->next) {
        /* of what is gone or was not judged it can be said that nothing is written */
        if (!decided && !g_str_has_prefix(l->data, "writes_n") && strcmp(l->data, "note") != 0) {
            differ(&s, "nothing was decided about it");
            return;
        }
        check_key(&s, l->data, json_object_get_member(want, l->data));
    }
}

static void
check_pass(const struct case_step *step, GPtrArray *failures)
{
    struct subject s = {.step = step, .id = "pass", .failures = failures};
    const struct engine_output *o = step->output;
    JsonObject *want = step->expect_pass;

    if (json_object_has_member(want, "alarms")) {
        g_autoptr(GPtrArray) alarms = alarms_of(o->alarms);
        expect_set(&s, "the alarms", json_object_get_member(want, "alarms"), alarms, true);
    }
    if (json_object_has_member(want, "aborted"))
        expect_bool(&s, "aborted", json_object_get_member(want, "aborted"), o->aborted);
    if (json_object_has_member(want, "held"))
        expect_number(&s, "held", json_object_get_member(want, "held"), o->held);
    if (json_object_has_member(want, "changes"))
        expect_number(&s, "changes", json_object_get_member(want, "changes"), o->changes);
}

void
case_check(const struct case_step *step, GPtrArray *failures)
{
    if (step->expect_pass != NULL)
        check_pass(step, failures);
    if (step->expect == NULL)
        return;
    g_autoptr(GList) ids = json_object_get_members(step->expect);
    for (GList *l = ids; l != NULL; l = l->next) {
        JsonNode *node = json_object_get_member(step->expect, l->data);
        if (!JSON_NODE_HOLDS_OBJECT(node))
            continue;
        if (strcmp(l->data, "*") == 0)
            check_everybody(step, json_node_get_object(node), failures);
        else
            check_one(step, l->data, json_node_get_object(node), failures);
    }
}
