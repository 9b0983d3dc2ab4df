/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Backup phases, progress arithmetic and the OpenNebula pairs.
 */
#include "config.h"

#include "rows.h"

#include "core/backup.h"
#include "core/one.h"
#include "core/progress.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *mode;
    enum backup_phase phase;
} backup_modes[] = {
    {"finished", BACKUP_NONE},
    {"delete", BACKUP_NONE},
    {"deleting", BACKUP_NONE},
    {"deleted", BACKUP_NONE},
    {"initialize", BACKUP_WAITING},
    {"initialized", BACKUP_WAITING},
    {"snapshot", BACKUP_WAITING},
    {"snapshotted", BACKUP_WAITING},
    {"merge", BACKUP_WAITING},
    {"merged", BACKUP_WAITING},
    {"retain", BACKUP_WAITING},
    {"retained", BACKUP_WAITING},
    {"retaining", BACKUP_WAITING},
    {"export", BACKUP_WAITING},
    {"exporting", BACKUP_WAITING},
    {"exported", BACKUP_WAITING},
    {"commit", BACKUP_WAITING},
    {"committed", BACKUP_WAITING},
    {"comitted", BACKUP_WAITING},
    {"snapshotting", BACKUP_SAVING},
    {"merging", BACKUP_MERGING},
    {"committing", BACKUP_MERGING},
    {"restore", BACKUP_RESTORING},
    {"restoring", BACKUP_RESTORING},
    {"restored", BACKUP_RESTORING},
    {"unretain", BACKUP_RESTORING},
    {"unretainSmallFiles", BACKUP_RESTORING},
    {"unretainedSmallFiles", BACKUP_RESTORING},
    {"unretainingLargeFiles", BACKUP_RESTORING},
    {"UNRETAINED", BACKUP_RESTORING},
    {"Snapshotting", BACKUP_SAVING},
    {"  merging\t", BACKUP_MERGING},
    {"FINISHED ", BACKUP_NONE},
    {"", BACKUP_UNKNOWN},
    {"   ", BACKUP_UNKNOWN},
    {"snapshottin", BACKUP_UNKNOWN},
    {"snapshottings", BACKUP_UNKNOWN},
    {"finished!", BACKUP_UNKNOWN},
    {"un retain", BACKUP_UNKNOWN},
    {"migrating", BACKUP_UNKNOWN},
    {"deletes", BACKUP_UNKNOWN},
    {NULL, BACKUP_UNKNOWN},
};

static void
test_backup_mode(void **state)
{
    const __typeof__(backup_modes[0]) *row = *state;

    assert_int_equal(backup_phase_of(row->mode), row->phase);
}

static void
test_backup_long_mode(void **state)
{
    g_autofree char *text = g_strnfill(100000, 'x');

    (void)state;
    assert_int_equal(backup_phase_of(text), BACKUP_UNKNOWN);
    memcpy(text, "finished", 8);
    assert_int_equal(backup_phase_of(text), BACKUP_UNKNOWN);
    memset(text, ' ', 100000);
    memcpy(text + 50000, "finished", 8);
    assert_int_equal(backup_phase_of(text), BACKUP_NONE);
}

static void
test_backup_names(void **state)
{
    (void)state;
    assert_string_equal(backup_phase_name(BACKUP_NONE), "none");
    assert_string_equal(backup_phase_name(BACKUP_WAITING), "waiting");
    assert_string_equal(backup_phase_name(BACKUP_SAVING), "saving");
    assert_string_equal(backup_phase_name(BACKUP_MERGING), "merging");
    assert_string_equal(backup_phase_name(BACKUP_RESTORING), "restoring");
    assert_string_equal(backup_phase_name(BACKUP_UNKNOWN), "unknown");
    assert_string_equal(backup_phase_name((enum backup_phase)99), "?");
}

