/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Catalogs: rules of plurals, formats, files of any kind, and finished texts
 * found again in German.
 */
#include "config.h"

#include "rows.h"

#include "text/catalog.h"
#include "text/format.h"
#include "text/phrase.h"
#include "text/plural.h"

#include <glib.h>
#include <string.h>

/* --- plurals -------------------------------------------------------------------- */

#define RUSSIAN                                                                                    \
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) " \
    "? 1 : 2);"

static const struct {
    const char *rule;
    unsigned long n;
    int form; /* -1: it cannot be read */
} plurals[] = {
    {PLURAL_USUAL, 0, 1},
    {PLURAL_USUAL, 1, 0},
    {PLURAL_USUAL, 2, 1},
    {"nplurals=2; plural=(n > 1);", 0, 0},
    {"nplurals=2; plural=n>1", 2, 1},
    {"nplurals=1; plural=0;", 7, 0},
    {RUSSIAN, 1, 0},
    {RUSSIAN, 11, 2},
    {RUSSIAN, 21, 0},
    {RUSSIAN, 22, 1},
    {RUSSIAN, 12, 2},
    {RUSSIAN, 5, 2},
    {"nplurals=2; plural=!n;", 0, 1},
    {"nplurals=4; plural=1+2*n-n/1;", 1, 2},
    {"nplurals=3; plural=7-3-2;", 1, 2},
    {"nplurals=2; plural=n;", 2, -1},
    {"nplurals=2; plural=n/0;", 2, -1},
    {"nplurals=2; plural=(n;", 0, -1},
    {"nplurals=2; plural=n ? 0;", 1, -1},
    {"nplurals=2; plural=n m;", 1, -1},
    {"nplurals=2; plural=((((((((((((((((((n))))))))))))))))));", 1, -1},
    {"nplurals=99; plural=0;", 1, -1},
    {"nplurals=2;", 1, -1},
    {"", 1, -1},
};

static void
test_plural(void **state)
{
    const __typeof__(plurals[0]) *row = *state;
    unsigned form = 99;

    assert_int_equal(plural_form(row->rule, row->n, &form), row->form >= 0);
    assert_int_equal(form, row->form >= 0 ? (unsigned)row->form : 99);
}

/* --- formats ------------------------------------------------------------------------ */

static const struct {
    const char *a;
    const char *b;
    bool same;
} formats[] = {
    {"plain", "schlicht", true},
    {"%s of %u", "%2$u von %1$s", true},
    {"%s of %u", "%u von %s", false},
    {"%s", "nichts", false},
    {"nothing", "%s", false},
    {"%u", "%lu", false},
    {"5 %% of %d", "%d: 5 %%", true},
    {"%s", "%1$s %1$s", true},
    {"%s", "%2$s", false},
    {"%s", "%1$d %1$s", false},
    {"%.2f s", "%.1f s", true},
    {"%s", "%n%s", false},
    {"%s", "%*s", false},
    {"%s", "%", false},
    {"%s", "%99$s", false},
    {"%s %s", "%1$s %s", false},
    {"%s %s", "%s %2$s", false},
};

static void
test_format(void **state)
{
    const __typeof__(formats[0]) *row = *state;

    assert_int_equal(format_same(row->a, row->b), row->same);
}

/* --- files ---------------------------------------------------------------------------- */

static GBytes *
file_of(const char *language)
{
    g_autofree char *name
        = g_strdup_printf("po/locale/%s/LC_MESSAGES/%s.mo", language, PACKAGE_NAME);
    g_autofree char *path = harness_build_path(name);
    char *bytes;
    gsize size;

    assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    return g_bytes_new_take(bytes, size);
}

/* Every beginning, and every single damaged byte of the first part: an error or a catalog whose
 * texts can be read. */
static void
test_damaged(void **state)
{
    g_autoptr(GBytes) file = file_of("de");
    gsize size;
    const char *bytes = g_bytes_get_data(file, &size);

    (void)state;
    for (gsize i = 0; i < size; i += i < 64 ? 1 : 997) {
        g_autoptr(GError) error = NULL;
        CLEANUP(catalog_free) struct catalog *c = catalog_new("de", bytes, i, &error);
        assert_null(c);
        assert_non_null(error);
    }
    for (gsize i = 0; i < 2000; i++) {
        g_autofree char *copy = g_memdup2(bytes, size);
        copy[i] ^= (char)(1 + i % 255);
        CLEANUP(catalog_free) struct catalog *c = catalog_new("de", copy, size, NULL);
        assert_true(strlen(catalog_text(c, "Running")) > 0);
        assert_true(strlen(catalog_plural(c, "... and %u more", "... and %u more", 2)) > 0);
    }
}

static void
count(const char *text, const char *many, const char *translation, unsigned n_forms, void *data)
{
    (void)text;
    (void)many;
    (void)translation;
    (void)n_forms;
    ++*(guint32 *)data;
}

/* No translation is dropped for asking for other arguments than its text. */
static void
test_sound(void **state)
{
    static const char *const languages[] = {"de", "es", "fr"};

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(languages); i++) {
        g_autoptr(GBytes) file = file_of(languages[i]);
        gsize size;
        const char *bytes = g_bytes_get_data(file, &size);
        CLEANUP(catalog_free) struct catalog *c = catalog_new("de", bytes, size, NULL);
        guint32 all;
        guint32 kept = 1; /* the header is no message */
        memcpy(&all, bytes + 8, sizeof(all));
        catalog_each(c, count, &kept);
        assert_int_equal(kept, all);
    }
}

