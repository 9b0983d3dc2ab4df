/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the nodes said, joined with the entries: each domain that belongs to an
 * entry is a sighting in that VM's chain.  A one-shot pass joins all answers
 * at once; the daemon replaces one node's answer, or one domain's, at a time
 * and notes which VMs that concerns.
 */
#include "config.h"

#include "engine/flow.h"
#include "engine/origin.h"

#include <string.h>

/* A domain named like an entry but with another UUID is not that entry's. */
static void
note_clash(struct engine *e, const struct domain *d)
{
    struct uuid named;

    if (d->name == NULL || !uuid_parse(d->name, strlen(d->name), &named))
        return;
    if (g_hash_table_contains(e->by_uuid, &named))
        g_hash_table_add(e->clashes, g_memdup2(&named, sizeof(named)));
}

/* Until the engine flows nobody asks who was touched. */
void
world_touch(struct engine *e, struct vm_entry *vm)
{
    if (vm == NULL || vm->touched)
        return;
    vm->touched = true;
    g_ptr_array_add(e->touched, vm);
}

void
world_touch_all(struct engine *e)
{
    for (guint i = 0; i < e->vms->len; i++)
        world_touch(e, g_ptr_array_index(e->vms, i));
}

static void
see(struct engine *e, struct vm_entry *vm, struct node_state *node, const struct domain *d,
    guint64 query)
{
    struct sighting s = {.domain = d, .node = node, .query = query, .next = vm->sighting};

    if (!d->unreadable && d->state == DSTATE_SHUTOFF && d->reason == DREASON_MIGRATED)
        e->any_shutoff_migrated = true;
    if (e->free_sighting != 0) {
        struct sighting *reused
            = &g_array_index(e->sightings, struct sighting, e->free_sighting - 1);
        vm->sighting = e->free_sighting;
        e->free_sighting = reused->next;
        *reused = s;
        return;
    }
    g_array_append_val(e->sightings, s);
    vm->sighting = e->sightings->len;
}

/* Forgets what this node (NULL: any) showed of the VM; true when there was something. */
static bool
unsee(struct engine *e, struct vm_entry *vm, const struct node_state *node)
{
    guint32 *link = &vm->sighting;
    bool any = false;

    while (*link != 0) {
        guint32 at = *link;
        struct sighting *s = &g_array_index(e->sightings, struct sighting, at - 1);
        if (node != NULL && s->node != node) {
            link = &s->next;
            continue;
        }
        *link = s->next;
        s->next = e->free_sighting;
        e->free_sighting = at;
        any = true;
    }
    return any;
}

static void
observe_domain(struct engine *e, struct node_state *node, const struct domain *d, guint64 query)
{
    struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, &d->uuid);

    note_clash(e, d);
    if (vm != NULL)
        see(e, vm, node, d, query);
}

static void
observe_all(struct engine *e, struct node_state *n)
{
    for (guint d = 0; d < n->obs->domains->len; d++)
        observe_domain(e, n, &g_array_index(n->obs->domains, struct domain, d), n->obs->query);
}

static void
free_patch(gpointer o)
{
    observation_unref(o);
}

void
world_unobserve(struct engine *e)
{
    GHashTableIter iter;
    gpointer value;

    g_array_set_size(e->sightings, 0);
    e->free_sighting = 0;
    g_hash_table_remove_all(e->clashes);
    e->any_shutoff_migrated = false;
    for (guint i = 0; i < e->vms->len; i++)
        ((struct vm_entry *)g_ptr_array_index(e->vms, i))->sighting = 0;
    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct node_state *n = value;
        g_clear_pointer(&n->obs, observation_unref);
        g_clear_pointer(&n->patches, g_ptr_array_unref);
        world_name_node(n, n->entry != NULL ? n->entry->name : n->key);
        n->news = true;
        n->wanted = false;
        n->like = 0;
        n->leaving = 0;
    }
}

