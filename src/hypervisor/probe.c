/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/probe.h"

#include "hypervisor/list.h"
#include "hypervisor/look.h"
#include "hypervisor/state.h"

#include <libvirt/virterror.h>

/* Asking for a state enters no monitor. */
static void
add_domain(virDomainPtr domain, const virDomainControlInfo *info, struct observation *o)
{
    int state = VIR_DOMAIN_RUNNING;
    int reason = VIR_DOMAIN_RUNNING_UNKNOWN;
    struct uuid uuid;
    struct domain *d;
    struct look *l;

    if (virDomainGetState(domain, &state, &reason, 0) < 0)
        virResetLastError();
    virDomainGetUUID(domain, uuid.bytes);
    d = observation_add(o, &uuid, virDomainGetName(domain));
    state_set(d, state, reason);
    l = domain_look(d);
    l->control_known = true;
    l->control = state_control((int)info->state);
    l->occupied_ms = l->control == CONTROL_OCCUPIED ? (int64_t)info->stateTime : 0;
}

/* One domain.  False when asking on makes no sense; *error is set when the connection is lost. */
static bool
add_control(struct link *l, virConnectPtr connection, virDomainPtr domain, struct observation *o,
            GError **error)
{
    virDomainControlInfo info = {0};
    g_autoptr(GError) reason = NULL;

    if (virDomainGetControlInfo(domain, &info, 0) == 0) {
        if (state_control((int)info.state) != CONTROL_OK)
            add_domain(domain, &info, o);
        return true;
    }
    switch (error_after_call(connection, "control state", &reason)) {
    case FAILURE_CONNECTION:
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    case FAILURE_UNSUPPORTED:
        link_set_lacks(l, LINK_LACKS_CONTROL);
        return false;
    case FAILURE_OTHER:
        look_note(o, reason->message);
        return true;
    case FAILURE_ABSENT:
    case FAILURE_INACTIVE:
    case FAILURE_REFUSED:
        return true;
    }
    return false;
}

/* Left out, or a daemon or QEMU too old to say: then it is asked after all. */
static bool
says_nothing(const virDomainStatsRecord *record)
{
    for (int i = 0; i < record->nparams; i++)
        if (g_str_equal(record->params[i].field, "dirtyrate.calc_status"))
            return false;
    return true;
}

/* A driver without monitors says of no domain whether it answers, and none can hang. */
static bool
has_monitors(virConnectPtr connection)
{
    const char *type = virConnectGetType(connection);

    if (type == NULL)
        virResetLastError();
    return g_strcmp0(type, "QEMU") == 0;
}

static bool
add_silent(struct link *l, virConnectPtr connection, virDomainStatsRecordPtr *records,
           struct observation *o, GError **error)
{
    g_autoptr(GError) lost = NULL;

    for (; *records != NULL && !link_lacks(l, LINK_LACKS_CONTROL); records++)
        if (says_nothing(*records) && !add_control(l, connection, (*records)->dom, o, &lost))
            break;
    if (lost == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&lost));
    return false;
}

bool
probe_monitors(struct link *l, struct observation *o, GError **error)
{
    const unsigned asked = VIR_DOMAIN_STATS_IOTHREAD | VIR_DOMAIN_STATS_DIRTYRATE;
    /* NOWAIT: a domain whose monitor another call holds is left out instead of waited for. */
    const unsigned flags = VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING
                           | VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
    virConnectPtr connection = link_open(l, error);
    virDomainStatsRecordPtr *records = NULL;

    if (connection == NULL)
        return false;
    if (virConnectGetAllDomainStats(connection, asked, &records, flags) >= 0) {
        const bool whole = !has_monitors(connection)
                           || add_silent(l, connection, records, o, error);
        virDomainStatsRecordListFree(records);
        return whole;
    }
    if (error_after_call(connection, "probe", error) == FAILURE_UNSUPPORTED) {
        g_clear_error(error); /* such a driver has no monitors */
        return true;
    }
    return false;
}

bool
probe_control(struct link *l, struct observation *o, GError **error)
{
    virConnectPtr connection = link_open(l, error);
    g_autoptr(GPtrArray) domains = list_new();
    g_autoptr(GError) lost = NULL;
    bool whole = true;

    if (connection == NULL)
        return false;
    if (link_lacks(l, LINK_LACKS_CONTROL))
        return true;
    if (!list_domains(connection, VIR_CONNECT_LIST_DOMAINS_RUNNING, domains, &whole, error))
        return false;
    if (!whole)
        look_note(o, "the node has more running domains than libvirt can list");
    for (guint i = 0; i < domains->len; i++)
        if (!add_control(l, connection, g_ptr_array_index(domains, i), o, &lost))
            break;
    if (lost == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&lost));
    return false;
}
