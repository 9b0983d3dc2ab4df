/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/progress.h"

int
progress_permille(uint64_t cur, uint64_t end)
{
    if (end == 0)
        return 0;
    if (cur >= end)
        return PROGRESS_MAX;
    /* scale down first where 1000 * cur would overflow; the quotient hardly moves */
    while (cur > UINT64_MAX / 1000) {
        cur >>= 1;
        end >>= 1;
    }
    uint64_t permille = 1000 * cur / end;
    return permille > PROGRESS_MAX ? PROGRESS_MAX : (int)permille;
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
