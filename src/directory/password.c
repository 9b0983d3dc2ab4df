/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/password.h"

#include "config/secret.h"
#include "directory/result.h"

#include <string.h>

bool
password_read(struct password *p, const char *file, GError **error)
{
    const char *wrong = secret_read(file, p->bytes, sizeof(p->bytes), &p->len);

    if (wrong == NULL)
        return true;
    directory_error_set(error, DIRECTORY_CODE_SETUP, NULL, NULL, "password file %s: %s", file,
                        wrong);
    password_clear(p);
    return false;
}

void
password_clear(struct password *p)
{
    explicit_bzero(p, sizeof(*p));
}
