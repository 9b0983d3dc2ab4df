/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every word and every sentence about words is in every catalog, and says
 * something else than the English one.
 */
#include "config.h"

#include "rows.h"

#include "core/meaning.h"
#include "core/status.h"
#include "text/catalog.h"

#include <glib.h>
#include <string.h>

static const char *const languages[] = {"de", "es", "fr"};

/* Written alike in the language, too. */
static const char *const alike[] = {"de persistent"};

struct check {
    struct catalog *catalog;
    const char *language;
    GString *problems;
};

static void
look(struct check *c, const char *text)
{
    const char *translation = catalog_find(c->catalog, text);
    g_autofree char *row = g_strdup_printf("%s %s", c->language, text);
    bool may_be_alike = false;

    for (gsize i = 0; i < G_N_ELEMENTS(alike); i++)
        may_be_alike |= g_ascii_strcasecmp(alike[i], row) == 0;
    if (translation == NULL)
        g_string_append_printf(c->problems, "\n\"%s\" is missing", text);
    else if (strcmp(translation, text) == 0 && !may_be_alike)
        g_string_append_printf(c->problems, "\n\"%s\" is not translated", text);
}

static void
look_at_words(struct check *c)
{
    for (unsigned i = STATE_NONE + 1; i < STATE_COUNT; i++)
        look(c, state_name((enum state)i));
    for (unsigned i = ACTIVITY_NONE + 1; i < ACTIVITY_COUNT; i++)
        look(c, activity_name((enum activity)i));
    for (unsigned i = 0; i < MODE_COUNT; i++)
        look(c, mode_name((enum mode)i));
    for (unsigned i = 0; i < KIND_COUNT; i++)
        look(c, kind_name((enum kind)i));
}

static void
look_at_statuses(struct check *c)
{
    const struct status_word *word = NULL;
    size_t n;
    const struct status_edge *edges = status_edges(&n);

    while ((word = status_next(word)) != NULL)
        look(c, word->meaning);
    for (size_t i = 0; i < n; i++)
        look(c, edges[i].by);
}

static void
look_at_actions(struct check *c)
{
    for (unsigned i = 0; i < ACTION_COUNT; i++) {
        enum action a = (enum action)i;
        look(c, action_label(a));
        look(c, action_hint(a, false));
        look(c, action_hint(a, true));
    }
    for (unsigned i = 0; i < DENIAL_COUNT; i++)
        look(c, denial_meaning((enum denial)i));
}

static void
look_at_reasons(struct check *c)
{
    for (unsigned i = 0; i < RULE_COUNT; i++)
        look(c, rule_meaning((enum rule)i));
    for (unsigned i = 0; i < ALARM_COUNT; i++) {
        look(c, alarm_meaning((enum alarm_id)i));
        look(c, alarm_remedy((enum alarm_id)i));
    }
}

static void
look_at_opennebula(struct check *c)
{
    for (unsigned kind = 0; kind < ONE_KIND_COUNT; kind++) {
        const struct one_word *word = NULL;
        while ((word = one_next((enum one_kind)kind, word)) != NULL)
            look(c, word->meaning);
    }
    for (unsigned bit = 1; bit <= ONE_SAVING; bit <<= 1)
        look(c, one_flag_meaning((enum one_flag)bit));
}

static void
test_language(void **state)
{
    const char *language = *(const char *const *)*state;
    struct check c = {catalog_open(language, NULL), language, g_string_new(NULL)};

    assert_non_null(c.catalog);
    look_at_words(&c);
    look_at_statuses(&c);
    look_at_actions(&c);
    look_at_reasons(&c);
    look_at_opennebula(&c);
    assert_string_equal(c.problems->str, "");
    g_string_free(c.problems, TRUE);
    catalog_free(c.catalog);
}

/* Two states, or two activities, must not become one word. */
static void
test_distinct(void **state)
{
    const char *language = *(const char *const *)*state;
    CLEANUP(catalog_free) struct catalog *c = catalog_open(language, NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = STATE_NONE + 1; i < STATE_COUNT; i++)
        assert_true(g_hash_table_add(
            seen, (gpointer)(gintptr)catalog_text(c, state_name((enum state)i))));
    for (unsigned i = ACTIVITY_NONE + 1; i < ACTIVITY_COUNT; i++)
        assert_true(g_hash_table_add(
            seen, (gpointer)(gintptr)catalog_text(c, activity_name((enum activity)i))));
}

/* Every sentence ends as the English one does, none is empty. */
static void
test_nothing_missing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ALARM_COUNT; i++) {
        assert_true(g_str_has_suffix(alarm_meaning((enum alarm_id)i), "."));
        assert_non_null(alarm_remedy((enum alarm_id)i));
    }
    for (unsigned i = 0; i < RULE_COUNT; i++)
        assert_true(g_str_has_suffix(rule_meaning((enum rule)i), "."));
    for (unsigned i = 0; i < DENIAL_COUNT; i++)
        assert_true(g_str_has_suffix(denial_meaning((enum denial)i), "."));
    for (unsigned i = 0; i < ACTION_COUNT; i++)
        assert_non_null(action_hint((enum action)i, true));
}

int
main(void)
{
    if (g_getenv("TEXTDOMAINDIR") == NULL
        || !g_file_test(g_getenv("TEXTDOMAINDIR"), G_FILE_TEST_IS_DIR))
        harness_skip_all("no catalogs were built: msgfmt is missing");
    ROWS_TABLE(test_language, languages, "all words in %s", *row);
    ROWS_TABLE(test_distinct, languages, "distinct words in %s", *row);
    rows_add(test_nothing_missing, NULL, "every word has its sentence");
    return rows_run("text words");
}
