/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/progress.h"

/* One decimal digit of rest / end by written division; *rest becomes what remains.  Sums of two
 * numbers below end are compared without being made, so nothing overflows. */
static int
next_digit(uint64_t *rest, uint64_t end)
{
    uint64_t sum = 0;
    int digit = 0;

    for (int i = 0; i < 10; i++) {
        if (sum >= end - *rest) {
            sum -= end - *rest;
            digit++;
        } else {
            sum += *rest;
        }
    }
    *rest = sum;
    return digit;
}

int
progress_permille(uint64_t cur, uint64_t end)
{
    int permille = 0;

    if (end == 0)
        return 0;
    if (cur >= end)
        return PROGRESS_MAX;
    for (int i = 0; i < 3; i++)
        permille = 10 * permille + next_digit(&cur, end);
    return permille;
}

uint64_t
progress_sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void
progress_text(int permille, char out[PROGRESS_TEXT_SIZE])
{
    size_t n = 0;

    if (permille < 0)
        permille = 0;
    if (permille > PROGRESS_MAX)
        permille = PROGRESS_MAX;
    if (permille >= 100)
        out[n++] = (char)('0' + permille / 100);
    out[n++] = (char)('0' + permille / 10 % 10);
    out[n++] = '.';
    out[n++] = (char)('0' + permille % 10);
    out[n++] = ' ';
    out[n++] = '%';
    out[n] = '\0';
}
