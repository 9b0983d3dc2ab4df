/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync top: an overview that follows the directory.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/find.h"
#include "cli/follow.h"
#include "cli/pause.h"
#include "cli/screen.h"
#include "cli/top-view.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define PAINT_MS 200 /* a crowd of changes is painted once */

struct top {
    char *config;
    bool screen; /* else it is printed once */
    GHashTable *vms;   /* DN to struct top_vm */
    GHashTable *nodes; /* DN to struct top_node */
    struct service_state *service; /* NULL = there is none */
    char *trouble;
    bool complete;
    gint64 limit;
    guint soon; /* paints */
    struct follow *follow;
};

/* --- painting ------------------------------------------------------------------------------ */

static GPtrArray *
values_of(GHashTable *table)
{
    GPtrArray *all = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        g_ptr_array_add(all, value);
    return all;
}

static GString *
view(const struct top *top)
{
    g_autoptr(GPtrArray) vms = values_of(top->vms);
    g_autoptr(GPtrArray) nodes = values_of(top->nodes);
    GString *out = g_string_new(NULL);
    const char *charset;
    struct top_form form = {
        .ascii = !g_get_charset(&charset),
        .colour = top->screen && cli_wants_colour(),
        .now = g_get_real_time() / G_USEC_PER_SEC,
        .limit = top->limit,
    };
    g_autofree char *pause
        = top->service != NULL ? pause_text(top->service, form.now) : NULL;
    const struct top_world world = {
        .vms = vms,
        .nodes = nodes,
        .pass_completed = top->service != NULL ? top->service->pass_completed : 0,
        .pause = pause,
        .trouble = top->trouble,
        .complete = top->complete,
    };

    if (top->screen)
        screen_size(&form.width, &form.height);
    top_view(&world, &form, out);
    return out;
}

static void
paint(struct top *top)
{
    g_autoptr(GString) lines = view(top);

    if (!screen_paint(lines->str))
        follow_leave(top->follow, EXIT_FAILED);
}

static gboolean
on_soon(gpointer data)
{
    struct top *top = data;

    top->soon = 0;
    paint(top);
    return G_SOURCE_REMOVE;
}

static void
paint_soon(struct top *top)
{
    if (top->screen && top->soon == 0)
        top->soon = g_timeout_add(PAINT_MS, on_soon, top);
}

