/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync findings: what a person may want to mend, and how.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/find.h"
#include "cli/look.h"
#include "cli/report.h"
#include "cli/table.h"
#include "engine/findings.h"
#include "text/text.h"

#include <stdio.h>
#include <string.h>

struct findings_options {
    char *config;
    char *state_file;
    char **kinds; /* NULL = all */
    gboolean json;
    gboolean ldif;
};

static const struct table_column columns[] = {
    {.name = N_("finding"), .in_text = true},
    {.name = N_("name"), .in_text = true},
    {.name = N_("mend"), .in_text = true, .kind = TABLE_ENGLISH},
    {.name = N_("what"), .in_text = true, .kind = TABLE_ENGLISH},
};

static bool
is_wanted(char **kinds, const struct finding *f)
{
    for (char **k = kinds; k != NULL && *k != NULL; k++) {
        if (g_ascii_strcasecmp(*k, f->kind) == 0)
            return true;
    }
    return kinds == NULL;
}

static void
print_table(const GArray *findings)
{
    struct table *t = table_new(columns, G_N_ELEMENTS(columns), TABLE_TEXT);

    for (guint i = 0; i < findings->len; i++) {
        const struct finding *f = &g_array_index(findings, struct finding, i);
        const char *cells[] = {f->kind, f->name != NULL ? f->name : f->dn,
                               f->repair != NULL ? "ldif" : N_("by hand"), f->text};
        table_row(t, cells);
    }
    if (findings->len > 0)
        table_print(t);
    else
        puts(_("nothing to mend"));
    table_free(t);
}

/* One line of a comment, whatever it holds. */
static void
print_comment(const char *text)
{
    g_autofree char *clean = cli_printable(text, G_MAXUINT);

    printf("# %s\n", clean);
}

static void
print_ldif(const GArray *findings)
{
    g_autofree char *now = cli_time(g_get_real_time() / G_USEC_PER_SEC);
    g_autofree char *when
        = g_strdup_printf("seen at %s: read it, and apply it soon or look again", now);

    print_comment(when);
    putchar('\n');
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *f = &g_array_index(findings, struct finding, i);
        g_autofree char *what = g_strdup_printf(
            "%s: %s: %s", f->kind, f->name != NULL ? f->name : "(no name)", f->text);
        print_comment(what);
        if (f->repair != NULL) {
            g_autoptr(GString) ldif = g_string_new(NULL);
            change_to_ldif(f->repair, ldif);
            fputs(ldif->str, stdout);
            continue;
        }
        g_autofree char *where = g_strdup_printf("to be mended by hand: %s",
                                                 f->dn != NULL ? f->dn : "no entry");
        print_comment(where);
        putchar('\n');
    }
}

static void
print_json(const GArray *findings)
{
    g_autoptr(JsonBuilder) b = json_builder_new();

    report_add_findings(b, findings);
    report_print(json_builder_get_root(b), true);
}

static int
judged(struct sync *s, struct engine_output *o, void *data, GError **error)
{
    const struct findings_options *options = data;
    g_autoptr(GArray) findings = engine_findings(s->engine, o);

    (void)error;
    for (guint i = findings->len; i > 0; i--) {
        if (!is_wanted(options->kinds, &g_array_index(findings, struct finding, i - 1)))
            g_array_remove_index(findings, i - 1);
    }
    if (options->json)
        print_json(findings);
    else if (options->ldif)
        print_ldif(findings);
    else
        print_table(findings);
    if (!cli_flush())
        return EXIT_FAILED;
    return o->silent_nodes > 0 || o->silent_frontends > 0 ? EXIT_STALE : EXIT_WELL;
}

static int
look(struct findings_options *o)
{
    const struct looker looker = {NULL, judged, o};
    const struct sync_options options = {
        .config = g_steal_pointer(&o->config),
        .state_file = g_steal_pointer(&o->state_file),
        .quiet = o->json || o->ldif,
    };
    g_autoptr(GError) error = NULL;
    int code = look_run(&options, &looker, &error);

    if (error != NULL)
        (void)finder_failed(error);
    return code;
}

static bool
check(const struct findings_options *o, int argc, char **argv)
{
    if (argc > 1) {
        cli_error("findings takes no arguments (\"%s\")", argv[1]);
        return false;
    }
    if (o->json && o->ldif) {
        cli_error("--json and --ldif exclude each other");
        return false;
    }
    for (char **k = o->kinds; k != NULL && *k != NULL; k++) {
        if (!finding_is_kind(*k)) {
            g_autofree char *kinds = finding_kinds();
            cli_error("--kind: there is no finding \"%s\": %s", *k, kinds);
            return false;
        }
    }
    return true;
}

int
command_findings(int argc, char **argv)
{
    struct findings_options o = {0};
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config, N_("Configuration file"), N_("FILE")},
        {"kind", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.kinds,
         N_("Only this kind of finding, such as finished-stream (repeatable)"), N_("KIND")},
        {"state-file", 0, 0, G_OPTION_ARG_FILENAME, &o.state_file,
         N_("Use this state file instead of the configured one"), N_("FILE")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o.json, N_("Print a JSON array"), NULL},
        {"ldif", 0, 0, G_OPTION_ARG_NONE, &o.ldif,
         N_("Print LDIF that mends what can be; the rest as comments"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (cli_options(&argc, &argv, "",
                    N_("Looks at directory, nodes and front-ends as sync does, and shows what a person\n"
                    "may want to mend: markers and thin lists that are left over, backups that hang\n"
                    "or failed, domains without an entry, and the like.  Nothing is written."),
                    N_("Exit status: 0 done, whatever was found; 1 failed; 2 usage or configuration; 3\n"
                    "done, but a node or front-end did not answer: there may be more; 5 the directory\n"
                    "cannot be used."),
                    entries, &code))
        code = check(&o, argc, argv) ? look(&o) : EXIT_USAGE;
    g_free(o.config);
    g_free(o.state_file);
    g_strfreev(o.kinds);
    return code;
}
