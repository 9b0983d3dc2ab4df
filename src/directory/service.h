/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/service.h - our one entry in the directory: last pass, pause, lease, requests.
 *
 * One struct service is one body that may hold the lease.  A pass goes:
 *
 *   service_look()      who holds the lease?  SERVICE_FREE: go on.  SERVICE_HELD:
 *                       service_hand_over() and be done, or take over what comes back.
 *   read, decide        nothing to write: no lease is needed
 *   service_take()      before the first modify; somebody was faster: look again
 *   writer_set_gate(w, service_may_send, s), service_tick() now and then
 *   service_close()     the one closing write: what was done, lease given back
 *
 * Between looking and taking nobody else can have held the lease unnoticed:
 * taking asserts the serial that was seen.  After SERVICE_EXPIRED, and after
 * service_hand_over() says that the lease is ours to take, everything has to
 * be read anew.  Rules of the lease: directory/lease.h.
 *
 * All functions block for one answer each unless they say more.
 */
#ifndef STATESYNC_DIRECTORY_SERVICE_H
#define STATESYNC_DIRECTORY_SERVICE_H

#include "core/cleanup.h"
#include "directory/connection.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct service;

/* What the entry says.  Times are seconds since the epoch, 0 = not set. */
struct service_state {
    char *holder;          /* NULL = the lease is free */
    int64_t serial;        /* -1 = it was never taken */
    int64_t lease_since;   /* by the holder's clock */
    int64_t lease_duration; /* ms; 0 = not said */
    int64_t pause_until;
    char *pause_reason;    /* NULL = none given */
    GPtrArray *requests;   /* of char *: UUIDs, or "*" */
    int64_t pass_completed;
    char *pass_by;
};

void service_state_free(struct service_state *s); /* NULL is ignored */
DEFINE_CLEANUP(struct service_state, service_state_free)

struct service_state *service_state_copy(const struct service_state *s);

/* Is a pause in force at this time (seconds since the epoch)? */
bool service_state_paused(const struct service_state *s, int64_t now);

/*
 * A body that works on the entry called dn through this connection, which
 * stays the caller's and must outlive it (service_set_connection() changes
 * it).  lease: ms a lease of ours lasts.  Sends nothing.
 */
struct service *service_new(struct directory_connection *c, const char *dn, int64_t lease);

/* From now on leases last so long; one that we hold is renewed and announces it. */
void service_set_lease(struct service *s, int64_t lease);

/* Does not give the lease back: service_close() or service_release() do.  NULL is ignored. */
void service_free(struct service *s);
DEFINE_CLEANUP(struct service, service_free)

void service_set_connection(struct service *s, struct directory_connection *c);

/* "host:pid:random": our name as a holder. */
const char *service_holder(const struct service *s);

/*
 * Creates the entry when it is not there.  True when it is there afterwards,
 * whoever made it.  False and error, which says how to create it by hand where
 * that is not allowed to us (class denied) and what lacks where the entry above
 * does not exist (class absent).
 */
bool service_ensure(struct service *s, GError **error);

/* Reads the entry.  NULL and error; class absent when it does not exist.  Free with
 * service_state_free(). */
struct service_state *service_read(struct service *s, GError **error);

enum service_lease {
    SERVICE_FREE,    /* nobody holds it: service_take() will try */
    SERVICE_EXPIRED, /* its holder was silent too long: service_take() will take it over */
    SERVICE_OURS,
    SERVICE_HELD,    /* by somebody else */
    SERVICE_UNKNOWN, /* could not be read: error */
};

/* Reads the entry and says how the lease stands.  *state (may be NULL) receives what was read. */
enum service_lease service_look(struct service *s, struct service_state **state, GError **error);

/*
 * Takes the lease as service_look() last saw it.  False and error: class
 * DIRECTORY_ASSERTED when somebody else moved since (look again), else what
 * went wrong; DIRECTORY_CODE_LEASE_HELD when it was not there to be taken.
 */
bool service_take(struct service *s, GError **error);

/* Renews the lease when a third of it is over; else does nothing.  False and error: not renewed;
 * with DIRECTORY_CODE_NO_LEASE it is lost, and nothing may be written any more. */
bool service_tick(struct service *s, GError **error);

/* True while we hold the lease and its end is not near: a gate for writer_set_gate(), which passes
 * the struct service as data.  Does not block. */
bool service_may_send(void *service);

/* Gives the lease back without reporting a pass.  Does nothing when it is not ours. */
bool service_release(struct service *s, GError **error);

/* What the closing write says. */
struct service_report {
    const char *version;
    int64_t completed;            /* seconds since the epoch */
    int64_t duration;             /* ms */
    int64_t n_held;               /* changes held back by the budget */
    const char *const *counts;    /* "Running=12"; NULL-terminated; NULL = none */
    const char *const *alarms;    /* "name: sentence"; NULL-terminated; NULL = none */
    /* Requests this pass answered: those known before it began to read. */
    const char *const *answered;
};

/*
 * The closing write of a pass: one modify that says what was done, clears the
 * requests that were answered, and gives the lease back if it is ours.  Where
 * no lease was needed it asserts that still nobody took one since
 * service_look(); class DIRECTORY_ASSERTED then says that another body works
 * now and will report itself.
 */
bool service_close(struct service *s, const struct service_report *report, GError **error);

enum service_outcome {
    SERVICE_ANSWERED,  /* the holder did what was asked */
    SERVICE_TAKE_OVER, /* the holder is gone: the lease is free or expired; do it yourself */
    SERVICE_GAVE_UP,   /* not in time, or an error: it says which, and who holds the lease */
};

/*
 * Asks the holder of the lease to look at these VMs (UUIDs, or "*"; at least
 * one, NULL-terminated) and waits for the answer.  A request that somebody else
 * has made already is waited for, then made again: it may have been answered
 * from what was read before ours.  Requests that are not answered are taken
 * back; those left to SERVICE_TAKE_OVER stay and are ours to answer.
 *
 * Blocks up to limit ms (0: ask, look once), reading the entry a few times a
 * second.  cancelled (may be NULL) is asked in between; true ends it early.
 */
enum service_outcome service_hand_over(struct service *s, const char *const *requests,
                                       int limit, bool (*cancelled)(void *data), void *data,
                                       GError **error);

/* Sets or, with until = 0, ends a pause (seconds since the epoch).  reason may be NULL. */
bool service_pause(struct service *s, int64_t until, const char *reason, GError **error);

#endif
