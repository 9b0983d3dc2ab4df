/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opennebula/error.h - what went wrong with a front-end, in the classes the
 * engine decides by and in words that say what to do.
 *
 * A GError of this room has the domain OPENNEBULA_ERROR and an enum
 * error_class as code.
 *
 *   refused  nothing listens there, host unknown or not reachable
 *   timeout  no answer within the deadline
 *   tls      certificate, CA, the handshake
 *   auth     credential file, login, missing rights, the empty pool
 *   closed   the other side hung up in the middle
 *   no-uri   the address is none of an XML-RPC interface
 *   rpc      the answer is not what XML-RPC or OpenNebula would send
 *   other    anything else: an error of the front-end itself
 */
#ifndef STATESYNC_OPENNEBULA_ERROR_H
#define STATESYNC_OPENNEBULA_ERROR_H

#include "core/words.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#define OPENNEBULA_ERROR opennebula_error_quark()
GQuark opennebula_error_quark(void);

/* Sets *error (may be NULL) and returns false.  The text becomes one line of UTF-8. */
bool opennebula_fail(GError **error, enum error_class class, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* A transfer that failed with libcurl's code; detail is its own text, may be "". */
bool opennebula_fail_transfer(GError **error, int code, const char *detail);

/* The deadline came when n_bytes of an answer had come. */
bool opennebula_fail_late(GError **error, size_t n_bytes);

/*
 * The server's certificate is refused.  verified is what libcurl's TLS library
 * (ssl_library: the beginning of its name) says was wrong with it, 0 = nothing:
 * then it is another host's.
 */
bool opennebula_fail_certificate(GError **error, const char *ssl_library, long verified,
                                 const char *detail);

/* An answer with another HTTP status than 200. */
bool opennebula_fail_status(GError **error, long status);

/* An XML-RPC fault; text is the front-end's. */
bool opennebula_fail_fault(GError **error, gint64 code, const char *text);

/* A call that was refused with one of OpenNebula's codes, 256 to 65536. */
bool opennebula_fail_code(GError **error, gint64 code, const char *text);

/* The class of an error of this room; others are "other". */
enum error_class opennebula_error_class(const GError *error);

#endif
