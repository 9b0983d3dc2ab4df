/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/change.h - a modify the engine wants to be sent: one per entry, only
 * changed attributes, on the condition that the entry is still what was read.
 */
#ifndef STATESYNC_ENGINE_CHANGE_H
#define STATESYNC_ENGINE_CHANGE_H

#include "core/cleanup.h"

#include <glib.h>
#include <stdbool.h>

enum change_op {
    CHANGE_ADD,     /* add these values */
    CHANGE_DELETE,  /* delete these values; none = the whole attribute */
    CHANGE_REPLACE, /* replace all values; none = delete if present */
};

struct change_mod {
    const char *attribute; /* attribute description, options included; static or interned */
    enum change_op op;
    GPtrArray *values; /* of char *, NUL-terminated UTF-8; NULL = none */
};

struct change {
    char *dn;
    char *csn;    /* entryCSN to assert (RFC 4528); NULL = not known */
    GArray *mods; /* of struct change_mod; never empty in a change that is sent */
    void *tag;    /* for the sender of the change; not owned */
    /* for logs: what it was decided against, as far as there was any */
    char *was;          /* the published status; NULL = none */
    char **alarms_were; /* where it changes a machine's alarms: those that were published; NULL = none */
    char *name;         /* with them: what people call the machine; NULL = it has no name */
};

/* dn is copied, csn is copied and may be NULL. */
struct change *change_new(const char *dn, const char *csn);
void change_free(struct change *c); /* NULL is ignored */
DEFINE_CLEANUP(struct change, change_free)

/* Appends a modification without values and returns it; add values with change_mod_value(). */
struct change_mod *change_add_mod(struct change *c, enum change_op op, const char *attribute);
void change_mod_value(struct change_mod *m, const char *value); /* value is copied */

/* Shorthand: replace by one value (NULL = delete the attribute). */
void change_replace(struct change *c, const char *attribute, const char *value);

bool change_is_empty(const struct change *c);

/* The (first) value it gives an attribute; NULL where it gives none.  Valid as long as c. */
const char *change_value(const struct change *c, const char *attribute);

/* The change as an LDIF modify record (RFC 2849, base64 where needed, folded at 76), appended. */
void change_to_ldif(const struct change *c, GString *out);

#endif
