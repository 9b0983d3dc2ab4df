/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which domains deserve a closer look: those the directory hints at, those
 * the bulk read hints at, those we remember something about.
 */
#include "config.h"

#include "engine/engine-internal.h"

/* What the directory says about the VM that a bulk read cannot answer. */
static unsigned
hints_of_directory(struct engine *e, const struct vm_entry *vm)
{
    unsigned want = 0;

    if (vm->kind != KIND_TEMPLATE && g_hash_table_contains(e->thin, &vm->uuid))
        want |= LOOK_BLOCKS | LOOK_XML;
    for (guint i = 0; vm->backups != NULL && i < vm->backups->len; i++) {
        const struct backup_entry *b = g_ptr_array_index(vm->backups, i);
        if (backup_phase_of(b->mode) != BACKUP_NONE)
            want |= LOOK_JOB | LOOK_BLOCKS;
    }
    if (vm->target != NULL || vm->pub.request != NULL)
        want |= LOOK_JOB;
    return want;
}

static unsigned
hints_of_memory(struct engine *e, const struct vm_entry *vm)
{
    const struct record *r = memory_find(e->memory, &vm->uuid);
    unsigned want = 0;

    if (r == NULL)
        return 0;
    if (r->streamed)
        want |= LOOK_BLOCKS | LOOK_XML;
    if (r->control_since != NEVER)
        want |= LOOK_CONTROL | LOOK_JOB;
    return want;
}

static unsigned
hints_of_domain(const struct domain *d, bool elsewhere)
{
    unsigned want = elsewhere ? LOOK_JOB : 0;

    switch ((enum dstate)d->state) {
    case DSTATE_PAUSED:
        want |= LOOK_JOB | LOOK_BLOCKS;
        if (d->reason == DREASON_IOERROR)
            want |= LOOK_IO_ERRORS;
        break;
    case DSTATE_SHUTDOWN:
        want |= LOOK_JOB;
        break;
    case DSTATE_RUNNING:
    case DSTATE_BLOCKED:
        if (d->reason == DREASON_POSTCOPY || d->reason == DREASON_POSTCOPY_FAILED)
            want |= LOOK_JOB;
        break;
    case DSTATE_NOSTATE:
    case DSTATE_SHUTOFF:
    case DSTATE_CRASHED:
    case DSTATE_PMSUSPENDED:
    case DSTATE_OTHER:
    case DSTATE_COUNT:
        break;
    }
    return want;
}

static void
wishes_of_vm(struct engine *e, const struct vm_entry *vm, GArray *wishes)
{
    unsigned hints = hints_of_directory(e, vm) | hints_of_memory(e, vm);
    const struct sighting *first = &g_array_index(e->sightings, struct sighting, vm->sighting - 1);

    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *s = &g_array_index(e->sightings, struct sighting, i - 1);
        const struct domain *d = s->domain;
        i = s->next;
        if (d->unreadable || !domain_is_active(d) || domain_is_crashed(d))
            continue;
        unsigned want = hints | hints_of_domain(d, first->next != 0);
        if (e->options.agent && d->state == DSTATE_RUNNING)
            want |= LOOK_AGENT | LOOK_XML;
        if (want == 0)
            continue;
        struct look_request request = {
            .node = g_intern_string(s->node->name),
            .uuid = vm->uuid,
            .want = want,
        };
        g_array_append_val(wishes, request);
    }
}

GArray *
engine_looks(struct engine *e, struct engine_time now, const GPtrArray *observations)
{
    GArray *wishes = g_array_new(FALSE, FALSE, sizeof(struct look_request));

    (void)now;
    world_observe(e, observations);
    for (guint i = 0; i < e->vms->len; i++) {
        const struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (vm->valid && !vm->duplicate && vm->sighting != 0)
            wishes_of_vm(e, vm, wishes);
    }
    world_unobserve(e);
    return wishes;
}
