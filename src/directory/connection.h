/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/connection.h - one authenticated connection to a directory server.
 *
 * directory_connection_open() goes through the configured URIs, connects,
 * starts TLS, binds, and hands over a handle that is ready to use.  It blocks,
 * but never longer than network_timeout for connecting, network_timeout for
 * the TLS handshake and timeout for each answer, per URI (name resolution has
 * the resolver's own limits).  LDAP_OPT_NETWORK_TIMEOUT, LDAP_OPT_TIMEOUT and
 * LDAP_OPT_CONNECT_ASYNC are always set: without the last libldap waits for
 * ever in a handshake with a frozen server.
 *
 * The handle is not thread safe and belongs to one thread at a time.  Once an
 * operation on it timed out or the server went away it is broken: close it and
 * open another.  Referrals are never followed.
 *
 * libldap writes to sockets whose other end may be gone: opening a connection
 * sets SIGPIPE to be ignored where it still has its default action.
 */
#ifndef STATESYNC_DIRECTORY_CONNECTION_H
#define STATESYNC_DIRECTORY_CONNECTION_H

#include "core/cleanup.h"
#include "directory/capability.h"
#include "directory/options.h"
#include "directory/server.h"

#include <glib.h>
#include <ldap.h>
#include <stdbool.h>
#include <stdint.h>

struct directory_connection;

/*
 * Opens a connection to the first server that lets us in.  memory, when not
 * NULL, was made from o->uris; it decides the order and learns the outcome.
 *
 * NULL and error when none does; the error is the last server's and its text
 * names all of them.  Wrong credentials end the search at once: other servers
 * hold the same password, and every try counts against lockout policies.  So
 * does a configuration that cannot work (password file, certificate files).
 */
struct directory_connection *directory_connection_open(const struct directory_options *o,
                                                       struct server_memory *memory,
                                                       GError **error);

/* Opens a connection to this server and no other. */
struct directory_connection *directory_connection_open_uri(const struct directory_options *o,
                                                           const char *uri, GError **error);

/* Says good-bye to the server and frees everything.  Who still waits for an answer on it
 * (directory/dispatch.h) is told that it is over.  NULL is ignored. */
void directory_connection_close(struct directory_connection *c);
DEFINE_CLEANUP(struct directory_connection, directory_connection_close)

/* What came from the server may wait in a buffer of the handle: who polls the descriptor has to
 * call ldap_result() until it returns nothing first. */
LDAP *directory_connection_handle(struct directory_connection *c);
/* For directory/dispatch.c. */
struct dispatch;
struct dispatch *directory_connection_dispatch(const struct directory_connection *c);

const char *directory_connection_uri(const struct directory_connection *c);
bool directory_connection_has_tls(struct directory_connection *c);

/* Limit for one answer, ms (struct directory_options.timeout). */
int directory_connection_timeout(const struct directory_connection *c);

/* What the server can do; asked for once, when it is first needed.  Blocks for one search then.
 * NULL and error when that fails. */
const struct capability *directory_connection_capability(struct directory_connection *c,
                                                         GError **error);

/* For tests and for servers that announce what does not work: overrides what was found. */
void directory_connection_set_capability(struct directory_connection *c,
                                         const struct capability *capability);

/*
 * Waits for the next message of an operation (msgid, or LDAP_RES_ANY), at most
 * until deadline.  Returns its type and the message in *message (free with
 * ldap_msgfree()); 0 when the deadline came first (error untouched); -1 and
 * error when the connection is lost.
 */
int directory_connection_result(struct directory_connection *c, int msgid, int64_t deadline,
                                LDAPMessage **message);
void directory_connection_lost(struct directory_connection *c, const char *what, GError **error);

/*
 * Waits for the single answer to an operation and takes it apart: what
 * directory_result_parse() does, and an error of class timeout or unreachable
 * when there is none.  A timed out operation is abandoned.
 */
bool directory_connection_answer(struct directory_connection *c, int msgid, int64_t deadline,
                                 LDAPControl ***controls, const char *what, GError **error);

/*
 * Sending returned rc: shall it be tried again?  True after LDAP_BUSY, which
 * libldap itself says while an earlier request waits for room in the socket
 * (the writer's, when values are large), once there is room; false for any
 * other rc, and when the deadline comes first.
 */
bool directory_connection_send_again(struct directory_connection *c, int rc, int64_t deadline);

/* Waits up to ms milliseconds until the server says something unasked, such as good-bye, or the
 * time is over.  What a program that polls an entry waits with. */
void directory_connection_pause(struct directory_connection *c, int ms);

#endif
