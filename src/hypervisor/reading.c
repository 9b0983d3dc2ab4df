/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/node.h"

#include "core/mark.h"
#include "hypervisor/bulk.h"

#include <stdatomic.h>
#include <string.h>

/* Part of the deadline after which a bulk call that hangs gets its fall-back. */
#define PATIENCE_PERCENT 60

enum phase {
    PHASE_WAITING, /* for the thread */
    PHASE_CONNECTING,
    PHASE_READING,
};

/* One bulk read on a worker's thread. */
struct read_task {
    struct task task;
    struct node *n; /* main side */
    char *name;
    bool singly;
    struct uuid *uuids; /* read these only; NULL = all */
    size_t n_uuids;
    atomic_int phase; /* written by the thread, read by both */
    struct observation *o;
};

/* One request. */
struct reading {
    struct node *n;
    hypervisor_done done;
    void *data;
    bool some; /* not all domains */
    gint64 asked_us;
    GSource *patience;
    GSource *deadline;
    struct read_task *first;  /* NULL = came back */
    struct read_task *second; /* the fall-back; NULL = not tried, or came back */
};

static bool
ask(const struct read_task *r, struct link *l, struct observation *o, GError **error)
{
    if (r->uuids != NULL)
        return bulk_read_some(l, r->uuids, r->n_uuids, o, error);
    return r->singly ? bulk_read_singly(l, o, error) : bulk_read(l, o, error);
}

static struct observation *
read_once(struct read_task *r, struct link *l, GError **error)
{
    CLEANUP(observation_unref) struct observation *o = observation_new(r->name, RESULT_COMPLETE);

    atomic_store(&r->phase, PHASE_CONNECTING);
    if (link_open(l, error) == NULL)
        return NULL;
    atomic_store(&r->phase, PHASE_READING);
    o->epoch = link_epoch(l);
    o->query = node_next_query();
    o->hypervisor = g_strdup(link_hypervisor(l));
    if (!ask(r, l, o, error))
        return NULL;
    return g_steal_pointer(&o);
}

static void
read_run(struct task *t, struct link *l)
{
    struct read_task *r = (struct read_task *)t;
    const bool reused = link_is_open(l);
    g_autoptr(GError) error = NULL;

    r->o = read_once(r, l, &error);
    if (r->o == NULL && !link_is_alive(l)) {
        /* It was lost since the last read, perhaps long ago. */
        const bool again = link_is_open(l) && reused && !atomic_load(&t->given_up);

        link_drop(l);
        if (again) {
            g_clear_error(&error);
            r->o = read_once(r, l, &error);
        }
    }
    if (r->o != NULL)
        return;
    r->o = observation_new_error(r->name, (enum error_class)error->code, error->message);
    r->o->epoch = link_epoch(l);
    r->o->query = node_next_query();
}

static void
read_drop(struct task *t)
{
    struct read_task *r = (struct read_task *)t;

    observation_unref(r->o);
    g_free(r->uuids);
    g_free(r->name);
    g_free(r);
}

/* Ends the request without an answer. */
static void
reading_free(struct reading *r)
{
    struct node *n = r->n;

    node_stop_timer(&r->patience);
    node_stop_timer(&r->deadline);
    if (r->first != NULL)
        worker_give_up(n->read, &r->first->task);
    if (r->second != NULL)
        worker_give_up(n->fallback, &r->second->task);
    g_queue_remove(&n->reads, r);
    g_free(r);
}

static void
reading_answer(struct reading *r, struct observation *o)
{
    struct hypervisor *h = r->n->h;
    const hypervisor_done done = r->done;
    void *data = r->data;

    reading_free(r);
    node_answer(h, o, done, data);
}

/* The task came back to somebody who still waits. */
static void
take_result(struct reading *r, struct read_task *task)
{
    struct node *n = r->n;

    if (task == r->first)
        r->first = NULL;
    else
        r->second = NULL;
    if (task->o->result == RESULT_ERROR && (r->first != NULL || r->second != NULL))
        return; /* the other one may do better */
    n->epoch = MAX(n->epoch, task->o->epoch);
    if (task->o->result != RESULT_ERROR && !r->some)
        n->state.last_read_ms = (double)(g_get_monotonic_time() - r->asked_us) / 1000;
    task->o->look_blocked = node_look_blocked(n);
    reading_answer(r, g_steal_pointer(&task->o));
}

static void
read_done(struct task *t)
{
    struct read_task *task = (struct read_task *)t;
    struct node *n = task->n;
    struct reading *r = t->owner;

    if (task->singly) /* the fall-back's connection is not kept */
        node_end_worker(n, &n->fallback);
    if (r == NULL)
        n->h->counts.late++;
    else
        take_result(r, task);
    read_drop(t);
}

