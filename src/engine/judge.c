/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One entry judged: facts out of sight and memory, the rules, then what
 * absence may keep, alarms and actions.
 */
#include "config.h"

#include "engine/origin.h"

#include <string.h>

void
verdict_keep(struct verdict *v, const struct vm_entry *vm)
{
    v->kept = true;
    v->state = vm->pub.known ? vm->pub.state : STATE_NONE;
    v->activity = vm->pub.known ? vm->pub.activity : ACTIVITY_NONE;
    v->permille = vm->pub.known ? vm->pub.permille : -1;
    v->active = vm->pub.active;
    if (v->active < 0 && vm->pub.known)
        v->active = (int8_t)world_running_like(vm);
}

static void
facts_of_sight(struct facts *f, const struct sight *s)
{
    f->unseen = s->sourced ? s->silent != NULL : sight_is_unseen(s);
    f->copy = s->copy;
    f->reason = s->it == NULL ? DREASON_NONE : (enum dreason)s->it->reason;
    f->job = s->it == NULL ? JOB_NONE : domain_job(s->it);
    f->managed_save = s->it != NULL && s->it->managed_save;
    f->active = s->active;
    f->postcopy_failed = s->postcopy_failed;
    f->any_running = s->any_running;
    f->any_paused = s->any_paused;
}

static void
facts_of_directory(struct facts *f, const struct vm_entry *vm)
{
    bool unknown;

    f->kind = (enum kind)vm->kind;
    f->transient = vm->kind == KIND_DYNAMIC || vm->golden;
    f->mode = world_mode(vm, &unknown);
    f->intent = (enum intent)vm->intent;
    f->running_like = world_running_like(vm);
    if (!vm->pub.known)
        return;
    f->was_crashed = vm->pub.state == STATE_CRASHED;
    f->was_leaving = vm->pub.state == STATE_SHUTTING_DOWN || vm->pub.state == STATE_POWERING_OFF
                     || vm->pub.state == STATE_DELETING;
    f->was_backup_paused
        = vm->pub.state == STATE_PAUSED && vm->pub.activity == ACTIVITY_BACKING_UP;
}

static bool
children_stream(struct engine *e, const struct vm_entry *vm)
{
    for (guint i = 0; vm->thin != NULL && i < vm->thin->len; i++) {
        const struct vm_entry *child
            = g_hash_table_lookup(e->by_uuid, &g_array_index(vm->thin, struct uuid, i));
        if (child != NULL && child->kind != KIND_TEMPLATE && child->shown >= 0)
            return true;
    }
    return false;
}

static void
facts_of_underway(struct engine *e, struct facts *f, const struct vm_entry *vm,
                  const struct sight *s, const struct underway *u)
{
    f->duplicate = u->duplicate;
    f->request_delete = u->request == REQUEST_DELETE;
    f->request_power_off = u->request == REQUEST_POWER_OFF;
    f->request_start = u->request == REQUEST_START;
    f->stop_under_way = u->stop;
    f->start_under_way = u->start;
    f->excused = u->excused;
    f->signs = u->signs;
    f->marker = u->marker;
    f->move_running = u->marker ? s->move_running : s->any_running;
    f->backup = u->backup;
    f->backup_job = u->backup_job;
    f->merge_job = u->merge_job;
    f->streaming = u->streaming && vm->kind != KIND_TEMPLATE;
    f->children_streaming = vm->kind == KIND_TEMPLATE && children_stream(e, vm);
    f->control_frozen = u->control_frozen;
    f->agent_frozen = u->agent_frozen;
    f->corroborated = u->corroborated;
}

static void
facts_of_origin(struct facts *f, const struct origin *o, const struct sight *s)
{
    f->one = o->said;
    f->one_lost = o->lost;
    if (!o->said)
        return;
    f->one_state = origin_state(o, s);
    f->one_activity = f->one_state == o->meaning.state ? o->meaning.activity : ACTIVITY_NONE;
}

