/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/bulk.h"

#include "hypervisor/list.h"
#include "hypervisor/state.h"

#include <libvirt/virterror.h>
#include <string.h>

/* Domains per virDomainListGetStats(): some megabytes of memory while it is decoded. */
#define CHUNK 4096

/* Up to so many domains are asked one by one: three short calls each. */
#define FEW 32

/* What one read collects beside the domains. */
struct reading {
    struct link *link;
    virConnectPtr connection;
    struct observation *o;
    bool whole;    /* the lists were */
    GError *partial; /* first reason why something is missing */
};

static void
note_partial(struct reading *r, GError *reason)
{
    r->o->result = RESULT_PARTIAL;
    if (r->partial == NULL)
        r->partial = reason;
    else
        g_error_free(reason);
}

static struct domain *
add(struct reading *r, virDomainPtr domain)
{
    struct uuid uuid;

    virDomainGetUUID(domain, uuid.bytes);
    return observation_add(r->o, &uuid, virDomainGetName(domain));
}

static void
add_record(struct reading *r, const virDomainStatsRecord *record)
{
    struct domain *d = add(r, record->dom);
    int state = -1;
    int reason = 0;

    for (int i = 0; i < record->nparams; i++) {
        const virTypedParameter *p = &record->params[i];

        if (p->type != VIR_TYPED_PARAM_INT)
            continue;
        if (strcmp(p->field, "state.state") == 0)
            state = p->value.i;
        else if (strcmp(p->field, "state.reason") == 0)
            reason = p->value.i;
    }
    if (state < 0)
        d->unreadable = true;
    else
        state_set(d, state, reason);
}

static void
add_records(struct reading *r, virDomainStatsRecordPtr *records, int n_records)
{
    for (int i = 0; i < n_records; i++)
        add_record(r, records[i]);
}

static void
free_records(void *records)
{
    virDomainStatsRecordListFree(records);
}

static bool
add_state(struct reading *r, virDomainPtr domain, GError **error)
{
    int state = 0;
    int reason = 0;
    g_autoptr(GError) failed = NULL;

    if (virDomainGetState(domain, &state, &reason, 0) == 0) {
        state_set(add(r, domain), state, reason);
        return true;
    }
    switch (error_after_call(r->connection, "state of one domain", &failed)) {
    case FAILURE_ABSENT:
        return true;
    case FAILURE_CONNECTION:
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    case FAILURE_UNSUPPORTED:
    case FAILURE_INACTIVE:
    case FAILURE_REFUSED:
    case FAILURE_OTHER:
        break;
    }
    add(r, domain)->unreadable = true;
    return true;
}

static bool
add_states(struct reading *r, virDomainPtr *domains, guint n_domains, GError **error)
{
    for (guint i = 0; i < n_domains; i++)
        if (!add_state(r, domains[i], error))
            return false;
    return true;
}

static unsigned
stats_flags(const struct reading *r)
{
    return link_lacks(r->link, LINK_LACKS_NOWAIT) ? 0
                                                  : VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
}

/* domains ends with NULL. */
static bool
add_chunk(struct reading *r, virDomainPtr *domains, guint n_domains, GError **error)
{
    virDomainStatsRecordPtr *records = NULL;
    int n_records;

    n_records = virDomainListGetStats(domains, VIR_DOMAIN_STATS_STATE, &records, stats_flags(r));
    if (n_records >= 0) {
        add_records(r, records, n_records);
        free_records(records); /* at once, so that memory does not add up */
        return true;
    }
    if (error_after_call(r->connection, "states of many domains", error) == FAILURE_CONNECTION)
        return false;
    g_clear_error(error);
    return add_states(r, domains, n_domains, error);
}

static void
free_domain(gpointer data)
{
    if (data != NULL)
        virDomainFree(data);
}

/* Moves up to CHUNK domains from the list into chunk and ends it with NULL; returns how many. */
static guint
take_chunk(GPtrArray *domains, guint from, virDomainPtr *chunk)
{
    const guint n = MIN(CHUNK, domains->len - from);

    for (guint i = 0; i < n; i++)
        chunk[i] = g_steal_pointer(&g_ptr_array_index(domains, from + i));
    chunk[n] = NULL;
    return n;
}

