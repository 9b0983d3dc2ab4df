/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which nodes there are, and their complete reads: the first one of all, one
 * after each reconnect, one every interval as a safety net.
 */
#include "config.h"

#include "daemon/inside.h"
#include "daemon/plan.h"

#include "hypervisor/merge.h"
#include "log/log.h"

#include <string.h>

#define DOWN_GRACE_MS 3000 /* a libvirtd that restarts is not worth a word in every entry */
#define RESYNC_LIMIT_MS 3000 /* and one that does not answer does not keep all others waiting */

gint64
nodes_jittered(gint64 ms)
{
    return ms * 9 / 10 + (gint64)(g_random_double() * (double)ms / 5);
}

struct body_node *
nodes_find(struct daemon *d, const char *name)
{
    g_autofree char *key = g_ascii_strdown(name, -1);

    return g_hash_table_lookup(d->nodes, key);
}

static void
clear_job(gpointer job)
{
    g_free(((struct ended_job *)job)->disk);
}

void
nodes_free(gpointer data)
{
    struct body_node *n = data;

    observation_unref(n->first);
    observation_unref(n->refusal);
    g_hash_table_unref(n->dirty);
    g_array_unref(n->jobs);
    g_array_unref(n->sweep);
    g_free(n->name);
    g_free(n->uri);
    g_free(n);
}

static struct body_node *
node_new(struct daemon *d, const char *name, bool ours)
{
    struct body_node *n = g_new0(struct body_node, 1);
    gint64 now = now_ms();

    n->d = d;
    n->name = g_strdup(name);
    n->ours = ours;
    n->dirty = g_hash_table_new_full(uuid_hash, uuid_equal_key, g_free, g_free);
    n->jobs = g_array_new(FALSE, FALSE, sizeof(struct ended_job));
    g_array_set_clear_func(n->jobs, clear_job);
    n->sweep = g_array_new(FALSE, FALSE, sizeof(struct uuid));
    n->read_at = now + nodes_jittered(d->config->daemon.interval_s * 1000);
    n->probe_at = now + nodes_jittered(d->config->frozen.probe_interval_s * 1000);
    n->sweep_at = now + nodes_jittered(d->config->sync.sweep_interval_s * 1000);
    g_hash_table_insert(d->nodes, g_ascii_strdown(name, -1), n);
    return n;
}

/* --- figures ----------------------------------------------------------------------- */

static void
note_figures(struct body_node *n, const struct observation *o)
{
    struct hypervisor_node_state state = {0};

    (void)hypervisor_node_state(n->d->hypervisor, n->name, &state);
    const struct metrics_node figures = {
        .up = o->result == RESULT_COMPLETE,
        .complete = n->complete_us,
        .epoch = state.epoch,
        .read_us = n->read_us,
        .domains = o->domains->len,
    };
    metrics_node(n->d->metrics, n->name, &figures);
}

/* --- complete reads ------------------------------------------------------------------- */

static bool
all_have_answered(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((struct body_node *)value)->first == NULL)
            return false;
    }
    return !frontends_are_awaited(d);
}

/* What all nodes said at first; the answers stay theirs. */
static GPtrArray *
first_answers(struct daemon *d)
{
    GPtrArray *observations = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        g_ptr_array_add(observations, ((struct body_node *)value)->first);
    return observations;
}

static void
first_pass(struct daemon *d)
{
    g_autoptr(GPtrArray) observations = first_answers(d);
    GHashTableIter iter;
    gpointer value;

    frontends_tell(d);
    decide_first(d, observations);
    frontends_told(d);
    g_hash_table_iter_init(&iter, d->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct body_node *n = value;
        g_clear_pointer(&n->first, observation_unref);
        if (n->read_again)
            nodes_read(n);
        hints_ask(n);
    }
}

/* The answers of the first looks, in the hands of their node. */
struct first_look {
    struct daemon *d;
    char *node;
};

static void
on_first_look(struct observation *o, void *data)
{
    struct first_look *look = data;
    struct daemon *d = look->d;
    struct body_node *n = nodes_find(d, look->node);

    if (n != NULL && n->first != NULL && o->result != RESULT_ERROR)
        observation_merge(n->first, o);
    observation_unref(o);
    g_free(look->node);
    g_free(look);
    if (--d->first_looks == 0 && d->phase == PHASE_NODES && all_have_answered(d))
        first_pass(d); /* with what front-ends have said by now */
}

