/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of one VM brought up to date: starts, stops, the migration
 * marker, excuses, births.  Everything here is idempotent within a
 * pass, so that an entry can be decided again.
 */
#include "config.h"

#include "engine/engine-internal.h"

#include <string.h>

/* A record is made only when there is something to remember. */
struct record *
upkeep_record(struct engine *e, const struct vm_entry *vm, struct underway *u)
{
    if (u->record == NULL)
        u->record = memory_get(e->memory, &vm->uuid);
    return u->record;
}

void
upkeep_deadline(struct engine *e, gint64 since, gint64 limit_s)
{
    gint64 at = since + limit_s * 1000;

    if (at > e->now.mono && at < e->next)
        e->next = at;
}

static bool
status_implies_run(const struct vm_entry *vm)
{
    return world_running_like(vm) || vm->pub.state == STATE_CRASHED;
}

/* What the intent was before this pass; -1 when nobody can know. */
static gint64
intent_before(struct engine *e, const struct vm_entry *vm, const struct record *r)
{
    if (r != NULL && r->intent >= 0)
        return r->intent;
    if (e->cold || !vm->pub.known)
        return -1;
    return status_implies_run(vm) ? INTENT_RUN : INTENT_NONE;
}

static void
upkeep_start(struct engine *e, struct vm_entry *vm, const struct sight *s, struct underway *u)
{
    const struct limits *l = &e->options.limits;
    struct record *r = u->record;
    gint64 before = intent_before(e, vm, r);

    /* what sstStatus says of OpenNebula's VMs starts and stops nothing */
    if (s->active || s->sourced) {
        if (r != NULL)
            r->start_since = NEVER;
        return;
    }
    if (u->request == REQUEST_START)
        r->start_since = MAX(r->start_since, r->request_since);
    if (vm->intent == INTENT_RUN && before >= 0 && before != INTENT_RUN) {
        r = upkeep_record(e, vm, u);
        r->start_since = e->now.mono;
        r->intent = INTENT_RUN; /* the turn was seen: once */
    }
    if (r == NULL || r->start_since == NEVER)
        return;
    if ((u->request != REQUEST_START && vm->intent != INTENT_RUN)
        || e->now.mono - r->start_since >= (gint64)l->start_limit * 1000) {
        /* what it may have brought to life keeps its grace */
        if (e->now.mono - r->start_since < (gint64)l->birth_grace * 1000)
            r->birth = MAX(r->birth, r->start_since);
        r->start_since = NEVER;
        return;
    }
    u->start = true;
    upkeep_deadline(e, r->start_since, l->start_limit);
}

/* text holds word, and not as a part of a longer one. */
static bool
holds_word(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (const char *p = strstr(text, word); p != NULL; p = strstr(p + 1, word)) {
        bool begins = p == text || !(g_ascii_isalnum(p[-1]) || p[-1] == '-');
        bool ends = !(g_ascii_isalnum(p[len]) || p[len] == '-');
        if (begins && ends)
            return true;
    }
    return false;
}

/* Does the published alarm `id` say so already, and of this node (NULL: of any)?  An alarm
 * without a text speaks of whatever is the matter. */
bool
upkeep_alarm_published(const struct vm_entry *vm, enum alarm_id id, const struct node_state *node)
{
    const char *name = alarm_name(id);
    size_t len = strlen(name);

    for (char **a = vm->pub.alarms; a != NULL && *a != NULL; a++) {
        if (g_ascii_strncasecmp(*a, name, len) != 0 || ((*a)[len] != ':' && (*a)[len] != '\0'))
            continue;
        if (node == NULL || (*a)[len] == '\0')
            return true;
        g_autofree char *text = g_ascii_strdown(*a + len + 1, -1);
        g_autofree char *label = g_strndup(node->key, strcspn(node->key, "."));
        return holds_word(text, node->key) || holds_word(text, label);
    }
    return false;
}

static void
forget_stop(struct record *r)
{
    r->stop_since = NEVER;
    r->stop_intent = 0;
    r->stop_ignored = 0;
}

static bool
stop_is_over(struct engine *e, const struct record *r)
{
    return r->stop_since != NEVER
           && e->now.mono - r->stop_since >= (gint64)e->options.limits.stop_limit * 1000;
}

