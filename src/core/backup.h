/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/backup.h - what a backup's provisioning mode means for its VM.
 *
 * sstProvisioningMode of a child of ou=backup,<vm> walks through words like
 * snapshot, snapshotting, snapshotted.  For a status only the phase counts.
 */
#ifndef STATESYNC_CORE_BACKUP_H
#define STATESYNC_CORE_BACKUP_H

enum backup_phase {
    BACKUP_NONE,      /* no backup, or one that does not concern the VM (finished, delete...) */
    BACKUP_WAITING,   /* beside the VM, nothing paused */
    BACKUP_SAVING,    /* the guest is saved to a file and its images are swapped */
    BACKUP_MERGING,   /* overlays are pulled or committed; a stopped VM is started paused for it */
    BACKUP_RESTORING, /* files or the whole VM are brought back */
    BACKUP_UNKNOWN,   /* a word of no table: counts as waiting and raises an alarm */
};

/* Case and surrounding blanks do not matter; NULL or empty is BACKUP_UNKNOWN. */
enum backup_phase backup_phase_of(const char *mode);

/* "waiting", "saving" ...; static. */
const char *backup_phase_name(enum backup_phase phase);

#endif
