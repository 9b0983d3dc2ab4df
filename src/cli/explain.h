/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/explain.h - what a word means, in plain text.
 */
#ifndef STATESYNC_CLI_EXPLAIN_H
#define STATESYNC_CLI_EXPLAIN_H

#include <glib.h>
#include <stdbool.h>

/*
 * A word of either vocabulary, as somebody typed it: a number with or without
 * STATE or LCM before it, a pair ("3,16", "ACTIVE/UNKNOWN"), a name, an alias, a
 * status or a part of one, a flag; in any case.  Appends what is known; false
 * where it is no word.
 */
bool explain_word(const char *word, GString *out);

/* The word that was perhaps meant, or NULL.  Static. */
const char *explain_near(const char *word);

#endif
