/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/link.h - one connection to one node, opened when needed.
 *
 * A link belongs to one thread.  Everything here may block for as long as the
 * other side likes (virConnectOpen() has no timeout): only a worker's thread
 * may call it.
 */
#ifndef STATESYNC_HYPERVISOR_LINK_H
#define STATESYNC_HYPERVISOR_LINK_H

#include "hypervisor/error.h"
#include "hypervisor/sink.h"

#include <stdbool.h>
#include <stdint.h>

struct link;

/* Calls the driver behind a link does not have (bits); asked once per connection. */
enum link_lacks {
    LINK_LACKS_NOWAIT = 1 << 0,
    LINK_LACKS_JOBS = 1 << 1,
    LINK_LACKS_BLOCK_JOBS = 1 << 2,
    LINK_LACKS_DISK_ERRORS = 1 << 3,
    LINK_LACKS_CONTROL = 1 << 4,
    LINK_LACKS_AGENT = 1 << 5,
    LINK_LACKS_BULK = 1 << 6, /* more domains than one answer may hold: read in chunks */
};

/* What a link is made of; copied. */
struct link_options {
    const char *uri;
    bool read_write;   /* only for the guest agent; else virConnectOpenReadOnly() */
    unsigned keepalive_s; /* 0 = none; needs libvirt's event loop */
    uint64_t epoch;    /* number of the first connection */
};

struct link *link_new(const struct link_options *options);
void link_free(struct link *l); /* closes; NULL is ignored */

/*
 * The open connection, made now if there is none.  NULL with *error
 * (HYPERVISOR_ERROR) when it cannot be opened.  Belongs to the link.
 */
virConnectPtr link_open(struct link *l, GError **error);

/*
 * From now on s is told of events, of each connection that is made (UP) and
 * lost (DOWN); NULL = nobody.  A connection that is open now is left as it is
 * until link_open(), which registers the events then, and fails when they are
 * refused.  True when s was told already that the connection is UP.
 */
bool link_listen(struct link *l, struct sink *s);

/* Tells the listener UP again, where the connection is open and listened to. */
void link_announce(struct link *l);

/* The domain as an event named it last, which spares looking it up, once; NULL = none did.  To be
 * freed with virDomainFree().  It may be gone since. */
virDomainPtr link_take_domain(struct link *l, const struct uuid *uuid);

bool link_is_open(const struct link *l);

/* Open, and not lost as far as libvirt knows; does not block. */
bool link_is_alive(const struct link *l);

/* Closes a connection that is lost, so that the next link_open() makes a new one. */
void link_drop(struct link *l);

/* Rises by one with every connection that was lost and made again. */
uint64_t link_epoch(const struct link *l);

/* Driver and version, e.g. "QEMU 7.2.0", of the open connection; NULL = not known. */
const char *link_hypervisor(const struct link *l);

bool link_may_use_agent(const struct link *l);

/*
 * Leaves data behind to be freed with free_data after the answer was handed
 * over: libvirt takes half as long to free many domains as to read them, and
 * nobody should wait for that.
 */
void link_leave(struct link *l, void *data, void (*free_data)(void *data));

/* Frees what was left behind. */
void link_tidy(struct link *l);

/* The driver does not have these; forgotten with the connection. */
void link_set_lacks(struct link *l, enum link_lacks what);
bool link_lacks(const struct link *l, enum link_lacks what);

#endif
