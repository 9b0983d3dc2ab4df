/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/explain.h - what a word means, and why a VM has its status.
 *
 * explain.c knows words and is the command; explain-vm.c looks at a VM and
 * makes one JSON object of it, explain-print.c makes text of that.
 */
#ifndef STATESYNC_CLI_EXPLAIN_H
#define STATESYNC_CLI_EXPLAIN_H

#include <glib.h>
#include <json-glib/json-glib.h>
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

struct explain_options {
    char *config;
    char *state_file;
    gboolean vm;   /* a VM is meant, not a word */
    gboolean json;
};

/*
 * Looks at a VM or template, and prints every input, every rule and what would
 * be written.  The exit code.  Error (else NULL): FIND_ERROR where it is none,
 * or what could not be done; it is not printed.  Takes the texts in options.
 */
int explain_vm(struct explain_options *options, const char *name, GError **error);

/* What explain_vm() found, on stdout. */
void explain_print(JsonObject *explained);

#endif
