/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opennebula/subscriber.h - inside the room: the thread that listens to a
 * front-end's ZeroMQ publisher and puts what comes into a queue.
 *
 * The socket's monitor tells when the connection comes and goes; heartbeats
 * find one that died without a word.
 */
#ifndef STATESYNC_OPENNEBULA_SUBSCRIBER_H
#define STATESYNC_OPENNEBULA_SUBSCRIBER_H

#include "hypervisor/queue.h"
#include "opennebula/opennebula.h"

/* Events about VMs that may wait for the main side. */
enum { SUBSCRIBER_BOUND = 20000 };

struct subscriber;

/* What comes out of the queue. */
struct bulletin {
    struct opennebula_event event; /* answer: a reference; frontend is not set */
    struct subscriber *from;       /* address only */
};

/* Starts listening; bulletins go into q.  NULL with *error when the address cannot be used. */
struct subscriber *subscriber_new(struct queue *q, const struct opennebula_options *options,
                                  GError **error);

/* Ends the thread.  NULL is ignored. */
void subscriber_free(struct subscriber *s);

/* Frees one that was taken out of the queue, which makes room; any thread.  The subscriber may be
 * gone only if the queue was closed. */
void bulletin_free(struct bulletin *b);

/* n_events, n_malformed and n_overflows. */
void subscriber_count(const struct subscriber *s, struct opennebula_counts *counts);

#endif
