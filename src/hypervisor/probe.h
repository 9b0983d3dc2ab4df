/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/probe.h - finding frozen guests.
 *
 * A QEMU process that is stopped answers every cheap question as if it ran;
 * only a call that enters its monitor shows it, by not returning, and from
 * then on its control state is "occupied" for every client.  So one call asks
 * all running guests something from their monitor.  When it does not come
 * back in time, the control states, asked on another connection, name the
 * guest.
 */
#ifndef STATESYNC_HYPERVISOR_PROBE_H
#define STATESYNC_HYPERVISOR_PROBE_H

#include "engine/observation.h"
#include "hypervisor/link.h"

/*
 * Enters the monitor of every running domain that is not already occupied, in
 * one call; what the record of a domain lacks says that it was left out, and
 * only its control state is asked then, as probe_control() does.  False with
 * *error when the connection is lost or the call is refused.  Blocks as long
 * as a guest does not answer.
 */
bool probe_monitors(struct link *l, struct observation *o, GError **error);

/*
 * Asks every running domain's control state, which never blocks on a guest.
 * Adds to o those that are occupied or in error, with state, look->control and
 * look->occupied_ms.  False with *error as above.
 */
bool probe_control(struct link *l, struct observation *o, GError **error);

#endif
