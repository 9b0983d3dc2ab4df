/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "text/catalog.h"

#include "text/format.h"
#include "text/plural.h"

#include <string.h>

#define DOMAIN PACKAGE_NAME
#define FILE_MAX (4 * 1024 * 1024)
#define MAGIC 0x950412deu
#define MAGIC_SWAPPED 0xde120495u
#define HEADER_SIZE 28

G_DEFINE_QUARK(statesync-catalog-error, catalog_error)

/* One message.  All point into the file. */
struct message {
    const char *text;
    const char *many; /* NULL: it has no plural */
    const char *translation;
    unsigned n_forms;
};

struct catalog {
    char *tag;
    char *language;
    char *bytes; /* NULL: English */
    const char *rule; /* of plurals */
    char *rule_text;
    GHashTable *messages; /* text -> struct message */
};

/* --- the file: magic, revision, number, where the texts and where their translations are --- */

struct file {
    const char *bytes;
    gsize size;
    bool swapped;
};

static guint32
number_at(const struct file *f, gsize at)
{
    guint32 number;

    memcpy(&number, f->bytes + at, sizeof(number));
    return f->swapped ? GUINT32_SWAP_LE_BE(number) : number;
}

/* The string a descriptor at `at` means, ended by a NUL; NULL where it is none. */
static const char *
string_at(const struct file *f, guint64 at, gsize *len)
{
    if (at + 8 > f->size)
        return NULL;
    guint32 length = number_at(f, (gsize)at);
    guint32 offset = number_at(f, (gsize)at + 4);
    if (offset >= f->size || length >= f->size - offset || f->bytes[offset + length] != '\0')
        return NULL;
    *len = length;
    return f->bytes + offset;
}

static unsigned
count_forms(const char *text, gsize len)
{
    unsigned n = 1;

    for (gsize i = 0; i < len; i++)
        n += text[i] == '\0';
    return n;
}

/* A translation must not ask for what its text does not. */
static bool
is_sound(const struct message *m)
{
    const char *form = m->translation;

    for (unsigned i = 0; i < m->n_forms; i++, form += strlen(form) + 1) {
        if (*form == '\0' || !format_same(m->many != NULL ? m->many : m->text, form))
            return false;
    }
    return m->many == NULL ? m->n_forms == 1 : format_same(m->text, m->many);
}

static void
add_message(struct catalog *c, const char *text, gsize len, const char *translation,
            gsize translation_len)
{
    struct message m = {.text = text, .translation = translation};
    gsize first = strlen(text);

    if (!g_utf8_validate(text, (gssize)first, NULL))
        return;
    m.many = first < len ? text + first + 1 : NULL;
    if (m.many != NULL && !g_utf8_validate(m.many, -1, NULL))
        return;
    m.n_forms = count_forms(translation, translation_len);
    const char *form = translation;
    for (unsigned i = 0; i < m.n_forms; i++, form += strlen(form) + 1) {
        if (!g_utf8_validate(form, -1, NULL))
            return;
    }
    if (*text != '\0' && is_sound(&m))
        g_hash_table_insert(c->messages, (gpointer)(gintptr)text, g_memdup2(&m, sizeof(m)));
}

static bool
broken(GError **error, const char *language, const char *why)
{
    g_set_error(error, CATALOG_ERROR, CATALOG_UNREADABLE, "the catalog of \"%s\" is damaged: %s",
                language, why);
    return false;
}

/* The translation of the empty text says how the others are written. */
static bool
read_header(struct catalog *c, const char *header, GError **error)
{
    const char *rule = strstr(header, "Plural-Forms:");
    unsigned form;

    if (strstr(header, "charset=UTF-8") == NULL && strstr(header, "charset=utf-8") == NULL)
        return broken(error, c->tag, "it is not UTF-8");
    if (rule != NULL) {
        rule += strlen("Plural-Forms:");
        c->rule_text = g_strndup(rule, strcspn(rule, "\n"));
        c->rule = c->rule_text;
    }
    if (!plural_form(c->rule, 1, &form))
        return broken(error, c->tag, "its rule for plurals cannot be read");
    return true;
}

