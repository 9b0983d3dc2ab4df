/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/dialer.h - ready connections for a main loop that never waits.
 *
 * Connecting, StartTLS and binding are synchronous in libldap.  A helper
 * thread does them, reads what the server can do, checks that it knows our
 * schema, and hands the connection over on the main context: no function of a
 * connection that was handed over needs to ask for its capabilities.
 *
 * The dialer knows all servers of the configuration and remembers what it
 * met (directory/server.h): a server that failed is left alone for 1 s, 2 s,
 * ... 60 s, each spread by a quarter; one whose connections do not live
 * DIALER_STABLE up to 4 s.  Refused credentials make all servers wait the longest.
 * While one serves us, those before it wait 8 s at most, whatever they said.
 *
 * A thread that does not come back (a resolver, a KDC) is left behind after
 * its limit and its result thrown away; the program needs no restart for it.
 * While DIALER_HUNG_MAX of them hang, dialing fails.
 */
#ifndef STATESYNC_DIRECTORY_DIALER_H
#define STATESYNC_DIRECTORY_DIALER_H

#include "core/cleanup.h"
#include "directory/connection.h"
#include "directory/options.h"

#include <glib.h>
#include <stdbool.h>

enum {
    DIALER_STABLE = 10000, /* ms; a connection that ends before counts as a failure of its server */
    DIALER_HUNG_MAX = 4,
};

struct dialer;

/* c is the callee's now; NULL = failed, and error names all servers that were tried and what each
 * said.  Called on the main context, once for each dialing; it may dial again. */
typedef void (*dialer_done)(struct directory_connection *c, const GError *error, void *data);

/* The options are copied.  context: where done is called; NULL = the default one. */
struct dialer *dialer_new(const struct directory_options *o, GMainContext *context);

/* ms after which an attempt is left behind; by default what its steps may take, and 10 s. */
void dialer_set_limit(struct dialer *d, int64_t ms);

/* Gives up what is under way, without calling done.  Never waits.  NULL is ignored. */
void dialer_free(struct dialer *d);
DEFINE_CLEANUP(struct dialer, dialer_free)

/*
 * Tries the servers in order, those first that may be tried now.  One round:
 * the first attempt starts when the back-off allows, and the round fails when
 * nobody is left who may be tried.  The caller dials again then, as often as
 * it likes: the pauses are kept here.  One round at a time; starting another
 * one gives up the one before, without calling its done.
 */
void dialer_dial(struct dialer *d, dialer_done done, void *data);

/* The same with those servers only that stand before the connection's own: to return to the first
 * when it recovers.  The connection stays in use meanwhile. */
void dialer_dial_better(struct dialer *d, const struct directory_connection *c, dialer_done done,
                        void *data);

/* Is there a server before the connection's own that may be tried (again) now?  Cheap. */
bool dialer_better_server(const struct dialer *d, const struct directory_connection *c);

/* A round is under way. */
bool dialer_busy(const struct dialer *d);
void dialer_stop(struct dialer *d);

/* ms until the first attempt of the round under way starts; 0 = it has started (for logs). */
int64_t dialer_wait(const struct dialer *d);

/* Threads that hang now (for metrics). */
guint dialer_hung(const struct dialer *d);

#endif
