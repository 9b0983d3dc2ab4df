/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opennebula/credential.h - the line "user:token" of a front-end's account.
 */
#ifndef STATESYNC_OPENNEBULA_CREDENTIAL_H
#define STATESYNC_OPENNEBULA_CREDENTIAL_H

#include "opennebula/error.h"

enum { CREDENTIAL_MAX = 1024 };

/* Lives on the stack of who asks; wiped by credential_clear(). */
struct credential {
    char text[CREDENTIAL_MAX + 1];
};

/* Reads the file (config/secret.h says which ones are taken).  Class auth, naming the file. */
bool credential_read(struct credential *c, const char *file, GError **error);

void credential_clear(struct credential *c);

/*
 * The text without the credential and its token, wherever a server has put
 * them.  Free with g_free().
 */
char *credential_redact(const struct credential *c, const char *text);

#endif
