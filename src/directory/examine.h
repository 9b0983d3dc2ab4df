/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/examine.h - what nobody but a doctor asks of a server.
 *
 * All functions block for one answer each, within the connection's timeout.
 */
#ifndef STATESYNC_DIRECTORY_EXAMINE_H
#define STATESYNC_DIRECTORY_EXAMINE_H

#include "directory/connection.h"
#include "engine/change.h"

#include <glib.h>
#include <stdbool.h>

/* Who the server takes us for (RFC 4532): "dn:cn=...", "u:...", or "" for nobody.  NULL and error.
 * Free with g_free(). */
char *examine_whoami(struct directory_connection *c, GError **error);

/* The server's certificate (DER) and the version of TLS ("TLS1.3"); NULL without TLS. */
GBytes *examine_certificate(struct directory_connection *c);
char *examine_tls_version(struct directory_connection *c);

/*
 * All values of one attribute of the entry that is called dn ("" = the root DSE), as text.
 * NULL-terminated, perhaps empty; free with g_strfreev().  NULL and error, class absent when there
 * is no such entry.
 */
char **examine_values(struct directory_connection *c, const char *dn, const char *attribute,
                      GError **error);

/*
 * Runs the refresh of RFC 4533, not paged, as the watch does, and counts the entries.  False and
 * error where the server does not offer it for this base (class unsupported), or breaks it off.
 */
bool examine_sync(struct directory_connection *c, const char *base, const char *filter,
                  guint *n_entries, GError **error);

/*
 * A modify of all our attributes whose names begin with `prefix` that would leave the entry as it
 * is: what is there is replaced by itself, what is not is added and deleted again.  class is added
 * where the entry lacks it.  For examine_try() only.  NULL and error when the entry cannot be read.
 */
struct change *examine_all_rights(struct directory_connection *c, const char *dn,
                                  const char *prefix, const char *class, GError **error);

/* What one modification of such a change touches, alone.  Free with change_free(). */
struct change *examine_one_right(const struct change *all, const char *attribute);

/* May we?  The change is sent with the No-Op control, critical: nothing is changed.  False and
 * error; class unsupported where the server has no such control. */
bool examine_try(struct directory_connection *c, const struct change *change, GError **error);

/* The same for making an entry: the change's modifications are its attributes. */
bool examine_try_add(struct directory_connection *c, const struct change *entry, GError **error);

/*
 * Writes the service entry's version as it is, and says by how many microseconds the server's clock
 * is ahead of ours (below 0: behind), give or take *margin.  Nobody waits for this write, and no
 * lease is touched.  False and error when it is refused.  *ahead is G_MAXINT64 where the server
 * does not tell its time (entryCSN).
 */
bool examine_touch(struct directory_connection *c, const char *service_dn, gint64 *ahead,
                   gint64 *margin, GError **error);

/* The time in an entryCSN, in microseconds since the epoch; -1 when it is none.  Pure. */
gint64 examine_csn_time(const char *csn);

#endif
