/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules: their order, one input that reaches each, that any input has
 * exactly one decision whose words exist for its kind, and the table kept in
 * tests/golden/derive.tsv.
 */
#include "config.h"

#include "golden/derive_table.h"
#include "rows.h"

#include "core/actions.h"
#include "core/derive.h"
#include "core/one.h"

#include <string.h>

/* In the order in which they are tried. */
static const char *const order[] = {
    "invalid",           "duplicate",          "unseen",
    "opennebula",
    "deleting",          "powering-off",       "shutting-down",
    "crashed",           "frozen",             "migrating-running",
    "migrating-paused",  "migrating-stopped",  "backup-paused",
    "backup-stopped",    "backup-running",     "backup-held",
    "streaming-running", "streaming-starting", "streaming-stopped",
    "starting",          "template-streaming", "do-not-use",
    "template-mode",     "paused",             "running",
    "stopped",           "unmapped",           "absent-held",
    "budget-held",       "ignored",
};

static void
test_order(void **state)
{
    (void)state;
    assert_int_equal(RULE_COUNT, G_N_ELEMENTS(order));
    for (unsigned r = 0; r < RULE_COUNT; r++)
        assert_string_equal(rule_name((enum rule)r), order[r]);
    assert_string_equal(rule_name(RULE_COUNT), "?");
    assert_string_equal(copy_name(COPY_COUNT), "?");
}

#define RUNNING .copy = COPY_RUNNING, .active = true, .any_running = true, .move_running = true
#define PAUSED(why)                                                                                \
    .copy = COPY_PAUSED, .reason = DREASON_##why, .active = true, .any_paused = true
#define OFF(why) .copy = COPY_SHUTOFF, .reason = DREASON_##why
#define TEMPLATE(m) .kind = KIND_TEMPLATE, .mode = MODE_##m