void
world_observe(struct engine *e, const GPtrArray *observations)
{
    world_unobserve(e);
    for (guint i = 0; i < observations->len; i++) {
        struct observation *o = g_ptr_array_index(observations, i);
        struct node_state *n = world_node(e, o->node);
        observation_unref(n->obs);
        n->obs = observation_ref(o);
        n->look_blocked = o->look_blocked;
        world_name_node(n, o->node);
    }
    for (guint i = 0; i < observations->len; i++) {
        const struct observation *o = g_ptr_array_index(observations, i);
        struct node_state *n = world_node(e, o->node);
        if (n->obs == o && o->result != RESULT_ERROR)
            observe_all(e, n);
    }
}

static void
unsee_domains(struct engine *e, const struct node_state *n, const struct observation *o)
{
    for (guint i = 0; i < o->domains->len; i++) {
        struct vm_entry *vm = g_hash_table_lookup(
            e->by_uuid, &g_array_index(o->domains, struct domain, i).uuid);
        if (vm != NULL && unsee(e, vm, n) && !vm->same)
            world_touch(e, vm);
    }
}

/* Does what this node says matter for the VM? */
static bool
concerns(struct engine *e, const struct vm_entry *vm, const struct node_state *n)
{
    if (world_node_of_ref(e, vm->home) == n || world_node_of_ref(e, vm->target) == n
        || world_node_of_ref(e, vm->pub.node) == n
        || world_node_of_ref(e, world_last_seen(e, vm)) == n || claims_concern(e, vm, n))
        return true;
    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *s = &g_array_index(e->sightings, struct sighting, i - 1);
        /* one that migrated away brings every node into play */
        if (s->node == n
            || (s->domain->state == DSTATE_SHUTOFF && s->domain->reason == DREASON_MIGRATED))
            return true;
        i = s->next;
    }
    return false;
}

static const struct domain *
seen_there(struct engine *e, const struct vm_entry *vm, const struct node_state *n)
{
    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *s = &g_array_index(e->sightings, struct sighting, i - 1);
        if (s->node == n)
            return s->domain;
        i = s->next;
    }
    return NULL;
}

/* again: this complete answer follows another one.  Then who is calm, and was and is not there,
 * or is there as before, is not concerned; who left it was touched when it was taken out. */
static void
touch_concerned(struct engine *e, const struct node_state *n, bool again)
{
    for (guint i = 0; i < e->vms->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (vm->touched || vm->same || (again && vm->calm && seen_there(e, vm, n) == NULL))
            continue;
        if (concerns(e, vm, n))
            world_touch(e, vm);
    }
}

/* Of the domain as this patch saw it. */
static void
patch_domain(struct engine *e, struct node_state *n, const struct domain *d, guint64 query)
{
    struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, &d->uuid);

    if (d->unreadable)
        return; /* it stays as it was seen last; the next complete answer tells */
    if (vm == NULL) {
        n->news = true;
        return;
    }
    const struct domain *was = seen_there(e, vm, n);
    n->recount |= (was != NULL && domain_is_active(was)) != domain_is_active(d);
    unsee(e, vm, n);
    see(e, vm, n, d, query);
    n->news |= world_node_of_ref(e, vm->home) != n;
    world_touch(e, vm);
}

static void
patch_all(struct engine *e, struct node_state *n, const struct observation *o)
{
    for (guint i = 0; i < o->domains->len; i++)
        patch_domain(e, n, &g_array_index(o->domains, struct domain, i), o->query);
}

bool
engine_patch(struct engine *e, struct observation *o)
{
    struct node_state *n = world_node(e, o->node);

    if (n->obs == NULL || n->obs->result == RESULT_ERROR || o->query < n->obs->query)
        return false;
    if (n->patches == NULL)
        n->patches = g_ptr_array_new_with_free_func(free_patch);
    g_ptr_array_add(n->patches, observation_ref(o));
    n->news |= n->look_blocked != o->look_blocked;
    n->look_blocked = o->look_blocked;
    patch_all(e, n, o);
    return true;
}

