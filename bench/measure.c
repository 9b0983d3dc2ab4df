/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * measure COMMAND [ARGUMENT...]: runs a command once and says what it cost.
 *
 * One line on descriptor 3 (`3>&1 >/dev/null' in a shell), times in milliseconds:
 *
 *   wall=123.456 cpu=98.700 rss_kib=34560 status=0
 *
 * wall is from just before the process is made to its end; cpu is user and
 * system time of the process and of everything it waited for; rss_kib the
 * largest resident size of any of them; status is the exit status, 128 and
 * more for a signal.  The process is made by posix_spawn(), so that its memory
 * is not counted from a copy of this one.  It ends with the same status.
 */
#include "config.h"

#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
cpu_ms(const struct rusage *r)
{
    return (double)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) * 1e3 +
           (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) / 1e3;
}

int
main(int argc, char **argv)
{
    struct rusage usage;
    pid_t pid;
    int status = 0;
    double before;

    if (argc < 2) {
        fputs("usage: measure COMMAND [ARGUMENT...]\n", stderr);
        return 2;
    }
    before = now_ms();
    int failed = posix_spawnp(&pid, argv[1], NULL, NULL, argv + 1, environ);
    if (failed != 0) {
        fprintf(stderr, "measure: %s: %s\n", argv[1], strerror(failed));
        return 127;
    }
    if (wait4(pid, &status, 0, &usage) != pid) {
        perror("measure: wait4");
        return 127;
    }
    status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    dprintf(3, "wall=%.3f cpu=%.3f rss_kib=%ld status=%d\n", now_ms() - before, cpu_ms(&usage),
            usage.ru_maxrss, status);
    return status;
}
