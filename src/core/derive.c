/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/derive.h"

#define BIT(alarm) (UINT32_C(1) << (alarm))

_Static_assert(ALARM_COUNT <= 32, "alarms are a 32 bit set");

static const char *const rule_names[] = {
#define RULE_NAME(id, word) [id] = word,
    RULE_LIST(RULE_NAME)
#undef RULE_NAME
};

static const char *const copy_names[] = {
#define COPY_NAME(id, word) [id] = word,
    COPY_LIST(COPY_NAME)
#undef COPY_NAME
};

const char *
rule_name(enum rule rule)
{
    return (size_t)rule < RULE_COUNT ? rule_names[rule] : "?";
}

const char *
copy_name(enum copy copy)
{
    return (size_t)copy < COPY_COUNT ? copy_names[copy] : "?";
}

/* Terms the rules share. */

static bool
is_template(const struct facts *f)
{
    return f->kind == KIND_TEMPLATE;
}

static bool
is_inactive(const struct facts *f)
{
    return !f->active && (f->copy == COPY_ABSENT || f->copy == COPY_SHUTOFF);
}

static bool
is_running(const struct facts *f)
{
    return f->copy == COPY_RUNNING;
}

static bool
is_paused(const struct facts *f, enum dreason reason)
{
    return f->copy == COPY_PAUSED && f->reason == reason;
}

static bool
backup_live(const struct facts *f)
{
    return f->backup != BACKUP_NONE;
}

/* Saving and restoring take the guest away on purpose; the other phases do not. */
static bool
backup_takes_guest(const struct facts *f)
{
    return f->backup == BACKUP_SAVING || f->backup == BACKUP_RESTORING;
}

static bool
saved_image(const struct facts *f)
{
    return is_inactive(f)
           && (f->managed_save || (f->copy == COPY_SHUTOFF && f->reason == DREASON_SAVED));
}

/* Down for no reason anybody gave, although it should run. */
static bool
crashed_by_absence(const struct facts *f)
{
    if (f->copy == COPY_SHUTOFF) {
        if (f->reason != DREASON_UNKNOWN && f->reason != DREASON_DAEMON)
            return false;
    } else if (f->copy != COPY_ABSENT) {
        return false;
    }
    if (f->active || f->intent != INTENT_RUN || f->transient)
        return false;
    if (!f->running_like && !f->was_crashed)
        return false;
    if (f->was_leaving || f->start_under_way || backup_takes_guest(f) || f->managed_save
        || f->signs)
        return false;
    return !f->marker || (f->copy == COPY_ABSENT && f->corroborated);
}

static bool
match_invalid(const struct facts *f)
{
    return f->invalid;
}

static bool
match_duplicate(const struct facts *f)
{
    return f->duplicate;
}

static bool
match_unseen(const struct facts *f)
{
    return f->unseen;
}

/* The front-end moves, starts and ends its VMs: its word goes before what we would make of it. */
static bool
match_opennebula(const struct facts *f)
{
    return f->one && !is_template(f) && f->one_state != STATE_NONE;
}

static bool
match_deleting(const struct facts *f)
{
    return f->request_delete && is_inactive(f);
}

static bool
match_powering_off(const struct facts *f)
{
    return f->request_power_off && f->active;
}

static bool
match_shutting_down(const struct facts *f)
{
    return f->copy == COPY_SHUTDOWN || is_paused(f, DREASON_SHUTTING_DOWN)
           || (is_running(f) && f->stop_under_way);
}

static bool
match_crashed(const struct facts *f)
{
    if (f->copy == COPY_CRASHED || is_paused(f, DREASON_CRASHED) || f->postcopy_failed)
        return true;
    if (is_inactive(f) && f->copy == COPY_SHUTOFF
        && (f->reason == DREASON_CRASHED || f->reason == DREASON_FAILED))
        return !f->excused;
    if (f->one_lost && is_inactive(f))
        return true; /* OpenNebula had it running when it lost sight of it */
    return crashed_by_absence(f);
}

static bool
match_frozen(const struct facts *f)
{
    if (is_paused(f, DREASON_WATCHDOG) || is_paused(f, DREASON_IOERROR))
        return true;
    return is_running(f) && (f->control_frozen || f->agent_frozen);
}

static bool
match_migrating_running(const struct facts *f)
{
    return (f->marker || f->signs) && f->move_running;
}

