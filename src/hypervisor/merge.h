/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/merge.h - puts the answers of closer looks into the bulk answer
 * of the same pass, so that the engine sees one observation per node.
 */
#ifndef STATESYNC_HYPERVISOR_MERGE_H
#define STATESYNC_HYPERVISOR_MERGE_H

#include "engine/observation.h"

/*
 * Moves what look saw (hypervisor_look(), hypervisor_probe()) into bulk.  Both
 * must have no other reader yet; look is empty afterwards and still the
 * caller's.  A domain's state is the later one, the look's; a domain that only
 * the look saw is added; one that the look could not read stays as it was;
 * parts of struct look that are known replace older ones.  Nothing is removed:
 * a domain that went away in between is seen by the next bulk read.
 */
void observation_merge(struct observation *bulk, struct observation *look);

/* Moves all domains of from to the end of to, without looking at them. */
void observation_append(struct observation *to, struct observation *from);

#endif
