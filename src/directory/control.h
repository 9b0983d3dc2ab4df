/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/control.h - the request controls a conditional modify carries, and their answers.
 */
#ifndef STATESYNC_DIRECTORY_CONTROL_H
#define STATESYNC_DIRECTORY_CONTROL_H

#include <glib.h>
#include <ldap.h>
#include <stdbool.h>

/* An assertion (RFC 4528): the operation is done only if the filter matches the entry.  filter
 * comes from directory/filter.h.  Critical.  Free with ldap_control_free(); NULL and error. */
LDAPControl *control_assertion(LDAP *ld, const char *filter, GError **error);

/* A post-read (RFC 4527) of one attribute.  Not critical.  Free with ldap_control_free(). */
LDAPControl *control_post_read(const char *attribute);

/* The first value of the attribute in the post-read answer among controls (NULL = none).  NULL
 * when there is none or it cannot be decoded.  Free with g_free(). */
char *control_post_read_value(LDAPControl **controls, const char *attribute);

#endif