/* The stop that ran out, remembered by us or by what we published. */
static void
upkeep_ignored(struct engine *e, struct vm_entry *vm, struct underway *u)
{
    struct record *r = u->record;

    if (e->cold && (r == NULL || (!r->stop_ignored && r->stop_since == NEVER))
        && upkeep_alarm_published(vm, ALARM_SHUTDOWN_IGNORED, NULL)) {
        r = upkeep_record(e, vm, u);
        r->stop_ignored = 1;
        r->stop_intent = vm->intent == INTENT_STOP;
    }
    if (r == NULL || !(r->stop_ignored || stop_is_over(e, r)))
        return;
    bool fresh_request = u->request_new && u->request != REQUEST_NONE
                         && u->request != REQUEST_DELETE;
    if (fresh_request || (r->stop_intent && vm->intent != INTENT_STOP))
        forget_stop(r);
}

/* Started by a backup, paused, so that its disks can be merged: nobody waits for it to stop. */
static bool
started_for_merge(const struct vm_entry *vm, const struct sight *s, const struct underway *u)
{
    return u->backup == BACKUP_MERGING && vm->intent != INTENT_RUN && s->it != NULL
           && s->it->state == DSTATE_PAUSED
           && (s->it->reason == DREASON_USER || s->it->reason == DREASON_STARTING_UP);
}

static void
upkeep_stop(struct engine *e, struct vm_entry *vm, const struct sight *s, struct underway *u,
            bool down)
{
    bool asked = u->request == REQUEST_SHUTDOWN;
    bool meant = vm->intent == INTENT_STOP && !started_for_merge(vm, s, u);

    if (down || s->sourced) {
        if (u->record != NULL)
            forget_stop(u->record);
        return;
    }
    upkeep_ignored(e, vm, u);
    struct record *r = u->record;
    if (r != NULL && r->stop_ignored) {
        u->stop_ignored = true;
        return;
    }
    if (r != NULL && r->stop_since != NEVER && asked)
        r->stop_since = MAX(r->stop_since, r->request_since);
    if ((r == NULL || r->stop_since == NEVER) && s->active && (asked || meant)) {
        r = upkeep_record(e, vm, u);
        r->stop_since = asked ? r->request_since : e->now.mono;
        r->stop_intent = meant;
    }
    if (r == NULL || r->stop_since == NEVER)
        return;
    bool ran_out = r->request == REQUEST_SHUTDOWN && r->request_expired && !meant;
    if (!ran_out && !asked && !meant) {
        forget_stop(r);
    } else if (ran_out || stop_is_over(e, r)) {
        r->stop_since = NEVER;
        r->stop_intent = meant;
        r->stop_ignored = 1;
        u->stop_ignored = true;
    } else {
        r->stop_intent = meant;
        u->stop = true;
        upkeep_deadline(e, r->stop_since, e->options.limits.stop_limit);
    }
}

/* What is saved, restored or dumped does not move, whatever was asked for. */
static bool
is_saved_or_dumped(const struct sight *s)
{
    enum job job = s->it == NULL ? JOB_NONE : domain_job(s->it);

    return job == JOB_SAVE || job == JOB_RESTORE || job == JOB_DUMP;
}

static void
upkeep_marker(struct engine *e, struct vm_entry *vm, const struct sight *s, struct underway *u)
{
    gint64 limit = e->options.limits.marker_limit;

    /* a guest that comes from a file does not come from a node */
    u->from_file
        = s->target == NULL && (u->backup == BACKUP_SAVING || u->backup == BACKUP_RESTORING);
    u->signs = (u->from_file ? s->signs_of_nodes : s->signs)
               || (u->request == REQUEST_MIGRATE && !is_saved_or_dumped(s));
    if (s->target == NULL) {
        if (u->record != NULL) {
            ref_replace(&u->record->marker, NULL);
            u->record->marker_sign = NEVER;
            u->record->marker_expired = 0;
        }
        return;
    }
    struct record *r = upkeep_record(e, vm, u);
    if (!upkeep_same_host(r->marker, s->target->key)) {
        ref_replace(&r->marker, s->target->key);
        r->marker_sign = e->now.mono;
        r->marker_expired
            = e->cold && upkeep_alarm_published(vm, ALARM_STALE_MIGRATION_MARKER, s->target);
    }
    if (u->signs) {
        r->marker_sign = e->now.mono;
        r->marker_expired = 0;
    }
    if (!r->marker_expired && e->now.mono - r->marker_sign >= limit * 1000)
        r->marker_expired = 1;
    u->marker = !r->marker_expired;
    u->marker_expired = r->marker_expired;
    if (u->marker)
        upkeep_deadline(e, r->marker_sign, limit);
}

