/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all nodes together say about one VM: the copy that counts, the nodes
 * in play, who did not answer.  The order in which nodes answered does not
 * matter: ties are broken by home, target, then name.
 */
#include "config.h"

#include "engine/origin.h"

#include <string.h>

bool
domain_is_active(const struct domain *d)
{
    switch ((enum dstate)d->state) {
    case DSTATE_RUNNING:
    case DSTATE_BLOCKED:
    case DSTATE_PAUSED:
    case DSTATE_SHUTDOWN:
    case DSTATE_PMSUSPENDED:
    case DSTATE_CRASHED:
        return true;
    case DSTATE_NOSTATE:
    case DSTATE_SHUTOFF:
    case DSTATE_OTHER:
    case DSTATE_COUNT:
        break;
    }
    return false;
}

bool
domain_is_crashed(const struct domain *d)
{
    return d->state == DSTATE_CRASHED;
}

enum job
domain_job(const struct domain *d)
{
    return d->look != NULL && d->look->job_known ? d->look->job : JOB_NONE;
}

static bool
is_running(const struct domain *d)
{
    return d->state == DSTATE_RUNNING || d->state == DSTATE_BLOCKED;
}

static bool
is_migrated_away(const struct domain *d)
{
    return d->state == DSTATE_SHUTOFF && d->reason == DREASON_MIGRATED;
}

/* A guest that is dead, whether its domain says so by state or by reason. */
static bool
is_crashed_guest(const struct domain *d)
{
    return domain_is_crashed(d)
           || (d->state == DSTATE_PAUSED
               && (d->reason == DREASON_CRASHED || d->reason == DREASON_POSTCOPY_FAILED));
}

static enum copy
copy_of(const struct domain *d)
{
    if (d == NULL)
        return COPY_ABSENT;
    switch ((enum dstate)d->state) {
    case DSTATE_RUNNING:
    case DSTATE_BLOCKED:
        return COPY_RUNNING;
    case DSTATE_PAUSED:
        return COPY_PAUSED;
    case DSTATE_SHUTDOWN:
        return COPY_SHUTDOWN;
    case DSTATE_SHUTOFF:
        return COPY_SHUTOFF;
    case DSTATE_CRASHED:
        return COPY_CRASHED;
    case DSTATE_PMSUSPENDED:
        return COPY_PMSUSPENDED;
    case DSTATE_NOSTATE:
    case DSTATE_OTHER:
    case DSTATE_COUNT:
        break;
    }
    return COPY_UNMAPPED;
}

/* How much a copy counts; 0 = not at all. */
static int
rank(const struct sight *s, const struct sighting *c, const struct node_state *last)
{
    const struct domain *d = c->domain;

    if (is_running(d))
        return 5;
    if (domain_is_active(d))
        return domain_is_crashed(d) ? 3 : 4;
    if (d->state != DSTATE_SHUTOFF)
        return 2;
    if (d->reason == DREASON_MIGRATED)
        return 0;
    return c->node == s->home || c->node == s->target || c->node == last ? 1 : 0;
}

/* Ties: home, target, others by name. */
static int
place(const struct sight *s, const struct node_state *n)
{
    return n == s->home ? 0 : n == s->target ? 1 : 2;
}

static bool
better(const struct sight *s, const struct sighting *a, int rank_a, const struct sighting *b,
       int rank_b)
{
    if (rank_a != rank_b)
        return rank_a > rank_b;
    int place_a = place(s, a->node);
    int place_b = place(s, b->node);
    if (place_a != place_b)
        return place_a < place_b;
    return strcmp(a->node->key, b->node->key) < 0;
}

static void
add_name(GString **list, const char *name)
{
    if (*list == NULL)
        *list = g_string_new(NULL);
    else
        g_string_append(*list, ", ");
    g_string_append(*list, name);
}

/* Signs of movement on one copy (not the request).  from_file: what arrives comes from a file. */
static bool
shows_movement(const struct domain *d, bool from_file)
{
    enum job job = domain_job(d);

    if (job == JOB_SAVE || job == JOB_RESTORE || job == JOB_DUMP || !domain_is_active(d))
        return false;
    if (job == JOB_INCOMING || job == JOB_OUTGOING)
        return true;
    if (d->state == DSTATE_PAUSED)
        return d->reason == DREASON_POSTCOPY || (d->reason == DREASON_MIGRATING && !from_file);
    return is_running(d) && d->reason == DREASON_POSTCOPY;
}