/* One input per rule, and per branch of a rule that has several. */
static const struct {
    const char *rule;
    const char *what;
    struct facts facts;
    const char *status; /* NULL = kept */
} reaching[] = {
    {"invalid", "even while running", {RUNNING, .invalid = true, .duplicate = true}, NULL},
    {"duplicate", "even when unseen", {RUNNING, .duplicate = true, .unseen = true}, NULL},
    {"unseen", "whatever was requested", {.unseen = true, .request_delete = true}, NULL},
    {"opennebula", "whatever libvirt shows and was requested",
     {RUNNING, .one = true, .one_state = STATE_POWERING_OFF, .request_delete = true, .marker = true},
     "Powering off"},
    {"opennebula", "off and streaming",
     {.one = true, .one_state = STATE_STOPPED, .one_activity = ACTIVITY_STREAMING},
     "Stopped, streaming"},
    {"deleting", "requested and off", {OFF(SHUTDOWN), .request_delete = true}, "Deleting"},
    {"deleting", "requested and absent", {.request_delete = true, .marker = true}, "Deleting"},
    {"powering-off", "running", {RUNNING, .request_power_off = true}, "Powering off"},
    {"powering-off", "a preserved crash",
     {.copy = COPY_CRASHED, .active = true, .request_power_off = true}, "Powering off"},
    {"shutting-down", "the state", {.copy = COPY_SHUTDOWN, .active = true}, "Shutting down"},
    {"shutting-down", "paused for it", {PAUSED(SHUTTING_DOWN)}, "Shutting down"},
    {"shutting-down", "asked to stop", {RUNNING, .stop_under_way = true}, "Shutting down"},
    {"crashed", "the state", {.copy = COPY_CRASHED, .active = true}, "Crashed"},
    {"crashed", "paused (crashed)", {PAUSED(CRASHED)}, "Crashed"},
    {"crashed", "post-copy failed", {RUNNING, .postcopy_failed = true}, "Crashed"},
    {"crashed", "shutoff (crashed)", {OFF(CRASHED)}, "Crashed"},
    {"crashed", "shutoff (failed)", {OFF(FAILED)}, "Crashed"},
    {"crashed", "OpenNebula lost sight of it and it is gone", {.one_lost = true}, "Crashed"},
    {"crashed", "OpenNebula lost sight of it and it is off", {OFF(DESTROYED), .one_lost = true},
     "Crashed"},
    {"running", "OpenNebula lost sight of it, it runs", {RUNNING, .one_lost = true}, "Running"},
    {"stopped", "a template that an OpenNebula VM names",
     {TEMPLATE(READY), .one = true, .one_state = STATE_RUNNING}, "Stopped"},
    {"crashed", "absent while it should run",
     {.intent = INTENT_RUN, .running_like = true}, "Crashed"},
    {"crashed", "absent and crashed before", {.intent = INTENT_RUN, .was_crashed = true},
     "Crashed"},
    {"crashed", "shutoff (unknown) while it should run",
     {OFF(UNKNOWN), .intent = INTENT_RUN, .running_like = true}, "Crashed"},
    {"crashed", "lost in migration",
     {.intent = INTENT_RUN, .running_like = true, .marker = true, .corroborated = true},
     "Crashed"},
    {"frozen", "paused (watchdog)", {PAUSED(WATCHDOG)}, "Frozen"},
    {"frozen", "paused (ioerror)", {PAUSED(IOERROR)}, "Frozen"},
    {"frozen", "control", {RUNNING, .control_frozen = true}, "Frozen"},
    {"frozen", "agent", {RUNNING, .agent_frozen = true}, "Frozen"},
    {"migrating-running", "marker", {RUNNING, .marker = true}, "Running, migrating"},
    {"migrating-running", "signs", {RUNNING, .signs = true}, "Running, migrating"},
    {"migrating-paused", "signs", {PAUSED(MIGRATING), .signs = true}, "Paused, migrating"},
    {"migrating-stopped", "marker", {OFF(SHUTDOWN), .marker = true}, "Stopped, migrating"},
    {"backup-paused", "paused", {PAUSED(USER), .backup = BACKUP_SAVING}, "Paused, backing up"},
    {"backup-paused", "shutoff (saved)", {OFF(SAVED), .backup = BACKUP_RESTORING},
     "Paused, backing up"},
    {"backup-paused", "a save job", {RUNNING, .job = JOB_SAVE, .backup = BACKUP_SAVING},
     "Paused, backing up"},
    {"backup-paused", "gone for it",
     {.intent = INTENT_RUN, .running_like = true, .backup = BACKUP_SAVING}, "Paused, backing up"},
    {"backup-stopped", "off", {OFF(SHUTDOWN), .backup = BACKUP_WAITING}, "Stopped, backing up"},
    {"backup-stopped", "started paused to merge",
     {PAUSED(STARTING_UP), .backup = BACKUP_MERGING, .merge_job = true}, "Stopped, backing up"},
    {"backup-running", "a backup", {RUNNING, .backup = BACKUP_UNKNOWN}, "Running, backing up"},
    {"backup-running", "a job of another tool", {RUNNING, .backup_job = true},
     "Running, backing up"},
    {"backup-held", "paused by somebody", {PAUSED(USER), .backup = BACKUP_WAITING},
     "Paused, backing up"},
    {"streaming-running", "running", {RUNNING, .streaming = true}, "Running, streaming"},
    {"streaming-starting", "meant to run",
     {PAUSED(USER), .streaming = true, .intent = INTENT_RUN}, "Starting, streaming"},
    {"streaming-starting", "asked to start",
     {PAUSED(USER), .streaming = true, .request_start = true}, "Starting, streaming"},
    {"streaming-stopped", "paused otherwise", {PAUSED(USER), .streaming = true},
     "Stopped, streaming"},
    {"starting", "a start job", {RUNNING, .job = JOB_START}, "Starting"},
    {"starting", "paused (starting up)", {PAUSED(STARTING_UP)}, "Starting"},
    {"starting", "requested", {.start_under_way = true}, "Starting"},
    {"template-streaming", "VMs stream", {TEMPLATE(READY), .children_streaming = true},
     "Stopped, streaming"},
    {"do-not-use", "running, too", {TEMPLATE(DO_NOT_USE), RUNNING}, "Do not use"},
    {"template-mode", "running", {TEMPLATE(MAINTENANCE), RUNNING}, "Running, maintenance mode"},
    {"template-mode", "off", {TEMPLATE(FIRST_INSTALLATION)}, "Stopped, first installation"},
    {"paused", "paused", {PAUSED(USER)}, "Paused"},
    {"paused", "asleep", {.copy = COPY_PMSUSPENDED, .active = true}, "Paused"},
    {"running", "running", {RUNNING}, "Running"},
    {"running", "a template", {TEMPLATE(READY), RUNNING}, "Running"},
    {"stopped", "off", {OFF(DESTROYED)}, "Stopped"},
    {"stopped", "absent", {.intent = INTENT_RUN}, "Stopped"},
    {"unmapped", "a state nobody knows", {.copy = COPY_UNMAPPED}, NULL},
};

