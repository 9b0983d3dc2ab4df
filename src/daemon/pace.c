/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/pace.h"

#include "engine/attributes.h"

#include <stdlib.h>
#include <string.h>

#define STEP_PERMILLE 10 /* smaller steps of progress are not written by themselves */

bool
pace_is_progress(const struct change *c)
{
    for (guint i = 0; i < c->mods->len; i++) {
        const char *name = g_array_index(c->mods, struct change_mod, i).attribute;
        const char *tag;
        int a = attribute_find(name, strlen(name));
        if (a < 0)
            a = attribute_find_language(name, strlen(name), &tag);
        if (a != ATTR_TEXT && a != ATTR_PROGRESS && a != ATTR_DETAIL)
            return false;
    }
    return c->mods->len > 0;
}

enum pace_move
pace_decide(struct pace *p, const struct change *c, int permille, gint64 now,
            const struct pace_limits *limits)
{
    gint64 earliest = p->sent == 0 ? now : p->sent + limits->coalesce;

    if (pace_is_progress(c)) {
        if (permille >= 0 && p->permille >= 0 && abs(permille - p->permille) < STEP_PERMILLE)
            return PACE_SKIP;
        if (p->progress != 0)
            earliest = MAX(earliest, p->progress + limits->progress);
    }
    if (!p->in_flight && now >= earliest)
        return PACE_SEND;
    p->wake = p->in_flight ? G_MAXINT64 : p->again ? MIN(p->wake, earliest) : earliest;
    p->again = true;
    return PACE_WAIT;
}

void
pace_sent(struct pace *p, const struct change *c, int permille, gint64 now)
{
    p->in_flight = true;
    p->again = false;
    p->sent = now;
    if (permille >= 0 || pace_is_progress(c)) {
        p->progress = now;
        p->permille = permille;
    } else {
        p->progress = 0;
        p->permille = -1;
    }
}

void
pace_answered(struct pace *p, const struct pace_limits *limits)
{
    p->in_flight = false;
    if (p->again)
        p->wake = p->sent + limits->coalesce;
}

bool
pace_is_over(const struct pace *p, gint64 now, const struct pace_limits *limits)
{
    return !p->in_flight && !p->again
           && now - MAX(p->sent, p->progress) >= MAX(limits->coalesce, limits->progress);
}
