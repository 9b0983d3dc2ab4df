/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "harness.h"

#include <glib.h>
#include <glib/gstdio.h>

static void
test_paths(void **state)
{
    g_autofree char *limits = harness_src_path("src/core/limits.h");
    g_autofree char *makefile = harness_build_path("Makefile");

    (void)state;
    assert_true(g_file_test(limits, G_FILE_TEST_IS_REGULAR));
    assert_true(g_file_test(makefile, G_FILE_TEST_IS_REGULAR));
}

static void
test_tmpdir(void **state)
{
    const char *dir = harness_tmpdir();
    g_autofree char *file = g_build_filename(dir, "x", NULL);

    (void)state;
    assert_ptr_equal(dir, harness_tmpdir());
    assert_true(g_file_set_contents(file, "x", 1, NULL));
}

static bool
third_time(void *data)
{
    int *n = data;

    return ++*n >= 3;
}

static bool
never(void *data)
{
    (void)data;
    return false;
}

static void
test_wait(void **state)
{
    int n = 0;

    (void)state;
    assert_true(harness_wait_until(third_time, &n, 10000));
    assert_int_equal(n, 3);
    assert_false(harness_wait_until(never, NULL, 20));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_paths),
    cmocka_unit_test(test_tmpdir),
    cmocka_unit_test(test_wait),
};

HARNESS_MAIN("harness", tests)
