/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opennebula/read.h - all VMs of a front-end, by ranges of their numbers.
 *
 * A pool of any size is read without holding more of it than what is kept: an
 * answer is parsed as it arrives, and one that would be longer than the limit
 * is asked for again in halves.  Paging by rows would skip VMs while others
 * end; ranges of numbers do not.
 */
#ifndef STATESYNC_OPENNEBULA_READ_H
#define STATESYNC_OPENNEBULA_READ_H

#include "engine/frontend.h"

#include <stddef.h>

struct wire;

struct opennebula_options {
    const char *name;            /* of the front-end, for answers */
    const char *endpoint;
    const char *credential_file;
    const char *events;          /* NULL: none */
    const char *ca_file;         /* NULL: the system's */
    const char *link_attribute;
    bool linked;                 /* only VMs with some UUID */
    unsigned connect_timeout_ms;
    unsigned timeout_ms;         /* of a whole read */
    unsigned answer_limit;       /* bytes */
    unsigned first_range;        /* numbers */
};

/* What a read did, for tests and figures. */
struct opennebula_work {
    guint n_calls;
    guint n_halved;   /* answers that were too long */
    guint n_left_out; /* VMs, because of linked */
    guint64 n_bytes;
};

/*
 * Reads a front-end, and blocks for at most timeout_ms.  ids (may be NULL) are
 * numbers the caller misses something about: those that are not in the pool
 * (it has no VM that is DONE) are asked for by number, and are in the answer
 * where the front-end still knows them.  VMs that move are asked for one by
 * one, for their source; where that fails, source stays NULL.
 *
 *   RESULT_COMPLETE  every VM the account sees
 *   RESULT_PARTIAL   text says what is missing: VMs that could not be read (too
 *                    long, or no XML: found by halves, too), or what came
 *                    after a failure
 *   RESULT_ERROR     class and text; an empty pool too, since that is what an
 *                    account without rights gets
 *
 * Never NULL.  Text and logs never hold the credential.  Any thread.
 */
struct frontend_answer *opennebula_read(const struct opennebula_options *options, const gint64 *ids,
                                        size_t n_ids);

/* The same over a wire that is kept, and with its figures (may be NULL). */
struct frontend_answer *opennebula_read_over(struct wire *w,
                                             const struct opennebula_options *options,
                                             const gint64 *ids, size_t n_ids,
                                             struct opennebula_work *work);

/*
 * These VMs alone, DONE or not, as the front-end has them now: an answer with
 * `event` set, since it says nothing about any other VM.  A number it does not
 * know is not in it.
 */
struct frontend_answer *opennebula_read_some_over(struct wire *w,
                                                  const struct opennebula_options *options,
                                                  const gint64 *ids, size_t n_ids);

/* The next number of a question or an event; any thread. */
guint64 opennebula_next_query(void);

#endif
