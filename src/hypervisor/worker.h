/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/worker.h - a thread with a connection of its own, that does one
 * task after the other and may get stuck in one.
 *
 * libvirt's calls block, some for ever.  So nobody waits for a worker: its
 * owner, on the main side, hands it tasks, gives a task up when its time is
 * over, and learns by a late answer that the thread has come back.  A worker
 * that is stuck when the program ends is left behind.
 *
 * The thread starts with the first task.  All functions belong to the main
 * side; only a task's run() is called on the thread, and only through the
 * queue does anything come back.
 */
#ifndef STATESYNC_HYPERVISOR_WORKER_H
#define STATESYNC_HYPERVISOR_WORKER_H

#include "hypervisor/link.h"
#include "hypervisor/queue.h"

#include <stdatomic.h>

struct worker;

/*
 * Embed as first member.  From worker_submit() until done() the task belongs
 * to the worker; the main side may look at no member but owner and what is
 * atomic.
 */
struct task {
    void (*run)(struct task *t, struct link *l); /* on the thread; may block */
    void (*done)(struct task *t); /* main side: takes the task back and frees it */
    void (*drop)(struct task *t); /* frees it where nobody waits; any thread */
    void *owner; /* main side only: who waits for it; NULL = given up */
    atomic_bool given_up; /* any thread: nobody waits, so do not begin anything new */
    struct worker *worker; /* set by worker_submit() */
};

/* A worker whose tasks come back through q. */
struct worker *worker_new(struct queue *q, const struct link_options *options);

/*
 * Hands over t.  It runs when the tasks before it are done.  False when no
 * thread can be started; t is still the caller's then.
 */
bool worker_submit(struct worker *w, struct task *t);

/*
 * Nobody waits for t any more.  True: it was not begun and is dropped now.
 * False: it is running, its owner is NULL now, and done() will see that.
 */
bool worker_give_up(struct worker *w, struct task *t);

/* Does it run, or wait to run, a task? */
bool worker_is_busy(const struct worker *w);

/* Is t the one that runs now? */
bool worker_runs(const struct worker *w, const struct task *t);

/* g_get_monotonic_time() when the running task was handed to the thread; 0 = none runs. */
gint64 worker_busy_since(const struct worker *w);

/*
 * Asks the thread to close its connection and end, and drops the tasks that
 * wait; the one that runs is dropped when it comes back.  No other function may
 * be called with w but worker_busy_since() and worker_abandon().  True:
 * worker_deliver() will tell when it has ended.  False: it had no thread and
 * is freed already.
 */
bool worker_end(struct worker *w);

/*
 * Gives up a worker that was asked to end, after queue_close(): the thread
 * frees the rest if it ever comes back.
 */
void worker_abandon(struct worker *w);

/* The queue's deliver function: calls done(), or frees a worker that has ended.  Returns the
 * worker that has ended (its address only, it is gone), else NULL. */
struct worker *worker_deliver(struct task *t);

/* The queue's drop function. */
void worker_drop_task(void *task);

#endif
