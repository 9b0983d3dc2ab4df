/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/sink.h - inside the room: the way of a watched node's events from
 * its connection to the main context, with a bound.
 *
 * Callbacks of libvirt and a node's read thread put notices in; they come out
 * in the same order through the queue given to sink_new().  Notices about
 * domains are bounded: of those that find the sink full one becomes OVERFLOW
 * and the rest is dropped, until that OVERFLOW was taken out.
 */
#ifndef STATESYNC_HYPERVISOR_SINK_H
#define STATESYNC_HYPERVISOR_SINK_H

#include "core/cleanup.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/queue.h"

/* event.what of the one kind of events that comes often; the watcher thins it out. */
#define SINK_MIGRATION_ITERATION "migration iteration"

struct sink;

/* Why a notice is DOWN. */
enum down_cause {
    DOWN_LOST,    /* the connection */
    DOWN_FAILED,  /* an attempt to connect */
    DOWN_CHANGED, /* the node's URI */
};

/* An event on its way: event's disk, text, missing and libvirt belong to the notice. */
struct notice {
    struct sink *sink; /* a reference */
    struct hypervisor_event event;
    enum down_cause cause;
    unsigned n_refused; /* UP */
    bool counted;       /* not counted off yet */
};

/* At most bound notices about domains. */
struct sink *sink_new(struct queue *q, unsigned bound);
struct sink *sink_ref(struct sink *s);   /* any thread */
void sink_unref(struct sink *s);         /* any thread; NULL is ignored */
DEFINE_CLEANUP(struct sink, sink_unref)

/* Who listens, or NULL when nobody does any more; main side only. */
void sink_set_owner(struct sink *s, void *owner);
void *sink_owner(const struct sink *s);

/* Puts one in; event is copied.  Any thread, does not block. */
void sink_put(struct sink *s, const struct hypervisor_event *event);
void sink_put_up(struct sink *s, uint64_t epoch, const char *libvirt, const char *missing,
                 unsigned n_refused);
void sink_put_down(struct sink *s, uint64_t epoch, enum down_cause cause, enum error_class error,
                   const char *text);

/* To be called before the event is told: what comes from now on finds the room it took. */
void notice_count_off(struct notice *n);

/* Frees a notice that was taken out of the queue; any thread. */
void notice_free(struct notice *n);
DEFINE_CLEANUP(struct notice, notice_free)

/* The queue's drop function. */
void sink_drop_notice(void *notice);

#endif
