/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/table.h - one writer for lists, with several forms.
 *
 * Text shows the columns marked so, padded, with control characters replaced
 * and very long cells cut.  On a terminal it is cut to fit and has colours,
 * unless NO_COLOR is set.
 * JSON is an array of objects, JSON Lines one object a line, CSV follows RFC
 * 4180 with a header line; they have all columns.  A cell that a spreadsheet
 * would take for a formula gets a leading apostrophe in CSV, which otherwise is exact, but for
 * control characters on a terminal.
 * Whatever the form, the columns can be chosen and the rows be sorted by them.
 */
#ifndef STATESYNC_CLI_TABLE_H
#define STATESYNC_CLI_TABLE_H

#include "cli/paint.h"

#include <glib.h>
#include <stdbool.h>

enum table_format { TABLE_TEXT, TABLE_JSON, TABLE_JSON_LINES, TABLE_CSV };

enum table_kind {
    TABLE_WORDS,
    TABLE_ENGLISH, /* texts that the text form has in the reader's language */
    TABLE_STATUS,  /* these, and what people look for: cut when cutting the others is not enough */
    TABLE_NUMBER, /* cells are digits, perhaps with a sign: JSON prints them as numbers */
    TABLE_TIME,   /* as cli_time() writes it: of no use when cut */
    TABLE_SIZE,   /* "512M", "1.5G" */
};

struct table_column {
    const char *name; /* lower case; static */
    bool in_text;
    enum table_kind kind;
};

/* How text looks. */
struct table_look {
    unsigned width;   /* columns of the terminal; 0 = as wide as it gets */
    bool colour;
    const char *dots; /* where a cell is cut */
};

struct table;

/* columns must outlive the table. */
struct table *table_new(const struct table_column *columns, unsigned n, enum table_format format);

/*
 * Which columns, in which order ("name,status"), and by what rows are sorted ("node,-since":
 * descending).  Call them before the first row.  NULL: done; else the word that is no column, which
 * the caller frees with g_free().
 */
char *table_choose(struct table *t, const char *names);
char *table_sort_by(struct table *t, const char *names);

/* "name, status, node"; free with g_free(). */
char *table_names(const struct table *t);

/* Is this column printed or sorted by?  Cells of all others may be left NULL. */
bool table_uses(const struct table *t, unsigned column);

/* cells are copied; NULL is an empty cell (null in JSON). */
void table_row(struct table *t, const char *const *cells);

/* The colour of a cell of the last row. */
void table_paint(struct table *t, unsigned column, enum paint paint);

/* Prints everything on stdout, sorted; empty cells come last, and rows that are equal stay in the
 * order they came in. */
void table_print(struct table *t);

/* The same as text, not sorted. */
void table_text(const struct table *t, const struct table_look *look, GString *out);

/* What suits stdout; all zero but for the dots where it is no terminal. */
void table_look(struct table_look *look);

void table_free(struct table *t); /* NULL is ignored */

#endif
