/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/notify.h - tells the service manager how we are.
 *
 * systemd's notification protocol (sd_notify(3)): assignments in one datagram
 * to the socket NOTIFY_SOCKET names.  Its manual invites programs to speak it
 * themselves; we do, so that a build without libsystemd runs as Type=notify
 * too.  Without that variable everything here does nothing.
 *
 * Single-threaded.  A send waits at most NOTIFY_SEND_LIMIT ms for a manager
 * that does not read.
 */
#ifndef STATESYNC_DAEMON_NOTIFY_H
#define STATESYNC_DAEMON_NOTIFY_H

#include "core/cleanup.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { NOTIFY_SEND_LIMIT = 1000 };

struct notify;

/*
 * Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and takes them out of
 * the environment: they are not for what we may start.  Never NULL.  Where the
 * socket cannot be used, *problem (may be NULL; free with g_free()) says why,
 * and nothing is sent; else it becomes NULL.
 */
struct notify *notify_new(char **problem);
void notify_free(struct notify *n); /* NULL is ignored */
DEFINE_CLEANUP(struct notify, notify_free)

/* True where somebody listens. */
bool notify_active(const struct notify *n);

/*
 * How often notify_watchdog() has to be called, ms: a third of the time after
 * which the manager takes us for dead.  0: no watchdog.  The caller feeds it
 * when work was completed, not by a timer alone.
 */
int64_t notify_watchdog_interval(const struct notify *n);

/* Each returns false when the message was not taken.  status: one line for "systemctl status";
 * control characters become blanks. */
bool notify_ready(struct notify *n, const char *status);  /* started, or reloaded */
bool notify_status(struct notify *n, const char *status); /* sent only when it differs */
bool notify_watchdog(struct notify *n);
bool notify_reloading(struct notify *n); /* end with notify_ready() */
bool notify_stopping(struct notify *n, const char *status);

#endif