static char *
status_of(const struct decision *d)
{
    const char *activity = activity_name(d->activity);

    return d->kept ? NULL
                   : g_strconcat(state_name(d->state), *activity != '\0' ? ", " : "", activity,
                                 NULL);
}

static void
test_reach(void **state)
{
    const __typeof__(reaching[0]) *row = *state;
    struct decision d = derive(&row->facts);
    g_autofree char *status = status_of(&d);

    assert_string_equal(rule_name(d.rule), row->rule);
    assert_int_equal(d.kept, row->status == NULL);
    if (row->status != NULL)
        assert_string_equal(status, row->status);
    assert_true(rule_matches(d.rule, &row->facts));
    for (unsigned r = 0; r < (unsigned)d.rule; r++)
        assert_false(rule_matches((enum rule)r, &row->facts));
}

static void
test_all_reached(void **state)
{
    (void)state;
    for (unsigned r = 0; r <= RULE_UNMAPPED; r++) {
        bool reached = false;
        for (size_t i = 0; i < G_N_ELEMENTS(reaching); i++)
            reached |= strcmp(reaching[i].rule, rule_name((enum rule)r)) == 0;
        if (!reached)
            fail_msg("no row reaches %s", rule_name((enum rule)r));
    }
    assert_false(rule_matches(RULE_ABSENT_HELD, &(struct facts){.invalid = true}));
    assert_false(rule_matches(RULE_IGNORED, &(struct facts){.invalid = true}));
}

/* Why a rule matches, or does not. */
static const struct {
    enum rule rule;
    const char *what;
    struct facts facts;
    bool matches;
    const char *because;
} reasons[] = {
    {RULE_INVALID, "an entry that is well-formed", {RUNNING}, false, "the entry is well-formed"},
    {RULE_RUNNING, "running", {RUNNING}, true, "it is running"},
    {RULE_RUNNING, "off", {OFF(SHUTDOWN)}, false, "it is not running"},
    {RULE_POWERING_OFF, "asked for, but off", {.request_power_off = true}, false,
     "no domain is active"},
    {RULE_POWERING_OFF, "not asked for", {RUNNING}, false, "power-off is not requested"},
    {RULE_SHUTTING_DOWN, "asked to stop", {RUNNING, .stop_under_way = true}, true,
     "it is running; a stop is under way"},
    {RULE_SHUTTING_DOWN, "runs on", {RUNNING}, false,
     "its state is not shutdown; it is not paused (shutting down); no stop is under way"},
    {RULE_CRASHED, "went down badly, as expected", {OFF(CRASHED), .excused = true}, false,
     "its hypervisor does not say crashed; no post-copy migration of it failed; it was expected "
     "to go down; OpenNebula did not lose sight of it; a copy of it counts; it is not shutoff for "
     "no known reason"},
    {RULE_CRASHED, "absent, but not meant to run", {.running_like = true}, false,
     "its hypervisor does not say crashed; no post-copy migration of it failed; it is not shutoff "
     "(crashed) or (failed); OpenNebula did not lose sight of it; it is not meant to run"},
    {RULE_CRASHED, "absent, meant to run",
     {.running_like = true, .intent = INTENT_RUN}, true,
     "no copy of it counts; no domain is active; it is meant to run; it is neither dynamic nor a "
     "golden image; it was published as active; it was not published as going down; no start is "
     "under way; no backup saves or restores it; it has no saved image; it shows no sign of "
     "movement; no migration marker is live"},
    {RULE_UNMAPPED, "anything", {RUNNING}, true, "it takes whatever no other rule names"},
};

