/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/unit/opennebula_data.h - the recorded answers of a real OpenNebula
 * (tests/data/opennebula/recorded), for everything that reads them.
 */
#ifndef STATESYNC_TESTS_OPENNEBULA_DATA_H
#define STATESYNC_TESTS_OPENNEBULA_DATA_H

#include "engine/frontend.h"

#include <glib.h>

/* A file below recorded/; it must be there.  Free with g_free(). */
char *recorded(const char *name, gsize *len);

/* One row of recorded/states.tsv: what the core itself said about a VM. */
struct oracle {
    gint64 id;
    int state;
    int lcm;
    char *state_name;
    char *name;
    char *deploy_id;
};

/* All rows, read once; *n is their number. */
const struct oracle *oracles(gsize *n);
const struct oracle *oracle_of(gint64 id);

/* Fails the test where the VM is not what the oracle says. */
void assert_oracle(const struct frontend_vm *vm);

/* The VM of an answer, or NULL. */
const struct frontend_vm *vm_of(const struct frontend_answer *a, gint64 id);

/* One recorded event: both frames as they go over the wire. */
struct recorded_event {
    char *topic; /* with its blank at the end */
    char *body;
    gint64 id;   /* of the VM; -1 = about something else */
};

/* All events in their order. */
const struct recorded_event *recorded_events(gsize *n);

/* What would be printed for a VM, for comparisons.  Free with g_free(). */
char *vm_text(const struct frontend_vm *vm);

#endif