static void
note_living(struct sight *s, const struct sighting *c)
{
    if (s->n_living < 2)
        s->living[s->n_living] = c;
    s->n_living++;
    s->all_running &= is_running(c->domain);
}

static void
collect_copy(struct sight *s, const struct sighting *c)
{
    const struct domain *d = c->domain;

    if (c->node == s->home)
        s->here = d;
    if (s->target != NULL && c->node == s->target)
        s->there = d;
    if (domain_is_active(d)) {
        s->active = true;
        if (!domain_is_crashed(d))
            note_living(s, c);
    }
    s->any_running |= is_running(d);
    s->any_paused |= d->state == DSTATE_PAUSED;
    s->postcopy_failed |= domain_is_active(d) && d->reason == DREASON_POSTCOPY_FAILED;
    s->signs |= shows_movement(d, false);
    s->signs_of_nodes |= shows_movement(d, true);
    if (is_running(d) && (c->node == s->home || (s->target != NULL && c->node == s->target)))
        s->move_running = true;
}

/* Copies that mean nothing: inactive ones out of place, crashed ones beside a living one. */
static bool
is_leftover(const struct sight *s, const struct sighting *c, const struct node_state *last)
{
    const struct domain *d = c->domain;

    if (domain_is_crashed(d))
        return s->n_living > 0;
    if (d->state != DSTATE_SHUTOFF || c->node == s->home || c->node == s->target)
        return false;
    return s->active || c->node != last;
}

/* Why this node in play gives no answer about the VM, appended; false when it answers. */
static bool
is_silent(struct engine *e, const struct vm_entry *vm, const struct node_state *n, GString **why)
{
    g_autofree char *text = NULL;

    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *c = &g_array_index(e->sightings, struct sighting, i - 1);
        if (c->node == n) {
            if (!c->domain->unreadable)
                return false;
            text = g_strdup_printf("%s: %s", n->name, N_("this domain could not be read"));
        }
        i = c->next;
    }
    if (text == NULL && n->obs == NULL)
        text = g_strdup_printf("%s: %s", n->name, error_class_name(ERROR_UNKNOWN_NODE));
    else if (text == NULL && n->obs->result == RESULT_ERROR)
        text = g_strdup_printf("%s: %s", n->name, error_class_name(n->obs->error));
    else if (text == NULL && n->obs->result == RESULT_PARTIAL)
        text = g_strdup_printf("%s: " N_("partial answer") "%s%s", n->name, n->obs->text != NULL ? ", " : "",
                               n->obs->text != NULL ? n->obs->text : "");
    if (text == NULL)
        return false;
    add_name(why, text);
    if (world_excuse(n) != NULL) {
        MADE_("%s (node state %s)");
        g_string_append_printf(*why, " (node state %s)", n->state);
    }
    return true;
}

static void
play_node(struct engine *e, const struct vm_entry *vm, struct sight *s, struct node_state *n)
{
    if (is_silent(e, vm, n, &s->silent)) {
        s->home_silent |= n == s->home;
        return;
    }
    s->query = MIN(s->query, n->obs->query);
    if (s->it != NULL || !world_running_like(vm))
        return;
    n->wanted = true;
    if (s->played == NULL)
        s->played = g_string_new(NULL);
    g_string_append_printf(s->played, "%s%s:%" G_GUINT64_FORMAT, s->played->len > 0 ? " " : "",
                           n->key, n->obs->epoch);
}

static void
play_everybody(struct engine *e, const struct vm_entry *vm, struct sight *s,
               const struct node_state *played)
{
    g_autoptr(GList) all = world_nodes(e);

    for (GList *l = all; l != NULL; l = l->next) {
        struct node_state *n = l->data;
        bool known = n->obs != NULL || (n->entry != NULL && (n->runs_vms || !n->typed));
        if (known && n != s->home && n != s->target && n != played)
            play_node(e, vm, s, n);
    }
}

/* Somewhere it is active, and more than a crashed guest that only looks so. */
static bool
lives_for_sure(const struct sight *s)
{
    if (s->n_living == 0 || s->n_living > 2)
        return s->n_living > 0;
    return !is_crashed_guest(s->living[0]->domain)
           || (s->n_living == 2 && !is_crashed_guest(s->living[1]->domain));
}

