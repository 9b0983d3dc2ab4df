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

/* ", moving to vm-node-02": parts are told apart by their commas; name fills the %s, if there is one. */
static void
append_part(GString *out, const char *part, const char *name)
{
    const char *place = strstr(part, "%s");

    g_string_append(out, ", ");
    if (place == NULL) {
        g_string_append(out, part);
        return;
    }
    g_string_append_len(out, part, place - part);
    g_string_append(out, name);
    g_string_append(out, place + 2);
}

/* "vm-node-01 reports running (booted)" */
static void
append_sight(GString *out, const struct sight *s)
{
    if (s->silent != NULL && s->it == NULL) {
        g_string_append(out, s->silent->str);
        return;
    }
    if (s->it == NULL && s->sourced) {
        g_string_append(out, N_("its host answers without the domain"));
        return;
    }
    if (s->it == NULL) {
        const char *home = s->home != NULL ? s->home->name : N_("no node");
        if (s->target != NULL)
            g_string_append_printf(out, N_("%s and %s answer without the domain"), home,
                                   s->target->name);
        else
            g_string_append_printf(out, N_("%s answers without the domain"), home);
        return;
    }
    /* nearly all texts end here: no printf */
    MADE_("%s reports %s");
    MADE_("%s reports %s (%s)");
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
        append_part(out, N_("job %s"), job_name(domain_job(s->it)));
    if (s->it->managed_save)
        append_part(out, N_("saved image"), NULL);
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
        append_part(out, N_("%s requested"), request_name(u->request));
    if (u->marker)
        append_part(out, N_("moving to %s"), s->target->name);
    if (u->backup_entry != NULL) {
        append_part(out, N_("backup %s"), u->backup_entry->stamp);
        g_string_append_printf(out, " %s", u->backup_entry->mode);
    }
    if (u->stop && u->request != REQUEST_SHUTDOWN)
        append_part(out, N_("asked to stop"), NULL);
    if (v->state == STATE_CRASHED && v->by_absence)
        append_part(out, N_("meant to run"), NULL);
    if (v->rule == RULE_FROZEN && u->control_frozen)
        append_part(out, N_("its monitor does not answer"), NULL);
    if (v->rule == RULE_FROZEN && u->agent_frozen)
        append_part(out, N_("its guest agent does not answer"), NULL);
    if (vm->kind == KIND_TEMPLATE && v->rule == RULE_DO_NOT_USE)
        append_part(out, N_("mode %s"), usable_mode(vm) ? mode_name(MODE_DO_NOT_USE) : vm->mode);
    if (v->rule == RULE_ABSENT_HELD)
        append_part(out, N_("not yet believed"), NULL);
    if (s->wrong_node)
        append_part(out, N_("sstNode names %s"), s->home != NULL ? s->home->name : "no node");
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
        g_string_append_printf(out, N_("active on %s"), s->alive->str);
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
    return s->it_node != NULL ? s->it_node->name : s->sourced ? "OpenNebula" : N_("nowhere");
}

/* What needs no facts. */
static const char *const plain[ALARM_COUNT] = {
    [ALARM_CONFLICT] = N_("a backup and a migration at the same time"),
    [ALARM_MIGRATION_TO_SELF] = N_("sstMigrationNode equals sstNode"),
    [ALARM_NAME_CLASH] = N_("a domain has this name but another UUID"),
    [ALARM_SHUTDOWN_IGNORED] = N_("asked to shut down, still running"),
    [ALARM_STREAMING_FAILED] = N_("a block pull failed or was cancelled"),
    [ALARM_STREAMING_INTERRUPTED] = N_("the template still lists it, but it is off"),
    [ALARM_STREAMING_STALLED] = N_("the template lists it, but no block pull is at work"),
    [ALARM_TEMPLATE_RUNNING_WHILE_STREAMING] = N_("VMs stream from it while it is active"),
};

static char *
failed_backup(const struct backup_entry *b)
{
    return g_strdup_printf(N_("backup %s stopped in %s with code %s"), b->stamp, b->mode,
                           b->return_value);
}

static char *
stuck_backup(const struct backup_entry *b)
{
    return g_strdup_printf(N_("backup %s has not left %s for too long"), b->stamp, b->mode);
}

static char *
wrong_place(const struct sight *s)
{
    return g_strdup_printf(N_("active on %s, sstNode names %s"), place_of(s),
                           s->home != NULL ? s->home->name : "no node");
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
    return g_strconcat("opennebula ", rows, twice ? "; " : "", twice ? plain[ALARM_CONFLICT] : "", NULL);
}

