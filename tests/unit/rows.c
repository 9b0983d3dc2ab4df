/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "rows.h"

static GArray *tests;
static GPtrArray *names;

void
rows_add(CMUnitTestFunction function, const void *data, const char *format, ...)
{
    va_list args;

    if (tests == NULL) {
        tests = g_array_new(FALSE, TRUE, sizeof(struct CMUnitTest));
        names = g_ptr_array_new_with_free_func(g_free);
    }
    va_start(args, format);
    char *name = g_strdup_vprintf(format, args);
    va_end(args);
    /* a number sign would begin a TAP directive */
    g_strdelimit(name, "#\n", '_');
    g_ptr_array_add(names, name);
    struct CMUnitTest test = {
        .name = name, .test_func = function, .initial_state = (void *)(gintptr)data};
    g_array_append_val(tests, test);
}

int
rows_run(const char *name)
{
    int result = harness_run(name, (const struct CMUnitTest *)(void *)tests->data, tests->len, NULL,
                             NULL);

    g_array_unref(tests);
    g_ptr_array_unref(names);
    return result;
}
