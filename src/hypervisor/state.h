/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/state.h - libvirt's numbers as the words of core/words.h.
 *
 * A newer libvirtd may use numbers this version does not know: they become
 * the OTHER (or UNKNOWN) member and keep their number in text where the engine
 * shows it.  Pure.
 */
#ifndef STATESYNC_HYPERVISOR_STATE_H
#define STATESYNC_HYPERVISOR_STATE_H

#include "engine/observation.h"

/*
 * Sets state, reason and state_word ("state 99" for an unknown state, else
 * NULL; the old word is freed) of d from virDomainState and the reason that
 * belongs to it.
 */
void state_set(struct domain *d, int state, int reason);

/* virDomainJobOperation; unknown numbers are JOB_UNKNOWN. */
enum job state_job(int operation);

/* virDomainBlockJobType; unknown numbers are BLOCK_JOB_UNKNOWN. */
enum block_job_type state_block_job(int type);

/* virDomainControlState; "job" is CONTROL_OK, because the monitor is free then.  Unknown numbers
 * are CONTROL_ERROR. */
enum control state_control(int state);

#endif
