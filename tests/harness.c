/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "harness.h"

#include <ftw.h>
#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *tmpdir;
static pid_t tmpdir_owner;

_Noreturn void
harness_skip_all(const char *reason)
{
    printf("1..0 # SKIP %s\n", reason);
    fflush(stdout);
    exit(EXIT_SUCCESS);
}

int
harness_run(const char *name, const struct CMUnitTest *tests, size_t n_tests,
            CMFixtureFunction setup, CMFixtureFunction teardown)
{
    return _cmocka_run_group_tests(name, tests, n_tests, setup, teardown) == 0 ? EXIT_SUCCESS
                                                                               : EXIT_FAILURE;
}

const char *
harness_srcdir(void)
{
    const char *dir = g_getenv("STATESYNC_SRCDIR");

    return dir != NULL ? dir : ".";
}

const char *
harness_builddir(void)
{
    const char *dir = g_getenv("STATESYNC_BUILDDIR");

    return dir != NULL ? dir : ".";
}

char *
harness_src_path(const char *relative)
{
    return g_build_filename(harness_srcdir(), relative, NULL);
}

char *
harness_build_path(const char *relative)
{
    return g_build_filename(harness_builddir(), relative, NULL);
}

static int
remove_one(const char *path, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)info;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static void
remove_tmpdir(void)
{
    /* A forked child that ends must not take its parent's folder away. */
    if (tmpdir != NULL && getpid() == tmpdir_owner) {
        nftw(tmpdir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        g_clear_pointer(&tmpdir, g_free);
    }
}

const char *
harness_tmpdir(void)
{
    if (tmpdir == NULL) {
        tmpdir = g_build_filename(g_get_tmp_dir(), "statesync-test.XXXXXX", NULL);
        if (g_mkdtemp(tmpdir) == NULL) {
            fprintf(stderr, "Bail out! cannot make %s\n", tmpdir);
            exit(99);
        }
        tmpdir_owner = getpid();
        atexit(remove_tmpdir);
    }
    return tmpdir;
}

bool
harness_env_set(const char *variable)
{
    const char *value = g_getenv(variable);

    return value != NULL && *value != '\0' && strcmp(value, "0") != 0;
}

int
harness_sample(int quick, int some, int all)
{
    if (harness_env_set("STATESYNC_QUICK"))
        return quick;
    return harness_env_set("STATESYNC_LONG") ? all : some;
}

uint32_t
harness_seed(void)
{
    const char *text = g_getenv("STATESYNC_SEED");

    if (text != NULL)
        return (guint32)g_ascii_strtoull(text, NULL, 10);
    return harness_env_set("STATESYNC_LONG") ? (guint32)g_get_real_time() : 1;
}

int
harness_patience(int ms)
{
    return 6 * ms;
}

bool
harness_wait_until(bool (*done)(void *data), void *data, int limit_ms)
{
    gint64 end_us = g_get_monotonic_time() + (gint64)harness_patience(limit_ms) * 1000;

    while (!done(data)) {
        if (g_get_monotonic_time() >= end_us)
            return done(data);
        poll(NULL, 0, 5);
    }
    return true;
}
