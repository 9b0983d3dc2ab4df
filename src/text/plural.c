/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "text/plural.h"

#include <glib.h>
#include <string.h>

#define FORMS_MAX 8
#define DEPTH_MAX 16 /* of parentheses and conditions within each other */

struct reader {
    const char *p;
    unsigned long n;
    unsigned depth;
    bool good;
};

/* From what binds weakest to what binds strongest. */
static const char *const levels[][5] = {
    {"||"}, {"&&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"},
};

static unsigned long condition(struct reader *r);

static bool
take(struct reader *r, const char *token)
{
    size_t len = strlen(token);

    r->p += strspn(r->p, " \t");
    if (strncmp(r->p, token, len) != 0)
        return false;
    r->p += len;
    return true;
}

static unsigned long
fail(struct reader *r)
{
    r->good = false;
    return 0;
}

static unsigned long
primary(struct reader *r)
{
    if (take(r, "!"))
        return ++r->depth > DEPTH_MAX ? fail(r) : !primary(r);
    if (take(r, "n"))
        return r->n;
    if (take(r, "(")) {
        unsigned long value = condition(r);
        return take(r, ")") ? value : fail(r);
    }
    if (!g_ascii_isdigit(*r->p))
        return fail(r);
    char *end;
    guint64 value = g_ascii_strtoull(r->p, &end, 10);
    r->p = end;
    return (unsigned long)value;
}

static unsigned long
divide(struct reader *r, unsigned long a, unsigned long b, char op)
{
    if (b == 0)
        return fail(r);
    return op == '/' ? a / b : a % b;
}

static unsigned long
apply(struct reader *r, const char *op, unsigned long a, unsigned long b)
{
    bool equal = op[1] == '=';

    switch (*op) {
    case '|':
        return a != 0 || b != 0;
    case '&':
        return a != 0 && b != 0;
    case '=':
        return a == b;
    case '!':
        return a != b;
    case '<':
        return equal ? a <= b : a < b;
    case '>':
        return equal ? a >= b : a > b;
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '*':
        return a * b;
    default:
        return divide(r, a, b, *op);
    }
}

static unsigned long
binary(struct reader *r, unsigned level)
{
    if (level == G_N_ELEMENTS(levels))
        return primary(r);
    unsigned long value = binary(r, level + 1);
    for (unsigned i = 0; r->good && i < G_N_ELEMENTS(levels[0]) && levels[level][i] != NULL; i++) {
        const char *op = levels[level][i];
        if (!take(r, op))
            continue;
        value = apply(r, op, value, binary(r, level + 1));
        i = (unsigned)-1; /* all of this level again: they go from left to right */
    }
    return value;
}

static unsigned long
condition(struct reader *r)
{
    if (++r->depth > DEPTH_MAX)
        return fail(r);
    unsigned long value = binary(r, 0);
    if (r->good && take(r, "?")) {
        unsigned long yes = condition(r);
        if (!take(r, ":"))
            return fail(r);
        unsigned long no = condition(r);
        value = value != 0 ? yes : no;
    }
    r->depth--;
    return value;
}

unsigned
plural_forms(const char *rule)
{
    const char *at = strstr(rule, "nplurals=");
    guint64 n = at != NULL ? g_ascii_strtoull(at + strlen("nplurals="), NULL, 10) : 0;

    return n <= FORMS_MAX ? (unsigned)n : 0;
}

bool
plural_form(const char *rule, unsigned long n, unsigned *form)
{
    const char *at = strstr(rule, "plural=");
    struct reader r = {.n = n, .good = true};

    if (at != NULL && at > rule && at[-1] == 'n') /* that was nplurals= */
        at = strstr(at + 1, "plural=");
    if (at == NULL)
        return false;
    r.p = at + strlen("plural=");
    unsigned long value = condition(&r);
    r.p += strspn(r.p, " \t");
    if (!r.good || (*r.p != ';' && *r.p != '\0' && *r.p != '\n') || value >= plural_forms(rule))
        return false;
    *form = (unsigned)value;
    return true;
}
