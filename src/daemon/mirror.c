/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory: one connection, one watch; what comes from it goes into the
 * engine.  When the connection is lost the mirror stands and nothing is sent
 * until there is another one.
 */
#include "config.h"

#include "daemon/inside.h"

#include "daemon/plan.h"
#include "directory/dn.h"
#include "directory/from_config.h"
#include "directory/source.h"
#include "engine/entry-data.h"
#include "log/log.h"

#include <string.h>

static void dial(struct daemon *d);

static void
free_gathered(gpointer entry)
{
    entry_free(entry);
}

static void
note_directory(struct daemon *d)
{
    metrics_set_directory(d->metrics, d->connection != NULL,
                          d->watch != NULL ? watch_mode(d->watch) : NULL);
    daemon_status(d);
}

/* --- what the watch says -------------------------------------------------------- */

/* What the engine knows of the VM may not tell what the new entry makes of it. */
static void
look_closer(struct daemon *d, const struct uuid *uuid)
{
    GArray *wishes = engine_looks_of(d->engine, uuid);

    hints_look(d, wishes, NULL);
}

static struct vm_entry *
as_vm(struct entry *entry)
{
    return entry->type == ENTRY_VM && ((struct vm_entry *)entry)->valid ? (struct vm_entry *)entry
                                                                        : NULL;
}

void
mirror_take(struct daemon *d, struct entry *entry, bool news)
{
    struct uuid uuid = {{0}};
    bool is_vm = as_vm(entry) != NULL;

    if (engine_has(d->engine, entry)) {
        entry_free(entry);
        return;
    }
    if (news)
        others_entry(d, entry);
    if (is_vm)
        uuid = as_vm(entry)->uuid;
    if (entry->type == ENTRY_BACKUP || is_vm)
        log_event(LOG_LEVEL_DEBUG, "entry changed", "dn", entry->dn, NULL);
    /* with shares, a VM may bring a node of another body into play */
    d->replan |= entry->type == ENTRY_NODE || entry->type == ENTRY_ADDRESS
                 || entry->type == ENTRY_NODE_TYPE || (is_vm && nodes_shared(d->config));
    engine_put_entry(d->engine, entry);
    if (is_vm && news)
        hints_arrived(d, &uuid, g_get_monotonic_time());
    if (is_vm && d->phase == PHASE_RUNNING)
        look_closer(d, &uuid);
    decide_soon(d);
}

void
mirror_lose(struct daemon *d, const char *dn)
{
    engine_remove_entry(d->engine, dn);
    d->replan = true;
    decide_soon(d);
}

static void
on_entry(struct entry *entry, bool refreshing, void *data)
{
    struct daemon *d = data;

    if (d->phase == PHASE_DIRECTORY)
        g_hash_table_replace(d->gathered, entry->dn, entry);
    else
        mirror_take(d, entry, !refreshing);
}

static void
on_gone(const char *dn, void *data)
{
    struct daemon *d = data;

    if (d->phase == PHASE_DIRECTORY)
        g_hash_table_remove(d->gathered, dn);
    else
        mirror_lose(d, dn);
}

static void
on_service(const struct service_state *state, void *data)
{
    lease_state(data, state);
}

static gboolean
steal_entry(gpointer dn, gpointer entry, gpointer array)
{
    (void)dn;
    g_ptr_array_add(array, entry);
    return TRUE;
}

static void
first_refresh(struct daemon *d)
{
    GPtrArray *entries = g_ptr_array_new();

    g_hash_table_foreach_steal(d->gathered, steal_entry, entries);
    log_event(LOG_LEVEL_NOTICE, "directory read", "uri",
              directory_connection_uri(d->connection), "entries", LOG_INT(entries->len), "by",
              watch_mode(d->watch), NULL);
    engine_directory(d->engine, entries);
    d->phase = PHASE_NODES;
    frontends_read(d);
    nodes_plan_again(d);
}

