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
    gsize before; /* the machine's step before it, counted from 1; 0 = none */
};

struct trail {
    struct step *steps; /* a ring of TRAIL_MAX */
    gsize n;            /* so many were made: step k is at k - 1 modulo TRAIL_MAX */
    GHashTable *last;   /* struct uuid -> the machine's last step, counted from 1 */
    gint64 since; /* nothing was forgotten that is younger */
};

struct trail *
trail_new(gint64 now)
{
    struct trail *t = g_new0(struct trail, 1);

    t->steps = g_new0(struct step, TRAIL_MAX);
    t->last = g_hash_table_new_full(uuid_hash, uuid_equal_key, g_free, NULL);
    t->since = now;
    return t;
}

void
trail_free(struct trail *t)
{
    if (t == NULL)
        return;
    for (unsigned i = 0; i < TRAIL_MAX; i++)
        g_free(t->steps[i].why);
    g_free(t->steps);
    g_hash_table_unref(t->last);
    g_free(t);
}

/* Step k; NULL where there is none, or none any more. */
static struct step *
step_at(const struct trail *t, gsize k)
{
    return k > 0 && k + TRAIL_MAX > t->n ? &t->steps[(k - 1) % TRAIL_MAX] : NULL;
}

static gsize
last_of(const struct trail *t, const struct uuid *uuid)
{
    return GPOINTER_TO_SIZE(g_hash_table_lookup(t->last, uuid));
}

/* The oldest makes room. */
static void
forget_oldest(struct trail *t)
{
    gsize oldest = t->n + 1 - TRAIL_MAX;
    struct step *step = step_at(t, oldest);

    if (last_of(t, &step->uuid) == oldest)
        g_hash_table_remove(t->last, &step->uuid);
    g_clear_pointer(&step->why, g_free);
    t->since = step->time;
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
    if (t->n >= TRAIL_MAX)
        forget_oldest(t);
    step.before = last_of(t, uuid);
    step.why = short_reason(change_value(change, attribute_name(ATTR_REASON)));
    t->steps[t->n++ % TRAIL_MAX] = step;
    g_hash_table_replace(t->last, g_memdup2(uuid, sizeof(*uuid)), GSIZE_TO_POINTER(t->n));
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
trail_show(const struct trail *t, struct board *b, guint first)
{
    struct uuid uuid;

    if (t == NULL)
        return;
    b->own_changes = true;
    if (t->n == 0)
        return;
    b->changes_since = t->since;
    for (guint i = first; i < b->vms->len; i++) {
        struct board_vm *vm = &g_array_index(b->vms, struct board_vm, i);
        if (vm->uuid == NULL || !uuid_parse(vm->uuid, strlen(vm->uuid), &uuid))
            continue;
        const struct step *step = step_at(t, last_of(t, &uuid));
        for (; step != NULL && !vm->more_changes; step = step_at(t, step->before))
            show(b, vm, step);
    }
}
