/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/events.h"

#include "hypervisor/state.h"

#include <libvirt/virterror.h>
#include <pthread.h>
#include <stdatomic.h>

#define MAX_NAMED 256 /* domains kept for who asks about them next */

/* What callbacks get; each registration of an event holds a reference. */
struct listener {
    atomic_uint refs;
    struct sink *sink;
    uint64_t epoch;
    pthread_mutex_t lock; /* not a GMutex: thread checkers see this one */
    GHashTable *named; /* struct uuid -> virDomainPtr, under the lock; NULL = over */
};

enum { MAX_EVENTS = 16 };

struct events {
    virConnectPtr connection;
    struct listener *listener;
    int ids[MAX_EVENTS]; /* callbacks */
    size_t n_ids;
    GString *missing;
    unsigned n_refused;
};

static void
listener_unref(void *data)
{
    struct listener *l = data;

    if (atomic_fetch_sub(&l->refs, 1) != 1)
        return;
    sink_unref(l->sink);
    pthread_mutex_destroy(&l->lock);
    g_free(l);
}

static void
free_domain(gpointer domain)
{
    virDomainFree(domain);
}

static struct listener *
listener_new(struct sink *s, uint64_t epoch)
{
    struct listener *l = g_new0(struct listener, 1);

    atomic_init(&l->refs, 1);
    l->sink = sink_ref(s);
    l->epoch = epoch;
    pthread_mutex_init(&l->lock, NULL);
    l->named = g_hash_table_new_full(uuid_hash, uuid_equal_key, g_free, free_domain);
    return l;
}

/* Its domains hold the connection open. */
static void
listener_end(struct listener *l)
{
    GHashTable *named;

    pthread_mutex_lock(&l->lock);
    named = g_steal_pointer(&l->named);
    pthread_mutex_unlock(&l->lock);
    g_hash_table_unref(named);
}

/* It will be asked about in a moment: that spares looking it up. */
static void
keep_domain(struct listener *l, const struct uuid *uuid, virDomainPtr domain)
{
    pthread_mutex_lock(&l->lock);
    if (l->named != NULL) {
        if (g_hash_table_size(l->named) >= MAX_NAMED)
            g_hash_table_remove_all(l->named);
        if (virDomainRef(domain) == 0)
            g_hash_table_replace(l->named, g_memdup2(uuid, sizeof(*uuid)), domain);
    }
    pthread_mutex_unlock(&l->lock);
}

static struct listener *
listener_ref(struct listener *l)
{
    atomic_fetch_add(&l->refs, 1);
    return l;
}

static void
put(struct listener *l, virDomainPtr domain, struct hypervisor_event *event)
{
    event->epoch = l->epoch;
    event->received_us = g_get_monotonic_time();
    if (domain == NULL || virDomainGetUUID(domain, event->uuid.bytes) < 0)
        return;
    keep_domain(l, &event->uuid, domain);
    sink_put(l->sink, event);
}

static void
put_domain(struct listener *l, virDomainPtr domain, const char *what)
{
    struct hypervisor_event event = {.kind = HYPERVISOR_EVENT_DOMAIN, .what = what};

    put(l, domain, &event);
}

static const char *
lifecycle_word(int event)
{
    static const char *const words[] = {
        [VIR_DOMAIN_EVENT_DEFINED] = "lifecycle defined",
        [VIR_DOMAIN_EVENT_UNDEFINED] = "lifecycle undefined",
        [VIR_DOMAIN_EVENT_STARTED] = "lifecycle started",
        [VIR_DOMAIN_EVENT_SUSPENDED] = "lifecycle suspended",
        [VIR_DOMAIN_EVENT_RESUMED] = "lifecycle resumed",
        [VIR_DOMAIN_EVENT_STOPPED] = "lifecycle stopped",
        [VIR_DOMAIN_EVENT_SHUTDOWN] = "lifecycle shutdown",
        [VIR_DOMAIN_EVENT_PMSUSPENDED] = "lifecycle pmsuspended",
        [VIR_DOMAIN_EVENT_CRASHED] = "lifecycle crashed",
    };

    return event >= 0 && event < (int)G_N_ELEMENTS(words) ? words[event] : "lifecycle";
}

