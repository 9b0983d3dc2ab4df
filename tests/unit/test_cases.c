/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every case file of tests/cases and tests/cases/own, one test each: the
 * steps run through the engine as `statesync replay` runs them, and what it
 * decides is compared with what the case expects.
 */
#include "config.h"

#include "harness.h"

#include "engine/case.h"

#include <stdio.h>
#include <string.h>

static gint
by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The case files of a folder below the source tree, sorted by name, appended. */
static void
find_cases(const char *folder, GPtrArray *paths)
{
    g_autofree char *path = harness_src_path(folder);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_suffix(name, ".json"))
            g_ptr_array_add(found, g_build_filename(path, name, NULL));
    }
    g_ptr_array_sort(found, by_text);
    for (guint i = 0; i < found->len; i++)
        g_ptr_array_add(paths, g_ptr_array_index(found, i));
}

static void
check_step(const struct case_step *step, void *data)
{
    case_check(step, data);
}

static struct case_file *
read_case(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize size;

    if (!g_file_get_contents(path, &text, &size, &error))
        fail_msg("%s", error->message);
    struct case_file *c = case_parse(text, size, &error);
    if (c == NULL)
        fail_msg("%s: %s", path, error->message);
    return c;
}

static void
test_case(void **state)
{
    CLEANUP(case_free) struct case_file *c = read_case(*state);
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) text = g_string_new(NULL);

    case_run(c, check_step, failures);
    for (guint i = 0; i < failures->len; i++)
        g_string_append_printf(text, "%s\n", (const char *)g_ptr_array_index(failures, i));
    if (failures->len > 0)
        fail_msg("%s: %s\n%s", case_id(c), case_title(c), text->str);
}

/* Without it a wrong folder, or a name used twice, would go unnoticed. */
static void
test_all_there(void **state)
{
    const GPtrArray *paths = *state;
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint public_ones = 0;

    for (guint i = 0; i < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        CLEANUP(case_free) struct case_file *c = read_case(path);
        assert_string_not_equal(case_id(c), "");
        assert_string_not_equal(case_title(c), "");
        if (!g_hash_table_add(ids, g_strdup(case_id(c))))
            fail_msg("%s: another case has the id %s, too", path, case_id(c));
        public_ones += strstr(path, "/own/") == NULL;
    }
    assert_int_equal(public_ones, 213);
    assert_true(paths->len > public_ones);
}

int
main(void)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    find_cases("tests/cases", paths);
    find_cases("tests/cases/own", paths);
    g_autofree struct CMUnitTest *tests = g_new0(struct CMUnitTest, paths->len + 1);
    tests[0] = (struct CMUnitTest){
        .name = "all_case_files_are_there", .test_func = test_all_there, .initial_state = paths};
    for (guint i = 0; i < paths->len; i++) {
        char *name = g_path_get_basename(g_ptr_array_index(paths, i));
        *strrchr(name, '.') = '\0';
        g_ptr_array_add(names, name);
        tests[i + 1] = (struct CMUnitTest){.name = name,
                                           .test_func = test_case,
                                           .initial_state = g_ptr_array_index(paths, i)};
    }
    return harness_run("cases", tests, paths->len + 1, NULL, NULL);
}
