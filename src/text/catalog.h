/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text/catalog.h - the messages of one language, out of a compiled gettext catalog.
 *
 * gettext() knows one language per process, and none on a machine without
 * that language's locale.  This program publishes several at once, on
 * machines that have C.UTF-8 alone, and what stands in the directory must not
 * depend on either: so the catalogs (`msgfmt' makes them) are read here, each
 * as an object of its own.  Texts are UTF-8, keys are the English texts.
 *
 * A catalog is looked for as LANGUAGE/LC_MESSAGES/stoney-statesync.mo below
 * $TEXTDOMAINDIR, where that is set, then below the folder of the
 * installation.  It is read-only once made and may be used by all threads.
 */
#ifndef STATESYNC_TEXT_CATALOG_H
#define STATESYNC_TEXT_CATALOG_H

#include "core/cleanup.h"

#include <glib.h>
#include <stdbool.h>

#define CATALOG_ERROR catalog_error_quark()
GQuark catalog_error_quark(void);

enum catalog_error {
    CATALOG_ABSENT,     /* there is none for this language */
    CATALOG_UNREADABLE, /* there is one, and it is damaged or no such file */
};

struct catalog;

/*
 * The catalog of a language: a tag as in "de" or "de-CH", or a locale as in
 * "de_CH.UTF-8".  A region that has no catalog of its own gets the language's.
 * English needs no file.  Reads files.  NULL and an error where there is none.
 */
struct catalog *catalog_open(const char *language, GError **error);

/* The same of the bytes of such a file. */
struct catalog *catalog_new(const char *language, const char *bytes, gsize size, GError **error);

void catalog_free(struct catalog *c); /* NULL is ignored */
DEFINE_CLEANUP(struct catalog, catalog_free)

/* The language as it was asked for, and that of the file which serves it: "de-CH", "de". */
const char *catalog_tag(const struct catalog *c);
const char *catalog_language(const struct catalog *c);

/* The languages there are catalogs of, English among them, sorted.  Free with g_strfreev(). */
char **catalog_languages(void);

/*
 * The translation of an English text, which is returned where there is none.
 * c may be NULL: English.  The first frees nothing; strings live as long as
 * the catalog.
 */
const char *catalog_text(const struct catalog *c, const char *text) G_GNUC_FORMAT(2);
/* With the right form of what n of them are. */
const char *catalog_plural(const struct catalog *c, const char *one, const char *many,
                           unsigned long n) G_GNUC_FORMAT(2) G_GNUC_FORMAT(3);
/* NULL where there is no translation. */
const char *catalog_find(const struct catalog *c, const char *text);

/*
 * Sees every message: its text, that of several (NULL: it has none) and its
 * translations, n_forms of them, each ended by a NUL.
 */
typedef void (*catalog_visit)(const char *text, const char *many, const char *translation,
                              unsigned n_forms, void *data);
void catalog_each(const struct catalog *c, catalog_visit visit, void *data);

#endif
