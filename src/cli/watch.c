/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync watch: each change of a status, as it is written.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/find.h"
#include "cli/follow.h"
#include "cli/report.h"
#include "engine/engine.h"
#include "text/text.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct watching {
    char *config;
    gboolean json;
    char **names;      /* VMs that are meant; empty = all */
    GHashTable *only;  /* their UUIDs as text; NULL = all */
    GHashTable *shown; /* DN to struct shown */
    GHashTable *nodes; /* name to reachable (1, 0 or -1), plus 2 */
    bool live;         /* the first list is complete: from now on differences are news */
    const char *arrow;
    guint reader;      /* waits for the end of who reads */
    struct follow *follow;
};

/* What was shown of a machine. */
struct shown {
    char *uuid;
    char *name;
    char *status; /* with ", stale"; NULL = none yet */
    char *alarms; /* their ids; NULL = none */
};

static void
shown_free(gpointer data)
{
    struct shown *s = data;

    g_free(s->uuid);
    g_free(s->name);
    g_free(s->status);
    g_free(s->alarms);
    g_free(s);
}

/* --- in words -------------------------------------------------------------------------- */

static char *
alarms_of(const struct published *p)
{
    GString *ids = g_string_new(NULL);

    for (char **a = p->alarms; a != NULL && *a != NULL; a++) {
        g_string_append(ids, ids->len > 0 ? " " : "");
        g_string_append_len(ids, *a, (gssize)strcspn(*a, ":"));
    }
    return g_string_free(ids, ids->len == 0);
}

static struct shown *
shown_of(const struct vm_entry *vm)
{
    struct shown *s = g_new0(struct shown, 1);
    char uuid[UUID_TEXT_SIZE];

    uuid_format(&vm->uuid, uuid);
    s->uuid = vm->valid ? g_strdup(uuid) : NULL;
    s->name = g_strdup(vm->name != NULL ? vm->name : vm->valid ? uuid : vm->base.dn);
    if (vm->pub.text != NULL)
        s->status = g_strconcat(vm->pub.text, vm->pub.has_stale_since ? ", stale" : NULL, NULL);
    s->alarms = alarms_of(&vm->pub);
    return s;
}

/* Who reads is gone, or the disk is full. */
static void
flush(struct watching *w)
{
    if (fflush(stdout) != 0)
        follow_leave(w->follow, EXIT_FAILED);
}

/* Before anything is to be written: on a quiet site that may be hours later. */
static gboolean
on_reader_gone(gint fd, GIOCondition what, gpointer data)
{
    struct watching *w = data;

    (void)fd;
    (void)what;
    w->reader = 0;
    follow_leave(w->follow, EXIT_FAILED);
    return G_SOURCE_REMOVE;
}

/* In the reader's language, for a terminal. */
static char *
own_text(const char *english)
{
    g_autofree char *text = text_of(english);

    return cli_printable(text, G_MAXUINT);
}

/* One line: what it was, what it is, and why. */
static void
tell(struct watching *w, const struct shown *who, const char *old, const char *new,
     const char *alarms, const char *why)
{
    g_autofree char *time = cli_time(g_get_real_time() / G_USEC_PER_SEC);

    if (w->json) {
        g_autoptr(JsonBuilder) b = json_builder_new();
        json_builder_begin_object(b);
        report_add_text(b, "time", time);
        report_add_text(b, "uuid", who->uuid);
        report_add_text(b, "name", who->name);
        report_add_text(b, "old", old);
        report_add_text(b, "new", new);
        report_add_text(b, "alarms", alarms);
        report_add_text(b, "why", why);
        json_builder_end_object(b);
        report_print(json_builder_get_root(b), false);
    } else {
        g_autofree char *name = cli_printable(who->name, G_MAXUINT);
        g_autofree char *text = own_text(why != NULL ? why : "");
        g_autofree char *ids = alarms != NULL ? cli_printable(alarms, G_MAXUINT) : NULL;
        g_autofree char *from = own_text(old != NULL ? old : N_("none"));
        g_autofree char *to = own_text(new != NULL ? new : N_("none"));
        printf("%s  %s  %s %s %s%s%s%s%s%s\n", time, name, from, w->arrow, to,
               ids != NULL ? " [" : "", ids != NULL ? ids : "", ids != NULL ? "]" : "",
               *text != '\0' ? "  " : "", text);
    }
    flush(w);
}

/* --- what happens ------------------------------------------------------------------------- */

static bool
is_meant(const struct watching *w, const struct vm_entry *vm)
{
    char uuid[UUID_TEXT_SIZE];

    if (vm->kind == KIND_PROFILE)
        return false;
    uuid_format(&vm->uuid, uuid);
    return w->only == NULL || g_hash_table_contains(w->only, uuid);
}

