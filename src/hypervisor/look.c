/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/look.h"

#include "hypervisor/domainxml.h"
#include "hypervisor/state.h"

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT 500 /* bytes of o->text */

/* A guest that is merely busy gives its monitor back in milliseconds: ask again, this often. */
#define BUSY_TRIES   20
#define BUSY_WAIT_MS 5

/* One look under way. */
struct looking {
    struct link *link;
    virConnectPtr connection;
    virDomainPtr domain;
    struct observation *o;
    struct domain *d;
    struct domainxml *xml; /* NULL = not read */
    bool xml_tried;
    bool lost; /* the connection is */
    GError *error;
};

void
look_note(struct observation *o, const char *reason)
{
    g_autofree char *before = g_steal_pointer(&o->text);

    o->result = RESULT_PARTIAL;
    if (before == NULL)
        o->text = g_strdup(reason);
    else if (strlen(before) + strlen(reason) + 2 > MAX_TEXT)
        o->text = g_steal_pointer(&before);
    else
        o->text = g_strdup_printf("%s; %s", before, reason);
}

/* Notes the failure of a call; lacks is remembered when the driver does not have it (0 = never).
 * Returns what it means. */
static enum failure
failed(struct looking *k, const char *what, unsigned lacks)
{
    g_autoptr(GError) reason = NULL;
    g_autofree char *text = NULL;
    char uuid[UUID_TEXT_SIZE];
    const enum failure failure = error_after_call(k->connection, what, &reason);

    switch (failure) {
    case FAILURE_CONNECTION:
        k->lost = true;
        k->error = g_steal_pointer(&reason);
        break;
    case FAILURE_UNSUPPORTED:
        link_set_lacks(k->link, lacks);
        break;
    case FAILURE_ABSENT: /* it went away between two calls: the next pass sees it */
    case FAILURE_INACTIVE:
    case FAILURE_REFUSED:
        break;
    case FAILURE_OTHER:
        uuid_format(&k->d->uuid, uuid);
        text = g_strdup_printf("%s: %s", uuid, reason->message);
        look_note(k->o, text);
        break;
    }
    return failure;
}

/* Everything but shutoff: of a state we do not know we cannot say that it has no jobs. */
static bool
is_active(const struct domain *d)
{
    return d->state != DSTATE_SHUTOFF;
}

static void
look_control(struct looking *k)
{
    virDomainControlInfo info = {0};
    struct look *l;

    if (link_lacks(k->link, LINK_LACKS_CONTROL))
        return;
    if (virDomainGetControlInfo(k->domain, &info, 0) < 0) {
        failed(k, "control state", LINK_LACKS_CONTROL);
        return;
    }
    l = domain_look(k->d);
    l->control_known = true;
    l->control = state_control((int)info.state);
    l->occupied_ms = l->control == CONTROL_OCCUPIED ? (int64_t)info.stateTime : 0;
}

/* Is the monitor free?  Waits a little for a call of somebody else to return. */
static bool
monitor_is_free(struct looking *k)
{
    const struct look *l = domain_look(k->d);

    for (int i = 0; i < BUSY_TRIES; i++) {
        if (k->lost || !l->control_known || l->control == CONTROL_OK)
            return !k->lost;
        if (l->control == CONTROL_ERROR)
            return false;
        poll(NULL, 0, BUSY_WAIT_MS);
        look_control(k);
    }
    return false;
}

static void
look_job(struct looking *k)
{
    virTypedParameterPtr params = NULL;
    int n_params = 0;
    int type = VIR_DOMAIN_JOB_NONE;
    int operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
    struct look *l;

    if (link_lacks(k->link, LINK_LACKS_JOBS))
        return;
    if (virDomainGetJobStats(k->domain, &type, &params, &n_params, 0) < 0) {
        /* QEMU's driver: "only on the source host", while a migration comes in */
        if (failed(k, "job", LINK_LACKS_JOBS) == FAILURE_REFUSED) {
            l = domain_look(k->d);
            l->job_known = true;
            l->job = JOB_INCOMING;
        }
        return;
    }
    for (int i = 0; i < n_params; i++)
        if (params[i].type == VIR_TYPED_PARAM_INT &&
            strcmp(params[i].field, VIR_DOMAIN_JOB_OPERATION) == 0)
            operation = params[i].value.i;
    virTypedParamsFree(params, n_params);
    l = domain_look(k->d);
    l->job_known = true;
    l->job = type == VIR_DOMAIN_JOB_NONE ? JOB_NONE : state_job(operation);
}

