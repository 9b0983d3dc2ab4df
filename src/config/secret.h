/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config/secret.h - passwords and tokens come from files, which are for their
 * owner's eyes only, and from nowhere else.
 */
#ifndef STATESYNC_CONFIG_SECRET_H
#define STATESYNC_CONFIG_SECRET_H

#include <stddef.h>

/*
 * Reads a file: regular, owned by root or by the user we run as, no access for
 * group and others, 1 to size bytes after one trailing line end (LF or CR LF)
 * is taken off.  Returns NULL and *len, or what is wrong with the file (to be
 * used at once); then the bytes are wiped.
 */
const char *secret_read(const char *file, char *bytes, size_t size, size_t *len);

#endif
