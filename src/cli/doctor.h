/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/doctor.h - what the parts of statesync doctor share: what was found, and how it is told.
 *
 * Each part looks at one thing after the other and says what it found, also where something before
 * was wrong.  What is wrong comes with the command that mends it, or that shows more.
 */
#ifndef STATESYNC_CLI_DOCTOR_H
#define STATESYNC_CLI_DOCTOR_H

#include "cli/certificate.h"
#include "cli/exit.h"
#include "config/conf.h"
#include "core/mark.h"
#include "directory/connection.h"
#include "directory/options.h"

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

/* X(ENUM, word) */
#define DOCTOR_RESULT_LIST(X)                                                                      \
    X(DOCTOR_OK, N_("ok"))           /* as it should be */                                             \
    X(DOCTOR_NOTE, N_("note"))       /* worth to know; nothing to do */                                \
    X(DOCTOR_UNKNOWN, N_("unknown")) /* could not be looked at */                                      \
    X(DOCTOR_WARNING, N_("warning")) /* works, but not as well as it could, or not for long */         \
    X(DOCTOR_WRONG, N_("wrong"))     /* does not work */

#define DOCTOR_RESULT_ENUM(id, word) id,
enum doctor_result { DOCTOR_RESULT_LIST(DOCTOR_RESULT_ENUM) DOCTOR_RESULT_COUNT };
#undef DOCTOR_RESULT_ENUM

struct doctor {
    const char *path;              /* of the configuration */
    struct config *config;
    struct directory_options *where;
    bool json, quiet;
    unsigned codes;                /* EXIT_BIT()s of what is wrong */
    unsigned n[DOCTOR_RESULT_COUNT];
    JsonBuilder *checks;           /* the array that is being built */
    const char *area;              /* what is looked at: "directory" */
    char *subject;                 /* which of them: its URI or name */
    bool headed;                   /* its line was printed */
    GPtrArray *entries;            /* of the directory; NULL = it could not be read */
};

/* What the checks that follow are about.  area is static; subject is copied. */
void doctor_turn_to(struct doctor *d, const char *area, const char *subject);

/* Says what a check found.  check is one word for --json, static. */
void doctor_say(struct doctor *d, enum doctor_result result, const char *check, const char *format,
                ...) G_GNUC_PRINTF(4, 5);

/* The same of what is to be mended, by the command `mend` (NULL = there is none).  code is that
 * of DOCTOR_WRONG. */
void doctor_blame(struct doctor *d, enum doctor_result result, enum exit_code code,
                  const char *check, const char *mend, const char *format, ...)
    G_GNUC_PRINTF(6, 7);

/* Says until when a certificate holds.  whose: "the server's certificate"; mend: what shows it. */
void doctor_certificate(struct doctor *d, enum exit_code code, const char *whose, const char *mend,
                        const struct certificate *c);
/* That of a file; nothing where path is NULL. */
void doctor_certificate_file(struct doctor *d, enum exit_code code, const char *whose,
                             const char *path);

/* The parts, in this order. */
void doctor_configuration(struct doctor *d);
void doctor_directories(struct doctor *d);
void doctor_nodes(struct doctor *d);
void doctor_frontends(struct doctor *d);

/* Of one server, to which c is open (doctor-rights.c): the service entry, rights, the clock.
 * vm and node: DNs to try on; NULL = there is none. */
void doctor_rights(struct doctor *d, struct directory_connection *c, const char *vm,
                   const char *node);

/* What to think of a clock that is so many microseconds ahead, give or take margin.  Pure. */
enum doctor_result doctor_skew(gint64 ahead, gint64 margin);

/* How the owner of a slapd changes its configuration: "ldapmodify ... <<END\n...\nEND".  The text
 * goes between; free with g_free(). */
char *doctor_ldapmodify(const char *ldif);

/* A text as one word of a shell command.  Free with g_free(). */
char *doctor_quote(const char *text);

#endif
