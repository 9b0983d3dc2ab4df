/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as the attributes of a found entry (RFC 4511 section 4.5.2): decoded, made an entry
 * where they say which, freed.  Values never reach beyond the bytes.
 */
#include "config.h"

#include "directory/decode.h"

#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct limits {
    const char *begin;
    const char *end;
};

static bool
is_within(const struct limits *l, const struct berval *v)
{
    return v->bv_val >= l->begin && v->bv_len <= (size_t)(l->end - v->bv_val);
}

static void
check_value(const struct berval *name, const struct berval *value, void *data)
{
    if (!is_within(data, name) || !is_within(data, value))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *copy = g_malloc(MAX(size, 1)); /* no larger: overruns are seen */
    struct limits limits = {copy, copy + size};
    struct berval rest = {size, copy};
    struct berval attribute;
    struct entry_builder *builder = entry_builder_new();

    if (size > 0)
        memcpy(copy, data, size);
    entry_builder_begin(builder, "sstVirtualMachine=3c1f1a52-0000-4000-8000-000000000005,"
                                 "ou=virtual machines,ou=virtualization,dc=example,dc=org");
    while (decode_element(&rest, LBER_SEQUENCE, &attribute)) {
        if (!decode_attribute(attribute, builder, check_value, &limits))
            break;
    }
    entry_free(entry_builder_finish(builder));
    entry_builder_free(builder);
    return 0;
}
