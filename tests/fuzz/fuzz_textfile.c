/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as an older text file of figures: counters go on from it or begin
 * anew, and what is rendered stays one number a line.
 */
#include "config.h"

#include "daemon/metrics-internal.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(metrics_free) struct metrics *m = metrics_new();
    g_autoptr(GString) page = g_string_new(NULL);
    g_autofree char *text = g_malloc(size + 1);

    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    metrics_continue_text(m, text);
    metrics_render_own(m, 0, page);
    for (const char *line = page->str; *line != '\0'; line = strchr(line, '\n') + 1) {
        const char *end = strchr(line, '\n');
        const char *gap = g_strrstr_len(line, end - line, " ");

        if (*line != '#' && !(g_ascii_strtod(gap + 1, NULL) >= 0))
            g_error("not a number: %.*s", (int)(end - line), line);
    }
    return 0;
}
