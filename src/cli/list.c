/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync list: the published statuses, read from the directory alone.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/find.h"
#include "cli/list-filter.h"
#include "cli/list.h"
#include "cli/pause.h"
#include "directory/from_config.h"
#include "directory/read.h"
#include "directory/result.h"

#include <stdio.h>

struct list_options {
    char *config;
    char **names; /* VMs that are meant; empty = all */
    char *words_typed;
    char *columns;
    char *sort;
    struct list_filter filter;
    gboolean count;
    gboolean json;
    gboolean json_lines;
    gboolean csv;
};

static enum table_format
format_of(const struct list_options *o)
{
    return o->json         ? TABLE_JSON
           : o->json_lines ? TABLE_JSON_LINES
           : o->csv        ? TABLE_CSV
                           : TABLE_TEXT;
}

/* --- reading ------------------------------------------------------------------------------- */

/* A pause is why statuses are old: said beside the list, where there is one. */
static void
tell_pause(const struct finder *f)
{
    CLEANUP(service_free) struct service *service
        = service_new(f->connection, f->where->service_dn, f->where->lease);
    CLEANUP(service_state_free) struct service_state *state = service_read(service, NULL);
    g_autofree char *text
        = state != NULL ? pause_text(state, g_get_real_time() / G_USEC_PER_SEC) : NULL;

    if (text != NULL)
        cli_error("%s", text);
}

/* Pools by their display names. */
static bool
find_pools(const struct finder *f, struct list_filter *filter, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);

    for (char **name = filter->pools; name != NULL && *name != NULL; name++) {
        g_auto(GStrv) found = finder_pools(f, *name, error);
        if (found == NULL)
            return false;
        for (char **uuid = found; *uuid != NULL; uuid++)
            g_ptr_array_add(all, g_strdup(*uuid));
    }
    if (filter->pools == NULL)
        return true;
    g_ptr_array_add(all, NULL);
    g_strfreev(filter->pools);
    filter->pools = g_strdupv((char **)all->pdata);
    return true;
}

/* What keeps the list empty although everything was read. */
static bool
check_rights(const struct finder *f, const struct directory_snapshot *s, GError **error)
{
    bool any_vm = false;

    for (guint i = 0; i < s->entries->len; i++) {
        struct entry *e = g_ptr_array_index(s->entries, i);
        if (e->type != ENTRY_VM)
            continue;
        if (((struct vm_entry *)e)->pub.text != NULL)
            return true;
        any_vm = true;
    }
    if (any_vm || s->entries->len > 0) {
        cli_error(any_vm ? "nothing has a status yet: no pass was completed (statesync sync), or the "
                           "identity of section [directory] may not read it"
                         : "no virtual machine or template is there, or the identity of section "
                           "[directory] may not read them");
        return true;
    }
    directory_error_set(error, LDAP_INSUFFICIENT_ACCESS, NULL, NULL,
                "\"%s\" shows neither machines nor nodes (is base in section [directory] right?)",
                f->where->base);
    return false;
}

static struct directory_snapshot *
read_directory(const struct finder *f, struct list_options *o, struct list_more *more,
               GError **error)
{
    const struct directory_hooks hooks = {
        .more = list_more_names(more),
        .value = list_more_names(more) != NULL ? list_more_value : NULL,
        .data = more,
    };

    tell_pause(f);
    if (!find_pools(f, &o->filter, error))
        return NULL;
    CLEANUP(directory_snapshot_free) struct directory_snapshot *s
        = directory_read_with(f->connection, f->where, &hooks, error);
    if (s == NULL || !check_rights(f, s, error))
        return NULL;
    return g_steal_pointer(&s);
}

/* --- which ------------------------------------------------------------------------------------ */

/* Those that are named, or all. */
static bool
choose(const struct list_options *o, const GPtrArray *entries, GPtrArray *out, GError **error)
{
    for (char **name = o->names; *name != NULL; name++) {
        struct vm_entry *vm = find_among(entries, *name, error);
        if (vm == NULL)
            return false;
        if (!g_ptr_array_find(out, vm, NULL))
            g_ptr_array_add(out, vm);
    }
    for (guint i = 0; *o->names == NULL && i < entries->len; i++) {
        struct entry *e = g_ptr_array_index(entries, i);
        if (e->type == ENTRY_VM)
            g_ptr_array_add(out, e);
    }
    return true;
}

