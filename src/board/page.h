/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * board/page.h - the status board as HTML: a board in, a page out.
 *
 * The page is one file that loads nothing from anywhere.  It can be read
 * without scripts, by keyboard and by screen readers, in light and dark; with
 * scripts it can be searched, filtered and sorted, and its language changed.
 * Its content security policy allows the page's own style and script alone, by
 * their hashes.
 */
#ifndef STATESYNC_BOARD_PAGE_H
#define STATESYNC_BOARD_PAGE_H

#include "board/board.h"
#include "core/words.h"

#include <glib.h>
#include <stdbool.h>

/* A language the page can be in.  Functions that are NULL say it in English. */
struct board_language {
    const char *tag;  /* "de" */
    const char *(*text)(const char *english, void *data); /* as long as data; NULL = no translation */
    /* Free with g_free().  A sentence is a finished text with facts in it. */
    char *(*sentence)(const char *english, void *data);
    char *(*status)(enum state state, enum activity activity, void *data);
    void *data;
};

struct board_page {
    const struct board_language *languages; /* at least one */
    unsigned n_languages;
    unsigned language; /* the one it is in, as an index */
    bool live;         /* served, so that it can be asked for anew */
    unsigned refresh;  /* live: every so many seconds; 0 = not by itself */
    gint64 late;       /* seconds since the board was taken, where that is told; else 0 */
};

/* English alone, for who has no other. */
extern const struct board_language board_english;

/* Appends the page.  Pure: any thread, as long as nobody changes its arguments. */
void board_render(const struct board *b, const struct board_page *page, GString *out);

/* The content security policy of all pages, for a header.  Free with g_free(). */
char *board_policy(void);

#endif
