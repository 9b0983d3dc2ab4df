/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/stop.h - SIGINT, SIGTERM and SIGHUP during a pass.
 *
 * As long as nothing of ours stands in the directory that others wait for, a
 * signal ends the program at once.  Between stop_defer() and stop_undefer() it
 * is only noted: the pass sends nothing more, takes the answers that are under
 * way, gives back what it holds, and ends with stop_finish().  That may take
 * STOP_LIMIT_S; after that, or at a second signal, the program ends where it is.
 *
 * In the end the signal does what it would have done without all this, so the
 * caller sees a program that died of it.  A signal that was ignored when the
 * program was started stays ignored.
 */
#ifndef STATESYNC_CLI_STOP_H
#define STATESYNC_CLI_STOP_H

#include <glib.h>
#include <stdbool.h>

enum { STOP_LIMIT_S = 5 };

/* Catches the signals from now on. */
void stop_init(void);

/* Called once, on the default main context, when a signal was noted; NULL = nobody. */
void stop_on_signal(void (*func)(void *data), void *data);

/* From now on signals are noted.  Again and again changes nothing. */
void stop_defer(void);

/* A signal ends the program at once again; also one that was noted already. */
void stop_undefer(void);

/* The signal that was noted; 0 = none. */
int stop_signal(void);

/* "SIGTERM"; "?" for one that is not caught.  Static. */
const char *stop_name(int number);

/* False with error (G_IO_ERROR_CANCELLED) when a signal was noted. */
bool stop_check(GError **error);

/* Ends the program by the signal that was noted; returns where there is none. */
void stop_finish(void);

#endif
