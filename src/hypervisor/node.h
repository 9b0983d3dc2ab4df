/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/node.h - inside the room: one node and its open requests.
 *
 * hypervisor.c owns nodes, reading.c its reads, looking.c its looks and
 * probes, watching.c its events.  Everything here lives on the main side.
 */
#ifndef STATESYNC_HYPERVISOR_NODE_H
#define STATESYNC_HYPERVISOR_NODE_H

#include "hypervisor/hypervisor.h"
#include "hypervisor/sink.h"
#include "hypervisor/worker.h"

/* Look threads: the one, and its stand-in while it is stuck. */
#define NODE_LANES 2

/* Read threads of a watched node that may be left behind in a call that hangs. */
#define NODE_LEFT_BEHIND 2

struct wish;

struct lane {
    struct worker *worker; /* NULL = not made yet */
    struct wish *wish;     /* what it works at; NULL = idle, or stuck in a wish given up */
    bool stuck;
    bool probing;          /* stuck in a probe */
    struct uuid uuid;      /* stuck in a look at this domain */
};

/* A node that is watched. */
struct watch {
    struct node *n;
    struct sink *sink;         /* of the read connection now */
    struct connect_task *task; /* the attempt under way; NULL = none */
    GSource *deadline;         /* of the attempt; then of its hanging */
    GSource *retry;            /* until the next attempt */
    bool again;                /* the next attempt came due while one was under way */
    unsigned n_failed;         /* attempts in a row */
    uint64_t epoch;            /* of the last connection that was UP */
    bool connected;            /* epoch is valid */
    bool up;
    bool down;                 /* known to be: requests are answered with the class at once */
    enum error_class error;    /* with down */
    char *text;
    GQueue early;              /* of struct notice: of a connection that is not UP yet */
    GHashTable *iterations;    /* struct uuid -> gint64: last migration iteration told */
};

struct node {
    struct hypervisor *h;
    char *name;
    char *uri;     /* NULL = none */
    char *problem; /* why; may be NULL */
    unsigned deadline_ms;
    uint64_t epoch; /* of the last answer, or of the connection that is up */

    struct worker *read;
    struct worker *fallback; /* only while it works */
    GQueue reads;            /* of struct reading, in the order of their coming */

    struct lane lanes[NODE_LANES];
    GQueue wishes;  /* of struct wish, not begun */
    GQueue batches; /* of struct batch */

    struct watch *watch; /* NULL = not watched */
    struct worker *left_behind[NODE_LEFT_BEHIND]; /* addresses only: gone when not in h->ending */
    struct hypervisor_node_state state; /* all but look_blocked */
};

struct hypervisor {
    GMainContext *context;
    struct hypervisor_options options;
    struct queue *queue;
    GHashTable *nodes;  /* lower-case name -> struct node */
    GHashTable *ending; /* workers asked to end */
    struct queue *notices; /* events on their way */
    hypervisor_event_func listener;
    void *listener_data;
    GPtrArray *replies; /* GSources of answers that were known at once */
    unsigned n_pending;
    bool changing; /* a node's workers: answers come in the loop's next turn */
    struct hypervisor_counts counts;
};

/* A worker for the node; look connections may be read-write. */
struct worker *node_worker(struct node *n, bool look);

/* Ends *w, if any, and forgets it. */
void node_end_worker(struct node *n, struct worker **w);

/* A timer on the node's context.  Delivers waiting answers first, so that an answer that was
 * there in time is never late because the main thread was busy. */
typedef void (*node_expired)(void *data);
GSource *node_timer(struct node *n, unsigned ms, node_expired expired, void *data);

/* Stops and forgets *timer, if any. */
void node_stop_timer(GSource **timer);

/* Hands a request's answer, which it takes over, to done and counts it off. */
void node_answer(struct hypervisor *h, struct observation *o, hypervisor_done done, void *data);

/* The next number of a question; any thread. */
uint64_t node_next_query(void);

/* reading.c */
void node_read(struct node *n, hypervisor_done done, void *data);
void node_read_some(struct node *n, const struct uuid *uuids, size_t n_uuids, hypervisor_done done,
                    void *data);
void node_forget_reads(struct node *n, bool answer); /* answer: with class closed */

/* Answers one read that was not begun; false when there is none. */
bool node_fail_waiting_read(struct node *n, enum error_class error, const char *text);

/* looking.c */
void node_look(struct node *n, const struct look_request *wishes, size_t n_wishes,
               hypervisor_done done, void *data);
void node_probe(struct node *n, hypervisor_done done, void *data);
void node_forget_looks(struct node *n, bool answer);
bool node_look_blocked(const struct node *n);

/* watching.c */
void node_watch(struct node *n, bool on);
void node_watch_changed(struct node *n); /* the URI is another one, and the read worker is gone */
void node_retry(struct node *n);
void node_deliver_notice(void *notice, void *h); /* the queue's deliver function */

#endif
