/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a compiled catalog: an error, or a catalog whose texts can be
 * used as formats and whose plurals have a form for every number.
 */
#include "config.h"

#include "text/catalog.h"
#include "text/format.h"
#include "text/phrase.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look(const char *text, const char *many, const char *translation, unsigned n_forms, void *data)
{
    const struct catalog *c = data;

    for (unsigned i = 0; i < n_forms; i++, translation += strlen(translation) + 1) {
        if (*translation == '\0' || !g_utf8_validate(translation, -1, NULL)
            || !format_same(many != NULL ? many : text, translation))
            abort();
    }
    for (unsigned long n = 0; many != NULL && n < 100; n++) {
        if (!format_same(many, catalog_plural(c, text, many, n)))
            abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    CLEANUP(catalog_free) struct catalog *c
        = catalog_new("xx", (const char *)data, size, &error);

    if ((c == NULL) != (error != NULL))
        abort();
    if (c == NULL)
        return 0;
    catalog_each(c, look, c);
    CLEANUP(phrases_free) struct phrases *p = phrases_new(c);
    g_autofree char *text = phrases_text(p, "running: vm-node-01 reports running (booted), 3 of 4");
    if (!g_utf8_validate(text, -1, NULL))
        abort();
    return 0;
}
