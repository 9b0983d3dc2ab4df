/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/dispatch.h - many operations on one handle, none of which waits.
 *
 * Whoever sends an operation says who takes its answers; dispatch_drain()
 * (called by directory/source.h, never by users) reads what has arrived and
 * hands each message to its taker.  Waiting times and timers are kept here as
 * well, so that one main loop source drives everything on a connection: the
 * watch, the writer, the lease, single reads.
 *
 * Everything runs in the thread that owns the connection.  Takers may send,
 * expect and forget; they may close the connection, which is put off then
 * until the drain is over.
 */
#ifndef STATESYNC_DIRECTORY_DISPATCH_H
#define STATESYNC_DIRECTORY_DISPATCH_H

#include <glib.h>
#include <ldap.h>
#include <stdbool.h>
#include <stdint.h>

struct directory_connection;

/* One thing that came: a message, which the taker frees (error is NULL); or the end without an
 * answer (message is NULL): error says why.  A timer that fires has neither. */
struct arrival {
    int type; /* LDAP_RES_..., 0 = no message */
    LDAPMessage *message;
    const GError *error;
};
typedef void (*dispatch_func)(struct directory_connection *c, const struct arrival *arrival,
                              void *data);

/* Sends one operation: what ldap_search_ext() and its like return. */
typedef int (*dispatch_send_func)(LDAP *ld, int *msgid, void *data);

/*
 * Sends an operation; func gets everything that comes for it.  Its last
 * message (a result, anything but entries, references and intermediate ones),
 * a timeout or a lost connection ends that by itself.  limit: ms for the next
 * message, counted anew from each one; 0 = for ever.  When the socket has no
 * room it is sent as soon as there is.  Returns an id for dispatch_abandon();
 * 0 and error when it cannot be sent at all (func is not called then).
 * send must leave data usable until func was called for the last time.
 */
int dispatch_send(struct directory_connection *c, int limit, dispatch_send_func send,
                  dispatch_func func, void *data, GError **error);

/* As above for an operation that was sent already: the id is the message id. */
void dispatch_expect(struct directory_connection *c, int msgid, int limit, dispatch_func func,
                     void *data);

/* Calls func once, ms from now (or when the connection is lost, then with an error).  The id. */
int dispatch_timer(struct directory_connection *c, int64_t ms, dispatch_func func, void *data);

/* Waits no more: forget for what is over or a timer; abandon tells the server as well.  Ids that
 * are not known (0 included) are ignored. */
void dispatch_forget(struct directory_connection *c, int id);
void dispatch_abandon(struct directory_connection *c, int id);

/* Changes how long is waited for the next message of an operation; 0 = for ever. */
void dispatch_set_limit(struct directory_connection *c, int id, int limit);

/* Calls func (with an arrival of nothing) after each drain, for who waits for room in the socket;
 * and before anybody else is told that the connection is lost.  Ended by dispatch_remove_hook(). */
void dispatch_add_hook(struct directory_connection *c, dispatch_func func, void *data);
void dispatch_remove_hook(struct directory_connection *c, dispatch_func func, void *data);

/* Gives the connection up: everybody who waits is told at the next drain.  The first error stays.
 * Takes error over. */
void dispatch_fail(struct directory_connection *c, GError *error);

/* The end of a connection, or NULL. */
const GError *dispatch_failure(const struct directory_connection *c);

/* Hands a message out that somebody received by directory_connection_result(); frees it when
 * nobody waits for it. */
void dispatch_hand_out(struct directory_connection *c, int type, LDAPMessage *message);

/* --- for directory/source.c and directory/connection.c only -------------- */

struct dispatch;
struct dispatch *dispatch_new(void);
void dispatch_free(struct dispatch *d);

/* Tells everybody who still waits that it is over. */
void dispatch_end(struct directory_connection *c);

/* Something may lie in a buffer of the handle: drain before waiting for the descriptor. */
void dispatch_note_unread(struct directory_connection *c);

/* Called to close: true while a drain runs, which closes the connection at its end. */
bool dispatch_put_off_close(struct directory_connection *c);

/* Between begin and end a connection is not freed. */
void dispatch_begin(struct directory_connection *c);
void dispatch_done(struct directory_connection *c);

/*
 * Reads and hands out for about budget microseconds; then timeouts, timers and
 * hooks.  True when there may be more.
 */
bool dispatch_drain(struct directory_connection *c, int64_t budget);

/* What a main loop has to know: the descriptor or -1, whether it is to be polled for writing,
 * whether a drain is due at once, and ms until a timeout (-1 = none). */
struct dispatch_need {
    int fd;
    bool writing;
    bool now;
    int timeout;
};
void dispatch_ask(struct directory_connection *c, struct dispatch_need *need);

#endif
