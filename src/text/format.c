/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "text/format.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* "%2$": the number, and *p moves behind it; 0: there is none. */
static unsigned
take_number(const char **p)
{
    size_t digits = strspn(*p, "0123456789");

    if (digits == 0 || digits > 2 || (*p)[digits] != '$')
        return 0;
    unsigned number = (unsigned)strtoul(*p, NULL, 10);
    *p += digits + 1;
    return number;
}

/* A width or precision that is an argument ("*") is none of ours. */
static bool
take_rest(const char **p, char type[4])
{
    size_t n = 0;

    *p += strspn(*p, "-+ #0'");
    *p += strspn(*p, "0123456789");
    if (**p == '.')
        *p += 1 + strspn(*p + 1, "0123456789");
    while (**p != '\0' && strchr("hlqjzt", **p) != NULL && n < 2)
        type[n++] = *(*p)++;
    if (**p == '\0' || strchr("diouxXeEfgGcsp", **p) == NULL)
        return false;
    type[n++] = *(*p)++;
    type[n] = '\0';
    return true;
}

bool
format_next(const char *p, unsigned *n, struct format_part *part)
{
    memset(part, 0, sizeof(*part));
    part->at = strchr(p, '%');
    if (part->at == NULL)
        return false;
    p = part->at + 1;
    if (*p == '%') {
        part->len = 2;
        return true;
    }
    part->argument = take_number(&p);
    if (!take_rest(&p, part->type))
        return false;
    if (part->argument == 0)
        part->argument = ++*n;
    part->len = (size_t)(p - part->at);
    return part->argument <= FORMAT_ARGUMENTS_MAX;
}

/*
 * The types of the arguments; false where the format cannot be read or contradicts itself.  Either
 * all arguments are numbered or none is: anything else is undefined (printf(3)).
 */
static bool
types_of(const char *format, char types[FORMAT_ARGUMENTS_MAX][4])
{
    struct format_part part;
    bool numbered = false;
    unsigned n = 0;

    memset(types, 0, FORMAT_ARGUMENTS_MAX * sizeof(types[0]));
    while (format_next(format, &n, &part)) {
        format = part.at + part.len;
        if (part.argument == 0)
            continue;
        numbered = numbered || part.at[1 + strspn(part.at + 1, "0123456789")] == '$';
        if (numbered && n > 0)
            return false;
        char *type = types[part.argument - 1];
        if (*type != '\0' && strcmp(type, part.type) != 0)
            return false;
        memcpy(type, part.type, sizeof(part.type));
    }
    return part.at == NULL;
}

bool
format_same(const char *a, const char *b)
{
    char of_a[FORMAT_ARGUMENTS_MAX][4];
    char of_b[FORMAT_ARGUMENTS_MAX][4];

    return types_of(a, of_a) && types_of(b, of_b) && memcmp(of_a, of_b, sizeof(of_a)) == 0;
}