static int
on_lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail, void *data)
{
    (void)connection;
    (void)detail;
    put_domain(data, domain, lifecycle_word(event));
    return 0;
}

static void
on_reboot(virConnectPtr connection, virDomainPtr domain, void *data)
{
    (void)connection;
    put_domain(data, domain, "reboot");
}

static void
on_watchdog(virConnectPtr connection, virDomainPtr domain, int action, void *data)
{
    (void)connection;
    (void)action;
    put_domain(data, domain, "watchdog");
}

static void
on_io_error(virConnectPtr connection, virDomainPtr domain, const char *path, const char *device,
            int action, const char *reason, void *data)
{
    (void)connection;
    (void)path;
    (void)device;
    (void)action;
    (void)reason;
    put_domain(data, domain, "io-error");
}

static void
put_job(struct listener *l, virDomainPtr domain, const char *disk, int type,
        enum job_end end)
{
    struct hypervisor_event event = {
        .kind = HYPERVISOR_EVENT_JOB,
        .what = "block job",
        .disk = disk != NULL ? disk : "",
        .type = state_block_job(type),
        .end = end,
    };

    put(l, domain, &event);
}

static void
on_block_job(virConnectPtr connection, virDomainPtr domain, const char *disk, int type, int status,
             void *data)
{
    (void)connection;
    switch (status) {
    case VIR_DOMAIN_BLOCK_JOB_COMPLETED:
        put_job(data, domain, disk, type, JOB_END_COMPLETED);
        return;
    case VIR_DOMAIN_BLOCK_JOB_FAILED:
        put_job(data, domain, disk, type, JOB_END_FAILED);
        return;
    case VIR_DOMAIN_BLOCK_JOB_CANCELED:
        put_job(data, domain, disk, type, JOB_END_CANCELED);
        return;
    default:
        put_domain(data, domain, status == VIR_DOMAIN_BLOCK_JOB_READY ? "block job ready"
                                                                      : "block job");
    }
}

static void
on_agent(virConnectPtr connection, virDomainPtr domain, int state, int reason, void *data)
{
    (void)connection;
    (void)reason;
    put_domain(data, domain,
               state == VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED
                   ? "agent connected"
               : state == VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_DISCONNECTED
                   ? "agent disconnected"
                   : "agent");
}

static void
on_migration_iteration(virConnectPtr connection, virDomainPtr domain, int iteration, void *data)
{
    (void)connection;
    (void)iteration;
    put_domain(data, domain, SINK_MIGRATION_ITERATION);
}

static void
on_job_completed(virConnectPtr connection, virDomainPtr domain, virTypedParameterPtr params,
                 int n_params, void *data)
{
    (void)connection;
    (void)params;
    (void)n_params;
    put_domain(data, domain, "job completed");
}

static void
on_close(virConnectPtr connection, int reason, void *data)
{
    const struct listener *l = data;
    enum error_class class = ERROR_CLOSED;
    const char *text = N_("the connection was lost");

    (void)connection;
    switch (reason) {
    case VIR_CONNECT_CLOSE_REASON_KEEPALIVE:
        class = ERROR_TIMEOUT;
        text = N_("no answer to keepalive messages");
        break;
    case VIR_CONNECT_CLOSE_REASON_EOF:
        text = N_("the other side closed the connection");
        break;
    default:
        break;
    }
    sink_put_down(l->sink, l->epoch, DOWN_LOST, class, text);
}

/* The compiler does not see whether a callback has the signature that belongs to its number:
 * this refuses another type. */
#define CALLBACK(type, function)                                                                   \
    ((virConnectDomainEventGenericCallback)(void (*)(void))_Generic((function), type : (function)))

