/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/status.h"

#include <stdio.h>
#include <string.h>

/* What stands for most rows below. */
#define S(state) STATE_##state, ACTIVITY_NONE
#define WITH(state, activity) STATE_##state, ACTIVITY_##activity
#define BOTH true, true
#define VM true, false
#define TEMPLATE false, true

static const struct status_word words[] = {
    {S(STOPPED), BOTH, ONE_STABLE, N_("It is off: no domain is active.")},
    {WITH(STOPPED, STREAMING), BOTH, ONE_TRANSIENT,
     N_("It does not run, and its disks are being filled from its template; for a template: "
        "machines made from it still read its disks.")},
    {WITH(STOPPED, BACKING_UP), BOTH, ONE_TRANSIENT, N_("It is off, and it is backed up.")},
    {WITH(STOPPED, MIGRATING), BOTH, ONE_TRANSIENT, N_("It is off, and it moves to another node.")},
    {S(STARTING), BOTH, ONE_TRANSIENT, N_("It was asked to start, or is coming up.")},
    {WITH(STARTING, STREAMING), VM, ONE_TRANSIENT,
     N_("It was asked to start and waits while its disks are being filled from its template.")},
    {S(PAUSED), BOTH, ONE_STABLE,
     N_("It stands still: somebody paused it, or the guest sleeps.")},
    {WITH(PAUSED, BACKING_UP), BOTH, ONE_TRANSIENT,
     N_("It stands still, or is away, for its backup or for being restored.")},
    {WITH(PAUSED, MIGRATING), BOTH, ONE_TRANSIENT,
     N_("It stands still while it changes from one node to the other.")},
    {S(RUNNING), BOTH, ONE_STABLE, N_("It runs.")},
    {WITH(RUNNING, STREAMING), VM, ONE_TRANSIENT,
     N_("It runs, and its disks are being filled from its template.")},
    {WITH(RUNNING, BACKING_UP), BOTH, ONE_TRANSIENT, N_("It runs, and it is backed up.")},
    {WITH(RUNNING, MIGRATING), BOTH, ONE_TRANSIENT, N_("It runs, and it moves to another node.")},
    {S(SHUTTING_DOWN), BOTH, ONE_TRANSIENT, N_("The guest was asked to stop and has not yet.")},
    {S(POWERING_OFF), BOTH, ONE_TRANSIENT,
     N_("It is being switched off, whatever the guest does.")},
    {S(DELETING), BOTH, ONE_TRANSIENT, N_("It is being deleted.")},
    {S(CRASHED), BOTH, ONE_FAILURE,
     N_("The guest or its process died, or it is gone although it should run.")},
    {S(FROZEN), BOTH, ONE_FAILURE, N_("It is there, but does not move or answer.")},
    {S(DO_NOT_USE), TEMPLATE, ONE_STABLE,
     N_("The template's mode says so, is missing, or is not understood.")},
    {WITH(RUNNING, MAINTENANCE), TEMPLATE, ONE_STABLE,
     N_("The template runs because somebody maintains it.")},
    {WITH(STOPPED, MAINTENANCE), TEMPLATE, ONE_STABLE,
     N_("The template is off, and somebody maintains it.")},
    {WITH(RUNNING, FIRST_INSTALLATION), TEMPLATE, ONE_STABLE,
     N_("The template runs because its system is being installed.")},
    {WITH(STOPPED, FIRST_INSTALLATION), TEMPLATE, ONE_STABLE,
     N_("The template is off, and its system is not installed completely.")},
};

