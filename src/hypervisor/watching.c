/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/node.h"

#include "core/mark.h"
#include "hypervisor/backoff.h"

#include <string.h>

/* A connection that lasted as long begins a new row of failures when it is lost. */
#define LASTING_US (10 * G_USEC_PER_SEC)

/* Iterations of one domain's migration are told at most once in this time. */
#define ITERATION_US G_USEC_PER_SEC
#define MAX_ITERATIONS 256 /* domains remembered before old ones are forgotten */

/* One attempt to connect on the read worker's thread.  What became of it comes through the sink. */
struct connect_task {
    struct task task; /* owner: the watch */
    struct sink *sink;
};

static void connect_now(struct watch *w);

static void
connect_run(struct task *t, struct link *l)
{
    struct connect_task *c = (struct connect_task *)t;
    g_autoptr(GError) error = NULL;

    bool told;

    if (link_is_open(l) && !link_is_alive(l))
        link_drop(l);
    told = link_listen(l, c->sink);
    if (link_open(l, &error) == NULL)
        sink_put_down(c->sink, link_epoch(l), DOWN_FAILED, (enum error_class)error->code,
                      error->message);
    else if (told)
        link_announce(l);
}

/* The sink's time is over: the connection stays for reads. */
static void
mute_run(struct task *t, struct link *l)
{
    (void)t;
    link_listen(l, NULL);
}

static void
connect_drop(struct task *t)
{
    struct connect_task *c = (struct connect_task *)t;

    sink_unref(c->sink);
    g_free(c);
}

static void
connect_done(struct task *t)
{
    struct watch *w = t->owner;

    if (w != NULL) {
        w->task = NULL;
        node_stop_timer(&w->deadline);
        if (w->again && !w->up)
            connect_now(w);
    }
    connect_drop(t);
}

/* Tells the listener.  The node may be gone afterwards. */
static void
tell(struct node *n, struct hypervisor_event *event)
{
    event->node = n->name;
    if (n->h->listener != NULL)
        n->h->listener(event, n->h->listener_data);
}

static void
set_up(struct watch *w, bool up)
{
    struct hypervisor_node_state *state = &w->n->state;

    if (w->up == up)
        return;
    if (up)
        w->n->h->counts.connects++;
    else
        w->n->h->counts.disconnects++;
    w->up = up;
    state->up = up;
    state->since_us = g_get_monotonic_time();
}

static void
set_down(struct watch *w, enum error_class error, const char *text)
{
    set_up(w, false);
    w->down = true;
    w->error = error;
    g_free(w->text);
    w->text = g_strdup(text);
}

/* Tells DOWN, and answers the reads that wait for the thread of a node that is down. */
static void
tell_down(struct watch *w, enum error_class error, const char *why, gint64 retry_ms)
{
    CLEANUP(sink_unref) struct sink *sink = sink_ref(w->sink);
    g_autofree char *text = g_strdup(why);
    struct node *n = w->n;
    struct hypervisor_event event = {
        .kind = HYPERVISOR_EVENT_DOWN,
        .epoch = w->epoch,
        .received_us = g_get_monotonic_time(),
        .what = "down",
        .error = error,
        .text = text,
        .retry_ms = retry_ms,
    };

    tell(n, &event);
    while (sink_owner(sink) == w && w->down && node_fail_waiting_read(n, error, text))
        ;
}

static void
retry_now(void *data)
{
    struct watch *w = data;

    node_stop_timer(&w->retry);
    connect_now(w);
}

static gint64
schedule(struct watch *w)
{
    const unsigned ms = backoff_ms(++w->n_failed, g_random_double());

    node_stop_timer(&w->retry);
    w->retry = node_timer(w->n, ms, retry_now, w);
    return ms;
}

static void
forget_early(struct watch *w)
{
    struct notice *notice;

    while ((notice = g_queue_pop_head(&w->early)) != NULL)
        notice_free(notice);
}

static void
drop_sink(struct watch *w)
{
    node_stop_timer(&w->deadline);
    node_stop_timer(&w->retry);
    forget_early(w);
    if (w->sink != NULL)
        sink_set_owner(w->sink, NULL);
    g_clear_pointer(&w->sink, sink_unref);
}

static void
make_sink(struct watch *w)
{
    w->sink = sink_new(w->n->h->notices, w->n->h->options.max_events);
    sink_set_owner(w->sink, w);
}

/* What is on its way over the old connection does not arrive any more. */
static void
renew_sink(struct watch *w)
{
    drop_sink(w);
    make_sink(w);
    w->connected = false;
    w->again = false;
}

/* A place for one more thread that does not come back, or NULL. */
static struct worker **
place_behind(struct node *n)
{
    for (size_t i = 0; i < NODE_LEFT_BEHIND; i++)
        if (!g_hash_table_contains(n->h->ending, n->left_behind[i]))
            return &n->left_behind[i];
    return NULL;
}

