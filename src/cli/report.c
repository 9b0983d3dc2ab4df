/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/report.h"

#include "engine/entry-data.h"

#include <stdio.h>

void
report_add_text(JsonBuilder *b, const char *name, const char *text)
{
    json_builder_set_member_name(b, name);
    if (text == NULL || *text == '\0')
        json_builder_add_null_value(b);
    else
        json_builder_add_string_value(b, text);
}

void
report_add_number(JsonBuilder *b, const char *name, gint64 number)
{
    json_builder_set_member_name(b, name);
    json_builder_add_int_value(b, number);
}

static void
add_bool(JsonBuilder *b, const char *name, bool value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_boolean_value(b, value);
}

static void
add_time(JsonBuilder *b, const char *name, gint64 seconds)
{
    g_autoptr(GDateTime) time = seconds < 0 ? NULL : g_date_time_new_from_unix_utc(seconds);
    g_autofree char *text
        = time == NULL ? NULL : g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");

    report_add_text(b, name, text);
}

static void
add_list(JsonBuilder *b, const char *name, char **list)
{
    json_builder_set_member_name(b, name);
    json_builder_begin_array(b);
    for (; list != NULL && *list != NULL; list++)
        json_builder_add_string_value(b, *list);
    json_builder_end_array(b);
}

static void
add_ldif(JsonBuilder *b, const struct change *c)
{
    if (c == NULL) {
        report_add_text(b, "ldif", NULL);
        return;
    }
    g_autoptr(GString) ldif = g_string_new(NULL);
    change_to_ldif(c, ldif);
    report_add_text(b, "ldif", ldif->str);
}

void
report_add_actions(JsonBuilder *b, const struct verdict *v)
{
    json_builder_set_member_name(b, "actions");
    json_builder_begin_array(b);
    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        if (v->actions & ACTION_BIT(a))
            json_builder_add_string_value(b, action_name((enum action)a));
    }
    json_builder_end_array(b);
    json_builder_set_member_name(b, "denied");
    json_builder_begin_object(b);
    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        g_autofree char *why = NULL;
        if (v->denials[a] == DENIAL_NOT_APPLICABLE)
            continue;
        why = verdict_denial(v, (enum action)a);
        if (why != NULL)
            report_add_text(b, action_name((enum action)a), why);
    }
    json_builder_end_object(b);
}

static void
add_one(JsonBuilder *b, const struct verdict *v)
{
    struct verdict_pair one;

    json_builder_set_member_name(b, "one");
    if (!verdict_pair(v, &one)) {
        json_builder_add_null_value(b);
        return;
    }
    json_builder_begin_array(b);
    json_builder_add_int_value(b, one.state);
    json_builder_add_int_value(b, one.lcm);
    json_builder_end_array(b);
}

JsonNode *
report_verdict(const struct verdict *v)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    g_autofree char *status = verdict_status(v);
    char uuid[UUID_TEXT_SIZE];

    uuid_format(&v->vm->uuid, uuid);
    json_builder_begin_object(b);
    report_add_text(b, "dn", v->vm->base.dn);
    report_add_text(b, "uuid", v->vm->valid ? uuid : NULL);
    report_add_text(b, "name", v->vm->name);
    report_add_text(b, "kind", v->vm->kind < KIND_COUNT ? kind_name((enum kind)v->vm->kind) : NULL);
    report_add_text(b, "status", status);
    report_add_text(b, "state", state_name((enum state)v->state));
    report_add_text(b, "activity", activity_name((enum activity)v->activity));
    json_builder_set_member_name(b, "permille");
    if (v->permille < 0)
        json_builder_add_null_value(b);
    else
        json_builder_add_int_value(b, v->permille);
    json_builder_set_member_name(b, "active");
    if (v->active < 0)
        json_builder_add_null_value(b);
    else
        json_builder_add_boolean_value(b, v->active == 1);
    report_add_text(b, "rule", rule_name(v->rule));
    report_add_text(b, "reason", v->reason);
    report_add_text(b, "opennebula", v->source);
    report_add_text(b, "node", v->node);
    add_bool(b, "stale", v->stale);
    add_time(b, "stale_since", v->stale_since);
    report_add_text(b, "stale_reason", v->stale_reason);
    add_list(b, "alarms", v->alarm_texts);
    add_list(b, "details", v->details);
    report_add_actions(b, v);
    add_one(b, v);
    add_ldif(b, v->change);
    json_builder_end_object(b);
    return json_builder_get_root(b);
}

JsonNode *
report_node(const struct node_verdict *v)
{
    g_autoptr(JsonBuilder) b = json_builder_new();

    json_builder_begin_object(b);
    report_add_text(b, "dn", v->entry->base.dn);
    report_add_text(b, "node", v->entry->name);
    add_list(b, "alarms", v->alarm_texts);
    add_ldif(b, v->change);
    json_builder_end_object(b);
    return json_builder_get_root(b);
}

void
report_add_findings(JsonBuilder *b, const GArray *findings)
{
    json_builder_begin_array(b);
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *f = &g_array_index(findings, struct finding, i);
        json_builder_begin_object(b);
        report_add_text(b, "kind", f->kind);
        report_add_text(b, "dn", f->dn);
        report_add_text(b, "name", f->name);
        report_add_text(b, "text", f->text);
        add_ldif(b, f->repair);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void
add_pass_alarms(JsonBuilder *b, const struct engine_output *o)
{
    json_builder_set_member_name(b, "alarms");
    json_builder_begin_array(b);
    for (unsigned id = 0; id < ALARM_COUNT; id++) {
        if (o->alarms & (UINT32_C(1) << id))
            json_builder_add_string_value(b, alarm_name((enum alarm_id)id));
    }
    json_builder_end_array(b);
}

JsonNode *
report_output(const struct engine_output *o, bool all)
{
    g_autoptr(JsonBuilder) b = json_builder_new();

    json_builder_begin_object(b);
    add_bool(b, "aborted", o->aborted);
    report_add_text(b, "why", o->why);
    report_add_number(b, "entries", o->verdicts->len);
    report_add_number(b, "changes", o->changes);
    report_add_number(b, "stale", o->stale);
    report_add_number(b, "invalid", o->invalid);
    report_add_number(b, "held", o->held);
    report_add_text(b, "budget", o->budget_text);
    add_pass_alarms(b, o);
    json_builder_set_member_name(b, "verdicts");
    json_builder_begin_array(b);
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        if (all || v->change != NULL || v->stale || v->alarms != 0)
            json_builder_add_value(b, report_verdict(v));
    }
    json_builder_end_array(b);
    json_builder_set_member_name(b, "nodes");
    json_builder_begin_array(b);
    for (guint i = 0; i < o->nodes->len; i++)
        json_builder_add_value(b,
                               report_node(&g_array_index(o->nodes, struct node_verdict, i)));
    json_builder_end_array(b);
    json_builder_set_member_name(b, "findings");
    report_add_findings(b, o->findings);
    json_builder_end_object(b);
    return json_builder_get_root(b);
}

void
report_print(JsonNode *node, bool pretty)
{
    g_autofree char *text = json_to_string(node, pretty);

    puts(text);
    json_node_unref(node);
}