/* All nodes have answered: closer looks where they are due, then the first pass. */
static void
look_first(struct daemon *d)
{
    g_autoptr(GPtrArray) observations = first_answers(d);

    frontends_tell(d);
    g_autoptr(GArray) wishes = engine_looks(d->engine, statestore_now(), observations);
    for (guint i = 0; i < wishes->len;) {
        const struct look_request *first = &g_array_index(wishes, struct look_request, i);
        guint n = 1;
        while (i + n < wishes->len && (first + n)->node == first->node)
            n++;
        struct first_look *look = g_new0(struct first_look, 1);
        look->d = d;
        look->node = g_strdup(first->node);
        d->first_looks++;
        hypervisor_look(d->hypervisor, first->node, first, n, on_first_look, look);
        i += n;
    }
    if (d->first_looks == 0)
        first_pass(d);
}

void
nodes_first(struct daemon *d)
{
    if (d->phase == PHASE_NODES && d->first_looks == 0 && all_have_answered(d))
        look_first(d);
}

static bool
is_resynced(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((struct body_node *)value)->resync)
            return false;
    }
    return true;
}

static void
end_resync(struct daemon *d)
{
    d->resyncing = false;
    if (d->phase != PHASE_RUNNING)
        return;
    log_event(LOG_LEVEL_NOTICE, "everything was read anew", NULL);
    engine_touch_all(d->engine);
    decide_soon(d);
}

/* Those whose closer look follows; what is not known of them yet is not judged before. */
static void
observe(struct body_node *n, struct observation *o)
{
    struct daemon *d = n->d;

    if (g_hash_table_size(n->dirty) == 0 && !n->asking) {
        unsigned missed = engine_surprises(d->engine, o);
        if (missed > 0 && n->up) {
            o->surprises = n->surprised ? missed : 0; /* once, one may have been on its way */
            metrics_missed(d->metrics, missed);
            log_event(LOG_LEVEL_INFO, "a read found what no event announced", "node", n->name,
                      "domains", LOG_INT(missed), NULL);
        }
        n->surprised = missed > 0;
    }
    GArray *wishes = o->result == RESULT_ERROR
                         ? g_array_new(FALSE, FALSE, sizeof(struct look_request))
                         : engine_looks_at(d->engine, o);
    engine_observe(d->engine, o, wishes->len > 0);
    engine_defer(d->engine, wishes);
    hints_look(d, wishes, NULL);
    decide_soon(d);
}

/* Everybody who was to be looked at has answered: what changed is on its way, the report follows. */
void
nodes_note_answers(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    if (!d->answering || frontends_are_answering(d))
        return;
    g_hash_table_iter_init(&iter, d->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((struct body_node *)value)->answer)
            return;
    }
    d->answering = false;
    d->report_at = now_ms();
}

static void
note_answer(struct body_node *n)
{
    if (!n->answer || n->read_again)
        return;
    n->answer = false;
    nodes_note_answers(n->d);
}

void
nodes_resync(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    if (d->phase != PHASE_RUNNING)
        return;
    d->resyncing = g_hash_table_size(d->nodes) > 0;
    d->resync_began = now_ms();
    g_hash_table_iter_init(&iter, d->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct body_node *n = value;
        n->resync = true;
        hypervisor_retry(d->hypervisor, n->name);
        nodes_read(n);
    }
    frontends_read(d);
    if (!d->resyncing)
        end_resync(d);
}

/* Who does not answer holds up nobody else: what was known of it is old, so it counts as silent. */
static void
end_waiting(struct daemon *d, gint64 now)
{
    GHashTableIter iter;
    gpointer value;

    if (!d->resyncing || now - d->resync_began < RESYNC_LIMIT_MS)
        return;
    g_hash_table_iter_init(&iter, d->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct body_node *n = value;
        if (!n->resync)
            continue;
        n->resync = false;
        struct observation *o = observation_new_error(n->name, ERROR_TIMEOUT,
                                                      "no answer since everything is read anew");
        engine_observe(d->engine, o, false);
        observation_unref(o);
    }
    end_resync(d);
}

