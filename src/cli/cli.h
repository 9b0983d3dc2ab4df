/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/cli.h - the program's commands.
 *
 * Each command gets its own arguments (argv[0] is the command's name), prints
 * results on stdout and everything else on stderr, and returns the program's
 * exit code (cli/exit.h).
 */
#ifndef STATESYNC_CLI_CLI_H
#define STATESYNC_CLI_CLI_H

#include "cli/exit.h"
#include "config/conf.h"
#include "core/mark.h"

#include <glib.h>
#include <stdbool.h>

struct command {
    const char *name;
    const char *summary; /* one line for --help */
    int (*run)(int argc, char **argv);
};

int command_sync(int argc, char **argv);
int command_show(int argc, char **argv);
int command_wait(int argc, char **argv);
int command_top(int argc, char **argv);
int command_watch(int argc, char **argv);
int command_can(int argc, char **argv);
int command_announce(int argc, char **argv);
int command_pause(int argc, char **argv);
int command_resume(int argc, char **argv);
int command_daemon(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_list(int argc, char **argv);
int command_report(int argc, char **argv);
int command_states(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_history(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_catalog(int argc, char **argv);
int command_findings(int argc, char **argv);
int command_check_config(int argc, char **argv);

/*
 * Parses the options of one command.  False when the command is over: usage
 * was wrong (*code is EXIT_USAGE, a message is printed) or --help was asked
 * for (*code is EXIT_WELL).  What is no option is left in argv.
 */
bool cli_options(int *argc, char ***argv, const char *usage, const char *summary,
                 const char *description, const GOptionEntry *entries, int *code);

/* The configuration for a command: problems are printed on stderr.  NULL and *code EXIT_USAGE
 * when it cannot be used.  path NULL means the default file. */
struct config *cli_config(const char *path, int *code);

/* An error for the person in front: "statesync: ..." on stderr. */
void cli_error(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* A line for the person in front, on stdout: cli_say() begins it with "statesync: ".  The English
 * format is a mark (po/README). */
void cli_say(const char *format, ...) G_GNUC_PRINTF(1, 2);
void cli_line(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Text that may come from anybody who writes to the directory, for a terminal: nothing that moves a
 * cursor, and at most max characters, then "...".  Free with g_free(). */
char *cli_printable(const char *text, unsigned max);

/* Is that what cli_printable() gives already, printable ASCII and short enough? */
bool cli_is_plain(const char *text, unsigned max);

/* "2026-11-26T23:16:00Z"; NULL for what is no time (negative seconds).  Free with g_free(). */
char *cli_time(gint64 seconds);

/* Somebody sits in front of stderr. */
bool cli_on_terminal(void);

/* Is stdout a terminal?  Then *width (may be NULL) is how many columns it has, 0 = not known. */
bool cli_stdout_width(unsigned *width);

/* Colours are welcome on a terminal: NO_COLOR is not set, and TERM is not "dumb". */
bool cli_wants_colour(void);

/*
 * From here on a command does nothing but print: when the reader is gone (| head), it ends quietly
 * as other programs do, unless SIGPIPE was ignored when it was started.
 */
void cli_only_prints(void);

/* True when stdout was written completely; prints an error and is false when it was not. */
bool cli_flush(void);

#endif