static const struct status_edge edges[] = {
    {S(STOPPED), S(STARTING), false, N_("start")},
    {S(STARTING), S(RUNNING), false, N_("up")},
    {S(STARTING), S(STOPPED), false, N_("start ran out")},
    {S(STARTING), S(CRASHED), false, N_("died")},
    {S(STOPPED), S(RUNNING), false, N_("started by hand")},
    {S(RUNNING), S(SHUTTING_DOWN), false, N_("shutdown")},
    {S(SHUTTING_DOWN), S(STOPPED), false, N_("off")},
    {S(SHUTTING_DOWN), S(RUNNING), false, N_("ignored")},
    {S(SHUTTING_DOWN), S(POWERING_OFF), false, N_("power-off")},
    {S(RUNNING), S(POWERING_OFF), false, N_("power-off")},
    {S(POWERING_OFF), S(STOPPED), false, N_("off")},
    {S(POWERING_OFF), S(RUNNING), false, N_("request ran out")},
    {S(RUNNING), S(STOPPED), false, N_("the guest went off")},
    {S(RUNNING), S(PAUSED), false, N_("paused")},
    {S(PAUSED), S(RUNNING), false, N_("resumed")},
    {S(PAUSED), S(POWERING_OFF), false, N_("power-off")},
    {S(RUNNING), S(CRASHED), false, N_("died")},
    {S(PAUSED), S(CRASHED), false, N_("died")},
    {S(CRASHED), S(STARTING), false, N_("start")},
    {S(CRASHED), S(RUNNING), false, N_("seen again")},
    {S(CRASHED), S(STOPPED), false, N_("not meant to run")},
    {S(RUNNING), S(FROZEN), false, N_("silent")},
    {S(FROZEN), S(RUNNING), false, N_("answers")},
    {S(FROZEN), S(POWERING_OFF), false, N_("power-off")},
    {S(FROZEN), S(CRASHED), false, N_("died")},
    {S(STOPPED), S(DELETING), false, N_("delete")},
    {S(CRASHED), S(DELETING), false, N_("delete")},
    {S(DELETING), S(STOPPED), false, N_("request ran out")},
    {S(DELETING), STATE_NONE, ACTIVITY_NONE, false, N_("deleted")},
    /* streaming */
    {S(STOPPED), WITH(STARTING, STREAMING), false, N_("start")},
    {S(STOPPED), WITH(STOPPED, STREAMING), false, N_("pull")},
    {WITH(STOPPED, STREAMING), WITH(STARTING, STREAMING), false, N_("start")},
    {WITH(STOPPED, STREAMING), S(STOPPED), false, N_("done")},
    {WITH(STARTING, STREAMING), WITH(RUNNING, STREAMING), false, N_("up")},
    {WITH(STARTING, STREAMING), WITH(STOPPED, STREAMING), false, N_("start ran out")},
    {S(RUNNING), WITH(RUNNING, STREAMING), false, N_("pull")},
    {WITH(RUNNING, STREAMING), S(RUNNING), false, N_("done")},
    {WITH(RUNNING, STREAMING), S(SHUTTING_DOWN), false, N_("shutdown")},
    {WITH(RUNNING, STREAMING), S(CRASHED), false, N_("died")},
    /* backing up */
    {S(STOPPED), WITH(STOPPED, BACKING_UP), false, N_("backup")},
    {WITH(STOPPED, BACKING_UP), S(STOPPED), false, N_("done")},
    {S(RUNNING), WITH(RUNNING, BACKING_UP), false, N_("backup")},
    {WITH(RUNNING, BACKING_UP), S(RUNNING), false, N_("done")},
    {WITH(RUNNING, BACKING_UP), WITH(PAUSED, BACKING_UP), false, N_("saved")},
    {WITH(PAUSED, BACKING_UP), WITH(RUNNING, BACKING_UP), false, N_("restored")},
    {WITH(PAUSED, BACKING_UP), S(RUNNING), false, N_("failed")},
    {WITH(PAUSED, BACKING_UP), S(CRASHED), false, N_("died")},
    {WITH(RUNNING, BACKING_UP), S(SHUTTING_DOWN), false, N_("shutdown")},
    {WITH(RUNNING, BACKING_UP), S(CRASHED), false, N_("died")},
    /* migrating */
    {S(STOPPED), WITH(STOPPED, MIGRATING), false, N_("migrate")},
    {WITH(STOPPED, MIGRATING), S(STOPPED), false, N_("moved")},
    {S(RUNNING), WITH(RUNNING, MIGRATING), false, N_("migrate")},
    {WITH(RUNNING, MIGRATING), S(RUNNING), false, N_("moved, or cancelled")},
    {WITH(RUNNING, MIGRATING), WITH(PAUSED, MIGRATING), false, N_("switch-over")},
    {WITH(PAUSED, MIGRATING), WITH(RUNNING, MIGRATING), false, N_("arrived")},
    {WITH(PAUSED, MIGRATING), S(PAUSED), false, N_("arrived, paused")},
    {WITH(RUNNING, MIGRATING), S(CRASHED), false, N_("lost")},
    {WITH(PAUSED, MIGRATING), S(CRASHED), false, N_("lost")},
    /* modes */
    {WITH(STOPPED, FIRST_INSTALLATION), WITH(RUNNING, FIRST_INSTALLATION), true, N_("start")},
    {WITH(RUNNING, FIRST_INSTALLATION), WITH(STOPPED, FIRST_INSTALLATION), true, N_("off")},
    {WITH(STOPPED, FIRST_INSTALLATION), S(STOPPED), true, N_("ready for use")},
    {WITH(STOPPED, FIRST_INSTALLATION), WITH(STOPPED, MAINTENANCE), true, N_("maintenance mode")},
    {S(STOPPED), WITH(STOPPED, MAINTENANCE), true, N_("maintenance mode")},
    {WITH(STOPPED, MAINTENANCE), S(STOPPED), true, N_("ready for use")},
    {WITH(STOPPED, MAINTENANCE), WITH(RUNNING, MAINTENANCE), true, N_("start")},
    {WITH(RUNNING, MAINTENANCE), WITH(STOPPED, MAINTENANCE), true, N_("off")},
    {S(STOPPED), S(DO_NOT_USE), true, N_("do not use")},
    {S(DO_NOT_USE), WITH(STOPPED, MAINTENANCE), true, N_("maintenance mode")},
    {S(DO_NOT_USE), S(STOPPED), true, N_("ready for use")},
};

const struct status_word *
status_next(const struct status_word *row)
{
    if (row == NULL)
        return words;
    return row + 1 < words + sizeof(words) / sizeof(words[0]) ? row + 1 : NULL;
}

const struct status_word *
status_word(enum state state, enum activity activity)
{
    const struct status_word *row = NULL;

    while ((row = status_next(row)) != NULL) {
        if (row->state == state && row->activity == activity)
            return row;
    }
    return NULL;
}

size_t
status_text(enum state state, enum activity activity, char out[STATUS_TEXT_SIZE])
{
    int len = snprintf(out, STATUS_TEXT_SIZE, "%s%s%s", state_name(state),
                       activity != ACTIVITY_NONE ? ", " : "", activity_name(activity));

    return len > 0 ? (size_t)len : 0;
}

bool
status_parse(const char *text, enum state *state, enum activity *activity)
{
    char copy[STATUS_TEXT_SIZE];
    enum state s;
    enum activity a = ACTIVITY_NONE;
    size_t len = strcspn(text, "[");

    if (len >= sizeof(copy))
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    char *comma = strchr(copy, ',');
    if (comma != NULL) {
        *comma = '\0';
        if (!activity_parse(comma + 1, &a))
            return false;
    }
    if (!state_parse(copy, &s) || status_word(s, a) == NULL)
        return false;
    *state = s;
    *activity = a;
    return true;
}

const struct status_edge *
status_edges(size_t *n)
{
    *n = sizeof(edges) / sizeof(edges[0]);
    return edges;
}
