/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a VM has its status, for people: inputs with their age, rules in order,
 * the verdict.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/explain.h"
#include "cli/text.h"
#include "engine/attributes.h"
#include "text/text.h"

#include <stdio.h>
#include <string.h>

#define LABEL_WIDTH 24
#define ATTRIBUTE_WIDTH 34 /* sstVirtualMachineStatusStaleReason */
#define WIDTH 100 /* of a line, unless one word is longer */

static const char *
member(JsonObject *o, const char *member)
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

/* A label and a text beside it, as it is, in lines of a bearable width. */
static void
print_wide(int width, const char *label, const char *text)
{
    g_autofree char *clean_label = cli_printable(label, G_MAXUINT);
    g_autofree char *clean = cli_printable(text, G_MAXUINT);
    g_auto(GStrv) words = g_strsplit(clean, " ", -1);
    int column = MAX(2 + width, 2 + (int)text_width(clean_label));

    printf("  %s", clean_label);
    for (int used = (int)text_width(clean_label); used < width; used++)
        putchar(' ');

    for (char **w = words; *w != NULL; w++) {
        int len = (int)text_width(*w);
        if (w != words && column + 1 + len > WIDTH)
            column = printf("\n  %-*s", width, "") - 1;
        column += printf(" %s", *w) > 0 ? 1 + len : 0;
    }
    putchar('\n');
}

/* What somebody else wrote, or is written already: never translated. */
static void
print_foreign(const char *label, const char *text)
{
    print_wide(LABEL_WIDTH, label, text);
}

/* Our own words, in the reader's language. */
static void
print_line(const char *label, const char *text)
{
    g_autofree char *own = text_of(text);

    print_wide(LABEL_WIDTH, label, own);
}

/* The same; takes the text. */
static void
print_joined(const char *label, GString *text)
{
    print_line(label, text->str);
    g_string_free(text, TRUE);
}

/* ago: what happened so long ago, with a %s; nothing where age is NULL. */
static void
heading(const char *text, const char *ago, const char *age)
{
    g_autofree char *english = age != NULL ? g_strconcat(ago, age, " ago", NULL) : NULL;
    g_autofree char *own = text_of(english);

    if (own != NULL)
        printf("\n%s: %s\n", _(text), own);
    else
        printf("\n%s\n", _(text));
}

/* What the lines below are made of, as it is found again when they are shown. */
static void
made_of_pieces(void)
{
    MADE_("the entry changed %s ago");
    MADE_("its front-end answered %s ago");
    MADE_("the last pass was %s ago");
    MADE_("%s ago");
    MADE_("%s ago, by %s");
    MADE_("since %s");
    MADE_("%s of %s");
    MADE_("%s of %s bytes");
    MADE_("%s has a backing file");
    MADE_("%u block jobs");
    MADE_("agent %s");
    MADE_("control %s");
    MADE_("no answer: %s");
    MADE_("%s answer");
    MADE_("%u without it");
    MADE_("%u without a complete answer");
    MADE_("not there");
    MADE_("yes: %s");
    MADE_("no: %s");
    MADE_("not tried, would match: %s");
    MADE_("not tried, would not match: %s");
}

/* --- inputs ------------------------------------------------------------------------------- */

/* Texts of ours: all others are somebody's data. */
static bool
is_our_text(const char *attribute)
{
    static const enum attribute texts[]
        = {ATTR_TEXT, ATTR_STATE, ATTR_REASON, ATTR_STALE_REASON, ATTR_DETAIL, ATTR_ALARM};
    int found = attribute_find(attribute, strlen(attribute));

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (found == (int)texts[i])
            return true;
    }
    return false;
}

static void
print_attributes(JsonObject *attributes)
{
    g_autoptr(GList) names = json_object_get_members(attributes);

    for (GList *n = names; n != NULL; n = n->next) {
        JsonArray *values = json_object_get_array_member(attributes, n->data);
        for (guint i = 0; i < json_array_get_length(values); i++) {
            const char *value = json_array_get_string_element(values, i);
            g_autofree char *own = is_our_text(n->data) ? text_of(value) : g_strdup(value);
            print_wide(ATTRIBUTE_WIDTH, i == 0 ? n->data : "", own);
        }
    }
}

