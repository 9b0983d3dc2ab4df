/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/dialer.h"

#include "directory/capability.h"
#include "directory/deadline.h"
#include "directory/result.h"
#include "directory/server.h"

#include <pthread.h>
#include <string.h>

/* How long one attempt may take beyond what its steps are limited to, ms: the resolver. */
enum { SLACK = 10000 };

/* One attempt in its thread.  What the thread uses is its own; the other members are the main
 * context's. */
struct attempt {
    struct directory_options *options;
    char *uri;
    GMainContext *context;
    pthread_mutex_t lock; /* of the result; GLib's own locks are hidden from thread checkers */
    struct directory_connection *connection;
    GError *error;
    struct dialer *dialer; /* NULL = it has gone away */
    guint server;
};

struct dialer {
    struct directory_options *options;
    GMainContext *context;
    struct server_memory *memory;
    int64_t limit; /* of one attempt, ms */
    int64_t *connected; /* per server: when its last connection was made; 0 = judged */
    GPtrArray *attempts; /* all threads that have not come back, of struct attempt */
    /* the round */
    dialer_done done; /* NULL = none */
    void *data;
    bool *tried;
    guint n_servers; /* only the first so many */
    int64_t start;   /* when the first attempt may start; 0 = it has */
    struct attempt *current;
    GSource *timer;
    GString *texts;
    GError *last;
};

static void
attempt_free(struct attempt *a)
{
    pthread_mutex_destroy(&a->lock);
    directory_options_free(a->options);
    g_main_context_unref(a->context);
    g_free(a->uri);
    g_free(a);
}

static void next_attempt(struct dialer *d);
static gboolean attempt_over(gpointer data);

/* The thread: connects, and asks everything that would have to be asked later. */
static gpointer
run_attempt(gpointer data)
{
    struct attempt *a = data; /* gone as soon as the source is attached */
    g_autoptr(GMainContext) context = g_main_context_ref(a->context);
    GError *error = NULL;
    struct directory_connection *c = directory_connection_open_uri(a->options, a->uri, &error);
    GSource *source;

    if (c && (!directory_connection_capability(c, &error) ||
              !capability_check_schema(c, &error))) {
        directory_connection_close(c);
        c = NULL;
    }
    pthread_mutex_lock(&a->lock);
    a->connection = c;
    a->error = error;
    pthread_mutex_unlock(&a->lock);
    source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, attempt_over, a, NULL);
    g_source_attach(source, context);
    g_source_unref(source);
    return NULL;
}

static void
clear_timer(struct dialer *d)
{
    if (d->timer) {
        g_source_destroy(d->timer);
        g_clear_pointer(&d->timer, g_source_unref);
    }
}

static void
set_timer(struct dialer *d, int64_t ms, GSourceFunc func)
{
    clear_timer(d);
    d->timer = g_timeout_source_new((guint)MAX(ms, 0));
    g_source_set_callback(d->timer, func, d, NULL);
    g_source_attach(d->timer, d->context);
}

/* Ends the round, before its owner hears of it: it may start the next. */
static void
finish(struct dialer *d, struct directory_connection *c)
{
    dialer_done done = d->done;
    void *data = d->data;
    g_autoptr(GError) error = g_steal_pointer(&d->last);

    if (!c && error) {
        g_free(error->message);
        error->message = g_strdup(d->texts->str);
    }
    dialer_stop(d);
    done(c, c ? NULL : error, data);
}

/* Somebody serves us, those before it are asked whether they are back. */
static bool
is_for_better(const struct dialer *d)
{
    return d->n_servers < server_memory_count(d->memory);
}

static bool
is_refusal(enum directory_class class)
{
    return class == DIRECTORY_CREDENTIALS || class == DIRECTORY_SETUP || class == DIRECTORY_SCHEMA;
}

static void
note_failure(struct dialer *d, guint server, GError *error)
{
    int64_t now = deadline_now();

    if (is_for_better(d)) {
        server_memory_failed(d->memory, server, now, g_random_int());
        server_memory_serves(d->memory, d->n_servers, now, g_random_int());
    } else if (is_refusal(directory_error_class(error))) {
        server_memory_refused(d->memory, now, g_random_int());
    } else {
        server_memory_failed(d->memory, server, now, g_random_int());
    }
    g_string_append_printf(d->texts, "%s%s", d->texts->len ? "; " : "", error->message);
    g_clear_error(&d->last);
    d->last = error;
}