/* The attempt hangs for so long that it may do so for ever. */
static void
hangs(void *data)
{
    struct watch *w = data;
    CLEANUP(sink_unref) struct sink *sink = sink_ref(w->sink);
    struct node *n = w->n;
    struct worker **place = place_behind(n);

    node_stop_timer(&w->deadline);
    if (place == NULL) {
        w->deadline = node_timer(n, n->h->options.hang_s * 1000, hangs, w);
        return;
    }
    node_forget_reads(n, true); /* none waits, since the node is down; but they know the worker */
    if (sink_owner(sink) != w || w->task == NULL)
        return;
    *place = n->read;
    node_end_worker(n, &n->read);
    w->task = NULL;
    n->epoch++;
    renew_sink(w);
    connect_now(w);
}

static void
deadline_ends(void *data)
{
    struct watch *w = data;
    const struct node *n = w->n;
    g_autofree char *text = NULL;

    node_stop_timer(&w->deadline);
    text = worker_runs(n->read, &w->task->task)
               ? g_strdup_printf(N_("no answer within %u ms while connecting"), n->deadline_ms)
               : g_strdup_printf(N_("an earlier call has not returned within %u ms"), n->deadline_ms);
    w->deadline = node_timer(w->n, n->h->options.hang_s * 1000, hangs, w);
    set_down(w, ERROR_TIMEOUT, text);
    tell_down(w, ERROR_TIMEOUT, text, 0);
}

static struct connect_task *
task_new(struct watch *w, void (*run)(struct task *t, struct link *l))
{
    struct connect_task *c = g_new0(struct connect_task, 1);

    c->task.run = run;
    c->task.done = connect_done;
    c->task.drop = connect_drop;
    c->task.owner = w;
    c->sink = sink_ref(w->sink);
    return c;
}

static void
connect_now(struct watch *w)
{
    struct node *n = w->n;
    struct connect_task *c;

    w->again = w->task != NULL;
    if (w->task != NULL)
        return;
    node_stop_timer(&w->retry);
    if (n->uri == NULL) {
        sink_put_down(w->sink, w->epoch, DOWN_CHANGED, ERROR_NO_URI,
                      n->problem != NULL ? n->problem : "the node has no URI");
        return;
    }
    c = task_new(w, connect_run);
    if (n->read == NULL)
        n->read = node_worker(n, false);
    n->state.n_attempts++;
    if (!worker_submit(n->read, &c->task)) {
        connect_drop(&c->task);
        sink_put_down(w->sink, w->epoch, DOWN_FAILED, ERROR_OTHER, "cannot start a thread");
        return;
    }
    w->task = c;
    w->deadline = node_timer(n, n->deadline_ms, deadline_ends, w);
}

/* The last iteration told, of one domain. */
struct iteration {
    struct uuid uuid; /* first: the key */
    gint64 told_us;
};

static gboolean
is_old(gpointer key, gpointer value, gpointer now_us)
{
    (void)key;
    return *(const gint64 *)now_us - ((const struct iteration *)value)->told_us >= ITERATION_US;
}

static bool
comes_too_often(struct watch *w, const struct hypervisor_event *event)
{
    gint64 now_us = event->received_us;
    struct iteration *i;

    if (g_strcmp0(event->what, SINK_MIGRATION_ITERATION) != 0)
        return false;
    i = g_hash_table_lookup(w->iterations, &event->uuid);
    if (i != NULL && !is_old(NULL, i, &now_us))
        return true;
    if (g_hash_table_size(w->iterations) >= MAX_ITERATIONS)
        g_hash_table_foreach_remove(w->iterations, is_old, &now_us);
    i = g_new0(struct iteration, 1);
    i->uuid = event->uuid;
    i->told_us = now_us;
    g_hash_table_replace(w->iterations, i, i);
    return false;
}

static void
take_domain(struct watch *w, struct notice *notice)
{
    struct node *n = w->n;

    notice_count_off(notice);
    if (notice->event.kind == HYPERVISOR_EVENT_OVERFLOW) {
        n->h->counts.overflows++;
    } else {
        if (comes_too_often(w, &notice->event))
            return;
        n->h->counts.events++;
        n->state.n_events++;
        n->state.last_event_us = notice->event.received_us;
    }
    tell(n, &notice->event);
}

static void
take_down(struct watch *w, const struct notice *notice)
{
    const struct hypervisor_event *event = &notice->event;
    gint64 retry_ms = 0;

    switch (notice->cause) {
    case DOWN_LOST:
        if (g_get_monotonic_time() - w->n->state.since_us >= LASTING_US)
            w->n_failed = 0;
        set_down(w, event->error, event->text);
        retry_ms = schedule(w);
        break;
    case DOWN_FAILED:
        set_down(w, event->error, event->text);
        retry_ms = schedule(w);
        break;
    case DOWN_CHANGED:
        if (event->error == ERROR_NO_URI) {
            set_down(w, event->error, event->text);
            retry_ms = -1;
        }
        break;
    }
    tell_down(w, event->error, event->text, retry_ms);
}

