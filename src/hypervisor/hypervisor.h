/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/hypervisor.h - reads the domains of many nodes at once, and never
 * waits for one that does not answer.
 *
 * Each node has a read thread (state of all domains; calls that never enter a
 * guest) and a look thread (closer looks and the probe; calls that may hang in
 * a guest), each with a connection of its own, started when first needed.
 * A request is answered exactly once, on the main context, by an observation:
 * what the node said, or RESULT_ERROR with a class, at the latest when its
 * deadline is over.  A thread that is stuck in a call is left alone; its late
 * answer is counted and thrown away.
 *
 *   bulk read    All states in one call.  When that call itself misses 60 % of
 *                its deadline, a third connection lists the domains and asks
 *                each for its state, once.
 *   look         At most one call per domain and two per node hang: a stuck
 *                look thread gets one stand-in; when that is stuck too, the
 *                node's looks end with "look-blocked" until one comes back.
 *                The control state of a domain whose look hangs is asked on
 *                the read connection.
 *   probe        One call into every running guest's monitor.  When it hangs,
 *                the control states, asked on the read connection, name the
 *                guest; while it hangs, later probes ask only these.
 *
 * Connections are read-only unless the guest agent is to be pinged.  Nothing
 * in here changes a domain.  All functions belong to one thread, the one that
 * runs the main context, and none blocks but hypervisor_wait() and, for at
 * most a second, hypervisor_free().
 */
#ifndef STATESYNC_HYPERVISOR_HYPERVISOR_H
#define STATESYNC_HYPERVISOR_HYPERVISOR_H

#include "core/cleanup.h"
#include "engine/observation.h"

#include <stdint.h>

struct hypervisor;

struct hypervisor_options {
    GMainContext *context;    /* NULL = the default one; must be it if keepalive_s is set */
    unsigned deadline_ms;     /* for a bulk read, connecting included; 0 = 10000 */
    unsigned look_deadline_ms; /* for the look at one domain; 0 = 5000 */
    unsigned probe_deadline_ms; /* for the probe; 0 = 5000 */
    bool agent;               /* look connections are read-write, LOOK_AGENT pings */
    unsigned keepalive_s;     /* seconds between keepalive messages, 0 = none: only for a program
                                 that runs the default main context all the time */
};

/* options may be NULL for the defaults. */
struct hypervisor *hypervisor_new(const struct hypervisor_options *options);

/*
 * No more requests will come: lets threads close their connections and end
 * while the caller does other things.  Does not block.  Open requests are
 * forgotten, later ones answered with class unknown-node.
 */
void hypervisor_end(struct hypervisor *h);

/*
 * Closes connections and ends threads; those that do not come back within a
 * second, or have been in one call for that long, are left behind.  Requests
 * still open are forgotten: their done is not called.  Not from within a done.
 * NULL is ignored.
 */
void hypervisor_free(struct hypervisor *h);
DEFINE_CLEANUP(struct hypervisor, hypervisor_free)

struct hypervisor_node {
    const char *name;     /* host name, as the directory spells it; compared without case */
    const char *uri;      /* libvirt URI (hypervisor/uri.h); NULL: answers class no-uri */
    const char *problem;  /* with uri NULL: why there is none; may be NULL */
    unsigned deadline_ms; /* of bulk reads, 0 = as in the options */
    uint64_t epoch;       /* number of the first connection */
};

/* Adds a node, or changes one: with another URI its connections are made anew and its open
 * requests answered with class closed.  Everything is copied. */
void hypervisor_set_node(struct hypervisor *h, const struct hypervisor_node *node);

/* Called once per request, on the main context, never from within the function that made the
 * request.  o is the caller's: observation_unref() it. */
typedef void (*hypervisor_done)(struct observation *o, void *data);

/*
 * Asks a node for the state of all its domains.  A name that was never set is
 * answered with class unknown-node.  o->query is a number that rises with
 * every question put to any node; o->epoch rises when a lost connection was
 * made again.
 */
void hypervisor_read(struct hypervisor *h, const char *node, hypervisor_done done, void *data);

/*
 * Looks closer at n_wishes domains of one node (the requests' node member is
 * not used).  The answer holds the domains that exist, each with state and
 * look; put it into the bulk answer with observation_merge().  A domain that
 * exists no more is missing.  RESULT_PARTIAL with a text when something could
 * not be asked; a domain that does not answer is unreadable, or has only its
 * control state.  All together take at most four times look_deadline_ms, where
 * agents are pinged four times five seconds more: libvirt waits as long for a
 * silent one.
 */
void hypervisor_look(struct hypervisor *h, const char *node, const struct look_request *wishes,
                     size_t n_wishes, hypervisor_done done, void *data);

/* Looks for guests that do not answer.  The answer holds the running domains that are occupied or
 * in error; one that is missing answered. */
void hypervisor_probe(struct hypervisor *h, const char *node, hypervisor_done done, void *data);

/* Requests not answered yet. */
unsigned hypervisor_pending(const struct hypervisor *h);

/* Runs the main context until no request is open: for a program that does one pass. */
void hypervisor_wait(struct hypervisor *h);

/* What became of things, since hypervisor_new(). */
struct hypervisor_counts {
    unsigned reads, looks, probes; /* requests */
    unsigned timeouts;             /* requests, or looks at one domain, past their deadline */
    unsigned late;                 /* answers that came after that */
    unsigned fallbacks;            /* bulk reads done one by one */
    unsigned blocked;              /* looks not made because the node was look-blocked */
};

const struct hypervisor_counts *hypervisor_counts(const struct hypervisor *h);

#endif