/* Where a node of another body does not answer us, what that body publishes counts.  Takes the
 * answer over; the caller's is what is returned. */
static struct observation *
believe(struct body_node *n, struct observation *answer)
{
    g_clear_pointer(&n->refusal, observation_unref);
    if (n->ours || answer->result != RESULT_ERROR)
        return answer;
    n->refusal = answer;
    struct observation *published = nodes_as_published(engine_facts(n->d->engine), answer);
    return published != NULL ? published : observation_ref(answer);
}

/* Node entries changed: so may have what they publish about nodes that do not answer us. */
static void
believe_again(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->nodes);
    while (d->phase == PHASE_RUNNING && g_hash_table_iter_next(&iter, NULL, &value)) {
        struct body_node *n = value;
        if (n->refusal == NULL || n->reading)
            continue;
        struct observation *o = believe(n, observation_ref(n->refusal));
        observe(n, o);
        observation_unref(o);
    }
}

static void
on_read(struct observation *o, void *data)
{
    struct daemon *d = data;
    struct body_node *n = nodes_find(d, o->node);

    if (n == NULL || d->phase == PHASE_STOPPING) {
        observation_unref(o);
        return;
    }
    n->reading = false;
    n->n_patched = 0;
    o = believe(n, o);
    n->read_us = g_get_monotonic_time() - n->read_began_us;
    if (o->result == RESULT_COMPLETE)
        n->complete_us = g_get_monotonic_time();
    note_figures(n, o);
    daemon_progressed(d);
    if (d->phase == PHASE_NODES) {
        observation_unref(n->first);
        n->first = o;
        nodes_first(d);
        return;
    }
    if (d->phase == PHASE_RUNNING)
        observe(n, o);
    observation_unref(o);
    note_answer(n);
    n->resync = false;
    if (d->resyncing && is_resynced(d))
        end_resync(d);
    if (n->read_again)
        nodes_read(n);
}

void
nodes_read(struct body_node *n)
{
    struct daemon *d = n->d;

    n->read_again = n->reading;
    n->read_at = now_ms() + nodes_jittered(d->config->daemon.interval_s * 1000);
    if (n->reading)
        return;
    n->reading = true;
    n->read_began_us = g_get_monotonic_time();
    hypervisor_read(d->hypervisor, n->name, on_read, d);
}

void
nodes_answer(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct body_node *n = value;
        n->answer = true;
        nodes_read(n);
    }
    d->answering = true;
    frontends_answer(d);
    d->report_at = now_ms() + 1000; /* where there is no node to wait for */
}

/* --- the tick --------------------------------------------------------------------------- */

static void
tick_node(struct body_node *n, gint64 now)
{
    if (n->down_since != 0 && !n->up && !n->down_told && now - n->down_since >= DOWN_GRACE_MS) {
        n->down_told = true;
        nodes_read(n);
    }
    if (now >= n->read_at)
        nodes_read(n);
    sweep_tick(n, now);
}

/* What moves is looked at again: within poll_interval everybody's turn comes once. */
static void
poll_moving(struct daemon *d)
{
    unsigned parts = (unsigned)d->config->daemon.poll_interval_s;

    d->poll_part = (d->poll_part + 1) % parts;
    hints_look_again(d, d->poll_part, parts);
}

static void
read_wanted(struct daemon *d, gint64 now)
{
    g_autoptr(GPtrArray) wanted = engine_wanted(d->engine);
    const struct limits *l = &d->config->limits;
    gint64 wait = MAX((gint64)l->absence_hold * 1000 / MAX(l->miss_limit, 1), 1000);

    for (guint i = 0; wanted != NULL && i < wanted->len; i++) {
        struct body_node *n = nodes_find(d, g_ptr_array_index(wanted, i));
        if (n != NULL)
            n->read_at = MIN(n->read_at, now + wait);
    }
}

