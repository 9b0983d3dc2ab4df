/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config/source.h - one configuration file while it is being read: its name,
 * where each key stands, and the problems found so far.  Private to this room.
 */
#ifndef STATESYNC_CONFIG_SOURCE_H
#define STATESYNC_CONFIG_SOURCE_H

#include "config/problem.h"

struct source {
    const char *file;
    GHashTable *lines; /* "section" or "section:key" -> line */
    GPtrArray *problems;
};

/* True where the file sets this key. */
bool source_has(const struct source *source, const char *section, const char *key);

/* The line of a key, of its section where the key is not set, else 0. */
unsigned source_line(const struct source *source, const char *section, const char *key);

/* Adds a problem of one key: "[section] key: text". */
void source_error(const struct source *source, const char *section, const char *key,
                  const char *format, ...) G_GNUC_PRINTF(4, 5);
void source_warning(const struct source *source, const char *section, const char *key,
                    const char *format, ...) G_GNUC_PRINTF(4, 5);

#endif
