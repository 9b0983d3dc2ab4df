/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/events.h - libvirt's events of one connection, put into a sink.
 *
 * The callbacks run in whatever thread libvirt likes, most in the one of the
 * main context.  They copy what they are told and return: none calls anything
 * that may block.
 */
#ifndef STATESYNC_HYPERVISOR_EVENTS_H
#define STATESYNC_HYPERVISOR_EVENTS_H

#include "core/cleanup.h"
#include "hypervisor/error.h"
#include "hypervisor/sink.h"

struct events;

/*
 * Registers for all events we know what to do with, and for the loss of the
 * connection.  The driver may lack some: events_missing() names them.  NULL
 * with *error (HYPERVISOR_ERROR) when it refuses the events that matter most,
 * or the connection is lost; nothing is registered then.  Blocks.
 */
struct events *events_register(virConnectPtr connection, struct sink *s, uint64_t epoch,
                               GError **error);

/* Takes the registrations back, or the connection would stay open for ever.  Blocks. */
void events_unregister(struct events *e);

/* The domain that an event named last, once; NULL = none, or too many since.  Does not block.  To be
 * freed with virDomainFree(). */
virDomainPtr events_take_domain(struct events *e, const struct uuid *uuid);

/* What the driver refused, comma separated, or NULL; and how many. */
const char *events_missing(const struct events *e);
unsigned events_n_refused(const struct events *e);

#endif
