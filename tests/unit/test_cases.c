/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every case file of tests/cases and tests/cases/own, one test each: the
 * steps run through the engine as `statesync replay` runs them, and what it
 * decides is compared with what the case expects.  Then once more, told bit by
 * bit as the daemon tells it.
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
tell_failures(const struct case_file *c, const GPtrArray *failures)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < failures->len; i++)
        g_string_append_printf(text, "%s\n", (const char *)g_ptr_array_index(failures, i));
    if (failures->len > 0)
        fail_msg("%s: %s\n%s", case_id(c), case_title(c), text->str);
}

static void
test_case(void **state)
{
    CLEANUP(case_free) struct case_file *c = read_case(*state);
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);

    case_run(c, check_step, failures);
    tell_failures(c, failures);
}

static void
test_flow(void **state)
{
    for (guint32 seed = 0; seed < 4; seed++) {
        CLEANUP(case_free) struct case_file *c = read_case(*state);
        g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GRand) rand = g_rand_new_with_seed(seed);

        case_run_flow(c, rand, check_step, failures, failures);
        tell_failures(c, failures);
    }
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

/* Requirements of tests/README.md, and the cases that show them: run once more by that name. */
static const struct {
    const char *requirement;
    const char *ids; /* with a space between */
} requirements[] = {
    {"R1", "B01 B02 B03 B04 B05 B16"},
    {"R3", "K01 K01h"},
    {"R8", "C01 C03b C04 C22"},
    {"R9", "C07 I11"},
    {"R10", "D16 H01 H05 H16"},
    {"R13", "F03 F04 F05 F07 F08 F12 F17"},
    {"R15", "K01 K01c K03"},
    {"R16", "C23 N03"},
    {"R17", "C02 C02b"},
    {"R20", "D06 D06g"},
    {"R21", "E06"},
};

/* One of the requirements: test_case() for each of its cases. */
struct requirement {
    const char *ids;
    const GPtrArray *paths;
};

static void
test_requirement(void **state)
{
    const struct requirement *r = *state;
    g_auto(GStrv) ids = g_strsplit(r->ids, " ", -1);

    for (char **id = ids; *id != NULL; id++) {
        g_autofree char *begin = g_strdup_printf("/%s-", *id);
        void *path = NULL;
        for (guint i = 0; path == NULL && i < r->paths->len; i++) {
            char *at = g_ptr_array_index(r->paths, i);
            path = strstr(at, begin) != NULL ? at : NULL;
        }
        if (path == NULL)
            fail_msg("there is no case %s", *id);
        test_case(&path);
    }
}

int
main(void)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    struct requirement shown[G_N_ELEMENTS(requirements)];

    find_cases("tests/cases", paths);
    find_cases("tests/cases/own", paths);
    guint n = 2 * paths->len + 1;
    g_autofree struct CMUnitTest *tests
        = g_new0(struct CMUnitTest, n + G_N_ELEMENTS(requirements));
    tests[0] = (struct CMUnitTest){
        .name = "all_case_files_are_there", .test_func = test_all_there, .initial_state = paths};
    for (guint i = 0; i < paths->len; i++) {
        char *name = g_path_get_basename(g_ptr_array_index(paths, i));
        *strrchr(name, '.') = '\0';
        g_ptr_array_add(names, name);
        tests[i + 1] = (struct CMUnitTest){.name = name,
                                           .test_func = test_case,
                                           .initial_state = g_ptr_array_index(paths, i)};
        char *flow = g_strconcat("flow-", name, NULL);
        g_ptr_array_add(names, flow);
        tests[paths->len + i + 1]
            = (struct CMUnitTest){.name = flow,
                                  .test_func = test_flow,
                                  .initial_state = g_ptr_array_index(paths, i)};
    }
    for (guint i = 0; i < G_N_ELEMENTS(requirements); i++) {
        shown[i] = (struct requirement){requirements[i].ids, paths};
        tests[n++] = (struct CMUnitTest){.name = requirements[i].requirement,
                                         .test_func = test_requirement,
                                         .initial_state = &shown[i]};
    }
    return harness_run("cases", tests, n, NULL, NULL);
}
