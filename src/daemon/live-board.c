/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon knows, as a board.  Copying ten thousand machines takes some
 * hundredths of a second, in which no event would be heard: it is done in
 * parts.  Entries come, change and go between them, so the machines are named
 * at the beginning by their UUIDs; those without one of their own come last.
 */
#include "config.h"

#include "daemon/inside.h"

#include "engine/entry-data.h"
#include "engine/flow.h"

#define PART 100 /* machines: less than a millisecond */

static bool
is_named(const struct vm_entry *vm)
{
    return vm->valid && !vm->duplicate;
}

static void
name_machines(struct daemon *d)
{
    const GPtrArray *vms = engine_vms(d->engine);

    g_clear_pointer(&d->to_show, g_array_unref);
    d->to_show = g_array_sized_new(FALSE, FALSE, sizeof(struct uuid), vms->len);
    d->n_shown = 0;
    for (guint i = 0; i < vms->len; i++) {
        const struct vm_entry *vm = g_ptr_array_index(vms, i);
        if (is_named(vm))
            g_array_append_val(d->to_show, vm->uuid);
    }
}

struct board *
daemon_board(void *data)
{
    struct daemon *d = data;
    struct board *b = board_new(d->where->base, g_get_real_time() / G_USEC_PER_SEC);

    if (d->phase == PHASE_DIRECTORY)
        board_add_notice(b, N_("the directory is being read for the first time"));
    else if (d->connection == NULL)
        board_add_notice(b, N_("the directory cannot be reached: this is what it held before"));
    else if (d->phase == PHASE_NODES)
        board_add_notice(b, N_("the nodes are being asked for the first time: this is what was published before"));
    if (d->paused)
        board_add_notice(b, N_("paused: no status is written"));
    name_machines(d);
    return b;
}

bool
daemon_board_more(struct board *b, void *data)
{
    struct daemon *d = data;
    const GPtrArray *vms = engine_vms(d->engine);
    guint end = MIN(d->n_shown + PART, d->to_show->len);
    guint before = b->vms->len;

    for (; d->n_shown < end; d->n_shown++) {
        struct vm_entry *vm
            = engine_vm(d->engine, &g_array_index(d->to_show, struct uuid, d->n_shown));
        if (vm != NULL && is_named(vm))
            board_add_vm(b, vm);
    }
    trail_show(d->trail, b, before);
    if (end < d->to_show->len)
        return true;
    for (guint i = 0; i < vms->len; i++) {
        if (!is_named(g_ptr_array_index(vms, i)))
            board_add_vm(b, g_ptr_array_index(vms, i));
    }
    board_add_entries(b, engine_facts(d->engine));
    g_clear_pointer(&d->to_show, g_array_unref);
    return false;
}
