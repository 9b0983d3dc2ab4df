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
 * A node that is watched keeps its read connection open, with libvirt's events
 * registered on it, and makes it again by itself when it is lost.  Events are
 * hints: they name a domain, and hypervisor_read_some() tells its state.
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
    GMainContext *context;    /* NULL = the default one; must be it for keepalive_s and for events */
    unsigned deadline_ms;     /* for a bulk read, connecting included; 0 = 10000 */
    unsigned look_deadline_ms; /* for the look at one domain; 0 = 5000 */
    unsigned probe_deadline_ms; /* for the probe; 0 = 5000 */
    bool agent;               /* look connections are read-write, LOOK_AGENT pings */
    unsigned keepalive_s;     /* seconds between keepalive messages, 0 = none: only for a program
                                 that runs the default main context all the time */
    unsigned hang_s;          /* how long an attempt to connect to a watched node may hang before
                                 another one is made beside it; 0 = 300 */
    unsigned max_events;      /* of one node that wait to be delivered; 0 = 4096 */
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
 * requests answered with class closed, in the loop's next turn; a node that is watched stays so.
 * Everything is copied. */
void hypervisor_set_node(struct hypervisor *h, const struct hypervisor_node *node);

/*
 * Forgets a node: its open requests are answered with class closed before this
 * returns, its connections end, no event of it comes any more, not even one
 * that waits.  A name that was never set is ignored.  May be called from the
 * listener and from a done.
 */
void hypervisor_remove_node(struct hypervisor *h, const char *node);

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

/*
 * The state of n domains, with reason and managed-save image, over the read
 * connection; none of the calls enters a guest.  The answer (RESULT_COMPLETE)
 * holds those that exist, each once; one that does not exist is missing, one
 * that alone could not be read is unreadable.  RESULT_PARTIAL when the
 * managed-save images could not be asked.  Deadline as a bulk read, with no
 * fall-back.  uuids is copied.
 */
void hypervisor_read_some(struct hypervisor *h, const char *node, const struct uuid *uuids,
                          size_t n, hypervisor_done done, void *data);

/* Requests not answered yet. */
unsigned hypervisor_pending(const struct hypervisor *h);

/* Runs the main context until no request is open: for a program that does one pass. */
void hypervisor_wait(struct hypervisor *h);

enum hypervisor_event_kind {
    HYPERVISOR_EVENT_UP,       /* connected (again) and all events registered: read the node
                                  completely now */
    HYPERVISOR_EVENT_DOWN,     /* connection lost, or could not be made: class and text */
    HYPERVISOR_EVENT_DOMAIN,   /* something happened to this domain: look at it */
    HYPERVISOR_EVENT_JOB,      /* a block job of this domain ended: disk, type, end; look at it, too */
    HYPERVISOR_EVENT_OVERFLOW, /* more events came than the queue holds: read the node completely */
};

/* Valid during the call. */
struct hypervisor_event {
    enum hypervisor_event_kind kind;
    const char *node;        /* as in hypervisor_set_node() */
    uint64_t epoch;          /* of the connection it came over; DOWN: of the last one */
    gint64 received_us;      /* g_get_monotonic_time() when libvirt handed it to us */
    struct uuid uuid;        /* DOMAIN, JOB */
    const char *what;        /* a word for logs, static: "lifecycle started", "io-error", "up" */
    const char *disk;        /* JOB: target name, such as "vda" */
    enum block_job_type type; /* JOB */
    enum job_end end;        /* JOB */
    enum error_class error;  /* DOWN */
    const char *text;        /* DOWN; never NULL */
    gint64 retry_ms;         /* DOWN: in how many milliseconds it is tried again; 0 = the attempt
                                is under way (in a call that hangs, or over a new URI);
                                -1 = when it has a URI */
    const char *missing;     /* UP: events the driver does not offer, comma separated, or NULL */
    const char *libvirt;     /* UP: version of libvirt there ("9.0.0"), or NULL */
};

typedef void (*hypervisor_event_func)(const struct hypervisor_event *event, void *data);

/*
 * func(event, data) is called on the main context for every event of watched
 * nodes, never from within a function of this header but hypervisor_wait().
 * To be set before the first request and the first hypervisor_watch(): libvirt
 * is told to use GLib's main loop.
 *
 * Per node events come in order: UP first; between UP and DOWN those of one
 * epoch.  What was on its way when the connection was lost is dropped, since a
 * complete read follows the next UP; so is what comes after the queue was full,
 * until OVERFLOW is delivered.  A node that stays down says DOWN again after
 * every attempt.
 */
void hypervisor_set_listener(struct hypervisor *h, hypervisor_event_func func, void *data);

/*
 * Keeps a connection with events open to this node from now on (false: no
 * more).  A name that was never set is ignored.
 *
 * Attempts to connect follow each other in growing intervals (1 s to 60 s,
 * give or take a quarter), one at a time.  One that hangs longer than the
 * node's deadline is DOWN with class timeout; when it comes back things go on.
 * It may never come back (a host that is switched off while libvirtd owes the
 * answer), so after hang_s it is left behind for a new one; no more than two
 * of a node are.
 * Requests to a node that is known to be down are answered with that class at
 * once: they make no attempt of their own.
 */
void hypervisor_watch(struct hypervisor *h, const char *node, bool on);

/* The next attempt to connect to a node that is down is made now. */
void hypervisor_retry(struct hypervisor *h, const char *node);

struct hypervisor_node_state {
    bool up;              /* watched, connected, events registered */
    uint64_t epoch;       /* of the last connection */
    gint64 since_us;      /* g_get_monotonic_time(): up, or not, since then; 0 = never watched */
    gint64 last_event_us; /* when the last event of a domain came; 0 = none since it is watched */
    double last_read_ms;  /* what the last complete read took, 0 = none */
    unsigned n_events;    /* of domains, since it is watched */
    unsigned n_attempts;  /* to connect, since it is watched */
    bool look_blocked;    /* two calls into guests hang: no looks now */
};

/* False when there is no such node. */
bool hypervisor_node_state(struct hypervisor *h, const char *node,
                           struct hypervisor_node_state *out);

/* What became of things, since hypervisor_new(). */
struct hypervisor_counts {
    unsigned reads, looks, probes; /* requests */
    unsigned timeouts;             /* requests, or looks at one domain, past their deadline */
    unsigned late;                 /* answers that came after that */
    unsigned fallbacks;            /* bulk reads done one by one */
    unsigned blocked;              /* looks not made because the node was look-blocked */
    unsigned events;               /* of domains that were delivered */
    unsigned overflows;            /* times a node's queue was full */
    unsigned connects;             /* of watched nodes */
    unsigned disconnects;
    unsigned refused;              /* registrations of events */
};

const struct hypervisor_counts *hypervisor_counts(const struct hypervisor *h);

#endif
