/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/actions.h - which actions a status allows, and why the others are not.
 *
 * An action is allowed when the row of the status and every mask permit it.
 * For a denied action the first mask that denies it is named, in the order in
 * which an operator would ask: do we know? is it locked? the mode? is it
 * active? the status itself.
 */
#ifndef STATESYNC_CORE_ACTIONS_H
#define STATESYNC_CORE_ACTIONS_H

#include "core/words.h"

#define ACTION_LIST(X)                                                                             \
    X(ACTION_START, "start")                                                                       \
    X(ACTION_SHUTDOWN, "shutdown")                                                                 \
    X(ACTION_POWER_OFF, "power-off")                                                               \
    X(ACTION_MIGRATE, "migrate")                                                                   \
    X(ACTION_EDIT, "edit")                                                                         \
    X(ACTION_DELETE, "delete")                                                                     \
    X(ACTION_TOGGLE, "toggle")                                                                     \
    X(ACTION_USE, "use")                                                                           \
    X(ACTION_PERSISTENT, "persistent")                                                             \
    X(ACTION_DYNAMIC, "dynamic")                                                                   \
    X(ACTION_USERS, "users")                                                                       \
    X(ACTION_GROUPS, "groups")
enum action { ACTION_LIST(WORDS_ENUM) ACTION_COUNT };

/* Sets of actions are bits 1 << enum action. */
#define ACTION_BIT(a) (1u << (a))

/* Who denied an action. */
#define DENIAL_LIST(X)                                                                             \
    X(DENIAL_NONE, "allowed")                                                                      \
    X(DENIAL_NOT_APPLICABLE, "not-applicable") /* templates have no users, VMs no toggle */        \
    X(DENIAL_UNPUBLISHED, "unpublished")       /* no status yet */                                 \
    X(DENIAL_STALE, "stale")                                                                       \
    X(DENIAL_DUPLICATE, "duplicate")                                                               \
    X(DENIAL_OPENNEBULA, "opennebula") /* it is at work on it, or something failed there */        \
    X(DENIAL_BACKUP, "backup")                                                                     \
    X(DENIAL_MIGRATION, "migration")                                                               \
    X(DENIAL_STREAMING, "streaming")                                                               \
    X(DENIAL_MODE, "mode")                                                                         \
    X(DENIAL_ACTIVE, "active")                                                                     \
    X(DENIAL_STATUS, "status")
enum denial { DENIAL_LIST(WORDS_ENUM) DENIAL_COUNT };

struct action_facts {
    enum kind kind;
    enum state state; /* STATE_NONE: never published */
    enum activity activity;
    enum mode mode; /* templates */
    bool active;    /* a domain is active anywhere */
    bool stale;
    bool duplicate;
    bool one_lock;       /* OpenNebula is busy with it, or left it in a fault */
    bool backup_lock;    /* a counting backup that has not failed */
    bool migration_lock; /* a live marker or a sign of movement */
    bool streaming_lock; /* a template with at least one VM still streaming */
};

/* The canonical id; accepts "destroy" for power-off when parsing. */
const char *action_name(enum action a);
bool action_parse(const char *word, enum action *out);
const char *denial_name(enum denial d);

/* The allowed set. */
unsigned actions_allowed(const struct action_facts *f);

/* Who denies action a; DENIAL_NONE when it is allowed. */
enum denial action_denial(const struct action_facts *f, enum action a);

/* Who denies each of them (enum denial); returns the allowed set. */
unsigned action_denials(const struct action_facts *f, unsigned char denials[ACTION_COUNT]);

/* The actions that exist for this kind at all. */
unsigned actions_of_kind(enum kind kind);

#endif
