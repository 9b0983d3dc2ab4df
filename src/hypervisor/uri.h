/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/uri.h - a node's libvirt URI from a template.
 *
 *   %h  the node's host name (sstNode)
 *   %s  its first label
 *   %i  its internal address
 *   %%  a percent sign
 *
 * Host name and address come from the directory, so they are checked before
 * they become part of a URI: a name may hold letters, digits, '-', '_' and
 * '.', an address must be a numeric IPv4 or IPv6 address (IPv6 is put into
 * brackets).  Pure; libvirt is not asked.
 */
#ifndef STATESYNC_HYPERVISOR_URI_H
#define STATESYNC_HYPERVISOR_URI_H

#include <glib.h>
#include <stdbool.h>

/*
 * Returns the URI, to be freed with g_free(), or NULL with *error
 * (HYPERVISOR_ERROR, class no-uri).  host is not NULL; address may be NULL,
 * which is an error only where the template asks for it.
 */
char *uri_expand(const char *template, const char *host, const char *address, GError **error);

/* True when template can be expanded for some node; else false and *error says why. */
bool uri_template_check(const char *template, GError **error);

#endif
