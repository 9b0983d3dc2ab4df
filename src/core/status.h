/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/status.h - our own statuses as a vocabulary: which there are, what each
 * says, and what usually follows it.
 *
 * For lists, pictures and explanations; how a status is decided is derive.h's.
 */
#ifndef STATESYNC_CORE_STATUS_H
#define STATESYNC_CORE_STATUS_H

#include "core/one.h"

struct status_word {
    enum state state;
    enum activity activity;
    bool vm;             /* virtual machines have it */
    bool template;       /* templates have it */
    enum one_class class; /* as OpenNebula's words are classed */
    const char *meaning; /* one English sentence, the key for translations */
};

/* All statuses; NULL begins, NULL ends. */
const struct status_word *status_next(const struct status_word *row);

/* NULL: no such status is published. */
const struct status_word *status_word(enum state state, enum activity activity);

/* "Running, streaming"; returns its length. */
#define STATUS_TEXT_SIZE 48
size_t status_text(enum state state, enum activity activity, char out[STATUS_TEXT_SIZE]);

/*
 * "Running, streaming [5.1 %]", "Running, streaming", "running": any case, the
 * state's synonyms too.  False where it is no status.
 */
bool status_parse(const char *text, enum state *state, enum activity *activity);

/*
 * What usually follows.  A status is decided anew from facts each time, so
 * anything may follow anything where nobody looked for a while.
 */
struct status_edge {
    enum state from;
    enum activity from_activity;
    enum state to; /* STATE_NONE: the entry goes */
    enum activity to_activity;
    bool template; /* only templates */
    const char *by; /* what happens, for people: the key for translations */
};
const struct status_edge *status_edges(size_t *n);

#endif
