/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/accesslog.h - what slapo-accesslog has kept of the changes of an entry.
 */
#ifndef STATESYNC_DIRECTORY_ACCESSLOG_H
#define STATESYNC_DIRECTORY_ACCESSLOG_H

#include "directory/connection.h"

#include <glib.h>

/*
 * The DN below which the server logs the changes of what is below base: what the database's suffix
 * says (auditContext), else a suffix of the server that is such a log.  NULL and error: class
 * absent where the server keeps none, denied where it seems to keep one that we may not read.
 * Blocks for a few answers.  Free with g_free().
 */
char *accesslog_find(struct directory_connection *c, const char *base, GError **error);

#endif
