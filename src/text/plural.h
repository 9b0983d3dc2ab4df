/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text/plural.h - which of a language's plural forms a number takes.
 *
 * The rule is an expression of C in n, as the header of a catalog has it:
 * "nplurals=2; plural=(n != 1);".
 */
#ifndef STATESYNC_TEXT_PLURAL_H
#define STATESYNC_TEXT_PLURAL_H

#include <stdbool.h>

/* What a catalog without a rule means, which is that of English. */
#define PLURAL_USUAL "nplurals=2; plural=(n != 1);"

/* The form for n, counted from 0, below nplurals.  False where the rule cannot be read, or gives
 * no form there is. */
bool plural_form(const char *rule, unsigned long n, unsigned *form);

/* How many forms the rule speaks of; 0 where it cannot be read. */
unsigned plural_forms(const char *rule);

#endif
