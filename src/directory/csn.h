/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/csn.h - change sequence numbers of OpenLDAP (entryCSN), packed.
 *
 * "20261126160432.123456Z#000000#001#000000": time, count, server, modifier.
 * Of two versions of one entry that with the greater CSN is the newer one, on
 * whichever server they were written; replication decides by the same order.
 */
#ifndef STATESYNC_DIRECTORY_CSN_H
#define STATESYNC_DIRECTORY_CSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csn {
    uint64_t time; /* 0 = not known */
    uint64_t rest;
};

/* False, and *out not known, when the text is anything else. */
bool csn_parse(const char *text, size_t len, struct csn *out);

/* Below, equal to or above 0, as a is older, the same, or newer. */
int csn_compare(const struct csn *a, const struct csn *b);

/* Both are known, and a is older. */
bool csn_is_older(const struct csn *a, const struct csn *b);

#endif