/* The same file as a machine of the other byte order writes it. */
static void
test_swapped(void **state)
{
    g_autoptr(GBytes) file = file_of("de");
    gsize size;
    const guint32 *words = g_bytes_get_data(file, &size);
    g_autofree guint32 *copy = g_memdup2(words, size);
    guint32 n = words[2];

    (void)state;
    for (guint i = 0; i < 7; i++)
        copy[i] = GUINT32_SWAP_LE_BE(words[i]);
    for (guint list = 3; list < 5; list++) {
        for (guint32 i = 0; i < 2 * n; i++)
            copy[words[list] / 4 + i] = GUINT32_SWAP_LE_BE(words[words[list] / 4 + i]);
    }
    CLEANUP(catalog_free) struct catalog *c = catalog_new("de", (const char *)copy, size, NULL);
    assert_non_null(c);
    assert_string_equal(catalog_text(c, "Running"), "Läuft");
}

static const struct {
    const char *asked;
    const char *served; /* NULL: none */
} names[] = {
    {"de", "de"}, {"de-CH", "de"},  {"de_CH.UTF-8", "de"}, {"DE", "de"},    {"fr@euro", "fr"},
    {"en", "en"}, {"en-GB", "en"},  {"es-419", "es"},      {"xx", NULL},    {"", NULL},
    {"..", NULL}, {"../de", NULL},  {"de/..", NULL},       {"deutsch", NULL}, {"1", NULL},
};

static void
test_name(void **state)
{
    const __typeof__(names[0]) *row = *state;
    g_autoptr(GError) error = NULL;
    CLEANUP(catalog_free) struct catalog *c = catalog_open(row->asked, &error);

    assert_int_equal(c != NULL, row->served != NULL);
    assert_int_equal(error != NULL, row->served == NULL);
    if (c != NULL)
        assert_string_equal(catalog_language(c), row->served);
    if (c != NULL)
        assert_string_equal(catalog_tag(c), row->asked);
}

static void
test_plural_text(void **state)
{
    CLEANUP(catalog_free) struct catalog *c = catalog_open("fr", NULL);
    const char *text = "... and %u more";

    (void)state;
    assert_string_equal(catalog_plural(c, text, text, 0), "... et %u autre");
    assert_string_equal(catalog_plural(c, text, text, 1), "... et %u autre");
    assert_string_equal(catalog_plural(c, text, text, 2), "... et %u autres");
    assert_string_equal(catalog_plural(NULL, "one", "many", 2), "many");
    assert_string_equal(catalog_plural(c, "%u thing", "%u things", 1), "%u thing");
}

static void
test_languages(void **state)
{
    g_auto(GStrv) languages = catalog_languages();

    (void)state;
    assert_true(g_strv_contains((const char *const *)languages, "en"));
    assert_true(g_strv_contains((const char *const *)languages, "de"));
    assert_true(g_strv_contains((const char *const *)languages, "fr"));
}

/* --- finished texts ---------------------------------------------------------------------- */

static const struct {
    const char *english;
    const char *german;
} sentences[] = {
    {"Running", "Läuft"},
    {"Running, streaming [5.1 %]", "Läuft, streamt [5.1 %]"},
    {"running, streaming [5.1 %]", "running, streaming [5.1 %]"}, /* not as we write it */
    {"... and 3 more", "... und 3 weitere"},
    {"... and x more", "... and x more"},
    {"A domain is active.", "Eine Domäne ist aktiv."},
    {"vm-node-01.example.org", "vm-node-01.example.org"},
    /* messages of few letters do not fit what others wrote */
    {"End of file while reading data", "End of file while reading data"},
    {"Bank of Bern", "Bank of Bern"},
    {"out of order", "out of order"},
    {"3 of 5", "3 von 5"},
    {"no answer within 500 ms", "keine Antwort innert 500 ms"},
    {"", ""},
    {", ; : ", ", ; : "},
};

static void
test_sentence(void **state)
{
    const __typeof__(sentences[0]) *row = *state;
    CLEANUP(catalog_free) struct catalog *c = catalog_open("de", NULL);
    CLEANUP(phrases_free) struct phrases *p = phrases_new(c);
    g_autofree char *german = phrases_text(p, row->english);

    assert_string_equal(german, row->german);
}

int
main(void)
{
    if (g_getenv("TEXTDOMAINDIR") == NULL
        || !g_file_test(g_getenv("TEXTDOMAINDIR"), G_FILE_TEST_IS_DIR))
        harness_skip_all("no catalogs were built: msgfmt is missing");
    ROWS_TABLE(test_plural, plurals, "plural of %lu: %s", row->n, row->rule);
    ROWS_TABLE(test_format, formats, "format %s | %s", row->a, row->b);
    ROWS_TABLE(test_name, names, "language \"%s\"", row->asked);
    ROWS_TABLE(test_sentence, sentences, "sentence \"%s\"", row->english);
    rows_add(test_damaged, NULL, "damaged files");
    rows_add(test_sound, NULL, "formats of the translations");
    rows_add(test_swapped, NULL, "a file of the other byte order");
    rows_add(test_plural_text, NULL, "plural forms of a catalog");
    rows_add(test_languages, NULL, "which languages there are");
    return rows_run("text catalog");
}
