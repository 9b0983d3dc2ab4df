/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * board/languages.h - the languages a page can be in: English, and those whose
 * catalogs are installed.
 */
#ifndef STATESYNC_BOARD_LANGUAGES_H
#define STATESYNC_BOARD_LANGUAGES_H

#include "board/page.h"
#include "core/cleanup.h"

struct board_languages;

/* Reads the catalogs; one that cannot be read is left out.  Any thread may use it from then on. */
struct board_languages *board_languages_new(void);
void board_languages_free(struct board_languages *l); /* NULL is ignored */
DEFINE_CLEANUP(struct board_languages, board_languages_free)

/* English is the first; they live as long as l. */
const struct board_language *board_languages_list(const struct board_languages *l, unsigned *n);

/*
 * The first of these that there is, as an index: "de", or as browsers ask,
 * "de-CH, fr;q=0.8".  NULL, and where there is none: English.
 */
unsigned board_languages_find(const struct board_languages *l, const char *wanted);

#endif