static const char *
why_of(const struct published *p)
{
    return p->has_stale_since && p->stale_reason != NULL ? p->stale_reason : p->reason;
}

static void
on_vm(const struct vm_entry *vm, bool refreshing, void *data)
{
    struct watching *w = data;

    (void)refreshing;
    if (!is_meant(w, vm))
        return;
    struct shown *new = shown_of(vm);
    const struct shown *old = g_hash_table_lookup(w->shown, vm->base.dn);
    bool differs = old == NULL || g_strcmp0(old->status, new->status) != 0
                   || g_strcmp0(old->alarms, new->alarms) != 0;
    if (w->live && differs)
        tell(w, new, old != NULL ? old->status : NULL, new->status, new->alarms,
             why_of(&vm->pub));
    g_hash_table_replace(w->shown, g_strdup(vm->base.dn), new);
}

static void
on_gone(const char *dn, void *data)
{
    struct watching *w = data;
    const struct shown *old = g_hash_table_lookup(w->shown, dn);

    if (old == NULL)
        return;
    tell(w, old, old->status, N_("gone"), NULL, N_("its entry was deleted"));
    g_hash_table_remove(w->shown, dn);
}

static void
on_node(const struct node_entry *n, void *data)
{
    static const char *const words[] = {NULL, N_("not reachable"), N_("reachable")};
    struct watching *w = data;

    if (n->name == NULL || w->only != NULL)
        return;
    int known = GPOINTER_TO_INT(g_hash_table_lookup(w->nodes, n->name));
    int now = n->reachable + 2;
    g_hash_table_replace(w->nodes, g_strdup(n->name), GINT_TO_POINTER(now));
    if (!w->live || known == now)
        return;
    const struct shown who = {.name = n->name};
    tell(w, &who, known == 0 ? NULL : words[known - 1], words[now - 1], NULL, n->reason);
}

static void
on_live(void *data)
{
    struct watching *w = data;

    if (!w->live && !w->json && cli_on_terminal())
        cli_error("watching %u VMs and templates", g_hash_table_size(w->shown));
    w->live = true;
}

/* --- the command ------------------------------------------------------------------------------ */

static int
find_each(struct watching *w, const struct finder *f)
{
    w->only = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (char **name = w->names; *name != NULL; name++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) entries = NULL;
        char uuid[UUID_TEXT_SIZE];
        const struct vm_entry *vm = finder_find(f, *name, &entries, &error);
        if (vm == NULL || !finder_check(vm, &error))
            return finder_failed(error);
        uuid_format(&vm->uuid, uuid);
        g_hash_table_add(w->only, g_strdup(uuid));
    }
    return EXIT_WELL;
}

/* One machine alone is all the server has to tell of. */
static const char *
only_one(const struct watching *w)
{
    GHashTableIter iter;
    gpointer uuid = NULL;

    if (w->only == NULL || g_hash_table_size(w->only) != 1)
        return NULL;
    g_hash_table_iter_init(&iter, w->only);
    (void)g_hash_table_iter_next(&iter, &uuid, NULL);
    return uuid;
}

static int
stay(const struct finder *f, const struct config *config, void *data)
{
    struct watching *w = data;
    const struct follower follower = {
        .vm = on_vm, .node = on_node, .gone = on_gone, .live = on_live, .data = w};
    const char *charset;
    (void)config;
    int code = *w->names != NULL ? find_each(w, f) : EXIT_WELL;

    if (code != EXIT_WELL)
        return code;
    w->arrow = g_get_charset(&charset) ? "\u2192" : "->";
    w->shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, shown_free);
    w->nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    w->follow = follow_new(f->where, only_one(w), &follower);
    w->reader = g_unix_fd_add(STDOUT_FILENO, G_IO_ERR, on_reader_gone, w);
    code = follow_run(w->follow);
    if (w->reader != 0)
        g_source_remove(w->reader);
    follow_free(w->follow);
    g_hash_table_unref(w->shown);
    g_hash_table_unref(w->nodes);
    return code;
}

int
command_watch(int argc, char **argv)
{
    struct watching w = {0};
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &w.config, N_("Configuration file"), N_("FILE")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &w.json, N_("Print one JSON object a line"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (cli_options(&argc, &argv, N_("[VM...]"),
                    N_("Prints a line for each change of a status: when, who, what it was, what it is,\n"
                    "and why; of all, or of these virtual machines and templates."),
                    N_("It stays until it is interrupted, and goes on when the directory comes back.\n"
                    "Exit status: 130 interrupted, 1 the output cannot be written, 2 usage,\n"
                    "configuration or no such VM, 5 the directory cannot be used."),
                    entries, &code)) {
        w.names = argv + 1;
        code = finder_run(w.config, stay, &w);
    }
    if (w.only != NULL)
        g_hash_table_unref(w.only);
    g_free(w.config);
    return code;
}
