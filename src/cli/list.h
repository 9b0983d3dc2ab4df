/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/list.h - the rows of statesync list, in stoney's words or in OpenNebula's.
 *
 * OpenNebula's have the columns of its own list.  Some columns come from
 * attributes that no pass reads: a struct list_more knows which are needed, and
 * keeps them by DN while the directory is read.
 */
#ifndef STATESYNC_CLI_LIST_H
#define STATESYNC_CLI_LIST_H

#include "cli/table.h"
#include "core/cleanup.h"
#include "engine/entry-data.h"

#include <glib.h>

#define LIST_WORDS_LIST(X)                                                                         \
    X(LIST_USUAL, "usual")           /* what is published */                                       \
    X(LIST_STONEY, "stoney")         /* the same, actions as stoney's own pages call them */       \
    X(LIST_OPENNEBULA, "opennebula") /* as onevm list */
enum list_words { LIST_WORDS_LIST(WORDS_ENUM) LIST_WORDS_COUNT };

bool list_words_parse(const char *word, enum list_words *out);

/* X(id, attribute) */
#define LIST_MORE_LIST(X)                                                                          \
    X(LIST_MORE_CUSTOMER, "sstBelongsToCustomerUID")                                               \
    X(LIST_MORE_RESELLER, "sstBelongsToResellerUID")                                               \
    X(LIST_MORE_POOL, "sstVirtualMachinePool")                                                     \
    X(LIST_MORE_CPU, "sstVCPU")                                                                    \
    X(LIST_MORE_MEMORY, "sstMemory")                                                               \
    X(LIST_MORE_CREATED, "createTimestamp")
enum list_more_id { LIST_MORE_LIST(WORDS_ENUM) LIST_MORE_COUNT };

struct list_more;
struct list_more *list_more_new(void);
void list_more_free(struct list_more *m); /* NULL is ignored */
DEFINE_CLEANUP(struct list_more, list_more_free)

/* This one is needed; all that the table's columns show are. */
void list_more_need(struct list_more *m, enum list_more_id id);
void list_more_need_columns(struct list_more *m, enum list_words words, const struct table *t);

/* NULL-terminated, as long as m is not changed; NULL where a pass reads all that is needed. */
const char *const *list_more_names(const struct list_more *m);

/* One value of an entry; data is the struct list_more. */
void list_more_value(const char *dn, const char *attribute, const char *value, size_t len,
                     void *data);

/* NULL: the entry has none, or it was not asked for.  Of several values the first; all pools, with
 * blanks between. */
const char *list_more_get(const struct list_more *m, const char *dn, enum list_more_id id);

struct table *list_table(enum list_words words, enum table_format format);

/* now: seconds, for ages. */
void list_row(struct table *t, enum list_words words, const struct vm_entry *vm,
              const struct list_more *more, gint64 now);

/* OpenNebula's list hides what is done. */
bool list_shows(enum list_words words, const struct vm_entry *vm);

/* By name; OpenNebula's list is by ID. */
void list_sort(GPtrArray *vms, enum list_words words);

/* How many have which state, and how many of these are stale or have an alarm: a row for each that
 * occurs, in the order of its vocabulary.  vms are struct vm_entry *. */
struct table *list_count_table(enum table_format format);
void list_count(struct table *t, const GPtrArray *vms, enum list_words words);

#endif
