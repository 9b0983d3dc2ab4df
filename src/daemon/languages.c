/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/languages.h"

#include "text/catalog.h"

struct languages {
    GPtrArray *tags;     /* of char * */
    GPtrArray *catalogs; /* of struct catalog *, one for each tag or NULL */
    GArray *list;        /* of struct engine_language */
};

static const char *
translate(const char *one, const char *many, unsigned long n, void *data)
{
    const struct catalog *c = data;

    return many != NULL ? catalog_plural(c, one, many, n) : catalog_text(c, one);
}

static gboolean
same_tag(gconstpointer a, gconstpointer b)
{
    return g_ascii_strcasecmp(a, b) == 0;
}

static void
free_catalog(gpointer data)
{
    catalog_free(data);
}

struct languages *
languages_new(const char *const *tags)
{
    struct languages *l = g_new0(struct languages, 1);

    l->tags = g_ptr_array_new_with_free_func(g_free);
    l->catalogs = g_ptr_array_new_with_free_func(free_catalog);
    l->list = g_array_new(FALSE, FALSE, sizeof(struct engine_language));
    for (; tags != NULL && *tags != NULL; tags++) {
        if (g_ptr_array_find_with_equal_func(l->tags, *tags, same_tag, NULL))
            continue;
        struct catalog *c = catalog_open(*tags, NULL);
        char *tag = g_strdup(*tags);
        const struct engine_language language
            = {.tag = tag, .text = c != NULL ? translate : NULL, .data = c};
        g_ptr_array_add(l->tags, tag);
        g_ptr_array_add(l->catalogs, c);
        g_array_append_val(l->list, language);
    }
    return l;
}

struct languages *
languages_for(const struct config *config)
{
    return languages_new((const char *const *)config->directory.languages);
}

void
languages_free(struct languages *l)
{
    if (l == NULL)
        return;
    g_array_unref(l->list);
    g_ptr_array_unref(l->catalogs);
    g_ptr_array_unref(l->tags);
    g_free(l);
}

const struct engine_language *
languages_list(const struct languages *l, unsigned *n)
{
    *n = l->list->len;
    return (const struct engine_language *)(void *)l->list->data;
}
