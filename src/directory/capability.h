/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/capability.h - what a server can do, and whether it knows our schema.
 */
#ifndef STATESYNC_DIRECTORY_CAPABILITY_H
#define STATESYNC_DIRECTORY_CAPABILITY_H

#include <glib.h>
#include <stdbool.h>

struct directory_connection;

/* X(member, OID of the control, what it is) */
#define CAPABILITY_LIST(X)                                                                         \
    X(paged, "1.2.840.113556.1.4.319", "paged results (RFC 2696)")                                 \
    X(assertion, "1.3.6.1.1.12", "assertion (RFC 4528)")                                           \
    X(pre_read, "1.3.6.1.1.13.1", "pre-read (RFC 4527)")                                           \
    X(post_read, "1.3.6.1.1.13.2", "post-read (RFC 4527)")                                         \
    X(sync, "1.3.6.1.4.1.4203.1.9.1.1", "content synchronization (RFC 4533)")                      \
    X(manage_dsa_it, "2.16.840.1.113730.3.4.2", "ManageDsaIT (RFC 3296)")

#define CAPABILITY_MEMBER(member, oid, what) bool member;
struct capability {
    CAPABILITY_LIST(CAPABILITY_MEMBER)
};
#undef CAPABILITY_MEMBER

/* Reads the rootDSE: one search.  False and error when that fails or is not allowed. */
bool capability_probe(struct directory_connection *c, struct capability *out, GError **error);

/*
 * Does the server know every attribute and object class we write?  Costs one
 * search that returns nothing but the rootDSE's name where all is well; only
 * else the subschema (RFC 4512 4.2) is read to name what is missing.
 * False and an error of DIRECTORY_CODE_NO_SCHEMA which names the first missing
 * definitions and what to load.
 */
bool capability_check_schema(struct directory_connection *c, GError **error);

/*
 * Which of our definitions a subschema lacks.  types and classes are
 * NULL-terminated lists of definitions as in attributeTypes and objectClasses;
 * those that cannot be parsed count as not there.  Names, static; the array is
 * empty when nothing is missing.  Free with g_ptr_array_unref().
 */
GPtrArray *capability_missing(char *const *types, char *const *classes);

/* Names of all attributes we write, static strings.  Free with g_ptr_array_unref(). */
GPtrArray *capability_attributes(void);

#endif
