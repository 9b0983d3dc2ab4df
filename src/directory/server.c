/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/server.h"

/* Failures after which the pause does not grow any more. */
#define N_UNTIL_MAX 8u
#define N_STUMBLES_MAX 3u
#define N_BETTER_MAX 4u /* as many as make SERVER_BACKOFF_BETTER */

struct server {
    char *uri;
    unsigned n_failures;
    int64_t not_before;
};

struct server_memory {
    GArray *servers;
};

static void
clear_server(gpointer data)
{
    struct server *s = data;

    g_free(s->uri);
}

static struct server *
server_at(const struct server_memory *m, guint index)
{
    return &g_array_index(m->servers, struct server, index);
}

struct server_memory *
server_memory_new(char *const *uris)
{
    struct server_memory *m = g_new0(struct server_memory, 1);

    m->servers = g_array_new(FALSE, TRUE, sizeof(struct server));
    g_array_set_clear_func(m->servers, clear_server);
    for (; uris && *uris; uris++) {
        struct server s = {.uri = g_strdup(*uris)};

        g_array_append_val(m->servers, s);
    }
    return m;
}

void
server_memory_free(struct server_memory *m)
{
    if (!m)
        return;
    g_array_free(m->servers, TRUE);
    g_free(m);
}

guint
server_memory_count(const struct server_memory *m)
{
    return m->servers->len;
}

const char *
server_memory_uri(const struct server_memory *m, guint index)
{
    return server_at(m, index)->uri;
}

int64_t
server_memory_not_before(const struct server_memory *m, guint index)
{
    return server_at(m, index)->not_before;
}

/* Where a server belongs: 0 when it may be tried now, else when it may be. */
static int64_t
rank(const struct server_memory *m, guint index, int64_t now)
{
    int64_t t = server_at(m, index)->not_before;

    return t <= now ? 0 : t;
}

void
server_memory_order(const struct server_memory *m, int64_t now, guint *order)
{
    for (guint i = 0; i < m->servers->len; i++) {
        guint place = i;

        while (place > 0 && rank(m, order[place - 1], now) > rank(m, i, now)) {
            order[place] = order[place - 1];
            place--;
        }
        order[place] = i;
    }
}

int64_t
server_backoff(unsigned n_failures, uint32_t random)
{
    int64_t pause = SERVER_BACKOFF_MIN;

    for (unsigned i = 1; i < n_failures && pause < SERVER_BACKOFF_MAX; i++)
        pause *= 2;
    pause = MIN(pause, SERVER_BACKOFF_MAX);
    return pause - pause / 4 + (int64_t)(random % (uint32_t)(pause / 2 + 1));
}

void
server_memory_failed(struct server_memory *m, guint index, int64_t now, uint32_t random)
{
    struct server *s = server_at(m, index);

    if (s->n_failures < G_MAXUINT)
        s->n_failures++;
    s->not_before = now + server_backoff(s->n_failures, random);
}

void
server_memory_stumbled(struct server_memory *m, guint index, int64_t now, uint32_t random)
{
    struct server *s = server_at(m, index);

    s->n_failures = MIN(s->n_failures + 1, N_STUMBLES_MAX);
    s->not_before = now + server_backoff(s->n_failures, random);
}

void
server_memory_serves(struct server_memory *m, guint index, int64_t now, uint32_t random)
{
    for (guint i = 0; i < index; i++) {
        struct server *s = server_at(m, i);

        if (s->n_failures < N_BETTER_MAX)
            continue;
        s->n_failures = N_BETTER_MAX - 1; /* the next one makes it again */
        s->not_before = MIN(s->not_before, now + server_backoff(N_BETTER_MAX, random));
    }
}

void
server_memory_refused(struct server_memory *m, int64_t now, uint32_t random)
{
    for (guint i = 0; i < m->servers->len; i++) {
        struct server *s = server_at(m, i);

        s->n_failures = MAX(s->n_failures, N_UNTIL_MAX);
        s->not_before = now + server_backoff(s->n_failures, random);
    }
}

void
server_memory_succeeded(struct server_memory *m, guint index)
{
    struct server *s = server_at(m, index);

    s->n_failures = 0;
    s->not_before = 0;
}
