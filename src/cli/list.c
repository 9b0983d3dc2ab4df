/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync list: the published statuses, read from the directory alone.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/list.h"
#include "cli/pause.h"
#include "directory/connection.h"
#include "directory/from_config.h"
#include "directory/read.h"

#include <string.h>

struct list_options {
    char *config;
    char **states;
    char **nodes;
    char **alarms; /* "any" = whatever alarm */
    char *words_typed;
    enum list_words words;
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
    if (o->states != NULL && !list_has_state(o->states, o->words, p))
        return false;
    if (o->nodes != NULL && !(p->node != NULL && has_word(o->nodes, p->node))
        && !(vm->home != NULL && has_word(o->nodes, vm->home)))
        return false;
    if (o->stale && !p->has_stale_since)
        return false;
    return o->alarms == NULL || alarm_wanted(o->alarms, p->alarms);
}

/* A pause is why statuses are old: said beside the list, where there is one. */
static void
tell_pause(struct directory_connection *connection, const struct directory_options *where)
{
    CLEANUP(service_free) struct service *service
        = service_new(connection, where->service_dn, where->lease);
    CLEANUP(service_state_free) struct service_state *state = service_read(service, NULL);
    g_autofree char *text
        = state != NULL ? pause_text(state, g_get_real_time() / G_USEC_PER_SEC) : NULL;

    if (text != NULL)
        cli_error("%s", text);
}

static struct directory_snapshot *
read_directory(const struct config *config, const struct list_options *o, struct list_more *more,
               GError **error)
{
    const struct directory_hooks hooks = {
        .more = list_more_names(o->words),
        .value = list_more_names(o->words) != NULL ? list_more_value : NULL,
        .data = more,
    };

    CLEANUP(directory_options_free) struct directory_options *where
        = directory_options_from_config(config);
    CLEANUP(directory_connection_close) struct directory_connection *connection
        = directory_connection_open(where, NULL, error);

    if (connection == NULL)
        return NULL;
    tell_pause(connection, where);
    return directory_read_with(connection, where, &hooks, error);
}

static int
print_list(const struct list_options *o, const struct directory_snapshot *snapshot,
           const struct list_more *more)
{
    g_autoptr(GPtrArray) vms = g_ptr_array_new();
    enum table_format format = o->json ? TABLE_JSON : o->csv ? TABLE_CSV : TABLE_TEXT;
    struct table *t = list_table(o->words, format);

    for (guint i = 0; i < snapshot->entries->len; i++) {
        struct entry *e = g_ptr_array_index(snapshot->entries, i);
        if (e->type == ENTRY_VM && is_wanted(o, (struct vm_entry *)e))
            g_ptr_array_add(vms, e);
    }
    list_sort(vms, o->words);
    for (guint i = 0; i < vms->len; i++)
        list_row(t, o->words, g_ptr_array_index(vms, i), more,
                 g_get_real_time() / G_USEC_PER_SEC);
    table_print(t);
    table_free(t);
    return cli_flush() ? EXIT_WELL : EXIT_FAILED;
}

/* A word no entry can match is a typing mistake. */
static bool
check_words(struct list_options *o)
{
    if (o->words_typed != NULL
        && (!list_words_parse(o->words_typed, &o->words) || o->words == LIST_USUAL)) {
        cli_error("--words: stoney or opennebula, not \"%s\"", o->words_typed);
        return false;
    }
    for (char **w = o->states; w != NULL && *w != NULL; w++) {
        if (!list_knows_state(*w, o->words)) {
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
    CLEANUP(list_more_free) struct list_more *more = list_more_new();
    CLEANUP(directory_snapshot_free) struct directory_snapshot *snapshot
        = read_directory(config, o, more, &error);
    if (snapshot == NULL) {
        cli_error("%s", error->message);
        return EXIT_DIRECTORY;
    }
    code = print_list(o, snapshot, more);
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
        {"words", 0, 0, G_OPTION_ARG_STRING, &o.words_typed,
         "In the words of stoney (destroy) or opennebula (as onevm list)", "WORDS"},
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
    g_free(o.words_typed);
    g_strfreev(o.states);
    g_strfreev(o.nodes);
    g_strfreev(o.alarms);
    return code;
}
