/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/limits.h - every limit the rules name, in one list.
 *
 * The same names are the keys of section [limits] of statesync.conf, the keys
 * of "config" in a case file, and the members of struct limits.  LIMITS_LIST
 * is the only place where a default or a unit stands; the configuration
 * reader, the case reader and the man page lint walk it.
 */
#ifndef STATESYNC_CORE_LIMITS_H
#define STATESYNC_CORE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

enum limit_unit {
    LIMIT_SECONDS,
    LIMIT_COUNT,
    LIMIT_PERCENT,
};

/* X(name, default, unit, smallest allowed value, what it limits) */
#define LIMITS_LIST(X)                                                                             \
    X(miss_limit, 3, LIMIT_COUNT, 1, "answers without the domain before its absence is believed")  \
    X(absence_hold, 15, LIMIT_SECONDS, 0, "time from the first miss to a believed absence")        \
    X(birth_grace, 60, LIMIT_SECONDS, 0, "time a newly active domain's absence is not believed")   \
    X(marker_limit, 900, LIMIT_SECONDS, 1, "life of a migration marker without a sign of movement") \
    X(backup_stuck, 14400, LIMIT_SECONDS, 1, "time after which an unchanged backup is stuck")      \
    X(start_limit, 60, LIMIT_SECONDS, 0, "time a start counts as under way")                       \
    X(stop_limit, 600, LIMIT_SECONDS, 0, "time a stop counts as under way")                        \
    X(control_limit, 30, LIMIT_SECONDS, 0, "time an occupied control may last outside any job")    \
    X(agent_misses, 3, LIMIT_COUNT, 1, "failed guest agent pings before a guest is frozen")        \
    X(agent_hold, 30, LIMIT_SECONDS, 0, "time those failed pings must span")                       \
    X(streaming_stalled, 60, LIMIT_SECONDS, 1, "time without a job before streaming is stalled")   \
    X(request_limit_start, 60, LIMIT_SECONDS, 0, "life of a request to start")                     \
    X(request_limit_shutdown, 600, LIMIT_SECONDS, 0, "life of a request to shut down")             \
    X(request_limit_power_off, 60, LIMIT_SECONDS, 0, "life of a request to power off")             \
    X(request_limit_migrate, 900, LIMIT_SECONDS, 0, "life of a request to migrate")                \
    X(request_limit_delete, 3600, LIMIT_SECONDS, 0, "life of a request to delete")                 \
    X(memory_gap, 900, LIMIT_SECONDS, 1, "gap between passes after which counters start again")    \
    X(budget_percent, 25, LIMIT_PERCENT, 0, "share of all active VMs that may vanish in one pass") \
    X(budget_min, 10, LIMIT_COUNT, 1, "vanished VMs below which the overall budget is not asked")  \
    X(budget_node_percent, 50, LIMIT_PERCENT, 0, "share of one node's VMs that may vanish")        \
    X(budget_node_min, 5, LIMIT_COUNT, 1, "vanished VMs below which the node budget is not asked") \
    X(budget_window, 300, LIMIT_SECONDS, 0, "time for which vanished VMs count against the budget") \
    X(budget_confirm, 3, LIMIT_COUNT, 1, "later passes with the same set that release a held set") \
    X(disagree, 30, LIMIT_SECONDS, 0, "time OpenNebula and libvirt may disagree about power")      \
    X(directory_floor, 50, LIMIT_PERCENT, 0, "share of the previous entries a read must reach")

#define LIMITS_MEMBER(name, def, unit, min, what) int32_t name;
struct limits {
    LIMITS_LIST(LIMITS_MEMBER)
};
#undef LIMITS_MEMBER

/* All limits at their defaults. */
#define LIMITS_INIT_ONE(name, def, unit, min, what) .name = (def),
#define LIMITS_DEFAULT ((struct limits){LIMITS_LIST(LIMITS_INIT_ONE)})

#endif
