/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "harness.h"

#include "directory/dn.h"
#include "directory/read.h"
#include "integration/watch_mirror.h"

#include <string.h>
#include <time.h>

enum { TICK = 1 }; /* ms */

static void
replace(char **slot, const char *text)
{
    g_free(*slot);
    *slot = g_strdup(text);
}

static void
take_entry(struct entry *entry, bool refreshing, void *data)
{
    struct mirror *m = data;
    char *key = directory_dn_normalise(entry_dn(entry));
    const char *before = g_hash_table_lookup(m->entries, key);
    const char *csn = entry_csn(entry) ? entry_csn(entry) : "";

    m->n_entries++;
    m->n_fresh += !refreshing;
    if (before && strcmp(csn, before) < 0)
        m->n_older++;
    replace(&m->last_entry, entry_dn(entry));
    g_hash_table_replace(m->entries, key, g_strdup(csn));
    if (m->on_entry)
        m->on_entry(m, entry);
    entry_free(entry);
}

static void
take_gone(const char *dn, void *data)
{
    struct mirror *m = data;
    g_autofree char *key = directory_dn_normalise(dn);

    m->n_gone++;
    replace(&m->last_gone, dn);
    if (!g_hash_table_remove(m->entries, key))
        fail_msg("gone, but never given: %s", dn);
}

static void
take_service(const struct service_state *state, void *data)
{
    struct mirror *m = data;

    m->service_said = true;
    m->has_service = state != NULL;
    replace(&m->holder, state ? state->holder : NULL);
    m->serial = state ? state->serial : -1;
    if (m->on_service)
        m->on_service(m, state);
}

static void
take_live(bool complete, void *data)
{
    struct mirror *m = data;

    m->n_live++;
    m->live = true;
    m->complete = complete;
}

static void
hang_up(struct mirror *m)
{
    if (m->source) {
        g_source_destroy(m->source);
        g_clear_pointer(&m->source, g_source_unref);
    }
    if (m->connection) {
        struct directory_connection *c = g_steal_pointer(&m->connection);

        if (m->on_connection)
            m->on_connection(m);
        directory_connection_close(c);
    }
}

static void dialled(struct directory_connection *c, const GError *error, void *data);

static void
take_lost(const GError *error, void *data)
{
    struct mirror *m = data;

    m->n_lost++;
    m->live = false;
    replace(&m->last_error, error->message);
    hang_up(m);
    dialer_dial(m->dialer, dialled, m);
}

static void
dialled(struct directory_connection *c, const GError *error, void *data)
{
    struct mirror *m = data;
    g_autoptr(GError) failure = NULL;

    if (!c) {
        m->n_failed++;
        replace(&m->last_error, error->message);
        dialer_dial(m->dialer, dialled, m);
        return;
    }
    m->n_dialled++;
    m->live = false;
    watch_stop(m->watch);
    hang_up(m);
    m->connection = c;
    m->source = directory_source_new(c, NULL, NULL);
    g_source_attach(m->source, NULL);
    if (m->on_connection)
        m->on_connection(m);
    if (!watch_start(m->watch, c, &failure))
        take_lost(failure, m);
}

static void
dialled_better(struct directory_connection *c, const GError *error, void *data)
{
    if (c)
        dialled(c, error, data);
}

static bool
is_at_first(struct mirror *m)
{
    if (m->connection && !dialer_busy(m->dialer) && dialer_better_server(m->dialer, m->connection))
        dialer_dial_better(m->dialer, m->connection, dialled_better, m);
    return m->live && m->connection &&
           strcmp(directory_connection_uri(m->connection), m->options->uris[0]) == 0;
}

void
mirror_return(struct mirror *m, int ms)
{
    mirror_until(m, is_at_first, ms);
}

static int64_t
cpu_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static gboolean
tick(gpointer data)
{
    struct mirror *m = data;
    int64_t now = g_get_monotonic_time();

    int64_t cpu = cpu_now();

    if (m->last_tick) {
        m->worst_us = MAX(m->worst_us, now - m->last_tick);
        m->worst_cpu_us = MAX(m->worst_cpu_us, cpu - m->last_cpu);
    }
    m->last_tick = now;
    m->last_cpu = cpu;
    return G_SOURCE_CONTINUE;
}

