/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/node.h"

#include "hypervisor/look.h"
#include "hypervisor/merge.h"
#include "hypervisor/probe.h"

#include <string.h>

/* A request may take this many times the deadline of a single look. */
#define BATCH_FACTOR 4

enum question {
    ASK_LOOK,        /* one domain, on a lane */
    ASK_PROBE,       /* all running domains' monitors, on a lane */
    ASK_CONTROL,     /* one domain's control state, on the read connection */
    ASK_CONTROL_ALL, /* all running domains' control states, on the read connection */
};

/* One question on a worker's thread. */
struct look_task {
    struct task task;
    struct node *n; /* main side */
    struct lane *lane; /* main side; NULL = on the read worker */
    enum question question;
    struct uuid uuid;
    unsigned want;
    struct observation *o;
};

/* One request. */
struct batch {
    struct node *n;
    hypervisor_done done;
    void *data;
    struct observation *o;
    GQueue wishes; /* of struct wish, not fulfilled yet */
    GSource *deadline;
};

/* One domain of a look, or a probe. */
struct wish {
    struct batch *batch;
    bool probe;
    struct uuid uuid;
    unsigned want;
    bool queued;            /* waits in the node */
    struct lane *lane;      /* works at it; NULL = waits, or asks for the control state */
    struct look_task *task; /* NULL = nobody works at it */
    GSource *deadline;
};

static void pump(struct node *n);

static bool
ask(const struct look_task *t, struct link *l, GError **error)
{
    switch (t->question) {
    case ASK_LOOK:
        return look_read(l, &t->uuid, t->want, t->o, error);
    case ASK_PROBE:
        return probe_monitors(l, t->o, error);
    case ASK_CONTROL:
        return look_read(l, &t->uuid, LOOK_CONTROL, t->o, error);
    case ASK_CONTROL_ALL:
        return probe_control(l, t->o, error);
    }
    return false;
}

static void
look_run(struct task *task, struct link *l)
{
    struct look_task *t = (struct look_task *)task;
    const bool reused = link_is_open(l);
    g_autoptr(GError) error = NULL;
    bool answered = ask(t, l, &error);

    if (!answered && !link_is_alive(l)) {
        const bool again = link_is_open(l) && reused && !atomic_load(&task->given_up);

        link_drop(l);
        if (again) {
            g_clear_error(&error);
            g_array_set_size(t->o->domains, 0);
            answered = ask(t, l, &error);
        }
    }
    if (answered)
        return;
    look_note(t->o, error->message);
    g_array_set_size(t->o->domains, 0);
    if (t->question == ASK_LOOK || t->question == ASK_CONTROL)
        observation_add(t->o, &t->uuid, NULL)->unreadable = true;
}

static void
look_drop(struct task *task)
{
    struct look_task *t = (struct look_task *)task;

    observation_unref(t->o);
    g_free(t);
}

/* Takes the wish out of whatever works at it; a lane that still does is stuck. */
static void
detach(struct wish *w)
{
    struct node *n = w->batch->n;

    node_stop_timer(&w->deadline);
    if (w->queued)
        g_queue_remove(&n->wishes, w);
    if (w->task != NULL && w->lane != NULL) {
        worker_give_up(w->lane->worker, &w->task->task);
        w->lane->wish = NULL;
        w->lane->stuck = true;
        w->lane->probing = w->probe;
        w->lane->uuid = w->uuid;
    } else if (w->task != NULL) {
        worker_give_up(n->read, &w->task->task);
    }
    w->queued = false;
    w->task = NULL;
    w->lane = NULL;
}

static void
batch_free(struct batch *b)
{
    struct wish *w;

    while ((w = g_queue_pop_head(&b->wishes)) != NULL) {
        detach(w);
        g_free(w);
    }
    node_stop_timer(&b->deadline);
    g_queue_remove(&b->n->batches, b);
    observation_unref(b->o);
    g_free(b);
}

static void
batch_answer(struct batch *b)
{
    struct hypervisor *h = b->n->h;
    struct observation *o = g_steal_pointer(&b->o);
    const hypervisor_done done = b->done;
    void *data = b->data;

    o->look_blocked = node_look_blocked(b->n);
    batch_free(b);
    node_answer(h, o, done, data);
}

/* The wish is fulfilled as far as it can be; the last one answers the request. */
static void
finish(struct wish *w)
{
    struct batch *b = w->batch;

    detach(w);
    g_queue_remove(&b->wishes, w);
    g_free(w);
    if (g_queue_is_empty(&b->wishes))
        batch_answer(b);
}

