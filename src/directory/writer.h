/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/writer.h - many modifies in flight on one connection.
 *
 * Each change is one modify, sent on the condition that the entry still has
 * the entryCSN it was read with (assertion, RFC 4528); the answer brings the
 * new entryCSN (post-read, RFC 4527).  Where the server has no assertions, the
 * entryCSN is read right before each modify; a change that comes in between
 * those two is overwritten then.
 *
 * Every change that is passed to writer_send() is reported exactly once, in
 * any order.  Nothing is ever sent twice: an answer that did not come means
 * that nobody knows what happened; read the entry and decide again.
 *
 * What a failed assertion needs (directory/read.h does the reading):
 *
 *   report: class DIRECTORY_ASSERTED -> put the change aside
 *   when the writer is idle: directory_reread(), decide, writer_send() again,
 *   and give up after WRITER_ATTEMPTS.
 */
#ifndef STATESYNC_DIRECTORY_WRITER_H
#define STATESYNC_DIRECTORY_WRITER_H

#include "core/cleanup.h"
#include "directory/connection.h"
#include "directory/result.h"
#include "engine/change.h"

#include <glib.h>
#include <stdbool.h>

enum {
    WRITER_WINDOW_MAX = 500, /* half of what slapd queues for one connection by default */
    WRITER_ATTEMPTS = 5,     /* how often one entry is decided anew within a pass */
};

struct writer;

struct writer_result {
    struct change *change;       /* as passed to writer_send() */
    enum directory_class class;  /* DIRECTORY_SUCCESS: it is done */
    const GError *error;         /* NULL on success */
    const char *csn;             /* the entry's new entryCSN; NULL = not known, read it again */
};

/* Reports one result; everything in it is valid during the call only.  Must not call the writer. */
typedef void (*writer_result_func)(const struct writer_result *result, void *data);

/* May something be sent now?  Asked right before each modify leaves; see writer_set_gate(). */
typedef bool (*writer_gate_func)(void *data);

/*
 * window: how many modifies may be unanswered, 1 to WRITER_WINDOW_MAX (cut to
 * that).  The connection stays the caller's and must outlive the writer; other
 * operations on it are allowed: those that wait for their own answers, and
 * those that are dispatched (directory/dispatch.h).  NULL and error when the capabilities of
 * the server cannot be read.
 */
struct writer *writer_new(struct directory_connection *c, int window, writer_result_func func,
                          void *data, GError **error);

/* What is still unanswered is abandoned without a report.  NULL is ignored. */
void writer_free(struct writer *w);
DEFINE_CLEANUP(struct writer, writer_free)

/* From now on each modify is sent only if func says so; else it is reported as
 * DIRECTORY_NO_LEASE.  For the lease: directory/service.h. */
void writer_set_gate(struct writer *w, writer_gate_func func, void *data);

/*
 * Sends a change, or queues it.  The change stays the caller's and must live,
 * unchanged, until it is reported.  Blocks while the window is full, at most
 * for the connection's timeout.  False when the connection is lost: this
 * change and all unanswered ones have been reported so.
 */
bool writer_send(struct writer *w, struct change *change);

/* Handles what has arrived; when nothing has, waits up to ms milliseconds.  Returns how many
 * changes are unanswered then. */
unsigned writer_pump(struct writer *w, int ms);

/* Waits until everything is answered.  False and error when the connection was lost at any time
 * since writer_new(); then all has been reported as well. */
bool writer_finish(struct writer *w, GError **error);

unsigned writer_unanswered(const struct writer *w);

/*
 * On a connection with a source (directory/source.h) the answers are taken
 * there, and reported from there, timeouts included: use writer_send() while
 * there is room, and neither writer_pump() nor writer_finish().  After an
 * operation timed out the connection is given up, as the source tells.  When
 * the connection is lost everything unanswered is reported before the watch
 * says lost().
 */

/* writer_send() will not block. */
bool writer_has_room(const struct writer *w);

/* Sends what had no room in the socket; the source does that, too. */
void writer_handle(struct writer *w);

/* When the first unanswered change times out (ms, g_get_monotonic_time() / 1000); G_MAXINT64 =
 * none.  The source keeps it. */
int64_t writer_deadline(const struct writer *w);

#endif
