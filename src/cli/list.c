/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync list: the published statuses, read from the directory alone.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/table.h"

#include "core/actions.h"
#include "directory/connection.h"
#include "directory/from_config.h"
#include "directory/read.h"
#include "engine/entry-data.h"
#include "engine/timestamp.h"

#include <string.h>

struct list_options {
    char *config;
    char **states;
    char **nodes;
    char **alarms; /* "any" = whatever alarm */
    gboolean stale;
    gboolean json;
    gboolean csv;
};

static bool
has_word(char **words, const char *word)
{
    for (; *words != NULL; words++) {
        if (g_ascii_strcasecmp(*words, word) == 0)
            return true;
    }
    return false;
}

/* State words in any case, with the synonyms; "none" = no status yet. */
static bool
state_wanted(char **words, const struct published *p)
{
    for (; *words != NULL; words++) {
        enum state state;
        if (g_ascii_strcasecmp(*words, "none") == 0 ? !p->known
                                                    : state_parse(*words, &state) && p->known
                                                          && state == (enum state)p->state)
            return true;
        if (p->text != NULL && g_ascii_strcasecmp(*words, p->text) == 0)
            return true;
    }
    return false;
}

static bool
alarm_wanted(char **words, char **alarms)
{
    for (; alarms != NULL && *alarms != NULL; alarms++) {
        g_autofree char *id = g_strndup(*alarms, strcspn(*alarms, ":"));
        if (has_word(words, id) || has_word(words, "any"))
            return true;
    }
    return false;
}

static bool
is_wanted(const struct list_options *o, const struct vm_entry *vm)
{
    const struct published *p = &vm->pub;

    if (vm->kind == KIND_PROFILE)
        return false;
    if (o->states != NULL && !state_wanted(o->states, p))
        return false;
    if (o->nodes != NULL && !(p->node != NULL && has_word(o->nodes, p->node))
        && !(vm->home != NULL && has_word(o->nodes, vm->home)))
        return false;
    if (o->stale && !p->has_stale_since)
        return false;
    return o->alarms == NULL || alarm_wanted(o->alarms, p->alarms);
}

static char *
time_text(gint64 seconds)
{
    if (seconds < 0)
        return NULL;
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(seconds);
    return g_date_time_format(t, "%Y-%m-%dT%H:%M:%SZ");
}

static char *
actions_text(unsigned actions)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        if (actions & ACTION_BIT(a))
            g_ptr_array_add(names, (gpointer)(gintptr)action_name((enum action)a));
    }
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

enum column {
    COLUMN_NAME,
    COLUMN_STATUS,
    COLUMN_NODE,
    COLUMN_SINCE,
    COLUMN_STALE,
    COLUMN_ALARMS,
    COLUMN_KIND,
    COLUMN_UUID,
    COLUMN_ACTIONS,
    COLUMN_REASON,
    COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [COLUMN_NAME] = {"name", true},     [COLUMN_STATUS] = {"status", true},
    [COLUMN_NODE] = {"node", true},     [COLUMN_SINCE] = {"since", true},
    [COLUMN_STALE] = {"stale", true},   [COLUMN_ALARMS] = {"alarms", true},
    [COLUMN_KIND] = {"type", false},    [COLUMN_UUID] = {"uuid", false},
    [COLUMN_ACTIONS] = {"actions", false}, [COLUMN_REASON] = {"reason", false},
};

static void
add_row(struct table *t, const struct vm_entry *vm)
{
    const struct published *p = &vm->pub;
    g_autofree char *since = time_text(p->since);
    g_autofree char *actions = actions_text(p->actions);
    g_autofree char *alarms = p->alarms != NULL ? g_strjoinv("; ", p->alarms) : NULL;
    char uuid[UUID_TEXT_SIZE];
    const char *stale = p->has_stale_since ? "stale" : NULL;

    uuid_format(&vm->uuid, uuid);
    if (p->stale_reason != NULL)
        stale = p->stale_reason;
    const char *cells[COLUMN_COUNT] = {
        [COLUMN_NAME] = vm->name != NULL ? vm->name : uuid,
        [COLUMN_STATUS] = p->text,
        [COLUMN_NODE] = p->node != NULL ? p->node : vm->home,
        [COLUMN_SINCE] = since,
        [COLUMN_STALE] = stale,
        [COLUMN_ALARMS] = alarms,
        [COLUMN_KIND] = vm->kind < KIND_COUNT ? kind_name((enum kind)vm->kind) : NULL,
        [COLUMN_UUID] = vm->valid ? uuid : NULL,
        [COLUMN_ACTIONS] = actions,
        [COLUMN_REASON] = p->reason,
    };
    table_row(t, cells);
}

