/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNs as text: enough to tell parents and to compare what one server printed
 * (RFC 4514 strings).  Anything needing the real syntax is done by libldap in
 * directory/.
 */
#include "config.h"

#include "engine/entry-data.h"

#include <string.h>

static const char *
skip_blanks(const char *p)
{
    while (*p == ' ')
        p++;
    return p;
}

static bool
is_separator(char c)
{
    return c == ',' || c == '=' || c == '+' || c == '\0';
}

bool
dn_same(const char *a, const char *b)
{
    a = skip_blanks(a);
    b = skip_blanks(b);
    while (true) {
        const char *after_a = skip_blanks(a);
        const char *after_b = skip_blanks(b);
        if (is_separator(*after_a))
            a = after_a;
        if (is_separator(*after_b))
            b = after_b;
        if (g_ascii_tolower(*a) != g_ascii_tolower(*b))
            return false;
        if (*a == '\0')
            return true;
        if (*a == '\\' && a[1] != '\0' && b[1] != '\0') {
            a++;
            b++;
            if (g_ascii_tolower(*a) != g_ascii_tolower(*b))
                return false;
        } else if (is_separator(*a)) {
            a = skip_blanks(a + 1) - 1;
            b = skip_blanks(b + 1) - 1;
        }
        a++;
        b++;
    }
}

gboolean
dn_equal(gconstpointer a, gconstpointer b)
{
    return dn_same(a, b);
}

/* Whatever dn_same() does not see is left out: case and blanks. */
guint
dn_hash(gconstpointer dn)
{
    guint32 h = 2166136261u;

    for (const char *p = dn; *p != '\0'; p++) {
        if (*p != ' ')
            h = (h ^ (guchar)g_ascii_tolower(*p)) * 16777619u;
    }
    return h;
}

const char *
dn_parent(const char *dn, unsigned n)
{
    for (; n > 0; n--) {
        while (*dn != '\0' && *dn != ',') {
            if (*dn == '\\' && dn[1] != '\0')
                dn++;
            dn++;
        }
        if (*dn == '\0')
            return NULL;
        dn = skip_blanks(dn + 1);
    }
    return dn;
}

char *
dn_rdn_value(const char *dn, const char *attribute)
{
    size_t len = strlen(attribute);

    dn = skip_blanks(dn);
    if (g_ascii_strncasecmp(dn, attribute, len) != 0)
        return NULL;
    dn = skip_blanks(dn + len);
    if (*dn != '=')
        return NULL;
    dn = skip_blanks(dn + 1);
    const char *end = dn;
    while (*end != '\0' && *end != ',') {
        if (*end == '+')
            return NULL; /* a multi-valued RDN is no RDN of ours */
        if (*end == '\\' && end[1] != '\0')
            end++;
        end++;
    }
    while (end > dn && end[-1] == ' ')
        end--;
    return g_strndup(dn, (gsize)(end - dn));
}
