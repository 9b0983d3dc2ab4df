/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync report --html: the status board as a page in a file, read from the
 * directory alone.
 */
#include "config.h"

#include "board/languages.h"
#include "board/page.h"
#include "cli/board-past.h"
#include "cli/cli.h"
#include "cli/find.h"
#include "directory/dn.h"
#include "directory/read.h"
#include "engine/entry-data.h"
#include "text/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct report_options {
    char *config;
    gboolean html;
    const char *file; /* NULL: stdout */
};

/* What locks a machine stands in its backups. */
static void
join_backups(const GPtrArray *entries)
{
    g_autoptr(GHashTable) vms = g_hash_table_new(dn_hash, dn_equal);

    for (guint i = 0; i < entries->len; i++) {
        struct entry *e = g_ptr_array_index(entries, i);
        if (e->type == ENTRY_VM)
            g_hash_table_insert(vms, e->dn, e);
    }
    for (guint i = 0; i < entries->len; i++) {
        struct entry *e = g_ptr_array_index(entries, i);
        const char *parent = e->type == ENTRY_BACKUP ? dn_parent(e->dn, 2) : NULL;
        struct vm_entry *vm = parent != NULL ? g_hash_table_lookup(vms, parent) : NULL;
        if (vm == NULL)
            continue;
        if (vm->backups == NULL)
            vm->backups = g_ptr_array_new();
        ((struct backup_entry *)e)->vm = vm;
        g_ptr_array_add(vm->backups, e);
    }
}

static struct board *
read_board(const struct finder *f, const struct config *config, GError **error)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    g_autofree char *outdated = NULL;

    if (!finder_outdated(f, now, config->limits.memory_gap, &outdated, error))
        return NULL;
    CLEANUP(directory_snapshot_free) struct directory_snapshot *s
        = directory_read(f->connection, f->where, NULL, NULL, error);
    if (s == NULL)
        return NULL;
    if (!s->vms.complete || !s->nodes.complete) {
        const GError *why = s->vms.complete ? s->nodes.why : s->vms.why;
        g_propagate_prefixed_error(error, g_error_copy(why),
                                   "the directory could not be read completely, no page is made: ");
        return NULL;
    }
    join_backups(s->entries);
    CLEANUP(board_unref) struct board *b = board_new(f->where->base, now);
    board_add_notice(b, outdated);
    board_add_entries(b, s->entries);
    board_past_add(b, f, config);
    return g_steal_pointer(&b);
}

/* Made anew beside the old one and renamed, so that nobody ever reads half a page. */
static int
write_file(const char *path, const GString *text)
{
    g_autoptr(GError) error = NULL;

    if (g_file_set_contents_full(path, text->str, (gssize)text->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error))
        return EXIT_WELL;
    cli_error("the page cannot be written, the one before stays: %s", error->message);
    return EXIT_FAILED;
}

static int
write_out(const struct report_options *o, const GString *text)
{
    if (o->file != NULL)
        return write_file(o->file, text);
    cli_only_prints();
    (void)fwrite(text->str, 1, text->len, stdout);
    return cli_flush() ? EXIT_WELL : EXIT_FAILED;
}

static int
report(const struct finder *f, const struct config *config, void *data)
{
    CLEANUP(board_languages_free) struct board_languages *languages = board_languages_new();
    const struct catalog *ours = text_catalog();
    struct board_page page
        = {.language = board_languages_find(languages, ours != NULL ? catalog_language(ours) : NULL)};
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    CLEANUP(board_unref) struct board *b = read_board(f, config, &error);

    if (b == NULL)
        return finder_failed(error);
    page.languages = board_languages_list(languages, &page.n_languages);
    board_render(b, &page, text);
    return write_out(data, text);
}

/* What is no file would be replaced, too. */
static bool
take_file(struct report_options *o, const char *path)
{
    struct stat st;

    if (strcmp(path, "-") == 0)
        return true;
    o->file = path;
    if (path[0] == '\0')
        cli_error("the name of the file is empty");
    else if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
        cli_error("%s is not a regular file", path);
    else
        return true;
    return false;
}

int
command_report(int argc, char **argv)
{
    struct report_options o = {0};
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config, N_("Configuration file"), N_("FILE")},
        {"html", 0, 0, G_OPTION_ARG_NONE, &o.html, N_("A page for browsers"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (cli_options(&argc, &argv, N_("[FILE]"),
                    N_("Writes the status board, which shows all machines and nodes, as one page into\n"
                       "FILE; without it, or where it is -, on the standard output."),
                    N_("Exit status: 0 done, 1 failed, 2 usage or configuration, 5 the directory\n"
                       "cannot be used."),
                    entries, &code)) {
        code = EXIT_USAGE;
        if (!o.html)
            cli_error("report needs --html, there is no other form");
        else if (argc > 2)
            cli_error("report writes one file, there are several (\"%s\")", argv[2]);
        else if (argc < 2 || take_file(&o, argv[1]))
            code = finder_run(o.config, report, &o);
    }
    g_free(o.config);
    return code;
}
