/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/error.h - libvirt's errors, in the classes the engine decides by.
 *
 * The only place that reads virGetLastError().  libvirt keeps the last error
 * per thread: call these directly after the call that failed, on its thread.
 *
 * A GError of this room has the domain HYPERVISOR_ERROR, an enum error_class
 * as code, and libvirt's text as message.
 */
#ifndef STATESYNC_HYPERVISOR_ERROR_H
#define STATESYNC_HYPERVISOR_ERROR_H

#include "core/words.h"

#include <glib.h>
#include <libvirt/libvirt.h>

#define HYPERVISOR_ERROR hypervisor_error_quark()
GQuark hypervisor_error_quark(void);

/* What a failed call on an open connection means for the caller. */
enum failure {
    FAILURE_ABSENT,      /* the domain does not exist: a positive answer */
    FAILURE_UNSUPPORTED, /* the driver has no such call or flag: do not ask again */
    FAILURE_INACTIVE,    /* the call is not valid in the domain's state */
    FAILURE_REFUSED,     /* not for this domain now; others may be asked */
    FAILURE_CONNECTION,  /* the connection is lost; nothing else will work on it */
    FAILURE_OTHER,       /* this one answer is unknown */
};

/* The members of a virError that a class depends on. */
struct virt_failure {
    int domain;       /* virErrorDomain */
    int code;         /* virErrorNumber */
    int number;       /* errno where libvirt reports one (int1), else -1 or 0 */
    const char *text; /* never NULL */
};

/*
 * The class of a failed virConnectOpen*(uri).  Pure.
 *
 *   refused  nobody answers there: connection refused, no such socket, no
 *            route, unknown host name, ssh could not connect
 *   timeout  the kernel gave up connecting
 *   tls      certificate files, certificate checks, the handshake
 *   auth     SASL, polkit, ssh keys, no permission for the socket
 *   closed   the other side hung up in the middle
 *   no-uri   the URI itself cannot be used
 *   rpc      anything else
 *
 * libvirt gives the same numbers to some of these, so the URI's transport and
 * words that are never translated (SASL, the quoted host) decide the rest.
 */
enum error_class error_class_of_open(const char *uri, const struct virt_failure *f);

/*
 * The class of a failed call on an open connection; alive is what
 * virConnectIsAlive() said after the failure.  Pure.
 */
enum error_class error_class_of_call(bool alive, const struct virt_failure *f);

/* What the call's failure means.  Pure. */
enum failure error_failure(bool alive, const struct virt_failure *f);

/* Fills *error (may be NULL) after virConnectOpen*(uri) failed. */
void error_after_open(const char *uri, GError **error);

/*
 * Fills *error (may be NULL) after a call on connection failed, and says what
 * it means.  Does not block.  The message begins with what, such as
 * "bulk read"; what is not NULL.
 */
enum failure error_after_call(virConnectPtr connection, const char *what, GError **error);

/*
 * To be called before the first thread is started (hypervisor_new() does);
 * again does no harm.  Keeps libvirt and libxml2 from printing errors on stderr
 * in any thread, and makes what threads only read.
 */
void error_prepare(void);

#endif