static bool
read_messages(struct catalog *c, const struct file *f, GError **error)
{
    guint32 n = number_at(f, 8);
    guint64 texts = number_at(f, 12);
    guint64 translations = number_at(f, 16);
    gsize len, translation_len;

    for (guint32 i = 0; i < n; i++) {
        const char *text = string_at(f, texts + 8 * (guint64)i, &len);
        const char *translation = string_at(f, translations + 8 * (guint64)i, &translation_len);
        if (text == NULL || translation == NULL)
            return broken(error, c->tag, "a text ends outside of it");
        if (*text == '\0' && !read_header(c, translation, error))
            return false;
        add_message(c, text, len, translation, translation_len);
    }
    return true;
}

static bool
read_file(struct catalog *c, gsize size, GError **error)
{
    struct file f = {.bytes = c->bytes, .size = size};

    if (size < HEADER_SIZE)
        return broken(error, c->tag, "it is too short");
    guint32 magic = number_at(&f, 0);
    f.swapped = magic == MAGIC_SWAPPED;
    if (magic != MAGIC && !f.swapped)
        return broken(error, c->tag, "it is no compiled catalog");
    if (number_at(&f, 4) >> 16 > 1)
        return broken(error, c->tag, "it is of a later format");
    return read_messages(c, &f, error);
}

static struct catalog *
empty(const char *tag, const char *language)
{
    struct catalog *c = g_new0(struct catalog, 1);

    c->tag = g_strdup(tag);
    c->language = g_strdup(language);
    c->rule = PLURAL_USUAL;
    c->messages = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    return c;
}

struct catalog *
catalog_new(const char *language, const char *bytes, gsize size, GError **error)
{
    CLEANUP(catalog_free) struct catalog *c = empty(language, language);

    c->bytes = g_memdup2(bytes, size);
    return read_file(c, size, error) ? g_steal_pointer(&c) : NULL;
}

void
catalog_free(struct catalog *c)
{
    if (c == NULL)
        return;
    g_hash_table_unref(c->messages);
    g_free(c->tag);
    g_free(c->language);
    g_free(c->rule_text);
    g_free(c->bytes);
    g_free(c);
}

/* --- where they are ----------------------------------------------------------------- */

static const char *
folder(unsigned i)
{
    const char *const folders[] = {g_getenv("TEXTDOMAINDIR"), LOCALEDIR};

    return folders[i];
}
#define FOLDERS 2

static char *
path_of(const char *top, const char *language)
{
    return g_build_filename(top, language, "LC_MESSAGES", DOMAIN ".mo", NULL);
}

/* "de-CH" and "de_CH.UTF-8@euro" as folders are called: "de_CH". */
static char *
locale_of(const char *tag)
{
    char *name = g_strndup(tag, strcspn(tag, ".@"));

    g_strdelimit(name, "-", '_');
    char *region = strchr(name, '_');
    for (char *p = name; *p != '\0'; p++)
        *p = region != NULL && p > region && strlen(region) == 3 ? g_ascii_toupper(*p)
             : region == NULL || p < region                      ? g_ascii_tolower(*p)
                                                                 : *p;
    return name;
}

static bool
is_name(const char *name)
{
    size_t letters = strspn(name, "abcdefghijklmnopqrstuvwxyz");

    return letters >= 2 && letters <= 8 && (name[letters] == '\0' || name[letters] == '_')
           && strpbrk(name, "/\\") == NULL;
}