static bool
match_migrating_paused(const struct facts *f)
{
    return f->signs && !f->any_running && f->any_paused;
}

static bool
match_migrating_stopped(const struct facts *f)
{
    return f->marker && is_inactive(f);
}

static bool
match_backup_paused(const struct facts *f)
{
    if (!backup_takes_guest(f))
        return false;
    if (f->copy == COPY_PAUSED || saved_image(f))
        return true;
    if (f->job == JOB_SAVE || f->job == JOB_RESTORE || f->job == JOB_DUMP)
        return true;
    return is_inactive(f) && f->intent == INTENT_RUN && (f->running_like || f->was_backup_paused);
}

static bool
match_backup_stopped(const struct facts *f)
{
    if (!backup_live(f))
        return false;
    if (is_inactive(f))
        return true;
    return f->backup == BACKUP_MERGING && f->merge_job && f->intent != INTENT_RUN
           && (is_paused(f, DREASON_USER) || is_paused(f, DREASON_STARTING_UP));
}

static bool
match_backup_running(const struct facts *f)
{
    return is_running(f) && (backup_live(f) || f->backup_job);
}

static bool
match_backup_held(const struct facts *f)
{
    return backup_live(f) && (f->copy == COPY_PAUSED || f->copy == COPY_PMSUSPENDED);
}

static bool
match_streaming_running(const struct facts *f)
{
    return !is_template(f) && f->streaming && is_running(f);
}

static bool
match_streaming_starting(const struct facts *f)
{
    return !is_template(f) && f->streaming && f->copy == COPY_PAUSED
           && (f->intent == INTENT_RUN || f->request_start);
}

static bool
match_streaming_stopped(const struct facts *f)
{
    return !is_template(f) && f->streaming && f->copy == COPY_PAUSED;
}

static bool
match_starting(const struct facts *f)
{
    return f->job == JOB_START || is_paused(f, DREASON_STARTING_UP)
           || (is_inactive(f) && f->start_under_way);
}

static bool
match_template_streaming(const struct facts *f)
{
    return is_template(f) && is_inactive(f) && f->children_streaming;
}

/* Of a state nobody knows not even this can be said freshly. */
static bool
match_do_not_use(const struct facts *f)
{
    return is_template(f) && f->mode == MODE_DO_NOT_USE && f->copy != COPY_UNMAPPED;
}

static bool
match_template_mode(const struct facts *f)
{
    return is_template(f) && (f->mode == MODE_MAINTENANCE || f->mode == MODE_FIRST_INSTALLATION)
           && (is_running(f) || is_inactive(f));
}

static bool
match_paused(const struct facts *f)
{
    return f->copy == COPY_PAUSED || f->copy == COPY_PMSUSPENDED;
}

static bool
match_running(const struct facts *f)
{
    return is_running(f);
}

static bool
match_stopped(const struct facts *f)
{
    return is_inactive(f);
}

static bool
match_unmapped(const struct facts *f)
{
    (void)f;
    return true; /* whatever no other rule can name */
}

