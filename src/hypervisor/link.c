/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/link.h"

#include "hypervisor/events.h"

#include <libvirt/virterror.h>
#include <string.h>

#define KEEPALIVE_COUNT 3

struct link {
    char *uri;
    bool read_write;
    unsigned keepalive_s;
    uint64_t epoch;
    bool was_open;
    unsigned lacks;
    virConnectPtr connection;
    char *hypervisor;
    char *libvirt;
    struct sink *sink;     /* NULL = nobody listens */
    struct events *events; /* of this connection; NULL = not registered */
    void *left; /* for link_tidy() */
    void (*free_left)(void *data);
};

struct link *
link_new(const struct link_options *options)
{
    struct link *l = g_new0(struct link, 1);

    l->uri = g_strdup(options->uri);
    l->read_write = options->read_write;
    l->keepalive_s = options->keepalive_s;
    l->epoch = options->epoch;
    return l;
}

void
link_free(struct link *l)
{
    if (l == NULL)
        return;
    link_tidy(l);
    link_drop(l);
    sink_unref(l->sink);
    g_free(l->uri);
    g_free(l);
}

/* libvirt's numbers are major * 10^6 + minor * 10^3 + release. */
static char *
dotted(unsigned long version)
{
    return g_strdup_printf("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
}

/* "QEMU 7.2.0" */
static char *
describe(virConnectPtr connection)
{
    const char *type = virConnectGetType(connection);
    unsigned long version = 0;

    if (type == NULL)
        return NULL;
    if (virConnectGetVersion(connection, &version) < 0 || version == 0)
        return g_strdup(type);
    g_autofree char *text = dotted(version);
    return g_strdup_printf("%s %s", type, text);
}

static char *
library_version(virConnectPtr connection)
{
    unsigned long version = 0;

    if (virConnectGetLibVersion(connection, &version) == 0 && version != 0)
        return dotted(version);
    virResetLastError();
    return NULL;
}

static bool
connect(struct link *l, GError **error)
{
    if (l->uri == NULL || l->uri[0] == '\0') { /* libvirt would take "" for the local default */
        g_set_error_literal(error, HYPERVISOR_ERROR, ERROR_NO_URI, "the URI is empty");
        return false;
    }
    l->connection = l->read_write ? virConnectOpen(l->uri) : virConnectOpenReadOnly(l->uri);
    if (l->connection == NULL) {
        error_after_open(l->uri, error);
        return false;
    }
    if (l->keepalive_s > 0) /* the test driver and very old daemons have none: tolerated */
        virConnectSetKeepAlive(l->connection, (int)l->keepalive_s, KEEPALIVE_COUNT);
    l->lacks = 0;
    l->epoch += l->was_open ? 1 : 0;
    l->was_open = true;
    l->hypervisor = describe(l->connection);
    virResetLastError();
    return true;
}

static bool
listen(struct link *l, GError **error)
{
    l->events = events_register(l->connection, l->sink, l->epoch, error);
    if (l->events == NULL)
        return false;
    g_free(l->libvirt);
    l->libvirt = library_version(l->connection);
    link_announce(l);
    return true;
}

virConnectPtr
link_open(struct link *l, GError **error)
{
    if (l->connection == NULL && !connect(l, error))
        return NULL;
    if (l->sink != NULL && l->events == NULL && !listen(l, error)) {
        link_drop(l);
        return NULL;
    }
    return l->connection;
}

bool
link_listen(struct link *l, struct sink *s)
{
    if (s == l->sink)
        return l->events != NULL;
    if (l->events != NULL)
        events_unregister(g_steal_pointer(&l->events));
    sink_unref(l->sink);
    l->sink = s != NULL ? sink_ref(s) : NULL;
    return false;
}

void
link_announce(struct link *l)
{
    if (l->events != NULL)
        sink_put_up(l->sink, l->epoch, l->libvirt, events_missing(l->events),
                    events_n_refused(l->events));
}

virDomainPtr
link_take_domain(struct link *l, const struct uuid *uuid)
{
    return l->events != NULL ? events_take_domain(l->events, uuid) : NULL;
}

bool
link_is_open(const struct link *l)
{
    return l->connection != NULL;
}

bool
link_is_alive(const struct link *l)
{
    return l->connection != NULL && virConnectIsAlive(l->connection) == 1;
}

void
link_drop(struct link *l)
{
    if (l->events != NULL) {
        events_unregister(g_steal_pointer(&l->events));
        sink_put_down(l->sink, l->epoch, DOWN_LOST, ERROR_CLOSED, "the connection was lost");
    }
    if (l->connection != NULL)
        virConnectClose(l->connection);
    l->connection = NULL;
    g_clear_pointer(&l->hypervisor, g_free);
    g_clear_pointer(&l->libvirt, g_free);
}

uint64_t
link_epoch(const struct link *l)
{
    return l->epoch;
}

const char *
link_hypervisor(const struct link *l)
{
    return l->hypervisor;
}

bool
link_may_use_agent(const struct link *l)
{
    return l->read_write;
}

void
link_leave(struct link *l, void *data, void (*free_data)(void *data))
{
    link_tidy(l);
    l->left = data;
    l->free_left = free_data;
}

void
link_tidy(struct link *l)
{
    if (l->left != NULL)
        l->free_left(l->left);
    l->left = NULL;
}

void
link_set_lacks(struct link *l, enum link_lacks what)
{
    l->lacks |= what;
}

bool
link_lacks(const struct link *l, enum link_lacks what)
{
    return (l->lacks & what) != 0;
}
