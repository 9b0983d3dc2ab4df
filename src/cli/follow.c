/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/follow.h"

#include "cli/cli.h"
#include "directory/dialer.h"
#include "directory/result.h"
#include "directory/source.h"
#include "directory/watch.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>

/* Somebody sits in front of it: where the server does not tell, changes are looked for this often,
 * and what is gone. */
#define POLL_MS 1000
#define POLL_GONE_MS 10000

struct follow {
    struct directory_options *where;
    struct follower follower;
    struct dialer *dialer;
    struct watch *watch;
    struct directory_connection *connection;
    GSource *source;
    guint idle; /* dials anew */
    GMainLoop *loop;
    int code;
    bool told; /* that the directory cannot be reached */
};

/* --- what the watch says ---------------------------------------------------------------- */

static void
on_entry(struct entry *e, bool refreshing, void *data)
{
    struct follow *f = data;

    if (e->type == ENTRY_VM)
        f->follower.vm((const struct vm_entry *)e, refreshing, f->follower.data);
    else if (e->type == ENTRY_NODE && f->follower.node != NULL)
        f->follower.node((const struct node_entry *)e, f->follower.data);
    entry_free(e);
}

static void
on_gone(const char *dn, void *data)
{
    struct follow *f = data;

    f->follower.gone(dn, f->follower.data);
}

static void
on_service(const struct service_state *state, void *data)
{
    struct follow *f = data;

    if (f->follower.service != NULL)
        f->follower.service(state, f->follower.data);
}

static void
tell_trouble(const struct follow *f, const char *why)
{
    if (f->follower.trouble != NULL)
        f->follower.trouble(why, f->follower.data);
    else if (why != NULL)
        cli_error("%s; trying again", why);
    else
        cli_error("the directory answers again");
}

static void
on_live(bool complete, void *data)
{
    struct follow *f = data;

    (void)complete;
    if (f->told)
        tell_trouble(f, NULL);
    f->told = false;
    f->follower.live(f->follower.data);
}

/* --- connections ---------------------------------------------------------------------------- */

static void
hang_up(struct follow *f)
{
    if (f->connection == NULL)
        return;
    watch_stop(f->watch);
    if (f->source != NULL)
        g_source_destroy(f->source);
    g_clear_pointer(&f->source, g_source_unref);
    g_clear_pointer(&f->connection, directory_connection_close);
}

/* Said once for each time of silence. */
static void
complain(struct follow *f, const GError *error)
{
    bool absent = directory_error_class(error) == DIRECTORY_ABSENT;
    g_autofree char *why
        = g_strconcat(absent ? N_("nothing is where base in section [directory] says, or this login "
                                  "may not read it: ")
                             : "",
                      error->message, NULL);

    if (!f->told)
        tell_trouble(f, why);
    f->told = true;
}

static void on_dialed(struct directory_connection *c, const GError *error, void *data);

static gboolean
dial_anew(gpointer data)
{
    struct follow *f = data;

    f->idle = 0;
    hang_up(f);
    dialer_dial(f->dialer, on_dialed, f);
    return G_SOURCE_REMOVE;
}

/* Not from within the watch or the source: they are still at work. */
static void
reconnect(struct follow *f, const GError *error)
{
    complain(f, error);
    if (f->idle == 0)
        f->idle = g_idle_add_full(G_PRIORITY_DEFAULT, dial_anew, f, NULL);
}

static void
on_lost(const GError *error, void *data)
{
    reconnect(data, error);
}

static void
on_ready(struct directory_connection *c, const GError *lost, void *data)
{
    (void)c;
    if (lost != NULL)
        reconnect(data, lost);
}

static void
on_dialed(struct directory_connection *c, const GError *error, void *data)
{
    struct follow *f = data;
    g_autoptr(GError) failure = NULL;

    if (c == NULL) {
        reconnect(f, error);
        return;
    }
    f->connection = c;
    f->source = directory_source_new(c, on_ready, f);
    g_source_attach(f->source, NULL);
    if (!watch_start(f->watch, c, &failure))
        reconnect(f, failure);
}

/* --- life -------------------------------------------------------------------------------------- */

struct follow *
follow_new(const struct directory_options *where, const char *uuid,
           const struct follower *follower)
{
    struct follow *f = g_new0(struct follow, 1);
    const struct watch_listener listener = {
        .entry = on_entry,
        .gone = on_gone,
        .service = on_service,
        .live = on_live,
        .lost = on_lost,
        .data = f,
    };

    f->where = directory_options_copy(where);
    f->follower = *follower;
    f->loop = g_main_loop_new(NULL, FALSE);
    f->dialer = dialer_new(f->where, NULL);
    f->watch = watch_new(f->where, &listener);
    watch_set_poll(f->watch, POLL_MS, POLL_GONE_MS);
    if (uuid != NULL)
        watch_narrow(f->watch, uuid);
    dialer_dial(f->dialer, on_dialed, f);
    return f;
}

void
follow_free(struct follow *f)
{
    if (f == NULL)
        return;
    hang_up(f);
    if (f->idle != 0)
        g_source_remove(f->idle);
    dialer_free(f->dialer);
    watch_free(f->watch);
    g_main_loop_unref(f->loop);
    directory_options_free(f->where);
    g_free(f);
}

static gboolean
on_interrupt(gpointer data)
{
    follow_leave(data, 128 + SIGINT);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_terminate(gpointer data)
{
    follow_leave(data, 128 + SIGTERM);
    return G_SOURCE_CONTINUE;
}

int
follow_run(struct follow *f)
{
    guint interrupt = g_unix_signal_add(SIGINT, on_interrupt, f);
    guint terminate = g_unix_signal_add(SIGTERM, on_terminate, f);

    g_main_loop_run(f->loop);
    g_source_remove(interrupt);
    g_source_remove(terminate);
    return f->code;
}

bool
follow_silent(const struct follow *f)
{
    return f->told;
}

void
follow_leave(struct follow *f, int code)
{
    f->code = code;
    g_main_loop_quit(f->loop);
}
