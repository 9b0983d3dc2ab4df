/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which domains deserve a closer look: those the directory hints at, those
 * the bulk read hints at, those we remember something about.
 */
#include "config.h"

#include "engine/engine-internal.h"
#include "engine/flow.h"

#include <string.h>

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

static bool
may_be_looked_at(const struct vm_entry *vm)
{
    return vm != NULL && vm->valid && !vm->duplicate;
}

/* What is to be asked of this domain; elsewhere: another node shows the VM, too. */
static void
wish(struct engine *e, const struct vm_entry *vm, unsigned hints, const struct node_state *n,
     const struct domain *d, bool elsewhere, GArray *wishes)
{
    if (d->unreadable || !domain_is_active(d) || domain_is_crashed(d))
        return;
    unsigned want = hints | hints_of_domain(d, elsewhere);
    if (e->options.agent && d->state == DSTATE_RUNNING)
        want |= LOOK_AGENT | LOOK_XML;
    if (want == 0)
        return;
    struct look_request request = {
        .node = g_intern_string(n->name),
        .uuid = vm->uuid,
        .want = want,
    };
    g_array_append_val(wishes, request);
}

/* The VM's domains as they were seen last, but for that on the node `but`, which is seen anew. */
static void
wishes_of_vm(struct engine *e, const struct vm_entry *vm, const struct node_state *but,
             GArray *wishes)
{
    if (vm->sighting == 0)
        return;
    unsigned hints = hints_of_directory(e, vm) | hints_of_memory(e, vm);
    const struct sighting *first = &g_array_index(e->sightings, struct sighting, vm->sighting - 1);
    bool elsewhere = but != NULL || first->next != 0;

    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *s = &g_array_index(e->sightings, struct sighting, i - 1);
        if (s->node != but)
            wish(e, vm, hints, s->node, s->domain, elsewhere, wishes);
        i = s->next;
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
        if (may_be_looked_at(vm))
            wishes_of_vm(e, vm, NULL, wishes);
    }
    world_unobserve(e);
    return wishes;
}

static bool
is_seen_elsewhere(struct engine *e, const struct vm_entry *vm, const struct node_state *n)
{
    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *s = &g_array_index(e->sightings, struct sighting, i - 1);
        if (s->node != n)
            return true;
        i = s->next;
    }
    return false;
}

static gint
by_node(gconstpointer a, gconstpointer b)
{
    return strcmp(((const struct look_request *)a)->node, ((const struct look_request *)b)->node);
}

GArray *
engine_looks_at(struct engine *e, const struct observation *o)
{
    GArray *wishes = g_array_new(FALSE, FALSE, sizeof(struct look_request));
    struct node_state *n = world_node(e, o->node);

    for (guint i = 0; i < o->domains->len; i++) {
        const struct domain *d = &g_array_index(o->domains, struct domain, i);
        const struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, &d->uuid);
        if (!may_be_looked_at(vm))
            continue;
        bool elsewhere = is_seen_elsewhere(e, vm, n);
        wish(e, vm, hints_of_directory(e, vm) | hints_of_memory(e, vm), n, d, elsewhere, wishes);
        if (elsewhere)
            wishes_of_vm(e, vm, n, wishes);
    }
    g_array_sort(wishes, by_node);
    return wishes;
}

GArray *
engine_looks_of(struct engine *e, const struct uuid *uuid)
{
    GArray *wishes = g_array_new(FALSE, FALSE, sizeof(struct look_request));
    const struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, uuid);

    if (may_be_looked_at(vm))
        wishes_of_vm(e, vm, NULL, wishes);
    g_array_sort(wishes, by_node);
    return wishes;
}

bool
engine_waits_for_look(struct engine *e, const struct domain *d)
{
    const struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, &d->uuid);

    if (vm == NULL || d->state != DSTATE_PAUSED || d->reason != DREASON_USER || e->options.agent)
        return true;
    if (vm->sighting != 0
        && g_array_index(e->sightings, struct sighting, vm->sighting - 1).next != 0)
        return true;
    return hints_of_directory(e, vm) != 0 || hints_of_memory(e, vm) != 0;
}

/* Paused by a user, and nothing hints at a job: the complete answers look often enough. */
static bool
stands_still(struct engine *e, const struct vm_entry *vm)
{
    const struct sighting *s = &g_array_index(e->sightings, struct sighting, vm->sighting - 1);
    const struct domain *d = s->domain;

    if (s->next != 0 || d->state != DSTATE_PAUSED || d->reason != DREASON_USER || d->look == NULL
        || e->options.agent)
        return false;
    return domain_job(d) == JOB_NONE
           && (d->look->block_jobs == NULL || d->look->block_jobs->len == 0)
           && hints_of_directory(e, vm) == 0 && hints_of_memory(e, vm) == 0;
}

GArray *
engine_looks_again(struct engine *e, unsigned part, unsigned parts)
{
    GArray *wishes = g_array_new(FALSE, FALSE, sizeof(struct look_request));
    guint from = (guint)((guint64)e->vms->len * part / parts);
    guint to = (guint)((guint64)e->vms->len * (part + 1) / parts);

    for (guint i = from; i < to; i++) {
        const struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (vm->calm && !e->options.agent)
            continue;
        if (vm->sighting != 0 && may_be_looked_at(vm) && !stands_still(e, vm))
            wishes_of_vm(e, vm, NULL, wishes);
    }
    g_array_sort(wishes, by_node);
    return wishes;
}