static bool
shows_job(const struct domain *d)
{
    return d->look != NULL
           && (domain_job(d) != JOB_NONE
               || (d->look->block_jobs != NULL && d->look->block_jobs->len > 0));
}

bool
engine_patch_jobs(struct engine *e, struct observation *o)
{
    guint kept = 0;

    for (guint i = 0; i < o->domains->len; i++) {
        struct domain *d = &g_array_index(o->domains, struct domain, i);
        d->unreadable |= !shows_job(d);
        kept += !d->unreadable;
    }
    return kept > 0 && engine_patch(e, o);
}

void
engine_defer(struct engine *e, const GArray *wishes)
{
    for (guint i = 0; i < wishes->len; i++) {
        const struct look_request *wish = &g_array_index(wishes, struct look_request, i);
        struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, &wish->uuid);
        const struct domain *d
            = vm == NULL ? NULL : seen_there(e, vm, world_node(e, wish->node));
        if (d != NULL && d->look == NULL)
            vm->touched = false;
    }
    guint kept = 0;
    for (guint i = 0; i < e->touched->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->touched, i);
        if (vm->touched)
            e->touched->pdata[kept++] = vm;
    }
    g_ptr_array_set_size(e->touched, (gint)kept);
}

/* Words that were asked for after the complete answer stand over it. */
static GPtrArray *
later_patches(const struct node_state *n, const struct observation *o)
{
    GPtrArray *later = NULL;

    for (guint i = 0; n->patches != NULL && o->result != RESULT_ERROR && i < n->patches->len; i++) {
        struct observation *patch = g_ptr_array_index(n->patches, i);
        if (patch->query < o->query)
            continue;
        if (later == NULL)
            later = g_ptr_array_new_with_free_func(free_patch);
        g_ptr_array_add(later, observation_ref(patch));
    }
    return later;
}

/* A clash may be over now: all are looked for again. */
static void
find_clashes(struct engine *e)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, e->clashes);
    while (g_hash_table_iter_next(&iter, &value, NULL))
        world_touch(e, g_hash_table_lookup(e->by_uuid, value));
    g_hash_table_remove_all(e->clashes);
    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct node_state *n = value;
        bool tells = n->obs != NULL && n->obs->result != RESULT_ERROR;
        for (guint i = 0; tells && i < n->obs->domains->len; i++)
            note_clash(e, &g_array_index(n->obs->domains, struct domain, i));
    }
    g_hash_table_iter_init(&iter, e->clashes);
    while (g_hash_table_iter_next(&iter, &value, NULL))
        world_touch(e, g_hash_table_lookup(e->by_uuid, value));
}

/* Whatever it said is gone; whom that concerned is touched. */
static void
forget_answer(struct engine *e, struct node_state *n)
{
    if (n->obs != NULL && n->obs->result != RESULT_ERROR)
        unsee_domains(e, n, n->obs);
    for (guint i = 0; n->patches != NULL && i < n->patches->len; i++)
        unsee_domains(e, n, g_ptr_array_index(n->patches, i));
    g_clear_pointer(&n->patches, g_ptr_array_unref);
    g_clear_pointer(&n->obs, observation_unref);
}

void
engine_unobserve(struct engine *e, const char *node)
{
    struct node_state *n = world_node(e, node);

    forget_answer(e, n);
    claims_touch_hosts(e);
    world_name_node(n, n->entry != NULL ? n->entry->name : n->key);
    find_clashes(e);
    touch_concerned(e, n, false);
}

/* What the last look at this VM's domain there said goes on counting; events were counted. */
static void
carry_look(struct engine *e, const struct vm_entry *vm, const struct node_state *n,
           struct domain *to)
{
    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *s = &g_array_index(e->sightings, struct sighting, i - 1);
        struct domain *from = (struct domain *)(uintptr_t)s->domain;
        i = s->next;
        if (s->node != n || from->look == NULL || !domain_is_active(from))
            continue;
        to->look = g_steal_pointer(&from->look);
        if (to->look->events != NULL)
            g_array_set_size(to->look->events, 0);
        return;
    }
}

