/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/*
 * libvirt, GnuTLS and the name service use less than a tenth of this (a test
 * measures it).  Sanitizers make frames larger.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_SIZE (4 * 1024 * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STACK_SIZE (4 * 1024 * 1024)
#endif
#endif
#ifndef STACK_SIZE
#define STACK_SIZE (256 * 1024)
#endif

struct worker {
    atomic_uint refs; /* main side and thread */
    struct queue *queue;
    struct task ended; /* sent as the last sign of life */

    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct task *next; /* under the lock: to be done */
    bool quit;         /* under the lock */

    struct link *link; /* the thread's, once it runs */

    bool started; /* main side from here */
    bool ending;
    pthread_t thread;
    struct task *running;
    gint64 since;
    GQueue waiting;
};

static void
worker_unref(struct worker *w)
{
    if (atomic_fetch_sub(&w->refs, 1) != 1)
        return;
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    queue_unref(w->queue);
    g_free(w);
}

static void
drop_nothing(struct task *t)
{
    (void)t;
}

struct worker *
worker_new(struct queue *q, const struct link_options *options)
{
    struct worker *w = g_new0(struct worker, 1);

    atomic_init(&w->refs, 1);
    w->queue = queue_ref(q);
    w->ended.worker = w;
    w->ended.drop = drop_nothing;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    w->link = link_new(options);
    g_queue_init(&w->waiting);
    return w;
}

static struct task *
next_task(struct worker *w)
{
    struct task *t;

    pthread_mutex_lock(&w->lock);
    while (w->next == NULL && !w->quit)
        pthread_cond_wait(&w->wake, &w->lock);
    t = w->next;
    w->next = NULL;
    pthread_mutex_unlock(&w->lock);
    return t;
}

static void *
thread_main(void *data)
{
    struct worker *w = data;
    struct task *t;

    while ((t = next_task(w)) != NULL) {
        t->run(t, w->link);
        queue_push(w->queue, t);
        link_tidy(w->link);
    }
    link_free(w->link);
    queue_push(w->queue, &w->ended);
    worker_unref(w);
    return NULL;
}

/* Signals are the main thread's; and libvirt writes to sockets that may be gone (SIGPIPE). */
static bool
start_thread(struct worker *w)
{
    pthread_attr_t attr;
    sigset_t all;
    sigset_t before;
    int failed;

    sigfillset(&all);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_fetch_add(&w->refs, 1);
    failed = pthread_create(&w->thread, &attr, thread_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (failed != 0)
        atomic_fetch_sub(&w->refs, 1);
    w->started = failed == 0;
    return w->started;
}

static void
hand_over(struct worker *w, struct task *t)
{
    w->running = t;
    w->since = g_get_monotonic_time();
    pthread_mutex_lock(&w->lock);
    w->next = t;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

bool
worker_submit(struct worker *w, struct task *t)
{
    if (!w->started && !start_thread(w))
        return false;
    t->worker = w;
    if (w->running != NULL)
        g_queue_push_tail(&w->waiting, t);
    else
        hand_over(w, t);
    return true;
}

bool
worker_give_up(struct worker *w, struct task *t)
{
    if (g_queue_remove(&w->waiting, t)) {
        t->drop(t);
        return true;
    }
    t->owner = NULL;
    atomic_store(&t->given_up, true);
    return false;
}

bool
worker_is_busy(const struct worker *w)
{
    return w->running != NULL;
}

bool
worker_runs(const struct worker *w, const struct task *t)
{
    return w->running == t;
}

gint64
worker_busy_since(const struct worker *w)
{
    return w->running == NULL ? 0 : w->since;
}

bool
worker_end(struct worker *w)
{
    struct task *t;

    if (!w->started) {
        link_free(w->link);
        worker_unref(w);
        return false;
    }
    w->ending = true;
    while ((t = g_queue_pop_head(&w->waiting)) != NULL)
        t->drop(t);
    pthread_mutex_lock(&w->lock);
    w->quit = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    return true;
}

void
worker_abandon(struct worker *w)
{
    pthread_detach(w->thread);
    worker_unref(w);
}

struct worker *
worker_deliver(struct task *t)
{
    struct worker *w = t->worker;

    if (t == &w->ended) {
        pthread_join(w->thread, NULL);
        worker_unref(w);
        return w;
    }
    w->running = NULL;
    if (w->ending) { /* its owner may be gone */
        t->drop(t);
        return NULL;
    }
    if (!g_queue_is_empty(&w->waiting))
        hand_over(w, g_queue_pop_head(&w->waiting));
    t->done(t);
    return NULL;
}

void
worker_drop_task(void *task)
{
    struct task *t = task;

    t->drop(t);
}