static GPtrArray *
select_vms(const struct list_options *o, const GPtrArray *entries, const struct list_more *more,
           GError **error)
{
    g_autoptr(GPtrArray) candidates = g_ptr_array_new();
    g_autoptr(GPtrArray) vms = g_ptr_array_new();

    if (!choose(o, entries, candidates, error))
        return NULL;
    for (guint i = 0; i < candidates->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(candidates, i);
        if (list_filter_match(&o->filter, vm, more) && list_shows(o->filter.words, vm))
            g_ptr_array_add(vms, vm);
    }
    list_sort(vms, o->filter.words);
    return g_steal_pointer(&vms);
}

/* --- the command ---------------------------------------------------------------------------- */

static bool
complain_column(const struct table *t, const char *option, const char *wrong)
{
    g_autofree char *names = table_names(t);

    cli_error("--%s: there is no column \"%s\": %s", option, wrong, names);
    return false;
}

/* The table without its rows: it says which attributes are needed. */
static bool
prepare(const struct list_options *o, struct table *t)
{
    g_autofree char *column = o->columns != NULL ? table_choose(t, o->columns) : NULL;
    g_autofree char *key = o->sort != NULL ? table_sort_by(t, o->sort) : NULL;

    if (column != NULL)
        return complain_column(t, "columns", column);
    return key == NULL || complain_column(t, "sort", key);
}

static void
fill(const struct list_options *o, const GPtrArray *vms, const struct list_more *more,
     struct table *t)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;

    if (o->count)
        list_count(t, vms, o->filter.words);
    for (guint i = 0; !o->count && i < vms->len; i++)
        list_row(t, o->filter.words, g_ptr_array_index(vms, i), more, now);
}

static struct list_more *
needed(const struct list_options *o, const struct table *t)
{
    struct list_more *more = list_more_new();

    if (!o->count)
        list_more_need_columns(more, o->filter.words, t);
    if (o->filter.pools != NULL)
        list_more_need(more, LIST_MORE_POOL);
    if (o->filter.customers != NULL)
        list_more_need(more, LIST_MORE_CUSTOMER);
    if (o->filter.resellers != NULL)
        list_more_need(more, LIST_MORE_RESELLER);
    return more;
}

/* Connects, reads, and hangs up: printing may take long.  The exit code. */
static int
read_all(struct list_options *o, const struct config *config, struct list_more *more,
         struct directory_snapshot **out)
{
    g_autoptr(GError) error = NULL;
    struct finder f = {0};

    if (finder_open(&f, config, &error))
        *out = read_directory(&f, o, more, &error);
    finder_close(&f);
    return *out != NULL ? EXIT_WELL : finder_failed(error);
}

static int
list_into(struct list_options *o, struct table *t)
{
    g_autoptr(GError) error = NULL;
    CLEANUP(directory_snapshot_free) struct directory_snapshot *s = NULL;
    CLEANUP(list_more_free) struct list_more *more = needed(o, t);
    int code;
    config_auto config = cli_config(o->config, &code);

    if (config == NULL)
        return code;
    code = read_all(o, config, more, &s);
    if (code != EXIT_WELL)
        return code;
    g_autoptr(GPtrArray) vms = NULL;
    if (!s->nodes.complete || list_filter_check_nodes(&o->filter, s->entries, &error))
        vms = select_vms(o, s->entries, more, &error);
    if (vms == NULL)
        return finder_failed(error);
    fill(o, vms, more, t);
    if (!s->vms.complete)
        cli_error("the list is not complete: %s",
                  s->vms.why != NULL ? s->vms.why->message : "unknown reason");
    cli_only_prints();
    table_print(t);
    if (!cli_flush())
        return EXIT_FAILED;
    return s->vms.complete ? EXIT_WELL : EXIT_DIRECTORY;
}

