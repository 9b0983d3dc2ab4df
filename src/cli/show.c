/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync show: everything the directory says about a virtual machine.
 *
 * It is made as JSON; what people read is that, line by line.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/find.h"
#include "cli/report.h"
#include "cli/text.h"
#include "engine/engine.h"
#include "text/text.h"

#include <stdio.h>
#include <string.h>

struct show_options {
    char *config;
    gboolean json;
    char **names;
};

/* --- as JSON ------------------------------------------------------------------------- */

static void
add_time(JsonBuilder *b, const char *name, gint64 seconds)
{
    g_autofree char *text = cli_time(seconds);

    report_add_text(b, name, text);
}

static void
add_list(JsonBuilder *b, const char *name, char *const *texts)
{
    json_builder_set_member_name(b, name);
    json_builder_begin_array(b);
    for (; texts != NULL && *texts != NULL; texts++)
        json_builder_add_string_value(b, *texts);
    json_builder_end_array(b);
}

static void
add_status(JsonBuilder *b, const struct published *p)
{
    report_add_text(b, "status", p->text);
    report_add_text(b, "state", p->known ? state_name((enum state)p->state) : NULL);
    report_add_text(b, "activity", p->known ? activity_name((enum activity)p->activity) : NULL);
    json_builder_set_member_name(b, "permille");
    if (p->permille >= 0)
        json_builder_add_int_value(b, p->permille);
    else
        json_builder_add_null_value(b);
    add_time(b, "since", p->since);
    report_add_text(b, "why", p->reason);
    json_builder_set_member_name(b, "active");
    if (p->active >= 0)
        json_builder_add_boolean_value(b, p->active == 1);
    else
        json_builder_add_null_value(b);
    add_time(b, "stale_since", p->has_stale_since ? MAX(p->stale_since, 0) : -1);
    report_add_text(b, "stale", p->has_stale_since && p->stale_reason == NULL ? "reason not told"
                                                                             : p->stale_reason);
    add_list(b, "alarms", p->alarms);
    add_list(b, "details", p->details);
}

static const char *
intent_text(const struct vm_entry *vm)
{
    return vm->intent == INTENT_NONE ? NULL : intent_name((enum intent)vm->intent);
}

static void
add_backups(JsonBuilder *b, const struct vm_entry *vm)
{
    json_builder_set_member_name(b, "backups");
    json_builder_begin_array(b);
    for (guint i = 0; vm->backups != NULL && i < vm->backups->len; i++) {
        const struct backup_entry *e = g_ptr_array_index(vm->backups, i);
        json_builder_begin_object(b);
        report_add_text(b, "stamp", e->stamp);
        report_add_text(b, "mode", e->mode);
        report_add_text(b, "returned", e->return_value);
        add_time(b, "changed", e->changed);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void
add_directory(JsonBuilder *b, const struct vm_entry *vm)
{
    const struct published *p = &vm->pub;

    report_add_text(b, "node", p->node);
    report_add_text(b, "home", vm->home);
    report_add_text(b, "migrates_to", vm->target);
    report_add_text(b, "mode", vm->mode);
    report_add_text(b, "meant_to", intent_text(vm));
    report_add_text(b, "requested", p->request);
    add_time(b, "requested_since", p->request_since);
    add_backups(b, vm);
    add_list(b, "streams_to", vm->kind == KIND_TEMPLATE ? vm->thin_text : NULL);
    report_add_text(b, "opennebula", p->one_name);
}

static JsonNode *
as_json(struct vm_entry *vm, const char *outdated)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    char uuid[UUID_TEXT_SIZE];
    struct verdict v;

    uuid_format(&vm->uuid, uuid);
    verdict_as_published(vm, g_get_real_time() / G_USEC_PER_SEC, &v);
    json_builder_begin_object(b);
    report_add_text(b, "name", vm->name);
    report_add_text(b, "uuid", vm->valid ? uuid : NULL);
    report_add_text(b, "dn", vm->base.dn);
    report_add_text(b, "type", vm->kind < KIND_COUNT ? kind_name((enum kind)vm->kind) : NULL);
    report_add_text(b, "problem", vm->valid ? NULL : vm->problem);
    add_status(b, &vm->pub);
    add_directory(b, vm);
    report_add_actions(b, &v);
    report_add_text(b, "outdated", outdated);
    json_builder_end_object(b);
    verdict_clear(&v);
    return json_builder_get_root(b);
}

/* --- for people ------------------------------------------------------------------------ */

/* In the order of the page; what is null or empty is left out.  Our own words are shown in the
 * reader's language; what others wrote into the directory, and words that are typed, never are. */
static const struct {
    const char *member;
    const char *label;
    bool english;
} lines[] = {
    {"uuid", N_("UUID"), false},
    {"dn", N_("entry"), false},
    {"type", N_("type"), true},
    {"problem", N_("malformed"), true},
    {"status", N_("status"), true},
    {"since", N_("since"), false},
    {"why", N_("why"), true},
    {"outdated", N_("outdated"), true},
    {"stale", N_("stale"), true},
    {"stale_since", N_("stale since"), false},
    {"alarms", N_("alarms"), true},
    {"details", N_("details"), false},
    {"node", N_("seen on"), false},
    {"home", N_("belongs to"), false},
    {"migrates_to", N_("migrates to"), false},
    {"mode", N_("mode"), true},
    {"meant_to", N_("meant to be"), true},
    {"requested", N_("requested"), false},
    {"requested_since", N_("asked at"), false},
    {"backups", N_("backups"), false},
    {"streams_to", N_("streams to"), false},
    {"opennebula", N_("OpenNebula"), false},
    {"actions", N_("may"), false},
    {"denied", N_("may not"), false},
};

/* Of the longest one, in the reader's language. */
static unsigned
label_width(void)
{
    unsigned width = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        width = MAX(width, text_width(_(lines[i].label)));
    return width;
}

static void
print_line(const char *label, const char *text, bool english)
{
    /* details are names, but for the last line of many */
    bool ours = english || details_is_more(text);
    g_autofree char *translated = ours ? text_of(text) : g_strdup(text);
    g_autofree char *clean = cli_printable(translated, G_MAXUINT);

    printf("  %s", label);
    for (unsigned width = text_width(label); width < label_width(); width++)
        putchar(' ');
    printf(" %s\n", clean);
}

static char *
backup_line(JsonObject *o)
{
    const char *mode = json_object_get_string_member_with_default(o, "mode", NULL);
    const char *returned = json_object_get_string_member_with_default(o, "returned", NULL);
    g_autofree char *end = returned != NULL ? g_strdup_printf(_("returned %s"), returned) : NULL;

    return g_strdup_printf("%s %s%s%s",
                           json_object_get_string_member_with_default(o, "stamp", "?"),
                           mode != NULL ? mode : _("without a mode"), end != NULL ? ", " : "",
                           end != NULL ? end : "");
}

static void
print_object(const char *label, JsonObject *o)
{
    g_autoptr(GList) members = json_object_get_members(o);

    for (GList *m = members; m != NULL; m = m->next) {
        g_autofree char *why
            = text_of(json_object_get_string_member_with_default(o, m->data, ""));
        g_autofree char *line = g_strdup_printf("%s: %s", (const char *)m->data, why);
        print_line(label, line, false);
        label = "";
    }
}

static void
print_array(const char *label, JsonArray *array, bool english)
{
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *n = json_array_get_element(array, i);
        g_autofree char *line = JSON_NODE_HOLDS_OBJECT(n) ? backup_line(json_node_get_object(n))
                                                          : json_node_dup_string(n);
        print_line(i == 0 ? label : "", line, english);
    }
}

