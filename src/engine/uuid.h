/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/uuid.h - UUIDs as 16 bytes: key of every table that joins directory
 * entries and domains.  Text form is RFC 4122's, printed in lower case.
 */
#ifndef STATESYNC_ENGINE_UUID_H
#define STATESYNC_ENGINE_UUID_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT_SIZE 37 /* 36 characters and the terminating NUL */

struct uuid {
    uint8_t bytes[16];
};

/* Reads exactly 36 characters (8-4-4-4-12, any case) of text[0..len); false and *out untouched
 * when the text is anything else. */
bool uuid_parse(const char *text, size_t len, struct uuid *out);

/* Writes the canonical lower-case text and its NUL into out. */
void uuid_format(const struct uuid *uuid, char out[UUID_TEXT_SIZE]);

bool uuid_equal(const struct uuid *a, const struct uuid *b);
int uuid_compare(const struct uuid *a, const struct uuid *b);

/* GHashFunc and GEqualFunc over const struct uuid *. */
guint uuid_hash(gconstpointer uuid);
gboolean uuid_equal_key(gconstpointer a, gconstpointer b);

#endif
