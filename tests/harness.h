/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/harness.h - what every cmocka program of this tree shares.
 *
 * A program has one group of tests: a second TAP plan in one output is an
 * error to automake.  cmocka 1.1 counts skip() as a failure under TAP, so a
 * program whose tools are missing calls harness_skip_all() before it starts
 * the group.  This file is the only one that prints a plan for C programs.
 */
#ifndef STATESYNC_TESTS_HARNESS_H
#define STATESYNC_TESTS_HARNESS_H

/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

/* Prints "1..0 # SKIP reason" and ends the program well. */
_Noreturn void harness_skip_all(const char *reason);

/*
 * Runs one group and returns what main() has to return.  `setup` and
 * `teardown` may be NULL; they run once around the whole group.
 */
int harness_run(const char *name, const struct CMUnitTest *tests, size_t n_tests,
                CMFixtureFunction setup, CMFixtureFunction teardown);

#define HARNESS_MAIN(name, tests)                                                                  \
    int main(void)                                                                                 \
    {                                                                                              \
        return harness_run((name), (tests), sizeof(tests) / sizeof((tests)[0]), NULL, NULL);       \
    }

/* Top of the source tree (read only in distcheck) and of the build tree. */
const char *harness_srcdir(void);
const char *harness_builddir(void);

/* A path below the source or the build tree.  Free with g_free(). */
char *harness_src_path(const char *relative);
char *harness_build_path(const char *relative);

/*
 * A private folder, made at the first call and removed with everything in it
 * when the program ends.  Belongs to the harness.
 */
const char *harness_tmpdir(void);

/* True where the variable is set to anything but "" and "0". */
bool harness_env_set(const char *variable);

/* How many: `quick` with STATESYNC_QUICK, `all` with STATESYNC_LONG, else `some`. */
int harness_sample(int quick, int some, int all);

/*
 * Where random numbers begin: STATESYNC_SEED; without it another place in every run with
 * STATESYNC_LONG, which looks for what nobody has seen yet, and else always the same one, so that
 * a change that fails is a change that broke something.
 */
uint32_t harness_seed(void);

/*
 * A limit of `ms` for something that has to come: what an idle machine needs amply, times what one
 * that is busy with other tests may be slower.  Waiting for what comes costs nothing.
 */
int harness_patience(int ms);

/*
 * Calls `done` until it returns true, at most harness_patience(limit_ms)
 * milliseconds long, a few milliseconds apart.  Returns what the last call
 * returned.
 */
bool harness_wait_until(bool (*done)(void *data), void *data, int limit_ms);

#endif
