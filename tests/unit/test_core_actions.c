/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two matrices, typed as an operator would draw them, and every mask laid
 * over every row: what is allowed, and who denied the rest.
 */
#include "config.h"

#include "rows.h"

#include "core/actions.h"

#include <string.h>

/* Columns of the drawings. */
static const enum action vm_columns[]
    = {ACTION_START, ACTION_SHUTDOWN, ACTION_POWER_OFF, ACTION_MIGRATE, ACTION_EDIT,
       ACTION_DELETE, ACTION_USE, ACTION_USERS, ACTION_GROUPS};
static const enum action template_columns[]
    = {ACTION_START, ACTION_SHUTDOWN, ACTION_POWER_OFF, ACTION_MIGRATE, ACTION_EDIT,
       ACTION_DELETE, ACTION_TOGGLE, ACTION_USE, ACTION_PERSISTENT, ACTION_DYNAMIC};

/* One line of a matrix while no domain is active, and while one is: what the status and the
 * activity mask leave of it.  NULL: the status cannot be published so. */
struct line {
    enum state state;
    enum activity activity;
    const char *off;
    const char *on;
};

/*    start | shutdown | power-off | migrate | edit | delete | use | users | groups */
static const struct line vm_lines[] = {
    {STATE_STOPPED, ACTIVITY_NONE, "x..xxx.xx", "...x...xx"},
    {STATE_STOPPED, ACTIVITY_STREAMING, "x......xx", "x......xx"},
    {STATE_STOPPED, ACTIVITY_BACKING_UP, ".......xx", ".......xx"},
    {STATE_STOPPED, ACTIVITY_MIGRATING, ".......xx", ".......xx"},
    {STATE_STARTING, ACTIVITY_NONE, "..x....xx", "..x....xx"},
    {STATE_STARTING, ACTIVITY_STREAMING, "..x....xx", "..x....xx"},
    {STATE_PAUSED, ACTIVITY_BACKING_UP, ".......xx", ".......xx"},
    {STATE_PAUSED, ACTIVITY_MIGRATING, ".......xx", ".......xx"},
    {STATE_RUNNING, ACTIVITY_NONE, ".xxx..xxx", ".xxx..xxx"},
    {STATE_RUNNING, ACTIVITY_BACKING_UP, ".xx...xxx", ".xx...xxx"},
    {STATE_RUNNING, ACTIVITY_STREAMING, ".xx...xxx", ".xx...xxx"},
    {STATE_RUNNING, ACTIVITY_MIGRATING, "......xxx", "......xxx"},
    {STATE_SHUTTING_DOWN, ACTIVITY_NONE, "..x...xxx", "..x...xxx"},
    {STATE_POWERING_OFF, ACTIVITY_NONE, ".......xx", ".......xx"},
    {STATE_DELETING, ACTIVITY_NONE, ".........", "........."},
    {STATE_CRASHED, ACTIVITY_NONE, "x..xxx.xx", "..x....xx"},
    {STATE_FROZEN, ACTIVITY_NONE, ".xx...xxx", ".xx...xxx"},
    {STATE_PAUSED, ACTIVITY_NONE, "..x...xxx", "..x...xxx"},
};

/*    start | shutdown | power-off | migrate | edit | delete | toggle | use | persistent | dynamic */
static const struct line template_lines[] = {
    {STATE_STOPPED, ACTIVITY_NONE, "x..xxxx.xx", "...x..x.xx"},
    {STATE_STOPPED, ACTIVITY_STREAMING, "........xx", "........xx"},
    {STATE_STOPPED, ACTIVITY_BACKING_UP, "..........", ".........."},
    {STATE_STOPPED, ACTIVITY_MIGRATING, "........xx", "........xx"},
    {STATE_STARTING, ACTIVITY_NONE, "..x.......", "..x......."},
    {STATE_PAUSED, ACTIVITY_BACKING_UP, "..........", ".........."},
    {STATE_PAUSED, ACTIVITY_MIGRATING, "..........", ".........."},
    {STATE_RUNNING, ACTIVITY_NONE, ".xxx..xx..", ".xxx..xx.."},
    {STATE_RUNNING, ACTIVITY_MAINTENANCE, ".xxx..xx..", ".xxx..xx.."},
    {STATE_RUNNING, ACTIVITY_FIRST_INSTALLATION, ".xxx..xx..", ".xxx..xx.."},
    {STATE_RUNNING, ACTIVITY_BACKING_UP, ".......x..", ".......x.."},
    {STATE_RUNNING, ACTIVITY_MIGRATING, ".......x..", ".......x.."},
    {STATE_SHUTTING_DOWN, ACTIVITY_NONE, "..x....x..", "..x....x.."},
    {STATE_POWERING_OFF, ACTIVITY_NONE, "..........", ".........."},
    {STATE_DELETING, ACTIVITY_NONE, "..........", ".........."},
    {STATE_DO_NOT_USE, ACTIVITY_NONE, "x..xxxx.xx", ".xxx..xx.."},
    {STATE_STOPPED, ACTIVITY_MAINTENANCE, "x..xxxx.xx", "...x..x.xx"},
    {STATE_STOPPED, ACTIVITY_FIRST_INSTALLATION, "x..xxxx.xx", "...x..x.xx"},
    {STATE_CRASHED, ACTIVITY_NONE, "x..xxx....", "..x......."},
    {STATE_FROZEN, ACTIVITY_NONE, ".xx....x..", ".xx....x.."},
    {STATE_PAUSED, ACTIVITY_NONE, "..x....x..", "..x....x.."},
};

