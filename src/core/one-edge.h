/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/one-edge.h - what may follow what in the life of an OpenNebula machine.
 *
 * For pictures and explanations.  A poller misses words that pass quickly, so
 * an observed pair of neighbours that is not here proves nothing, and no
 * verdict depends on this table.
 */
#ifndef STATESYNC_CORE_ONE_EDGE_H
#define STATESYNC_CORE_ONE_EDGE_H

#include "core/one.h"

/* Why a machine leaves a word. */
#define ONE_WAY_LIST(X)                                                                            \
    X(ONE_SUCCEEDS, N_("success")) /* what was going on is done */                                     \
    X(ONE_FAILS, N_("failure"))    /* or it failed */                                                  \
    X(ONE_ASKED, N_("action"))     /* somebody asked for it */                                         \
    X(ONE_SEEN, N_("monitor"))     /* the monitor found it so */                                       \
    X(ONE_RECOVERS, N_("recover")) /* an operator mends what got stuck */
enum one_way { ONE_WAY_LIST(WORDS_ENUM) ONE_WAY_COUNT };

#define ONE_ANY (-1) /* as number: every word of this enumeration */

struct one_place {
    enum one_kind kind;
    int number;
};

struct one_edge {
    struct one_place from; /* ONE_LCM, ONE_ANY: whatever goes on while STATE is ACTIVE */
    struct one_place to;
    enum one_way way;
    const char *by; /* the action or report, as OpenNebula's commands call it; "" = by itself */
};

/* All edges, in no order that means something. */
const struct one_edge *one_edges(size_t *n);

/* True where an edge leads from one to the other. */
bool one_follows(const struct one_word *from, const struct one_word *to);

/* True where the edge begins at this word, ONE_ANY included. */
bool one_edge_from(const struct one_edge *edge, const struct one_word *word);
bool one_edge_to(const struct one_edge *edge, const struct one_word *word);

const char *one_way_name(enum one_way way);

#endif
