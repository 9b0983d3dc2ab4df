/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config/problem.h - what is wrong with a configuration file, and where.
 *
 * Problems are collected, all of them, in a GPtrArray of struct config_problem
 * made by config_problems_new().
 */
#ifndef STATESYNC_CONFIG_PROBLEM_H
#define STATESYNC_CONFIG_PROBLEM_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

enum config_severity {
    CONFIG_PROBLEM_ERROR,   /* the file is not used */
    CONFIG_PROBLEM_WARNING, /* the file is used */
};

struct config_problem {
    enum config_severity severity;
    char *file;
    unsigned line; /* 0: the file as a whole, or a key that is not in it */
    char *text;    /* one line of plain English, without a full stop at its end */
};

/* An empty list that owns its problems.  Free with g_ptr_array_unref(). */
GPtrArray *config_problems_new(void);

/* Adds one; nothing happens where `problems` is NULL. */
void config_problem_add(GPtrArray *problems, enum config_severity severity, const char *file,
                        unsigned line, const char *format, ...) G_GNUC_PRINTF(5, 6);

/* How many are errors. */
guint config_problems_errors(const GPtrArray *problems);

/* "FILE:LINE: error: TEXT"; control characters are shown as \xHH.  Free with g_free(). */
char *config_problem_text(const struct config_problem *problem);

/*
 * Prints them all, by line, each on its own line, to `out`.  Returns true where
 * none is an error.
 */
bool config_check_print(GPtrArray *problems, FILE *out);

#endif
