/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/suggest.h"

#include <string.h>

#define WORD_MAX 64

/* Letters to insert, remove, change or swap with a neighbour. */
static guint
distance(const char *a, const char *b)
{
    guint rows[3][WORD_MAX + 1];
    guint *before = rows[0], *last = rows[1], *now = rows[2];
    gsize a_len = strlen(a), b_len = strlen(b);

    if (a_len > WORD_MAX || b_len > WORD_MAX)
        return G_MAXUINT;
    for (guint j = 0; j <= b_len; j++)
        last[j] = j;
    for (gsize i = 1; i <= a_len; i++) {
        guint *oldest = before;

        now[0] = (guint)i;
        for (gsize j = 1; j <= b_len; j++) {
            char x = g_ascii_tolower(a[i - 1]), y = g_ascii_tolower(b[j - 1]);

            now[j] = MIN(MIN(last[j] + 1, now[j - 1] + 1), last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) &&
                y == g_ascii_tolower(a[i - 2]))
                now[j] = MIN(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
        now = oldest;
    }
    return last[b_len];
}

const char *
suggest_word(const char *typed, const char *const *words, gsize n_words)
{
    const char *best = NULL;
    guint best_distance = G_MAXUINT;

    for (gsize i = 0; i < n_words; i++) {
        guint d = distance(typed, words[i]);
        gsize longer = MAX(strlen(typed), strlen(words[i]));

        if (d < best_distance && d * 3 <= longer) {
            best = words[i];
            best_distance = d;
        }
    }
    return best;
}
