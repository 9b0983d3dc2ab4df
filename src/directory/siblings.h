/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/siblings.h - the service entries beside ours, without waiting.
 */
#ifndef STATESYNC_DIRECTORY_SIBLINGS_H
#define STATESYNC_DIRECTORY_SIBLINGS_H

#include "directory/connection.h"
#include "directory/service.h"

#include <glib.h>

/* found: DN -> struct service_state *, valid during the call.  NULL and error when they could not
 * be read completely. */
typedef void (*siblings_func)(GHashTable *found, const GError *error, void *data);

/*
 * Reads all service entries right below the entry above dn, on a connection
 * that has a source.  func is called exactly once, later: by the source, or
 * when the connection is closed before.
 */
void siblings_read_async(struct directory_connection *c, const char *dn, siblings_func func,
                         void *data);

/* cn=NAME in the place of dn's first RDN.  NULL when dn is none.  Free with g_free(). */
char *siblings_dn(const char *dn, const char *name);

#endif
