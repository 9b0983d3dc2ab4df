/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manual page and the example configuration say of every key what the
 * table says, and of no other key anything.
 */
#include "config.h"

#include "config/conf.h"
#include "config/keys.h"
#include "harness.h"

#include <glib.h>
#include <string.h>

static char *manual;
static char *example;

/* "Default: 30 s, from 1 to 3600." */
static char *
default_sentence(const struct key *key)
{
    const char *unit = key->unit != NULL ? key->unit : "";
    const char *gap = key->unit != NULL ? " " : "";

    if (key->type != KEY_NUMBER)
        return g_strdup_printf("Default: %s.", key->default_text != NULL ? key->default_text
                                                                         : "none");
    if (key->default_text == NULL)
        return g_strdup_printf("Default: none; from %d to %d%s%s.", key->min, key->max, gap, unit);
    return g_strdup_printf("Default: %s%s%s, from %d to %d.", key->default_text, gap, unit,
                           key->min, key->max);
}

/* The part of `text` after `start` and before the next `end`; NULL where `start` is not there. */
static char *
part(const char *text, const char *start, const char *end)
{
    const char *from = text != NULL ? strstr(text, start) : NULL;
    const char *to;

    if (from == NULL)
        return NULL;
    from += strlen(start);
    to = strstr(from, end);
    return to != NULL ? g_strndup(from, (gsize)(to - from)) : g_strdup(from);
}

static bool
is_named(const char *section)
{
    return strcmp(section, "node") == 0 || strcmp(section, "opennebula") == 0;
}

static char *
manual_section(const char *section)
{
    g_autofree char *start =
        g_strdup_printf("\n.Ss Section %s%s\n", section, is_named(section) ? " NAME" : "");

    return part(manual, start, "\n.El\n");
}

static char *
example_section(const char *section)
{
    g_autofree char *start = is_named(section) ? g_strdup_printf("\n#[%s ", section)
                                               : g_strdup_printf("\n[%s]\n", section);
    g_autofree char *text = part(example, start, "\n[");

    return part(text, "", "\n#[");
}

static void
check_keys(const struct key *keys, gsize n_keys)
{
    for (gsize i = 0; i < n_keys; i++) {
        g_autofree char *section = manual_section(keys[i].section);
        g_autofree char *start = g_strdup_printf("\n.It Ic %s ", keys[i].name);
        g_autofree char *text = part(section, start, "\n.It ");
        g_autofree char *sentence = default_sentence(&keys[i]);

        if (text == NULL)
            fail_msg("[%s] %s: not in the manual", keys[i].section, keys[i].name);
        if (strstr(text, sentence) == NULL)
            fail_msg("[%s] %s: the manual does not say \"%s\"", keys[i].section, keys[i].name,
                     sentence);
        for (gsize w = 0; keys[i].words != NULL && w < keys[i].words->n_words; w++) {
            if (strstr(text, keys[i].words->words[w]) == NULL)
                fail_msg("[%s] %s: the manual does not name %s", keys[i].section, keys[i].name,
                         keys[i].words->words[w]);
        }
    }
}

static void
test_manual_has_every_key(void **state)
{
    gsize n_keys;
    const struct key *keys = keys_all(&n_keys);

    (void)state;
    check_keys(keys, n_keys);
    keys = keys_of_node(&n_keys);
    check_keys(keys, n_keys);
    keys = keys_of_opennebula(&n_keys);
    check_keys(keys, n_keys);
}

/* Every "\n<before>NAME" of a section is a key of it. */
static guint
check_names(const char *text, const char *before, const char *section)
{
    guint n = 0;

    for (const char *p = strstr(text, before); p != NULL; p = strstr(p, before)) {
        g_autofree char *name = NULL;

        p += strlen(before);
        name = g_strndup(p, strcspn(p, " ="));
        if (keys_find(section, name) == NULL)
            fail_msg("[%s] %s: there is no such key", section, name);
        n++;
    }
    return n;
}

static void
test_no_other_keys(void **state)
{
    static const char *const sections[] = {"directory", "nodes",   "node",   "frozen", "sync",  "daemon",
                                           "metrics",   "repair",  "log",    "limits", "opennebula"};
    gsize n_all, n_node, n_opennebula;
    guint n_manual = 0;

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(sections); i++) {
        g_autofree char *text = manual_section(sections[i]);

        assert_non_null(text);
        n_manual += check_names(text, "\n.It Ic ", sections[i]);
    }
    keys_all(&n_all);
    keys_of_node(&n_node);
    keys_of_opennebula(&n_opennebula);
    assert_int_equal(n_manual, n_all + n_node + n_opennebula);
}

/* "#key = default" stands in the example's section. */
static void
check_example(const struct key *keys, gsize n_keys)
{
    for (gsize i = 0; i < n_keys; i++) {
        const char *def = keys[i].default_text;
        g_autofree char *section = example_section(keys[i].section);
        g_autofree char *line = g_strdup_printf("\n#%s = %s%s", keys[i].name,
                                                def != NULL ? def : "", def != NULL ? "\n" : "");

        assert_non_null(section);
        if (strstr(section, line) == NULL)
            fail_msg("[%s]: the example has no line %s", keys[i].section, line + 1);
    }
}

static void
test_example_has_every_key(void **state)
{
    gsize n_keys;
    const struct key *keys = keys_all(&n_keys);

    (void)state;
    check_example(keys, n_keys);
    keys = keys_of_node(&n_keys);
    check_example(keys, n_keys);
    keys = keys_of_opennebula(&n_keys);
    check_example(keys, n_keys);
}

/* With every mark taken away, only what depends on the machine is wrong. */
static void
test_example_loads(void **state)
{
    g_autoptr(GRegex) marks = g_regex_new("^#(\\[|[a-z_]+ =)", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *text = g_regex_replace(marks, example, -1, 0, "\\1", 0, NULL);
    g_autofree char *path = g_build_filename(harness_tmpdir(), "example.conf", NULL);
    g_autoptr(GPtrArray) problems = config_problems_new();

    (void)state;
    assert_true(g_file_set_contents(path, text, -1, NULL));
    config_free(config_load(path, problems, NULL));
    for (guint i = 0; i < problems->len; i++) {
        g_autofree char *problem = config_problem_text(problems->pdata[i]);

        if (strstr(problem, "/statesync") == NULL && strstr(problem, "/node-exporter") == NULL)
            fail_msg("%s", problem);
    }
}

static int
setup(void **state)
{
    g_autofree char *manual_path = harness_build_path("man/statesync.conf.5");
    g_autofree char *example_path = harness_build_path("etc/statesync.conf");

    (void)state;
    return g_file_get_contents(manual_path, &manual, NULL, NULL) &&
                   g_file_get_contents(example_path, &example, NULL, NULL)
               ? 0
               : -1;
}

static int
teardown(void **state)
{
    (void)state;
    g_free(manual);
    g_free(example);
    return 0;
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manual_has_every_key),
        cmocka_unit_test(test_no_other_keys),
        cmocka_unit_test(test_example_has_every_key),
        cmocka_unit_test(test_example_loads),
    };

    return harness_run("manual", tests, G_N_ELEMENTS(tests), setup, teardown);
}
