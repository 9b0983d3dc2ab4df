/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "board/languages.h"

#include "text/catalog.h"
#include "text/phrase.h"
#include "text/text.h"

#include <pthread.h>
#include <string.h>

#define TRIES     100  /* hostile names make sentences that would take a second */
#define KNOWN_MAX 4096 /* sentences that are kept; more, and it begins anew */

/* One that has a catalog.  A sentence takes a millisecond, and page after page has the same. */
struct foreign {
    struct catalog *catalog;
    struct phrases *phrases;
    pthread_mutex_t lock;
    GHashTable *known; /* under the lock: English to this language */
};

struct board_languages {
    GArray *list;       /* of struct board_language */
    GPtrArray *foreign; /* theirs, English aside: of struct foreign * */
};

static const char *
find_text(const char *english, void *foreign)
{
    return catalog_find(((struct foreign *)foreign)->catalog, english);
}

static char *
find_sentence(const char *english, void *foreign)
{
    struct foreign *f = foreign;
    char *text;

    pthread_mutex_lock(&f->lock);
    text = g_strdup(g_hash_table_lookup(f->known, english));
    pthread_mutex_unlock(&f->lock);
    if (text != NULL)
        return text;
    text = phrases_text_soon(f->phrases, english, TRIES);
    pthread_mutex_lock(&f->lock);
    if (g_hash_table_size(f->known) == KNOWN_MAX)
        g_hash_table_remove_all(f->known);
    g_hash_table_replace(f->known, g_strdup(english), g_strdup(text));
    pthread_mutex_unlock(&f->lock);
    return text;
}

static char *
find_status(enum state state, enum activity activity, void *foreign)
{
    return text_status(((struct foreign *)foreign)->catalog, state, activity);
}

static void
free_foreign(gpointer data)
{
    struct foreign *f = data;

    g_hash_table_unref(f->known);
    pthread_mutex_destroy(&f->lock);
    phrases_free(f->phrases);
    catalog_free(f->catalog);
    g_free(f);
}

static void
add_language(struct board_languages *l, struct catalog *c)
{
    struct foreign *f = g_new0(struct foreign, 1);
    const struct board_language language = {
        .tag = catalog_tag(c),
        .text = find_text,
        .sentence = find_sentence,
        .status = find_status,
        .data = f,
    };

    f->catalog = c;
    f->phrases = phrases_new(c);
    f->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    pthread_mutex_init(&f->lock, NULL);
    g_ptr_array_add(l->foreign, f);
    g_array_append_val(l->list, language);
}

struct board_languages *
board_languages_new(void)
{
    struct board_languages *l = g_new0(struct board_languages, 1);
    g_auto(GStrv) tags = catalog_languages();

    l->list = g_array_new(FALSE, FALSE, sizeof(struct board_language));
    l->foreign = g_ptr_array_new_with_free_func(free_foreign);
    g_array_append_val(l->list, board_english);
    for (char **tag = tags; *tag != NULL; tag++) {
        struct catalog *c = strcmp(*tag, board_english.tag) != 0 ? catalog_open(*tag, NULL) : NULL;

        if (c != NULL)
            add_language(l, c);
    }
    return l;
}

void
board_languages_free(struct board_languages *l)
{
    if (l == NULL)
        return;
    g_array_unref(l->list);
    g_ptr_array_unref(l->foreign);
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