/* Alarms no rule speaks of. */
static uint32_t
other_alarms(struct engine *e, const struct vm_entry *vm, const struct origin *o,
             const struct sight *s, const struct underway *u, const struct verdict *v)
{
    uint32_t alarms = 0;
    bool unknown_mode = false;

    if (vm->kind == KIND_TEMPLATE)
        (void)world_mode(vm, &unknown_mode);
    alarms |= unknown_mode ? BIT(ALARM_UNKNOWN_MODE) : 0;
    alarms |= u->marker_expired ? BIT(ALARM_STALE_MIGRATION_MARKER) : 0;
    alarms |= s->to_self ? BIT(ALARM_MIGRATION_TO_SELF) : 0;
    alarms |= u->failed_entry != NULL ? BIT(ALARM_BACKUP_FAILED) : 0;
    alarms |= u->stuck_entry != NULL ? BIT(ALARM_BACKUP_STUCK) : 0;
    alarms |= u->unknown_entry != NULL ? BIT(ALARM_UNKNOWN_BACKUP_MODE) : 0;
    alarms |= u->backup != BACKUP_NONE && (u->marker || u->signs) ? BIT(ALARM_CONFLICT) : 0;
    alarms |= s->leftover ? BIT(ALARM_LEFTOVER) : 0;
    alarms |= u->stop_ignored ? BIT(ALARM_SHUTDOWN_IGNORED) : 0;
    alarms |= u->request_unknown ? BIT(ALARM_UNKNOWN_REQUEST) : 0;
    if (g_hash_table_contains(e->clashes, &vm->uuid))
        alarms |= BIT(ALARM_NAME_CLASH);
    alarms |= o->conflict ? BIT(ALARM_CONFLICT) : 0;
    alarms |= o->done ? BIT(ALARM_ONE_DONE) : 0;
    alarms |= o->disagrees ? BIT(ALARM_DISAGREE) : 0;
    if (v->rule == RULE_UNSEEN || v->rule == RULE_DUPLICATE)
        return alarms;
    alarms |= s->wrong_node ? BIT(ALARM_WRONG_NODE) : 0;
    if (s->sourced && s->it == NULL)
        return alarms; /* nobody looks at its disks */
    if (u->streaming && u->listed) {
        alarms |= u->stalled ? BIT(ALARM_STREAMING_STALLED) : 0;
        alarms |= u->interrupted ? BIT(ALARM_STREAMING_INTERRUPTED) : 0;
    }
    alarms |= u->streaming && u->job_failed ? BIT(ALARM_STREAMING_FAILED) : 0;
    return alarms;
}

void
verdict_actions(struct verdict *v, enum mode mode, bool duplicate, bool streaming_lock,
                const struct underway *u)
{
    struct action_facts f = {
        .kind = v->vm->kind == KIND_COUNT ? KIND_PERSISTENT : (enum kind)v->vm->kind,
        .state = (enum state)v->state,
        .activity = (enum activity)v->activity,
        .mode = mode,
        .active = v->active == 1,
        .stale = v->stale,
        .duplicate = duplicate,
        .one_lock = u != NULL && u->one_lock,
        .backup_lock = u != NULL && u->lock_entry != NULL,
        .migration_lock = u != NULL && (u->marker || u->signs),
        .streaming_lock = streaming_lock,
    };

    v->actions = action_denials(&f, v->denials);
}

/* Entries that cannot be judged: never written but for staleness. */
static void
judge_invalid(struct engine *e, struct vm_entry *vm, struct verdict *v)
{
    bool unknown;
    bool ignored = vm->kind == KIND_PROFILE || !world_owns(e, vm);

    v->rule = ignored ? RULE_IGNORED : RULE_INVALID;
    if (v->rule == RULE_IGNORED) {
        v->kept = true;
        v->active = -1;
        return;
    }
    verdict_keep(v, vm);
    v->alarms = BIT(vm->duplicate ? ALARM_DUPLICATE_ENTRY : ALARM_MALFORMED_ENTRY);
    const char *problem = vm->duplicate ? N_("another entry carries the same UUID") : vm->problem;
    v->written_only_stale = true;
    v->stale = vm->pub.has_class && (vm->pub.known || !vm->duplicate);
    if (v->stale) {
        g_autofree char *why = g_strdup_printf("invalid: %s", problem);
        ref_replace(&v->stale_reason, why);
    }
    ref_replace(&v->reason, problem);
    v->alarm_texts = g_new0(char *, 2);
    v->alarm_texts[0] = g_strdup_printf(
        "%s: %s", alarm_name(vm->duplicate ? ALARM_DUPLICATE_ENTRY : ALARM_MALFORMED_ENTRY),
        problem);
    verdict_actions(v, world_mode(vm, &unknown), false, false, NULL);
}

