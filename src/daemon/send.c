/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modifies on their way: how often an entry is written, what becomes of each
 * modify, and deciding again where somebody else was faster.
 */
#include "config.h"

#include "daemon/inside.h"

#include "daemon/plan.h"
#include "directory/reread.h"
#include "engine/entry-data.h"
#include "log/log.h"

#include <string.h>

#define ARRIVAL_MAX_US (60 * G_USEC_PER_SEC) /* older hints say nothing about our speed */

void
send_free_change(gpointer change)
{
    change_free(change);
}

void
send_free_writing(gpointer data)
{
    struct writing *w = data;

    g_free(w->dn);
    g_free(w->node);
    g_free(w);
}

bool
send_may(struct daemon *d)
{
    return d->phase == PHASE_RUNNING && d->writer != NULL && d->live && !d->resyncing && !d->paused
           && service_may_send(d->service);
}

static struct writing *
writing_of(struct daemon *d, const char *dn, const struct verdict *v, const char *node)
{
    struct writing *w = g_hash_table_lookup(d->writings, dn);

    if (w != NULL)
        return w;
    w = g_new0(struct writing, 1);
    w->dn = g_strdup(dn);
    w->pace.permille = -1;
    w->is_vm = v != NULL;
    if (w->is_vm)
        w->uuid = v->vm->uuid;
    w->node = g_strdup(node);
    g_hash_table_insert(d->writings, w->dn, w);
    return w;
}

/* --- out ----------------------------------------------------------------------------- */

static void
note_arrival(struct daemon *d, struct writing *w)
{
    gint64 *us = w->is_vm ? g_hash_table_lookup(d->arrivals, &w->uuid) : NULL;

    w->arrived_us = us != NULL ? *us : 0;
    if (us != NULL)
        g_hash_table_remove(d->arrivals, &w->uuid);
}

static void
hand_to_writer(struct daemon *d, struct change *change)
{
    g_hash_table_add(d->flying, change);
    d->wrote_at = now_ms();
    if (g_queue_is_empty(&d->queue) && writer_has_room(d->writer))
        (void)writer_send(d->writer, change);
    else
        g_queue_push_tail(&d->queue, change);
}

void
send_queued(struct daemon *d)
{
    while (d->writer != NULL && !g_queue_is_empty(&d->queue) && writer_has_room(d->writer))
        (void)writer_send(d->writer, g_queue_pop_head(&d->queue));
}

void
send_drop_queued(struct daemon *d)
{
    struct change *change;

    while ((change = g_queue_pop_head(&d->queue)) != NULL)
        g_hash_table_remove(d->flying, change);
}

void
send_change(struct daemon *d, struct change *change, const struct verdict *v, const char *node)
{
    const struct pace_limits limits = daemon_pace(d);
    int permille = v != NULL ? v->permille : -1;
    gint64 now = now_ms();

    if (!send_may(d)) {
        d->unsent = true;
        lease_tick(d, now);
        change_free(change);
        return;
    }
    struct writing *w = writing_of(d, change->dn, v, node);
    switch (pace_decide(&w->pace, change, permille, now, &limits)) {
    case PACE_SEND:
        note_arrival(d, w);
        pace_sent(&w->pace, change, permille, now);
        g_hash_table_remove(d->waiting, w);
        hand_to_writer(d, change);
        return;
    case PACE_WAIT:
        g_hash_table_add(d->waiting, w);
        break;
    case PACE_SKIP:
        if (w->is_vm)
            g_hash_table_remove(d->arrivals, &w->uuid);
        break;
    }
    change_free(change);
}

/* What is written now was decided before: when it is there, this may be another matter. */
void
send_nothing(struct daemon *d, const char *dn)
{
    struct writing *w = g_hash_table_lookup(d->writings, dn);

    if (w == NULL || !w->pace.in_flight)
        return;
    w->pace.again = true;
    w->pace.wake = G_MAXINT64;
    g_hash_table_add(d->waiting, w);
}

/* --- and back --------------------------------------------------------------------------- */

static void
judge_again(struct daemon *d, const struct writing *w)
{
    if (w->is_vm)
        engine_touch(d->engine, &w->uuid);
    else
        engine_touch_node(d->engine, w->node);
    decide_soon(d);
}

static void
written(struct daemon *d, struct writing *w, const struct writer_result *r)
{
    gint64 took = g_get_monotonic_time() - w->arrived_us;

    engine_written(d->engine, r->change, r->csn);
    if (w->is_vm)
        trail_note(d->trail, &w->uuid, r->change, g_get_real_time() / G_USEC_PER_SEC);
    d->counted = false;
    w->attempts = 0;
    if (w->arrived_us != 0 && took < ARRIVAL_MAX_US)
        metrics_latency(d->metrics, took);
    w->arrived_us = 0;
    outcome_written(r->change);
    alarms_written(d->alarms, r->change, now_ms());
}

struct rereading {
    struct daemon *d;
    char *dn;
};