/* What a mask leaves, in the columns of templates and VMs together:
 * start shutdown power-off migrate edit delete toggle use persistent dynamic users groups */
static const enum action all_columns[]
    = {ACTION_START, ACTION_SHUTDOWN, ACTION_POWER_OFF, ACTION_MIGRATE, ACTION_EDIT, ACTION_DELETE,
       ACTION_TOGGLE, ACTION_USE, ACTION_PERSISTENT, ACTION_DYNAMIC, ACTION_USERS, ACTION_GROUPS};

#define MASK_ONE ".......xxxxx"
#define MASK_BACKUP ".xx....xxxxx"
#define MASK_MIGRATION ".......xxxxx"
#define MASK_STREAMING ".xx....xxxxx"
#define MASK_FRESH "..........xx"
#define MASK_READY_OFF "........xxxx"
#define MASK_READY_ON ".xx....xxxxx"
#define MASK_OTHER_MODE "xxxxxxxx..xx"

static unsigned
drawn(const char *text, const enum action *columns, size_t n)
{
    unsigned set = 0;

    assert_int_equal(strlen(text), n);
    for (size_t i = 0; i < n; i++)
        set |= text[i] == 'x' ? ACTION_BIT(columns[i]) : 0;
    return set;
}

static unsigned
mask(const char *text)
{
    return drawn(text, all_columns, G_N_ELEMENTS(all_columns));
}

/* The locks, modes and freshness as bits of a number, so that all can be tried together. */
enum {
    WITH_STALE = 1,
    WITH_DUPLICATE = 2,
    WITH_BACKUP = 4,
    WITH_MIGRATION = 8,
    WITH_STREAMING = 16,
    WITH_ACTIVE = 32,
    WITH_ONE = 64,
    WITH_ALL = 128,
};

static struct action_facts
facts_of(enum kind kind, const struct line *line, enum mode mode, unsigned with)
{
    return (struct action_facts){
        .kind = kind,
        .state = line->state,
        .activity = line->activity,
        .mode = mode,
        .active = (with & WITH_ACTIVE) != 0,
        .stale = (with & WITH_STALE) != 0,
        .duplicate = (with & WITH_DUPLICATE) != 0,
        .one_lock = (with & WITH_ONE) != 0,
        .backup_lock = (with & WITH_BACKUP) != 0,
        .migration_lock = (with & WITH_MIGRATION) != 0,
        .streaming_lock = (with & WITH_STREAMING) != 0,
    };
}

static unsigned
expected(enum kind kind, const struct line *line, enum mode mode, unsigned with)
{
    bool template = kind == KIND_TEMPLATE;
    bool on = (with & WITH_ACTIVE) != 0;
    const char *text = on ? line->on : line->off;
    unsigned set = template ? drawn(text, template_columns, G_N_ELEMENTS(template_columns))
                            : drawn(text, vm_columns, G_N_ELEMENTS(vm_columns));

    if (with & (WITH_STALE | WITH_DUPLICATE))
        set &= mask(MASK_FRESH);
    if (with & WITH_ONE)
        set &= mask(MASK_ONE);
    if (with & WITH_BACKUP)
        set &= mask(MASK_BACKUP);
    if (with & WITH_MIGRATION)
        set &= mask(MASK_MIGRATION);
    if (with & WITH_STREAMING)
        set &= mask(MASK_STREAMING);
    if (template && mode == MODE_READY)
        set &= mask(on ? MASK_READY_ON : MASK_READY_OFF);
    else if (template)
        set &= mask(MASK_OTHER_MODE);
    return set;
}