static char *
on_several(const struct sight *s)
{
    return g_strdup_printf(N_("active on %s"), s->alive != NULL ? s->alive->str : N_("several nodes"));
}

static char *
io_error(const struct sight *s)
{
    const struct look *look = s->it != NULL ? s->it->look : NULL;
    const char *disks = look != NULL ? look->io_error_disks : NULL;

    return disks != NULL
               ? g_strdup_printf(N_("%s stopped it for an I/O error on %s"), place_of(s), disks)
               : g_strdup_printf(N_("%s stopped it for an I/O error"), place_of(s));
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
        return stuck_backup(u->stuck_entry);
    case ALARM_DELETE_OF_ACTIVE:
        return g_strdup_printf(N_("delete was requested while the domain is active on %s"),
                               place_of(s));
    case ALARM_DUPLICATE:
        return on_several(s);
    case ALARM_IO_ERROR:
        return io_error(s);
    case ALARM_LEFTOVER:
        return g_strdup_printf(N_("a copy that means nothing is left on %s"),
                               s->leftovers != NULL ? s->leftovers->str : N_("a node"));
    case ALARM_LOST_IN_MIGRATION:
        return g_strdup_printf(N_("neither %s nor %s has the domain any more"),
                               s->home != NULL ? s->home->name : N_("its node"),
                               s->target != NULL ? s->target->name : N_("the target"));
    case ALARM_STALE_MIGRATION_MARKER:
        return g_strdup_printf(N_("sstMigrationNode still names %s, nothing moves"),
                               s->target != NULL ? s->target->name : N_("a node"));
    case ALARM_TEMPLATE_RUNNING:
        return g_strdup_printf(N_("ready for use, but running on %s"), place_of(s));
    case ALARM_UNKNOWN_BACKUP_MODE:
        return g_strdup_printf(N_("backup %s is in mode %s"), u->unknown_entry->stamp,
                               u->unknown_entry->mode);
    case ALARM_UNKNOWN_MODE:
        return g_strdup_printf(N_("sstVirtualMachineMode is %s"), c->vm->mode);
    case ALARM_UNKNOWN_REQUEST:
        return g_strdup_printf(N_("sstVirtualMachineRequestedAction is %s"), c->vm->pub.request);
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
        return g_strdup(v->vm->kind == KIND_TEMPLATE ? N_("no such action on a template")
                                                     : N_("no such action on a VM"));
    case DENIAL_UNPUBLISHED:
        return v->stale_reason != NULL ? g_strdup_printf(N_("no status yet: %s"), v->stale_reason)
                                       : g_strdup(N_("no status yet"));
    case DENIAL_STALE:
        return g_strdup_printf(N_("stale, %s"),
                               v->stale_reason != NULL ? v->stale_reason : N_("not seen"));
    case DENIAL_DUPLICATE:
        return g_strdup(v->reason != NULL ? v->reason : N_("active on several nodes"));
    case DENIAL_OPENNEBULA:
        return g_strdup(v->one_text != NULL ? v->one_text : N_("OpenNebula is at work on it"));
    case DENIAL_BACKUP:
        return g_strdup(v->lock_text != NULL ? v->lock_text : N_("backup"));
    case DENIAL_MIGRATION:
        return v->lock_text != NULL && g_str_has_prefix(v->lock_text, "migration")
                   ? g_strdup(v->lock_text)
                   : g_strdup(N_("migration under way"));
    case DENIAL_STREAMING:
        return g_strdup(N_("VMs are still streaming from it"));
    case DENIAL_MODE:
        mode = world_mode(v->vm, &unknown_mode);
        return v->vm->mode == NULL && !unknown_mode
                   ? g_strdup(N_("mode is not set"))
                   : g_strdup_printf(N_("mode is %s"), unknown_mode ? v->vm->mode : mode_name(mode));
    case DENIAL_ACTIVE:
        return v->node != NULL ? g_strdup_printf(N_("a domain is active on %s"), v->node)
                               : g_strdup(N_("a domain is active"));
    case DENIAL_STATUS:
    case DENIAL_COUNT:
        break;
    }
    status = verdict_status(v);
    if (status == NULL)
        return g_strdup(N_("not while the status is unknown"));
    return v->activity == ACTIVITY_BACKING_UP ? g_strdup_printf(N_("not while %s (backup)"), status)
                                              : g_strdup_printf(N_("not while %s"), status);
}
