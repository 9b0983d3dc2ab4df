/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "text/text.h"

#include "text/phrase.h"

#include <string.h>

static struct catalog *chosen;   /* NULL: English */
static struct phrases *sentences; /* of that catalog */
static GHashTable *found;         /* English text -> what was made of it */

#define FOUND_MAX 4096 /* texts; most come again and again */

static void
choose(struct catalog *c)
{
    g_clear_pointer(&found, g_hash_table_unref);
    phrases_free(sentences);
    catalog_free(chosen);
    chosen = c;
    sentences = c != NULL ? phrases_new(c) : NULL;
}

static const char *
locale_of_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = g_getenv(names[i]);
        if (value != NULL && *value != '\0')
            return value;
    }
    return "C";
}

/* The first of the list there is a catalog of. */
static struct catalog *
first_of(const char *languages)
{
    g_auto(GStrv) list = g_strsplit(languages, ":", -1);

    for (char **language = list; *language != NULL; language++) {
        struct catalog *c = **language != '\0' ? catalog_open(*language, NULL) : NULL;
        if (c != NULL)
            return c;
    }
    return NULL;
}

/* As gettext does it: whoever says C wants English, else LANGUAGE goes before the locale. */
static struct catalog *
of_environment(void)
{
    const char *locale = locale_of_environment();
    const char *languages = g_getenv("LANGUAGE");

    if (strcmp(locale, "C") == 0 || g_str_has_prefix(locale, "C.") || strcmp(locale, "POSIX") == 0)
        return NULL;
    return first_of(languages != NULL && *languages != '\0' ? languages : locale);
}

bool
text_choose(const char *language, GError **error)
{
    struct catalog *c = language != NULL ? catalog_open(language, error) : of_environment();

    if (c == NULL && language != NULL)
        return false;
    choose(c);
    return true;
}

const struct catalog *
text_catalog(void)
{
    return chosen;
}

const char *
text_get(const char *text)
{
    return catalog_text(chosen, text);
}

const char *
text_get_plural(const char *one, const char *many, unsigned long n)
{
    return catalog_plural(chosen, one, many, n);
}

char *
text_status(const struct catalog *c, enum state state, enum activity activity)
{
    if (activity == ACTIVITY_NONE)
        return g_strdup(catalog_text(c, state_name(state)));
    return g_strdup_printf("%s, %s", catalog_text(c, state_name(state)),
                           catalog_text(c, activity_name(activity)));
}

char *
text_of(const char *english)
{
    if (sentences == NULL || english == NULL)
        return g_strdup(english);
    if (found == NULL)
        found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const char *known = g_hash_table_lookup(found, english);
    if (known != NULL)
        return g_strdup(known);
    char *text = phrases_text(sentences, english);
    if (g_hash_table_size(found) < FOUND_MAX)
        g_hash_table_insert(found, g_strdup(english), g_strdup(text));
    return text;
}
