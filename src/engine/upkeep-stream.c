/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streaming: jobs, progress and the proof of its end.  And the two watches on
 * a running guest: its control interface and its agent.
 */
#include "config.h"

#include "core/progress.h"
#include "engine/engine-internal.h"

#include <string.h>

struct jobs {
    bool known; /* the query was made and answered */
    bool pull;
    bool backup;
    bool merge; /* pull or commit */
    uint64_t cur;
    uint64_t end;
};

static struct jobs
jobs_of(const struct domain *d)
{
    struct jobs jobs = {0};

    if (d == NULL || d->look == NULL)
        return jobs;
    jobs.known = d->look->blocks_known && !d->look->blocks_failed;
    if (d->look->block_jobs == NULL)
        return jobs;
    for (guint i = 0; i < d->look->block_jobs->len; i++) {
        const struct block_job *j = &g_array_index(d->look->block_jobs, struct block_job, i);
        if (j->type == BLOCK_JOB_PULL) {
            jobs.pull = true;
            jobs.merge = true;
            jobs.cur = progress_sum(jobs.cur, MIN(j->cur, j->end));
            jobs.end = progress_sum(jobs.end, j->end);
        } else if (j->type == BLOCK_JOB_COMMIT || j->type == BLOCK_JOB_ACTIVE_COMMIT) {
            jobs.merge = true;
        } else if (j->type == BLOCK_JOB_BACKUP) {
            jobs.backup = true;
        }
    }
    return jobs;
}

static void
forget_streaming(struct record *r)
{
    if (r == NULL)
        return;
    r->streamed = 0;
    r->best = -1;
    r->proven = 0;
    r->no_job_since = NEVER;
    r->job_failed = 0;
    if (r->disks != NULL)
        g_array_set_size(r->disks, 0);
}

/* At the last look that told, a pull was at work. */
static bool
was_pulling(const struct record *r)
{
    return r != NULL && r->streamed && !r->proven && r->no_job_since == NEVER && r->disks != NULL
           && r->disks->len > 0;
}

/* Disks with a job stream, whatever was proven of them before. */
static void
note_jobs(const struct domain *d, struct record *r)
{
    for (guint i = 0; i < d->look->block_jobs->len; i++) {
        const struct block_job *j = &g_array_index(d->look->block_jobs, struct block_job, i);
        if (j->type == BLOCK_JOB_PULL)
            record_disk(r, j->disk)->proven = false;
    }
    r->proven = 0;
    r->no_job_since = NEVER;
}

static void
note_events(const struct domain *d, struct record *r)
{
    for (guint i = 0; d->look->events != NULL && i < d->look->events->len; i++) {
        const struct job_event *event = &g_array_index(d->look->events, struct job_event, i);
        if (event->type != BLOCK_JOB_PULL)
            continue;
        if (event->end == JOB_END_COMPLETED)
            record_disk(r, event->disk)->proven = true;
        else
            r->job_failed = 1;
    }
}

/* Proof: events for every disk seen, or live XML without any backing file. */
static bool
is_proven(const struct domain *d, const struct record *r, const struct jobs *jobs)
{
    bool all = r->disks != NULL && r->disks->len > 0;
    bool backing = false;
    bool any_disk = false;

    if (jobs->pull)
        return false;
    if (domain_is_active(d) && d->look != NULL && d->look->disks_known && d->look->disks != NULL) {
        any_disk = d->look->disks->len > 0;
        for (guint i = 0; i < d->look->disks->len; i++)
            backing |= g_array_index(d->look->disks, struct disk, i).backing;
    }
    if (any_disk && !backing)
        return true;
    for (guint i = 0; all && i < r->disks->len; i++)
        all &= g_array_index(r->disks, struct disk_seen, i).proven;
    return all && !backing;
}

static void
note_proof(struct record *r)
{
    r->proven = 1;
    r->best = -1;
    r->job_failed = 0;
    r->no_job_since = NEVER;
}

static void
note_progress(struct record *r, const struct jobs *jobs)
{
    if (!jobs->pull)
        return;
    int permille = progress_permille(jobs->cur, jobs->end);
    if (permille > r->best)
        r->best = permille;
}

/* Listed but not active: whatever pulled is interrupted. */
static void
interrupted(struct underway *u)
{
    u->interrupted = true;
    if (u->record != NULL) {
        u->record->best = -1;
        u->record->no_job_since = NEVER;
        if (u->record->disks != NULL)
            g_array_set_size(u->record->disks, 0);
    }
}

/* Jobs that ended just before it went down ended nevertheless. */
static void
last_events(struct engine *e, const struct vm_entry *vm, const struct domain *d,
            struct underway *u)
{
    const struct jobs none = {0};

