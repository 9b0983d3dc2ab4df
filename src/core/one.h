/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/one.h - the nearest OpenNebula state of a stoney status.
 */
#ifndef STATESYNC_CORE_ONE_H
#define STATESYNC_CORE_ONE_H

#include "core/words.h"

struct one_state {
    int state;        /* STATE, 0..11; -1 = none */
    int lcm;          /* LCM_STATE; 0 while state is not 3 (ACTIVE) */
    const char *name; /* e.g. "ACTIVE/RUNNING runn", "POWEROFF poff"; static */
};

/*
 * placed: the VM has a node (sstNode).  A stopped VM without one is UNDEPLOYED,
 * with one POWEROFF.  STATE_NONE gives state -1 and name "".
 */
struct one_state one_of_status(enum state state, enum activity activity, bool placed);

#endif
