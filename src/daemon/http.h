/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/http.h - metrics and health over HTTP, in a thread of its own.
 *
 *   GET /metrics   the figures (daemon/metrics.h)
 *   GET /healthz   200 while work is completed in time, else 503 and a sentence
 *   GET /readyz    200 when this body does, or could take over, the work
 *   GET /          the status board, where it is wanted (daemon/http-board.h)
 *
 * HEAD too; another path is 404, another method 405.  The thread needs nothing
 * of the main thread but the metrics' mutex, which is never held for long, so
 * it answers while a pass hangs: that is what it is asked for then.
 *
 * Bounds: HTTP_CONNECTIONS at once, HTTP_MEMORY bytes for what one client
 * sends, HTTP_TIMEOUT seconds of silence; a request with a body is refused.
 */
#ifndef STATESYNC_DAEMON_HTTP_H
#define STATESYNC_DAEMON_HTTP_H

#include "core/cleanup.h"
#include "daemon/live.h"
#include "daemon/metrics.h"

#include <glib.h>
#include <stdint.h>

enum { HTTP_CONNECTIONS = 32, HTTP_MEMORY = 16 * 1024, HTTP_TIMEOUT = 5 };

struct http;

struct http_options {
    const char *listen;      /* address:port (config/listen.h) */
    struct metrics *metrics; /* must outlive the server */
    int64_t health_limit;    /* ms without http_feed() after which we are not healthy */
    struct live *live;       /* the board's, which must outlive the server; NULL = none */
};

/* Listens, and counts as fed.  NULL and error (G_IO_ERROR) when it cannot: the
 * text says address and reason. */
struct http *http_new(const struct http_options *options, GError **error);

/* Closes all connections and waits for the thread.  NULL is ignored. */
void http_free(struct http *h);
DEFINE_CLEANUP(struct http, http_free)

/* The port that is listened on (where 0 was asked for). */
uint16_t http_port(const struct http *h);

/* The main loop has completed work.  Any thread; costs a store. */
void http_feed(struct http *h);

/* For a reload: another limit. */
void http_set_health_limit(struct http *h, int64_t ms);

/* What readiness is made of: directory, reconciled, and lease or standby. */
enum http_ready {
    HTTP_DIRECTORY = 1 << 0,  /* connected */
    HTTP_RECONCILED = 1 << 1, /* the first full pass is done */
    HTTP_LEASE = 1 << 2,      /* we may write */
    HTTP_STANDBY = 1 << 3,    /* another body may, and we wait for its end */
};
void http_set_ready(struct http *h, unsigned bits);

#endif
