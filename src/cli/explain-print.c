/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a VM has its status, for people: inputs with their age, rules in order,
 * the verdict.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/explain.h"
#include "cli/text.h"

#include <stdio.h>
#include <string.h>

#define LABEL_WIDTH 24
#define ATTRIBUTE_WIDTH 34 /* sstVirtualMachineStatusStaleReason */
#define WIDTH 100 /* of a line, unless one word is longer */

static const char *
text_of(JsonObject *o, const char *member)
{
    return json_object_get_string_member_with_default(o, member, NULL);
}

/* "12 ms", "34s", "3h 20m"; NULL where it is not told. */
static char *
age_of(JsonObject *o, const char *member)
{
    JsonNode *n = json_object_get_member(o, member);

    if (n == NULL || json_node_is_null(n))
        return NULL;
    gint64 ms = json_node_get_int(n);
    return ms < 1000 ? g_strdup_printf("%" G_GINT64_FORMAT " ms", ms) : text_duration(ms / 1000);
}

/* A label and a text beside it, in lines of a bearable width. */
static void
print_wide(int width, const char *label, const char *text)
{
    g_autofree char *clean_label = cli_printable(label, G_MAXUINT);
    g_autofree char *clean = cli_printable(text, G_MAXUINT);
    g_auto(GStrv) words = g_strsplit(clean, " ", -1);
    int column = printf("  %-*s", width, clean_label);

    for (char **w = words; *w != NULL; w++) {
        int len = (int)text_width(*w);
        if (w != words && column + 1 + len > WIDTH)
            column = printf("\n  %-*s", width, "") - 1;
        column += printf(" %s", *w) > 0 ? 1 + len : 0;
    }
    putchar('\n');
}

static void
print_line(const char *label, const char *text)
{
    print_wide(LABEL_WIDTH, label, text);
}

/* The same; takes the text. */
static void
print_joined(const char *label, GString *text)
{
    print_line(label, text->str);
    g_string_free(text, TRUE);
}

/* verb: what happened so long ago; nothing where age is NULL. */
static void
heading(const char *text, const char *verb, const char *age)
{
    if (age != NULL)
        printf("\n%s: %s %s ago\n", text, verb, age);
    else
        printf("\n%s\n", text);
}

/* --- inputs ------------------------------------------------------------------------------- */

static void
print_attributes(JsonObject *attributes)
{
    g_autoptr(GList) names = json_object_get_members(attributes);

    for (GList *n = names; n != NULL; n = n->next) {
        JsonArray *values = json_object_get_array_member(attributes, n->data);
        for (guint i = 0; i < json_array_get_length(values); i++)
            print_wide(ATTRIBUTE_WIDTH, i == 0 ? n->data : "",
                       json_array_get_string_element(values, i));
    }
}

static void
print_backup(JsonObject *o)
{
    g_autofree char *age = age_of(o, "age_ms");
    const char *returned = text_of(o, "returned");
    GString *text = g_string_new(text_of(o, "stamp"));

    g_string_append_printf(text, " %s", text_of(o, "mode") != NULL ? text_of(o, "mode")
                                                                   : "without a mode");
    if (returned != NULL)
        g_string_append_printf(text, ", returned %s", returned);
    if (age != NULL)
        g_string_append_printf(text, ", changed %s ago", age);
    print_joined("backup", text);
}

static void
print_directory(JsonObject *o)
{
    g_autofree char *age = age_of(o, "age_ms");
    JsonArray *backups = json_object_get_array_member(o, "backups");
    JsonArray *lists = json_object_get_array_member(o, "listed_by");

    heading("Directory", "the entry changed", age);
    print_attributes(json_object_get_object_member(o, "attributes"));
    for (guint i = 0; i < json_array_get_length(backups); i++)
        print_backup(json_array_get_object_element(backups, i));
    for (guint i = 0; i < json_array_get_length(lists); i++)
        print_line("in the thin list of", json_array_get_string_element(lists, i));
}

