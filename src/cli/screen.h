/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/screen.h - a terminal that is painted again and again, and left as it was.
 *
 * While it is open, what is painted stands on the alternate screen, without a
 * cursor, and keys come as they are pressed.  However the program ends or is
 * stopped (all signals but SIGKILL), the terminal is put back first; SIGINT,
 * SIGTERM and SIGHUP are the caller's to catch.  After SIGTSTP and SIGCONT
 * everything is painted anew, at the SIGWINCH that is raised then.
 *
 * There is one terminal, so there is one screen.
 */
#ifndef STATESYNC_CLI_SCREEN_H
#define STATESYNC_CLI_SCREEN_H

#include <glib.h>
#include <stdbool.h>

/* Is stdout a terminal that can be painted on? */
bool screen_is_possible(void);

/* Takes the terminal; false and errno where it cannot be written to. */
bool screen_open(void);

/* Gives it back; does nothing when it is not open. */
void screen_close(void);

/* At least 1 each; 80 and 24 where the terminal does not say. */
void screen_size(unsigned *width, unsigned *height);

/* Shows lines (each ended by a newline, none wider than the screen, no more than fit).  Writes nothing
 * where they stand there already.  False when they cannot be written. */
bool screen_paint(const char *lines);

/* What stands there is not known any more: the next screen_paint() writes everything. */
void screen_forget(void);

#endif
