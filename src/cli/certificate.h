/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/certificate.h - until when a certificate holds: a file's, or the one a server shows.
 *
 * Nothing is verified here: who connects in earnest does that.  GnuTLS reads the certificates, as
 * it does for libvirt.
 */
#ifndef STATESYNC_CLI_CERTIFICATE_H
#define STATESYNC_CLI_CERTIFICATE_H

#include "core/cleanup.h"

#include <glib.h>
#include <stdbool.h>

struct certificate {
    char *subject; /* "CN=..."; never NULL once it was read */
    gint64 from;   /* seconds since the epoch */
    gint64 until;
};

void certificate_clear(struct certificate *c);

/* Reads DER.  False and error (of no domain others would look at) when it is none. */
bool certificate_of_der(GBytes *der, struct certificate *out, GError **error);

/* A PEM file: of several certificates the one that ends first. */
bool certificate_of_file(const char *path, struct certificate *out, GError **error);

/*
 * Connects, begins TLS, takes the certificate and hangs up before anything is agreed on.  host may
 * be a name or an address.  Blocks for limit_s at most for each of resolving and connecting, and
 * for the handshake.  Any thread.
 */
bool certificate_of_server(const char *host, guint16 port, unsigned limit_s,
                           struct certificate *out, GError **error);

/*
 * Host and port a URI asks for TLS at once: libvirt's (qemu+tls://, or a host without a transport),
 * https and ldaps.  False where it asks for none.  Free *host with g_free().  Pure.
 */
bool certificate_peer_of_uri(const char *uri, char **host, guint16 *port);

#endif
