/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many modifies at once and what becomes of them: what the tests of
 * directory/writer.h share.
 */
#ifndef STATESYNC_TESTS_DIRECTORY_WRITES_H
#define STATESYNC_TESTS_DIRECTORY_WRITES_H

#include "directory/result.h"
#include "directory/writer.h"
#include "integration/directory_server.h"

/* What was reported, and how often each class. */
struct tally {
    guint n[DIRECTORY_CLASS_COUNT];
    guint n_all;
    GHashTable *seen; /* changes, to notice one that is reported twice */
    char *last_error;
    char *last_csn;
    guint n_csns;
    guint kill_at; /* kill the server at this report; 0 = never */
    struct server *server;
};

/* A writer_result_func whose data is a struct tally: counts, and checks each result. */
void count(const struct writer_result *result, void *tally);
void tally_clear(struct tally *t);

/* A server with a world of n VMs (server_world()). */
struct server *start_world(int n);

/* One change for each VM that was read: a reason text of this size. */
GPtrArray *changes_for_all(struct directory_connection *c, const struct directory_options *o,
                           size_t size);
void send_all(struct writer *w, GPtrArray *changes);

/* An empty change of the entry as it is now. */
struct change *fresh_change(struct directory_connection *c, const char *dn);

/* Sends one change and expects this class, and these words in the error (NULL = any). */
void assert_one(struct directory_connection *c, struct change *change, enum directory_class class,
                const char *words);

#endif
