/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config/scan.h - where things stand in a configuration file.
 *
 * iniparser reads the values and says neither where they stand nor what it
 * left out.  The scanner walks over the same text, gives each section and key
 * its line and finds what iniparser would drop without a word: text after an
 * unquoted # or ;, duplicates, a lost last line.  It never yields a value.
 *
 * Promise, held by a test over one corpus: where it adds no error, iniparser
 * loads the text and finds exactly the same sections and keys.
 */
#ifndef STATESYNC_CONFIG_SCAN_H
#define STATESYNC_CONFIG_SCAN_H

#include <glib.h>

/* Longest line, continuation lines joined, in bytes; iniparser's own end is at 1022. */
#define SCAN_LINE_MAX 1000
/* Largest file, in bytes. */
#define SCAN_FILE_MAX (1024 * 1024)

/* One section header (key is NULL) or one key, in lower case as iniparser has them. */
struct scan_entry {
    char *section; /* "" before the first header */
    char *key;
    unsigned line; /* the last one where it stands several times */
};

/*
 * Walks over `size` bytes, adds what is wrong to `problems`, and returns the
 * entries in the order of the text, each section and key once.  Free with
 * g_ptr_array_unref().
 */
GPtrArray *scan_text(const char *text, gsize size, const char *file, GPtrArray *problems);

#endif