/* All masks together: 128 combinations and, for templates, four modes. */
static void
check_line(enum kind kind, const struct line *line)
{
    unsigned modes = kind == KIND_TEMPLATE ? MODE_COUNT : 1;

    for (unsigned mode = 0; mode < modes; mode++) {
        for (unsigned with = 0; with < WITH_ALL; with++) {
            struct action_facts f = facts_of(kind, line, (enum mode)mode, with);
            unsigned want = expected(kind, line, (enum mode)mode, with);
            if (actions_allowed(&f) != want)
                fail_msg("mode %s, masks %#x: allowed %#x, drawn %#x", mode_name((enum mode)mode),
                         with, actions_allowed(&f), want);
            /* the set and the denials tell the same */
            for (unsigned a = 0; a < ACTION_COUNT; a++)
                assert_int_equal(action_denial(&f, (enum action)a) == DENIAL_NONE,
                                 (want & ACTION_BIT(a)) != 0);
        }
    }
}

static void
test_persistent(void **state)
{
    check_line(KIND_PERSISTENT, *state);
}

static void
test_dynamic(void **state)
{
    check_line(KIND_DYNAMIC, *state);
}

static void
test_template(void **state)
{
    check_line(KIND_TEMPLATE, *state);
}

/* Never published: users and groups, on a VM only. */
static void
test_unpublished(void **state)
{
    struct action_facts f = {.kind = KIND_PERSISTENT, .state = STATE_NONE, .mode = MODE_MAINTENANCE};

    (void)state;
    assert_int_equal(actions_allowed(&f), ACTION_BIT(ACTION_USERS) | ACTION_BIT(ACTION_GROUPS));
    assert_int_equal(action_denial(&f, ACTION_START), DENIAL_UNPUBLISHED);
    f.kind = KIND_TEMPLATE;
    assert_int_equal(actions_allowed(&f), 0);
    assert_int_equal(action_denial(&f, ACTION_USERS), DENIAL_NOT_APPLICABLE);
}

/* Which denial is named when several apply. */
static const struct naming {
    const char *what;
    enum kind kind;
    struct line line;
    enum mode mode;
    unsigned with;
    enum action action;
    enum denial denial;
} namings[] = {
    {"stopped and fresh", KIND_PERSISTENT, {STATE_STOPPED, ACTIVITY_NONE, 0, 0}, 0, 0, ACTION_START,
     DENIAL_NONE},
    {"the status", KIND_PERSISTENT, {STATE_STOPPED, ACTIVITY_NONE, 0, 0}, 0, 0, ACTION_SHUTDOWN,
     DENIAL_STATUS},
    {"VMs know no toggle", KIND_PERSISTENT, {STATE_STOPPED, ACTIVITY_NONE, 0, 0}, 0, WITH_STALE,
     ACTION_TOGGLE, DENIAL_NOT_APPLICABLE},
    {"templates know no users", KIND_TEMPLATE, {STATE_STOPPED, ACTIVITY_NONE, 0, 0}, MODE_READY, 0,
     ACTION_USERS, DENIAL_NOT_APPLICABLE},
    {"stale before locks", KIND_PERSISTENT, {STATE_STOPPED, ACTIVITY_NONE, 0, 0}, 0,
     WITH_STALE | WITH_BACKUP | WITH_MIGRATION | WITH_ACTIVE, ACTION_START, DENIAL_STALE},
    {"duplicate before stale", KIND_PERSISTENT, {STATE_RUNNING, ACTIVITY_NONE, 0, 0}, 0,
     WITH_STALE | WITH_DUPLICATE, ACTION_POWER_OFF, DENIAL_DUPLICATE},
    {"stale before OpenNebula", KIND_PERSISTENT, {STATE_RUNNING, ACTIVITY_NONE, 0, 0}, 0,
     WITH_STALE | WITH_ONE | WITH_ACTIVE, ACTION_SHUTDOWN, DENIAL_STALE},
    {"OpenNebula before backup and migration", KIND_PERSISTENT,
     {STATE_STOPPED, ACTIVITY_NONE, 0, 0}, 0, WITH_ONE | WITH_BACKUP | WITH_MIGRATION, ACTION_START,
     DENIAL_OPENNEBULA},
    {"OpenNebula denies power-off", KIND_PERSISTENT, {STATE_RUNNING, ACTIVITY_NONE, 0, 0}, 0,
     WITH_ONE | WITH_ACTIVE, ACTION_POWER_OFF, DENIAL_OPENNEBULA},
    {"OpenNebula lets it be used", KIND_PERSISTENT, {STATE_RUNNING, ACTIVITY_NONE, 0, 0}, 0,
     WITH_ONE | WITH_ACTIVE, ACTION_USE, DENIAL_NONE},
    {"backup before migration", KIND_PERSISTENT, {STATE_STOPPED, ACTIVITY_NONE, 0, 0}, 0,
     WITH_BACKUP | WITH_MIGRATION, ACTION_DELETE, DENIAL_BACKUP},
    {"a backup does not deny shutdown", KIND_PERSISTENT,
     {STATE_RUNNING, ACTIVITY_BACKING_UP, 0, 0}, 0, WITH_BACKUP | WITH_ACTIVE, ACTION_SHUTDOWN,
     DENIAL_NONE},
    {"migration denies power-off", KIND_PERSISTENT, {STATE_RUNNING, ACTIVITY_NONE, 0, 0}, 0,
     WITH_MIGRATION | WITH_ACTIVE, ACTION_POWER_OFF, DENIAL_MIGRATION},
    {"streaming VMs lock their template", KIND_TEMPLATE,
     {STATE_STOPPED, ACTIVITY_STREAMING, 0, 0}, MODE_MAINTENANCE, WITH_STREAMING, ACTION_START,
     DENIAL_STREAMING},
    {"the mode", KIND_TEMPLATE, {STATE_STOPPED, ACTIVITY_NONE, 0, 0}, MODE_READY, 0, ACTION_START,
     DENIAL_MODE},
    {"the mode of a template under maintenance", KIND_TEMPLATE,
     {STATE_STOPPED, ACTIVITY_MAINTENANCE, 0, 0}, MODE_MAINTENANCE, 0, ACTION_DYNAMIC, DENIAL_MODE},
    {"active", KIND_PERSISTENT, {STATE_CRASHED, ACTIVITY_NONE, 0, 0}, 0, WITH_ACTIVE,
     ACTION_DELETE, DENIAL_ACTIVE},
    {"paused for streaming: start is resume", KIND_PERSISTENT,
     {STATE_STOPPED, ACTIVITY_STREAMING, 0, 0}, 0, WITH_ACTIVE, ACTION_START, DENIAL_NONE},
};