void
nodes_tick(struct daemon *d, gint64 now)
{
    GHashTableIter iter;
    gpointer value;

    if (d->phase != PHASE_RUNNING)
        return;
    end_waiting(d, now);
    read_wanted(d, now);
    if (now >= d->unasked_at) {
        d->unasked_at = now + (gint64)d->config->daemon.interval_s * 1000;
        engine_touch_unasked(d->engine);
        decide_soon(d);
    }
    g_hash_table_iter_init(&iter, d->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        tick_node(value, now);
    poll_moving(d);
    if (engine_touch_counts(d->engine))
        decide_soon(d);
}

/* --- which nodes ------------------------------------------------------------------------ */

bool
nodes_owns(const char *node, void *data)
{
    const struct daemon *d = data;

    return nodes_owned(d->config, node);
}

static void
plan_node(struct daemon *d, const struct node_plan *plan, bool ours)
{
    struct body_node *n = nodes_find(d, plan->name);
    const struct hypervisor_node node = {
        .name = plan->name,
        .uri = plan->uri,
        .problem = plan->problem,
        .deadline_ms = plan->deadline_ms,
        .epoch = engine_epoch(d->engine, plan->name),
    };

    if (n != NULL && g_strcmp0(n->uri, plan->uri) == 0) {
        n->ours = ours;
        if (d->phase == PHASE_NODES && n->first == NULL && !n->reading)
            nodes_read(n); /* the directory is another one: a first pass over known nodes */
        return;
    }
    bool known = n != NULL;
    if (!known)
        n = node_new(d, plan->name, ours);
    g_free(n->uri);
    n->uri = g_strdup(plan->uri);
    log_event(LOG_LEVEL_INFO, known ? "node has another address" : "node is watched", "node",
              plan->name, "uri", plan->uri != NULL ? plan->uri : "none", "problem", plan->problem,
              NULL);
    hypervisor_set_node(d->hypervisor, &node);
    hypervisor_watch(d->hypervisor, plan->name, true);
    if (d->phase == PHASE_NODES || known || plan->uri == NULL)
        nodes_read(n);
}

static bool
is_planned(const GPtrArray *plans, const char *name)
{
    for (guint i = 0; i < plans->len; i++) {
        const struct node_plan *plan = g_ptr_array_index(plans, i);
        if (g_ascii_strcasecmp(plan->name, name) == 0)
            return true;
    }
    return false;
}

static void
forget_unplanned(struct daemon *d, const GPtrArray *plans)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct body_node *n = value;
        if (is_planned(plans, n->name))
            continue;
        log_event(LOG_LEVEL_NOTICE, "node is not watched any more, what is on it is not known", "node", n->name, NULL);
        hypervisor_remove_node(d->hypervisor, n->name);
        engine_unobserve(d->engine, n->name);
        metrics_remove_node(d->metrics, n->name);
        g_hash_table_iter_remove(&iter);
    }
}

/* The nodes of others on which a VM of ours may be. */
static void
add_neighbours(struct daemon *d, GPtrArray *plans, const GPtrArray *facts)
{
    g_autoptr(GPtrArray) names = engine_neighbours(d->engine);

    for (guint i = 0; i < names->len; i++)
        nodes_plan_one(plans, d->config, facts, g_ptr_array_index(names, i));
}

void
nodes_plan_again(struct daemon *d)
{
    const GPtrArray *facts = engine_facts(d->engine);
    g_autoptr(GPtrArray) plans = nodes_plan(d->config, facts);
    guint n_ours = plans->len;

    d->replan = false;
    add_neighbours(d, plans, facts);
    forget_unplanned(d, plans);
    for (guint i = 0; i < plans->len; i++)
        plan_node(d, g_ptr_array_index(plans, i), i < n_ours);
    believe_again(d);
    decide_soon(d); /* what went with a node is judged without it */
    if (plans->len == 0)
        log_event(LOG_LEVEL_WARNING, "no node is to be asked, statuses wait for a node entry that "
                                     "is ours", NULL);
    /* nobody waits for the answer of one that is gone */
    nodes_first(d);
    if (d->resyncing && is_resynced(d))
        end_resync(d);
}

void
nodes_end(struct daemon *d)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    enum phase phase = d->phase;
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        g_ptr_array_add(names, g_strdup(((struct body_node *)value)->name));
    g_hash_table_remove_all(d->nodes);
    /* what is under way is answered now, to nobody */
    d->phase = PHASE_STOPPING;
    for (guint i = 0; i < names->len; i++)
        hypervisor_remove_node(d->hypervisor, g_ptr_array_index(names, i));
    d->phase = phase;
}
