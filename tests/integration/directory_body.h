/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bodies that want the lease, on one private slapd: what the tests of
 * directory/service.h share.
 */
#ifndef STATESYNC_TESTS_DIRECTORY_BODY_H
#define STATESYNC_TESTS_DIRECTORY_BODY_H

#include "directory/service.h"
#include "integration/directory_server.h"

/* ms.  A short one is for tests in which it has to be over; its holder must not be held up for half
 * of that time. */
enum { LEASE = 30000, SHORT_LEASE = 1800 };

extern struct server *server;
extern char *dn; /* of the service entry, which is there */

struct body {
    struct directory_connection *connection;
    struct service *service;
};

struct body body_new(void);
void body_clear(struct body *b);
#define BODY __attribute__((cleanup(body_clear))) struct body

/* Fails the test with the error's text. */
void assert_done(bool done, GError **error);

void take(struct body *b);
void release(struct body *b);

/* Group fixtures: start the server. */
int body_setup(void **state);
int body_teardown(void **state);

#endif