/* state STATE_NONE: the published status is kept. */
static const struct {
    bool (*match)(const struct facts *f);
    enum state state;
    enum activity activity;
} rules[] = {
    [RULE_INVALID] = {match_invalid, STATE_NONE, ACTIVITY_NONE},
    [RULE_DUPLICATE] = {match_duplicate, STATE_NONE, ACTIVITY_NONE},
    [RULE_UNSEEN] = {match_unseen, STATE_NONE, ACTIVITY_NONE},
    [RULE_OPENNEBULA] = {match_opennebula, STATE_STOPPED, ACTIVITY_NONE}, /* as it says */
    [RULE_DELETING] = {match_deleting, STATE_DELETING, ACTIVITY_NONE},
    [RULE_POWERING_OFF] = {match_powering_off, STATE_POWERING_OFF, ACTIVITY_NONE},
    [RULE_SHUTTING_DOWN] = {match_shutting_down, STATE_SHUTTING_DOWN, ACTIVITY_NONE},
    [RULE_CRASHED] = {match_crashed, STATE_CRASHED, ACTIVITY_NONE},
    [RULE_FROZEN] = {match_frozen, STATE_FROZEN, ACTIVITY_NONE},
    [RULE_MIGRATING_RUNNING] = {match_migrating_running, STATE_RUNNING, ACTIVITY_MIGRATING},
    [RULE_MIGRATING_PAUSED] = {match_migrating_paused, STATE_PAUSED, ACTIVITY_MIGRATING},
    [RULE_MIGRATING_STOPPED] = {match_migrating_stopped, STATE_STOPPED, ACTIVITY_MIGRATING},
    [RULE_BACKUP_PAUSED] = {match_backup_paused, STATE_PAUSED, ACTIVITY_BACKING_UP},
    [RULE_BACKUP_STOPPED] = {match_backup_stopped, STATE_STOPPED, ACTIVITY_BACKING_UP},
    [RULE_BACKUP_RUNNING] = {match_backup_running, STATE_RUNNING, ACTIVITY_BACKING_UP},
    [RULE_BACKUP_HELD] = {match_backup_held, STATE_PAUSED, ACTIVITY_BACKING_UP},
    [RULE_STREAMING_RUNNING] = {match_streaming_running, STATE_RUNNING, ACTIVITY_STREAMING},
    [RULE_STREAMING_STARTING] = {match_streaming_starting, STATE_STARTING, ACTIVITY_STREAMING},
    [RULE_STREAMING_STOPPED] = {match_streaming_stopped, STATE_STOPPED, ACTIVITY_STREAMING},
    [RULE_STARTING] = {match_starting, STATE_STARTING, ACTIVITY_NONE},
    [RULE_TEMPLATE_STREAMING] = {match_template_streaming, STATE_STOPPED, ACTIVITY_STREAMING},
    [RULE_DO_NOT_USE] = {match_do_not_use, STATE_DO_NOT_USE, ACTIVITY_NONE},
    [RULE_TEMPLATE_MODE] = {match_template_mode, STATE_STOPPED, ACTIVITY_NONE},
    [RULE_PAUSED] = {match_paused, STATE_PAUSED, ACTIVITY_NONE},
    [RULE_RUNNING] = {match_running, STATE_RUNNING, ACTIVITY_NONE},
    [RULE_STOPPED] = {match_stopped, STATE_STOPPED, ACTIVITY_NONE},
    [RULE_UNMAPPED] = {match_unmapped, STATE_NONE, ACTIVITY_NONE},
};

/* What the rule that matched, and facts that no rule expresses, have to say. */
static uint32_t
decision_alarms(const struct facts *f, enum rule rule)
{
    uint32_t alarms = 0;

    if (rule == RULE_INVALID)
        return alarms;
    if (rule == RULE_DUPLICATE)
        alarms |= BIT(ALARM_DUPLICATE);
    if (rule == RULE_UNSEEN || rule == RULE_DUPLICATE)
        return alarms;
    if (f->request_delete && f->active)
        alarms |= BIT(ALARM_DELETE_OF_ACTIVE);
    if (is_paused(f, DREASON_IOERROR))
        alarms |= BIT(ALARM_IO_ERROR);
    if (rule == RULE_CRASHED && f->marker && f->copy == COPY_ABSENT && !f->active)
        alarms |= BIT(ALARM_LOST_IN_MIGRATION);
    if (rule == RULE_RUNNING && is_template(f))
        alarms |= BIT(ALARM_TEMPLATE_RUNNING);
    if (is_template(f) && f->active && f->children_streaming)
        alarms |= BIT(ALARM_TEMPLATE_RUNNING_WHILE_STREAMING);
    return alarms;
}

bool
rule_matches(enum rule rule, const struct facts *f)
{
    return (size_t)rule <= RULE_UNMAPPED && rules[rule].match(f);
}

struct decision
derive(const struct facts *f)
{
    enum rule rule = RULE_INVALID;

    while (!rules[rule].match(f))
        rule++;

    struct decision d = {
        .rule = rule,
        .kept = rules[rule].state == STATE_NONE,
        .state = rules[rule].state,
        .activity = rules[rule].activity,
        .alarms = decision_alarms(f, rule),
    };
    if (rule == RULE_OPENNEBULA) {
        d.state = f->one_state;
        d.activity = f->one_activity;
    } else if (rule == RULE_TEMPLATE_MODE) {
        d.state = is_running(f) ? STATE_RUNNING : STATE_STOPPED;
        d.activity = f->mode == MODE_MAINTENANCE ? ACTIVITY_MAINTENANCE
                                                 : ACTIVITY_FIRST_INSTALLATION;
    }
    return d;
}
