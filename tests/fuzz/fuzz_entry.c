/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as directory entries: through the builder, judged, written and
 * judged again.
 *
 * The input is a row of records, each a kind, a length and that many bytes:
 * 0xff begins an entry with these bytes as its DN, 0xfe names an attribute
 * freely, any other number is an attribute of ours (modulo their count) and
 * the bytes are its value; after 0xfe the next value belongs to that name.
 */
#include "config.h"

#include "engine/attributes.h"
#include "engine/engine.h"
#include "engine/entry-data.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ENTRY_BEGIN 0xff
#define ATTRIBUTE_NAME 0xfe

static void
keep(GPtrArray *entries, struct entry_builder *b)
{
    struct entry *e = entry_builder_finish(b);

    if (e != NULL)
        g_ptr_array_add(entries, e);
}

static GPtrArray *
read_entries(const uint8_t *data, size_t size)
{
    CLEANUP(entry_builder_free) struct entry_builder *b = entry_builder_new();
    GPtrArray *entries = g_ptr_array_new();
    bool begun = false;
    int named = -2;

    for (size_t at = 0; at + 2 <= size;) {
        const char *bytes = (const char *)data + at + 2;
        size_t len = MIN(data[at + 1], size - at - 2);
        if (data[at] == ENTRY_BEGIN) {
            g_autofree char *dn = g_strndup(bytes, len);
            if (begun)
                keep(entries, b);
            entry_builder_begin(b, dn);
            begun = true;
        } else if (data[at] == ATTRIBUTE_NAME) {
            named = entry_builder_attribute(b, bytes, len);
        } else {
            entry_builder_value(b, named != -2 ? named : data[at] % ATTR_COUNT, bytes, len);
            named = -2;
        }
        at += 2 + len;
    }
    if (begun)
        keep(entries, b);
    return entries;
}

/* One node whose answer holds a domain for every other entry. */
static GPtrArray *
observe(const GPtrArray *entries, guint64 query)
{
    static const enum dstate states[]
        = {DSTATE_RUNNING, DSTATE_SHUTOFF, DSTATE_PAUSED, DSTATE_CRASHED, DSTATE_OTHER};
    GPtrArray *all
        = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))observation_unref);
    struct observation *o = observation_new("n", RESULT_COMPLETE);

    o->epoch = 1;
    o->query = query;
    for (guint i = 0; i < entries->len; i += 2) {
        const struct entry *e = g_ptr_array_index(entries, i);
        if (e->type == ENTRY_VM)
            observation_add(o, &((const struct vm_entry *)e)->uuid, NULL)->state
                = (uint8_t)states[i / 2 % G_N_ELEMENTS(states)];
    }
    g_ptr_array_add(all, o);
    return all;
}

static void
write_all(struct engine *e, const struct engine_output *o)
{
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        g_autoptr(GString) ldif = g_string_new(NULL);
        if (v->change == NULL)
            continue;
        if (change_is_empty(v->change))
            abort();
        change_to_ldif(v->change, ldif);
        if (!g_str_is_ascii(ldif->str))
            abort();
        engine_written(e, v->change, NULL);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct engine_options options = {.limits = LIMITS_DEFAULT, .repair_mode = true,
                                     .repair_streams = true};
    struct engine_time now = {1000000, G_GINT64_CONSTANT(1767225600000)};
    CLEANUP(engine_free) struct engine *e = engine_new(&options);
    GPtrArray *entries = read_entries(data, size);
    g_autoptr(GPtrArray) first = observe(entries, 1);
    g_autoptr(GPtrArray) second = observe(entries, 2);
    g_autoptr(GString) body = g_string_new(NULL);
    g_autofree char *problem = NULL;

    engine_directory(e, entries);
    CLEANUP(engine_output_free) struct engine_output *a = engine_step(e, now, first, true, NULL);
    write_all(e, a);
    g_array_unref(engine_looks(e, now, second));
    now.mono += 10000;
    now.wall += 10000;
    CLEANUP(engine_output_free) struct engine_output *b = engine_step(e, now, second, true, NULL);
    write_all(e, b);

    /* whatever is remembered can be read again */
    g_autofree char *header = engine_save_header(e);
    engine_save_body(e, body);
    g_string_prepend(body, header);
    CLEANUP(engine_free) struct engine *other = engine_new(&options);
    if (!engine_load(other, body->str, now, &problem))
        abort();
    return 0;
}