/* Why it may go down without having crashed. */
static gint64
excuses_now(const struct underway *u)
{
    gint64 excuse = 0;

    if (u->stop)
        excuse |= EXCUSE_STOP;
    if (u->request == REQUEST_POWER_OFF)
        excuse |= EXCUSE_POWER_OFF;
    if (u->backup == BACKUP_SAVING || u->backup == BACKUP_RESTORING)
        excuse |= EXCUSE_BACKUP;
    return excuse;
}

/* Nothing is remembered: what is published says that it was down, or on its way there. */
static bool
status_excuses(gint64 state)
{
    return state == STATE_STOPPED || state == STATE_SHUTTING_DOWN || state == STATE_POWERING_OFF;
}

static void
upkeep_excuse(struct engine *e, struct vm_entry *vm, const struct sight *s, struct underway *u,
              gint64 before)
{
    bool went_down = s->it != NULL && !s->active && s->it->state == DSTATE_SHUTOFF
                     && (s->it->reason == DREASON_CRASHED || s->it->reason == DREASON_FAILED);
    struct record *r = u->record;

    if (s->active) {
        gint64 now = excuses_now(u);
        if (started_for_merge(vm, s, u))
            now |= EXCUSE_STOP; /* the guest itself never ran */
        if (now != 0)
            r = upkeep_record(e, vm, u);
        if (r != NULL) {
            r->excuse = now;
            r->excuse_kept = 0;
        }
        return;
    }
    if (!went_down) {
        if (r != NULL && s->it != NULL) {
            r->excuse = 0;
            r->excuse_kept = 0;
        }
        return;
    }
    if (r == NULL || !r->excuse_kept) {
        gint64 excuse = before | excuses_now(u) | (r == NULL ? 0 : r->excuse);
        if (u->first_sight && vm->pub.known && status_excuses(vm->pub.state))
            excuse |= EXCUSE_PUBLISHED;
        if (excuse == 0)
            return;
        r = upkeep_record(e, vm, u);
        r->excuse = excuse;
        r->excuse_kept = 1;
    }
    /* a backup that is stuck or has failed excuses nothing any more */
    bool alive = u->backup == BACKUP_SAVING || u->backup == BACKUP_RESTORING;
    if (!alive && (u->stuck_entry != NULL || u->failed_entry != NULL))
        r->excuse &= ~(gint64)EXCUSE_BACKUP;
    u->excused = r->excuse != 0;
}

/* Down for certain: seen inactive, or absent and not (any more) running-like. */
static bool
is_down(const struct vm_entry *vm, const struct sight *s, const struct underway *u)
{
    if (s->active || s->silent != NULL)
        return false;
    if (s->said)
        return s->off;
    if (s->it != NULL)
        return s->it->state == DSTATE_SHUTOFF;
    return !world_running_like(vm) || u->corroborated;
}

static void
upkeep_birth(struct engine *e, const struct vm_entry *vm, const struct sight *s,
             struct underway *u)
{
    gint64 grace = (gint64)e->options.limits.birth_grace * 1000;
    struct record *r = u->record;

    if (s->active && s->it_node != NULL && !u->first_sight) {
        const char *last = world_last_seen(e, vm);
        bool moved = last != NULL && vm->pub.known && world_running_like(vm)
                     && world_node_of_ref(e, last) != s->it_node;
        bool woke = vm->pub.known && !world_running_like(vm);
        if (moved || woke) {
            r = upkeep_record(e, vm, u);
            if (moved || r->birth == NEVER || e->now.mono - r->birth >= grace)
                r->birth = e->now.mono;
        }
    }
    if (u->down && r != NULL)
        r->birth = NEVER; /* the next one begins anew */
    if (r == NULL || r->birth == NEVER)
        return;
    if (e->now.mono - r->birth >= grace)
        r->birth = NEVER;
    else
        upkeep_deadline(e, r->birth, e->options.limits.birth_grace);
}

#define UNSIGHTED (-1)

/* What is published is evidence until the first answer after a cold start. */
static void
upkeep_first_sight(struct engine *e, const struct vm_entry *vm, const struct sight *s,
                   struct underway *u)
{
    bool answered = s->it != NULL || s->silent == NULL;