/* Home, target, last seen while running-like; everybody when it went away to nobody knows where. */
static void
nodes_in_play(struct engine *e, const struct vm_entry *vm, struct sight *s,
              struct node_state *last)
{
    s->query = G_MAXUINT64;
    if (s->home != NULL) {
        play_node(e, vm, s, s->home);
    } else {
        add_name(&s->silent, N_("no sstNode: unknown-node"));
        s->home_silent = true;
    }
    if (s->target != NULL)
        play_node(e, vm, s, s->target);
    /* once a living copy is seen, where it was before says nothing any more */
    bool last_in_play = last != NULL && last != s->home && last != s->target
                        && world_running_like(vm) && !lives_for_sure(s);
    const struct domain *in_play[] = {s->here, NULL};
    if (last_in_play) {
        play_node(e, vm, s, last);
        for (guint32 i = vm->sighting; i != 0;) {
            const struct sighting *c = &g_array_index(e->sightings, struct sighting, i - 1);
            if (c->node == last && !c->domain->unreadable)
                in_play[1] = c->domain;
            i = c->next;
        }
    }
    if (s->target != NULL || !e->any_shutoff_migrated || lives_for_sure(s))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(in_play); i++) {
        if (in_play[i] != NULL && is_migrated_away(in_play[i])) {
            play_everybody(e, vm, s, last_in_play ? last : NULL);
            return;
        }
    }
}

/* OpenNebula lost sight of it: its host is asked, and of the nodes where it might be those that
 * anybody asks; whoever shows it alive decides. */
static void
look_for_lost(struct engine *e, const struct vm_entry *vm, struct sight *s, struct origin *o,
              struct node_state *last)
{
    struct node_state *host = claims_host(e, o->row->host);
    struct node_state *others[] = {s->home, s->target, world_running_like(vm) ? last : NULL};

    if (host != NULL)
        play_node(e, vm, s, host);
    else
        add_name(&s->silent, N_("nobody else sees its host"));
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        bool again = others[i] == host;
        for (size_t k = 0; k < i; k++)
            again |= others[i] == others[k];
        if (!again && others[i] != NULL && others[i]->obs != NULL)
            play_node(e, vm, s, others[i]);
    }
    o->lost = s->silent == NULL || lives_for_sure(s);
    if (!o->lost) {
        g_string_prepend(s->silent, ", ");
        g_string_prepend(s->silent, o->silent);
    } else if (s->silent != NULL) {
        g_string_free(s->silent, TRUE);
        s->silent = NULL;
    }
}

/* Of OpenNebula's VMs the front-end tells; the nodes are not waited for. */
static void
source_in_play(struct engine *e, const struct vm_entry *vm, struct sight *s, struct origin *o,
               struct node_state *last)
{
    s->sourced = true;
    s->query = G_MAXUINT64;
    if (o->row != NULL && o->meaning.known && o->meaning.kept && !o->conflict)
        look_for_lost(e, vm, s, o, last);
    else if (o->silent != NULL)
        s->silent = g_string_new(o->silent);
    s->home_silent = false;
}

/* What the front-end says, laid over what the nodes show. */
static void
hear_source(const struct vm_entry *vm, struct sight *s, const struct origin *o)
{
    s->wrong_node = s->wrong_node && vm->home != NULL;
    s->absent = o->lost && s->it == NULL;
    s->said = o->said;
    s->off = origin_is_off(o) && !s->active;
    s->moving = o->moving;
    s->signs |= o->moving;
    s->signs_of_nodes |= o->moving;
    s->active |= origin_is_on(o);
}

static void
find_places(struct engine *e, const struct vm_entry *vm, struct sight *s)
{
    s->home = world_node_of_ref(e, vm->home);
    s->target = world_node_of_ref(e, vm->target);
    if (s->target != NULL && s->target == s->home) {
        s->to_self = true;
        s->target = NULL;
    }
}

