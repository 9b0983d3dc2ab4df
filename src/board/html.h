/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * board/html.h - text on its way into a page, and the texts of the page in
 * several languages.
 *
 * What comes from the directory was written by anybody: it enters a page
 * through html_text() alone.  The page's own words enter it through html_say()
 * and its relatives; they are marked with a number, and html_texts() writes
 * them all in each language, so that a script can exchange them.
 */
#ifndef STATESYNC_BOARD_HTML_H
#define STATESYNC_BOARD_HTML_H

#include "board/page.h"
#include "core/cleanup.h"
#include "core/words.h"

#include <glib.h>

struct html {
    GString *out;
    const struct board_page *page;
    GHashTable *said; /* key of a text -> struct said, of texts */
    GPtrArray *texts;    /* of struct said * */
    unsigned n_sentences;
};

struct html *html_new(const struct board_page *page, GString *out);
void html_free(struct html *h); /* NULL is ignored */
DEFINE_CLEANUP(struct html, html_free)

/* Escaped for content and for attribute values in double quotes; what is no UTF-8, no character or
 * would turn the line around is shown as U+FFFD.  NULL: nothing. */
void html_text(GString *out, const char *text);

/* An English text in a language, and in the page's; static or as long as the language. */
const char *html_word_in(const struct board_language *l, const char *english);
const char *html_word(const struct html *h, const char *english);

/* A span with the text; an attribute with it (" aria-label=..."). */
void html_say(struct html *h, const char *english);
void html_say_attribute(struct html *h, const char *attribute, const char *english);

/* A tool-tip: the text, and behind it foreign, a text of the directory (NULL: none), which has to
 * be the element's only <bdi>, too: the script takes it from there. */
void html_say_title(struct html *h, const char *english, const char *foreign);

/* A span with the status. */
void html_say_status(struct html *h, enum state state, enum activity activity);

/* The element's tag name, class and text: <TAG class="CLASS"><span ...>text</span></TAG>. */
void html_say_in(struct html *h, const char *tag, const char *class, const char *english);

/* A text of the directory, set apart from what stands around it (<bdi>).  NULL: nothing. */
void html_foreign(struct html *h, const char *text);

/* The same of one that this program made and published (a reason, an alarm): in the page's language as
 * far as its messages are known.  A page that has very many leaves some in English. */
void html_sentence(struct html *h, const char *english);
const char *html_sentence_word(struct html *h, const char *english); /* the text; lives as long as h */

/* <time>: the minute in UTC, or with long true the second.  Nothing where there is none (-1). */
void html_time(struct html *h, gint64 seconds, bool exact);
/* "3 h 20 min": what passed until the page was made. */
void html_age(struct html *h, gint64 seconds, gint64 now);

/* All texts that were said, in all languages, for the script.  Nothing where there is one only. */
void html_texts(struct html *h);

#endif