/* Whoever was connected before is left in peace. */
static void
note_success(struct dialer *d, guint server)
{
    memset(d->connected, 0, sizeof(*d->connected) * server_memory_count(d->memory));
    d->connected[server] = deadline_now();
    server_memory_serves(d->memory, server, deadline_now(), g_random_int());
}

/* On the main context: a thread has come back. */
static gboolean
attempt_over(gpointer data)
{
    struct attempt *a = data;
    struct dialer *d = a->dialer;
    struct directory_connection *c;
    GError *error;

    pthread_mutex_lock(&a->lock);
    c = a->connection;
    error = a->error;
    pthread_mutex_unlock(&a->lock);
    if (d)
        g_ptr_array_remove_fast(d->attempts, a);
    if (!d || d->current != a) {
        directory_connection_close(c); /* too late */
        g_clear_error(&error);
        attempt_free(a);
        return G_SOURCE_REMOVE;
    }
    clear_timer(d);
    d->current = NULL;
    if (c)
        note_success(d, a->server);
    else
        note_failure(d, a->server, error);
    attempt_free(a);
    if (c)
        finish(d, c);
    else
        next_attempt(d);
    return G_SOURCE_REMOVE;
}

/* The thread takes too long: another server is tried, and its result will be thrown away. */
static gboolean
attempt_hangs(gpointer data)
{
    struct dialer *d = data;
    struct attempt *a = d->current;
    GError *error = NULL;

    d->current = NULL;
    directory_error_set(&error, LDAP_TIMEOUT, NULL, NULL, "%s: connecting hangs", a->uri);
    note_failure(d, a->server, error);
    clear_timer(d);
    next_attempt(d);
    return G_SOURCE_REMOVE;
}

static void
start_attempt(struct dialer *d, guint server)
{
    struct attempt *a = g_new0(struct attempt, 1);

    pthread_mutex_init(&a->lock, NULL);
    a->options = directory_options_copy(d->options);
    a->uri = g_strdup(server_memory_uri(d->memory, server));
    a->context = g_main_context_ref(d->context);
    a->dialer = d;
    a->server = server;
    g_ptr_array_add(d->attempts, a);
    d->current = a;
    set_timer(d, d->limit, attempt_hangs);
    g_thread_unref(g_thread_new("dialer", run_attempt, a));
}

/* The next server of this round, or -1; *at is when it may be tried. */
static int
choose(const struct dialer *d, int64_t now, int64_t *at)
{
    g_autofree guint *order = g_new0(guint, server_memory_count(d->memory) + 1);

    server_memory_order(d->memory, now, order);
    for (guint i = 0; i < server_memory_count(d->memory); i++)
        if (order[i] < d->n_servers && !d->tried[order[i]]) {
            *at = server_memory_not_before(d->memory, order[i]);
            return (int)order[i];
        }
    return -1;
}

static gboolean
pause_over(gpointer data)
{
    struct dialer *d = data;

    clear_timer(d);
    next_attempt(d);
    return G_SOURCE_REMOVE;
}

static void
fail_round(struct dialer *d)
{
    if (!d->last) {
        directory_error_set(&d->last, DIRECTORY_CODE_SETUP, NULL, NULL,
                            "no directory server is configured: [directory] uri is empty");
        g_string_assign(d->texts, d->last->message);
    }
    finish(d, NULL);
}

static void
next_attempt(struct dialer *d)
{
    int64_t now = deadline_now();
    int64_t at = 0;
    int server = choose(d, now, &at);

    if (server >= 0 && d->start && at > now) {
        d->start = at;
        set_timer(d, at - now, pause_over);
    } else if (server < 0 || at > now) {
        fail_round(d);
    } else if (d->attempts->len >= DIALER_HUNG_MAX) {
        GError *error = NULL;

        d->start = 0;
        d->tried[server] = true;
        directory_error_set(&error, LDAP_TIMEOUT, NULL, NULL,
                            "%s: not tried: %u attempts to connect hang",
                            server_memory_uri(d->memory, (guint)server), d->attempts->len);
        note_failure(d, (guint)server, error);
        set_timer(d, 0, pause_over);
    } else {
        d->start = 0;
        d->tried[server] = true;
        start_attempt(d, (guint)server);
    }
}