static void
finish_unreadable(struct wish *w, const char *why)
{
    look_note(w->batch->o, why);
    if (!w->probe)
        observation_add(w->batch->o, &w->uuid, NULL)->unreadable = true;
    finish(w);
}

static void
take_result(struct wish *w, struct look_task *t)
{
    struct observation *o = w->batch->o;

    observation_append(o, t->o);
    if (t->o->result == RESULT_PARTIAL)
        look_note(o, t->o->text);
    if (w->lane != NULL)
        w->lane->wish = NULL;
    w->lane = NULL;
    w->task = NULL;
    finish(w);
}

/* A lane that was stuck works again; its stand-in is not needed any more. */
static void
lane_recovers(struct node *n, struct lane *lane)
{
    struct lane *stand_in = &n->lanes[1];

    lane->stuck = false;
    if (!n->lanes[0].stuck && stand_in->wish == NULL && !stand_in->stuck)
        node_end_worker(n, &stand_in->worker);
}

static void
look_done(struct task *task)
{
    struct look_task *t = (struct look_task *)task;
    struct node *n = t->n;
    struct wish *w = task->owner;

    if (w != NULL) {
        take_result(w, t);
    } else {
        n->h->counts.late++;
        if (t->lane != NULL)
            lane_recovers(n, t->lane);
    }
    look_drop(task);
    pump(n);
}

static struct look_task *
task_new(struct wish *w, struct lane *lane, enum question question)
{
    struct look_task *t = g_new0(struct look_task, 1);

    t->task.run = look_run;
    t->task.done = look_done;
    t->task.drop = look_drop;
    t->task.owner = w;
    t->n = w->batch->n;
    t->lane = lane;
    t->question = question;
    t->uuid = w->uuid;
    t->want = w->want;
    t->o = observation_new(w->batch->n->name, RESULT_COMPLETE);
    return t;
}

static void
control_expires(void *data)
{
    struct wish *w = data;

    w->batch->n->h->counts.timeouts++;
    finish_unreadable(w, "the node does not say which guest hangs");
}

/* The question hangs, or must not be asked: what is the control state? */
static void
ask_control(struct wish *w)
{
    struct node *n = w->batch->n;

    if (n->read == NULL)
        n->read = node_worker(n, false);
    w->task = task_new(w, NULL, w->probe ? ASK_CONTROL_ALL : ASK_CONTROL);
    if (!worker_submit(n->read, &w->task->task)) {
        look_drop(&w->task->task);
        w->task = NULL;
        finish_unreadable(w, "cannot start a thread");
        return;
    }
    w->deadline = node_timer(n, n->h->options.look_deadline_ms, control_expires, w);
}

/* A silent agent is an answer, too: it is waited for beside the rest of the look. */
static unsigned
wish_deadline_ms(const struct wish *w)
{
    const struct hypervisor_options *options = &w->batch->n->h->options;

    if (w->probe)
        return options->probe_deadline_ms;
    if (options->agent && (w->want & LOOK_AGENT) != 0)
        return options->look_deadline_ms + LOOK_AGENT_TIMEOUT_S * 1000;
    return options->look_deadline_ms;
}

static void
wish_expires(void *data)
{
    struct wish *w = data;
    struct node *n = w->batch->n;
    char uuid[UUID_TEXT_SIZE];
    g_autofree char *why = NULL;

    n->h->counts.timeouts++;
    uuid_format(&w->uuid, uuid);
    why = w->probe ? g_strdup_printf("the probe did not come back within %u ms",
                                     n->h->options.probe_deadline_ms)
                   : g_strdup_printf("%s did not answer within %u ms", uuid,
                                     wish_deadline_ms(w));
    look_note(w->batch->o, why);
    detach(w);
    ask_control(w);
    pump(n);
}

static void
start(struct wish *w, struct lane *lane)
{
    struct node *n = w->batch->n;

    if (lane->worker == NULL)
        lane->worker = node_worker(n, true);
    w->task = task_new(w, lane, w->probe ? ASK_PROBE : ASK_LOOK);
    if (!worker_submit(lane->worker, &w->task->task)) {
        look_drop(&w->task->task);
        w->task = NULL;
        finish_unreadable(w, "cannot start a thread");
        return;
    }
    w->lane = lane;
    lane->wish = w;
    w->deadline = node_timer(n, wish_deadline_ms(w), wish_expires, w);
}