    u->first_sight = answered && e->cold;
    if (e->cold && !answered)
        upkeep_record(e, vm, u)->unsighted = UNSIGHTED;
    struct record *r = u->record;
    if (!answered || r == NULL || r->unsighted == 0)
        return;
    /* the number of the pass that answered first, so that a second look at it agrees */
    if (r->unsighted == UNSIGHTED)
        r->unsighted = (gint64)e->pass;
    u->first_sight |= r->unsighted == (gint64)e->pass;
    if (!u->first_sight)
        r->unsighted = 0;
}

void
upkeep(struct engine *e, struct vm_entry *vm, struct sight *s, struct underway *u)
{
    memset(u, 0, sizeof(*u));
    u->permille = -1;
    u->record = memory_find(e->memory, &vm->uuid);
    upkeep_first_sight(e, vm, s, u);
    absence_count(e, vm, s, u);
    bool down = u->down = is_down(vm, s, u);
    gint64 stop_before = u->record != NULL && u->record->stop_since != NEVER ? EXCUSE_STOP : 0;
    bool done_before = u->record != NULL && u->record->request_done;
    upkeep_request(e, vm, s, u, down);
    if (u->record != NULL && !done_before && !u->record->request_expired) {
        if (u->record->request == REQUEST_POWER_OFF)
            stop_before |= EXCUSE_POWER_OFF;
        else if (u->record->request == REQUEST_SHUTDOWN)
            stop_before |= EXCUSE_STOP;
    }
    upkeep_backups(e, vm, u);
    upkeep_start(e, vm, s, u);
    absence_start_seen(e, u);
    down = u->down = is_down(vm, s, u);
    upkeep_stop(e, vm, s, u, down);
    upkeep_marker(e, vm, s, u);
    upkeep_excuse(e, vm, s, u, s->active ? 0 : stop_before);
    upkeep_birth(e, vm, s, u);
    upkeep_guest(e, vm, s, u);
    upkeep_streaming(e, vm, s, u);
    if (s->n_living >= 2) {
        (void)upkeep_record(e, vm, u);
        u->duplicate = sight_is_duplicate(e, s, u);
    } else if (u->record != NULL) {
        u->record->both_pass = 0;
    }
}

/* Where it was seen, until that is published; and where before, until the pass is over. */
static void
remember_node(struct engine *e, struct vm_entry *vm, const struct sight *s, struct underway *u,
              const struct verdict *v)
{
    const char *before = world_last_seen(e, vm);
    bool moved = g_strcmp0(v->node, before) != 0;

    if (moved) {
        struct record *r = upkeep_record(e, vm, u);
        if (r->node_pass != e->pass)
            ref_replace(&r->node_before, before);
        r->node_pass = r->noted_pass = e->pass;
    }
    if (s->it_node != NULL && g_strcmp0(v->node, vm->pub.node) != 0)
        ref_replace(&upkeep_record(e, vm, u)->node, v->node);
    else if (u->record != NULL)
        ref_replace(&u->record->node, NULL);
}

void
upkeep_after(struct engine *e, struct vm_entry *vm, const struct sight *s, struct underway *u,
             const struct verdict *v)
{
    bool runs = vm->intent == INTENT_RUN;
    bool told = v->active >= 0 && runs == (v->active == 1 || v->state == STATE_CRASHED);
    gint64 keep_intent = -1;

    /* remember the intent where the status, old or new (it may not be accepted), does not tell it */
    if (s->sourced)
        keep_intent = -1;
    else if (!told || !vm->pub.known || runs != status_implies_run(vm))
        keep_intent = vm->intent;
    if (u->record != NULL || keep_intent >= 0)
        upkeep_record(e, vm, u)->intent = keep_intent;
    remember_node(e, vm, s, u, v);
    if (u->record != NULL && u->record->left_at != NEVER) {
        upkeep_deadline(e, u->record->left_at, e->options.limits.budget_window);
        if (e->now.mono - u->record->left_at >= (gint64)e->options.limits.budget_window * 1000) {
            u->record->left_at = NEVER;
            ref_replace(&u->record->left_node, NULL);
        }
    }
    if (u->record != NULL)
        memory_tidy(e->memory, u->record);
    u->record = NULL;
}
