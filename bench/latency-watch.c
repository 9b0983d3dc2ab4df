/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * latency-watch N LDAP-URI SUFFIX MACHINES PROGRAM CONFIG: how long from a change of a
 * status until `PROGRAM watch --json' prints its line.
 *
 * One after the other, a random one of the machines that gen-directory made gets another status; the
 * clock starts right before that modify.  Turn and turn about with each, the floor: until our own
 * refreshAndPersist search brings such a change.  Both listen all the time.
 *
 * The user that runs this must be the root DN by SASL EXTERNAL.  A line of key=value per series,
 * times in milliseconds.
 */
#include "config.h"

#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS "sstVirtualMachineStatus"

struct bench {
    struct watch *watch;
    LDAP *writer;
    GArray *machines; /* of struct watched */
    GPid program;
    int out;
};

static void
start_program(struct bench *b, char *program, char *config)
{
    char *argv[] = {program, (char[]){"watch"}, (char[]){"--json"}, (char[]){"-c"}, config, NULL};
    g_autoptr(GError) error = NULL;

    if (!g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                  &b->program, NULL, &b->out, NULL, &error))
        watch_die(program, error->message);
}

static void
stop_program(const struct bench *b)
{
    kill(b->program, SIGTERM);
    waitpid(b->program, NULL, 0);
}

/* Until a line has come, at most that long. */
static bool
await_line(const struct bench *b, int limit_ms)
{
    struct pollfd p = {.fd = b->out, .events = POLLIN};
    char text[4096];
    ssize_t n = 0;

    while (n == 0 || text[n - 1] != '\n') {
        if (poll(&p, 1, limit_ms) == 0)
            return false;
        n = read(b->out, text, sizeof(text));
        if (n <= 0)
            watch_die("watch", n == 0 ? "it ended" : g_strerror(errno));
    }
    return true;
}

static struct watched *
change_one(struct bench *b, GRand *rand)
{
    const gint32 i = g_rand_int_range(rand, 0, (gint32)b->machines->len);
    struct watched *m = &g_array_index(b->machines, struct watched, i);

    watch_modify(b->writer, m->dn, LDAP_MOD_REPLACE, STATUS,
                 g_strcmp0(m->status, "Running") == 0 ? "Paused" : "Running");
    return m;
}

static double
ours(void *data, GRand *rand)
{
    struct bench *b = data;
    const gint64 began = g_get_monotonic_time();

    change_one(b, rand);
    if (!await_line(b, 20000))
        watch_die("watch", "no line in 20 s");
    return (double)(g_get_monotonic_time() - began) / 1000;
}

static double
floor_of(void *data, GRand *rand)
{
    struct bench *b = data;
    const gint64 began = g_get_monotonic_time();
    const struct watched *m = change_one(b, rand);
    const gint64 seen = watch_until(b->watch, m, 0);

    if (seen < 0)
        watch_die(m->dn, "the search does not bring the change");
    if (!await_line(b, 20000)) /* not to be taken for the next one's */
        watch_die("watch", "no line in 20 s");
    return (double)(seen - began) / 1000;
}

/* It says nothing when it is ready: changes are made until one is told. */
static void
await_program(struct bench *b, GRand *rand)
{
    do {
        change_one(b, rand);
        watch_let_pass(b->watch, g_get_monotonic_time() + 1000);
    } while (!await_line(b, 100));
    while (await_line(b, 500))
        ;
}

int
main(int argc, char **argv)
{
    const int n = argc == 7 ? atoi(argv[1]) : 0;
    const int n_machines = argc == 7 ? atoi(argv[4]) : 0;
    struct bench b = {0};
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);

    if (n <= 0 || n_machines <= 0) {
        fputs("usage: latency-watch N LDAP-URI SUFFIX MACHINES PROGRAM CONFIG\n", stderr);
        return 2;
    }
    watch_program("latency-watch");
    b.watch = watch_new(argv[2], argv[3]);
    b.writer = watch_connect(argv[2]);
    b.machines = g_array_sized_new(FALSE, TRUE, sizeof(struct watched), (guint)n_machines);
    g_array_set_size(b.machines, (guint)n_machines);
    for (int i = 0; i < n_machines; i++) {
        g_autofree char *uuid = g_strdup_printf("%08x-0000-4000-8000-%012x", i, i);

        watch_add(b.watch, &g_array_index(b.machines, struct watched, i), uuid);
    }
    watch_begin(b.watch);
    start_program(&b, argv[5], argv[6]);
    await_program(&b, rand);
    watch_take_turns(b.watch, "watch", (unsigned)n, ours, floor_of, &b);
    stop_program(&b);
    return 0;
}
