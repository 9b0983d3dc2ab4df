/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/property/flow.h - the same world told bit by bit (engine/flow.h).
 */
#ifndef STATESYNC_TESTS_FLOW_H
#define STATESYNC_TESTS_FLOW_H

#include "property/run.h"

/* The nodes answer one after the other, in any order; some domains are told once more, as after an
 * event.  Then one update. */
struct engine_output *flow_update(struct body *body, GRand *rand);

/* What the pass writes the update writes, and nothing else; whatever both judged is the same. */
void flow_check(struct run *run, const struct engine_output *pass,
                const struct engine_output *update);

#endif