static const struct {
    uint64_t cur;
    uint64_t end;
    int permille;
} quotients[] = {
    {0, 0, 0},
    {5, 0, 0},
    {UINT64_MAX, 0, 0},
    {0, 1, 0},
    {0, UINT64_MAX, 0},
    {1, 1, 999},
    {2, 1, 999},
    {51, 1000, 51},
    {519, 10000, 51},
    {5199, 100000, 51},
    {1, 1000, 1},
    {1, 1001, 0},
    {999, 1000, 999},
    {9999, 10000, 999},
    {10000, 10000, 999},
    {1, 3, 333},
    {2, 3, 666},
    {1, 7, 142},
    {UINT64_MAX, UINT64_MAX, 999},
    {UINT64_MAX - 1, UINT64_MAX, 999},
    {UINT64_MAX / 2, UINT64_MAX, 499},
    {UINT64_MAX / 2 + 1, UINT64_MAX, 500},
    {UINT64_MAX / 1000, UINT64_MAX, 0},
    {UINT64_MAX / 1000 + 1, UINT64_MAX, 1},
    {UINT64_C(1) << 62, UINT64_C(1) << 63, 500},
    /* rounded down also where 1000 times the bytes do not fit any more */
    {UINT64_C(1) << 62, (UINT64_C(1) << 63) + 1023, 499},
    {(UINT64_C(1) << 60) * 3, UINT64_C(15) << 60, 200},
    {(UINT64_C(1) << 60) * 3 - 1, UINT64_C(15) << 60, 199},
};

static void
test_quotient(void **state)
{
    const __typeof__(quotients[0]) *row = *state;

    assert_int_equal(progress_permille(row->cur, row->end), row->permille);
}

static const struct {
    uint64_t a;
    uint64_t b;
    uint64_t sum;
} sums[] = {
    {0, 0, 0},
    {1, 2, 3},
    {UINT64_MAX, 0, UINT64_MAX},
    {UINT64_MAX, 1, UINT64_MAX},
    {UINT64_MAX - 1, 1, UINT64_MAX},
    {UINT64_MAX, UINT64_MAX, UINT64_MAX},
    {UINT64_C(1) << 63, UINT64_C(1) << 63, UINT64_MAX},
};

static void
test_sum(void **state)
{
    const __typeof__(sums[0]) *row = *state;

    assert_true(progress_sum(row->a, row->b) == row->sum);
    assert_true(progress_sum(row->b, row->a) == row->sum);
}

static const struct {
    int permille;
    const char *text;
} percents[] = {
    {0, "0.0 %"},    {1, "0.1 %"},    {9, "0.9 %"},     {10, "1.0 %"},    {51, "5.1 %"},
    {99, "9.9 %"},   {100, "10.0 %"}, {505, "50.5 %"},  {999, "99.9 %"},  {1000, "99.9 %"},
    {-1, "0.0 %"},   {123456, "99.9 %"}, {INT32_MIN, "0.0 %"}, {INT32_MAX, "99.9 %"},
};

static void
test_percent(void **state)
{
    const __typeof__(percents[0]) *row = *state;
    char text[PROGRESS_TEXT_SIZE];

    progress_text(row->permille, text);
    assert_string_equal(text, row->text);
}

/* One row per published status; `back` is the status the pair stands for when an OpenNebula
 * front-end reports it, NULL where several statuses share the pair. */
