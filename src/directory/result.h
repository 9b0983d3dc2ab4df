/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/result.h - what an LDAP result means to the rest of the program.
 *
 * libldap and servers speak in result codes (RFC 4511 appendix A, and negative
 * numbers for libldap's own).  Every code has a class here, and every class a
 * remedy; who gets an error decides by these, never by its text.
 *
 * Errors of this room are GErrors of DIRECTORY_ERROR.  Their code is the LDAP
 * result code, or one of enum directory_code; the message is a sentence for
 * people which holds all that is known; the server's diagnostic text and the
 * matched DN can be asked for on their own.
 */
#ifndef STATESYNC_DIRECTORY_RESULT_H
#define STATESYNC_DIRECTORY_RESULT_H

#include <glib.h>
#include <ldap.h>
#include <stdbool.h>

/* What to do about a result. */
enum directory_remedy {
    DIRECTORY_DONE,      /* it is a success */
    DIRECTORY_RETRY,     /* the same may succeed later, or after reading again */
    DIRECTORY_PERMANENT, /* it will not succeed until somebody changes something */
    DIRECTORY_GONE,      /* the object is not there */
    DIRECTORY_BUG,       /* the request was wrong: ours to repair */
};

/* X(class, word, remedy) */
#define DIRECTORY_CLASS_LIST(X)                                                                    \
    X(DIRECTORY_SUCCESS, "success", DIRECTORY_DONE)                                                \
    X(DIRECTORY_ASSERTED, "changed meanwhile", DIRECTORY_RETRY) /* RFC 4528 assertion failed */    \
    X(DIRECTORY_BUSY, "busy", DIRECTORY_RETRY)                                                     \
    X(DIRECTORY_UNAVAILABLE, "unavailable", DIRECTORY_RETRY) /* answered, but does not serve */    \
    X(DIRECTORY_UNREACHABLE, "unreachable", DIRECTORY_RETRY) /* no connection, or it broke */      \
    X(DIRECTORY_TIMEOUT, "timeout", DIRECTORY_RETRY)         /* no answer within our own limit */  \
    X(DIRECTORY_TIME_LIMIT, "time limit", DIRECTORY_RETRY)   /* the server's limit */              \
    X(DIRECTORY_SIZE_LIMIT, "size limit", DIRECTORY_PERMANENT)                                     \
    X(DIRECTORY_REFERRAL, "referral", DIRECTORY_PERMANENT)                                         \
    X(DIRECTORY_ABSENT, "no such entry", DIRECTORY_GONE)                                           \
    X(DIRECTORY_NO_VALUE, "no such value", DIRECTORY_GONE)                                         \
    X(DIRECTORY_EXISTS, "exists already", DIRECTORY_PERMANENT)                                     \
    X(DIRECTORY_DENIED, "denied", DIRECTORY_PERMANENT)                                             \
    X(DIRECTORY_CREDENTIALS, "credentials", DIRECTORY_PERMANENT)                                   \
    X(DIRECTORY_SCHEMA, "schema", DIRECTORY_PERMANENT)                                             \
    X(DIRECTORY_VALUE, "value refused", DIRECTORY_PERMANENT)                                       \
    X(DIRECTORY_TLS, "tls", DIRECTORY_PERMANENT)                                                   \
    X(DIRECTORY_UNSUPPORTED, "unsupported", DIRECTORY_PERMANENT)                                   \
    X(DIRECTORY_SETUP, "setup", DIRECTORY_PERMANENT)           /* our own configuration */         \
    X(DIRECTORY_NO_LEASE, "lease not held", DIRECTORY_RETRY)   /* held back by ourselves */        \
    X(DIRECTORY_MALFORMED, "malformed answer", DIRECTORY_RETRY) /* cannot be decoded */            \
    X(DIRECTORY_MISTAKE, "wrong request", DIRECTORY_BUG)                                           \
    X(DIRECTORY_OTHER, "other", DIRECTORY_PERMANENT)

#define DIRECTORY_CLASS_ENUM(id, word, remedy) id,
enum directory_class { DIRECTORY_CLASS_LIST(DIRECTORY_CLASS_ENUM) DIRECTORY_CLASS_COUNT };
#undef DIRECTORY_CLASS_ENUM

/* Codes of our own, outside the range of LDAP's. */
enum directory_code {
    DIRECTORY_CODE_SETUP = 100000, /* configuration: password file, URI, certificate file */
    DIRECTORY_CODE_NO_SCHEMA,      /* the server does not know our schema */
    DIRECTORY_CODE_TLS,            /* TLS could not be agreed on */
    DIRECTORY_CODE_NO_LEASE,       /* held back because the lease is not ours (any more) */
    DIRECTORY_CODE_LEASE_HELD,     /* somebody else holds the lease */
    DIRECTORY_CODE_MALFORMED,      /* an answer that cannot be decoded */
};

/* The class of a result code; codes nobody listed are DIRECTORY_OTHER. */
enum directory_class directory_class_of(int code);

/* One or two words for people and logs.  Static, never NULL. */
const char *directory_class_name(enum directory_class class);

enum directory_remedy directory_class_remedy(enum directory_class class);

#define DIRECTORY_ERROR (directory_error_quark())
GQuark directory_error_quark(void);

/* Class of an error; DIRECTORY_SUCCESS for NULL, DIRECTORY_OTHER for errors of other domains. */
enum directory_class directory_error_class(const GError *error);

/* The server's own text and the deepest existing DN it named, or NULL.  Owned by the error; NULL
 * for errors of other domains. */
const char *directory_error_diagnostic(const GError *error);
const char *directory_error_matched(const GError *error);

/*
 * Makes an error: "<what>: <text of code>: <diagnostic> (the entry that exists is <matched>)".
 * diagnostic and matched may be NULL or "".  error may be NULL as in GLib.
 */
void directory_error_set(GError **error, int code, const char *diagnostic, const char *matched,
                         const char *what, ...) G_GNUC_PRINTF(5, 6);

/* The same with code, diagnostic and matched DN of the last failure on this handle. */
void directory_error_set_from(GError **error, LDAP *ld, int code, const char *what, ...)
    G_GNUC_PRINTF(4, 5);

/*
 * Takes a result message apart and frees it.  True when the result code is
 * success; else false with error set ("<what>: ...").  controls, when not
 * NULL, receives the response controls in both cases (NULL = none; free with
 * ldap_controls_free()).
 */
bool directory_result_parse(LDAP *ld, LDAPMessage *message, LDAPControl ***controls,
                            const char *what, GError **error);

#endif
