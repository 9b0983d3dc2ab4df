/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/reread.h - single entries anew, without waiting, on a connection with a source.
 *
 * For a decision that has to be made again because its modify met a changed
 * entry.  Goes beside the watch, which brings the same entry in its own time.
 */
#ifndef STATESYNC_DIRECTORY_REREAD_H
#define STATESYNC_DIRECTORY_REREAD_H

#include "directory/connection.h"

#include <glib.h>

/*
 * entries: of struct entry *; the array frees them and is the callee's to
 * unref; empty when the entry does not exist any more.  NULL and error when
 * it could not be read completely.
 */
typedef void (*directory_reread_func)(GPtrArray *entries, const GError *error, void *data);

/*
 * Reads one VM or template with its backups; or a node with its address and
 * type.  func is called exactly once, later: by the source, or when the
 * connection is closed before.
 */
void directory_reread_async(struct directory_connection *c, const char *dn,
                            directory_reread_func func, void *data);
void directory_reread_node_async(struct directory_connection *c, const char *dn,
                                 directory_reread_func func, void *data);

#endif
