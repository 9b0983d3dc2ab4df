/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text/phrase.h - finished English texts in another language.
 *
 * Reasons, alarms and errors are made of facts in rooms that know no
 * languages, and stand in the directory in English.  Whoever shows them has
 * the finished text: "vm-node-01 reports running (booted), moving to
 * vm-node-02".  Here the messages it was made of are found again
 * ("%s reports %s", "moving to %s"), and their translations filled with the
 * same facts.
 *
 * Of what fits, that is taken which explains most of the letters.  What fits
 * nothing stays as it is: names, numbers, words of libvirt and OpenLDAP.
 */
#ifndef STATESYNC_TEXT_PHRASE_H
#define STATESYNC_TEXT_PHRASE_H

#include "text/catalog.h"

struct phrases;

/* All messages of a catalog, which must live longer. */
struct phrases *phrases_new(const struct catalog *c);
void phrases_free(struct phrases *p); /* NULL is ignored */
DEFINE_CLEANUP(struct phrases, phrases_free)

/* Never NULL.  Free with g_free(). */
char *phrases_text(const struct phrases *p, const char *english);

/* The same for who cannot wait: at most so many of its parts are held against the messages (a hundred
 * take a few milliseconds at most), and what is left stays English. */
char *phrases_text_soon(const struct phrases *p, const char *english, unsigned tries);

#endif
