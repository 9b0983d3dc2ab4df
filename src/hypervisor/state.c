/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/state.h"

#include <libvirt/libvirt.h>

/* Reasons of one state, by number; the first (0) is "unknown" in every state. */
struct reasons {
    size_t n_words;
    const uint8_t *words;
};

static const uint8_t unknown_only[] = {DREASON_UNKNOWN};

static const uint8_t running[] = {
    [VIR_DOMAIN_RUNNING_UNKNOWN] = DREASON_UNKNOWN,
    [VIR_DOMAIN_RUNNING_BOOTED] = DREASON_BOOTED,
    [VIR_DOMAIN_RUNNING_MIGRATED] = DREASON_MIGRATED,
    [VIR_DOMAIN_RUNNING_RESTORED] = DREASON_RESTORED,
    [VIR_DOMAIN_RUNNING_FROM_SNAPSHOT] = DREASON_FROM_SNAPSHOT,
    [VIR_DOMAIN_RUNNING_UNPAUSED] = DREASON_UNPAUSED,
    [VIR_DOMAIN_RUNNING_MIGRATION_CANCELED] = DREASON_MIGRATION_CANCELED,
    [VIR_DOMAIN_RUNNING_SAVE_CANCELED] = DREASON_SAVE_CANCELED,
    [VIR_DOMAIN_RUNNING_WAKEUP] = DREASON_WAKEUP,
    [VIR_DOMAIN_RUNNING_CRASHED] = DREASON_CRASHED,
    [VIR_DOMAIN_RUNNING_POSTCOPY] = DREASON_POSTCOPY,
    [11 /* POSTCOPY_FAILED, since 8.5 */] = DREASON_POSTCOPY_FAILED,
};

static const uint8_t paused[] = {
    [VIR_DOMAIN_PAUSED_UNKNOWN] = DREASON_UNKNOWN,
    [VIR_DOMAIN_PAUSED_USER] = DREASON_USER,
    [VIR_DOMAIN_PAUSED_MIGRATION] = DREASON_MIGRATING,
    [VIR_DOMAIN_PAUSED_SAVE] = DREASON_SAVING,
    [VIR_DOMAIN_PAUSED_DUMP] = DREASON_DUMPING,
    [VIR_DOMAIN_PAUSED_IOERROR] = DREASON_IOERROR,
    [VIR_DOMAIN_PAUSED_WATCHDOG] = DREASON_WATCHDOG,
    [VIR_DOMAIN_PAUSED_FROM_SNAPSHOT] = DREASON_FROM_SNAPSHOT,
    [VIR_DOMAIN_PAUSED_SHUTTING_DOWN] = DREASON_SHUTTING_DOWN,
    [VIR_DOMAIN_PAUSED_SNAPSHOT] = DREASON_CREATING_SNAPSHOT,
    [VIR_DOMAIN_PAUSED_CRASHED] = DREASON_CRASHED,
    [VIR_DOMAIN_PAUSED_STARTING_UP] = DREASON_STARTING_UP,
    [VIR_DOMAIN_PAUSED_POSTCOPY] = DREASON_POSTCOPY,
    [VIR_DOMAIN_PAUSED_POSTCOPY_FAILED] = DREASON_POSTCOPY_FAILED,
    [14 /* API_ERROR, since 9.2 */] = DREASON_API_ERROR,
};

static const uint8_t shutdown[] = {
    [VIR_DOMAIN_SHUTDOWN_UNKNOWN] = DREASON_UNKNOWN,
    [VIR_DOMAIN_SHUTDOWN_USER] = DREASON_USER,
};

static const uint8_t shutoff[] = {
    [VIR_DOMAIN_SHUTOFF_UNKNOWN] = DREASON_UNKNOWN,
    [VIR_DOMAIN_SHUTOFF_SHUTDOWN] = DREASON_SHUTDOWN,
    [VIR_DOMAIN_SHUTOFF_DESTROYED] = DREASON_DESTROYED,
    [VIR_DOMAIN_SHUTOFF_CRASHED] = DREASON_CRASHED,
    [VIR_DOMAIN_SHUTOFF_MIGRATED] = DREASON_MIGRATED,
    [VIR_DOMAIN_SHUTOFF_SAVED] = DREASON_SAVED,
    [VIR_DOMAIN_SHUTOFF_FAILED] = DREASON_FAILED,
    [VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT] = DREASON_FROM_SNAPSHOT,
    [VIR_DOMAIN_SHUTOFF_DAEMON] = DREASON_DAEMON,
};

