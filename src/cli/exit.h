/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/exit.h - exit codes.  Several may apply to one run; the first of
 * EXIT_PRECEDENCE that does is the program's, --json names them all.
 */
#ifndef STATESYNC_CLI_EXIT_H
#define STATESYNC_CLI_EXIT_H

/* X(ENUM, number, word) in order of precedence */
#define EXIT_LIST(X)                                                                               \
    X(EXIT_USAGE, 2, "usage")           /* usage or configuration */                               \
    X(EXIT_DIRECTORY, 5, "directory")   /* the directory cannot be used */                         \
    X(EXIT_FAILED, 1, "failed")         /* the pass was aborted or something of ours failed */     \
    X(EXIT_BUDGET, 4, "budget")         /* statuses are held by the negative budget */             \
    X(EXIT_REFUSED, 6, "refused")       /* some writes were refused */                             \
    X(EXIT_STALE, 3, "stale")           /* something is stale or a node did not answer */

#define EXIT_MEMBER(id, number, word) id = (number),
enum exit_code { EXIT_WELL = 0, EXIT_LIST(EXIT_MEMBER) };
#undef EXIT_MEMBER

/* Sets of codes are bits 1 << enum exit_code. */
#define EXIT_BIT(code) (1u << (code))

/* The code to leave with. */
int exit_of(unsigned set);

/* The word of a code ("stale"); "ok" for EXIT_WELL.  Static. */
const char *exit_word(enum exit_code code);

/* The codes of a set in order of precedence; n_out is filled with at most 6 numbers. */
unsigned exit_each(unsigned set, enum exit_code out[6]);

#endif