static void
test_reasons(void **state)
{
    const __typeof__(reasons[0]) *row = *state;
    g_autoptr(GString) because = g_string_new(NULL);
    struct rule_why why;

    rule_why(row->rule, &row->facts, &why);
    for (unsigned i = 0; i < why.n; i++)
        g_string_append_printf(because, "%s%s", i > 0 ? "; " : "", why.texts[i]);
    assert_int_equal(why.matches, row->matches);
    assert_string_equal(because->str, row->because);
}

static void
test_no_reasons(void **state)
{
    struct rule_why why;

    (void)state;
    rule_why(RULE_ABSENT_HELD, &(struct facts){.invalid = true}, &why);
    assert_false(why.matches);
    assert_int_equal(why.n, 0);
}

/* The statuses that exist. */
static const char *const vm_statuses[] = {
    "Stopped",        "Stopped, streaming",  "Stopped, backing up", "Stopped, migrating",
    "Starting",       "Starting, streaming", "Paused, backing up",  "Paused, migrating",
    "Running",        "Running, backing up", "Running, streaming",  "Running, migrating",
    "Shutting down",  "Powering off",        "Deleting",            "Crashed",
    "Frozen",         "Paused",              NULL};
static const char *const template_statuses[] = {
    "Stopped",             "Stopped, streaming",          "Stopped, backing up",
    "Stopped, migrating",  "Starting",                    "Paused, backing up",
    "Paused, migrating",   "Running",                     "Running, backing up",
    "Running, migrating",  "Shutting down",               "Powering off",
    "Deleting",            "Do not use",                  "Running, maintenance mode",
    "Stopped, maintenance mode", "Running, first installation", "Stopped, first installation",
    "Paused",              "Crashed",                     "Frozen",
    NULL};

/* Any facts at all, also ones that contradict each other. */
static struct facts
random_facts(GRand *rand)
{
    struct facts f;
    bool *flags[] = {
        &f.transient,     &f.request_delete,   &f.request_power_off, &f.request_start,
        &f.invalid,       &f.duplicate,        &f.unseen,            &f.managed_save,
        &f.active,        &f.postcopy_failed,  &f.any_running,       &f.any_paused,
        &f.move_running,  &f.corroborated,     &f.running_like,      &f.was_crashed,
        &f.was_leaving,   &f.was_backup_paused, &f.stop_under_way,   &f.start_under_way,
        &f.excused,       &f.signs,            &f.marker,            &f.backup_job,
        &f.merge_job,     &f.streaming,        &f.children_streaming, &f.control_frozen,
        &f.agent_frozen,  &f.one,              &f.one_lost};

    memset(&f, 0, sizeof(f));
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
        *flags[i] = g_rand_int_range(rand, 0, 8) == 0;
    f.kind = (enum kind)g_rand_int_range(rand, KIND_PERSISTENT, KIND_PROFILE);
    f.mode = (enum mode)g_rand_int_range(rand, 0, MODE_COUNT);
    f.intent = (enum intent)g_rand_int_range(rand, 0, INTENT_COUNT);
    f.copy = (enum copy)g_rand_int_range(rand, 0, COPY_COUNT);
    f.reason = (enum dreason)g_rand_int_range(rand, 0, DREASON_COUNT);
    f.job = (enum job)g_rand_int_range(rand, 0, JOB_COUNT);
    f.backup = (enum backup_phase)(g_rand_boolean(rand) ? g_rand_int_range(rand, 0, 6) : 0);
    struct one_meaning one = one_meaning(g_rand_int_range(rand, 0, 13), g_rand_int_range(rand, 0, 74),
                                         g_rand_int_range(rand, 0, 30));
    f.one_state = one.state;
    f.one_activity = one.activity;
    return f;
}

