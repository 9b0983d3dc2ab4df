/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/unit/rows.h - a table as tests: every row its own named line.
 */
#ifndef STATESYNC_TESTS_ROWS_H
#define STATESYNC_TESTS_ROWS_H

#include "harness.h"

#include <glib.h>

/* One program has one list of rows, filled and then run once. */

/* Adds a test; data is handed to function as *state and must live until rows_run() returns. */
void rows_add(CMUnitTestFunction function, const void *data, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Runs what was added and returns what main() has to return. */
int rows_run(const char *name);

/* A table of rows: function is called for each, row_name() says what it is called. */
#define ROWS_TABLE(function, table, format, ...)                                                   \
    do {                                                                                           \
        for (size_t row_ = 0; row_ < G_N_ELEMENTS(table); row_++) {                                \
            const void *data_ = &(table)[row_];                                                    \
            const __typeof__((table)[0]) *row = data_;                                             \
            rows_add(function, data_, format, __VA_ARGS__);                                        \
        }                                                                                          \
    } while (0)

#endif