static gint
by_name(gconstpointer a, gconstpointer b)
{
    const struct vm_entry *va = *(struct vm_entry *const *)a;
    const struct vm_entry *vb = *(struct vm_entry *const *)b;
    int order = g_strcmp0(va->name, vb->name);

    return order != 0 ? order : uuid_compare(&va->uuid, &vb->uuid);
}

static struct directory_snapshot *
read_directory(const struct config *config, GError **error)
{
    CLEANUP(directory_options_free) struct directory_options *where
        = directory_options_from_config(config);
    CLEANUP(directory_connection_close) struct directory_connection *connection
        = directory_connection_open(where, NULL, error);

    return connection == NULL ? NULL : directory_read(connection, where, NULL, NULL, error);
}

static int
print_list(const struct list_options *o, const struct directory_snapshot *snapshot)
{
    g_autoptr(GPtrArray) vms = g_ptr_array_new();
    enum table_format format = o->json ? TABLE_JSON : o->csv ? TABLE_CSV : TABLE_TEXT;
    struct table *t = table_new(columns, COLUMN_COUNT, format);

    for (guint i = 0; i < snapshot->entries->len; i++) {
        struct entry *e = g_ptr_array_index(snapshot->entries, i);
        if (e->type == ENTRY_VM && is_wanted(o, (struct vm_entry *)e))
            g_ptr_array_add(vms, e);
    }
    g_ptr_array_sort(vms, by_name);
    for (guint i = 0; i < vms->len; i++)
        add_row(t, g_ptr_array_index(vms, i));
    table_print(t);
    table_free(t);
    return cli_flush() ? EXIT_WELL : EXIT_FAILED;
}

/* A word no entry can match is a typing mistake. */
static bool
check_words(const struct list_options *o)
{
    for (char **w = o->states; w != NULL && *w != NULL; w++) {
        g_autofree char *word = g_strndup(*w, strcspn(*w, ","));
        enum state state;
        if (g_ascii_strcasecmp(word, "none") != 0 && !state_parse(word, &state)) {
            cli_error("--state: there is no state \"%s\"", *w);
            return false;
        }
    }
    for (char **w = o->alarms; w != NULL && *w != NULL; w++) {
        enum alarm_id alarm;
        if (g_ascii_strcasecmp(*w, "any") != 0 && !alarm_parse(*w, &alarm)) {
            cli_error("--alarm: there is no alarm \"%s\"", *w);
            return false;
        }
    }
    return true;
}

static int
list(struct list_options *o)
{
    g_autoptr(GError) error = NULL;
    int code;

    if (o->json && o->csv) {
        cli_error("--json and --csv exclude each other");
        return EXIT_USAGE;
    }
    if (!check_words(o))
        return EXIT_USAGE;
    config_auto config = cli_config(o->config, &code);
    if (config == NULL)
        return code;
    CLEANUP(directory_snapshot_free) struct directory_snapshot *snapshot
        = read_directory(config, &error);
    if (snapshot == NULL) {
        cli_error("%s", error->message);
        return EXIT_DIRECTORY;
    }
    code = print_list(o, snapshot);
    if (!snapshot->vms.complete) {
        cli_error("the list is not complete: %s",
                  snapshot->vms.why != NULL ? snapshot->vms.why->message : "unknown reason");
        return EXIT_DIRECTORY;
    }
    return code;
}

int
command_list(int argc, char **argv)
{
    struct list_options o = {0};
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config, "Configuration file", "FILE"},
        {"state", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.states,
         "Only this state or status; none: without one (repeatable)", "WORD"},
        {"node", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.nodes, "Only on this node (repeatable)",
         "NODE"},
        {"stale", 0, 0, G_OPTION_ARG_NONE, &o.stale, "Only stale ones", NULL},
        {"alarm", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.alarms,
         "Only with this alarm, or any (repeatable)", "ID"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print JSON", NULL},
        {"csv", 0, 0, G_OPTION_ARG_NONE, &o.csv, "Print CSV (RFC 4180)", NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (cli_options(&argc, &argv, "", "Shows the statuses that are published in the directory.",
                    "Exit status: 0 done, 1 failed, 2 usage or configuration, 5 the directory "
                    "cannot be used.",
                    entries, &code)) {
        if (argc > 1) {
            cli_error("list takes no arguments (\"%s\")", argv[1]);
            code = EXIT_USAGE;
        } else {
            code = list(&o);
        }
    }
    g_free(o.config);
    g_strfreev(o.states);
    g_strfreev(o.nodes);
    g_strfreev(o.alarms);
    return code;
}
