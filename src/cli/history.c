/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync history: what a machine was, when, and who changed it, from slapo-accesslog.
 */
#include "config.h"

#include "cli/history.h"

#include "cli/cli.h"
#include "cli/duration.h"
#include "cli/find.h"
#include "cli/past.h"
#include "cli/table.h"
#include "directory/accesslog.h"
#include "directory/examine.h"
#include "directory/result.h"
#include "engine/timestamp.h"
#include "text/text.h"

#include <stdio.h>
#include <string.h>

struct history {
    char *config;
    gboolean json;
    char *since;
    const char *name;
    gint64 from; /* seconds since the epoch; 0 = all */
};

/* --- how to have one ---------------------------------------------------------------------- */

char *
history_how_to(const char *who)
{
    return g_strdup_printf(
        "install -d -m 700 -o openldap -g openldap /var/lib/ldap-log\n"
        "ldapmodify -Q -Y EXTERNAL -H ldapi:/// <<END\n"
        "dn: cn=module{0},cn=config\n"
        "changetype: modify\n"
        "add: olcModuleLoad\n"
        "olcModuleLoad: accesslog\n"
        "\n"
        "dn: olcDatabase=mdb,cn=config\n"
        "changetype: add\n"
        "objectClass: olcDatabaseConfig\n"
        "objectClass: olcMdbConfig\n"
        "olcDatabase: mdb\n"
        "olcSuffix: cn=log\n"
        "olcDbDirectory: /var/lib/ldap-log\n"
        "olcDbMaxSize: 10737418240\n"
        "olcDbIndex: objectClass,entryCSN,reqStart,reqEnd,reqDN,reqResult eq\n"
        "olcAccess: to * by dn.exact=\"%s\" read\n"
        "olcLimits: dn.exact=\"%s\" size.soft=unlimited size.hard=unlimited size.prtotal=unlimited\n"
        "\n"
        "dn: olcOverlay=accesslog,olcDatabase={1}mdb,cn=config\n"
        "changetype: add\n"
        "objectClass: olcOverlayConfig\n"
        "objectClass: olcAccessLogConfig\n"
        "olcOverlay: accesslog\n"
        "olcAccessLogDB: cn=log\n"
        "olcAccessLogOps: writes\n"
        "olcAccessLogSuccess: TRUE\n"
        "olcAccessLogOld: (objectClass=sstVirtualizationVirtualMachine)\n"
        "olcAccessLogPurge: 30+00:00 1+00:00\n"
        "END",
        who != NULL ? who : "OUR DN", who != NULL ? who : "OUR DN");
}

/* --- telling --------------------------------------------------------------------------------- */

static const struct table_column columns[] = {
    {N_("time"), true, TABLE_TIME},   {N_("what"), true, TABLE_ENGLISH},
    {N_("old"), true, TABLE_WORDS},   {N_("new"), true, TABLE_WORDS},
    {N_("who"), true, TABLE_WORDS},   {N_("why"), true, TABLE_ENGLISH},
};

/* A value as it is shown: our own words in the reader's language, what others wrote as it is. */
static char *
shown(const struct past_row *row, const char *value, const char *none)
{
    if (value == NULL)
        return text_of(none);
    return past_is_ours(row) ? text_of(value) : g_strdup(value);
}

static void
print_rows(const GArray *rows, bool json)
{
    struct table *t = table_new(columns, G_N_ELEMENTS(columns), json ? TABLE_JSON : TABLE_TEXT);

    for (guint i = 0; i < rows->len; i++) {
        const struct past_row *row = &g_array_index(rows, struct past_row, i);
        g_autofree char *time = cli_time(row->time_us / G_USEC_PER_SEC);
        g_autofree char *who = json ? g_strdup(row->who) : past_who(row->who);
        g_autofree char *old
            = json ? g_strdup(row->old) : shown(row, row->old, row->known ? N_("none") : "?");
        g_autofree char *new = json ? g_strdup(row->new) : shown(row, row->new, N_("none"));
        const char *const cells[] = {time, row->what, old, new, who, row->why};
        table_row(t, cells);
    }
    table_print(t);
    table_free(t);
}

static void
print_chart(const GArray *rows)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const char *charset;
    unsigned width = 0;

    if (!cli_stdout_width(&width))
        return;
    past_chart(rows, g_get_real_time(), width > 0 ? width : 80, !g_get_charset(&charset), out);
    fputs(out->str, stdout);
}

/* --- the command --------------------------------------------------------------------------------- */

/* "2d": so long ago; "2026-11-26" or "2026-11-26T08:00:00Z": since then. */
static bool
parse_since(const char *text, gint64 now, gint64 *from)
{
    g_autofree char *midnight = g_strconcat(text, "T00:00:00Z", NULL);
    int64_t seconds;

    if (duration_parse(text, &seconds)) {
        *from = now - seconds;
        return true;
    }
    *from = timestamp_parse_rfc3339(text);
    if (*from < 0)
        *from = timestamp_parse_rfc3339(midnight);
    return *from >= 0;
}

