/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/daemon.h - the body that keeps running: statuses that follow reality.
 *
 * Hypervisor events, directory changes and timers feed one engine; what a
 * one-shot pass does once, this does all the time.  docs/architecture.md shows
 * how the parts of this room fit together.
 */
#ifndef STATESYNC_DAEMON_DAEMON_H
#define STATESYNC_DAEMON_DAEMON_H

#include "config/conf.h"

#include <stdbool.h>

struct daemon_options {
    const char *config_path; /* NULL = the default one */
    const char *state_file;  /* NULL = as configured */
};

/* SIGHUP and SIGUSR1 ask for what a start does anyway: until daemon_run() listens to them they must
 * not end the program.  To be called first. */
void daemon_ignore_hints(void);

/*
 * Runs until SIGTERM or SIGINT, on the default main context, and takes the
 * configuration over.  SIGHUP loads it anew, SIGUSR1 reads everything anew.
 * False and error when it could not start (pid file, metrics address); once it
 * runs, trouble with directory or nodes is logged and outlived.
 */
bool daemon_run(const struct daemon_options *options, struct config *config, GError **error);

#endif
