/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench/watch.h - what programs share that measure how long until another
 * client of the directory sees something: a refreshAndPersist search, the entry
 * of the floor, and figures.
 *
 * Whatever fails ends the program, with a line on stderr.
 */
#ifndef STATESYNC_BENCH_WATCH_H
#define STATESYNC_BENCH_WATCH_H

#include <glib.h>
#include <ldap.h>

/* One machine's entry. */
struct watched {
    char *uuid;
    char *dn;
    char *status; /* as it was seen last; NULL = none yet */
    gint64 rest_until;
};

struct watch;

/* The name of the program, for stderr. */
void watch_program(const char *name);
G_GNUC_NORETURN void watch_die(const char *what, const char *why);

/* Bound by SASL EXTERNAL. */
LDAP *watch_connect(const char *uri);

/* Adds the floor's entry where it is missing.  Nothing is searched for yet. */
struct watch *watch_new(const char *uri, const char *suffix);

/* Fills in uuid and dn; m must stay. */
void watch_add(struct watch *w, struct watched *m, const char *uuid);

/* The statuses of all that were added are read, and from now on told. */
void watch_begin(struct watch *w);

/* Until m (NULL: the floor's entry, then with this serial) shows another status: the time then, in
 * microseconds; -1 = it has not in 20 s. */
gint64 watch_until(struct watch *w, const struct watched *m, unsigned floor_serial);

/* Looks at what comes until that time. */
void watch_let_pass(struct watch *w, gint64 until);

/* One modify, over a connection of the caller's; value NULL = none. */
void watch_modify(LDAP *ld, const char *dn, int op, const char *attribute, const char *value);
void watch_write_floor(const struct watch *w, LDAP *ld, unsigned serial);

/*
 * n times ours and then floor, which return milliseconds, up to 20 ms after one another; what comes
 * meanwhile is looked at.  Tells two series: name and "name-floor".
 */
typedef double (*watch_measure)(void *data, GRand *rand);
void watch_take_turns(struct watch *w, const char *name, unsigned n, watch_measure ours,
                      watch_measure floor, void *data);

/* A line of key=value; samples are of double, in milliseconds, and are sorted. */
void watch_tell(const char *series, GArray *samples);

#endif
