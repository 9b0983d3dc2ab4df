/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/find.h - which VM or template somebody means.
 *
 * A name is a UUID, a DN, a display name, or the beginning of a UUID of at least
 * FIND_PREFIX_MIN characters; looked for in this order.
 */
#ifndef STATESYNC_CLI_FIND_H
#define STATESYNC_CLI_FIND_H

#include "config/conf.h"
#include "core/cleanup.h"
#include "directory/connection.h"
#include "directory/options.h"
#include "directory/service.h"
#include "engine/entry-data.h"

#include <glib.h>
#include <stdbool.h>

enum { FIND_PREFIX_MIN = 4 };

enum find_error {
    FIND_NOT_FOUND, /* nothing has that name */
    FIND_AMBIGUOUS, /* several have */
    FIND_UNUSABLE,  /* it is no VM or template, or malformed */
};
#define FIND_ERROR find_error_quark()
GQuark find_error_quark(void);

/* A connection and what is needed to look on it. */
struct finder {
    struct directory_options *where;
    struct directory_connection *connection;
    char *vm_base;
};

/* Connects.  False and error: the directory cannot be used, or lacks our schema. */
bool finder_open(struct finder *f, const struct config *config, GError **error);
void finder_close(struct finder *f); /* also of one that is all zero */

/*
 * The one entry that is meant, its backups filled in.  *entries, which the caller frees with
 * g_ptr_array_unref(), owns it.  NULL and error: FIND_ERROR with a text for people, or
 * DIRECTORY_ERROR.  Blocks.
 */
struct vm_entry *finder_find(const struct finder *f, const char *name, GPtrArray **entries,
                             GError **error);

/* The same among entries that are there already, as directory_read() gives them: not owned, without
 * backups, FIND_ERROR alone. */
struct vm_entry *find_among(const GPtrArray *entries, const char *name, GError **error);

/* The DN that a UUID or a DN means, whether there is such an entry or not; NULL: it is another kind of
 * name.  Free with g_free(). */
char *finder_dn(const struct finder *f, const char *name);

/* The UUIDs of the pools with this UUID or display name: NULL-terminated, g_strfreev(); NULL and
 * error as finder_find().  Blocks. */
char **finder_pools(const struct finder *f, const char *name, GError **error);

/* What finder_find() gives is a VM or template that can be judged; else FIND_UNUSABLE. */
bool finder_check(const struct vm_entry *vm, GError **error);

/*
 * *why is NULL where somebody completed a pass within limit seconds and no pause is in force at now
 * (seconds since the epoch); else what to tell people: what is published may be old without being
 * marked so.  Free it with g_free().  False and error where the service entry cannot be read.
 */
bool finder_outdated(const struct finder *f, gint64 now, gint64 limit, char **why, GError **error);

/* The same of a service entry that was read already; NULL: there is none. */
char *outdated_text(const struct service_state *state, gint64 now, gint64 limit);

/*
 * What commands about single machines begin and end with: loads the configuration (NULL: the default
 * file), connects, calls use, closes.  The exit code: of use, or of what failed before, which is
 * printed.
 */
typedef int (*finder_use)(const struct finder *f, const struct config *config, void *data);
int finder_run(const char *path, finder_use use, void *data);

/* Prints the error, and what may be done about it. */
void finder_complain(const GError *error);

/* So too; the exit code of a command that ends with it. */
int finder_failed(const GError *error);

#endif
