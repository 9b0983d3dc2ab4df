/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/derive.h - the ordered rules from facts to a status.
 *
 * derive() is a function of its argument and nothing else.  Every fact is
 * finite (an enum or a bool), the rules stand in RULE_LIST in the order in
 * which they are tried, the first that matches gives the status.  Facts that
 * need time or memory (is a stop under way? was absence corroborated?) are
 * worked out by engine/ and arrive here as bools.
 */
#ifndef STATESYNC_CORE_DERIVE_H
#define STATESYNC_CORE_DERIVE_H

#include "core/backup.h"
#include "core/words.h"

/* X(ID, "id").  Order matters up to RULE_UNMAPPED: it is the order of trial. */
#define RULE_LIST(X)                                                                               \
    X(RULE_INVALID, "invalid")                                                                     \
    X(RULE_DUPLICATE, "duplicate")                                                                 \
    X(RULE_UNSEEN, "unseen")                                                                       \
    X(RULE_OPENNEBULA, "opennebula")                                                               \
    X(RULE_DELETING, "deleting")                                                                   \
    X(RULE_POWERING_OFF, "powering-off")                                                           \
    X(RULE_SHUTTING_DOWN, "shutting-down")                                                         \
    X(RULE_CRASHED, "crashed")                                                                     \
    X(RULE_FROZEN, "frozen")                                                                       \
    X(RULE_MIGRATING_RUNNING, "migrating-running")                                                 \
    X(RULE_MIGRATING_PAUSED, "migrating-paused")                                                   \
    X(RULE_MIGRATING_STOPPED, "migrating-stopped")                                                 \
    X(RULE_BACKUP_PAUSED, "backup-paused")                                                         \
    X(RULE_BACKUP_STOPPED, "backup-stopped")                                                       \
    X(RULE_BACKUP_RUNNING, "backup-running")                                                       \
    X(RULE_BACKUP_HELD, "backup-held")                                                             \
    X(RULE_STREAMING_RUNNING, "streaming-running")                                                 \
    X(RULE_STREAMING_STARTING, "streaming-starting")                                               \
    X(RULE_STREAMING_STOPPED, "streaming-stopped")                                                 \
    X(RULE_STARTING, "starting")                                                                   \
    X(RULE_TEMPLATE_STREAMING, "template-streaming")                                               \
    X(RULE_DO_NOT_USE, "do-not-use")                                                               \
    X(RULE_TEMPLATE_MODE, "template-mode")                                                         \
    X(RULE_PAUSED, "paused")                                                                       \
    X(RULE_RUNNING, "running")                                                                     \
    X(RULE_STOPPED, "stopped")                                                                     \
    X(RULE_UNMAPPED, "unmapped")                                                                   \
    X(RULE_ABSENT_HELD, "absent-held") /* given by engine/absence only */                          \
    X(RULE_BUDGET_HELD, "budget-held") /* given by engine/budget only */                           \
    X(RULE_IGNORED, "ignored")         /* profiles: never judged */
enum rule { RULE_LIST(WORDS_ENUM) RULE_COUNT };

/* The id of a rule as published and logged; static. */
const char *rule_name(enum rule rule);

/* The copy that counts, as the rules distinguish it. */
#define COPY_LIST(X)                                                                               \
    X(COPY_ABSENT, "absent")           /* no domain counts anywhere */                             \
    X(COPY_SHUTOFF, "shutoff")                                                                     \
    X(COPY_RUNNING, "running")         /* running or blocked */                                    \
    X(COPY_PAUSED, "paused")                                                                       \
    X(COPY_SHUTDOWN, "shutdown")                                                                   \
    X(COPY_PMSUSPENDED, "pmsuspended")                                                             \
    X(COPY_CRASHED, "crashed")                                                                     \
    X(COPY_UNMAPPED, "unmapped")       /* nostate, or a state this version does not know */
enum copy { COPY_LIST(WORDS_ENUM) COPY_COUNT };

const char *copy_name(enum copy copy);

struct facts {
    /* the entry */
    enum kind kind;
    bool transient; /* dynamic, or a golden image: gone is Stopped, never Crashed */
    enum mode mode; /* templates */
    enum intent intent;
    bool request_delete;    /* counts now */
    bool request_power_off; /* counts now */
    bool request_start;     /* counts now */
    bool invalid;

    /* the union of all nodes' answers */
    bool duplicate;
    bool unseen;
    enum copy copy;
    enum dreason reason; /* of the copy that counts */
    enum job job;        /* of the copy that counts */
    bool managed_save;   /* of the copy that counts */
    bool active;         /* any copy is active */
    bool postcopy_failed; /* on any copy */
    bool any_running;
    bool any_paused;
    bool move_running; /* a copy that takes part in the movement is running */
    bool corroborated; /* absence everywhere is believed */

    /* OpenNebula, whose VM it is */
    bool one;          /* its word counts: one_state and one_activity */
    enum state one_state;
    enum activity one_activity;
    bool one_lost;     /* it lost sight of the VM, and the hypervisor is asked instead */

    /* what was published before */
    bool running_like;
    bool was_crashed;
    bool was_leaving; /* Shutting down, Powering off or Deleting */
    bool was_backup_paused;

    /* what is under way */
    bool stop_under_way;
    bool start_under_way;
    bool excused; /* a stop, power-off or saving backup was under way when it went down */
    bool signs;   /* of movement */
    bool marker;  /* a live migration marker */
    enum backup_phase backup; /* of the live backup; BACKUP_UNKNOWN counts as waiting */
    bool backup_job; /* a backup block job or a backup job */
    bool merge_job;  /* a pull or commit block job */
    bool streaming;  /* VM: listed or pulling, not proven finished */
    bool children_streaming; /* template: at least one listed VM not proven finished */
    bool control_frozen;
    bool agent_frozen;
};

struct decision {
    enum rule rule;
    bool kept; /* the published status stays: state and activity are not set */
    enum state state;
    enum activity activity;
    uint32_t alarms; /* bits 1 << enum alarm_id: what the rule itself has to say */
};

/* First match wins; every input has exactly one decision. */
struct decision derive(const struct facts *f);

/* True when this rule matches, whatever stands before it (for explanations and tests). */
bool rule_matches(enum rule rule, const struct facts *f);

/* Why it matches, or does not: short sentences that are all true and together enough; static, keys
 * for translations. */
enum { RULE_WHY_MAX = 32 };
struct rule_why {
    bool matches;
    unsigned n;
    const char *texts[RULE_WHY_MAX];
};
void rule_why(enum rule rule, const struct facts *f, struct rule_why *out);

#endif