/* The servers with a connection that was handed out: did it live long enough? */
static void
judge_connections(struct dialer *d)
{
    for (guint i = 0; i < server_memory_count(d->memory); i++) {
        int64_t lived = deadline_now() - d->connected[i];

        if (d->connected[i] && lived >= DIALER_STABLE)
            server_memory_succeeded(d->memory, i);
        else if (d->connected[i])
            server_memory_stumbled(d->memory, i, deadline_now(), g_random_int());
        d->connected[i] = 0;
    }
}

static gboolean
start_round(gpointer data)
{
    return pause_over(data);
}

static void
begin(struct dialer *d, guint n_servers, dialer_done done, void *data)
{
    dialer_stop(d);
    d->done = done;
    d->data = data;
    d->n_servers = n_servers;
    d->start = deadline_now();
    memset(d->tried, 0, sizeof(*d->tried) * server_memory_count(d->memory));
    g_string_truncate(d->texts, 0);
    set_timer(d, 0, start_round); /* done is never called from within */
}

void
dialer_dial(struct dialer *d, dialer_done done, void *data)
{
    judge_connections(d);
    begin(d, server_memory_count(d->memory), done, data);
}

static guint
server_of(const struct dialer *d, const struct directory_connection *c)
{
    guint i = 0;

    while (i < server_memory_count(d->memory) &&
           strcmp(server_memory_uri(d->memory, i), directory_connection_uri(c)) != 0)
        i++;
    return i;
}

void
dialer_dial_better(struct dialer *d, const struct directory_connection *c, dialer_done done,
                   void *data)
{
    begin(d, server_of(d, c), done, data);
}

bool
dialer_better_server(const struct dialer *d, const struct directory_connection *c)
{
    int64_t now = deadline_now();

    for (guint i = 0, n = server_of(d, c); i < n; i++)
        if (server_memory_not_before(d->memory, i) <= now)
            return true;
    return false;
}

bool
dialer_busy(const struct dialer *d)
{
    return d->done != NULL;
}

int64_t
dialer_wait(const struct dialer *d)
{
    const int64_t now = deadline_now();
    int64_t at = 0;

    if (!d->done || !d->start || choose(d, now, &at) < 0)
        return 0;
    return MAX(at - now, 0);
}

guint
dialer_hung(const struct dialer *d)
{
    return d->attempts->len - (d->current ? 1 : 0);
}

void
dialer_set_limit(struct dialer *d, int64_t ms)
{
    d->limit = ms;
}

void
dialer_stop(struct dialer *d)
{
    clear_timer(d);
    d->current = NULL;
    d->done = NULL;
    g_clear_error(&d->last);
}

struct dialer *
dialer_new(const struct directory_options *o, GMainContext *context)
{
    struct dialer *d = g_new0(struct dialer, 1);
    guint n;

    d->options = directory_options_copy(o);
    d->context = g_main_context_ref(context ? context : g_main_context_default());
    d->memory = server_memory_new(o->uris);
    /* Connecting and the handshake; StartTLS, bind, two searches. */
    d->limit = (int64_t)o->network_timeout * 4 + (int64_t)o->timeout * 4 + SLACK;
    n = server_memory_count(d->memory);
    d->connected = g_new0(int64_t, n + 1);
    d->tried = g_new0(bool, n + 1);
    d->attempts = g_ptr_array_new();
    d->texts = g_string_new(NULL);
    return d;
}

void
dialer_free(struct dialer *d)
{
    if (!d)
        return;
    dialer_stop(d);
    for (guint i = 0; i < d->attempts->len; i++)
        ((struct attempt *)d->attempts->pdata[i])->dialer = NULL;
    g_ptr_array_unref(d->attempts);
    server_memory_free(d->memory);
    directory_options_free(d->options);
    g_main_context_unref(d->context);
    g_string_free(d->texts, TRUE);
    g_free(d->connected);
    g_free(d->tried);
    g_free(d);
}
