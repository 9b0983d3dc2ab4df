/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words around a verdict: why it is so, what the alarms say, why an
 * action is denied.  Published texts hold facts only, never ages or counters:
 * a text that changes by itself would be written in every pass.
 */
#include "config.h"

#include "core/progress.h"
#include "engine/engine-internal.h"

#include <string.h>

/* "vm-node-01 reports running (booted)" */
static void
append_sight(GString *out, const struct sight *s)
{
    if (s->silent != NULL && s->it == NULL) {
        g_string_append(out, s->silent->str);
        return;
    }
    if (s->it == NULL) {
        g_string_append(out, s->home != NULL ? s->home->name : "no node");
        if (s->target != NULL)
            g_string_append_printf(out, " and %s", s->target->name);
        g_string_append(out, s->target != NULL ? " answer without the domain"
                                               : " answers without the domain");
        return;
    }
    /* nearly all texts end here: no printf */
    g_string_append(out, s->it_node->name);
    g_string_append(out, " reports ");
    g_string_append(out, s->it->state_word != NULL ? s->it->state_word
                                                   : dstate_name((enum dstate)s->it->state));
    if (s->it->reason != DREASON_NONE) {
        g_string_append(out, " (");
        g_string_append(out, dreason_name((enum dreason)s->it->reason));
        g_string_append_c(out, ')');
    }
    if (domain_job(s->it) != JOB_NONE)
        g_string_append_printf(out, ", job %s", job_name(domain_job(s->it)));
    if (s->it->managed_save)
        g_string_append(out, ", saved image");
}

/* Not set at all means the same as the word for it. */
static bool
usable_mode(const struct vm_entry *vm)
{
    bool unknown;

    (void)world_mode(vm, &unknown);
    return !unknown;
}

static void
append_context(GString *out, const struct vm_entry *vm, const struct sight *s,
               const struct underway *u, const struct verdict *v)
{
    if (u->request != REQUEST_NONE)
        g_string_append_printf(out, ", %s requested", request_name(u->request));
    if (u->marker)
        g_string_append_printf(out, ", moving to %s", s->target->name);
    if (u->backup_entry != NULL)
        g_string_append_printf(out, ", backup %s %s", u->backup_entry->stamp,
                               u->backup_entry->mode);
    if (u->stop && u->request != REQUEST_SHUTDOWN)
        g_string_append(out, ", asked to stop");
    if (v->state == STATE_CRASHED && v->by_absence)
        g_string_append(out, ", meant to run");
    if (v->rule == RULE_FROZEN && u->control_frozen)
        g_string_append(out, ", its monitor does not answer");
    if (v->rule == RULE_FROZEN && u->agent_frozen)
        g_string_append(out, ", its guest agent does not answer");
    if (vm->kind == KIND_TEMPLATE && v->rule == RULE_DO_NOT_USE)
        g_string_append_printf(out, ", mode %s", usable_mode(vm) ? "do not use" : vm->mode);
    if (v->rule == RULE_ABSENT_HELD)
        g_string_append(out, ", not yet believed");
    if (s->wrong_node)
        g_string_append_printf(out, ", sstNode names %s",
                               s->home != NULL ? s->home->name : "no node");
}

char *
reason_text(const struct vm_entry *vm, const struct sight *s, const struct underway *u,
            const struct verdict *v)
{
    GString *out = g_string_sized_new(128);

    g_string_append(out, rule_name(v->rule));
    g_string_append(out, ": ");
    if (v->rule == RULE_DUPLICATE) {
        g_string_append_printf(out, "active on %s", s->alive->str);
        return g_string_free(out, FALSE);
    }
    if (v->rule == RULE_UNSEEN) {
        g_string_append(out, s->silent->str);
        return g_string_free(out, FALSE);
    }
    append_sight(out, s);
    append_context(out, vm, s, u, v);
    return g_string_free(out, FALSE);
}

/* Everything an alarm text may speak of. */
struct alarm_context {
    const struct vm_entry *vm;
    const struct sight *s;
    const struct underway *u;
};

static const char *
place_of(const struct sight *s)
{
    return s->it_node != NULL ? s->it_node->name : "nowhere";
}

