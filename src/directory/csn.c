/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/csn.h"

/* Reads exactly n digits of this base at *p and the character behind them. */
static bool
take(const char **p, unsigned n, unsigned base, char end, uint64_t *out)
{
    uint64_t value = 0;

    for (; n > 0; n--, (*p)++) {
        unsigned digit = base;

        if (**p >= '0' && **p <= '9')
            digit = (unsigned)(**p - '0');
        else if (**p >= 'a' && **p <= 'f')
            digit = (unsigned)(**p - 'a' + 10);
        if (digit >= base)
            return false;
        value = value * base + digit;
    }
    *out = value;
    if (end == '\0')
        return true;
    return *(*p)++ == end;
}

bool
csn_parse(const char *text, size_t len, struct csn *out)
{
    uint64_t day, clock, micro, count, server, modifier;

    *out = (struct csn){0, 0};
    if (len != 40 || !take(&text, 8, 10, '\0', &day) || !take(&text, 6, 10, '.', &clock) ||
        !take(&text, 6, 10, 'Z', &micro) || *text++ != '#' || !take(&text, 6, 16, '#', &count) ||
        !take(&text, 3, 16, '#', &server) || !take(&text, 6, 16, '\0', &modifier))
        return false;
    clock = clock / 10000 * 3600 + clock / 100 % 100 * 60 + clock % 100;
    out->time = (day * 86400 + clock) * 1000000 + micro;
    out->rest = count << 36 | server << 24 | modifier;
    return true;
}

int
csn_compare(const struct csn *a, const struct csn *b)
{
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return a->rest == b->rest ? 0 : a->rest < b->rest ? -1 : 1;
}

bool
csn_is_older(const struct csn *a, const struct csn *b)
{
    return a->time && b->time && csn_compare(a, b) < 0;
}
