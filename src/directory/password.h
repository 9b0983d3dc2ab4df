/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/password.h - the bind password, from a file and never from anywhere else.
 */
#ifndef STATESYNC_DIRECTORY_PASSWORD_H
#define STATESYNC_DIRECTORY_PASSWORD_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

enum { PASSWORD_SIZE_MAX = 1024 };

/* Lives on the stack of who binds; wiped by password_clear(). */
struct password {
    char bytes[PASSWORD_SIZE_MAX];
    size_t len;
};

/*
 * Reads the file: regular, owned by root or by the user we run as, no access
 * for group and others, 1 to PASSWORD_SIZE_MAX bytes after one trailing line
 * end (LF or CR LF) is taken off.  An empty password is refused: servers take
 * a bind without password for an anonymous one (RFC 4513 5.1.2).
 * Errors: DIRECTORY_CODE_SETUP, naming the file and what to do.
 */
bool password_read(struct password *p, const char *file, GError **error);

/* Overwrites the secret. */
void password_clear(struct password *p);

#endif