static void
print_jobs(JsonObject *domain)
{
    JsonNode *jobs = json_object_get_member(domain, "block_jobs");
    JsonNode *backing = json_object_get_member(domain, "backing");

    for (guint i = 0; JSON_NODE_HOLDS_ARRAY(jobs)
                      && i < json_array_get_length(json_node_get_array(jobs));
         i++) {
        JsonObject *j = json_array_get_object_element(json_node_get_array(jobs), i);
        GString *text = g_string_new(NULL);
        g_string_printf(text, "%s of %s, %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " bytes",
                        text_of(j, "type"), text_of(j, "disk"),
                        json_object_get_int_member(j, "cur"), json_object_get_int_member(j, "end"));
        print_joined("", text);
    }
    if (!JSON_NODE_HOLDS_OBJECT(backing))
        return;
    g_autoptr(GList) disks = json_object_get_members(json_node_get_object(backing));
    for (GList *d = disks; d != NULL; d = d->next) {
        if (json_object_get_boolean_member(json_node_get_object(backing), d->data)) {
            GString *text = g_string_new(NULL);
            g_string_printf(text, "%s has a backing file", (const char *)d->data);
            print_joined("", text);
        }
    }
}

static void
append_if(GString *out, const char *what, const char *word)
{
    if (word != NULL)
        g_string_append_printf(out, ", %s %s", what, word);
}

static void
append_domain(GString *out, JsonObject *d)
{
    const char *state = text_of(d, "state");
    const char *reason = text_of(d, "reason");

    g_string_append(out, state != NULL ? state : "the domain could not be read");
    if (reason != NULL)
        g_string_append_printf(out, " (%s)", reason);
    append_if(out, "job", text_of(d, "job"));
    JsonNode *jobs = json_object_get_member(d, "block_jobs");
    if (JSON_NODE_HOLDS_ARRAY(jobs))
        g_string_append_printf(out, ", %u block jobs",
                               json_array_get_length(json_node_get_array(jobs)));
    append_if(out, "agent", text_of(d, "agent"));
    append_if(out, "control", text_of(d, "control"));
    if (json_object_get_boolean_member(d, "managed_save"))
        g_string_append(out, ", saved image");
}

/* "error: refused, ..."; a complete answer needs no words. */
static void
append_answer(GString *out, JsonObject *o)
{
    const char *result = text_of(o, "result");
    const char *class = text_of(o, "class");
    const char *text = text_of(o, "text");

    if (result == NULL)
        g_string_append(out, "nobody asks this node");
    else if (strcmp(result, "error") == 0)
        g_string_append_printf(out, "no answer: %s", class != NULL ? class : "");
    else
        g_string_append_printf(out, "%s answer", result);
    if (text != NULL)
        g_string_append_printf(out, ", %s", text);
}

static void
print_node(JsonObject *o)
{
    g_autofree char *age = age_of(o, "age_ms");
    JsonArray *roles = json_object_get_array_member(o, "roles");
    JsonNode *domain = json_object_get_member(o, "domain");
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < json_array_get_length(roles); i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               json_array_get_string_element(roles, i));
    g_string_append(text, json_array_get_length(roles) > 0 ? ": " : "");
    if (JSON_NODE_HOLDS_OBJECT(domain)) {
        append_domain(text, json_node_get_object(domain));
        g_string_append(text, "; ");
    } else if (g_strcmp0(text_of(o, "result"), "complete") == 0) {
        g_string_append(text, "not there; ");
    }
    append_answer(text, o);
    if (age != NULL)
        g_string_append_printf(text, ", %s ago", age);
    print_joined(text_of(o, "node"), text);
    if (JSON_NODE_HOLDS_OBJECT(domain))
        print_jobs(json_node_get_object(domain));
}

static void
print_nodes(JsonObject *o)
{
    JsonArray *nodes = json_object_get_array_member(o, "nodes");
    JsonObject *others = json_object_get_object_member(o, "other_nodes");
    GString *text = g_string_new(NULL);

    heading("Nodes", NULL, NULL);
    for (guint i = 0; i < json_array_get_length(nodes); i++)
        print_node(json_array_get_object_element(nodes, i));
    g_string_printf(text, "%" G_GINT64_FORMAT " without it",
                    json_object_get_int_member(others, "without_it"));
    if (json_object_get_int_member(others, "silent") > 0)
        g_string_append_printf(text, ", %" G_GINT64_FORMAT " without a complete answer",
                               json_object_get_int_member(others, "silent"));
    print_joined("all others", text);
}

static void
print_opennebula(JsonNode *n)
{
    if (!JSON_NODE_HOLDS_OBJECT(n))
        return;
    g_autofree char *age = age_of(json_node_get_object(n), "age_ms");
    heading("OpenNebula", "its front-end answered", age);
    print_line("", text_of(json_node_get_object(n), "says"));
}

