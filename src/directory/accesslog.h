/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/accesslog.h - what slapo-accesslog has kept of the changes of an entry.
 */
#ifndef STATESYNC_DIRECTORY_ACCESSLOG_H
#define STATESYNC_DIRECTORY_ACCESSLOG_H

#include "directory/connection.h"

#include <glib.h>
#include <stdbool.h>

/*
 * The DN below which the server logs the changes of what is below base: what the database's suffix
 * says (auditContext), else a suffix of the server that is such a log.  NULL and error: class
 * absent where the server keeps none, denied where it seems to keep one that we may not read.
 * Blocks for a few answers.  Free with g_free().
 */
char *accesslog_find(struct directory_connection *c, const char *base, GError **error);

enum accesslog_kind { ACCESSLOG_ADD, ACCESSLOG_MODIFY, ACCESSLOG_DELETE, ACCESSLOG_RENAME };

/* One change of an entry, as it was made. */
struct accesslog_change {
    char *dn;        /* whose */
    enum accesslog_kind kind;
    gint64 time_us;  /* microseconds since the epoch */
    char *who;       /* DN; NULL = nobody */
    GPtrArray *mods; /* of char *, in their order: "attribute:= value", ":+", ":-"; "attribute:-" all */
    GPtrArray *old;  /* of char *: "attribute: value", what was there before, where the log keeps it */
};

struct accesslog_change *accesslog_change_new(void);
void accesslog_change_free(gpointer change);

/* The older one first; for g_ptr_array_sort(). */
gint accesslog_by_time(gconstpointer a, gconstpointer b);

/*
 * The successful changes of the entry called dn since a time (seconds since the epoch; 0 = all), in
 * their order.  Array of struct accesslog_change *, freed with it.  NULL and error; where a limit of
 * the server ends it, *cut (may be NULL) says so and what came is returned.  Blocks.
 */
GPtrArray *accesslog_read(struct directory_connection *c, const char *log, const char *dn,
                          gint64 since, int page_size, GError **cut, GError **error);

/* Where a read of many entries ends by itself. */
struct accesslog_bounds {
    gint64 from, to;   /* seconds since the epoch: from <= when < to */
    guint max;         /* changes */
    gint64 deadline_us; /* monotonic */
};

/*
 * The successful changes of base and all below it, as accesslog_read() has them; what the bounds
 * end is *cut like what a limit of the server ends.  Blocks.
 */
GPtrArray *accesslog_read_below(struct directory_connection *c, const char *log, const char *base,
                                const struct accesslog_bounds *bounds, int page_size, GError **cut,
                                GError **error);

/* Takes "attribute:op value" apart: op is one of "=+-#"; *value is "" where there is none.  Points
 * into mod.  False when it is none.  Pure. */
bool accesslog_parse_mod(const char *mod, size_t *name_len, char *op, const char **value);

#endif