/* The live XML, read once per look.  NULL = not known. */
static const struct domainxml *
live_xml(struct looking *k)
{
    g_autoptr(GError) broken = NULL;
    char *text;

    if (k->xml_tried)
        return k->xml;
    k->xml_tried = true;
    text = virDomainGetXMLDesc(k->domain, 0);
    if (text == NULL) {
        failed(k, "live XML", 0);
        return NULL;
    }
    k->xml = domainxml_parse(text, strlen(text), &broken);
    free(text);
    if (k->xml == NULL) {
        char uuid[UUID_TEXT_SIZE];
        g_autofree char *reason = NULL;

        uuid_format(&k->d->uuid, uuid);
        reason = g_strdup_printf("%s: %s", uuid, broken->message);
        look_note(k->o, reason);
    }
    return k->xml;
}

static void
look_xml(struct looking *k)
{
    const struct domainxml *x = live_xml(k);
    struct look *l;

    if (x == NULL)
        return;
    l = domain_look(k->d);
    l->agent_known = true;
    l->agent = x->agent;
    l->disks_known = is_active(k->d);
    for (guint i = 0; i < x->disks->len; i++) {
        const struct disk_xml *disk = &g_array_index(x->disks, struct disk_xml, i);

        if (disk->backing == BACKING_UNKNOWN)
            l->disks_known = false; /* an unexamined chain proves nothing */
        else
            look_add_disk(l, disk->name, disk->backing == BACKING_FILE);
    }
}

static bool
look_block_job(struct looking *k, struct look *l, const char *disk)
{
    virDomainBlockJobInfo info = {0};
    const int found = virDomainGetBlockJobInfo(k->domain, disk, &info, 0);

    if (found > 0)
        look_add_block_job(l, disk, state_block_job(info.type), info.cur, info.end);
    return found >= 0;
}

static void
look_block_jobs(struct looking *k)
{
    const struct domainxml *x;
    struct look *l;

    if (link_lacks(k->link, LINK_LACKS_BLOCK_JOBS))
        return;
    x = live_xml(k);
    l = domain_look(k->d);
    if (x == NULL) {
        l->blocks_failed = true;
        return;
    }
    for (guint i = 0; i < x->disks->len; i++) {
        const struct disk_xml *disk = &g_array_index(x->disks, struct disk_xml, i);

        if (look_block_job(k, l, disk->name))
            continue;
        l->blocks_failed = failed(k, "block job", LINK_LACKS_BLOCK_JOBS) != FAILURE_UNSUPPORTED;
        return;
    }
    l->blocks_known = true;
}

static void
look_disk_errors(struct looking *k)
{
    int n_errors = virDomainGetDiskErrors(k->domain, NULL, 0, 0);
    g_autofree virDomainDiskError *errors = NULL;
    g_autoptr(GString) names = g_string_new(NULL);

    if (n_errors > 0) {
        n_errors = MIN(n_errors, DOMAINXML_MAX_DISKS);
        errors = g_new0(virDomainDiskError, n_errors);
        n_errors = virDomainGetDiskErrors(k->domain, errors, (unsigned)n_errors, 0);
    }
    if (n_errors < 0) {
        failed(k, "disk errors", LINK_LACKS_DISK_ERRORS);
        return;
    }
    for (int i = 0; i < n_errors; i++) {
        if (errors[i].error != VIR_DOMAIN_DISK_ERROR_NONE)
            g_string_append_printf(names, "%s%s", names->len > 0 ? "," : "", errors[i].disk);
        free(errors[i].disk);
    }
    if (names->len > 0)
        domain_look(k->d)->io_error_disks = g_string_free(g_steal_pointer(&names), FALSE);
}

