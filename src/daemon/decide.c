/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine is asked as soon as something was touched, and when a counter
 * runs out; what it says is sent.
 */
#include "config.h"

#include "daemon/inside.h"

#include "engine/entry-data.h"
#include "log/log.h"

#include <string.h>

#define DUE_MIN_MS 10 /* counters that run out within this are judged together */

static void
take_node(struct daemon *d, struct node_verdict *v)
{
    if (v->change != NULL)
        send_change(d, g_steal_pointer(&v->change), NULL, v->entry->name);
    else
        send_nothing(d, v->entry->base.dn);
}

/* Everything an update decided. */
static void
take_output(struct daemon *d, struct engine_output *o)
{
    d->counted = false;
    for (guint i = 0; i < o->verdicts->len; i++) {
        struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        metrics_decision(d->metrics, v->rule);
        if (v->change != NULL && frontends_holds(d, v->source)) {
            g_hash_table_remove(d->arrivals, &v->vm->uuid);
        } else if (v->change != NULL) {
            send_change(d, g_steal_pointer(&v->change), v, NULL);
        } else {
            g_hash_table_remove(d->arrivals, &v->vm->uuid);
            send_nothing(d, v->vm->base.dn);
        }
    }
    for (guint i = 0; i < o->nodes->len; i++)
        take_node(d, &g_array_index(o->nodes, struct node_verdict, i));
    if (o->held > 0)
        log_event(LOG_LEVEL_ERROR, "statuses are held by the budget, later reads must confirm "
                                   "them", "why", o->budget_text, NULL);
    decide_at(d, o->next);
    if (o->verdicts->len > 0 || o->nodes->len > 0)
        daemon_progressed(d); /* timers that find nothing to judge are no work */
}

static void
update(struct daemon *d)
{
    if (d->phase != PHASE_RUNNING || d->resyncing)
        return;
    (void)send_wake(d, now_ms());
    CLEANUP(engine_output_free) struct engine_output *o
        = engine_update(d->engine, statestore_now());
    take_output(d, o);
    decide_at(d, send_wake(d, now_ms()));
}

static gboolean
update_now(gpointer data)
{
    struct daemon *d = data;

    g_clear_pointer(&d->update, g_source_unref);
    update(d);
    return G_SOURCE_REMOVE;
}

void
decide_soon(struct daemon *d)
{
    if (d->update != NULL || d->phase != PHASE_RUNNING)
        return;
    d->update = g_idle_source_new();
    g_source_set_priority(d->update, G_PRIORITY_DEFAULT);
    g_source_set_callback(d->update, update_now, d, NULL);
    g_source_attach(d->update, NULL);
}

void
decide_now(struct daemon *d)
{
    if (d->update == NULL)
        return;
    g_source_destroy(d->update);
    g_clear_pointer(&d->update, g_source_unref);
    update(d);
}

static void
stop_timer(struct daemon *d)
{
    if (d->due != NULL)
        g_source_destroy(d->due);
    g_clear_pointer(&d->due, g_source_unref);
}

static gboolean
is_due(gpointer data)
{
    struct daemon *d = data;

    stop_timer(d);
    update(d);
    return G_SOURCE_REMOVE;
}

void
decide_at(struct daemon *d, gint64 ms)
{
    gint64 now = now_ms();

    if (ms == G_MAXINT64 || d->phase == PHASE_STOPPING || (d->due != NULL && d->due_at <= ms))
        return;
    stop_timer(d);
    d->due_at = MAX(ms, now + DUE_MIN_MS);
    d->due = g_timeout_source_new((guint)MIN(d->due_at - now, G_MAXINT));
    g_source_set_callback(d->due, is_due, d, NULL);
    g_source_attach(d->due, NULL);
}

void
decide_first(struct daemon *d, GPtrArray *observations)
{
    CLEANUP(engine_output_free) struct engine_output *o
        = engine_step(d->engine, statestore_now(), observations, true, NULL);

    if (o->aborted) {
        log_event(LOG_LEVEL_ERROR, "nothing is judged, the directory is read again later", "why",
                  o->why, NULL);
        d->phase = PHASE_DIRECTORY;
        d->again_at = now_ms() + (gint64)d->config->daemon.interval_s * 1000;
        return;
    }
    d->phase = PHASE_RUNNING;
    d->resyncing = false; /* everything was read anew */
    metrics_take_output(d->metrics, o);
    log_event(LOG_LEVEL_NOTICE, "first pass decided", "entries",
              LOG_INT((gint64)engine_entries(d->engine)), "nodes",
              LOG_INT(g_hash_table_size(d->nodes)), "silent_nodes", LOG_INT((gint64)o->silent_nodes),
              "to_write", LOG_INT((gint64)o->changes), NULL);
    take_output(d, o);
    d->report_at = now_ms();
    d->replan = true; /* the nodes of others come into play now */
    lease_tick(d, now_ms());
    decide_soon(d);
}

void
decide_stop(struct daemon *d)
{
    if (d->update != NULL)
        g_source_destroy(d->update);
    g_clear_pointer(&d->update, g_source_unref);
    stop_timer(d);
}