/* Ages grow. */
static gboolean
on_second(gpointer data)
{
    paint(data);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_resize(gpointer data)
{
    screen_forget();
    paint(data);
    return G_SOURCE_CONTINUE;
}

/* --- what happens ----------------------------------------------------------------------------- */

static void
on_vm(const struct vm_entry *vm, bool refreshing, void *data)
{
    struct top *top = data;

    (void)refreshing;
    if (vm->kind != KIND_PROFILE)
        g_hash_table_replace(top->vms, g_strdup(vm->base.dn), top_vm_new(vm));
    paint_soon(top);
}

static void
on_node(const struct node_entry *node, void *data)
{
    struct top *top = data;

    g_hash_table_replace(top->nodes, g_strdup(node->base.dn), top_node_new(node));
    paint_soon(top);
}

static void
on_gone(const char *dn, void *data)
{
    struct top *top = data;

    if (!g_hash_table_remove(top->vms, dn))
        g_hash_table_remove(top->nodes, dn);
    paint_soon(top);
}

static void
on_service(const struct service_state *state, void *data)
{
    struct top *top = data;

    service_state_free(top->service);
    top->service = state != NULL ? service_state_copy(state) : NULL;
    paint_soon(top);
}

static void
on_live(void *data)
{
    struct top *top = data;

    top->complete = true;
    if (top->screen) {
        paint(top);
        return;
    }
    g_autoptr(GString) lines = view(top);
    cli_only_prints();
    fputs(lines->str, stdout);
    follow_leave(top->follow, cli_flush() ? EXIT_WELL : EXIT_FAILED);
}

static void
on_trouble(const char *why, void *data)
{
    struct top *top = data;

    g_free(top->trouble);
    top->trouble = why != NULL ? cli_printable(why, G_MAXUINT) : NULL;
    if (top->screen) {
        paint_soon(top);
    } else if (why != NULL) {
        cli_error("%s", why);
        follow_leave(top->follow, EXIT_DIRECTORY);
    }
}

/* --- keys and signals ------------------------------------------------------------------------- */

#define CTRL(letter) ((letter)-64)

static gboolean
on_key(gint fd, GIOCondition condition, gpointer data)
{
    struct top *top = data;
    char keys[64];
    ssize_t n = read(fd, keys, sizeof(keys));

    (void)condition;
    for (ssize_t i = 0; i < n; i++) {
        if (keys[i] == 'q' || keys[i] == 'Q' || keys[i] == CTRL('D'))
            follow_leave(top->follow, EXIT_WELL);
        else if (keys[i] == CTRL('L'))
            (void)on_resize(top);
    }
    return n > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* The terminal is gone. */
static gboolean
on_hangup(gpointer data)
{
    struct top *top = data;

    follow_leave(top->follow, 128 + SIGHUP);
    return G_SOURCE_CONTINUE;
}

static int
run_on_screen(struct top *top)
{
    if (!screen_open()) {
        cli_error("cannot paint on the terminal: %s", g_strerror(errno));
        return EXIT_FAILED;
    }
    guint resize = g_unix_signal_add(SIGWINCH, on_resize, top);
    guint hangup = g_unix_signal_add(SIGHUP, on_hangup, top);
    guint second = g_timeout_add_seconds(1, on_second, top);
    GSource *keys = isatty(STDIN_FILENO) == 1 ? g_unix_fd_source_new(STDIN_FILENO, G_IO_IN) : NULL;
    if (keys != NULL) {
        g_source_set_callback(keys, (GSourceFunc)(void (*)(void))on_key, top, NULL);
        g_source_attach(keys, NULL);
    }
    paint(top);
    int code = follow_run(top->follow);
    if (keys != NULL) {
        g_source_destroy(keys);
        g_source_unref(keys);
    }
    g_source_remove(resize);
    g_source_remove(hangup);
    g_source_remove(second);
    if (top->soon != 0)
        g_source_remove(top->soon);
    screen_close();
    return code;
}

static int
stay(const struct finder *f, const struct config *config, void *data)
{
    struct top *top = data;
    const struct follower follower = {
        .vm = on_vm,
        .node = on_node,
        .gone = on_gone,
        .service = on_service,
        .live = on_live,
        .trouble = on_trouble,
        .data = top,
    };

    top->limit = config->limits.memory_gap;
    top->screen = screen_is_possible();
    top->vms = g_hash_table_new_full(dn_hash, dn_equal, g_free, (GDestroyNotify)top_vm_free);
    top->nodes = g_hash_table_new_full(dn_hash, dn_equal, g_free, (GDestroyNotify)top_node_free);
    top->follow = follow_new(f->where, NULL, &follower);
    int code = top->screen ? run_on_screen(top) : follow_run(top->follow);
    follow_free(top->follow);
    g_hash_table_unref(top->vms);
    g_hash_table_unref(top->nodes);
    return code;
}

int
command_top(int argc, char **argv)
{
    struct top top = {0};
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &top.config, N_("Configuration file"), N_("FILE")},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (cli_options(&argc, &argv, "",
                    N_("Shows what is going on, and follows it: how many have which state, what is\n"
                    "busy and how far, which nodes do not answer, alarms.  q or Ctrl-C ends it."),
                    N_("Where stdout is no terminal it is printed once.\n"
                    "Exit status: 0 done, 130 interrupted, 1 the output cannot be written, 2 usage\n"
                    "or configuration, 5 the directory cannot be used."),
                    entries, &code)) {
        if (argc > 1) {
            cli_error("top takes no arguments (\"%s\"): did you mean statesync list?", argv[1]);
            code = EXIT_USAGE;
        } else {
            code = finder_run(top.config, stay, &top);
        }
    }
    service_state_free(top.service);
    g_free(top.trouble);
    g_free(top.config);
    return code;
}
