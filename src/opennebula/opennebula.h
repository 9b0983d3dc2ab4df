/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opennebula/opennebula.h - one front-end, for a program with a main loop.
 *
 * The counterpart of hypervisor/hypervisor.h.  Two threads: one reads when
 * asked (opennebula/read.h), one listens to the event publisher where one is
 * configured.  Both hand immutable answers to the main context through one
 * queue; all functions here belong to the main side and none of them blocks
 * for longer than a system call.
 *
 * How an event may be used: it is the front-end's own word about one VM at the
 * time it was sent, with the true pair, and its query is higher than that of
 * every read begun before it came.  So it may replace that VM in what is known
 * at once, and needs no read.  It never says that a VM is missing; and events
 * can be lost (the publisher keeps nothing), which UP and OVERFLOW tell: read
 * the front-end completely then, and regularly.
 */
#ifndef STATESYNC_OPENNEBULA_OPENNEBULA_H
#define STATESYNC_OPENNEBULA_OPENNEBULA_H

#include "core/cleanup.h"
#include "engine/frontend.h"
#include "opennebula/read.h"

struct config_opennebula;
struct opennebula;

/* What the section says; texts belong to the configuration. */
struct opennebula_options opennebula_options_of(const struct config_opennebula *section);

/* Nothing is asked yet.  options are copied; context NULL = the default one. */
struct opennebula *opennebula_new(GMainContext *context, const struct opennebula_options *options);

/*
 * Open reads are forgotten: their done is not called.  Ends both threads, which
 * takes no longer than waking them up.  Not from within a done or a listener.
 * NULL is ignored.
 */
void opennebula_free(struct opennebula *o);
DEFINE_CLEANUP(struct opennebula, opennebula_free)

/* Called once per read, on the main context.  a is the caller's: frontend_answer_unref() it. */
typedef void (*opennebula_done)(struct frontend_answer *a, void *data);

/*
 * Reads the front-end; ids as in opennebula_read(), copied.  Reads follow one
 * another; each has timeout_ms of its own from its beginning.
 */
void opennebula_ask(struct opennebula *o, const gint64 *ids, size_t n_ids, opennebula_done done,
                    void *data);

/* The same of these VMs alone: opennebula_read_some_over(). */
void opennebula_ask_some(struct opennebula *o, const gint64 *ids, size_t n_ids,
                         opennebula_done done, void *data);

/* Reads not answered yet. */
unsigned opennebula_pending(const struct opennebula *o);

enum opennebula_event_kind {
    OPENNEBULA_EVENT_UP,       /* subscribed (again): read completely now */
    OPENNEBULA_EVENT_DOWN,     /* the publisher is not connected */
    OPENNEBULA_EVENT_VM,       /* answer has what the front-end says about one VM */
    OPENNEBULA_EVENT_OVERFLOW, /* more came than the queue holds: read completely */
};

/* Valid during the call. */
struct opennebula_event {
    enum opennebula_event_kind kind;
    const char *frontend;
    gint64 received_us;             /* g_get_monotonic_time() when it came from the socket */
    struct frontend_answer *answer; /* VM; keep it with frontend_answer_ref() */
};

typedef void (*opennebula_event_func)(const struct opennebula_event *event, void *data);

/*
 * Listens to the publisher from now on; func is called on the main context.
 * UP comes first, and again after every interruption.  False, with *error,
 * where there is no events address or it cannot be used.  To be called once.
 */
bool opennebula_listen(struct opennebula *o, opennebula_event_func func, void *data,
                       GError **error);

struct opennebula_counts {
    guint64 n_reads;
    guint64 n_failed;    /* reads that ended as RESULT_ERROR */
    guint64 n_events;    /* about VMs */
    guint64 n_malformed; /* messages that are none */
    guint64 n_overflows;
};

struct opennebula_counts opennebula_counts(const struct opennebula *o);

#endif
