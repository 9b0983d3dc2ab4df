/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/server.h - which of several servers to try, and when.
 *
 * Remembers failures per URI.  Pure: time is an argument, randomness too.  The
 * one-shot program starts without memory and simply goes through the list; a
 * long-running body keeps the memory across connections, so that a dead first
 * server is not asked again and again, and is returned to once it recovers.
 */
#ifndef STATESYNC_DIRECTORY_SERVER_H
#define STATESYNC_DIRECTORY_SERVER_H

#include "core/cleanup.h"

#include <glib.h>
#include <stdint.h>

enum {
    SERVER_BACKOFF_MIN = 1000,
    SERVER_BACKOFF_MAX = 60000,
    SERVER_BACKOFF_BETTER = 8000, /* of one that is to be returned to */
};

struct server_memory;

/* One slot for each URI of the NULL-terminated list, in its order. */
struct server_memory *server_memory_new(char *const *uris);
void server_memory_free(struct server_memory *m); /* NULL is ignored */
DEFINE_CLEANUP(struct server_memory, server_memory_free)

guint server_memory_count(const struct server_memory *m);
const char *server_memory_uri(const struct server_memory *m, guint index);

/*
 * Fills order (server_memory_count() places) with the indices to try: those
 * whose back-off is over, in configured order; then the others, the one that
 * may be tried soonest first, so that there is always somebody to ask.
 */
void server_memory_order(const struct server_memory *m, int64_t now, guint *order);

/* When server index may be tried again (ms, same clock as now); 0 = at once. */
int64_t server_memory_not_before(const struct server_memory *m, guint index);

/* Note an outcome.  random is any number: it spreads the back-off by a quarter either way. */
void server_memory_failed(struct server_memory *m, guint index, int64_t now, uint32_t random);
void server_memory_succeeded(struct server_memory *m, guint index);
/* It let us in, but the connection did not live: a pause of a few seconds at most. */
void server_memory_stumbled(struct server_memory *m, guint index, int64_t now, uint32_t random);

/* Another one serves us now: those before it are returned to within some seconds of their recovery,
 * however long they have been away.  One that asks costs them nothing. */
void server_memory_serves(struct server_memory *m, guint index, int64_t now, uint32_t random);

/* Wrong credentials, which all servers would refuse: the longest pause for each. */
void server_memory_refused(struct server_memory *m, int64_t now, uint32_t random);

/* Pause after the n-th failure in a row (n >= 1): doubling from SERVER_BACKOFF_MIN to
 * SERVER_BACKOFF_MAX, spread by random. */
int64_t server_backoff(unsigned n_failures, uint32_t random);

#endif
