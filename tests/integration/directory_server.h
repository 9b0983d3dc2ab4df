/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A private slapd for the tests of src/directory, started by tests/lib/slapd.sh.
 *
 * Servers are ended when the test program ends, however it does (but for a
 * crash of the program itself).  Environment needed: that of make check.
 */
#ifndef STATESYNC_TESTS_DIRECTORY_SERVER_H
#define STATESYNC_TESTS_DIRECTORY_SERVER_H

#include "directory/connection.h"
#include "directory/options.h"

#include <glib.h>
#include <sys/types.h>

struct server {
    char *dir;
    pid_t pid;
    char *ldapi, *ldap, *ldaps;
    char *root_dn, *root_password_file;
    char *ca, *cert, *key;
    int port;
};

/* Ends the program with a TAP skip when there is no slapd here. */
void server_require(void);

/* Starts a server with options of slapd_start (NULL-terminated).  Never NULL: fails the program. */
struct server *server_start(const char *const *options);

/* Two servers that replicate each other (server ids 1 and 2), both with these options;
 * the LDIF is loaded into the first only. */
void server_start_pair(const char *const *options, struct server *pair[2]);

/* Ends it in good order; and starts it again on the same ports with what is in its database. */
void server_down(struct server *s);
void server_up(struct server *s);

/* While it is down: puts a copy of its database away, and back. */
void server_save(struct server *s);
void server_put_back(struct server *s);

/* SIGSTOP (returns when all of it has stopped) or SIGCONT. */
void server_signal(struct server *s, int number);

/* Kills it at once and returns when it is dead; server_stop() also forgets it. */
void server_kill(struct server *s);
void server_stop(struct server *s);

/* Options for this server: ldapi, bound as the root DN by password; lease 2 s, timeouts 2 s. */
struct directory_options *server_options(const struct server *s);

/* A connection as the root DN; fails the test when there is none. */
struct directory_connection *server_connect(const struct server *s);

/* Feeds LDIF change records to ldapmodify as the root DN; fails the test when that fails. */
void server_modify(const struct server *s, const char *ldif);

/* First value of an attribute, read by ldapsearch as the root DN; NULL when absent.  g_free(). */
char *server_value(const struct server *s, const char *dn, const char *attribute);

/* Writes LDIF for n VMs (numbers 1 to n) with their parents and returns its path.  g_free(). */
char *server_world(int n);
char *server_vm_dn(int number);

extern const char server_base[];

#endif
