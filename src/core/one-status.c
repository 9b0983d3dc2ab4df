/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from a stoney status to the nearest pair of OpenNebula.
 */
#include "core/one.h"

/* First match wins; ACTIVITY_COUNT stands for any activity. */
static const struct {
    enum state state;
    enum activity activity;
    struct one_state one;
} table[] = {
    {STATE_STOPPED, ACTIVITY_STREAMING, {10, 0, "CLONING clon"}},
    {STATE_STOPPED, ACTIVITY_BACKING_UP, {3, 70, "ACTIVE/BACKUP_POWEROFF back"}},
    {STATE_STOPPED, ACTIVITY_MIGRATING, {3, 43, "ACTIVE/PROLOG_MIGRATE_POWEROFF migr"}},
    {STATE_STOPPED, ACTIVITY_COUNT, {8, 0, "POWEROFF poff"}},
    {STATE_STARTING, ACTIVITY_STREAMING, {3, 21, "ACTIVE/BOOT_SUSPENDED boot"}},
    {STATE_STARTING, ACTIVITY_COUNT, {3, 20, "ACTIVE/BOOT_POWEROFF boot"}},
    {STATE_PAUSED, ACTIVITY_BACKING_UP, {3, 69, "ACTIVE/BACKUP back"}},
    {STATE_PAUSED, ACTIVITY_MIGRATING, {3, 4, "ACTIVE/MIGRATE migr"}},
    {STATE_PAUSED, ACTIVITY_COUNT, {5, 0, "SUSPENDED susp"}},
    {STATE_RUNNING, ACTIVITY_BACKING_UP, {3, 69, "ACTIVE/BACKUP back"}},
    {STATE_RUNNING, ACTIVITY_MIGRATING, {3, 4, "ACTIVE/MIGRATE migr"}},
    {STATE_RUNNING, ACTIVITY_COUNT, {3, 3, "ACTIVE/RUNNING runn"}},
    {STATE_SHUTTING_DOWN, ACTIVITY_COUNT, {3, 18, "ACTIVE/SHUTDOWN_POWEROFF shut"}},
    {STATE_POWERING_OFF, ACTIVITY_COUNT, {3, 18, "ACTIVE/SHUTDOWN_POWEROFF shut"}},
    {STATE_DELETING, ACTIVITY_COUNT, {3, 11, "ACTIVE/EPILOG epil"}},
    {STATE_CRASHED, ACTIVITY_COUNT, {3, 16, "ACTIVE/UNKNOWN unkn"}},
    {STATE_FROZEN, ACTIVITY_COUNT, {3, 16, "ACTIVE/UNKNOWN unkn"}},
    {STATE_DO_NOT_USE, ACTIVITY_COUNT, {8, 0, "POWEROFF poff"}},
};

struct one_state
one_of_status(enum state state, enum activity activity, bool placed)
{
    static const struct one_state undeployed = {9, 0, "UNDEPLOYED unde"};
    static const struct one_state none = {-1, 0, ""};

    if (state == STATE_STOPPED && activity == ACTIVITY_NONE && !placed)
        return undeployed;
    for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].state == state
            && (table[i].activity == activity || table[i].activity == ACTIVITY_COUNT))
            return table[i].one;
    }
    return none;
}
