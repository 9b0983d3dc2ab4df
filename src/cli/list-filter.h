/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/list-filter.h - which entries statesync list shows.
 *
 * Words of one kind are alternatives; all kinds must hold.  Words are taken in any case, with
 * their synonyms.
 */
#ifndef STATESYNC_CLI_LIST_FILTER_H
#define STATESYNC_CLI_LIST_FILTER_H

#include "cli/list.h"

/* All lists are NULL-terminated; NULL: whatever it is. */
struct list_filter {
    enum list_words words; /* what states are called */
    char **states;         /* of a state or a whole status; "none": without one */
    char **activities;     /* "none", "any" */
    char **modes;          /* of templates; "none", "unknown" */
    char **types;          /* a kind, "vm", "golden-image"; "none": no known type */
    char **nodes;          /* where it was seen, or its home */
    char **pools;          /* UUIDs */
    char **customers;
    char **resellers;
    char **alarms;         /* "any" */
    gboolean stale;
};

/* A word no entry can match is a typing mistake: says so, and is false. */
bool list_filter_check(const struct list_filter *f);

/* Likewise a node that is none of these entries, and that none of them is on. */
bool list_filter_check_nodes(const struct list_filter *f, const GPtrArray *entries, GError **error);

/* more: has to hold pools, customers and resellers where the filter asks for them. */
bool list_filter_match(const struct list_filter *f, const struct vm_entry *vm,
                       const struct list_more *more);

#endif