static void
print_backup(JsonObject *o)
{
    g_autofree char *age = age_of(o, "age_ms");
    const char *returned = member(o, "returned");
    GString *text = g_string_new(member(o, "stamp"));

    g_string_append_printf(text, " %s", member(o, "mode") != NULL ? member(o, "mode")
                                                                   : _("without a mode"));
    if (returned != NULL) {
        g_string_append(text, ", ");
        g_string_append_printf(text, _("returned %s"), returned);
    }
    if (age != NULL) {
        g_string_append(text, ", ");
        g_string_append_printf(text, _("changed %s ago"), age);
    }
    print_foreign(_("backup"), text->str);
    g_string_free(text, TRUE);
}

static void
print_directory(JsonObject *o)
{
    g_autofree char *age = age_of(o, "age_ms");
    JsonArray *backups = json_object_get_array_member(o, "backups");
    JsonArray *lists = json_object_get_array_member(o, "listed_by");

    heading(N_("Directory"), "the entry changed ", age);
    print_attributes(json_object_get_object_member(o, "attributes"));
    for (guint i = 0; i < json_array_get_length(backups); i++)
        print_backup(json_array_get_object_element(backups, i));
    for (guint i = 0; i < json_array_get_length(lists); i++)
        print_foreign(_("in the thin list of"), json_array_get_string_element(lists, i));
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
                        member(j, "type"), member(j, "disk"),
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
    const char *state = member(d, "state");
    const char *reason = member(d, "reason");

    g_string_append(out, state != NULL ? state : N_("the domain could not be read"));
    if (reason != NULL)
        g_string_append_printf(out, " (%s)", reason);
    append_if(out, "job", member(d, "job"));
    JsonNode *jobs = json_object_get_member(d, "block_jobs");
    if (JSON_NODE_HOLDS_ARRAY(jobs))
        g_string_append_printf(out, ", %u block jobs",
                               json_array_get_length(json_node_get_array(jobs)));
    append_if(out, "agent", member(d, "agent"));
    append_if(out, "control", member(d, "control"));
    if (json_object_get_boolean_member(d, "managed_save"))
        g_string_append(out, ", saved image");
}

/* "error: refused, ..."; a complete answer needs no words. */
static void
append_answer(GString *out, JsonObject *o)
{
    const char *result = member(o, "result");
    const char *class = member(o, "class");
    const char *text = member(o, "text");

    if (result == NULL)
        g_string_append(out, N_("nobody asks this node"));
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
    } else if (g_strcmp0(member(o, "result"), "complete") == 0) {
        g_string_append(text, "not there; ");
    }
    append_answer(text, o);
    if (age != NULL)
        g_string_append_printf(text, ", %s ago", age);
    print_joined(member(o, "node"), text);
    if (JSON_NODE_HOLDS_OBJECT(domain))
        print_jobs(json_node_get_object(domain));
}

static void
print_nodes(JsonObject *o)
{
    JsonArray *nodes = json_object_get_array_member(o, "nodes");
    JsonObject *others = json_object_get_object_member(o, "other_nodes");
    GString *text = g_string_new(NULL);

    heading(N_("Nodes"), NULL, NULL);
    for (guint i = 0; i < json_array_get_length(nodes); i++)
        print_node(json_array_get_object_element(nodes, i));
    g_string_printf(text, "%" G_GINT64_FORMAT " without it",
                    json_object_get_int_member(others, "without_it"));
    if (json_object_get_int_member(others, "silent") > 0)
        g_string_append_printf(text, ", %" G_GINT64_FORMAT " without a complete answer",
                               json_object_get_int_member(others, "silent"));
    print_joined(_("all others"), text);
}

static void
print_opennebula(JsonNode *n)
{
    if (!JSON_NODE_HOLDS_OBJECT(n))
        return;
    g_autofree char *age = age_of(json_node_get_object(n), "age_ms");
    heading(N_("OpenNebula"), "its front-end answered ", age);
    print_foreign("", member(json_node_get_object(n), "says"));
}

