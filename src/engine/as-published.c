/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verdict from what the directory shows, for those who only read it.
 */
#include "config.h"

#include "engine/engine-internal.h"

#include <string.h>

static bool
has_alarm(const struct vm_entry *vm, enum alarm_id id)
{
    const char *name = alarm_name(id);
    size_t len = strlen(name);

    for (char **a = vm->pub.alarms; a != NULL && *a != NULL; a++) {
        if (strncmp(*a, name, len) == 0 && ((*a)[len] == ':' || (*a)[len] == '\0'))
            return true;
    }
    return false;
}

/* The front-end's word of it is in the reason, its numbers are the pair's. */
static bool
is_locked_by_one(const struct vm_entry *vm, struct verdict *v)
{
    gint64 id;
    g_autofree char *source = engine_named_source(vm->pub.reason, &id);

    if (source == NULL || vm->pub.one_state == ONE_ABSENT)
        return false;
    g_autofree char *text = g_strdup_printf("opennebula %s: %s", source,
                                            vm->pub.one_name != NULL ? vm->pub.one_name : "");
    ref_replace(&v->source, source);
    ref_replace(&v->one_text, text);
    struct one_meaning m = one_meaning(vm->pub.one_state, vm->pub.one_lcm, 0);
    return (m.flags & (ONE_BUSY | ONE_FAULT)) != 0;
}

void
verdict_as_published(struct vm_entry *vm, gint64 now, struct verdict *v)
{
    const struct published *p = &vm->pub;
    const struct backup_entry *backup = backup_lock_of(vm, now);
    bool moves = vm->target != NULL && (vm->home == NULL || !same_word(vm->home, vm->target));
    bool unknown;

    memset(v, 0, sizeof(*v));
    v->vm = vm;
    verdict_keep(v, vm);
    v->kept = false;
    v->stale = p->has_stale_since;
    v->stale_since = p->stale_since;
    ref_replace(&v->reason, p->reason);
    ref_replace(&v->node, p->node);
    ref_replace(&v->stale_reason, p->stale_reason);
    verdict_lock_text(v, backup, moves ? vm->target : NULL);
    const struct action_facts f = {
        .kind = vm->kind == KIND_COUNT ? KIND_PERSISTENT : (enum kind)vm->kind,
        .state = (enum state)v->state,
        .activity = (enum activity)v->activity,
        .mode = world_mode(vm, &unknown),
        .active = p->active == 1,
        .stale = v->stale,
        .duplicate = has_alarm(vm, ALARM_DUPLICATE),
        .one_lock = is_locked_by_one(vm, v),
        .backup_lock = backup != NULL,
        .migration_lock = moves || p->activity == ACTIVITY_MIGRATING,
        .streaming_lock = vm->kind == KIND_TEMPLATE && p->activity == ACTIVITY_STREAMING,
    };
    v->actions = action_denials(&f, v->denials) & p->actions;
    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        if (!(v->actions & ACTION_BIT(a)) && v->denials[a] == DENIAL_NONE)
            v->denials[a] = DENIAL_STATUS;
    }
}