static void
set_stale(struct verdict *v, const struct sight *s)
{
    bool third = s->wrong_node && s->home_silent;

    if (v->rule == RULE_UNSEEN || third) {
        v->stale = true;
        ref_replace(&v->stale_reason, s->silent->str);
    } else if (v->rule == RULE_UNMAPPED) {
        g_autofree char *why = g_strdup_printf(
            "unmapped: " N_("%s reports a state this program does not know (%s)"), s->it_node->name,
            s->it->state_word != NULL ? s->it->state_word : dstate_name(s->it->state));
        v->stale = true;
        ref_replace(&v->stale_reason, why);
    }
}

void
verdict_lock_text(struct verdict *v, const struct backup_entry *b, const char *target)
{
    g_autofree char *text = NULL;

    if (b != NULL)
        text = b->changed_text == NULL
                   ? g_strdup_printf(N_("backup %s"), b->mode)
                   : g_strdup_printf(N_("backup %s since %.2s:%.2s"), b->mode, b->changed_text + 8,
                                     b->changed_text + 10);
    else if (target != NULL)
        text = g_strdup_printf(N_("migration to %s"), target);
    ref_replace(&v->lock_text, text);
}

/* What a decision says about the domain being there. */
static int8_t
active_of(const struct vm_entry *vm, const struct sight *s)
{
    if (s->active)
        return 1;
    if (s->copy == COPY_UNMAPPED)
        return (int8_t)world_running_like(vm);
    return 0;
}

static void
apply_decision(const struct decision *d, const struct vm_entry *vm, const struct sight *s,
               const struct underway *u, struct verdict *v)
{
    v->rule = d->rule;
    v->alarms = d->alarms;
    v->by_absence = s->it == NULL && !s->active && d->rule != RULE_OPENNEBULA;
    if (d->kept) {
        verdict_keep(v, vm);
        if (d->rule == RULE_DUPLICATE)
            v->active = 1;
        return;
    }
    v->state = (uint8_t)d->state;
    v->activity = (uint8_t)d->activity;
    v->active = active_of(vm, s);
    v->permille = -1;
    if (d->activity == ACTIVITY_STREAMING && vm->kind != KIND_TEMPLATE
        && d->rule != RULE_OPENNEBULA) /* which tells no percentage */
        v->permille = (int16_t)MAX(u->permille, 0);
}

/* Where it was last seen.  While a node in play is silent, a copy that is off elsewhere does not
 * count as seeing it: the silent node would drop out of play. */
static const char *
node_seen(struct engine *e, const struct vm_entry *vm, const struct origin *o,
          const struct sight *s, const struct verdict *v)
{
    const char *last = world_last_seen(e, vm);

    if (s->said && s->n_living == 0) {
        const char *place = origin_place(e, o);
        return place != NULL ? place : last;
    }
    if (s->it_node == NULL || (v->rule == RULE_UNSEEN && last != NULL))
        return last;
    return s->it_node->name;
}

static void
template_details(struct engine *e, const struct vm_entry *vm, struct verdict *v);

/* Facts, out of what nodes, front-ends, directory and memory say. */
static void
collect(struct engine *e, struct vm_entry *vm, struct judging *j)
{
    origin_find(e, vm, &j->o);
    sight_collect(e, vm, &j->o, &j->s);
    upkeep(e, vm, &j->s, &j->u);
    origin_upkeep(e, vm, &j->s, &j->o, &j->u);
    vm->shown = j->u.streaming && j->u.listed ? (int16_t)MAX(j->u.permille, 0) : -1;
    memset(&j->f, 0, sizeof(j->f));
    facts_of_directory(&j->f, vm);
    facts_of_sight(&j->f, &j->s);
    facts_of_underway(e, &j->f, vm, &j->s, &j->u);
    facts_of_origin(&j->f, &j->o, &j->s);
}

