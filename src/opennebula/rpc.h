/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opennebula/rpc.h - one XML-RPC call as OpenNebula means it: the question as
 * text, the answer as it arrives.
 *
 * Every answer is an array: true, a string (or a number), a code; or false, a
 * text, a code and more, some of it as <i8>, which XML-RPC does not have.  The
 * string of a good answer is a document of any length and is handed on piece
 * by piece; it is never held as a whole.
 */
#ifndef STATESYNC_OPENNEBULA_RPC_H
#define STATESYNC_OPENNEBULA_RPC_H

#include "opennebula/walk.h"

enum rpc_kind { RPC_INT, RPC_BOOL, RPC_STRING };

struct rpc_param {
    enum rpc_kind kind;
    gint64 number;    /* RPC_INT, RPC_BOOL */
    const char *text; /* RPC_STRING */
};

/* The question, with the session ("user:token") as first parameter: secret, to be wiped.  Free
 * with rpc_wipe(). */
char *rpc_question(const char *method, const char *session, const struct rpc_param *params,
                   size_t n_params);
void rpc_wipe(char *question); /* overwrites, then frees; NULL is ignored */

/* Takes some more of the string of a good answer. */
typedef bool (*rpc_take)(void *data, const char *text, size_t len, GError **error);

struct rpc_answer;

/* An answer whose string goes to take(data, ...). */
struct rpc_answer *rpc_answer_new(rpc_take take, void *data);
void rpc_answer_free(struct rpc_answer *a); /* NULL is ignored */
DEFINE_CLEANUP(struct rpc_answer, rpc_answer_free)

bool rpc_answer_push(struct rpc_answer *a, const char *bytes, size_t len, GError **error);

/* Was it refused for what the string of a good answer holds? */
bool rpc_answer_is_spoiled(const struct rpc_answer *a);

/* At its end: true when the call succeeded.  Else the fault, the code, or what is wrong with it. */
bool rpc_answer_end(struct rpc_answer *a, GError **error);

#endif
