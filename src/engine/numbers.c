/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which VMs of a front-end deserve a question of their own: those that an entry
 * belongs to and that are in no answer, and those on the move.
 */
#include "config.h"

#include "engine/flow.h"
#include "engine/origin.h"

static GArray *
numbers_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(gint64));
}

static gint
compare_numbers(gconstpointer a, gconstpointer b)
{
    gint64 na = *(const gint64 *)a;
    gint64 nb = *(const gint64 *)b;

    return (na > nb) - (na < nb);
}

GArray *
engine_frontend_known(struct engine *e, const char *frontend)
{
    GArray *numbers = numbers_new();

    for (guint i = 0; i < e->vms->len; i++) {
        gint64 id;
        g_autofree char *name = origin_memory(e, g_ptr_array_index(e->vms, i), &id);
        if (name != NULL && id >= 0 && same_word(name, frontend))
            g_array_append_val(numbers, id);
    }
    g_array_sort(numbers, compare_numbers);
    return numbers;
}

GArray *
engine_frontend_missing(struct engine *e, const struct frontend_answer *a)
{
    g_autoptr(GArray) known = engine_frontend_known(e, a->frontend);
    g_autoptr(GHashTable) there = g_hash_table_new(g_int64_hash, g_int64_equal);
    GArray *missing = numbers_new();

    for (guint i = 0; known->len > 0 && i < a->vms->len; i++)
        g_hash_table_add(there, &g_array_index(a->vms, struct frontend_vm, i).id);
    for (guint i = 0; i < known->len; i++) {
        const gint64 *id = &g_array_index(known, gint64, i);
        if (!g_hash_table_contains(there, id))
            g_array_append_vals(missing, id, 1);
    }
    return missing;
}

/* What ends by itself, and soon. */
static bool
is_moving(const struct frontend_vm *row)
{
    const struct one_word *word = one_word_of(row->state, row->lcm);

    return word != NULL && word->class == ONE_TRANSIENT;
}

GArray *
engine_frontend_moving(struct engine *e, const char *frontend)
{
    const struct front_state *f = claims_front(e, frontend);
    GArray *numbers = numbers_new();

    claims_refresh(e);
    for (guint i = 0; f != NULL && i < e->vms->len; i++) {
        const struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        for (guint32 k = vm->claim; k != 0;) {
            const struct claim *c = &g_array_index(e->claims, struct claim, k - 1);
            if (c->front == f && is_moving(c->row))
                g_array_append_val(numbers, c->row->id);
            k = c->next;
        }
    }
    return numbers;
}

bool
engine_row_entry(struct engine *e, const struct frontend_vm *row, struct uuid *uuid)
{
    const struct vm_entry *vm = claims_entry(e, row);

    if (vm != NULL)
        *uuid = vm->uuid;
    return vm != NULL;
}
