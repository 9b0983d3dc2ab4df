/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/metrics.h"

#include "daemon/metrics-internal.h"
#include "engine/engine.h"
#include "engine/flow.h"
#include "engine/entry-data.h"

#include <string.h>

struct metrics *
metrics_new(void)
{
    struct metrics *m = g_new0(struct metrics, 1);

    pthread_mutex_init(&m->lock, NULL);
    m->lease = -1;
    m->events = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    m->nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    m->frontends = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return m;
}

void
metrics_free(struct metrics *m)
{
    if (m == NULL)
        return;
    g_hash_table_unref(m->events);
    g_hash_table_unref(m->nodes);
    g_hash_table_unref(m->frontends);
    g_clear_pointer(&m->before, g_hash_table_unref);
    g_free(m->mode);
    pthread_mutex_destroy(&m->lock);
    g_free(m);
}

/* Everything between LOCKED and the end of the block is done with the lock held. */
static void
unlock(pthread_mutex_t **lock)
{
    pthread_mutex_unlock(*lock);
}
static pthread_mutex_t *
locked(pthread_mutex_t *lock)
{
    pthread_mutex_lock(lock);
    return lock;
}
#define LOCKED(m)                                                                                  \
    __attribute__((cleanup(unlock), unused)) pthread_mutex_t *lock_ = locked(&(m)->lock)

static void
count_alarms(struct metrics *m, uint32_t alarms)
{
    for (unsigned i = 0; i < ALARM_COUNT; i++)
        m->alarms[i] += (alarms >> i) & 1;
}

void
metrics_set_totals(struct metrics *m, const struct engine_totals *t)
{
    LOCKED(m);

    memset(m->vms, 0, sizeof(m->vms));
    for (unsigned s = 0; s < STATE_COUNT; s++) {
        for (unsigned k = 0; k <= KIND_COUNT; k++)
            m->vms[k][s] = t->vms[k][s];
    }
    for (unsigned i = 0; i < ALARM_COUNT; i++)
        m->alarms[i] = t->alarms[i];
    m->stale = t->n_stale;
    m->held = t->n_held;
}

void
metrics_take_output(struct metrics *m, const struct engine_output *o)
{
    LOCKED(m);
    if (o->aborted)
        return;
    memset(m->vms, 0, sizeof(m->vms));
    memset(m->alarms, 0, sizeof(m->alarms));
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);

        if (v->rule == RULE_IGNORED)
            continue;
        m->vms[v->vm->kind][v->state]++;
        m->decisions[v->rule]++;
        count_alarms(m, v->alarms);
    }
    for (guint i = 0; i < o->nodes->len; i++)
        count_alarms(m, g_array_index(o->nodes, struct node_verdict, i).alarms);
    count_alarms(m, o->alarms);
    m->stale = o->stale;
    m->held = o->held;
}

void
metrics_decision(struct metrics *m, enum rule rule)
{
    LOCKED(m);
    m->decisions[rule]++;
}

void
metrics_pass(struct metrics *m, int64_t wall)
{
    LOCKED(m);
    m->passes++;
    m->last_pass = wall;
}

void
metrics_ldap(struct metrics *m, enum metrics_operation operation, enum directory_class result)
{
    LOCKED(m);
    m->ldap[operation][result]++;
}

void
metrics_latency(struct metrics *m, int64_t us)
{
    static const int64_t ends[] = {
#define BUCKET_END(us, text) us,
        METRICS_BUCKET_LIST(BUCKET_END)
#undef BUCKET_END
    };
    unsigned i = 0;

    us = MAX(us, 0);
    while (i < METRICS_BUCKETS && us > ends[i])
        i++;
    LOCKED(m);
    m->buckets[i]++;
    m->latency_us += (uint64_t)us;
}

void
metrics_event(struct metrics *m, const char *kind)
{
    LOCKED(m);
    uint64_t *n = g_hash_table_lookup(m->events, kind);

    if (n == NULL && g_hash_table_size(m->events) >= METRICS_KINDS_MAX - 1) {
        kind = "other";
        n = g_hash_table_lookup(m->events, kind);
    }
    if (n == NULL) {
        n = g_new0(uint64_t, 1);
        g_hash_table_insert(m->events, g_strdup(kind), n);
    }
    (*n)++;
}

void
metrics_missed(struct metrics *m, unsigned n)
{
    LOCKED(m);
    m->missed += n;
}

void
metrics_node(struct metrics *m, const char *name, const struct metrics_node *node)
{
    LOCKED(m);
    struct metrics_node *have = g_hash_table_lookup(m->nodes, name);

    if (have == NULL) {
        have = g_new0(struct metrics_node, 1);
        g_hash_table_insert(m->nodes, g_strdup(name), have);
    }
    *have = *node;
}

void
metrics_remove_node(struct metrics *m, const char *name)
{
    LOCKED(m);
    g_hash_table_remove(m->nodes, name);
}

void
metrics_frontend(struct metrics *m, const char *name, const struct metrics_frontend *figures)
{
    LOCKED(m);
    struct frontend_figures *have = g_hash_table_lookup(m->frontends, name);

    if (have == NULL) {
        have = g_new0(struct frontend_figures, 1);
        g_hash_table_insert(m->frontends, g_strdup(name), have);
    }
    have->last = *figures;
}

void
metrics_frontend_event(struct metrics *m, const char *name)
{
    LOCKED(m);
    struct frontend_figures *have = g_hash_table_lookup(m->frontends, name);

    if (have != NULL)
        have->events++;
}

void
metrics_remove_frontend(struct metrics *m, const char *name)
{
    LOCKED(m);
    g_hash_table_remove(m->frontends, name);
}

void
metrics_set_lease(struct metrics *m, bool held)
{
    LOCKED(m);
    m->lease = held;
}

void
metrics_set_paused(struct metrics *m, bool paused)
{
    LOCKED(m);
    m->paused = paused;
}

void
metrics_set_directory(struct metrics *m, bool connected, const char *mode)
{
    LOCKED(m);
    m->connected = connected;
    if (g_strcmp0(m->mode, mode) != 0) {
        g_free(m->mode);
        m->mode = g_strdup(mode);
    }
}

void
metrics_render(struct metrics *m, GString *out)
{
    pthread_mutex_lock(&m->lock);
    metrics_render_own(m, g_get_monotonic_time(), out);
    pthread_mutex_unlock(&m->lock);
    metrics_render_process(out);
}
