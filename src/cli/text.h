/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/text.h - text in columns: how wide it is, cut to a width, in an order people expect.
 *
 * A width is what a terminal shows: two columns for wide characters, none for those that combine.
 * All functions take valid UTF-8.
 */
#ifndef STATESYNC_CLI_TEXT_H
#define STATESYNC_CLI_TEXT_H

#include <glib.h>
#include <stdbool.h>

unsigned text_width(const char *text);

/* The beginning that fits into width columns, with dots ("..." or an ellipsis) where something is
 * missing.  Free with g_free(). */
char *text_fit(const char *text, unsigned width, const char *dots);

/* Appends text, cut with dots or padded with blanks to exactly width columns. */
void text_append(GString *out, const char *text, unsigned width, const char *dots);

/* Numbers within texts count as numbers: "kvm-2" before "kvm-10", else byte by byte.  Like strcmp();
 * NULL comes first. */
int text_compare(const char *a, const char *b);

/* "3s", "2m 5s", "3h 20m", "12d 3h"; negative seconds count as 0.  Free with g_free(). */
char *text_duration(gint64 seconds);

/* A bar of width columns, filled to permille (0 to 1000): blocks by eighths, or "###..." where the
 * characters have to be ASCII. */
void text_bar(GString *out, int permille, unsigned width, bool ascii);

#endif
