/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/queue.h - the one way from a worker's thread to the main context.
 *
 * Any thread pushes items; the thread that runs the main context delivers
 * them, in order.  Whoever pushes an item gives it away: nothing else is
 * shared between threads.  The lock is a pthread mutex, which thread checkers
 * understand without annotations (GLib's is built on futexes they do not see).
 */
#ifndef STATESYNC_HYPERVISOR_QUEUE_H
#define STATESYNC_HYPERVISOR_QUEUE_H

#include <glib.h>
#include <stdbool.h>

struct queue;

/* Takes over item; called on the main context's thread. */
typedef void (*queue_deliver)(void *item, void *data);

/*
 * A queue whose items are handed to deliver(item, data) by context (NULL = the
 * default one), with one reference, which is the main side's.  drop frees an
 * item that nobody will take any more; it may be called on any thread.
 */
struct queue *queue_new(GMainContext *context, queue_deliver deliver, void *data,
                        GDestroyNotify drop);

struct queue *queue_ref(struct queue *q); /* any thread */
void queue_unref(struct queue *q);        /* any thread; NULL is ignored */

/* Gives item away; after queue_close() it is dropped.  Any thread, does not block. */
void queue_push(struct queue *q, void *item);

/* Delivers what is there without waiting; main side only.  May be called while delivering. */
void queue_drain(struct queue *q);

/* Blocks until an item is there, at most ms milliseconds; true when there is one.  Main side. */
bool queue_wait(struct queue *q, unsigned ms);

/* Nothing is delivered after this; what is there is dropped.  Main side only. */
void queue_close(struct queue *q);

#endif
