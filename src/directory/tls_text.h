/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/tls_text.h - why a TLS handshake failed, in words.
 *
 * libldap reports most TLS failures as "Connect error" and tells the reason
 * only to its debug log.  Between begin and end that log is caught instead of
 * printed.  The log is one per process; each thread gets what it caused itself.
 */
#ifndef STATESYNC_DIRECTORY_TLS_TEXT_H
#define STATESYNC_DIRECTORY_TLS_TEXT_H

#include <ldap.h>

/* Starts catching. */
void tls_text_begin(void);

/* Stops, and puts libldap's log back as it was. */
void tls_text_end(void);

/*
 * The reason: what was caught since tls_text_begin(), else the diagnostic text of the
 * handle when it says anything, else NULL.  Free with g_free().
 */
char *tls_text_reason(LDAP *ld);

/* A hint for people that fits the reason and the URI, or NULL.  Static. */
const char *tls_text_hint(const char *reason, const char *uri);

#endif