static const struct pair {
    enum state state;
    enum activity activity;
    bool placed;
    int one_state;
    int one_lcm;
    const char *name;
    const char *back;
} pairs[] = {
    {STATE_STOPPED, ACTIVITY_NONE, true, 8, 0, "POWEROFF poff", "Stopped"},
    {STATE_STOPPED, ACTIVITY_NONE, false, 9, 0, "UNDEPLOYED unde", "Stopped"},
    {STATE_STOPPED, ACTIVITY_STREAMING, true, 10, 0, "CLONING clon", NULL},
    {STATE_STOPPED, ACTIVITY_BACKING_UP, true, 3, 70, "ACTIVE/BACKUP_POWEROFF back",
     "Stopped, backing up"},
    {STATE_STOPPED, ACTIVITY_BACKING_UP, false, 3, 70, "ACTIVE/BACKUP_POWEROFF back",
     "Stopped, backing up"},
    {STATE_STOPPED, ACTIVITY_MIGRATING, true, 3, 43, "ACTIVE/PROLOG_MIGRATE_POWEROFF migr",
     "Stopped, migrating"},
    {STATE_STOPPED, ACTIVITY_MAINTENANCE, true, 8, 0, "POWEROFF poff", NULL},
    {STATE_STOPPED, ACTIVITY_MAINTENANCE, false, 8, 0, "POWEROFF poff", NULL},
    {STATE_STOPPED, ACTIVITY_FIRST_INSTALLATION, true, 8, 0, "POWEROFF poff", NULL},
    {STATE_STARTING, ACTIVITY_NONE, true, 3, 20, "ACTIVE/BOOT_POWEROFF boot", "Starting"},
    {STATE_STARTING, ACTIVITY_STREAMING, true, 3, 21, "ACTIVE/BOOT_SUSPENDED boot", NULL},
    {STATE_PAUSED, ACTIVITY_NONE, true, 5, 0, "SUSPENDED susp", NULL},
    {STATE_PAUSED, ACTIVITY_BACKING_UP, true, 3, 69, "ACTIVE/BACKUP back", NULL},
    {STATE_PAUSED, ACTIVITY_MIGRATING, true, 3, 4, "ACTIVE/MIGRATE migr", NULL},
    {STATE_RUNNING, ACTIVITY_NONE, true, 3, 3, "ACTIVE/RUNNING runn", "Running"},
    {STATE_RUNNING, ACTIVITY_NONE, false, 3, 3, "ACTIVE/RUNNING runn", "Running"},
    {STATE_RUNNING, ACTIVITY_STREAMING, true, 3, 3, "ACTIVE/RUNNING runn", NULL},
    {STATE_RUNNING, ACTIVITY_BACKING_UP, true, 3, 69, "ACTIVE/BACKUP back",
     "Running, backing up"},
    {STATE_RUNNING, ACTIVITY_MIGRATING, true, 3, 4, "ACTIVE/MIGRATE migr", "Running, migrating"},
    {STATE_RUNNING, ACTIVITY_MAINTENANCE, true, 3, 3, "ACTIVE/RUNNING runn", NULL},
    {STATE_RUNNING, ACTIVITY_FIRST_INSTALLATION, true, 3, 3, "ACTIVE/RUNNING runn", NULL},
    {STATE_SHUTTING_DOWN, ACTIVITY_NONE, true, 3, 18, "ACTIVE/SHUTDOWN_POWEROFF shut",
     "Shutting down"},
    {STATE_POWERING_OFF, ACTIVITY_NONE, true, 3, 18, "ACTIVE/SHUTDOWN_POWEROFF shut", NULL},
    {STATE_DELETING, ACTIVITY_NONE, true, 3, 11, "ACTIVE/EPILOG epil", "Deleting"},
    {STATE_CRASHED, ACTIVITY_NONE, true, 3, 16, "ACTIVE/UNKNOWN unkn", NULL},
    {STATE_FROZEN, ACTIVITY_NONE, true, 3, 16, "ACTIVE/UNKNOWN unkn", NULL},
    {STATE_DO_NOT_USE, ACTIVITY_NONE, true, 8, 0, "POWEROFF poff", NULL},
    {STATE_NONE, ACTIVITY_NONE, true, -1, 0, "", NULL},
    {STATE_NONE, ACTIVITY_NONE, false, -1, 0, "", NULL},
};

static void
test_pair(void **state)
{
    const struct pair *row = *state;
    struct one_state one = one_of_status(row->state, row->activity, row->placed);

    assert_int_equal(one.state, row->one_state);
    assert_int_equal(one.lcm, row->one_lcm);
    assert_string_equal(one.name, row->name);
    if (row->state != STATE_NONE) {
        char name[ONE_NAME_SIZE];
        one_name(one.state, one.lcm, name, sizeof(name));
        assert_string_equal(name, row->name);
    }
    /* the second number counts only while the first is 3 */
    assert_true(one.state == 3 || one.lcm == 0);
    if (row->back == NULL)
        return;
    struct one_meaning meaning = one_meaning(one.state, one.lcm, 0);
    g_autofree char *back
        = g_strdup_printf("%s%s%s", state_name(meaning.state),
                          meaning.activity != ACTIVITY_NONE ? ", " : "",
                          activity_name(meaning.activity));
    assert_string_equal(back, row->back);
}

int
main(void)
{
    ROWS_TABLE(test_backup_mode, backup_modes, "backup mode %s",
               row->mode != NULL ? row->mode : "(null)");
    rows_add(test_backup_long_mode, NULL, "backup mode of any length");
    rows_add(test_backup_names, NULL, "names of backup phases");
    ROWS_TABLE(test_quotient, quotients, "progress %" PRIu64 " of %" PRIu64, row->cur, row->end);
    ROWS_TABLE(test_sum, sums, "sum %" PRIu64 " and %" PRIu64, row->a, row->b);
    ROWS_TABLE(test_percent, percents, "percent of %d", row->permille);
    ROWS_TABLE(test_pair, pairs, "OpenNebula: %s %s%s", state_name(row->state),
               activity_name(row->activity), row->placed ? "" : " without a node");
    return rows_run("core tables");
}
