/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "opennebula/credential.h"

#include "config/secret.h"

#include <string.h>

/* Shorter ones may be part of any text. */
#define TOKEN_MIN 4

bool
credential_read(struct credential *c, const char *file, GError **error)
{
    size_t len = 0;
    const char *wrong = secret_read(file, c->text, CREDENTIAL_MAX, &len);
    const char *colon = NULL;

    if (wrong == NULL) {
        c->text[len] = '\0';
        colon = strchr(c->text, ':');
        if (strlen(c->text) != len || strchr(c->text, '\n') != NULL)
            wrong = "has more than one line";
        else if (!g_utf8_validate(c->text, -1, NULL))
            wrong = "is not UTF-8";
        else if (colon == NULL || colon == c->text || colon[1] == '\0')
            wrong = "is not the line user:token";
    }
    if (wrong == NULL)
        return true;
    credential_clear(c);
    return opennebula_fail(error, ERROR_AUTH, "credential file %s: %s", file, wrong);
}

void
credential_clear(struct credential *c)
{
    explicit_bzero(c, sizeof(*c));
}

static char *
replace(const char *text, const char *what)
{
    g_auto(GStrv) parts = g_strsplit(text, what, -1);

    return g_strjoinv("(hidden)", parts);
}

char *
credential_redact(const struct credential *c, const char *text)
{
    const char *colon = strchr(c->text, ':');
    g_autofree char *most = c->text[0] != '\0' ? replace(text, c->text) : g_strdup(text);

    if (colon == NULL || strlen(colon + 1) < TOKEN_MIN)
        return g_steal_pointer(&most);
    return replace(most, colon + 1);
}
