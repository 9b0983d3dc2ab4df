/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/options.h - how to reach and use the directory.
 *
 * A plain struct, so that this room knows nothing of configuration files: the
 * wiring fills it from struct config, tests fill it by hand.  All strings are
 * owned by the struct.
 */
#ifndef STATESYNC_DIRECTORY_OPTIONS_H
#define STATESYNC_DIRECTORY_OPTIONS_H

#include "core/cleanup.h"

#include <glib.h>

enum directory_starttls {
    DIRECTORY_STARTTLS_REQUIRED, /* ldap:// without TLS is an error */
    DIRECTORY_STARTTLS_TRY,      /* go on in the clear where the server refuses StartTLS */
    DIRECTORY_STARTTLS_NO,
};

enum directory_bind {
    DIRECTORY_BIND_SIMPLE,   /* bind_dn and password_file (RFC 4513 5.1.3) */
    DIRECTORY_BIND_EXTERNAL, /* SASL EXTERNAL: ldapi peer credentials, or the client certificate */
    DIRECTORY_BIND_GSSAPI,   /* SASL GSSAPI (Kerberos), as the host in the URI is spelled */
    DIRECTORY_BIND_NONE,     /* anonymous */
};

struct directory_options {
    char **uris; /* ldap://, ldaps://, ldapi://; tried in this order; NULL-terminated */
    enum directory_starttls starttls; /* for ldap:// only */
    char *ca_file;                    /* PEM; NULL = the system's */
    char *cert_file, *key_file;       /* client certificate; NULL = none */
    enum directory_bind bind;
    char *bind_dn;
    char *password_file; /* regular file, not readable for group and others */
    char *keytab; /* of the client; directory_options_set_keytab() */

    char *base;         /* e.g. ou=virtualization,ou=services,dc=example,dc=org */
    char *vm_subtree;   /* relative to base */
    char *node_subtree; /* relative to base */
    char *service_dn;   /* the service entry, complete DN */

    int network_timeout; /* ms: connecting and the TLS handshake, per address */
    int timeout;         /* ms: one answer; restarted by each message of a search */
    int page_size;       /* entries per page (RFC 2696); 0 = no paging */
    int window;          /* modifies in flight */
    int lease;           /* ms a lease lives without renewal */
};

/* Defaults: no URI, StartTLS required, simple bind, the stoney base and subtrees, 5 s and 10 s,
 * pages of 1000, window 64, lease 60 s. */
struct directory_options *directory_options_new(void);
struct directory_options *directory_options_copy(const struct directory_options *o);
void directory_options_free(struct directory_options *o); /* NULL is ignored */
DEFINE_CLEANUP(struct directory_options, directory_options_free)

/*
 * Says whose keys a GSSAPI bind uses (NULL = Kerberos' own settings).  Kerberos
 * takes that from the environment: call it before threads are started.  Where
 * nobody chose a credential cache, tickets are kept in memory.
 */
void directory_options_set_keytab(struct directory_options *o, const char *keytab);

/* Replaces one string member (NULL = forget it): directory_options_set(&o->base, "..."). */
void directory_options_set(char **member, const char *value);

#endif
