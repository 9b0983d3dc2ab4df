/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/actions.h"

#include <string.h>

#define B(a) ACTION_BIT(ACTION_##a)

#define PEOPLE (B(USERS) | B(GROUPS))
#define POWER (B(START) | B(SHUTDOWN) | B(POWER_OFF) | B(MIGRATE) | B(EDIT) | B(DELETE) | B(TOGGLE))
#define VM_ACTIONS                                                                                 \
    (B(START) | B(SHUTDOWN) | B(POWER_OFF) | B(MIGRATE) | B(EDIT) | B(DELETE) | B(USE) | PEOPLE)
#define TEMPLATE_ACTIONS (POWER | B(USE) | B(PERSISTENT) | B(DYNAMIC))
#define OFF_TEMPLATE                                                                               \
    (B(START) | B(MIGRATE) | B(EDIT) | B(DELETE) | B(TOGGLE) | B(PERSISTENT) | B(DYNAMIC))
#define ON_TEMPLATE (B(SHUTDOWN) | B(POWER_OFF) | B(MIGRATE) | B(TOGGLE) | B(USE))

static const char *const action_names[] = {
#define ACTION_NAME(id, word) [id] = word,
    ACTION_LIST(ACTION_NAME)
#undef ACTION_NAME
};

static const char *const denial_names[] = {
#define DENIAL_NAME(id, word) [id] = word,
    DENIAL_LIST(DENIAL_NAME)
#undef DENIAL_NAME
};

/* One row of a matrix; ACTIVITY_COUNT: any activity. */
struct row {
    enum state state;
    enum activity activity;
    unsigned off; /* allowed while no domain is active */
    unsigned on;  /* allowed while one is */
};

#define SAME(set) (set), (set)

static const struct row vm_rows[] = {
    {STATE_STOPPED, ACTIVITY_NONE,
     SAME(B(START) | B(MIGRATE) | B(EDIT) | B(DELETE) | PEOPLE)},
    {STATE_STOPPED, ACTIVITY_STREAMING, SAME(B(START) | PEOPLE)},
    {STATE_STOPPED, ACTIVITY_COUNT, SAME(PEOPLE)},
    {STATE_STARTING, ACTIVITY_COUNT, SAME(B(POWER_OFF) | PEOPLE)},
    {STATE_PAUSED, ACTIVITY_NONE, SAME(B(POWER_OFF) | B(USE) | PEOPLE)},
    {STATE_PAUSED, ACTIVITY_COUNT, SAME(PEOPLE)},
    {STATE_RUNNING, ACTIVITY_NONE,
     SAME(B(SHUTDOWN) | B(POWER_OFF) | B(MIGRATE) | B(USE) | PEOPLE)},
    {STATE_RUNNING, ACTIVITY_MIGRATING, SAME(B(USE) | PEOPLE)},
    {STATE_RUNNING, ACTIVITY_COUNT, SAME(B(SHUTDOWN) | B(POWER_OFF) | B(USE) | PEOPLE)},
    {STATE_SHUTTING_DOWN, ACTIVITY_COUNT, SAME(B(POWER_OFF) | B(USE) | PEOPLE)},
    {STATE_POWERING_OFF, ACTIVITY_COUNT, SAME(PEOPLE)},
    {STATE_DELETING, ACTIVITY_COUNT, SAME(0)},
    {STATE_CRASHED, ACTIVITY_COUNT, B(START) | B(MIGRATE) | B(EDIT) | B(DELETE) | PEOPLE,
     B(POWER_OFF) | PEOPLE},
    {STATE_FROZEN, ACTIVITY_COUNT, SAME(B(SHUTDOWN) | B(POWER_OFF) | B(USE) | PEOPLE)},
};

static const struct row template_rows[] = {
    {STATE_STOPPED, ACTIVITY_NONE, SAME(OFF_TEMPLATE)},
    {STATE_STOPPED, ACTIVITY_STREAMING, SAME(B(PERSISTENT) | B(DYNAMIC))},
    {STATE_STOPPED, ACTIVITY_BACKING_UP, SAME(0)},
    {STATE_STOPPED, ACTIVITY_MIGRATING, SAME(B(PERSISTENT) | B(DYNAMIC))},
    {STATE_STOPPED, ACTIVITY_COUNT, SAME(OFF_TEMPLATE)}, /* the modes */
    {STATE_STARTING, ACTIVITY_COUNT, SAME(B(POWER_OFF))},
    {STATE_PAUSED, ACTIVITY_NONE, SAME(B(POWER_OFF) | B(USE))},
    {STATE_PAUSED, ACTIVITY_COUNT, SAME(0)},
    {STATE_RUNNING, ACTIVITY_BACKING_UP, SAME(B(USE))},
    {STATE_RUNNING, ACTIVITY_MIGRATING, SAME(B(USE))},
    {STATE_RUNNING, ACTIVITY_COUNT, SAME(ON_TEMPLATE)},
    {STATE_SHUTTING_DOWN, ACTIVITY_COUNT, SAME(B(POWER_OFF) | B(USE))},
    {STATE_POWERING_OFF, ACTIVITY_COUNT, SAME(0)},
    {STATE_DELETING, ACTIVITY_COUNT, SAME(0)},
    {STATE_DO_NOT_USE, ACTIVITY_COUNT, OFF_TEMPLATE, ON_TEMPLATE},
    {STATE_CRASHED, ACTIVITY_COUNT, B(START) | B(MIGRATE) | B(EDIT) | B(DELETE), B(POWER_OFF)},
    {STATE_FROZEN, ACTIVITY_COUNT, SAME(B(SHUTDOWN) | B(POWER_OFF) | B(USE))},
};