    if (d == NULL || d->look == NULL || d->look->events == NULL || u->merging)
        return;
    for (guint i = 0; i < d->look->events->len; i++) {
        const struct job_event *event = &g_array_index(d->look->events, struct job_event, i);
        if (event->type != BLOCK_JOB_PULL)
            continue;
        struct record *r = upkeep_record(e, vm, u);
        r->streamed = 1;
        if (event->end != JOB_END_COMPLETED)
            r->job_failed = 1;
        for (guint k = 0; event->end == JOB_END_COMPLETED && r->disks != NULL && k < r->disks->len;
             k++) {
            struct disk_seen *disk = &g_array_index(r->disks, struct disk_seen, k);
            disk->proven |= strcmp(disk->name, event->disk) == 0;
        }
        if (!r->proven && is_proven(d, r, &none))
            note_proof(r);
    }
}

static void
not_active(struct engine *e, const struct vm_entry *vm, const struct sight *s, struct underway *u)
{
    last_events(e, vm, s->it, u);
    u->proven = u->record != NULL && u->record->proven;
    if (!u->proven && u->down)
        interrupted(u);
    u->streaming = !u->proven;
    u->job_failed = u->streaming && u->listed && u->record != NULL && u->record->job_failed;
    u->permille = u->record == NULL ? -1 : (int)u->record->best;
    /* whether something else is remembered of it makes no difference */
    if (u->permille < 0 && s->silent != NULL && vm->pub.activity == ACTIVITY_STREAMING)
        u->permille = vm->pub.permille;
}

static void
stream(struct engine *e, struct vm_entry *vm, const struct sight *s, struct underway *u,
       const struct jobs *jobs)
{
    const struct domain *d = s->it;
    gint64 limit = e->options.limits.streaming_stalled;

    if (u->record == NULL)
        u->record = memory_get(e->memory, &vm->uuid);
    struct record *r = u->record;
    bool first = !r->streamed;
    r->streamed = 1;
    if (first && vm->pub.known && vm->pub.activity == ACTIVITY_STREAMING && vm->pub.permille >= 0)
        r->best = MAX(r->best, vm->pub.permille);
    if (jobs->pull)
        r->job_failed = 0;
    if (d->look != NULL)
        note_events(d, r);
    if (jobs->pull)
        note_jobs(d, r);
    note_progress(r, jobs);
    if (r->proven || is_proven(d, r, jobs)) {
        note_proof(r);
        u->proven = true;
        return;
    }
    u->streaming = true;
    u->permille = (int)MAX(r->best, 0);
    u->job_failed = r->job_failed;
    if (jobs->pull || (!jobs->known && r->no_job_since == NEVER))
        return; /* a failed query is no look without a job */
    if (r->no_job_since == NEVER)
        r->no_job_since = e->now.mono;
    u->stalled = e->now.mono - r->no_job_since >= limit * 1000;
    if (!u->stalled)
        upkeep_deadline(e, r->no_job_since, limit);
}

/* Does this look end the streaming, with what it says of disks that ended just now? */
static bool
proves_now(const struct domain *d, const struct record *r, const struct jobs *jobs)
{
    if (r->proven || is_proven(d, r, jobs))
        return true;
    if (jobs->pull || d->look == NULL || d->look->events == NULL)
        return false;
    for (guint i = 0; d->look->disks_known && d->look->disks != NULL && i < d->look->disks->len;
         i++) {
        if (g_array_index(d->look->disks, struct disk, i).backing)
            return false;
    }
    bool any = false;
    for (guint k = 0; k < d->look->events->len; k++) {
        const struct job_event *event = &g_array_index(d->look->events, struct job_event, k);
        any |= event->type == BLOCK_JOB_PULL && event->end == JOB_END_COMPLETED;
    }
    for (guint i = 0; any && r->disks != NULL && i < r->disks->len; i++) {
        const struct disk_seen *disk = &g_array_index(r->disks, struct disk_seen, i);
        bool ended = disk->proven;
        for (guint k = 0; k < d->look->events->len; k++) {
            const struct job_event *event = &g_array_index(d->look->events, struct job_event, k);
            ended |= event->type == BLOCK_JOB_PULL && event->end == JOB_END_COMPLETED
                     && strcmp(event->disk, disk->name) == 0;
        }
        any = ended;
    }
    return any;
}

bool
upkeep_waits_for_stream(struct engine *e, const struct vm_entry *vm, const struct sight *s,
                        const struct record *r)
{
    struct jobs jobs = jobs_of(s->it);

    if (vm->kind == KIND_TEMPLATE || s->copy != COPY_PAUSED || proves_now(s->it, r, &jobs))
        return false;
    return g_hash_table_contains(e->thin, &vm->uuid) || jobs.pull || was_pulling(r);
}

