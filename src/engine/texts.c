/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words around a verdict: why it is so, what the alarms say, why an
 * action is denied.  Published texts hold facts only, never ages or counters:
 * a text that changes by itself would be written in every pass.
 */
#include "config.h"

#include "core/progress.h"
#include "engine/origin.h"

#include <string.h>

/* "vm-node-01 reports running (booted)" */
static void
append_sight(GString *out, const struct sight *s)
{
    if (s->silent != NULL && s->it == NULL) {
        g_string_append(out, s->silent->str);
        return;
    }
    if (s->it == NULL && s->sourced) {
        g_string_append(out, "its host answers without the domain");
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
reason_text(const struct vm_entry *vm, const struct origin *o, const struct sight *s,
            const struct underway *u, const struct verdict *v)
{
    GString *out = g_string_sized_new(128);

    g_string_append(out, rule_name(v->rule));
    g_string_append(out, ": ");
    if (v->rule == RULE_UNSEEN) {
        g_string_append(out, s->silent->str);
        return g_string_free(out, FALSE);
    }
    if (v->rule == RULE_DUPLICATE)
        g_string_append_printf(out, "active on %s", s->alive->str);
    else if (v->rule == RULE_OPENNEBULA)
        origin_append(out, o, s);
    else
        append_sight(out, s);
    if (v->rule != RULE_DUPLICATE)
        append_context(out, vm, s, u, v);
    if (o->sourced && v->rule != RULE_OPENNEBULA) {
        g_string_append(out, ", opennebula ");
        origin_append(out, o, s);
    }
    return g_string_free(out, FALSE);
}

/* Everything an alarm text may speak of. */
struct alarm_context {
    const struct vm_entry *vm;
    const struct origin *o;
    const struct sight *s;
    const struct underway *u;
};

static const char *
place_of(const struct sight *s)
{
    return s->it_node != NULL ? s->it_node->name : s->sourced ? "OpenNebula" : "nowhere";
}

/* What needs no facts. */
static const char *const plain[ALARM_COUNT] = {
    [ALARM_CONFLICT] = "a backup and a migration at the same time",
    [ALARM_MIGRATION_TO_SELF] = "sstMigrationNode equals sstNode",
    [ALARM_NAME_CLASH] = "a domain has this name but another UUID",
    [ALARM_SHUTDOWN_IGNORED] = "asked to shut down, still running",
    [ALARM_STREAMING_FAILED] = "a block pull failed or was cancelled",
    [ALARM_STREAMING_INTERRUPTED] = "the template still lists it, but it is off",
    [ALARM_STREAMING_STALLED] = "the template lists it, but no block pull is at work",
    [ALARM_TEMPLATE_RUNNING_WHILE_STREAMING] = "VMs stream from it while it is active",
};

static char *
failed_backup(const struct backup_entry *b)
{
    return g_strdup_printf("backup %s stopped in %s with code %s", b->stamp, b->mode,
                           b->return_value);
}

static char *
wrong_place(const struct sight *s)
{
    return g_strdup_printf("active on %s, sstNode names %s", place_of(s),
                           s->home != NULL ? s->home->name : "no node");
}

static char *
of_backup(const struct backup_entry *b, const char *verb, const char *rest)
{
    return g_strdup_printf("backup %s %s %s%s", b->stamp, verb, b->mode, rest);
}

/* What front-ends have to do with, or may. */
static char *
opennebula(enum alarm_id id, const struct alarm_context *c)
{
    bool twice = c->u->backup != BACKUP_NONE && (c->u->marker || c->u->signs);

    if (id == ALARM_DISAGREE)
        return origin_disagree_text(c->o, c->s);
    if (id == ALARM_ONE_DONE)
        return origin_done_text(c->o);
    if (!c->o->conflict)
        return g_strdup(plain[ALARM_CONFLICT]);
    g_autofree char *rows = origin_conflict_text(c->o);
    return g_strdup_printf("opennebula %s%s%s", rows, twice ? "; " : "",
                           twice ? plain[ALARM_CONFLICT] : "");
}

static char *
io_error(const struct sight *s)
{
    const struct look *look = s->it != NULL ? s->it->look : NULL;
    const char *disks = look != NULL ? look->io_error_disks : NULL;

    return g_strdup_printf("%s stopped it for an I/O error%s%s", place_of(s),
                           disks != NULL ? " on " : "", disks != NULL ? disks : "");
}

static char *
alarm_detail(enum alarm_id id, const struct alarm_context *c)
{
    const struct sight *s = c->s;
    const struct underway *u = c->u;

    switch (id) {
    case ALARM_BACKUP_FAILED:
        return failed_backup(u->failed_entry);
    case ALARM_BACKUP_STUCK:
        return of_backup(u->stuck_entry, "has not left", " for too long");
    case ALARM_DELETE_OF_ACTIVE:
        return g_strdup_printf("delete was requested while the domain is active on %s",
                               place_of(s));
    case ALARM_DUPLICATE:
        return g_strdup_printf("active on %s", s->alive != NULL ? s->alive->str : "several nodes");
    case ALARM_IO_ERROR:
        return io_error(s);
    case ALARM_LEFTOVER:
        return g_strdup_printf("a copy that means nothing is left on %s",
                               s->leftovers != NULL ? s->leftovers->str : "a node");
    case ALARM_LOST_IN_MIGRATION:
        return g_strdup_printf("neither %s nor %s has the domain any more",
                               s->home != NULL ? s->home->name : "its node",
                               s->target != NULL ? s->target->name : "the target");
    case ALARM_STALE_MIGRATION_MARKER:
        return g_strdup_printf("sstMigrationNode still names %s, nothing moves",
                               s->target != NULL ? s->target->name : "a node");
    case ALARM_TEMPLATE_RUNNING:
        return g_strdup_printf("ready for use, but running on %s", place_of(s));
    case ALARM_UNKNOWN_BACKUP_MODE:
        return of_backup(u->unknown_entry, "is in mode", "");
    case ALARM_UNKNOWN_MODE:
        return g_strdup_printf("sstVirtualMachineMode is %s", c->vm->mode);
    case ALARM_UNKNOWN_REQUEST:
        return g_strdup_printf("sstVirtualMachineRequestedAction is %s", c->vm->pub.request);
    case ALARM_WRONG_NODE:
        return wrong_place(s);
    case ALARM_CONFLICT:
    case ALARM_DISAGREE:
    case ALARM_ONE_DONE:
        return opennebula(id, c);
    case ALARM_MIGRATION_TO_SELF:
    case ALARM_NAME_CLASH:
    case ALARM_SHUTDOWN_IGNORED:
    case ALARM_STREAMING_FAILED:
    case ALARM_STREAMING_INTERRUPTED:
    case ALARM_STREAMING_STALLED:
    case ALARM_TEMPLATE_RUNNING_WHILE_STREAMING:
    case ALARM_DUPLICATE_ENTRY:
    case ALARM_MALFORMED_ENTRY:
    case ALARM_ORPHAN:
    case ALARM_EVENTS_LOST:
    case ALARM_LOOK_BLOCKED:
    case ALARM_BUDGET:
    case ALARM_GAP:
    case ALARM_OVERLAP:
    case ALARM_COUNT:
        break;
    }
    return g_strdup(id < ALARM_COUNT && plain[id] != NULL ? plain[id] : "");
}

void
alarm_texts(const struct vm_entry *vm, const struct origin *o, const struct sight *s,
            const struct underway *u, struct verdict *v)
{
    struct alarm_context context = {vm, o, s, u};
    unsigned n = 0;

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

bool
verdict_pair(const struct verdict *v, struct verdict_pair *out)
{
    const struct published *p = &v->vm->pub;

    if (v->one_exact || (v->source != NULL && p->one_state != ONE_ABSENT)) {
        out->state = v->one_exact ? v->one_state : p->one_state;
        out->lcm = v->one_exact ? v->one_lcm : p->one_lcm != ONE_ABSENT ? p->one_lcm : 0;
        (void)one_name(out->state, out->lcm, out->name, sizeof(out->name));
        return true;
    }
    struct one_state one = one_of_status((enum state)v->state, (enum activity)v->activity,
                                         v->vm->home != NULL);
    if (v->source != NULL || one.state == ONE_NONE)
        return false;
    out->state = one.state;
    out->lcm = one.lcm;
    g_strlcpy(out->name, one.name, sizeof(out->name));
    return true;
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
    case DENIAL_OPENNEBULA:
        return g_strdup(v->one_text != NULL ? v->one_text : "OpenNebula is at work on it");
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
