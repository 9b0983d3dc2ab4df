/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/attributes.h"

#include <glib.h>
#include <string.h>

#define SLOTS 256 /* a power of two, several times ATTR_COUNT */

static const struct {
    const char *name;
    char who;
} attributes[] = {
#define ATTRIBUTE_ROW(id, name, who) [id] = {name, who},
    ATTRIBUTE_LIST(ATTRIBUTE_ROW)
#undef ATTRIBUTE_ROW
};

const char *
attribute_name(enum attribute a)
{
    return (unsigned)a < ATTR_COUNT ? attributes[a].name : "?";
}

int
attribute_find_language(const char *description, unsigned long len, const char **tag)
{
    static const char option[] = ";lang-";
    const char *semicolon = memchr(description, ';', len);
    size_t name = semicolon != NULL ? (size_t)(semicolon - description) : len;
    size_t before = name + strlen(option);

    if (before >= len || len - before > LANGUAGE_TAG_MAX
        || g_ascii_strncasecmp(semicolon, option, strlen(option)) != 0)
        return -1;
    for (size_t i = before; i < len; i++) {
        if (!g_ascii_isalnum(description[i]) && description[i] != '-')
            return -1;
    }
    int a = attribute_find(description, name);
    if (a != ATTR_TEXT && a != ATTR_DETAIL)
        return -1;
    *tag = description + before;
    return a;
}

const char *
attribute_in_language(enum attribute a, const char *tag)
{
    g_autofree char *description = g_strconcat(attribute_name(a), ";lang-", tag, NULL);

    return g_intern_string(description);
}

int
attribute_is_own(enum attribute a)
{
    return (unsigned)a < ATTR_COUNT && (attributes[a].who == 'o' || attributes[a].who == 'p');
}

/* The end of a name tells it apart; most begin alike. */
static unsigned
hash_name(const char *name, size_t len)
{
    unsigned h = 2166136261u ^ (unsigned)len;

    for (size_t i = len > 8 ? len - 8 : 0; i < len; i++)
        h = (h ^ ((unsigned char)name[i] | 0x20u)) * 16777619u; /* letters without case */
    return h ^ h >> 16;
}

int
attribute_find(const char *name, unsigned long len)
{
    static gint16 slots[SLOTS]; /* attribute + 1; 0 = free */
    static gsize ready;

    if (g_once_init_enter(&ready)) {
        for (int a = 0; a < ATTR_COUNT; a++) {
            unsigned at = hash_name(attributes[a].name, strlen(attributes[a].name)) % SLOTS;
            while (slots[at] != 0)
                at = (at + 1) % SLOTS;
            slots[at] = (gint16)(a + 1);
        }
        g_once_init_leave(&ready, 1);
    }
    for (unsigned at = hash_name(name, len) % SLOTS; slots[at] != 0; at = (at + 1) % SLOTS) {
        int a = slots[at] - 1;
        if (strlen(attributes[a].name) == len
            && (memcmp(attributes[a].name, name, len) == 0
                || g_ascii_strncasecmp(attributes[a].name, name, len) == 0))
            return a;
    }
    return -1;
}
