/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/table.h - one writer for lists, with several forms.
 *
 * Text shows the columns marked so, padded, with control characters replaced
 * and very long cells cut.
 * JSON is an array of objects, CSV follows RFC 4180 with a header line; both
 * have all columns.  A cell that a spreadsheet would take for a formula gets a
 * leading apostrophe in CSV.
 */
#ifndef STATESYNC_CLI_TABLE_H
#define STATESYNC_CLI_TABLE_H

#include <stdbool.h>

enum table_format { TABLE_TEXT, TABLE_JSON, TABLE_CSV };

struct table_column {
    const char *name; /* lower case; static */
    bool in_text;
    bool number; /* JSON prints it as a number; cells are digits, perhaps with a sign */
};

struct table;

/* columns must outlive the table. */
struct table *table_new(const struct table_column *columns, unsigned n, enum table_format format);

/* cells are copied; NULL is an empty cell (null in JSON). */
void table_row(struct table *t, const char *const *cells);

/* Prints everything on stdout. */
void table_print(const struct table *t);

void table_free(struct table *t); /* NULL is ignored */

#endif
