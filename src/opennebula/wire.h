/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opennebula/wire.h - HTTP to one front-end: one question at a time, answers as
 * they arrive, a deadline for everything.
 *
 * A wire belongs to one thread and keeps its connection between questions.
 * Proxies of the environment are not used, redirections are not followed, no
 * compressed answer is taken.
 */
#ifndef STATESYNC_OPENNEBULA_WIRE_H
#define STATESYNC_OPENNEBULA_WIRE_H

#include "core/cleanup.h"
#include "opennebula/error.h"

#include <stddef.h>
#include <stdint.h>

struct wire_options {
    const char *endpoint;
    const char *ca_file; /* NULL: the system's */
    unsigned connect_timeout_ms;
    size_t answer_limit; /* bytes */
};

struct wire;

/* Options are copied.  NULL when libcurl cannot. */
struct wire *wire_new(const struct wire_options *options, GError **error);
void wire_free(struct wire *w); /* NULL is ignored */
DEFINE_CLEANUP(struct wire, wire_free)

enum wire_result {
    WIRE_DONE,
    WIRE_TOO_LONG, /* more than answer_limit bytes; what came first was taken */
    WIRE_FAILED,   /* with *error */
};

/* Takes some more of the answer; false, with *error, ends the transfer. */
typedef bool (*wire_take)(void *data, const char *bytes, size_t len, GError **error);

/*
 * Sends a question and waits for its answer until g_get_monotonic_time() is
 * deadline.  Answers with a status other than 200 are failures and are not
 * taken.  n_bytes, when not NULL, is set to the length of what came.
 */
enum wire_result wire_ask(struct wire *w, const char *question, gint64 deadline, wire_take take,
                          void *data, size_t *n_bytes, GError **error);

/* The question that waits, and every later one, fails at once with class closed.  Any thread. */
void wire_cancel(struct wire *w);

/* To be called before the first thread; again does no harm. */
void wire_prepare(void);

#endif
