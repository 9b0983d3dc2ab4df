/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/integration/one_server.h - an OpenNebula front-end on loopback: it
 * speaks XML-RPC over HTTP as the recorded one did, holds VMs given to it, and
 * misbehaves on demand.  Its thread is libmicrohttpd's.
 */
#ifndef STATESYNC_TESTS_ONE_SERVER_H
#define STATESYNC_TESTS_ONE_SERVER_H

#include "core/cleanup.h"

#include <glib.h>

struct one_server;

/* Empty, and every session is accepted. */
struct one_server *one_server_new(void);
struct one_server *one_server_new_at(guint16 port); /* 0: a free one */
/* https:// with a certificate and its key, as PEM; NULL where libmicrohttpd has no TLS. */
struct one_server *one_server_new_tls(const char *certificate, const char *key);
void one_server_free(struct one_server *s); /* NULL is ignored */
DEFINE_CLEANUP(struct one_server, one_server_free)

/* http://127.0.0.1:PORT/RPC2, or https:// */
const char *one_server_endpoint(const struct one_server *s);

/* Adds or replaces a VM: in the pool with the pool's text, by one.vm.info with all (NULL = the
 * same).  Pools are sent newest first. */
void one_server_put(struct one_server *s, gint64 id, const char *pool, const char *all);

/* The VM is DONE: only one.vmpool.infoset still has it. */
void one_server_put_done(struct one_server *s, gint64 id, const char *text);

void one_server_remove(struct one_server *s, gint64 id);

/* "user:token": another session is refused as a real one refuses it.  NULL: none is. */
void one_server_session(struct one_server *s, const char *session);

enum one_fault {
    ONE_FAULT_NONE,
    ONE_FAULT_STATUS,    /* HTTP status */
    ONE_FAULT_CODE,      /* false, text, code */
    ONE_FAULT_RPC,       /* an XML-RPC fault */
    ONE_FAULT_BODY,      /* text as body */
    ONE_FAULT_CUT,       /* announces more than it sends */
    ONE_FAULT_SILENT,    /* takes the question and never answers */
    ONE_FAULT_ENDLESS,   /* text again and again, without end */
    ONE_FAULT_CHUNKED,   /* no fault: the length is not told, the answer comes in chunks */
    ONE_FAULT_TRICKLE,   /* the answer, a byte every so many ms */
    ONE_FAULT_DEAF,      /* does not care for ranges */
    ONE_FAULT_ECHO,      /* a failure that repeats the session string */
};

/* From the n-th (0 = first) call of method (NULL = any) from now on.  One fault at a time. */
void one_server_fault(struct one_server *s, enum one_fault fault, const char *method, guint n,
                      int value, const char *text);

/* How many questions came, and the longest answer that was made. */
guint one_server_calls(struct one_server *s, const char *method);
gsize one_server_longest(struct one_server *s);

#endif
