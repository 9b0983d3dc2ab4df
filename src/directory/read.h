/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/read.h - the entries the engine works on.
 */
#ifndef STATESYNC_DIRECTORY_READ_H
#define STATESYNC_DIRECTORY_READ_H

#include "core/cleanup.h"
#include "directory/connection.h"
#include "directory/options.h"
#include "engine/entry.h"

#include <glib.h>
#include <stdbool.h>

/* What one subtree gave. */
struct directory_part {
    bool complete; /* the server said that this is all */
    GError *why;   /* why not; NULL when complete */
    guint n_entries; /* received, those without interest included */
};

struct directory_snapshot {
    GPtrArray *entries; /* of struct entry *; the array frees them */
    struct directory_part vms;   /* VMs, templates and their backups */
    struct directory_part nodes; /* nodes, their addresses and types */
    guint n_malformed;       /* entries that could not be decoded at all: they are missing */
    char *first_malformed;   /* DN of the first, or NULL */
};

void directory_snapshot_free(struct directory_snapshot *s); /* NULL is ignored */
DEFINE_CLEANUP(struct directory_snapshot, directory_snapshot_free)

/* Called after every so many entries and at the end of each subtree; n counts from the start. */
enum { DIRECTORY_PROGRESS_STEP = 256 };
typedef void (*directory_progress_func)(guint n, void *data);

/* What a caller wants to be told while a directory is read; every member may be NULL. */
struct directory_hooks {
    directory_progress_func progress;
    /* All node entries are there (first in entries), VMs come next: start asking the nodes.  Not
     * called when the nodes could not be read completely. */
    void (*nodes_ready)(const GPtrArray *entries, void *data);
    /* One value of an entry as it arrived (a recording). */
    void (*value)(const char *dn, const char *attribute, const char *value, size_t len, void *data);
    /* More attributes of VMs and templates to ask for; they are told by value() and nowhere else. */
    const char *const *more;
    void *data;
};

/* As directory_read(), with the nodes read first and the hooks called. */
struct directory_snapshot *directory_read_with(struct directory_connection *c,
                                               const struct directory_options *o,
                                               const struct directory_hooks *hooks,
                                               GError **error);

/*
 * Reads VMs, templates, backups and nodes: one paged search below vm_subtree,
 * one below node_subtree.  progress may be NULL.  Blocks; each message has to
 * come within the connection's timeout.
 *
 * A read that breaks off (size or time limit, busy, lost connection) returns
 * what came, with complete = false and the reason in that part: nothing may be
 * concluded from what is not in it.  NULL and error only where a subtree could
 * not be read at all: it does not exist (class absent; the message says what
 * exists), or not one entry came before the failure.
 */
struct directory_snapshot *directory_read(struct directory_connection *c,
                                          const struct directory_options *o,
                                          directory_progress_func progress, void *data,
                                          GError **error);

/*
 * Reads one VM or template and its backups anew, for a decision that has to be
 * made again.  *entries receives a new array (free with g_ptr_array_unref(),
 * it frees the entries), empty when the entry does not exist any more.  False
 * and error when it could not be read completely.
 */
bool directory_reread(struct directory_connection *c, const char *dn, GPtrArray **entries,
                      GError **error);

/* The same for a node entry with its address and type. */
bool directory_reread_node(struct directory_connection *c, const char *dn, GPtrArray **entries,
                           GError **error);

/* The subtree of VMs is there and may be read; else false and error, which says where to look. */
bool directory_has_vms(struct directory_connection *c, const struct directory_options *o,
                       GError **error);

/* The VMs and templates with this display name, without their backups; as directory_reread(). */
bool directory_find_named(struct directory_connection *c, const struct directory_options *o,
                          const char *name, GPtrArray **entries, GError **error);

/* The same of those whose UUID begins so. */
bool directory_find_prefix(struct directory_connection *c, const struct directory_options *o,
                           const char *beginning, GPtrArray **entries, GError **error);

/* The UUIDs of the pools with this display name: char *, freed with the array.  Blocks. */
bool directory_find_pools(struct directory_connection *c, const struct directory_options *o,
                          const char *name, GPtrArray **uuids, GError **error);

#endif
