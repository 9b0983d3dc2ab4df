/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/source.h - one connection on a GLib main loop.
 *
 * The source does all the reading on the connection: whatever was sent by the
 * watch, the writer, the asynchronous functions of service.h and reread.h is
 * handed to whoever sent it, and their timeouts and timers run here, too
 * (directory/dispatch.h).  No blocking function may be used on a connection
 * that has a source, but for writer_send() while writer_has_room().
 *
 * It knows what descriptors alone do not tell: that libldap or TLS have more
 * in their buffers, and that a request is half written.  It never holds the
 * loop for more than a few milliseconds, but for what takers do with a single
 * message: when there is more, other sources get their turn first.
 */
#ifndef STATESYNC_DIRECTORY_SOURCE_H
#define STATESYNC_DIRECTORY_SOURCE_H

#include "directory/connection.h"

#include <glib.h>

/*
 * Called after each round of reading: answers may have made room for more.
 * lost is NULL, or says why the connection has come to its end: all takers
 * have been told, it is the last call, and the source removes itself.  The
 * function may close the connection; while the source is attached it has to
 * destroy the source as well.
 */
typedef void (*directory_ready_func)(struct directory_connection *c, const GError *lost,
                                     void *data);

/* func may be NULL.  The connection must live until the source is destroyed.  Attach it with
 * g_source_attach(); free with g_source_destroy() and g_source_unref(). */
GSource *directory_source_new(struct directory_connection *c, directory_ready_func func,
                              void *data);

/* For programs without a main loop (and tests): waits up to ms for something to happen on the
 * connection and handles it, as the source does.  False when the connection is lost. */
bool directory_source_wait(struct directory_connection *c, int ms);

#endif