/* Does this very question hang already? */
static bool
hangs_already(const struct node *n, const struct wish *w)
{
    for (size_t i = 0; i < NODE_LANES; i++) {
        const struct lane *lane = &n->lanes[i];

        if (lane->stuck && lane->probing == w->probe &&
            (w->probe || uuid_equal(&lane->uuid, &w->uuid)))
            return true;
    }
    return false;
}

bool
node_look_blocked(const struct node *n)
{
    for (size_t i = 0; i < NODE_LANES; i++)
        if (!n->lanes[i].stuck)
            return false;
    return true;
}

/* A lane works only while all before it are stuck. */
static struct lane *
free_lane(struct node *n)
{
    for (size_t i = 0; i < NODE_LANES; i++)
        if (!n->lanes[i].stuck)
            return n->lanes[i].wish == NULL ? &n->lanes[i] : NULL;
    return NULL;
}

static void
block(struct wish *w)
{
    w->batch->n->h->counts.blocked++;
    if (w->probe) {
        ask_control(w);
        return;
    }
    if (w->batch->o->text == NULL || strstr(w->batch->o->text, "look-blocked") == NULL)
        look_note(w->batch->o, "look-blocked: two calls into guests of this node do not return");
    observation_add(w->batch->o, &w->uuid, NULL)->unreadable = true;
    finish(w);
}

/* Gives waiting wishes to whoever can work at them. */
static void
pump(struct node *n)
{
    struct wish *w;

    while ((w = g_queue_peek_head(&n->wishes)) != NULL) {
        struct lane *lane = free_lane(n);

        if (lane == NULL && !node_look_blocked(n) && !hangs_already(n, w))
            return;
        g_queue_pop_head(&n->wishes);
        w->queued = false;
        if (hangs_already(n, w))
            ask_control(w);
        else if (lane != NULL)
            start(w, lane);
        else
            block(w);
    }
}

static void
batch_expires(void *data)
{
    struct batch *b = data;
    struct wish *w;
    struct node *n = b->n;

    if (!g_queue_is_empty(&b->wishes)) {
        n->h->counts.timeouts++;
        look_note(b->o, "not everything was looked at in time");
    }
    while ((w = g_queue_pop_head(&b->wishes)) != NULL) {
        detach(w);
        if (!w->probe)
            observation_add(b->o, &w->uuid, NULL)->unreadable = true;
        g_free(w);
    }
    batch_answer(b);
    pump(n);
}

static struct batch *
batch_new(struct node *n, size_t n_wishes, hypervisor_done done, void *data)
{
    struct batch *b = g_new0(struct batch, 1);
    const struct hypervisor_options *options = &n->h->options;
    const unsigned limit = MAX(options->look_deadline_ms, options->probe_deadline_ms)
                           + (options->agent ? LOOK_AGENT_TIMEOUT_S * 1000 : 0);

    b->n = n;
    b->done = done;
    b->data = data;
    g_queue_init(&b->wishes);
    b->o = observation_new(n->name, RESULT_COMPLETE);
    b->o->epoch = n->epoch;
    b->o->query = node_next_query();
    b->deadline = node_timer(n, n_wishes == 0 ? 0 : BATCH_FACTOR * limit, batch_expires, b);
    g_queue_push_tail(&n->batches, b);
    return b;
}

static void
add_wish(struct batch *b, const struct look_request *request)
{
    struct wish *w = g_new0(struct wish, 1);

    w->batch = b;
    w->probe = request == NULL;
    if (request != NULL) {
        w->uuid = request->uuid;
        w->want = request->want;
    }
    g_queue_push_tail(&b->wishes, w);
    w->queued = true;
    g_queue_push_tail(&b->n->wishes, w);
}

void
node_look(struct node *n, const struct look_request *wishes, size_t n_wishes, hypervisor_done done,
          void *data)
{
    struct batch *b = batch_new(n, n_wishes, done, data);

    for (size_t i = 0; i < n_wishes; i++)
        add_wish(b, &wishes[i]);
    pump(n);
}

void
node_probe(struct node *n, hypervisor_done done, void *data)
{
    add_wish(batch_new(n, 1, done, data), NULL);
    pump(n);
}

void
node_forget_looks(struct node *n, bool answer)
{
    struct batch *b;

    while ((b = g_queue_peek_head(&n->batches)) != NULL) {
        if (answer) {
            look_note(b->o, "the node's connection was changed");
            batch_answer(b);
        } else {
            batch_free(b);
        }
    }
}