/* All on one line. */
static void
print_words(const char *label, JsonArray *array)
{
    GString *words = g_string_new(NULL);

    for (guint i = 0; i < json_array_get_length(array); i++)
        g_string_append_printf(words, "%s%s", i > 0 ? " " : "",
                               json_array_get_string_element(array, i));
    if (words->len > 0)
        print_line(label, words->str, false);
    g_string_free(words, TRUE);
}

/* A mode that nobody knows is somebody's own word. */
static bool
is_english(size_t line, JsonNode *n)
{
    enum mode mode;

    return lines[line].english
           && (strcmp(lines[line].member, "mode") != 0 || mode_parse(json_node_get_string(n), &mode));
}

static void
print_text(JsonObject *o)
{
    const char *name = json_object_get_string_member_with_default(o, "name", NULL);

    print_line(_("name"), name != NULL ? name : _("(none)"), false);
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        JsonNode *n = json_object_get_member(o, lines[i].member);
        if (json_node_is_null(n))
            continue;
        if (JSON_NODE_HOLDS_OBJECT(n))
            print_object(_(lines[i].label), json_node_get_object(n));
        else if (JSON_NODE_HOLDS_ARRAY(n) && strcmp(lines[i].member, "actions") == 0)
            print_words(_(lines[i].label), json_node_get_array(n));
        else if (JSON_NODE_HOLDS_ARRAY(n))
            print_array(_(lines[i].label), json_node_get_array(n), lines[i].english);
        else
            print_line(_(lines[i].label), json_node_get_string(n), is_english(i, n));
    }
}

/* --- the command ------------------------------------------------------------------------- */

static int
show_each(const struct finder *f, const struct config *config, void *data)
{
    const struct show_options *o = data;
    g_autoptr(JsonNode) root = json_node_init_array(json_node_alloc(), json_array_new());
    g_autoptr(GError) failure = NULL;
    g_autofree char *outdated = NULL;
    int code = EXIT_WELL;

    if (!finder_outdated(f, g_get_real_time() / G_USEC_PER_SEC, config->limits.memory_gap,
                         &outdated, &failure))
        return finder_failed(failure);

    for (char **name = o->names; *name != NULL; name++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) entries = NULL;
        struct vm_entry *vm = finder_find(f, *name, &entries, &error);
        if (vm == NULL) {
            code = finder_failed(error);
            if (code == EXIT_DIRECTORY)
                return code;
            continue;
        }
        JsonNode *shown = as_json(vm, outdated);
        if (!o->json) {
            if (name != o->names)
                putchar('\n');
            print_text(json_node_get_object(shown));
        }
        json_array_add_element(json_node_get_array(root), shown);
    }
    if (o->json)
        report_print(g_steal_pointer(&root), true);
    return cli_flush() ? code : EXIT_FAILED;
}

int
command_show(int argc, char **argv)
{
    struct show_options o = {0};
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config, N_("Configuration file"), N_("FILE")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o.json, N_("Print a JSON array"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (cli_options(&argc, &argv, N_("VM..."),
                    N_("Shows everything the directory says about virtual machines or templates: UUID\n"
                    "or its beginning, DN or display name."),
                    N_("Exit status: 0 done, 1 failed, 2 usage, configuration or no such VM, 5 the\n"
                    "directory cannot be used."),
                    entries, &code)) {
        o.names = argv + 1;
        if (argc < 2) {
            cli_error("show takes a VM, or several");
            code = EXIT_USAGE;
        } else {
            code = finder_run(o.config, show_each, &o);
        }
    }
    g_free(o.config);
    return code;
}