const char *
action_name(enum action a)
{
    return (size_t)a < ACTION_COUNT ? action_names[a] : "?";
}

const char *
denial_name(enum denial d)
{
    return (size_t)d < DENIAL_COUNT ? denial_names[d] : "?";
}

static bool
find_action(const char *word, enum action *out)
{
    for (size_t a = 0; a < ACTION_COUNT; a++) {
        if (strcmp(word, action_names[a]) == 0) {
            *out = (enum action)a;
            return true;
        }
    }
    return false;
}

bool
action_parse(const char *word, enum action *out)
{
    char lowered[16];
    size_t len;

    if (word == NULL || (len = strlen(word)) >= sizeof(lowered))
        return false;
    if (find_action(word, out)) /* as we write it ourselves */
        return true;
    for (size_t i = 0; i <= len; i++)
        lowered[i] = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] - 'A' + 'a') : word[i];
    if (strcmp(lowered, "destroy") == 0) {
        *out = ACTION_POWER_OFF;
        return true;
    }
    return find_action(lowered, out);
}

unsigned
actions_of_kind(enum kind kind)
{
    return kind == KIND_TEMPLATE ? TEMPLATE_ACTIONS : VM_ACTIONS;
}

static unsigned
row_set(const struct action_facts *f)
{
    bool template = f->kind == KIND_TEMPLATE;
    const struct row *rows = template ? template_rows : vm_rows;
    size_t n = template ? sizeof(template_rows) / sizeof(template_rows[0])
                        : sizeof(vm_rows) / sizeof(vm_rows[0]);

    for (size_t i = 0; i < n; i++) {
        if (rows[i].state == f->state
            && (rows[i].activity == f->activity || rows[i].activity == ACTIVITY_COUNT))
            return f->active ? rows[i].on : rows[i].off;
    }
    return 0;
}

static unsigned
mode_set(const struct action_facts *f)
{
    unsigned convert = B(PERSISTENT) | B(DYNAMIC);

    if (f->kind != KIND_TEMPLATE)
        return ~0u;
    if (f->mode == MODE_READY)
        return convert | (f->active ? B(SHUTDOWN) | B(POWER_OFF) | B(USE) : 0);
    return ~convert;
}

static unsigned
active_set(const struct action_facts *f)
{
    if (!f->active)
        return ~0u;
    unsigned denied = B(START) | B(EDIT) | B(DELETE);
    if (f->state == STATE_STOPPED && f->activity == ACTIVITY_STREAMING)
        denied &= ~B(START); /* paused for streaming: start means resume */
    return ~denied;
}

#define MASKS 11

/* Each one that applies denies what it does not permit; the first to deny an action is named. */
struct mask {
    bool applies;
    unsigned permits;
    enum denial denial;
};

static void
fill_masks(const struct action_facts *f, struct mask masks[MASKS])
{
    const unsigned fresh = PEOPLE;
    const unsigned quiet = ~(B(START) | B(MIGRATE) | B(EDIT) | B(DELETE) | B(TOGGLE));
    const struct mask all[MASKS] = {
        {true, actions_of_kind(f->kind), DENIAL_NOT_APPLICABLE},
        {f->duplicate, fresh, DENIAL_DUPLICATE},
        {f->stale, fresh, DENIAL_STALE},
        {f->state == STATE_NONE, fresh, DENIAL_UNPUBLISHED},
        {f->one_lock, ~POWER, DENIAL_OPENNEBULA},
        {f->backup_lock, quiet, DENIAL_BACKUP},
        {f->migration_lock, ~POWER, DENIAL_MIGRATION},
        {f->streaming_lock, quiet, DENIAL_STREAMING},
        {true, mode_set(f), DENIAL_MODE},
        {true, active_set(f), DENIAL_ACTIVE},
        {f->state != STATE_NONE, row_set(f), DENIAL_STATUS},
    };

    memcpy(masks, all, sizeof(all));
}

static enum denial
first_denial(const struct mask masks[MASKS], unsigned action)
{
    for (size_t i = 0; i < MASKS; i++) {
        if (masks[i].applies && !(masks[i].permits & ACTION_BIT(action)))
            return masks[i].denial;
    }
    return DENIAL_NONE;
}

enum denial
action_denial(const struct action_facts *f, enum action a)
{
    struct mask masks[MASKS];

    fill_masks(f, masks);
    return first_denial(masks, a);
}

unsigned
action_denials(const struct action_facts *f, unsigned char denials[ACTION_COUNT])
{
    struct mask masks[MASKS];
    unsigned set = 0;

    fill_masks(f, masks);
    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        denials[a] = (unsigned char)first_denial(masks, a);
        if (denials[a] == DENIAL_NONE)
            set |= ACTION_BIT(a);
    }
    return set;
}

unsigned
actions_allowed(const struct action_facts *f)
{
    unsigned char denials[ACTION_COUNT];

    return action_denials(f, denials);
}