void
upkeep_streaming(struct engine *e, struct vm_entry *vm, const struct sight *s, struct underway *u)
{
    struct jobs jobs = jobs_of(s->it);

    u->merge_job = jobs.merge;
    u->backup_job = jobs.backup || (s->it != NULL && domain_job(s->it) == JOB_BACKUP);
    u->listed = g_hash_table_contains(e->thin, &vm->uuid);
    if (vm->kind == KIND_TEMPLATE)
        return;
    bool pulling = jobs.pull && !u->merging;
    bool may_pull = was_pulling(u->record) && !jobs.known && !u->down;
    if (!u->listed && !pulling && !may_pull) {
        forget_streaming(u->record);
        return;
    }
    if (u->backup == BACKUP_MERGING && jobs.pull) {
        /* a merging backup's pull: neither progress nor news about streaming */
        u->proven = u->record != NULL && u->record->proven;
        u->streaming = u->listed && !u->proven;
        u->job_failed = u->streaming && u->record != NULL && u->record->job_failed;
        u->permille = u->record == NULL ? 0 : (int)MAX(u->record->best, 0);
        return;
    }
    if (s->it == NULL || !domain_is_active(s->it)) {
        not_active(e, vm, s, u);
        return;
    }
    stream(e, vm, s, u, &jobs);
    if (u->proven && !u->listed)
        forget_streaming(u->record); /* the proof is of use only against a list */
}

/* Nobody could look: what was frozen stays so, nobody else becomes so. */
static bool
was_frozen(const struct vm_entry *vm)
{
    return vm->pub.known && vm->pub.state == STATE_FROZEN;
}

/* Control occupied or in error for too long, outside any job. */
static void
watch_control(struct engine *e, struct vm_entry *vm, const struct sight *s, struct underway *u)
{
    gint64 limit = (gint64)e->options.limits.control_limit * 1000;
    const struct look *look = s->it == NULL ? NULL : s->it->look;
    bool running = s->it != NULL
                   && (s->it->state == DSTATE_RUNNING || s->it->state == DSTATE_BLOCKED);

    if (s->silent != NULL && s->it == NULL)
        return;
    bool known = look != NULL && look->control_known;
    if (!running || domain_job(s->it) != JOB_NONE || (known && look->control == CONTROL_OK)) {
        if (u->record != NULL)
            u->record->control_since = NEVER;
        return;
    }
    if (known) {
        if (u->record == NULL)
            u->record = memory_get(e->memory, &vm->uuid);
        gint64 since = e->now.mono
                       - (look->control == CONTROL_OCCUPIED ? MAX(look->occupied_ms, 0) : 0);
        if (u->record->control_since == NEVER || since < u->record->control_since)
            u->record->control_since = since;
    }
    if (u->record == NULL || u->record->control_since == NEVER)
        return;
    u->control_frozen = e->now.mono - u->record->control_since > limit && (known || was_frozen(vm));
    if (!u->control_frozen)
        upkeep_deadline(e, u->record->control_since, e->options.limits.control_limit);
}

static void
count_agent_miss(struct engine *e, const struct sight *s, struct record *r)
{
    guint64 query = s->it_node->obs->query;

    if (r->agent_query == query && query != 0)
        return;
    r->agent_query = query;
    if (r->agent_misses == 0)
        r->agent_first = e->now.mono;
    r->agent_misses++;
}

/* Connected once, then several unanswered pings over some time. */
static void
watch_agent(struct engine *e, struct vm_entry *vm, const struct sight *s, struct underway *u)
{
    const struct limits *l = &e->options.limits;
    const struct look *look = s->it == NULL ? NULL : s->it->look;

    if (!e->options.agent || s->it == NULL
        || (s->it->state != DSTATE_RUNNING && s->it->state != DSTATE_BLOCKED)) {
        if (u->record != NULL && (s->it != NULL || s->silent == NULL)) {
            u->record->agent_answered = 0;
            u->record->agent_misses = 0;
            u->record->agent_first = NEVER;
        }
        return;
    }
    if (look == NULL || !look->agent_known) {
        u->agent_frozen = u->record != NULL && was_frozen(vm)
                          && u->record->agent_misses >= l->agent_misses
                          && e->now.mono - u->record->agent_first >= (gint64)l->agent_hold * 1000;
        return;
    }
    if (look->agent != AGENT_UNRESPONSIVE) {
        bool connected = look->agent == AGENT_CONNECTED;
        if (connected && u->record == NULL)
            u->record = memory_get(e->memory, &vm->uuid);
        if (u->record != NULL) {
            u->record->agent_answered = connected;
            u->record->agent_misses = 0;
            u->record->agent_first = NEVER;
        }
        return;
    }
    if (u->record == NULL || !u->record->agent_answered)
        return;
    count_agent_miss(e, s, u->record);
    u->agent_frozen = u->record->agent_misses >= l->agent_misses
                      && e->now.mono - u->record->agent_first >= (gint64)l->agent_hold * 1000;
    if (!u->agent_frozen)
        upkeep_deadline(e, u->record->agent_first, l->agent_hold);
}

void
upkeep_guest(struct engine *e, struct vm_entry *vm, const struct sight *s, struct underway *u)
{
    watch_control(e, vm, s, u);
    watch_agent(e, vm, s, u);
}
