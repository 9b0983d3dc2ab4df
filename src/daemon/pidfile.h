/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/pidfile.h - one process per pid file.
 *
 * The lock on the file (flock) is what counts, not the number in it: a file
 * left by a process that was killed is taken over without asking whether some
 * process has that number today.
 */
#ifndef STATESYNC_DAEMON_PIDFILE_H
#define STATESYNC_DAEMON_PIDFILE_H

#include "core/cleanup.h"

#include <glib.h>

struct pidfile;

/*
 * Locks the file, made where it is missing, and writes our process id.  NULL
 * and error (G_FILE_ERROR) where another process holds it (code EXIST; the
 * text says which) or it cannot be written.  Does not block.
 */
struct pidfile *pidfile_take(const char *path, GError **error);

/* Removes the file, if it is still ours, and gives the lock back.  NULL is ignored. */
void pidfile_release(struct pidfile *p);
DEFINE_CLEANUP(struct pidfile, pidfile_release)

#endif