static char *
alarm_detail(enum alarm_id id, const struct alarm_context *c)
{
    const struct sight *s = c->s;
    const struct underway *u = c->u;

    switch (id) {
    case ALARM_BACKUP_FAILED:
        return g_strdup_printf("backup %s stopped in %s with code %s", u->failed_entry->stamp,
                               u->failed_entry->mode, u->failed_entry->return_value);
    case ALARM_BACKUP_STUCK:
        return g_strdup_printf("backup %s has not left %s for too long", u->stuck_entry->stamp,
                               u->stuck_entry->mode);
    case ALARM_CONFLICT:
        return g_strdup("a backup and a migration at the same time");
    case ALARM_DELETE_OF_ACTIVE:
        return g_strdup_printf("delete was requested while the domain is active on %s",
                               place_of(s));
    case ALARM_DUPLICATE:
        return g_strdup_printf("active on %s", s->alive != NULL ? s->alive->str : "several nodes");
    case ALARM_IO_ERROR:
        if (s->it != NULL && s->it->look != NULL && s->it->look->io_error_disks != NULL)
            return g_strdup_printf("%s stopped it for an I/O error on %s", place_of(s),
                                   s->it->look->io_error_disks);
        return g_strdup_printf("%s stopped it for an I/O error", place_of(s));
    case ALARM_LEFTOVER:
        return g_strdup_printf("a copy that means nothing is left on %s",
                               s->leftovers != NULL ? s->leftovers->str : "a node");
    case ALARM_LOST_IN_MIGRATION:
        return g_strdup_printf("neither %s nor %s has the domain any more",
                               s->home != NULL ? s->home->name : "its node",
                               s->target != NULL ? s->target->name : "the target");
    case ALARM_MIGRATION_TO_SELF:
        return g_strdup("sstMigrationNode equals sstNode");
    case ALARM_NAME_CLASH:
        return g_strdup("a domain has this name but another UUID");
    case ALARM_SHUTDOWN_IGNORED:
        return g_strdup("asked to shut down, still running");
    case ALARM_STALE_MIGRATION_MARKER:
        return g_strdup_printf("sstMigrationNode still names %s, nothing moves",
                               s->target != NULL ? s->target->name : "a node");
    case ALARM_STREAMING_FAILED:
        return g_strdup("a block pull failed or was cancelled");
    case ALARM_STREAMING_INTERRUPTED:
        return g_strdup("the template still lists it, but it is off");
    case ALARM_STREAMING_STALLED:
        return g_strdup("the template lists it, but no block pull is at work");
    case ALARM_TEMPLATE_RUNNING:
        return g_strdup_printf("ready for use, but running on %s", place_of(s));
    case ALARM_TEMPLATE_RUNNING_WHILE_STREAMING:
        return g_strdup("VMs stream from it while it is active");
    case ALARM_UNKNOWN_BACKUP_MODE:
        return g_strdup_printf("backup %s is in mode %s", u->unknown_entry->stamp,
                               u->unknown_entry->mode);
    case ALARM_UNKNOWN_MODE:
        return g_strdup_printf("sstVirtualMachineMode is %s", c->vm->mode);
    case ALARM_UNKNOWN_REQUEST:
        return g_strdup_printf("sstVirtualMachineRequestedAction is %s", c->vm->pub.request);
    case ALARM_WRONG_NODE:
        return g_strdup_printf("active on %s, sstNode names %s", place_of(s),
                               s->home != NULL ? s->home->name : "no node");
    case ALARM_DUPLICATE_ENTRY:
    case ALARM_MALFORMED_ENTRY:
    case ALARM_ORPHAN:
    case ALARM_BUDGET:
    case ALARM_COUNT:
        break;
    }
    return g_strdup("");
}

void
alarm_texts(struct engine *e, const struct vm_entry *vm, const struct sight *s,
            const struct underway *u, struct verdict *v)
{
    struct alarm_context context = {vm, s, u};
    unsigned n = 0;

    (void)e;
    if (v->alarms == 0)
        return;
    v->alarm_texts = g_new0(char *, ALARM_COUNT + 1);
    for (unsigned id = 0; id < ALARM_COUNT; id++) {
        if (!(v->alarms & BIT(id)))
            continue;
        g_autofree char *detail = alarm_detail((enum alarm_id)id, &context);
        v->alarm_texts[n++] = g_strdup_printf("%s: %s", alarm_name((enum alarm_id)id), detail);
    }
}

char *
verdict_status(const struct verdict *v)
{
    char percent[PROGRESS_TEXT_SIZE];

    if (v->state == STATE_NONE)
        return NULL;
    if (v->activity == ACTIVITY_NONE)
        return g_strdup(state_name((enum state)v->state));
    if (v->permille < 0)
        return g_strdup_printf("%s, %s", state_name((enum state)v->state),
                               activity_name((enum activity)v->activity));
    progress_text(v->permille, percent);
    return g_strdup_printf("%s, %s [%s]", state_name((enum state)v->state),
                           activity_name((enum activity)v->activity), percent);
}

char *
verdict_denial(const struct verdict *v, enum action a)
{
    g_autofree char *status = NULL;
    bool unknown_mode;
    enum mode mode;

    switch ((enum denial)v->denials[a]) {
    case DENIAL_NONE:
        return NULL;
    case DENIAL_NOT_APPLICABLE:
        return g_strdup_printf("no such action on a %s",
                               v->vm->kind == KIND_TEMPLATE ? "template" : "VM");
    case DENIAL_UNPUBLISHED:
        return g_strdup_printf("no status yet%s%s", v->stale_reason != NULL ? ": " : "",
                               v->stale_reason != NULL ? v->stale_reason : "");
    case DENIAL_STALE:
        return g_strdup_printf("stale, %s", v->stale_reason != NULL ? v->stale_reason : "not seen");
    case DENIAL_DUPLICATE:
        return g_strdup(v->reason != NULL ? v->reason : "active on several nodes");
    case DENIAL_BACKUP:
        return g_strdup(v->lock_text != NULL ? v->lock_text : "backup");
    case DENIAL_MIGRATION:
        return v->lock_text != NULL && g_str_has_prefix(v->lock_text, "migration")
                   ? g_strdup(v->lock_text)
                   : g_strdup("migration under way");
    case DENIAL_STREAMING:
        return g_strdup("VMs are still streaming from it");
    case DENIAL_MODE:
        mode = world_mode(v->vm, &unknown_mode);
        return g_strdup_printf("mode is %s", unknown_mode         ? v->vm->mode
                                             : v->vm->mode == NULL ? "not set"
                                                                   : mode_name(mode));
    case DENIAL_ACTIVE:
        return g_strdup_printf("a domain is active%s%s", v->node != NULL ? " on " : "",
                               v->node != NULL ? v->node : "");
    case DENIAL_STATUS:
    case DENIAL_COUNT:
        break;
    }
    status = verdict_status(v);
    return g_strdup_printf("not while %s%s", status != NULL ? status : "the status is unknown",
                           v->activity == ACTIVITY_BACKING_UP ? " (backup)" : "");
}
