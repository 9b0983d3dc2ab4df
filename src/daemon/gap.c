/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/gap.h"

#include <string.h>

struct share {
    char *sign;   /* what moves with each report; NULL = not looked at yet */
    gint64 since; /* when it was first seen like this */
    bool gap;
};

struct gaps {
    int index;
    int count;
    gint64 wait;
    struct share *shares;
};

struct gaps *
gaps_new(int index, int count, gint64 wait)
{
    struct gaps *g = g_new0(struct gaps, 1);

    g->index = index;
    g->count = count;
    g->wait = wait;
    g->shares = g_new0(struct share, count);
    return g;
}

void
gaps_free(struct gaps *g)
{
    if (g == NULL)
        return;
    for (int k = 0; k < g->count; k++)
        g_free(g->shares[k].sign);
    g_free(g->shares);
    g_free(g);
}

bool
gaps_note(struct gaps *g, int k, const struct service_state *state, gint64 now)
{
    struct share *s = &g->shares[k - 1];
    bool before = s->gap;
    g_autofree char *sign
        = state == NULL ? g_strdup("")
                        : g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                                          (gint64)state->pass_completed, (gint64)state->serial);

    if (k == g->index)
        return false;
    if (s->sign == NULL || strcmp(s->sign, sign) != 0) {
        g_free(s->sign);
        s->sign = g_steal_pointer(&sign);
        s->since = now;
    }
    s->gap = now - s->since >= g->wait;
    return s->gap != before;
}

bool
gaps_has(const struct gaps *g, int k)
{
    return g->shares[k - 1].gap;
}

char *
gaps_text(const struct gaps *g)
{
    g_autoptr(GString) list = g_string_new(NULL);
    int n = 0;

    for (int k = 1; k <= g->count; k++) {
        if (!gaps_has(g, k))
            continue;
        g_string_append_printf(list, "%s%d", n++ > 0 ? ", " : "", k);
    }
    if (n == 0)
        return NULL;
    return n == 1 ? g_strdup_printf("share %s of %d has no body", list->str, g->count)
                  : g_strdup_printf("shares %s of %d have no body", list->str, g->count);
}
