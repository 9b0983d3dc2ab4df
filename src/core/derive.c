/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/derive.h"

#include "core/derive-terms.h"
#include "core/mark.h"

#include <stddef.h>

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

/* What terms are made of. */

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
went_badly(const struct facts *f)
{
    return is_inactive(f) && f->copy == COPY_SHUTOFF
           && (f->reason == DREASON_CRASHED || f->reason == DREASON_FAILED);
}

static bool
off_unexplained(const struct facts *f)
{
    return f->copy == COPY_SHUTOFF
           && (f->reason == DREASON_UNKNOWN || f->reason == DREASON_DAEMON);
}

/* Saving and restoring take the guest away on purpose; the other phases do not. */
static bool
backup_takes_guest(const struct facts *f)
{
    return f->backup == BACKUP_SAVING || f->backup == BACKUP_RESTORING;
}

static bool
saving_job(const struct facts *f)
{
    return f->job == JOB_SAVE || f->job == JOB_RESTORE || f->job == JOB_DUMP;
}

static bool
saved_image(const struct facts *f)
{
    return is_inactive(f)
           && (f->managed_save || (f->copy == COPY_SHUTOFF && f->reason == DREASON_SAVED));
}

/* The terms.  A rule is made of IS() and NOT() of them, joined by && and || alone: then those that
 * held are why it matches, and those that did not are why it does not. */

#define TERM_ENUM(id, test, yes, no) TERM_##id,
enum term { TERM_LIST(TERM_ENUM) TERM_COUNT };
#undef TERM_ENUM

#define TERM_TEST(id, test, yes, no)                                                               \
    static inline bool term_##id(const struct facts *f)                                            \
    {                                                                                              \
        (void)f;                                                                                   \
        return test;                                                                               \
    }
TERM_LIST(TERM_TEST)
#undef TERM_TEST

static const char *const term_texts[][2] = {
#define TERM_TEXTS(id, test, yes, no) [TERM_##id] = {no, yes},
    TERM_LIST(TERM_TEXTS)
#undef TERM_TEXTS
};

_Static_assert(2 * TERM_COUNT <= UINT8_MAX, "a trace holds terms in bytes");

/* What a rule asked, in order; term and answer in one. */
struct trace {
    unsigned n;
    uint8_t asked[RULE_WHY_MAX];
    bool held[RULE_WHY_MAX];
};

static inline bool
ask(struct trace *t, enum term term, bool answer, bool wanted)
{
    if (t != NULL && t->n < RULE_WHY_MAX) {
        t->asked[t->n] = (uint8_t)(2 * term + answer);
        t->held[t->n++] = answer == wanted;
    }
    return answer == wanted;
}

#define IS(id) ask(t, TERM_##id, term_##id(f), true)
#define NOT(id) ask(t, TERM_##id, term_##id(f), false)
#define MATCH(name, condition)                                                                     \
    static bool match_##name(const struct facts *f, struct trace *t)                               \
    {                                                                                              \
        return condition;                                                                          \
    }

/* Down for no reason anybody gave, although it should run. */
static bool
crashed_by_absence(const struct facts *f, struct trace *t)
{
    return (IS(ABSENT) || IS(OFF_UNEXPLAINED)) && NOT(ACTIVE) && IS(MEANT_TO_RUN) && NOT(TRANSIENT)
           && (IS(RUNNING_LIKE) || IS(WAS_CRASHED)) && NOT(WAS_LEAVING) && NOT(START)
           && NOT(BACKUP_TAKES) && NOT(MANAGED_SAVE) && NOT(SIGNS)
           && (NOT(MARKER) || (IS(ABSENT) && IS(CORROBORATED)));
}

MATCH(invalid, IS(INVALID))
MATCH(duplicate, IS(DUPLICATE))
MATCH(unseen, IS(UNSEEN))
/* The front-end moves, starts and ends its VMs: its word goes before what we would make of it. */
MATCH(opennebula, IS(ONE_COUNTS) && NOT(TEMPLATE) && IS(ONE_STATUS))
MATCH(deleting, IS(REQUEST_DELETE) && IS(OFF))
MATCH(powering_off, IS(REQUEST_POWER_OFF) && IS(ACTIVE))
MATCH(shutting_down, IS(SHUTDOWN) || IS(PAUSED_SHUTTING_DOWN) || (IS(RUNNING) && IS(STOP)))
/* Lost by OpenNebula: that had it running when it lost sight of it. */
MATCH(crashed, IS(SAID_CRASHED) || IS(POSTCOPY_FAILED) || (IS(WENT_BADLY) && NOT(EXCUSED))
                   || (IS(ONE_LOST) && IS(OFF) && NOT(WENT_BADLY)) || crashed_by_absence(f, t))