void
judge_vm_visited(struct engine *e, struct vm_entry *vm, struct verdict *v, judge_visit visit,
                 void *data)
{
    struct judging j;

    memset(v, 0, sizeof(*v));
    v->vm = vm;
    v->permille = -1;
    vm->shown = -1;
    if (!vm->valid || vm->duplicate || vm->kind == KIND_PROFILE || !world_owns(e, vm)) {
        judge_invalid(e, vm, v);
        return;
    }
    collect(e, vm, &j);
    j.d = derive(&j.f);
    apply_decision(&j.d, vm, &j.s, &j.u, v);
    v->request_done = j.u.request_done;
    ref_replace(&v->node, node_seen(e, vm, &j.o, &j.s, v));
    origin_tell(&j.o, v);
    j.absence = absence_judge(vm, &j.u, v);
    v->alarms |= other_alarms(e, vm, &j.o, &j.s, &j.u, v);
    if (v->rule == RULE_ABSENT_HELD)
        v->alarms &= FACT_ALARMS;
    set_stale(v, &j.s);
    verdict_lock_text(v, j.u.lock_entry, j.u.marker ? j.s.target->name : NULL);
    if (v->rule == RULE_TEMPLATE_STREAMING)
        template_details(e, vm, v);
    alarm_texts(vm, &j.o, &j.s, &j.u, v);
    g_autofree char *reason = reason_text(vm, &j.o, &j.s, &j.u, v);
    ref_replace(&v->reason, reason);
    verdict_actions(v, j.f.mode, v->rule == RULE_DUPLICATE, j.f.children_streaming, &j.u);
    if (visit != NULL)
        visit(e, vm, &j, data);
    upkeep_after(e, vm, &j.s, &j.u, v);
    sight_clear(&j.s);
    origin_clear(&j.o);
}

void
judge_vm(struct engine *e, struct vm_entry *vm, struct verdict *v)
{
    judge_vm_visited(e, vm, v, NULL, NULL);
}

#define DETAILS_MAX 100
#define DETAILS_LAST "... and "
#define DETAILS_MORE DETAILS_LAST "%u more"
const char *const details_more[2] = {NP_("... and %u more", "... and %u more")};

bool
details_is_more(const char *line)
{
    return g_str_has_prefix(line, DETAILS_LAST);
}

/* By the bytes of the names; of equal ones the UUIDs tell the order. */
static gint
by_name(gconstpointer a, gconstpointer b)
{
    const struct vm_entry *va = *(struct vm_entry *const *)a;
    const struct vm_entry *vb = *(struct vm_entry *const *)b;
    char text_a[UUID_TEXT_SIZE];
    char text_b[UUID_TEXT_SIZE];

    uuid_format(&va->uuid, text_a);
    uuid_format(&vb->uuid, text_b);
    int order = strcmp(va->name != NULL ? va->name : text_a, vb->name != NULL ? vb->name : text_b);
    return order != 0 ? order : strcmp(text_a, text_b);
}

static void
template_details(struct engine *e, const struct vm_entry *vm, struct verdict *v)
{
    g_autoptr(GPtrArray) streaming = g_ptr_array_new();
    g_autoptr(GHashTable) told = g_hash_table_new(g_direct_hash, g_direct_equal);
    GPtrArray *lines = g_ptr_array_new();

    for (guint i = 0; i < vm->thin->len; i++) {
        struct vm_entry *child
            = g_hash_table_lookup(e->by_uuid, &g_array_index(vm->thin, struct uuid, i));
        if (child != NULL && child->kind != KIND_TEMPLATE && child->shown >= 0
            && g_hash_table_add(told, child))
            g_ptr_array_add(streaming, child);
    }
    g_ptr_array_sort(streaming, by_name);
    for (guint i = 0; i < MIN(streaming->len, DETAILS_MAX); i++) {
        const struct vm_entry *child = g_ptr_array_index(streaming, i);
        char uuid[UUID_TEXT_SIZE];
        uuid_format(&child->uuid, uuid);
        g_ptr_array_add(lines, g_strdup_printf("%s [%d.%d %%]",
                                               child->name != NULL ? child->name : uuid,
                                               child->shown / 10, child->shown % 10));
    }
    v->more = streaming->len > DETAILS_MAX ? streaming->len - DETAILS_MAX : 0;
    if (v->more > 0)
        g_ptr_array_add(lines, g_strdup_printf(DETAILS_MORE, v->more));
    g_ptr_array_add(lines, NULL);
    v->details = (char **)g_ptr_array_free(lines, FALSE);
}

void
verdict_clear(gpointer data)
{
    struct verdict *v = data;

    ref_release(v->node);
    ref_release(v->reason);
    ref_release(v->stale_reason);
    ref_release(v->lock_text);
    ref_release(v->source);
    ref_release(v->one_text);
    g_strfreev(v->alarm_texts);
    g_strfreev(v->details);
    change_free(v->change);
}