static void handle(struct watch *w, struct notice *notice);

/* What came over the new connection before it was known that all is registered. */
static void
take_early(struct watch *w)
{
    CLEANUP(sink_unref) struct sink *sink = sink_ref(w->sink);
    GQueue early = w->early;
    struct notice *notice;

    g_queue_init(&w->early);
    while ((notice = g_queue_pop_head(&early)) != NULL) {
        if (sink_owner(sink) == w && notice->event.epoch >= w->epoch)
            handle(w, notice);
        else
            notice_free(notice);
    }
}

static void
take_up(struct watch *w, struct notice *notice)
{
    CLEANUP(sink_unref) struct sink *sink = sink_ref(w->sink);
    struct node *n = w->n;

    if (w->up && w->epoch == notice->event.epoch)
        return;
    if (w->up) { /* it was made again by a read */
        set_up(w, false);
        tell_down(w, ERROR_CLOSED, "the connection was lost", 0);
        if (sink_owner(sink) != w)
            return;
    }
    node_stop_timer(&w->retry);
    set_up(w, true);
    w->down = false;
    w->again = false;
    w->connected = true;
    w->epoch = notice->event.epoch;
    n->state.epoch = w->epoch;
    n->epoch = MAX(n->epoch, w->epoch);
    n->h->counts.refused += notice->n_refused;
    tell(n, &notice->event);
    if (sink_owner(sink) == w)
        take_early(w);
}

static void
hold(struct watch *w, struct notice *notice)
{
    struct notice *first;

    while ((first = g_queue_peek_head(&w->early)) != NULL &&
           first->event.epoch < notice->event.epoch)
        notice_free(g_queue_pop_head(&w->early));
    g_queue_push_tail(&w->early, notice);
}

/* Takes over notice. */
static void
handle(struct watch *w, struct notice *notice)
{
    const struct hypervisor_event *event = &notice->event;
    const bool is_attempt = event->kind == HYPERVISOR_EVENT_DOWN && notice->cause != DOWN_LOST;

    if (event->kind == HYPERVISOR_EVENT_UP) {
        take_up(w, notice);
    } else if (is_attempt) {
        take_down(w, notice);
    } else if (!w->connected || event->epoch > w->epoch) {
        hold(w, notice);
        return;
    } else if (w->up && event->epoch == w->epoch) {
        if (event->kind == HYPERVISOR_EVENT_DOWN)
            take_down(w, notice);
        else
            take_domain(w, notice);
    }
    notice_free(notice);
}

void
node_deliver_notice(void *item, void *h)
{
    struct notice *notice = item;
    struct watch *w = sink_owner(notice->sink);

    (void)h;
    if (w != NULL)
        handle(w, notice);
    else
        notice_free(notice);
}

static void
watch_begin(struct node *n)
{
    struct watch *w = g_new0(struct watch, 1);

    n->state = (struct hypervisor_node_state){.epoch = n->epoch,
                                              .since_us = g_get_monotonic_time(),
                                              .last_read_ms = n->state.last_read_ms};
    n->watch = w;
    w->n = n;
    g_queue_init(&w->early);
    w->iterations = g_hash_table_new_full(uuid_hash, uuid_equal_key, g_free, NULL);
    make_sink(w);
    connect_now(w);
}

static void
watch_end(struct node *n)
{
    struct watch *w = n->watch;
    struct connect_task *mute;

    set_up(w, false);
    n->watch = NULL;
    if (w->task != NULL)
        worker_give_up(n->read, &w->task->task);
    if (n->read != NULL) {
        mute = task_new(w, mute_run);
        mute->task.owner = NULL;
        if (!worker_submit(n->read, &mute->task))
            connect_drop(&mute->task);
    }
    drop_sink(w);
    g_hash_table_unref(w->iterations);
    g_free(w->text);
    g_free(w);
}

void
node_watch(struct node *n, bool on)
{
    if (on == (n->watch != NULL))
        return;
    if (on)
        watch_begin(n);
    else
        watch_end(n);
}

void
node_watch_changed(struct node *n)
{
    struct watch *w = n->watch;
    bool was_up;

    if (w == NULL)
        return;
    was_up = w->up;
    w->task = NULL; /* the old worker's, which drops it */
    renew_sink(w);
    set_up(w, false);
    w->down = false;
    w->n_failed = 0;
    if (was_up && n->uri != NULL)
        sink_put_down(w->sink, w->epoch, DOWN_CHANGED, ERROR_CLOSED, "the node has another URI");
    connect_now(w);
}

void
node_retry(struct node *n)
{
    if (n->watch != NULL && !n->watch->up)
        connect_now(n->watch);
}
