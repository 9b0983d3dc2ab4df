/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

struct queue {
    atomic_uint refs;
    GMainContext *context;
    queue_deliver deliver; /* main side */
    void *data;            /* main side */
    GDestroyNotify drop;
    GSource *source; /* main side */

    pthread_mutex_t lock;
    pthread_cond_t filled;
    GQueue items; /* the rest is under the lock */
    bool closed;
};

/* The GSource that makes the main context look into the queue. */
struct queue_source {
    GSource source;
    struct queue *queue;
};

static bool
is_filled(struct queue *q)
{
    bool filled;

    pthread_mutex_lock(&q->lock);
    filled = !g_queue_is_empty(&q->items);
    pthread_mutex_unlock(&q->lock);
    return filled;
}

static struct queue *
queue_of(GSource *source)
{
    return ((struct queue_source *)(void *)source)->queue;
}

static gboolean
source_prepare(GSource *source, int *timeout)
{
    *timeout = -1;
    return is_filled(queue_of(source));
}

static gboolean
source_check(GSource *source)
{
    return is_filled(queue_of(source));
}

static gboolean
source_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)callback;
    (void)data;
    queue_drain(queue_of(source));
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {
    .prepare = source_prepare,
    .check = source_check,
    .dispatch = source_dispatch,
};

static void
init_lock(struct queue *q)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&q->filled, &attr);
    pthread_condattr_destroy(&attr);
}

struct queue *
queue_new(GMainContext *context, queue_deliver deliver, void *data, GDestroyNotify drop)
{
    struct queue *q = g_new0(struct queue, 1);

    atomic_init(&q->refs, 1);
    q->context = g_main_context_ref(context != NULL ? context : g_main_context_default());
    q->deliver = deliver;
    q->data = data;
    q->drop = drop;
    g_queue_init(&q->items);
    init_lock(q);
    q->source = g_source_new(&source_funcs, sizeof(struct queue_source));
    ((struct queue_source *)(void *)q->source)->queue = q;
    g_source_set_name(q->source, "hypervisor answers");
    g_source_attach(q->source, q->context);
    return q;
}

struct queue *
queue_ref(struct queue *q)
{
    atomic_fetch_add(&q->refs, 1);
    return q;
}

void
queue_unref(struct queue *q)
{
    if (q == NULL || atomic_fetch_sub(&q->refs, 1) != 1)
        return;
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
    g_main_context_unref(q->context);
    g_free(q);
}

void
queue_push(struct queue *q, void *item)
{
    bool closed;

    pthread_mutex_lock(&q->lock);
    closed = q->closed;
    if (!closed) {
        g_queue_push_tail(&q->items, item);
        pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
    if (closed)
        q->drop(item);
    else if (!g_main_context_is_owner(q->context)) /* who turns the loop finds it without */
        g_main_context_wakeup(q->context);
}

static void *
pop(struct queue *q)
{
    void *item;

    pthread_mutex_lock(&q->lock);
    item = g_queue_pop_head(&q->items);
    pthread_mutex_unlock(&q->lock);
    return item;
}

void
queue_drain(struct queue *q)
{
    void *item;

    while ((item = pop(q)) != NULL)
        q->deliver(item, q->data);
}

bool
queue_wait(struct queue *q, unsigned ms)
{
    struct timespec until;
    bool filled;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&q->lock);
    while (g_queue_is_empty(&q->items))
        if (pthread_cond_timedwait(&q->filled, &q->lock, &until) != 0)
            break;
    filled = !g_queue_is_empty(&q->items);
    pthread_mutex_unlock(&q->lock);
    return filled;
}

void
queue_close(struct queue *q)
{
    void *item;

    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_mutex_unlock(&q->lock);
    while ((item = pop(q)) != NULL)
        q->drop(item);
    g_source_destroy(q->source);
    g_clear_pointer(&q->source, g_source_unref);
}