static int
list(struct list_options *o)
{
    struct list_filter *filter = &o->filter;

    if (o->json + o->json_lines + o->csv > 1) {
        cli_error("--json, --json-lines and --csv exclude each other");
        return EXIT_USAGE;
    }
    if (o->words_typed != NULL
        && (!list_words_parse(o->words_typed, &filter->words) || filter->words == LIST_USUAL)) {
        cli_error("--words: stoney or opennebula, not \"%s\"", o->words_typed);
        return EXIT_USAGE;
    }
    if (!list_filter_check(filter))
        return EXIT_USAGE;
    struct table *t = o->count ? list_count_table(format_of(o))
                               : list_table(filter->words, format_of(o));
    int code = prepare(o, t) ? list_into(o, t) : EXIT_USAGE;
    table_free(t);
    return code;
}

static void
options_clear(struct list_options *o)
{
    char **lists[] = {o->filter.states, o->filter.activities, o->filter.modes,
                      o->filter.types,  o->filter.nodes,      o->filter.pools,
                      o->filter.customers, o->filter.resellers, o->filter.alarms};

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        g_strfreev(lists[i]);
    g_free(o->config);
    g_free(o->words_typed);
    g_free(o->columns);
    g_free(o->sort);
}

int
command_list(int argc, char **argv)
{
    struct list_options o = {0};
    struct list_filter *f = &o.filter;
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config, N_("Configuration file"), N_("FILE")},
        {"state", 0, 0, G_OPTION_ARG_STRING_ARRAY, &f->states, N_("Only this state or status, or none"),
         N_("WORD")},
        {"activity", 0, 0, G_OPTION_ARG_STRING_ARRAY, &f->activities,
         N_("Only with this activity, any or none"), N_("WORD")},
        {"mode", 0, 0, G_OPTION_ARG_STRING_ARRAY, &f->modes,
         N_("Only templates in this mode, unknown or none"), N_("MODE")},
        {"type", 0, 0, G_OPTION_ARG_STRING_ARRAY, &f->types,
         N_("Only vm, persistent, dynamic, template, golden-image or none"), N_("TYPE")},
        {"node", 0, 0, G_OPTION_ARG_STRING_ARRAY, &f->nodes, N_("Only on this node, or at home there"),
         N_("NODE")},
        {"pool", 0, 0, G_OPTION_ARG_STRING_ARRAY, &f->pools, N_("Only of this pool: UUID or name"),
         N_("POOL")},
        {"customer", 0, 0, G_OPTION_ARG_STRING_ARRAY, &f->customers, N_("Only of this customer"),
         N_("UID")},
        {"reseller", 0, 0, G_OPTION_ARG_STRING_ARRAY, &f->resellers, N_("Only of this reseller"),
         N_("UID")},
        {"stale", 0, 0, G_OPTION_ARG_NONE, &f->stale, N_("Only stale ones"), NULL},
        {"alarm", 0, 0, G_OPTION_ARG_STRING_ARRAY, &f->alarms, N_("Only with this alarm, or any"),
         N_("ID")},
        {"count", 0, 0, G_OPTION_ARG_NONE, &o.count, N_("How many have which state"), NULL},
        {"columns", 0, 0, G_OPTION_ARG_STRING, &o.columns, N_("These columns, in this order (? says which there are)"), N_("NAMES")},
        {"sort", 0, 0, G_OPTION_ARG_STRING, &o.sort, N_("By these columns; -NAME: descending"),
         N_("NAMES")},
        {"words", 0, 0, G_OPTION_ARG_STRING, &o.words_typed,
         N_("In the words of stoney (destroy) or opennebula (as onevm list)"), N_("WORDS")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o.json, N_("Print a JSON array"), NULL},
        {"json-lines", 0, 0, G_OPTION_ARG_NONE, &o.json_lines, N_("Print one JSON object a line"),
         NULL},
        {"csv", 0, 0, G_OPTION_ARG_NONE, &o.csv, N_("Print CSV (RFC 4180)"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (cli_options(&argc, &argv, N_("[VM...]"),
                    N_("Shows the statuses that are published in the directory; of all, or of these\n"
                    "virtual machines and templates."),
                    N_("Filters may be repeated: words of one are alternatives, all kinds must hold.\n"
                    "Exit status: 0 done, 1 failed, 2 usage, configuration or no such VM, 5 the\n"
                    "directory cannot be used."),
                    entries, &code)) {
        o.names = argv + 1;
        code = list(&o);
    }
    options_clear(&o);
    return code;
}
