/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/past.h - what became of a machine, from the log of its entry's changes.  Pure.
 *
 * The log says which values a change set, not which there were before; these are known from the
 * change before, from the making of the entry, or where the server keeps them (reqOld).
 */
#ifndef STATESYNC_CLI_PAST_H
#define STATESYNC_CLI_PAST_H

#include "directory/accesslog.h"

#include <glib.h>
#include <stdbool.h>

/* One thing that changed. */
struct past_row {
    gint64 time_us;   /* microseconds since the epoch */
    char *who;        /* DN; NULL = not known */
    const char *what; /* "status", "stale", ...; static */
    bool known;       /* old is known */
    char *old, *new;  /* NULL = none; several values with ", " between */
    char *why;        /* NULL = not said */
};

/* Are its values our own words, rather than names and what people wrote? */
bool past_is_ours(const struct past_row *row);

/* The status among the whats, and the entry itself: that it was made, renamed or deleted. */
#define PAST_STATUS N_("status")
#define PAST_ENTRY N_("entry")

/* "statesync" of "cn=statesync,ou=administration,...": people know who is meant.  NULL stays NULL;
 * free with g_free(). */
char *past_who(const char *dn);

/*
 * The rows of all changes (of struct accesslog_change *, in their order).  A change of the
 * percentage alone is none.  Array of struct past_row, which frees them; g_array_unref().
 */
GArray *past_rows(const GPtrArray *changes);

/*
 * Bars over time, one line for each status: when it was so, from the first change of it to now
 * (microseconds).  Appends nothing where no status is known.  width: columns of the terminal.
 */
void past_chart(const GArray *rows, gint64 now_us, unsigned width, bool ascii, GString *out);

#endif
