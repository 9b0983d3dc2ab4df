/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/dn.h - distinguished names (RFC 4514).
 *
 * DNs are made with directory_dn_child(), which escapes, and compared through libldap's
 * parser, never as plain text.  Two spellings are equal when they have the same
 * sequence of RDNs, attribute types and values compared without case and with
 * runs of blanks folded; that is what the naming attributes of the directory do
 * (caseIgnoreMatch).
 */
#ifndef STATESYNC_DIRECTORY_DN_H
#define STATESYNC_DIRECTORY_DN_H

#include <glib.h>
#include <stdbool.h>

/* A value escaped for use inside a DN: '"+,;<>\=', leading '#' or blank, trailing blank, NUL and
 * control characters.  UTF-8 stays as it is.  Free with g_free(). */
char *directory_dn_escape(const char *value, size_t len);

/* "attribute=<escaped value>,parent"; just the RDN where parent is NULL or "".  g_free(). */
char *directory_dn_child(const char *attribute, const char *value, const char *parent);

/* Prepends a subtree given relative to a base ("ou=nodes" + base).  An empty or NULL subtree gives
 * the base itself.  Nothing is escaped: both are DNs already.  g_free(). */
char *directory_dn_below(const char *subtree, const char *base);

/* True when the text is a DN. */
bool directory_dn_is_valid(const char *dn);

/* One canonical spelling of a DN for use as a key: lower case, no optional blanks, one way of
 * escaping.  NULL when it is not a DN.  g_free(). */
char *directory_dn_normalise(const char *dn);

/* False as well when one of them is not a DN. */
bool directory_dn_equal(const char *a, const char *b);

#endif
