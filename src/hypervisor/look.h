/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/look.h - the closer look at one domain: its job, block jobs,
 * live XML, agent, control state and disk errors.
 *
 * Some of these calls enter the guest's monitor and do not return while the
 * guest is frozen.  The control state is therefore asked first, and a domain
 * that is occupied gets no call that enters its monitor; nor does a domain
 * that is not active, of which it is simply known that it has no jobs.
 */
#ifndef STATESYNC_HYPERVISOR_LOOK_H
#define STATESYNC_HYPERVISOR_LOOK_H

#include "engine/observation.h"
#include "hypervisor/link.h"

/* How long a silent agent keeps a ping: before each command libvirt waits this long for the agent
 * to follow, whatever time the command itself is given. */
#define LOOK_AGENT_TIMEOUT_S 5

/*
 * Looks at the domain uuid; want holds enum look_want bits.  State and reason
 * are always read.  Adds the domain to o, or nothing when it does not exist.
 * A question without an answer leaves its part of struct look unknown and is
 * named in o->text, with RESULT_PARTIAL; one the driver cannot answer is just
 * not known.  LOOK_AGENT pings only over a read-write link.
 *
 * False with *error (HYPERVISOR_ERROR) when the connection is lost or cannot
 * be made; o may hold a part of the answer then.  Blocks, possibly for ever.
 */
bool look_read(struct link *l, const struct uuid *uuid, unsigned want, struct observation *o,
               GError **error);

/* Appends a reason to o->text and makes o RESULT_PARTIAL; the text stays short. */
void look_note(struct observation *o, const char *reason);

#endif