static void
on_reread(GPtrArray *entries, const GError *error, void *data)
{
    struct rereading *reading = data;
    struct daemon *d = reading->d;
    struct writing *w = g_hash_table_lookup(d->writings, reading->dn);

    if (entries != NULL && d->phase == PHASE_RUNNING) {
        g_ptr_array_set_free_func(entries, NULL);
        for (guint i = 0; i < entries->len; i++)
            mirror_take(d, g_ptr_array_index(entries, i), true);
        if (entries->len == 0)
            mirror_lose(d, reading->dn);
    } else if (error != NULL) {
        log_event(LOG_LEVEL_DEBUG, "an entry that changed could not be read again", "dn",
                  reading->dn, "error", error->message, NULL);
    }
    if (w != NULL && d->phase == PHASE_RUNNING)
        judge_again(d, w); /* where the watch was faster, too */
    if (entries != NULL)
        g_ptr_array_unref(entries);
    g_free(reading->dn);
    g_free(reading);
}

/* Somebody else changed the entry meanwhile: it is read and decided again. */
static void
outrun(struct daemon *d, struct writing *w)
{
    if (++w->attempts > d->config->directory.retries) {
        log_event(LOG_LEVEL_WARNING, "an entry keeps changing, it waits for the next reconcile",
                  "dn", w->dn, NULL);
        w->attempts = 0;
        return;
    }
    w->pace.sent = 0; /* the write did not happen: no reason to wait */
    struct rereading *reading = g_new0(struct rereading, 1);
    reading->d = d;
    reading->dn = g_strdup(w->dn);
    if (w->is_vm)
        directory_reread_async(d->connection, w->dn, on_reread, reading);
    else
        directory_reread_node_async(d->connection, w->dn, on_reread, reading);
}

static void
not_written(struct daemon *d, struct writing *w, const struct writer_result *r)
{
    const char *error = r->error != NULL ? r->error->message : "?";
    bool unsent = r->class == DIRECTORY_NO_LEASE || r->class == DIRECTORY_UNREACHABLE
                  || r->class == DIRECTORY_TIMEOUT;

    if (r->class == DIRECTORY_ASSERTED) {
        outrun(d, w);
    } else if (r->class == DIRECTORY_ABSENT) {
        log_event(LOG_LEVEL_INFO, "an entry is gone", "dn", w->dn, NULL);
    } else if (unsent) {
        d->unsent = true;
        w->pace.sent = 0;
        log_event(LOG_LEVEL_DEBUG, "a write came to no end", "dn", w->dn, "error", error, NULL);
    } else {
        refusals_note(d->refusals, w->dn, error);
    }
}

void
send_result(const struct writer_result *r, void *data)
{
    struct daemon *d = data;
    const struct pace_limits limits = daemon_pace(d);
    struct writing *w = g_hash_table_lookup(d->writings, r->change->dn);

    metrics_ldap(d->metrics, METRICS_MODIFY, r->class);
    if (w != NULL) {
        pace_answered(&w->pace, &limits);
        others_answer(d, w, r->class);
        if (r->class == DIRECTORY_SUCCESS)
            written(d, w, r);
        else
            not_written(d, w, r);
        if (w->pace.again)
            decide_at(d, w->pace.wake);
    }
    g_hash_table_remove(d->flying, r->change);
    if (d->requests != NULL && g_hash_table_size(d->flying) == 0)
        lease_tick(d, now_ms());
}

/* writer_free() reports nothing: what was sent is not known, what waits was not sent. */
void
send_forget(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    g_queue_clear(&d->queue);
    d->unsent |= g_hash_table_size(d->flying) > 0;
    g_hash_table_remove_all(d->flying);
    g_hash_table_remove_all(d->waiting);
    g_hash_table_iter_init(&iter, d->writings);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct writing *w = value;
        d->unsent |= w->pace.again;
        w->pace.in_flight = false;
        w->pace.again = false;
        w->pace.sent = 0;
    }
}

gint64
send_wake(struct daemon *d, gint64 now)
{
    GHashTableIter iter;
    gpointer value;
    gint64 next = G_MAXINT64;

    g_hash_table_iter_init(&iter, d->waiting);
    while (g_hash_table_iter_next(&iter, &value, NULL)) {
        struct writing *w = value;
        if (w->pace.in_flight)
            continue;
        if (w->pace.wake > now) {
            next = MIN(next, w->pace.wake);
            continue;
        }
        w->pace.again = false;
        g_hash_table_iter_remove(&iter);
        judge_again(d, w);
    }
    return next;
}

void
send_prune(struct daemon *d, gint64 now)
{
    const struct pace_limits limits = daemon_pace(d);
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->writings);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (pace_is_over(&((struct writing *)value)->pace, now, &limits))
            g_hash_table_iter_remove(&iter);
    }
    g_hash_table_iter_init(&iter, d->arrivals);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (now * 1000 - *(gint64 *)value > ARRIVAL_MAX_US)
            g_hash_table_iter_remove(&iter);
    }
}