/* The answer before goes in a moment, so its looks may be taken out of it. */
static void
carry_looks(struct engine *e, const struct node_state *n, struct observation *o)
{
    for (guint i = 0; i < o->domains->len; i++) {
        struct domain *d = &g_array_index(o->domains, struct domain, i);
        const struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, &d->uuid);
        if (vm != NULL && d->look == NULL && !d->unreadable && domain_is_active(d))
            carry_look(e, vm, n, d);
    }
}

static bool
is_same_domain(const struct domain *a, const struct domain *b)
{
    return a->state == b->state && a->reason == b->reason && !a->unreadable && !b->unreadable
           && a->managed_save == b->managed_save && a->persistent == b->persistent
           && a->look == NULL && b->look == NULL && g_strcmp0(a->state_word, b->state_word) == 0
           && g_strcmp0(a->name, b->name) == 0;
}

/* Marks the calm ones that the node shows as it did before, or (on = false) takes the marks off. */
static void
mark_same(struct engine *e, const struct node_state *n, const struct observation *o, bool on)
{
    for (guint i = 0; i < o->domains->len; i++) {
        const struct domain *d = &g_array_index(o->domains, struct domain, i);
        struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, &d->uuid);
        const struct domain *before = on && vm != NULL && vm->calm ? seen_there(e, vm, n) : NULL;
        if (vm != NULL)
            vm->same = before != NULL && is_same_domain(before, d);
    }
}

void
engine_observe(struct engine *e, struct observation *o, bool looks_follow)
{
    struct node_state *n = world_node(e, o->node);
    GPtrArray *later = later_patches(n, o);
    bool again = o->result == RESULT_COMPLETE && n->obs != NULL
                 && n->obs->result == RESULT_COMPLETE && n->obs->epoch == o->epoch;

    if (again)
        mark_same(e, n, o, true);
    if (looks_follow)
        carry_looks(e, n, o);
    if (n->obs == NULL)
        claims_touch_hosts(e);
    forget_answer(e, n);
    n->obs = observation_ref(o);
    n->look_blocked = o->look_blocked;
    world_name_node(n, o->node);
    if (o->result != RESULT_ERROR) {
        observe_all(e, n);
        n->epoch = o->epoch;
    }
    n->answered = o->result != RESULT_ERROR;
    n->patches = later;
    for (guint i = 0; later != NULL && i < later->len; i++)
        patch_all(e, n, g_ptr_array_index(later, i));
    n->news = true;
    if (g_hash_table_size(e->clashes) > 0)
        find_clashes(e);
    touch_concerned(e, n, again);
    if (again)
        mark_same(e, n, o, false);
}

unsigned
engine_surprises(struct engine *e, const struct observation *o)
{
    struct node_state *n = world_node(e, o->node);
    unsigned known = 0;
    unsigned same = 0;
    unsigned changed = 0;

    if (n->obs == NULL || n->obs->result != RESULT_COMPLETE || o->result != RESULT_COMPLETE)
        return 0;
    for (guint i = 0; i < o->domains->len; i++) {
        const struct domain *d = &g_array_index(o->domains, struct domain, i);
        const struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, &d->uuid);
        const struct domain *before = vm == NULL ? NULL : seen_there(e, vm, n);
        if (vm == NULL || d->unreadable || (before != NULL && before->unreadable))
            continue;
        same += before != NULL;
        changed += before == NULL || before->state != d->state;
    }
    for (guint i = 0; i < n->obs->domains->len; i++)
        known += g_hash_table_contains(
            e->by_uuid, &g_array_index(n->obs->domains, struct domain, i).uuid);
    return changed + (known > same ? known - same : 0);
}