/* The DN that is meant: of an entry that is there, or may have been.  NULL and *code. */
static char *
find_dn(const struct finder *f, const char *name, int *code)
{
    g_autoptr(GPtrArray) entries = NULL;
    g_autoptr(GError) error = NULL;
    const struct vm_entry *vm = finder_find(f, name, &entries, &error);
    char *dn = vm != NULL ? g_strdup(vm->base.dn) : NULL;

    if (vm == NULL && g_error_matches(error, FIND_ERROR, FIND_NOT_FOUND))
        dn = finder_dn(f, name);
    if (dn == NULL)
        *code = finder_failed(error);
    return dn;
}

static char *
our_dn(const struct finder *f)
{
    g_autofree char *who = examine_whoami(f->connection, NULL);

    return who != NULL && g_str_has_prefix(who, "dn:") ? g_strdup(who + 3) : NULL;
}

static int
no_log(const struct finder *f, const GError *error)
{
    g_autofree char *who = our_dn(f);
    g_autofree char *how = history_how_to(who);

    if (directory_error_class(error) == DIRECTORY_DENIED)
        cli_error("%s: its administrator has to let \"%s\" read it (olcAccess of that database), and "
                  "[directory] accesslog may name another one",
                  error->message, who != NULL ? who : "us");
    else if (directory_error_class(error) == DIRECTORY_ABSENT)
        cli_error("%s; its administrator turns it on so (your database in place of {1}mdb):\n%s",
                  error->message, how);
    else
        return finder_failed(error);
    return EXIT_DIRECTORY;
}

static int
tell(const struct finder *f, const struct history *h, const char *log, const char *dn)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) cut = NULL;
    g_autoptr(GPtrArray) changes
        = accesslog_read(f->connection, log, dn, h->from, f->where->page_size, &cut, &error);

    if (changes == NULL && directory_error_class(error) == DIRECTORY_ABSENT) {
        cli_error("the log of changes \"%s\" is not there, or we may not read it: olcAccess of its "
                  "database has to let us, or [directory] accesslog names another one",
                  log);
        return EXIT_DIRECTORY;
    }
    if (changes == NULL)
        return finder_failed(error);
    if (cut != NULL)
        cli_error("%s, so this is not all: ask for less by --since", cut->message);
    g_autoptr(GArray) rows = past_rows(changes);
    if (rows->len == 0 && !h->json && h->from > 0)
        cli_error("the log below \"%s\" has nothing about \"%s\" since then", log, h->name);
    else if (rows->len == 0 && !h->json)
        cli_error("the log below \"%s\" has nothing about \"%s\"", log, h->name);
    if (!h->json)
        print_chart(rows);
    if (rows->len > 0 || h->json)
        print_rows(rows, h->json);
    return cli_flush() ? EXIT_WELL : EXIT_FAILED;
}

static int
look_back(const struct finder *f, const struct config *config, void *data)
{
    const struct history *h = data;
    g_autoptr(GError) error = NULL;
    int code = EXIT_WELL;
    g_autofree char *dn = find_dn(f, h->name, &code);
    g_autofree char *log = NULL;

    if (dn == NULL)
        return code;
    log = config->directory.accesslog != NULL
              ? g_strdup(config->directory.accesslog)
              : accesslog_find(f->connection, f->where->base, &error);
    return log != NULL ? tell(f, h, log, dn) : no_log(f, error);
}

int
command_history(int argc, char **argv)
{
    struct history h = {0};
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &h.config, N_("Configuration file"), N_("FILE")},
        {"since", 0, 0, G_OPTION_ARG_STRING, &h.since, N_("Only since then: 2d, 12h, 2026-11-26"), N_("TIME")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &h.json, N_("Print a JSON array"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (cli_options(&argc, &argv, N_("VM"),
                    N_("Shows what a virtual machine or template was, since when, why, and who changed "
                    "it:\nUUID or its beginning, DN or display name."),
                    N_("It reads the log of changes that slapo-accesslog keeps; one that was deleted is\n"
                    "named by UUID or DN.\n"
                    "Exit status: 0 done, 1 failed, 2 usage, configuration or no such VM, 5 the\n"
                    "directory cannot be used, or keeps no log that we may read."),
                    entries, &code)) {
        h.name = argc == 2 ? argv[1] : NULL;
        if (h.name == NULL) {
            cli_error("history takes one VM");
            code = EXIT_USAGE;
        } else if (h.since != NULL
                   && !parse_since(h.since, g_get_real_time() / G_USEC_PER_SEC, &h.from)) {
            cli_error("--since takes a time such as 2d, 12h, 2026-11-26 or 2026-11-26T08:00:00Z, not "
                      "\"%s\"",
                      h.since);
            code = EXIT_USAGE;
        } else {
            cli_only_prints();
            code = finder_run(h.config, look_back, &h);
        }
    }
    g_free(h.config);
    g_free(h.since);
    return code;
}
