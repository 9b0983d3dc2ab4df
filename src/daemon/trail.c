/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/trail.h"

#include "core/status.h"
#include "engine/attributes.h"

#include <string.h>

struct step {
    struct uuid uuid;
    gint64 time;
    char *why; /* NULL = not said */
    enum state from, to; /* from: STATE_NONE = there was none */
    enum activity from_activity, to_activity;
};

struct trail {
    struct step *steps; /* a ring of TRAIL_MAX */
    unsigned next;      /* where the next one goes */
    unsigned n;
    gint64 since; /* nothing was forgotten that is younger */
};

struct trail *
trail_new(gint64 now)
{
    struct trail *t = g_new0(struct trail, 1);

    t->steps = g_new0(struct step, TRAIL_MAX);
    t->since = now;
    return t;
}

void
trail_free(struct trail *t)
{
    if (t == NULL)
        return;
    for (unsigned i = 0; i < t->n; i++)
        g_free(t->steps[i].why);
    g_free(t->steps);
    g_free(t);
}

static char *
short_reason(const char *why)
{
    if (why == NULL || strlen(why) <= TRAIL_REASON_MAX)
        return g_strdup(why);
    size_t len = TRAIL_REASON_MAX;
    while (len > 0 && ((guchar)why[len] & 0xc0) == 0x80)
        len--;
    return g_strdup_printf("%.*s...", (int)len, why);
}

void
trail_note(struct trail *t, const struct uuid *uuid, const struct change *change, gint64 now)
{
    const char *status = t != NULL ? change_value(change, attribute_name(ATTR_TEXT)) : NULL;
    struct step step = {.uuid = *uuid, .time = now, .from = STATE_NONE, .from_activity = ACTIVITY_NONE};

    if (status == NULL || !status_parse(status, &step.to, &step.to_activity))
        return;
    if (change->was != NULL)
        (void)status_parse(change->was, &step.from, &step.from_activity);
    if (step.from == step.to && step.from_activity == step.to_activity)
        return;
    struct step *place = &t->steps[t->next];
    if (t->n == TRAIL_MAX)
        t->since = place->time;
    else
        t->n++;
    g_free(place->why);
    *place = step;
    place->why = short_reason(change_value(change, attribute_name(ATTR_REASON)));
    t->next = (t->next + 1) % TRAIL_MAX;
}

/* --- shown ------------------------------------------------------------------------------ */

static void
show(struct board *b, struct board_vm *vm, const struct step *step)
{
    char from[STATUS_TEXT_SIZE], to[STATUS_TEXT_SIZE];
    const struct board_change change = {.time = step->time,
                                        .what = BOARD_STATUS,
                                        .known = true,
                                        .old = step->from != STATE_NONE ? from : NULL,
                                        .new = to,
                                        .why = step->why};

    status_text(step->from, step->from_activity, from);
    status_text(step->to, step->to_activity, to);
    board_add_change(b, vm, &change);
}

void
trail_show(const struct trail *t, struct board *b)
{
    g_autoptr(GHashTable) vms = NULL; /* UUID -> struct board_vm */
    char uuid[UUID_TEXT_SIZE];

    if (t == NULL)
        return;
    b->own_changes = true;
    if (t->n == 0)
        return;
    b->changes_since = t->since;
    vms = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < b->vms->len; i++) {
        struct board_vm *vm = &g_array_index(b->vms, struct board_vm, i);
        if (vm->uuid != NULL)
            g_hash_table_insert(vms, (gpointer)(uintptr_t)vm->uuid, vm);
    }
    for (unsigned i = 1; i <= t->n; i++) {
        const struct step *step = &t->steps[(t->next + TRAIL_MAX - i) % TRAIL_MAX];
        uuid_format(&step->uuid, uuid);
        struct board_vm *vm = g_hash_table_lookup(vms, uuid);
        if (vm != NULL)
            show(b, vm, step);
    }
}
