/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "board/languages.h"

#include "text/catalog.h"
#include "text/text.h"

#include <string.h>

struct board_languages {
    GArray *list;        /* of struct board_language */
    GPtrArray *catalogs; /* theirs, English aside */
};

static const char *
find_text(const char *english, void *catalog)
{
    return catalog_find(catalog, english);
}

static char *
find_status(enum state state, enum activity activity, void *catalog)
{
    return text_status(catalog, state, activity);
}

static void
free_catalog(gpointer catalog)
{
    catalog_free(catalog);
}

struct board_languages *
board_languages_new(void)
{
    struct board_languages *l = g_new0(struct board_languages, 1);
    g_auto(GStrv) tags = catalog_languages();

    l->list = g_array_new(FALSE, FALSE, sizeof(struct board_language));
    l->catalogs = g_ptr_array_new_with_free_func(free_catalog);
    g_array_append_val(l->list, board_english);
    for (char **tag = tags; *tag != NULL; tag++) {
        struct catalog *c = strcmp(*tag, board_english.tag) != 0 ? catalog_open(*tag, NULL) : NULL;
        if (c == NULL)
            continue;
        const struct board_language language
            = {.tag = catalog_tag(c), .text = find_text, .status = find_status, .data = c};
        g_ptr_array_add(l->catalogs, c);
        g_array_append_val(l->list, language);
    }
    return l;
}

void
board_languages_free(struct board_languages *l)
{
    if (l == NULL)
        return;
    g_array_unref(l->list);
    g_ptr_array_unref(l->catalogs);
    g_free(l);
}

const struct board_language *
board_languages_list(const struct board_languages *l, unsigned *n)
{
    *n = l->list->len;
    return (const struct board_language *)(gpointer)l->list->data;
}

/* The language of one tag, its region aside; -1 = none. */
static int
find_tag(const struct board_languages *l, const char *tag)
{
    size_t len = strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    for (guint i = 0; i < l->list->len; i++) {
        const char *ours = g_array_index(l->list, struct board_language, i).tag;
        if (len > 0 && strlen(ours) == len && g_ascii_strncasecmp(ours, tag, len) == 0)
            return (int)i;
    }
    return -1;
}

unsigned
board_languages_find(const struct board_languages *l, const char *wanted)
{
    g_auto(GStrv) tags = g_strsplit(wanted != NULL ? wanted : "", ",", 32);

    for (char **tag = tags; *tag != NULL; tag++) {
        int found = find_tag(l, g_strstrip(*tag));
        if (found >= 0)
            return (unsigned)found;
    }
    return 0;
}