struct registration {
    int number;
    virConnectDomainEventGenericCallback callback;
    const char *name;
};

static const struct registration kinds[] = {
    /* The first one is needed. */
    {VIR_DOMAIN_EVENT_ID_LIFECYCLE, CALLBACK(virConnectDomainEventCallback, on_lifecycle),
     "lifecycle"},
    {VIR_DOMAIN_EVENT_ID_REBOOT, CALLBACK(virConnectDomainEventGenericCallback, on_reboot),
     "reboot"},
    {VIR_DOMAIN_EVENT_ID_WATCHDOG, CALLBACK(virConnectDomainEventWatchdogCallback, on_watchdog),
     "watchdog"},
    {VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON,
     CALLBACK(virConnectDomainEventIOErrorReasonCallback, on_io_error), "io-error"},
    {VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2, CALLBACK(virConnectDomainEventBlockJobCallback, on_block_job),
     "block job"},
    {VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
     CALLBACK(virConnectDomainEventJobCompletedCallback, on_job_completed), "job completed"},
    {VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,
     CALLBACK(virConnectDomainEventAgentLifecycleCallback, on_agent), "agent"},
    {VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION,
     CALLBACK(virConnectDomainEventMigrationIterationCallback, on_migration_iteration),
     SINK_MIGRATION_ITERATION},
};
G_STATIC_ASSERT(G_N_ELEMENTS(kinds) <= MAX_EVENTS);

/* False with *error when the connection is of no use without it. */
static bool
register_kind(struct events *e, size_t i, GError **error)
{
    const struct registration *k = &kinds[i];
    g_autoptr(GError) refused = NULL;
    const int id =
        virConnectDomainEventRegisterAny(e->connection, NULL, k->number, k->callback,
                                         listener_ref(e->listener), listener_unref);

    if (id >= 0) {
        e->ids[e->n_ids++] = id;
        return true;
    }
    listener_unref(e->listener);
    if (error_after_call(e->connection, k->name, &refused) == FAILURE_CONNECTION || i == 0) {
        g_propagate_prefixed_error(error, g_steal_pointer(&refused), "events are refused: ");
        return false;
    }
    e->n_refused++;
    g_string_append_printf(e->missing, "%s%s", e->missing->len > 0 ? ", " : "", k->name);
    return true;
}

struct events *
events_register(virConnectPtr connection, struct sink *s, uint64_t epoch, GError **error)
{
    struct events *e = g_new0(struct events, 1);

    e->connection = connection;
    e->listener = listener_new(s, epoch);
    e->missing = g_string_new(NULL);
    /* Without a reference: it is called under a lock that taking it back waits for, and drivers
     * without a connection to lose take it and forget it. */
    virConnectRegisterCloseCallback(connection, on_close, e->listener, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (!register_kind(e, i, error)) {
            events_unregister(e);
            return NULL;
        }
    return e;
}

void
events_unregister(struct events *e)
{
    for (size_t i = 0; i < e->n_ids; i++)
        virConnectDomainEventDeregisterAny(e->connection, e->ids[i]);
    virConnectUnregisterCloseCallback(e->connection, on_close);
    virResetLastError();
    listener_end(e->listener);
    listener_unref(e->listener);
    g_string_free(e->missing, TRUE);
    g_free(e);
}

virDomainPtr
events_take_domain(struct events *e, const struct uuid *uuid)
{
    struct listener *l = e->listener;
    gpointer key = NULL;
    gpointer domain = NULL;

    pthread_mutex_lock(&l->lock);
    if (g_hash_table_steal_extended(l->named, uuid, &key, &domain))
        g_free(key);
    pthread_mutex_unlock(&l->lock);
    return domain;
}

const char *
events_missing(const struct events *e)
{
    return e->missing->len > 0 ? e->missing->str : NULL;
}

unsigned
events_n_refused(const struct events *e)
{
    return e->n_refused;
}