MATCH(frozen, IS(PAUSED_WATCHDOG) || IS(PAUSED_IOERROR)
                  || (IS(RUNNING) && (IS(CONTROL_FROZEN) || IS(AGENT_FROZEN))))
MATCH(migrating_running, (IS(MARKER) || IS(SIGNS)) && IS(MOVE_RUNNING))
MATCH(migrating_paused, IS(SIGNS) && NOT(ANY_RUNNING) && IS(ANY_PAUSED))
MATCH(migrating_stopped, IS(MARKER) && IS(OFF))
MATCH(backup_paused, IS(BACKUP_TAKES)
                         && (IS(PAUSED) || IS(SAVED) || IS(SAVING_JOB)
                             || (IS(OFF) && IS(MEANT_TO_RUN)
                                 && (IS(RUNNING_LIKE) || IS(WAS_BACKUP_PAUSED)))))
MATCH(backup_stopped, IS(BACKUP)
                          && (IS(OFF)
                              || (IS(BACKUP_MERGES) && IS(MERGE_JOB) && NOT(MEANT_TO_RUN)
                                  && (IS(PAUSED_USER) || IS(PAUSED_STARTING_UP)))))
MATCH(backup_running, IS(RUNNING) && (IS(BACKUP) || IS(BACKUP_JOB)))
MATCH(backup_held, IS(BACKUP) && (IS(PAUSED) || IS(ASLEEP)))
MATCH(streaming_running, NOT(TEMPLATE) && IS(STREAMING) && IS(RUNNING))
MATCH(streaming_starting,
      NOT(TEMPLATE) && IS(STREAMING) && IS(PAUSED) && (IS(MEANT_TO_RUN) || IS(REQUEST_START)))
MATCH(streaming_stopped, NOT(TEMPLATE) && IS(STREAMING) && IS(PAUSED))
MATCH(starting, IS(START_JOB) || IS(PAUSED_STARTING_UP) || (IS(OFF) && IS(START)))
MATCH(template_streaming, IS(TEMPLATE) && IS(OFF) && IS(CHILDREN_STREAM))
/* Of a state nobody knows not even this can be said freshly. */
MATCH(do_not_use, IS(TEMPLATE) && IS(MODE_DO_NOT_USE) && NOT(UNMAPPED))
MATCH(template_mode, IS(TEMPLATE) && (IS(MODE_MAINTENANCE) || IS(MODE_INSTALLATION))
                         && (IS(RUNNING) || IS(OFF)))
MATCH(paused, IS(PAUSED) || IS(ASLEEP))
MATCH(running, IS(RUNNING))
MATCH(stopped, IS(OFF))
MATCH(unmapped, IS(ANYTHING))

/* state STATE_NONE: the published status is kept. */
static const struct {
    bool (*match)(const struct facts *f, struct trace *t);
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
    return (size_t)rule <= RULE_UNMAPPED && rules[rule].match(f, NULL);
}

void
rule_why(enum rule rule, const struct facts *f, struct rule_why *out)
{
    struct trace t = {0};

    out->n = 0;
    out->matches = (size_t)rule <= RULE_UNMAPPED && rules[rule].match(f, &t);
    for (unsigned i = 0; i < t.n; i++) {
        bool again = false;
        for (unsigned k = 0; k < i; k++)
            again |= t.asked[k] == t.asked[i] && t.held[k] == t.held[i];
        if (t.held[i] == out->matches && !again)
            out->texts[out->n++] = term_texts[t.asked[i] / 2][t.asked[i] % 2];
    }
}

struct decision
derive(const struct facts *f)
{
    enum rule rule = RULE_INVALID;

    while (!rules[rule].match(f, NULL))
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