/* Reads the file, where there is one; true with *found false where there is none. */
static bool
read_one(struct catalog *c, const char *top, const char *language, bool *found, GError **error)
{
    g_autofree char *path = path_of(top, language);
    g_autoptr(GError) failure = NULL;
    gsize size;

    *found = false;
    if (!g_file_get_contents(path, &c->bytes, &size, &failure)) {
        if (g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT)
            || g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
            return true;
        g_set_error(error, CATALOG_ERROR, CATALOG_UNREADABLE, "%s", failure->message);
        return false;
    }
    *found = true;
    g_free(c->language);
    c->language = g_strdup(language);
    return size <= FILE_MAX ? read_file(c, size, error) : broken(error, c->tag, "it is too large");
}

struct catalog *
catalog_open(const char *language, GError **error)
{
    g_autofree char *name = locale_of(language);
    CLEANUP(catalog_free) struct catalog *c = empty(language, name);
    bool found = false;

    if (!is_name(name)) {
        g_set_error(error, CATALOG_ERROR, CATALOG_ABSENT, "\"%s\" is not a language", language);
        return NULL;
    }
    for (;;) {
        for (unsigned i = 0; i < FOLDERS; i++) {
            if (folder(i) == NULL || *folder(i) == '\0')
                continue;
            if (!read_one(c, folder(i), name, &found, error))
                return NULL;
            if (found)
                return g_steal_pointer(&c);
        }
        if (strcmp(name, "en") == 0)
            return g_steal_pointer(&c);
        char *region = strrchr(name, '_');
        if (region == NULL)
            break;
        *region = '\0';
        g_free(c->language);
        c->language = g_strdup(name);
    }
    g_set_error(error, CATALOG_ERROR, CATALOG_ABSENT, "there is no catalog of the language \"%s\"",
                language);
    return NULL;
}

static gint
by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **
catalog_languages(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *names = g_ptr_array_new();

    g_ptr_array_add(names, g_strdup("en"));
    g_hash_table_add(seen, g_ptr_array_index(names, 0));
    for (unsigned i = 0; i < FOLDERS; i++) {
        g_autoptr(GDir) dir = folder(i) != NULL ? g_dir_open(folder(i), 0, NULL) : NULL;
        const char *name;
        while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
            g_autofree char *path = path_of(folder(i), name);
            if (g_hash_table_contains(seen, name) || !g_file_test(path, G_FILE_TEST_IS_REGULAR))
                continue;
            g_ptr_array_add(names, g_strdup(name));
            g_hash_table_add(seen, g_ptr_array_index(names, names->len - 1));
        }
    }
    g_ptr_array_sort(names, by_name);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

/* --- the messages ------------------------------------------------------------------------ */

const char *
catalog_tag(const struct catalog *c)
{
    return c != NULL ? c->tag : "en";
}

const char *
catalog_language(const struct catalog *c)
{
    return c != NULL ? c->language : "en";
}

const char *
catalog_find(const struct catalog *c, const char *text)
{
    const struct message *m = c != NULL ? g_hash_table_lookup(c->messages, text) : NULL;

    return m != NULL ? m->translation : NULL;
}

const char *
catalog_text(const struct catalog *c, const char *text)
{
    const char *translation = catalog_find(c, text);

    return translation != NULL ? translation : text;
}

const char *
catalog_plural(const struct catalog *c, const char *one, const char *many, unsigned long n)
{
    const struct message *m = c != NULL ? g_hash_table_lookup(c->messages, one) : NULL;
    unsigned form;

    if (m == NULL || m->many == NULL || strcmp(m->many, many) != 0
        || !plural_form(c->rule, n, &form) || form >= m->n_forms)
        return n == 1 ? one : many;
    const char *translation = m->translation;
    for (; form > 0; form--)
        translation += strlen(translation) + 1;
    return translation;
}

void
catalog_each(const struct catalog *c, catalog_visit visit, void *data)
{
    GHashTableIter iter;
    gpointer value;

    if (c == NULL)
        return;
    g_hash_table_iter_init(&iter, c->messages);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct message *m = value;
        visit(m->text, m->many, m->translation, m->n_forms, data);
    }
}