static void
on_live(bool complete, void *data)
{
    struct daemon *d = data;

    d->live = true;
    metrics_ldap(d->metrics, METRICS_WATCH, DIRECTORY_SUCCESS);
    note_directory(d);
    if (d->phase == PHASE_DIRECTORY) {
        first_refresh(d);
        return;
    }
    log_event(LOG_LEVEL_NOTICE, "directory is followed again", "uri",
              directory_connection_uri(d->connection), "refresh", complete ? "complete" : "changes",
              NULL);
    if (d->unsent && d->phase == PHASE_RUNNING) {
        /* what was under way when the connection went: the mirror tells what became of it */
        d->unsent = false;
        engine_touch_all(d->engine);
    }
    lease_tick(d, now_ms());
    decide_soon(d);
}

static void
on_lost(const GError *error, void *data)
{
    struct daemon *d = data;

    metrics_ldap(d->metrics, METRICS_WATCH, directory_error_class(error));
    if (directory_error_class(error) == DIRECTORY_ABSENT)
        log_event(LOG_LEVEL_WARNING, "nothing is where base in section [directory] says, statuses "
                                     "wait until it is", "error", error->message, NULL);
    else
        log_event(LOG_LEVEL_WARNING, "directory cannot be followed, statuses wait until it can",
                  "error", error->message, NULL);
    mirror_relink(d);
}

/* --- the connection ------------------------------------------------------------------ */

static void
on_ready(struct directory_connection *c, const GError *lost, void *data)
{
    struct daemon *d = data;

    (void)c;
    if (lost == NULL) {
        send_queued(d);
        return;
    }
    if (d->relink == NULL) /* else the watch has said so */
        log_event(LOG_LEVEL_WARNING, "directory connection lost, statuses wait until it is back",
                  "error", lost->message, NULL);
    mirror_relink(d);
}

/* Closes what there is; the watch remembers, the engine keeps the mirror. */
static void
hang_up(struct daemon *d)
{
    d->live = false;
    if (d->connection == NULL)
        return;
    watch_stop(d->watch);
    send_forget(d);
    g_clear_pointer(&d->writer, writer_free);
    service_set_connection(d->service, NULL);
    if (d->source != NULL)
        g_source_destroy(d->source);
    g_clear_pointer(&d->source, g_source_unref);
    g_clear_pointer(&d->connection, directory_connection_close);
    note_directory(d);
}

static void
attach(struct daemon *d, struct directory_connection *c)
{
    d->connection = c;
    d->source = directory_source_new(c, on_ready, d);
    g_source_attach(d->source, NULL);
    service_set_connection(d->service, c);
}

static bool
use(struct daemon *d, struct directory_connection *c, GError **error)
{
    attach(d, c);
    d->writer = writer_new(c, d->where->window, send_result, d, error);
    if (d->writer == NULL)
        return false;
    writer_set_gate(d->writer, service_may_send, d->service);
    return watch_start(d->watch, c, error);
}

static void
on_dialed(struct directory_connection *c, const GError *error, void *data)
{
    struct daemon *d = data;
    g_autoptr(GError) failure = NULL;

    metrics_ldap(d->metrics, METRICS_CONNECT, directory_error_class(error));
    daemon_progressed(d); /* trying is all there may be to do: no reason to be started again */
    if (c == NULL && d->connection != NULL) {
        /* those before ours in the list are not back yet: the tick asks again */
        log_event(LOG_LEVEL_DEBUG, "a directory server to return to cannot be reached", "error",
                  error->message, NULL);
        return;
    }
    if (c == NULL) {
        dial(d);
        char wait[32];
        g_snprintf(wait, sizeof(wait), "%.1f s", (double)dialer_wait(d->dialer) / 1000);
        log_event(LOG_LEVEL_WARNING, "directory cannot be reached, it is tried again", "error",
                  error->message, "again_in", wait, NULL);
        return;
    }
    log_event(LOG_LEVEL_NOTICE, "directory connected", "uri", directory_connection_uri(c), NULL);
    hang_up(d);
    if (d->phase == PHASE_STOPPING) {
        attach(d, c);
        return;
    }
    if (use(d, c, &failure)) {
        note_directory(d);
        return;
    }
    log_event(LOG_LEVEL_WARNING, "directory cannot be used, it is tried again", "error",
              failure->message, NULL);
    mirror_relink(d);
}

static void
dial(struct daemon *d)
{
    if (d->phase != PHASE_STOPPING || service_may_send(d->service))
        dialer_dial(d->dialer, on_dialed, d);
}