static bool
read_in_chunks(struct reading *r, bool singly, GError **error)
{
    g_autoptr(GPtrArray) domains = g_ptr_array_new_with_free_func(free_domain);
    g_autofree virDomainPtr *chunk = g_new0(virDomainPtr, CHUNK + 1);
    bool done = true;

    if (!list_domains(r->connection, 0, domains, &r->whole, error))
        return false;
    for (guint i = 0; done && i < domains->len; i += CHUNK) {
        const guint n = take_chunk(domains, i, chunk);

        done = (singly ? add_states : add_chunk)(r, chunk, n, error);
        for (guint j = 0; j < n; j++) /* at once, so that memory does not add up */
            virDomainFree(chunk[j]);
    }
    return done;
}

static bool
read_at_once(struct reading *r, GError **error)
{
    virDomainStatsRecordPtr *records = NULL;
    g_autoptr(GError) refused = NULL;
    int n_records;

    if (link_lacks(r->link, LINK_LACKS_BULK))
        return read_in_chunks(r, false, error);
    n_records = virConnectGetAllDomainStats(r->connection, VIR_DOMAIN_STATS_STATE, &records,
                                            stats_flags(r));
    if (n_records >= 0) {
        add_records(r, records, n_records);
        link_leave(r->link, records, free_records);
        return true;
    }
    /* Too many domains, or NOWAIT is newer than the node: a smaller question may be answered. */
    if (error_after_call(r->connection, "bulk read", &refused) == FAILURE_CONNECTION ||
        refused->code == ERROR_AUTH) {
        g_propagate_error(error, g_steal_pointer(&refused));
        return false;
    }
    if (!read_in_chunks(r, false, error))
        return false;
    link_set_lacks(r->link, LINK_LACKS_BULK);
    return true;
}

/* A set of the listed domains' UUIDs; they live in *store. */
static GHashTable *
uuid_set(const GPtrArray *domains, struct uuid **store)
{
    GHashTable *set = g_hash_table_new(uuid_hash, uuid_equal_key);

    *store = g_new0(struct uuid, domains->len);
    for (guint i = 0; i < domains->len; i++) {
        virDomainGetUUID(g_ptr_array_index(domains, i), (*store)[i].bytes);
        g_hash_table_add(set, &(*store)[i]);
    }
    return set;
}

static bool
read_managed_saves(struct reading *r, GError **error)
{
    g_autoptr(GPtrArray) saved = list_new();
    g_autoptr(GHashTable) set = NULL;
    g_autofree struct uuid *store = NULL;
    GError *failed = NULL;

    if (!list_domains(r->connection, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE, saved, &r->whole,
                      &failed)) {
        if (virConnectIsAlive(r->connection) != 1) {
            g_propagate_error(error, failed);
            return false;
        }
        g_prefix_error(&failed, "managed-save images are not known: ");
        note_partial(r, failed);
        return true;
    }
    if (saved->len == 0)
        return true;
    set = uuid_set(saved, &store);
    for (guint i = 0; i < r->o->domains->len; i++) {
        struct domain *d = &g_array_index(r->o->domains, struct domain, i);

        d->managed_save = g_hash_table_contains(set, &d->uuid);
    }
    return true;
}

/* Says in o why the answer is not whole, if it is not. */
static void
tell_partial(struct reading *r)
{
    if (!r->whole)
        note_partial(r, g_error_new_literal(HYPERVISOR_ERROR, ERROR_RPC,
                                            "the node has more domains than libvirt can list"));
    if (r->partial != NULL)
        r->o->text = g_strdup(r->partial->message);
    g_clear_error(&r->partial);
}

static bool
read_all(struct link *l, struct observation *o, bool singly, GError **error)
{
    struct reading r = {.link = l, .o = o, .whole = true};

    r.connection = link_open(l, error);
    if (r.connection == NULL)
        return false;
    if (!(singly ? read_in_chunks(&r, true, error) : read_at_once(&r, error)) ||
        !read_managed_saves(&r, error)) {
        g_clear_error(&r.partial);
        return false;
    }
    tell_partial(&r);
    return true;
}

