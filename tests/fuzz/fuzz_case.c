/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a case file: read, run and compared.  A text that is
 * refused says why; one that is read runs to its end.
 */
#include "config.h"

#include "engine/case.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE_MAX_INPUT (256 * 1024)

static void
look(const struct case_step *step, void *data)
{
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);

    (void)data;
    case_check(step, failures);
    for (guint i = 0; i < failures->len; i++) {
        if (!g_utf8_validate(g_ptr_array_index(failures, i), -1, NULL))
            abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;

    if (size > SIZE_MAX_INPUT)
        return 0;
    CLEANUP(case_free) struct case_file *c = case_parse((const char *)data, size, &error);
    if ((c == NULL) != (error != NULL))
        abort();
    if (c == NULL)
        return 0;
    case_run(c, look, NULL);
    return 0;
}