static void
print_memory(JsonObject *o)
{
    g_autofree char *pass = age_of(o, "age_ms");
    JsonArray *all = json_object_get_array_member(o, "remembered");

    heading("Memory", "the last pass was", pass);
    if (pass == NULL)
        print_line("", text_of(o, "problem") != NULL ? text_of(o, "problem")
                                                     : "no pass is remembered");
    else if (json_array_get_length(all) == 0)
        print_line("", "nothing about this one");
    for (guint i = 0; i < json_array_get_length(all); i++) {
        JsonObject *r = json_array_get_object_element(all, i);
        g_autofree char *age = age_of(r, "age_ms");
        GString *text = g_string_new(text_of(r, "text"));
        if (age != NULL)
            g_string_append_printf(text, "%ssince %s", text->len > 0 ? ", " : "", age);
        print_joined(text_of(r, "key"), text);
    }
}

/* --- rules and verdict --------------------------------------------------------------------- */

static void
print_rule(JsonObject *o)
{
    JsonArray *because = json_object_get_array_member(o, "because");
    bool tried = json_object_get_boolean_member(o, "tried");
    bool matches = json_object_get_boolean_member(o, "matches");
    g_autofree char *label
        = g_strdup_printf("%s %s", tried && matches ? ">" : tried ? " " : "-", text_of(o, "rule"));
    GString *text = g_string_new(tried ? matches ? "yes: " : "no: "
                                 : matches ? "not tried, would match: "
                                           : "not tried, would not match: ");

    for (guint i = 0; i < json_array_get_length(because); i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               json_array_get_string_element(because, i));
    if (text_of(o, "facts") != NULL)
        g_string_append_printf(text, " (%s)", text_of(o, "facts"));
    print_joined(label, text);
}

static void
print_list(const char *label, JsonArray *list)
{
    for (guint i = 0; i < json_array_get_length(list); i++)
        print_line(i == 0 ? label : "", json_array_get_string_element(list, i));
}

static void
print_verdict(JsonObject *o)
{
    JsonObject *v = json_object_get_object_member(o, "verdict");
    const char *published = text_of(o, "published");
    const char *status = text_of(v, "status");
    const char *ldif = text_of(v, "ldif");

    heading("Verdict", NULL, NULL);
    print_line("status", status != NULL ? status : "none");
    if (g_strcmp0(published, status) != 0)
        print_line("published now", published != NULL ? published : "none");
    print_line("why", text_of(v, "reason") != NULL ? text_of(v, "reason") : text_of(v, "rule"));
    if (json_object_get_boolean_member(v, "stale"))
        print_line("stale", text_of(v, "stale_reason"));
    print_list("alarms", json_object_get_array_member(v, "alarms"));
    print_list("details", json_object_get_array_member(v, "details"));
    if (ldif == NULL) {
        heading("Would be sent: nothing, the directory says so already", NULL, NULL);
        return;
    }
    heading("Would be sent", NULL, NULL);
    g_autofree char *trimmed = g_strchomp(g_strdup(ldif));
    puts(trimmed);
}

static void
print_writing(JsonObject *o)
{
    g_autofree char *age = age_of(o, "last_pass_ms");
    GString *text = g_string_new(NULL);

    heading("Writing", NULL, NULL);
    if (text_of(o, "problem") != NULL)
        print_line("not known", text_of(o, "problem"));
    g_string_append(text, age != NULL ? age : "never");
    if (age != NULL)
        g_string_append_printf(text, " ago, by %s",
                               text_of(o, "last_pass_by") != NULL ? text_of(o, "last_pass_by")
                                                                  : "somebody");
    print_joined("last pass", text);
    if (text_of(o, "lease") != NULL)
        print_line("at work now", text_of(o, "lease"));
    if (text_of(o, "pause") != NULL)
        print_line("pause", text_of(o, "pause"));
}

void
explain_print(JsonObject *explained)
{
    JsonArray *rules = json_object_get_array_member(explained, "rules");
    const char *name = text_of(explained, "name");
    g_autofree char *clean = cli_printable(name != NULL ? name : "(no name)", G_MAXUINT);
    g_autofree char *dn = cli_printable(text_of(explained, "dn"), G_MAXUINT);

    printf("%s\n%s\n", clean, dn);
    print_directory(json_object_get_object_member(explained, "directory"));
    print_nodes(explained);
    print_opennebula(json_object_get_member(explained, "opennebula"));
    print_memory(json_object_get_object_member(explained, "memory"));
    print_writing(json_object_get_object_member(explained, "writing"));
    heading("Rules, in the order in which they are tried", NULL, NULL);
    for (guint i = 0; i < json_array_get_length(rules); i++)
        print_rule(json_array_get_object_element(rules, i));
    print_verdict(explained);
}
