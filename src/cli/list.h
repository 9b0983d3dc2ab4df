/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/list.h - the rows of statesync list, in stoney's words or in OpenNebula's.
 *
 * OpenNebula's have the columns of its own list.  Some of these come from
 * attributes that no pass reads: list_more_names() says which, and
 * list_more_value() keeps them by DN while the directory is read.
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

/* NULL-terminated; NULL where these words need no more than a pass reads. */
const char *const *list_more_names(enum list_words words);

struct list_more;
struct list_more *list_more_new(void);
void list_more_free(struct list_more *m); /* NULL is ignored */
DEFINE_CLEANUP(struct list_more, list_more_free)

/* One value of an entry; data is the struct list_more. */
void list_more_value(const char *dn, const char *attribute, const char *value, size_t len,
                     void *data);

struct table *list_table(enum list_words words, enum table_format format);

/* now: seconds, for ages.  OpenNebula's words leave out what its list hides. */
void list_row(struct table *t, enum list_words words, const struct vm_entry *vm,
              const struct list_more *more, gint64 now);

/* By name; OpenNebula's list is by ID. */
void list_sort(GPtrArray *vms, enum list_words words);

/*
 * True where the entry has one of these: a state in any case, with its synonyms,
 * or a whole status; with OpenNebula's words a name or an alias of its.  "none":
 * without one.
 */
bool list_has_state(char **wanted, enum list_words words, const struct published *p);

/* False where no entry can have it. */
bool list_knows_state(const char *word, enum list_words words);

#endif