static void
test_any_input(void **state)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(20260101);

    (void)state;
    for (int i = 0; i < 300000; i++) {
        struct facts f = random_facts(rand);
        struct decision d = derive(&f);
        g_autofree char *status = status_of(&d);
        assert_true(d.rule <= RULE_UNMAPPED);
        assert_true(rule_matches(d.rule, &f));
        for (unsigned r = 0; r < (unsigned)d.rule; r++)
            assert_false(rule_matches((enum rule)r, &f));
        for (unsigned r = 0; i < 20000 && r <= RULE_UNMAPPED; r++) {
            struct rule_why why;
            rule_why((enum rule)r, &f, &why);
            assert_int_equal(why.matches, rule_matches((enum rule)r, &f));
            assert_in_range(why.n, 1, RULE_WHY_MAX - 1); /* nothing was left out */
            for (unsigned k = 0; k < why.n; k++)
                assert_true(*why.texts[k] != '\0');
        }
        assert_int_equal(d.kept, d.state == STATE_NONE);
        assert_true((d.alarms >> ALARM_COUNT) == 0);
        if (status != NULL
            && !g_strv_contains(f.kind == KIND_TEMPLATE ? template_statuses : vm_statuses, status))
            fail_msg("a %s is never %s (%s)", kind_name(f.kind), status, rule_name(d.rule));
        struct decision again = derive(&f);
        /* member by member: padding is nobody's business */
        assert_true(again.rule == d.rule && again.kept == d.kept && again.state == d.state
                    && again.activity == d.activity && again.alarms == d.alarms);
    }
}

static void
test_golden(void **state)
{
    g_autofree char *path = harness_src_path("tests/golden/derive.tsv");
    g_autofree char *want = NULL;
    g_autofree char *have = derive_table();
    g_autoptr(GError) error = NULL;

    (void)state;
    if (!g_file_get_contents(path, &want, NULL, &error))
        fail_msg("%s", error->message);
    if (strcmp(want, have) == 0)
        return;
    g_auto(GStrv) want_lines = g_strsplit(want, "\n", -1);
    g_auto(GStrv) have_lines = g_strsplit(have, "\n", -1);
    for (unsigned i = 0; want_lines[i] != NULL && have_lines[i] != NULL; i++) {
        if (strcmp(want_lines[i], have_lines[i]) != 0)
            fail_msg("line %u was\n%s\nand is\n%s\nIf that is meant: make update-golden", i + 1,
                     want_lines[i], have_lines[i]);
    }
    fail_msg("the table has another length; if that is meant: make update-golden");
}

/* The kept table shows every rule. */
static void
test_golden_complete(void **state)
{
    g_autofree char *table = derive_table();

    (void)state;
    for (unsigned r = 0; r <= RULE_UNMAPPED; r++) {
        g_autofree char *cell = g_strdup_printf("\t%s\t", rule_name((enum rule)r));
        if (strstr(table, cell) == NULL)
            fail_msg("%s is not in the table", rule_name((enum rule)r));
    }
}

static void
must_name(const char *page, const char *word)
{
    g_autofree char *cell = g_strdup_printf("| `%s` |", word);

    if (strstr(page, cell) == NULL)
        fail_msg("docs/statuses.md does not explain %s", word);
}

/* Operators find every rule, state, alarm and denial on one page. */
static void
test_page(void **state)
{
    g_autofree char *path = harness_src_path("docs/statuses.md");
    g_autofree char *page = NULL;

    (void)state;
    assert_true(g_file_get_contents(path, &page, NULL, NULL));
    for (unsigned r = 0; r < RULE_COUNT; r++)
        must_name(page, rule_name((enum rule)r));
    for (unsigned a = 0; a < ALARM_COUNT; a++)
        must_name(page, alarm_name((enum alarm_id)a));
    for (unsigned s = STATE_NONE + 1; s < STATE_COUNT; s++)
        must_name(page, state_name((enum state)s));
    for (unsigned d = DENIAL_NONE + 1; d < DENIAL_COUNT; d++)
        must_name(page, denial_name((enum denial)d));
}

int
main(void)
{
    rows_add(test_order, NULL, "the order of the rules");
    ROWS_TABLE(test_reach, reaching, "%s: %s", row->rule, row->what);
    rows_add(test_all_reached, NULL, "every rule is reached");
    ROWS_TABLE(test_reasons, reasons, "why %s: %s", rule_name(row->rule), row->what);
    rows_add(test_no_reasons, NULL, "what is given by others than the rules has no reasons here");
    rows_add(test_any_input, NULL, "any input has one decision");
    rows_add(test_golden, NULL, "the kept table");
    rows_add(test_golden_complete, NULL, "the kept table shows every rule");
    rows_add(test_page, NULL, "docs/statuses.md explains every word");
    return rows_run("core derive");
}