static void
test_naming(void **state)
{
    const struct naming *row = *state;
    struct action_facts f = facts_of(row->kind, &row->line, row->mode, row->with);

    assert_int_equal(action_denial(&f, row->action), row->denial);
}

static const struct {
    const char *word;
    int action;
} words[] = {
    {"start", ACTION_START},           {"shutdown", ACTION_SHUTDOWN},
    {"power-off", ACTION_POWER_OFF},   {"migrate", ACTION_MIGRATE},
    {"edit", ACTION_EDIT},             {"delete", ACTION_DELETE},
    {"toggle", ACTION_TOGGLE},         {"use", ACTION_USE},
    {"persistent", ACTION_PERSISTENT}, {"dynamic", ACTION_DYNAMIC},
    {"users", ACTION_USERS},           {"groups", ACTION_GROUPS},
    {"destroy", ACTION_POWER_OFF},     {"DESTROY", ACTION_POWER_OFF},
    {"Power-Off", ACTION_POWER_OFF},   {"poweroff", -1},
    {"", -1},                          {"start ", -1},
    {"a word longer than any action", -1}, {NULL, -1},
};

static void
test_word(void **state)
{
    const __typeof__(words[0]) *row = *state;
    enum action action = ACTION_COUNT;

    assert_int_equal(action_parse(row->word, &action), row->action >= 0);
    assert_int_equal((int)action, row->action >= 0 ? row->action : (int)ACTION_COUNT);
    if (row->action >= 0 && g_ascii_strcasecmp(row->word, "destroy") != 0)
        assert_int_equal(g_ascii_strcasecmp(action_name(action), row->word), 0);
}

static void
test_names(void **state)
{
    (void)state;
    assert_string_equal(action_name(ACTION_COUNT), "?");
    assert_string_equal(denial_name(DENIAL_COUNT), "?");
    assert_string_equal(denial_name(DENIAL_NONE), "allowed");
    for (unsigned d = 0; d < DENIAL_COUNT; d++)
        assert_true(strlen(denial_name((enum denial)d)) > 0);
}

int
main(void)
{
    ROWS_TABLE(test_persistent, vm_lines, "persistent: %s, %s", state_name(row->state),
               activity_name(row->activity));
    ROWS_TABLE(test_dynamic, vm_lines, "dynamic: %s, %s", state_name(row->state),
               activity_name(row->activity));
    ROWS_TABLE(test_template, template_lines, "template: %s, %s", state_name(row->state),
               activity_name(row->activity));
    rows_add(test_unpublished, NULL, "never published");
    ROWS_TABLE(test_naming, namings, "denied by: %s", row->what);
    ROWS_TABLE(test_word, words, "word: %s", row->word != NULL ? row->word : "(null)");
    rows_add(test_names, NULL, "names");
    return rows_run("core actions");
}