static void
look_agent(struct looking *k)
{
    const struct domainxml *x = live_xml(k);
    struct look *l;
    char *answer;

    if (x == NULL)
        return;
    l = domain_look(k->d);
    l->agent_known = true;
    l->agent = x->agent;
    if (x->agent != AGENT_CONNECTED || !link_may_use_agent(k->link) ||
        link_lacks(k->link, LINK_LACKS_AGENT))
        return;
    answer = virDomainQemuAgentCommand(k->domain, "{\"execute\":\"guest-ping\"}",
                                       LOOK_AGENT_TIMEOUT_S, 0);
    if (answer == NULL) {
        const enum failure failure = failed(k, "agent ping", LINK_LACKS_AGENT);

        if (failure == FAILURE_OTHER || failure == FAILURE_INACTIVE)
            l->agent = AGENT_UNRESPONSIVE;
    }
    free(answer);
}

/* An inactive domain has no job and no agent: known without asking. */
static void
look_inactive(struct looking *k, unsigned want)
{
    struct look *l = domain_look(k->d);

    l->job_known = (want & LOOK_JOB) != 0;
    l->blocks_known = (want & LOOK_BLOCKS) != 0;
    l->control_known = (want & LOOK_CONTROL) != 0;
    l->agent_known = (want & LOOK_AGENT) != 0;
    if ((want & LOOK_XML) != 0)
        look_xml(k);
}

/* A guest that arrives, is restored or started has no block job; libvirt answers questions about it
 * only when that is over. */
static bool
comes_up(const struct domain *d)
{
    if (d->look == NULL || !d->look->job_known)
        return false;
    return d->look->job == JOB_INCOMING || d->look->job == JOB_RESTORE || d->look->job == JOB_START;
}

/* Calls that enter the monitor of an active domain whose monitor is free. */
static void
look_inside(struct looking *k, unsigned want)
{
    if ((want & LOOK_JOB) != 0)
        look_job(k);
    if (comes_up(k->d)) {
        k->d->look->blocks_known = (want & LOOK_BLOCKS) != 0;
        return;
    }
    if (!k->lost && (want & LOOK_BLOCKS) != 0)
        look_block_jobs(k);
    if (!k->lost && (want & LOOK_IO_ERRORS) != 0 &&
        !link_lacks(k->link, LINK_LACKS_DISK_ERRORS))
        look_disk_errors(k);
    if (!k->lost && (want & LOOK_AGENT) != 0)
        look_agent(k);
}

static void
look_active(struct looking *k, unsigned want)
{
    const unsigned inside = LOOK_JOB | LOOK_BLOCKS | LOOK_IO_ERRORS | LOOK_AGENT;

    look_control(k);
    if (!k->lost && (want & LOOK_XML) != 0)
        look_xml(k);
    if (k->lost || (want & inside) == 0)
        return;
    if (monitor_is_free(k))
        look_inside(k, want);
    else
        domain_look(k->d)->blocks_failed = (want & LOOK_BLOCKS) != 0;
}

/* False when there is nothing more to ask. */
static bool
look_state(struct looking *k, const struct uuid *uuid)
{
    int state = 0;
    int reason = 0;

    k->domain = virDomainLookupByUUID(k->connection, uuid->bytes);
    if (k->domain != NULL && virDomainGetState(k->domain, &state, &reason, 0) == 0) {
        k->d = observation_add(k->o, uuid, virDomainGetName(k->domain));
        state_set(k->d, state, reason);
        return true;
    }
    k->d = observation_add(k->o, uuid, NULL);
    k->d->unreadable = true;
    if (failed(k, "state", 0) == FAILURE_ABSENT)
        g_array_set_size(k->o->domains, k->o->domains->len - 1);
    return false;
}

bool
look_read(struct link *l, const struct uuid *uuid, unsigned want, struct observation *o,
          GError **error)
{
    struct looking k = {.link = l, .o = o};

    k.connection = link_open(l, error);
    if (k.connection == NULL)
        return false;
    if (look_state(&k, uuid)) {
        if (is_active(k.d))
            look_active(&k, want);
        else
            look_inactive(&k, want);
    }
    if (k.domain != NULL)
        virDomainFree(k.domain);
    domainxml_free(k.xml);
    if (k.lost)
        g_propagate_error(error, k.error);
    return !k.lost;
}
