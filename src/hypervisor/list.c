/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/list.h"

#include "engine/uuid.h"
#include "hypervisor/error.h"

#include <stdlib.h>

/* Ways to cut a list into parts that together are the whole; zero ends a row. */
static const unsigned cuts[][5] = {
    {VIR_CONNECT_LIST_DOMAINS_INACTIVE, VIR_CONNECT_LIST_DOMAINS_ACTIVE},
    {VIR_CONNECT_LIST_DOMAINS_RUNNING, VIR_CONNECT_LIST_DOMAINS_PAUSED,
     VIR_CONNECT_LIST_DOMAINS_SHUTOFF, VIR_CONNECT_LIST_DOMAINS_OTHER},
    {VIR_CONNECT_LIST_DOMAINS_PERSISTENT, VIR_CONNECT_LIST_DOMAINS_TRANSIENT},
    {VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE, VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE},
    {VIR_CONNECT_LIST_DOMAINS_AUTOSTART, VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART},
    {VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT, VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT},
};

/* A node that refuses everything shall not be asked in all the ways there are. */
#define MAX_REFUSALS 64

struct listing {
    virConnectPtr connection;
    GPtrArray *domains;
    GHashTable *seen; /* struct uuid: made when a list had to be cut */
    unsigned n_refusals;
    bool whole;
    GError *reason; /* of the first part that could not be listed */
};

static void
free_domain(gpointer data)
{
    virDomainFree(data);
}

GPtrArray *
list_new(void)
{
    return g_ptr_array_new_with_free_func(free_domain);
}

static bool
is_new(struct listing *l, virDomainPtr domain)
{
    struct uuid *uuid;

    if (l->seen == NULL)
        return true;
    uuid = g_new0(struct uuid, 1);
    virDomainGetUUID(domain, uuid->bytes);
    return g_hash_table_add(l->seen, uuid);
}

static void
take(struct listing *l, virDomainPtr *domains, int n_domains)
{
    for (int i = 0; i < n_domains; i++) {
        if (is_new(l, domains[i]))
            g_ptr_array_add(l->domains, domains[i]);
        else
            virDomainFree(domains[i]);
    }
    free(domains);
}

/* The bits of one row, to see whether flags are already limited by it. */
static unsigned
row_mask(size_t row)
{
    unsigned mask = 0;

    for (size_t i = 0; cuts[row][i] != 0; i++)
        mask |= cuts[row][i];
    return mask;
}

static bool list_part(struct listing *l, unsigned flags, size_t row);

static bool
list_in_parts(struct listing *l, unsigned flags, size_t row)
{
    size_t n_parts = 0;

    if (l->seen == NULL)
        l->seen = g_hash_table_new_full(uuid_hash, uuid_equal_key, g_free, NULL);
    while (cuts[row][n_parts] != 0)
        n_parts++;
    for (size_t i = 0; i < 2 * n_parts - 1; i++)
        if (!list_part(l, flags | cuts[row][i % n_parts], row + 1))
            return false;
    return true;
}

static void
keep_reason(struct listing *l, GError *reason)
{
    if (l->reason == NULL)
        l->reason = reason;
    else
        g_error_free(reason);
}

/* False when there is no point in asking on. */
static bool
list_part(struct listing *l, unsigned flags, size_t row)
{
    virDomainPtr *domains = NULL;
    const int n_domains = virConnectListAllDomains(l->connection, &domains, flags);
    GError *reason = NULL;
    enum failure failure;

    if (n_domains >= 0) {
        take(l, domains, n_domains);
        return true;
    }
    failure = error_after_call(l->connection, "list of domains", &reason);
    if (failure != FAILURE_OTHER || reason->code == ERROR_AUTH) {
        g_clear_error(&l->reason);
        l->reason = reason;
        return false;
    }
    while (row < G_N_ELEMENTS(cuts) && (flags & row_mask(row)) != 0)
        row++;
    if (row < G_N_ELEMENTS(cuts) && ++l->n_refusals < MAX_REFUSALS) {
        keep_reason(l, reason);
        return list_in_parts(l, flags, row);
    }
    keep_reason(l, reason);
    l->whole = false;
    return true;
}

bool
list_domains(virConnectPtr connection, unsigned flags, GPtrArray *domains, bool *whole,
             GError **error)
{
    struct listing l = {.connection = connection, .domains = domains, .whole = true};
    const guint before = domains->len;
    bool listed = list_part(&l, flags, 0);

    g_clear_pointer(&l.seen, g_hash_table_unref);
    if (!l.whole && domains->len == before)
        listed = false; /* nothing but refusals */
    if (!listed) {
        g_propagate_error(error, l.reason);
        return false;
    }
    g_clear_error(&l.reason);
    *whole = *whole && l.whole;
    return true;
}
