/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Absence.  This is the only place that turns "nobody has the domain" into a
 * verdict: misses are counted here, and here it is decided whether a status
 * the rules gave because of absence is believed yet.
 */
#include "config.h"

#include "engine/engine-internal.h"

#include <string.h>

static void
begin_row(const struct sight *s, struct record *r)
{
    /* the first answer without the domain is the seed, not a miss */
    r->absent = 1;
    r->misses = 0;
    r->first_miss = NEVER;
    ref_replace(&r->row_nodes, s->played->str);
    r->row_gap = false;
    r->row_query = s->query;
}

static void
end_row(struct record *r)
{
    r->absent = 0;
    r->misses = 0;
    r->first_miss = NEVER;
    ref_replace(&r->row_nodes, NULL);
    r->row_query = 0;
    r->row_repeat = false;
}

/* A node in play now was not when the row began, or was connected anew since: its answer is a seed.
 * One that is in play no longer takes nothing back. */
static bool
has_newcomer(const struct sight *s, const struct record *r)
{
    if (r->row_nodes == NULL || strcmp(r->row_nodes, s->played->str) == 0)
        return r->row_nodes == NULL;
    g_auto(GStrv) before = g_strsplit(r->row_nodes, " ", -1);
    g_auto(GStrv) now = g_strsplit(s->played->str, " ", -1);
    for (char **n = now; *n != NULL; n++) {
        if (!g_strv_contains((const char *const *)before, *n))
            return true;
    }
    return false;
}

/* A birth that is younger than its grace: absence proves nothing yet. */
static bool
newly_born(struct engine *e, const struct record *r)
{
    gint64 birth = r->birth == NEVER ? r->start_since : MAX(r->birth, r->start_since);

    if (birth == NEVER)
        return false;
    upkeep_deadline(e, birth, e->options.limits.birth_grace);
    return e->now.mono - birth < (gint64)e->options.limits.birth_grace * 1000;
}

/* Missing until its node fell silent: it may be one of many that vanish, and the budget counts it
 * as one until somebody answers. */
static void
note_doubt(const struct sight *s, struct record *r)
{
    if (r == NULL)
        return;
    if (s->silent == NULL || s->it != NULL)
        r->doubt = 0;
    else if (r->absent || r->held > 0)
        r->doubt = 1;
}

void
absence_count(struct engine *e, const struct vm_entry *vm, const struct sight *s,
              struct underway *u)
{
    const struct limits *l = &e->options.limits;

    note_doubt(s, u->record);
    if (!s->absent || s->played == NULL || !world_running_like(vm)) {
        if (u->record != NULL && u->record->absent)
            end_row(u->record);
        /* what was concluded before needs no new proof */
        u->corroborated = s->absent && vm->pub.known;
        return;
    }
    if (u->record == NULL)
        u->record = memory_get(e->memory, &vm->uuid);
    struct record *r = u->record;
    bool interrupted = r->absent && (e->gap || r->row_gap) && s->query > r->row_query;
    if (!r->absent || interrupted || (s->query > r->row_query && has_newcomer(s, r))) {
        begin_row(s, r);
        r->row_repeat = interrupted;
    } else if (s->query > r->row_query) {
        /* every node in play was asked anew since the answer counted last */
        r->row_query = s->query;
        if (r->misses == 0)
            r->first_miss = e->now.mono;
        r->misses++;
    }
    u->corroborated = r->misses >= l->miss_limit
                      && e->now.mono - r->first_miss >= (gint64)l->absence_hold * 1000
                      && !newly_born(e, r);
    if (!u->corroborated) {
        e->repeats += r->row_repeat;
        if (r->first_miss != NEVER)
            upkeep_deadline(e, r->first_miss, l->absence_hold);
    }
}

void
absence_start_seen(struct engine *e, struct underway *u)
{
    if (u->start && u->record->absent && newly_born(e, u->record))
        u->corroborated = false;
}

enum absence
absence_judge(const struct vm_entry *vm, const struct underway *u, struct verdict *v)
{
    if (!v->by_absence || v->kept)
        return ABSENCE_SAYS_NOTHING;
    if (!world_running_like(vm))
        return ABSENCE_KNOWN;
    if (u->corroborated)
        return ABSENCE_PROVEN;
    switch ((enum state)v->state) {
    case STATE_STOPPED:
    case STATE_CRASHED:
    case STATE_DO_NOT_USE:
        v->rule = RULE_ABSENT_HELD;
        verdict_keep(v, vm);
        v->alarms &= FACT_ALARMS;
        return ABSENCE_HELD;
    case STATE_DELETING:
    case STATE_STARTING:
    case STATE_PAUSED:
        v->active = 1; /* the word may be said, the domain may still be there */
        return ABSENCE_DOUBTED;
    case STATE_NONE:
    case STATE_RUNNING:
    case STATE_SHUTTING_DOWN:
    case STATE_POWERING_OFF:
    case STATE_FROZEN:
    case STATE_COUNT:
        break;
    }
    return ABSENCE_SAYS_NOTHING;
}

static char *
missing(struct engine *e, const struct underway *u)
{
    const struct limits *l = &e->options.limits;
    const struct record *r = u->record;
    GString *out = g_string_new(NULL);

    if (r == NULL || r->first_miss == NEVER)
        g_string_append_printf(out, N_("the first answer without it is no proof, %d more are needed"),
                               (int)l->miss_limit);
    else
        g_string_append_printf(out,
                               N_("missing in %ld of %d answers, for %ld of %d s"),
                               (long)MIN(r->misses, l->miss_limit), (int)l->miss_limit,
                               (long)MIN((e->now.mono - r->first_miss) / 1000, l->absence_hold),
                               (int)l->absence_hold);
    if (r != NULL && newly_born(e, r))
        g_string_append_printf(out, ", " N_("and it came to life less than %d s ago"),
                               (int)l->birth_grace);
    return g_string_free(out, FALSE);
}

char *
absence_text(struct engine *e, const struct underway *u, enum absence a)
{
    switch (a) {
    case ABSENCE_SAYS_NOTHING:
        return g_strdup(N_("nothing is concluded from absence"));
    case ABSENCE_KNOWN:
        return g_strdup(N_("it was not published as active, so its absence is believed at once"));
    case ABSENCE_PROVEN:
        return g_strdup(N_("its absence is proven"));
    case ABSENCE_DOUBTED:
    case ABSENCE_HELD:
        break;
    }
    g_autofree char *why = missing(e, u);
    return g_strdup_printf(a == ABSENCE_HELD
                               ? N_("its absence is not believed yet: %s")
                               : N_("the word may be said, but it counts as active: %s"),
                           why);
}
