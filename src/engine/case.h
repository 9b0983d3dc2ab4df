/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/case.h - case files: recorded passes with their expectations.
 *
 * A case drives the engine through steps with explicit times; it is how
 * conformance, incidents and "what would you decide if" are told to the
 * program.  The format is described in docs/cases.md.
 */
#ifndef STATESYNC_ENGINE_CASE_H
#define STATESYNC_ENGINE_CASE_H

#include "core/cleanup.h"
#include "engine/engine.h"

#include <json-glib/json-glib.h>

struct case_file; /* parsed and checked */
struct case_directory;

/* One pass of a running case. */
struct case_step {
    struct engine_output *output;
    struct engine *engine;
    gint64 at; /* milliseconds */
    guint number; /* from 0 */
    JsonObject *expect;      /* NULL = none */
    JsonObject *expect_pass; /* NULL = none */
    struct case_directory *directory; /* after this step's modifies */
};

#define CASE_ERROR (case_error_quark())
GQuark case_error_quark(void);
enum case_error { CASE_ERROR_SYNTAX, CASE_ERROR_FORMAT };

/* Reads and checks a case; unknown keys and wrong types are errors that name the place.  size is
 * bounded by the caller. */
struct case_file *case_parse(const char *data, gsize size, GError **error);
void case_free(struct case_file *c); /* NULL is ignored */
DEFINE_CLEANUP(struct case_file, case_free)

const char *case_id(const struct case_file *c);    /* "" when missing */
const char *case_title(const struct case_file *c); /* "" when missing */

/* The languages the case's pass published in, NULL-terminated, and how it translates: without, what
 * is published in them stays.  The list is not copied. */
const char *const *case_languages(const struct case_file *c);
void case_set_languages(struct case_file *c, const struct engine_language *languages, unsigned n);

/* Runs all steps; visit() is called after each and may keep nothing. */
void case_run(struct case_file *c, void (*visit)(const struct case_step *step, void *data),
              void *data);

/*
 * The same as the daemon does it: after a first pass only what changed is told,
 * the nodes answer in an order drawn from rand, and an update follows.  The
 * output holds a verdict of everybody all the same: of those the update did not
 * judge, that of another update right behind it.  Where that would write, it is
 * an error: a line of missed (array of char *, freed by the caller) each.
 */
void case_run_flow(struct case_file *c, GRand *rand,
                   void (*visit)(const struct case_step *step, void *data), void *data,
                   GPtrArray *missed);

/*
 * Compares a step with its expectations: one line per difference, appended
 * to failures (array of char *, freed by the caller).
 */
void case_check(const struct case_step *step, GPtrArray *failures);

#endif