/* --- entries that came, went or are odd --------------------------------------------- */

void
world_part(struct engine *e, struct vm_entry *vm)
{
    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *s = &g_array_index(e->sightings, struct sighting, i - 1);
        s->node->news = true; /* an orphan from now on */
        i = s->next;
    }
    unsee(e, vm, NULL);
}

static void
join_domains(struct engine *e, struct vm_entry *vm, struct node_state *n,
             const struct observation *o)
{
    for (guint i = 0; i < o->domains->len; i++) {
        const struct domain *d = &g_array_index(o->domains, struct domain, i);
        if (!uuid_equal(&d->uuid, &vm->uuid))
            continue;
        unsee(e, vm, n);
        see(e, vm, n, d, o->query);
        n->news = true;
    }
}

void
world_join(struct engine *e, struct vm_entry *vm)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct node_state *n = value;
        if (n->obs == NULL || n->obs->result == RESULT_ERROR)
            continue;
        join_domains(e, vm, n, n->obs);
        for (guint i = 0; n->patches != NULL && i < n->patches->len; i++)
            join_domains(e, vm, n, g_ptr_array_index(n->patches, i));
    }
}

void
world_join_all(struct engine *e)
{
    GHashTableIter iter;
    gpointer value;

    g_array_set_size(e->sightings, 0);
    e->free_sighting = 0;
    for (guint i = 0; i < e->vms->len; i++)
        ((struct vm_entry *)g_ptr_array_index(e->vms, i))->sighting = 0;
    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct node_state *n = value;
        if (n->obs == NULL || n->obs->result == RESULT_ERROR)
            continue;
        observe_all(e, n);
        for (guint i = 0; n->patches != NULL && i < n->patches->len; i++)
            patch_all(e, n, g_ptr_array_index(n->patches, i));
        n->news = true;
    }
}

/* --- what is published of a node ------------------------------------------------------ */

static void
count_domain(struct engine *e, struct node_state *n, const struct domain *d)
{
    const struct vm_entry *vm = g_hash_table_lookup(e->by_uuid, &d->uuid);

    if (d->unreadable || !domain_is_active(d))
        return;
    n->active++;
    n->orphans += vm == NULL;
    if (vm == NULL || world_node_of_ref(e, vm->home) == n)
        return;
    char uuid[UUID_TEXT_SIZE];
    if (n->foreign == NULL)
        n->foreign = g_ptr_array_new_with_free_func(g_free);
    uuid_format(&d->uuid, uuid);
    g_ptr_array_add(n->foreign, g_strdup(uuid));
}

/* Each domain as it was seen last, be it in the complete answer or after it. */
static void
count_patched(struct engine *e, struct node_state *n)
{
    g_autoptr(GHashTable) last = g_hash_table_new(uuid_hash, uuid_equal_key);
    GHashTableIter iter;
    gpointer value;

    for (guint p = 0; p <= n->patches->len; p++) {
        const struct observation *o = p == 0 ? n->obs : g_ptr_array_index(n->patches, p - 1);
        for (guint i = 0; i < o->domains->len; i++) {
            struct domain *d = &g_array_index(o->domains, struct domain, i);
            if (p == 0 || !d->unreadable)
                g_hash_table_replace(last, &d->uuid, d);
        }
    }
    g_hash_table_iter_init(&iter, last);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        count_domain(e, n, value);
}

void
world_count(struct engine *e, struct node_state *n)
{
    n->active = 0;
    n->orphans = 0;
    if (n->foreign != NULL)
        g_ptr_array_set_size(n->foreign, 0);
    if (n->obs == NULL || n->obs->result == RESULT_ERROR)
        return;
    if (n->patches != NULL) {
        count_patched(e, n);
        return;
    }
    for (guint i = 0; i < n->obs->domains->len; i++)
        count_domain(e, n, &g_array_index(n->obs->domains, struct domain, i));
}
