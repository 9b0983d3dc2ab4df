/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/dial.h - from one URI to a bound libldap handle.  Used by connection.c only.
 */
#ifndef STATESYNC_DIRECTORY_DIAL_H
#define STATESYNC_DIRECTORY_DIAL_H

#include "directory/options.h"

#include <ldap.h>

/*
 * Connects, starts TLS where it applies, binds.  Blocks within the limits told
 * in connection.h.  NULL and error, which names the URI and the step.  Close
 * the handle with ldap_unbind_ext().  SIGPIPE has to be ignored.
 */
LDAP *directory_dial(const struct directory_options *o, const char *uri, GError **error);

#endif
