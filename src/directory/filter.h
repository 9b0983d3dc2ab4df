/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/filter.h - search filters (RFC 4515).
 *
 * Filters are built here and nowhere else: values go through
 * filter_append_escaped(), so no value can change the meaning of a filter.
 * Attribute names come from this program and are literals; a name that holds
 * anything but letters, digits, '-', ';' and '.' is a programming error.
 */
#ifndef STATESYNC_DIRECTORY_FILTER_H
#define STATESYNC_DIRECTORY_FILTER_H

#include <glib.h>
#include <stdbool.h>

/* Appends a value with '*', '(', ')', '\', NUL and all bytes that are not printable ASCII written
 * as \XX, so that the result is plain ASCII whatever the bytes are. */
void filter_append_escaped(GString *filter, const char *value, size_t len);

/* Append "(name=value)", "(name=*)" and "(!(name=*))".  A NULL value counts as "". */
void filter_append_equal(GString *filter, const char *attribute, const char *value);
void filter_append_present(GString *filter, const char *attribute);
void filter_append_not_present(GString *filter, const char *attribute);

/* The same as a new string.  Free with g_free(). */
char *filter_equal(const char *attribute, const char *value);
/* "(name=value*)" */
char *filter_begins(const char *attribute, const char *value);
char *filter_not_present(const char *attribute);

/* True for a name that can stand in a filter: attribute description of RFC 4512, or an OID. */
bool filter_is_attribute(const char *name);

/* What selects VMs, templates and their single backups; and nodes, node addresses and types. */
extern const char filter_vms[];
extern const char filter_nodes[];

#endif
