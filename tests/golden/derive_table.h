/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/golden/derive_table.h - the rules as one table that people can read.
 *
 * All copies and reasons that matter, once alone and once in each of a list of
 * named contexts; contexts that interact also in pairs.  A change of a rule
 * shows as a difference of lines.
 */
#ifndef STATESYNC_TESTS_DERIVE_TABLE_H
#define STATESYNC_TESTS_DERIVE_TABLE_H

#include <glib.h>

/* The table as text, one line per input after a line of headings; the caller frees. */
char *derive_table(void);

#endif
