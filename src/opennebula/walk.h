/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opennebula/walk.h - a bounded walk through an XML document that arrives in
 * pieces, by a table of the elements that matter.
 *
 * libxml2's push parser does the parsing and no tree is built, so memory does
 * not depend on the document.  Nothing is ever loaded, a document type (and
 * with it every entity but XML's own five) is refused, and so are elements
 * nested deeper than WALK_DEPTH.
 *
 * Each element is in a state: WALK_SKIP, with all inside it, unless the table
 * has a rule for its name in its parent's state.
 */
#ifndef STATESYNC_OPENNEBULA_WALK_H
#define STATESYNC_OPENNEBULA_WALK_H

#include "core/cleanup.h"
#include "opennebula/error.h"

#include <stddef.h>

enum { WALK_SKIP = -1, WALK_TOP = 0, WALK_DEPTH = 64 };

/* An element of this name, in an element of state parent (WALK_TOP: as root), is in this state. */
struct walk_rule {
    int parent;
    const char *name;
    int state;
};

/* Called for elements with a state of their own; text comes in pieces. */
struct walk_calls {
    void (*begin)(void *data, int state);
    void (*text)(void *data, int state, const char *text, size_t len);
    void (*end)(void *data, int state);
};

struct walk;

/* what is the document's name in errors: "the pool".  All pointers must stay valid. */
struct walk *walk_new(const char *what, const struct walk_rule *rules, size_t n_rules,
                      const struct walk_calls *calls, void *data);
void walk_free(struct walk *w); /* NULL is ignored */
DEFINE_CLEANUP(struct walk, walk_free)

/* The text is UTF-8 whatever its declaration says. */
void walk_is_utf8(struct walk *w);

/* Takes more of the document.  After false nothing may be pushed any more. */
bool walk_push(struct walk *w, const char *bytes, size_t len, GError **error);

/* Did walk_push() fail because of what is inside the document, which began well? */
bool walk_is_spoiled(const struct walk *w);

/* The document is at its end; false when it is not complete (class closed). */
bool walk_end(struct walk *w, GError **error);

/* From within a call: the walk fails with this error, which is taken over. */
void walk_stop(struct walk *w, GError *error);

/* To be called before the first thread; again does no harm. */
void walk_prepare(void);

#endif