/* The names in the texts come in the order of names, whatever order the nodes answered in. */
static void
name_copies(struct engine *e, const struct vm_entry *vm, struct sight *s,
            const struct node_state *last)
{
    g_autoptr(GPtrArray) living = g_ptr_array_new();
    g_autoptr(GPtrArray) left = g_ptr_array_new();

    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *c = &g_array_index(e->sightings, struct sighting, i - 1);
        if (!c->domain->unreadable && is_leftover(s, c, last))
            g_ptr_array_add(left, c->node->name);
        else if (!c->domain->unreadable && s->n_living > 1 && domain_is_active(c->domain))
            g_ptr_array_add(living, c->node->name);
        i = c->next;
    }
    s->leftover = left->len > 0;
    if (left->len > 0 || living->len > 0) {
        g_ptr_array_sort(left, compare_texts);
        g_ptr_array_sort(living, compare_texts);
    }
    for (guint i = 0; i < left->len; i++)
        add_name(&s->leftovers, g_ptr_array_index(left, i));
    for (guint i = 0; i < living->len; i++)
        add_name(&s->alive, g_ptr_array_index(living, i));
}

/* An active copy in its place, and more than a crashed one left beside a living one. */
static bool
speaks_for(const struct sight *s, const struct domain *d)
{
    return d != NULL && domain_is_active(d) && !(domain_is_crashed(d) && s->n_living > 0);
}

void
sight_collect(struct engine *e, const struct vm_entry *vm, struct origin *o, struct sight *s)
{
    const struct sighting *best = NULL;
    int best_rank = 0;

    memset(s, 0, sizeof(*s));
    s->all_running = true;
    find_places(e, vm, s);
    struct node_state *last = world_node_of_ref(e, world_last_seen(e, vm));
    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *c = &g_array_index(e->sightings, struct sighting, i - 1);
        if (!c->domain->unreadable)
            collect_copy(s, c);
        i = c->next;
    }
    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *c = &g_array_index(e->sightings, struct sighting, i - 1);
        i = c->next;
        if (c->domain->unreadable || is_leftover(s, c, last))
            continue;
        int r = rank(s, c, last);
        if (r > 0 && (best == NULL || better(s, c, r, best, best_rank))) {
            best = c;
            best_rank = r;
        }
    }
    if (best != NULL) {
        s->it = best->domain;
        s->it_node = best->node;
    }
    s->copy = copy_of(s->it);
    origin_settle(e, vm, s, o);
    if (o->sourced)
        source_in_play(e, vm, s, o, last);
    else
        nodes_in_play(e, vm, s, last);
    if (vm->sighting != 0)
        name_copies(e, vm, s, last);
    s->wrong_node = s->active && s->it_node != s->home && s->it_node != s->target
                    && !speaks_for(s, s->here) && !speaks_for(s, s->there);
    s->absent = s->silent == NULL && s->it == NULL;
    if (o->sourced)
        hear_source(vm, s, o);
}

void
sight_clear(struct sight *s)
{
    if (s->silent != NULL)
        g_string_free(s->silent, TRUE);
    if (s->leftovers != NULL)
        g_string_free(s->leftovers, TRUE);
    if (s->alive != NULL)
        g_string_free(s->alive, TRUE);
    if (s->played != NULL)
        g_string_free(s->played, TRUE);
}

bool
sight_is_unseen(const struct sight *s)
{
    return s->silent != NULL && !lives_for_sure(s);
}

/* Two running copies under a live marker: two nodes are never read at one instant.  Excused until
 * both have answered once more. */
static bool
excused_once(struct engine *e, const struct sight *s, struct record *r)
{
    if (r->both_pass == 0) {
        r->both_pass = (gint64)e->pass;
        r->both_query = MAX(s->living[0]->query, s->living[1]->query);
    }
    return MIN(s->living[0]->query, s->living[1]->query) <= r->both_query;
}

bool
sight_is_duplicate(struct engine *e, const struct sight *s, const struct underway *u)
{
    if (s->n_living < 2)
        return false;
    if (s->n_living > 2)
        return true;
    if (shows_movement(s->living[0]->domain, u->from_file)
        || shows_movement(s->living[1]->domain, u->from_file))
        return false;
    if (s->moving && s->n_living == 2)
        return s->all_running && !excused_once(e, s, u->record);
    bool home_and_target = s->target != NULL && s->home != NULL
                           && (s->living[0]->node == s->home || s->living[1]->node == s->home)
                           && (s->living[0]->node == s->target || s->living[1]->node == s->target);
    if (!home_and_target || !u->marker)
        return true;
    return s->all_running && !excused_once(e, s, u->record);
}
