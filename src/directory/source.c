/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/source.h"

#include "directory/dispatch.h"

#include <poll.h>

/* How long one round of reading may take, us. */
enum { ROUND = 2000 };

struct directory_source {
    GSource base;
    struct directory_connection *connection;
    gpointer tag; /* of the descriptor; NULL = none is polled */
    int fd;
    GIOCondition condition;
    directory_ready_func func;
    void *data;
};

static void
poll_for(struct directory_source *s, const struct dispatch_need *need)
{
    GIOCondition condition = need->writing ? G_IO_IN | G_IO_OUT : G_IO_IN;

    if (s->tag && s->fd == need->fd && s->condition == condition)
        return;
    if (s->tag && s->fd == need->fd) {
        g_source_modify_unix_fd(&s->base, s->tag, condition);
    } else {
        if (s->tag)
            g_source_remove_unix_fd(&s->base, s->tag);
        s->tag = need->fd >= 0 ? g_source_add_unix_fd(&s->base, need->fd, condition) : NULL;
    }
    s->fd = need->fd;
    s->condition = condition;
}

static gboolean
prepare(GSource *source, gint *timeout)
{
    struct directory_source *s = (struct directory_source *)source;
    struct dispatch_need need;

    dispatch_ask(s->connection, &need);
    poll_for(s, &need);
    *timeout = need.timeout;
    return need.now;
}

static gboolean
check(GSource *source)
{
    struct directory_source *s = (struct directory_source *)source;
    struct dispatch_need need;

    if (s->tag && g_source_query_unix_fd(source, s->tag))
        return TRUE;
    dispatch_ask(s->connection, &need);
    return need.now;
}

static gboolean
dispatch(GSource *source, GSourceFunc unused, gpointer unused_data)
{
    struct directory_source *s = (struct directory_source *)source;
    struct directory_connection *c = s->connection;
    const GError *lost;

    (void)unused;
    (void)unused_data;
    dispatch_begin(c);
    dispatch_drain(c, ROUND);
    lost = dispatch_failure(c);
    if (s->func && !g_source_is_destroyed(source))
        s->func(c, lost, s->data);
    lost = dispatch_failure(c);
    dispatch_done(c);
    return lost ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

GSource *
directory_source_new(struct directory_connection *c, directory_ready_func func, void *data)
{
    static GSourceFuncs funcs = {.prepare = prepare, .check = check, .dispatch = dispatch};
    GSource *source = g_source_new(&funcs, sizeof(struct directory_source));
    struct directory_source *s = (struct directory_source *)source;

    s->connection = c;
    s->fd = -1;
    s->func = func;
    s->data = data;
    g_source_set_name(source, "directory");
    return source;
}

bool
directory_source_wait(struct directory_connection *c, int ms)
{
    struct dispatch_need need;
    struct pollfd p = {.fd = -1};
    bool lost;

    dispatch_ask(c, &need);
    p.fd = need.fd;
    p.events = (short)(POLLIN | (need.writing ? POLLOUT : 0));
    if (!need.now)
        poll(&p, 1, need.timeout < 0 ? ms : MIN(ms, need.timeout));
    dispatch_begin(c);
    dispatch_drain(c, ROUND);
    lost = dispatch_failure(c) != NULL;
    dispatch_done(c);
    return !lost;
}