static struct read_task *
task_new(struct reading *r, bool singly)
{
    struct read_task *t = g_new0(struct read_task, 1);

    t->task.run = read_run;
    t->task.done = read_done;
    t->task.drop = read_drop;
    t->task.owner = r;
    t->n = r->n;
    t->name = g_strdup(r->n->name);
    t->singly = singly;
    atomic_init(&t->phase, PHASE_WAITING);
    return t;
}

/* The bulk call hangs: list and ask singly over a new connection, once. */
static void
patience_ends(void *data)
{
    struct reading *r = data;
    struct node *n = r->n;

    node_stop_timer(&r->patience);
    if (r->first == NULL || n->fallback != NULL || !worker_runs(n->read, &r->first->task) ||
        atomic_load(&r->first->phase) != PHASE_READING)
        return;
    n->fallback = node_worker(n, false);
    r->second = task_new(r, true);
    if (worker_submit(n->fallback, &r->second->task)) {
        n->h->counts.fallbacks++;
        return;
    }
    read_drop(&r->second->task);
    r->second = NULL;
    node_end_worker(n, &n->fallback);
}

static char *
timeout_text(const struct reading *r)
{
    const struct node *n = r->n;

    if (r->first == NULL)
        return g_strdup_printf(N_("no answer within %u ms"), n->deadline_ms);
    switch ((enum phase)atomic_load(&r->first->phase)) {
    case PHASE_CONNECTING:
        return g_strdup_printf(N_("no answer within %u ms while connecting"), n->deadline_ms);
    case PHASE_READING:
        return g_strdup_printf(N_("no answer within %u ms to the %s read"), n->deadline_ms,
                               r->some ? N_("targeted") : N_("bulk"));
    case PHASE_WAITING:
        break;
    }
    return g_strdup_printf(N_("an earlier call has not returned for %d s"),
                           (int)((g_get_monotonic_time() - worker_busy_since(n->read)) / 1000000));
}

static void
deadline_ends(void *data)
{
    struct reading *r = data;
    g_autofree char *text = timeout_text(r);
    struct observation *o = observation_new_error(r->n->name, ERROR_TIMEOUT, text);

    o->epoch = r->n->epoch;
    o->query = node_next_query();
    r->n->h->counts.timeouts++;
    reading_answer(r, o);
}

static void
no_thread(void *data)
{
    struct reading *r = data;

    reading_answer(r, observation_new_error(r->n->name, ERROR_OTHER, "cannot start a thread"));
}

static struct reading *
reading_new(struct node *n, hypervisor_done done, void *data)
{
    struct reading *r = g_new0(struct reading, 1);

    r->n = n;
    r->done = done;
    r->data = data;
    r->asked_us = g_get_monotonic_time();
    g_queue_push_tail(&n->reads, r);
    r->first = task_new(r, false);
    return r;
}

static bool
submit(struct reading *r)
{
    struct node *n = r->n;

    if (n->read == NULL)
        n->read = node_worker(n, false);
    if (worker_submit(n->read, &r->first->task)) {
        r->deadline = node_timer(n, n->deadline_ms, deadline_ends, r);
        return true;
    }
    read_drop(&r->first->task);
    r->first = NULL;
    r->deadline = node_timer(n, 0, no_thread, r);
    return false;
}

void
node_read(struct node *n, hypervisor_done done, void *data)
{
    struct reading *r = reading_new(n, done, data);

    if (submit(r))
        r->patience = node_timer(n, n->deadline_ms / 100 * PATIENCE_PERCENT, patience_ends, r);
}

void
node_read_some(struct node *n, const struct uuid *uuids, size_t n_uuids, hypervisor_done done,
               void *data)
{
    struct reading *r = reading_new(n, done, data);

    r->some = true;
    r->first->uuids = g_new0(struct uuid, n_uuids + 1); /* never NULL */
    r->first->n_uuids = n_uuids;
    if (n_uuids > 0)
        memcpy(r->first->uuids, uuids, n_uuids * sizeof(*uuids));
    submit(r);
}

bool
node_fail_waiting_read(struct node *n, enum error_class error, const char *text)
{
    for (GList *l = n->reads.head; l != NULL; l = l->next) {
        struct reading *r = l->data;
        struct observation *o;

        if (r->first == NULL || r->second != NULL || worker_runs(n->read, &r->first->task))
            continue;
        o = observation_new_error(n->name, error, text);
        o->epoch = n->epoch;
        o->query = node_next_query();
        reading_answer(r, o);
        return true;
    }
    return false;
}

void
node_forget_reads(struct node *n, bool answer)
{
    struct reading *r;

    while ((r = g_queue_peek_head(&n->reads)) != NULL) {
        if (answer)
            reading_answer(r, observation_new_error(n->name, ERROR_CLOSED,
                                                    "the node's connection was changed"));
        else
            reading_free(r);
    }
}