static const uint8_t crashed[] = {
    [VIR_DOMAIN_CRASHED_UNKNOWN] = DREASON_UNKNOWN,
    [VIR_DOMAIN_CRASHED_PANICKED] = DREASON_PANICKED,
};

static const struct {
    enum dstate state;
    struct reasons reasons;
} states[] = {
    [VIR_DOMAIN_NOSTATE] = {DSTATE_NOSTATE, {G_N_ELEMENTS(unknown_only), unknown_only}},
    [VIR_DOMAIN_RUNNING] = {DSTATE_RUNNING, {G_N_ELEMENTS(running), running}},
    [VIR_DOMAIN_BLOCKED] = {DSTATE_BLOCKED, {G_N_ELEMENTS(unknown_only), unknown_only}},
    [VIR_DOMAIN_PAUSED] = {DSTATE_PAUSED, {G_N_ELEMENTS(paused), paused}},
    [VIR_DOMAIN_SHUTDOWN] = {DSTATE_SHUTDOWN, {G_N_ELEMENTS(shutdown), shutdown}},
    [VIR_DOMAIN_SHUTOFF] = {DSTATE_SHUTOFF, {G_N_ELEMENTS(shutoff), shutoff}},
    [VIR_DOMAIN_CRASHED] = {DSTATE_CRASHED, {G_N_ELEMENTS(crashed), crashed}},
    [VIR_DOMAIN_PMSUSPENDED] = {DSTATE_PMSUSPENDED, {G_N_ELEMENTS(unknown_only), unknown_only}},
};

void
state_set(struct domain *d, int state, int reason)
{
    g_clear_pointer(&d->state_word, g_free);
    if (state < 0 || (size_t)state >= G_N_ELEMENTS(states)) {
        d->state = DSTATE_OTHER;
        d->reason = DREASON_OTHER;
        d->state_word = g_strdup_printf("state %d", state);
        return;
    }
    d->state = (uint8_t)states[state].state;
    if (reason >= 0 && (size_t)reason < states[state].reasons.n_words)
        d->reason = states[state].reasons.words[reason];
    else
        d->reason = DREASON_OTHER;
}

enum job
state_job(int operation)
{
    static const enum job jobs[] = {
        [VIR_DOMAIN_JOB_OPERATION_UNKNOWN] = JOB_UNKNOWN,
        [VIR_DOMAIN_JOB_OPERATION_START] = JOB_START,
        [VIR_DOMAIN_JOB_OPERATION_SAVE] = JOB_SAVE,
        [VIR_DOMAIN_JOB_OPERATION_RESTORE] = JOB_RESTORE,
        [VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN] = JOB_INCOMING,
        [VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT] = JOB_OUTGOING,
        [VIR_DOMAIN_JOB_OPERATION_SNAPSHOT] = JOB_SNAPSHOT,
        [VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_REVERT] = JOB_SNAPSHOT_REVERT,
        [VIR_DOMAIN_JOB_OPERATION_DUMP] = JOB_DUMP,
        [VIR_DOMAIN_JOB_OPERATION_BACKUP] = JOB_BACKUP,
        [10 /* SNAPSHOT_DELETE, since 9.0 */] = JOB_SNAPSHOT_DELETE,
    };

    if (operation < 0 || (size_t)operation >= G_N_ELEMENTS(jobs))
        return JOB_UNKNOWN;
    return jobs[operation];
}

enum block_job_type
state_block_job(int type)
{
    static const enum block_job_type types[] = {
        [VIR_DOMAIN_BLOCK_JOB_TYPE_UNKNOWN] = BLOCK_JOB_UNKNOWN,
        [VIR_DOMAIN_BLOCK_JOB_TYPE_PULL] = BLOCK_JOB_PULL,
        [VIR_DOMAIN_BLOCK_JOB_TYPE_COPY] = BLOCK_JOB_COPY,
        [VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT] = BLOCK_JOB_COMMIT,
        [VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT] = BLOCK_JOB_ACTIVE_COMMIT,
        [VIR_DOMAIN_BLOCK_JOB_TYPE_BACKUP] = BLOCK_JOB_BACKUP,
    };

    if (type < 0 || (size_t)type >= G_N_ELEMENTS(types))
        return BLOCK_JOB_UNKNOWN;
    return types[type];
}

enum control
state_control(int state)
{
    switch (state) {
    case VIR_DOMAIN_CONTROL_OK:
    case VIR_DOMAIN_CONTROL_JOB: /* a job runs, and the monitor is free */
        return CONTROL_OK;
    case VIR_DOMAIN_CONTROL_OCCUPIED:
        return CONTROL_OCCUPIED;
    default:
        return CONTROL_ERROR;
    }
}
