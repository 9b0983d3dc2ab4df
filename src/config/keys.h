/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config/keys.h - every key of the configuration file, in one table.
 *
 * The reader, the defaults, `check-config` and the lint of the manual page walk
 * it; nothing about a key stands anywhere else.
 */
#ifndef STATESYNC_CONFIG_KEYS_H
#define STATESYNC_CONFIG_KEYS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

enum key_type {
    KEY_TEXT,   /* char * */
    KEY_DN,     /* char *, at least looks like a DN */
    KEY_FILE,   /* char *, absolute path of a regular file */
    KEY_FOLDER, /* char *, absolute path of a folder */
    KEY_OUTPUT, /* char *, absolute path of a file that need not be there yet */
    KEY_LIST,   /* char **, words with blanks or commas between */
    KEY_BOOL,   /* bool */
    KEY_NUMBER, /* int32_t, decimal, from min to max */
    KEY_WORD,   /* an enum, one of words */
    KEY_SHARE,  /* two int32_t: i and n of "i/n"; 0 and 0 where nothing is set */
};

/* The word at index i is the enum's value i. */
struct key_words {
    const char *const *words;
    gsize n_words;
};

struct key {
    const char *section;
    const char *name;
    enum key_type type;
    size_t offset;            /* of the member in struct config, config_node or config_opennebula */
    const char *default_text; /* as one would write it; NULL: not set */
    int32_t min, max;
    const char *unit; /* of a number: "s", "%", or what is counted; else NULL */
    const struct key_words *words;
};

/* The keys of all sections without a NAME, grouped by section; `*n_keys` is their number. */
const struct key *keys_all(gsize *n_keys);

/* The keys of a section [node NAME]; their offsets are in struct config_node. */
const struct key *keys_of_node(gsize *n_keys);

/* The keys of a section [opennebula NAME]; their offsets are in struct config_opennebula. */
const struct key *keys_of_opennebula(gsize *n_keys);

/* NULL where there is none.  Sections "node" and "opennebula" mean those with a NAME. */
const struct key *keys_find(const char *section, const char *name);

bool keys_is_section(const char *section);

/* The name most like `typed` among the sections, or the keys of a section; NULL: none. */
const char *keys_suggest_section(const char *typed);
const char *keys_suggest_key(const char *section, const char *typed);

/*
 * Stores `text` into the member of `base`, whose old value is freed.  Returns
 * NULL, or what is wrong with the text (free with g_free()); then nothing is
 * stored.
 */
char *keys_store(const struct key *key, void *base, const char *text);

/* Stores the default of every key. */
void keys_store_defaults(const struct key *keys, gsize n_keys, void *base);

/* Frees what the members of `base` own. */
void keys_free_members(const struct key *keys, gsize n_keys, void *base);

#endif