static gboolean
relink_now(gpointer data)
{
    struct daemon *d = data;

    g_clear_pointer(&d->relink, g_source_unref);
    hang_up(d);
    dial(d);
    return G_SOURCE_REMOVE;
}

void
mirror_relink(struct daemon *d)
{
    d->live = false;
    if (d->relink != NULL || d->phase == PHASE_STOPPING)
        return;
    d->relink = g_idle_source_new();
    g_source_set_priority(d->relink, G_PRIORITY_DEFAULT);
    g_source_set_callback(d->relink, relink_now, d, NULL);
    g_source_attach(d->relink, NULL);
}

/* --- life ----------------------------------------------------------------------------- */

static void
make(struct daemon *d)
{
    const struct watch_listener listener = {
        .entry = on_entry,
        .gone = on_gone,
        .service = on_service,
        .live = on_live,
        .lost = on_lost,
        .data = d,
    };

    d->where = directory_options_from_config(d->config);
    d->dialer = dialer_new(d->where, NULL);
    d->watch = watch_new(d->where, &listener);
    if (d->service == NULL)
        d->service = service_new(NULL, d->where->service_dn, d->where->lease);
}

static void
unmake(struct daemon *d)
{
    hang_up(d);
    if (d->relink != NULL)
        g_source_destroy(d->relink);
    g_clear_pointer(&d->relink, g_source_unref);
    g_clear_pointer(&d->dialer, dialer_free);
    g_clear_pointer(&d->watch, watch_free);
    g_clear_pointer(&d->where, directory_options_free);
}

void
mirror_start(struct daemon *d)
{
    d->gathered = g_hash_table_new_full(dn_hash, dn_equal, NULL, free_gathered);
    make(d);
    dial(d);
}

void
mirror_restart(struct daemon *d)
{
    g_autofree char *service_dn = g_strdup(d->where->service_dn);

    unmake(d);
    g_hash_table_remove_all(d->gathered);
    d->phase = PHASE_DIRECTORY;
    make(d);
    if (!directory_dn_equal(service_dn, d->where->service_dn)) {
        /* else we keep our name, and with it a lease that we hold */
        service_free(d->service);
        d->service = service_new(NULL, d->where->service_dn, d->where->lease);
    }
    dial(d);
}

void
mirror_set_lease(struct daemon *d)
{
    d->where->lease = (int64_t)d->config->sync.lease_s * 1000;
    service_set_lease(d->service, d->where->lease);
}

void
mirror_retry(struct daemon *d)
{
    if (d->connection != NULL || d->relink != NULL || d->phase == PHASE_STOPPING)
        return;
    dialer_free(d->dialer); /* and with it the pauses it keeps */
    d->dialer = dialer_new(d->where, NULL);
    dial(d);
}

void
mirror_resync(struct daemon *d)
{
    if (d->connection == NULL || d->phase != PHASE_RUNNING) {
        mirror_retry(d);
        return;
    }
    watch_stop(d->watch);
    watch_doubt(d->watch);
    mirror_relink(d);
}

bool
mirror_end(struct daemon *d)
{
    if (d->connection == NULL && service_may_send(d->service)) {
        if (!dialer_busy(d->dialer))
            dial(d);
    } else if (d->relink == NULL) {
        dialer_stop(d->dialer);
    }
    return d->relink != NULL || dialer_busy(d->dialer);
}

void
mirror_tick(struct daemon *d)
{
    if (d->connection != NULL && d->relink == NULL && !dialer_busy(d->dialer)
        && dialer_better_server(d->dialer, d->connection))
        dialer_dial_better(d->dialer, d->connection, on_dialed, d);
    if (d->replan && d->phase == PHASE_RUNNING)
        nodes_plan_again(d);
    if (d->again_at != 0 && now_ms() >= d->again_at) {
        d->again_at = 0;
        watch_stop(d->watch);
        watch_forget(d->watch);
        g_hash_table_remove_all(d->gathered);
        mirror_relink(d);
    }
}

void
mirror_stop(struct daemon *d)
{
    unmake(d);
    g_clear_pointer(&d->service, service_free);
    g_clear_pointer(&d->gathered, g_hash_table_unref);
}