bool
bulk_read(struct link *l, struct observation *o, GError **error)
{
    return read_all(l, o, false, error);
}

bool
bulk_read_singly(struct link *l, struct observation *o, GError **error)
{
    return read_all(l, o, true, error);
}

/* Looks domains up that exist and appends them to found; each once. */
static bool
look_up(struct reading *r, const struct uuid *uuids, size_t n, GPtrArray *found, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(uuid_hash, uuid_equal_key);

    for (size_t i = 0; i < n; i++) {
        g_autoptr(GError) failed = NULL;
        virDomainPtr domain;
        enum failure failure;

        if (!g_hash_table_add(seen, (gpointer)(guintptr)&uuids[i]))
            continue;
        domain = link_take_domain(r->link, &uuids[i]);
        if (domain == NULL)
            domain = virDomainLookupByUUID(r->connection, uuids[i].bytes);
        if (domain != NULL) {
            g_ptr_array_add(found, domain);
            continue;
        }
        failure = error_after_call(r->connection, "look-up of one domain", &failed);
        if (failure == FAILURE_CONNECTION) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return false;
        }
        if (failure != FAILURE_ABSENT)
            observation_add(r->o, &uuids[i], NULL)->unreadable = true;
    }
    return true;
}

/* Only one that is off has an image: it is used up at the start.  So one that ran until it ended in
 * one of these ways has none. */
static bool
may_be_saved(const struct domain *d)
{
    if (d->unreadable || d->state == DSTATE_CRASHED)
        return true;
    return d->state == DSTATE_SHUTOFF && d->reason != DREASON_DESTROYED
           && d->reason != DREASON_SHUTDOWN && d->reason != DREASON_MIGRATED;
}

/* The managed-save image of the domain that was added last. */
static bool
add_managed_save(struct reading *r, virDomainPtr domain, GError **error)
{
    struct domain *d = &g_array_index(r->o->domains, struct domain, r->o->domains->len - 1);
    GError *failed = NULL;
    int has;

    if (!may_be_saved(d))
        return true;
    has = virDomainHasManagedSaveImage(domain, 0);
    if (has >= 0) {
        d->managed_save = has == 1;
        return true;
    }
    switch (error_after_call(r->connection, "managed-save image", &failed)) {
    case FAILURE_CONNECTION:
        g_propagate_error(error, failed);
        return false;
    case FAILURE_ABSENT:
    case FAILURE_UNSUPPORTED:
        g_error_free(failed);
        return true;
    case FAILURE_INACTIVE:
    case FAILURE_REFUSED:
    case FAILURE_OTHER:
        break;
    }
    note_partial(r, failed);
    return true;
}

static bool
read_few(struct reading *r, GPtrArray *domains, GError **error)
{
    for (guint i = 0; i < domains->len; i++) {
        virDomainPtr domain = g_ptr_array_index(domains, i);
        const guint before = r->o->domains->len;

        if (!add_state(r, domain, error) ||
            (r->o->domains->len > before && !add_managed_save(r, domain, error)))
            return false;
    }
    return true;
}

static bool
read_many(struct reading *r, GPtrArray *domains, GError **error)
{
    g_autofree virDomainPtr *chunk = g_new0(virDomainPtr, CHUNK + 1);

    for (guint from = 0; from < domains->len; from += CHUNK) {
        const guint n = MIN(CHUNK, domains->len - from);

        memcpy(chunk, &domains->pdata[from], n * sizeof(*chunk));
        chunk[n] = NULL;
        if (!add_chunk(r, chunk, n, error))
            return false;
    }
    return read_managed_saves(r, error);
}

bool
bulk_read_some(struct link *l, const struct uuid *uuids, size_t n, struct observation *o,
               GError **error)
{
    struct reading r = {.link = l, .o = o, .whole = true};
    g_autoptr(GPtrArray) domains = list_new();

    r.connection = link_open(l, error);
    if (r.connection == NULL)
        return false;
    if (!look_up(&r, uuids, n, domains, error) ||
        !(domains->len <= FEW ? read_few : read_many)(&r, domains, error)) {
        g_clear_error(&r.partial);
        return false;
    }
    tell_partial(&r);
    return true;
}
