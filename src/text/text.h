/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text/text.h - the language of the person in front of the program.
 *
 * Texts for people are written in English where they are used, as _("text") or
 * P_("one", "several", n), and come out in that language.  N_("text") marks one
 * that is translated elsewhere: in a table, in a room that knows no languages,
 * or in a message of an error, which text_of() finds again when it is shown.
 *
 * What programs read (JSON, CSV, LDIF, log lines, words that are typed) is
 * always English.
 */
#ifndef STATESYNC_TEXT_TEXT_H
#define STATESYNC_TEXT_TEXT_H

#include "core/words.h"
#include "text/catalog.h"

#define _(text) text_get(text)
#define P_(one, many, n) text_get_plural((one), (many), (n))

/*
 * Chooses the language: `language` (--lang), or where that is NULL the one the
 * environment asks for in LANGUAGE, LC_ALL, LC_MESSAGES or LANG, as gettext reads
 * them; else English.  False with an error where `language` has no catalog;
 * an environment that asks for what there is not gets English.  Once, before
 * there are threads; again replaces the choice.
 */
bool text_choose(const char *language, GError **error);

/* The catalog that was chosen; NULL: English. */
const struct catalog *text_catalog(void);

const char *text_get(const char *text) G_GNUC_FORMAT(1);
const char *text_get_plural(const char *one, const char *many, unsigned long n) G_GNUC_FORMAT(1)
    G_GNUC_FORMAT(2);

/* "Läuft, streamt": a status in the language of the catalog (NULL: English).  Free with g_free(). */
char *text_status(const struct catalog *c, enum state state, enum activity activity);

/*
 * A finished English text, as others made or published it, in that language
 * (text/phrase.h).  Free with g_free().  NULL stays NULL.  Main thread only.
 */
char *text_of(const char *english);

#endif