static void
print_memory(JsonObject *o)
{
    g_autofree char *pass = age_of(o, "age_ms");
    JsonArray *all = json_object_get_array_member(o, "remembered");

    heading(N_("Memory"), "the last pass was ", pass);
    if (pass == NULL)
        print_line("", member(o, "problem") != NULL ? member(o, "problem")
                                                     : N_("no pass is remembered"));
    else if (json_array_get_length(all) == 0)
        print_line("", N_("nothing about this one"));
    for (guint i = 0; i < json_array_get_length(all); i++) {
        JsonObject *r = json_array_get_object_element(all, i);
        g_autofree char *age = age_of(r, "age_ms");
        GString *text = g_string_new(member(r, "text"));
        if (age != NULL)
            g_string_append_printf(text, "%ssince %s", text->len > 0 ? ", " : "", age);
        print_joined(member(r, "key"), text);
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
        = g_strdup_printf("%s %s", tried && matches ? ">" : tried ? " " : "-", member(o, "rule"));
    GString *text = g_string_new(tried ? matches ? "yes: " : "no: "
                                 : matches ? "not tried, would match: "
                                           : "not tried, would not match: ");

    for (guint i = 0; i < json_array_get_length(because); i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               json_array_get_string_element(because, i));
    if (member(o, "facts") != NULL)
        g_string_append_printf(text, " (%s)", member(o, "facts"));
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
    const char *published = member(o, "published");
    const char *status = member(v, "status");
    const char *ldif = member(v, "ldif");

    heading(N_("Verdict"), NULL, NULL);
    print_line(_("status"), status != NULL ? status : N_("none"));
    if (g_strcmp0(published, status) != 0)
        print_line(_("published now"), published != NULL ? published : N_("none"));
    print_line(_("why"), member(v, "reason") != NULL ? member(v, "reason") : member(v, "rule"));
    if (json_object_get_boolean_member(v, "stale"))
        print_line(_("stale"), member(v, "stale_reason"));
    print_list(_("alarms"), json_object_get_array_member(v, "alarms"));
    print_list(_("details"), json_object_get_array_member(v, "details"));
    if (ldif == NULL) {
        heading(N_("Would be sent: nothing, the directory says so already"), NULL, NULL);
        return;
    }
    heading(N_("Would be sent"), NULL, NULL);
    g_autofree char *trimmed = g_strchomp(g_strdup(ldif));
    puts(trimmed);
}

static void
print_writing(JsonObject *o)
{
    g_autofree char *age = age_of(o, "last_pass_ms");
    GString *text = g_string_new(NULL);

    heading(N_("Writing"), NULL, NULL);
    if (member(o, "problem") != NULL)
        print_line(_("not known"), member(o, "problem"));
    g_string_append(text, age != NULL ? age : N_("never"));
    if (age != NULL)
        g_string_append_printf(text, " ago, by %s",
                               member(o, "last_pass_by") != NULL ? member(o, "last_pass_by")
                                                                  : N_("somebody"));
    print_joined(_("last pass"), text);
    if (member(o, "lease") != NULL)
        print_foreign(_("at work now"), member(o, "lease"));
    if (member(o, "pause") != NULL)
        print_line(_("pause"), member(o, "pause"));
}

void
explain_print(JsonObject *explained)
{
    JsonArray *rules = json_object_get_array_member(explained, "rules");
    const char *name = member(explained, "name");
    g_autofree char *clean = cli_printable(name != NULL ? name : _("(no name)"), G_MAXUINT);
    g_autofree char *dn = cli_printable(member(explained, "dn"), G_MAXUINT);

    made_of_pieces();
    printf("%s\n%s\n", clean, dn);
    print_directory(json_object_get_object_member(explained, "directory"));
    print_nodes(explained);
    print_opennebula(json_object_get_member(explained, "opennebula"));
    print_memory(json_object_get_object_member(explained, "memory"));
    print_writing(json_object_get_object_member(explained, "writing"));
    heading(N_("Rules, in the order in which they are tried"), NULL, NULL);
    for (guint i = 0; i < json_array_get_length(rules); i++)
        print_rule(json_array_get_object_element(rules, i));
    print_verdict(explained);
}