struct mirror *
mirror_new(struct directory_options *o)
{
    struct mirror *m = g_new0(struct mirror, 1);
    struct watch_listener listener = {take_entry, take_gone, take_service, take_live, take_lost, m};

    m->options = o;
    m->dialer = dialer_new(o, NULL);
    m->watch = watch_new(o, &listener);
    m->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    m->tick = g_timeout_add(TICK, tick, m);
    return m;
}

void
mirror_free(struct mirror *m)
{
    g_source_remove(m->tick);
    watch_free(m->watch);
    hang_up(m);
    dialer_free(m->dialer);
    directory_options_free(m->options);
    g_hash_table_unref(m->entries);
    g_free(m->holder);
    g_free(m->last_gone);
    g_free(m->last_entry);
    g_free(m->last_error);
    g_free(m);
}

void
mirror_start(struct mirror *m)
{
    dialer_dial(m->dialer, dialled, m);
}

static gboolean
set_flag(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

void
mirror_until(struct mirror *m, mirror_condition condition, int ms)
{
    bool late = false;
    guint timer = g_timeout_add((guint)harness_patience(ms), set_flag, &late);

    m->last_tick = 0;
    while (!condition(m) && !late)
        g_main_context_iteration(NULL, TRUE);
    if (late)
        fail_msg("not within %d ms; last error: %s", ms, m->last_error ? m->last_error : "none");
    g_source_remove(timer);
}

bool
mirror_is_live(struct mirror *m)
{
    return m->live;
}

void
mirror_up(struct mirror *m)
{
    mirror_start(m);
    mirror_until(m, mirror_is_live, 15000);
}

void
mirror_run(struct mirror *m, int ms)
{
    bool late = false;

    g_timeout_add((guint)ms, set_flag, &late);
    m->last_tick = 0;
    while (!late)
        g_main_context_iteration(NULL, TRUE);
}

void
mirror_reset_ticks(struct mirror *m)
{
    m->worst_us = m->worst_cpu_us = 0;
    m->last_tick = 0;
}

/* NULL when it is what the server has, else a difference. */
static char *
difference(struct mirror *m, const struct directory_snapshot *s)
{
    for (guint i = 0; i < s->entries->len; i++) {
        const struct entry *e = s->entries->pdata[i];
        g_autofree char *key = directory_dn_normalise(entry_dn(e));
        const char *csn = g_hash_table_lookup(m->entries, key);

        if (!csn)
            return g_strdup_printf("%s is missing", key);
        if (strcmp(csn, entry_csn(e) ? entry_csn(e) : "") != 0)
            return g_strdup_printf("%s is %s, not %s", key, csn, entry_csn(e));
    }
    if (s->entries->len != g_hash_table_size(m->entries))
        return g_strdup_printf("%u entries, not %u", g_hash_table_size(m->entries),
                               s->entries->len);
    return NULL;
}

void
mirror_until_equal(struct mirror *m, const struct server *s, int ms)
{
    CLEANUP(directory_options_free) struct directory_options *o = server_options(s);
    CLEANUP(directory_connection_close) struct directory_connection *c = server_connect(s);
    g_autofree char *what = NULL;
    int64_t end = g_get_monotonic_time() + (int64_t)harness_patience(ms) * 1000;

    do {
        CLEANUP(directory_snapshot_free) struct directory_snapshot *read = NULL;
        g_autoptr(GError) error = NULL;

        read = directory_read(c, o, NULL, NULL, &error);
        if (!read)
            fail_msg("%s", error->message);
        mirror_run(m, 20);
        g_free(what);
        what = m->live ? difference(m, read) : g_strdup("not live");
        if (!what)
            return;
    } while (g_get_monotonic_time() < end);
    fail_msg("%s (last error: %s)", what, m->last_error ? m->last_error : "none");
}

bool
mirror_has(struct mirror *m, const char *dn)
{
    g_autofree char *key = directory_dn_normalise(dn);

    return g_hash_table_contains(m->entries, key);
}
