#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Backups that do not get on, backups beside the directory, and saving by hand, which is neither.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
. "$STATESYNC_SRCDIR/tests/lab/backup.sh"
scenario 'backups that are stuck, and those without an entry'

vm web intent=running
vm cold intent=shutdown
virt define web --disk "$(volume web-vda 48)"
virt define cold
stoney start web
pass
expect web status=Running alarms=none

# Native: a job of libvirt, no entry.
cat >"$TAP_DIR/backup.xml" <<X
<domainbackup mode='pull'><server transport='unix' socket='$TAP_DIR/backup.sock'/>
<disks><disk name='vda' backup='yes' type='file'><scratch file='$TAP_DIR/images/scratch'/></disk></disks></domainbackup>
X
virt backup-begin web "$TAP_DIR/backup.xml"
pass --sweep
expect web status='Running, backing up' rule=backup-running progress=none alarms=none actions='shutdown power-off use users groups' \
    proves='a backup job of libvirt'
virt domjobabort web
pass --sweep
expect web status=Running rule=running alarms=none

# Saved by hand: no backup, no crash.
virt managedsave web
pass
expect web status=Stopped rule=stopped active=FALSE alarms=none proves='managed save, no backup'
node restart a
virt wait web 'shut off .unknown.'
pass
expect web status=Stopped rule=stopped alarms=none
virt start web
pass
expect web status=Running rule=running alarms=none

# Stuck in a merge: told, no activity and no excuse any more, but what it locks stays locked.
backup mode web merging
backup swap web
virt destroy web
stoney start web
virt pull web vda 1
pass
expect web status='Running, backing up' rule=backup-running alarms=none
backup mode cold snapshot
pass
expect cold status='Stopped, backing up' rule=backup-stopped alarms=none
limits backup_stuck=1
passes_until 60 web has=backup-stuck
passes_until 60 cold has=backup-stuck
expect web status=Running rule=running activity=none progress=none alarms=backup-stuck can='shutdown power-off' \
    cannot='migrate edit delete start' proves='its merge is stuck, the pull goes on'
expect cold status=Stopped rule=stopped activity=none alarms=backup-stuck actions='users groups' proves='its backup is stuck'
virt kill web
virt wait web 'shut off .crashed.'
pass
expect web status=Crashed rule=crashed alarms=backup-stuck actions='users groups'

# Stuck while it is saved: whoever is down then is not excused any more.
limits backup_stuck=14400
stoney start web
backup mode web snapshotting
pass
expect web status='Running, backing up' rule=backup-running alarms=none
virt kill web
virt wait web 'shut off .crashed.'
pass
expect web status='Paused, backing up' rule=backup-paused alarms=none
limits backup_stuck=1
passes_until 60 web has=backup-stuck
expect web status=Crashed rule=crashed alarms=backup-stuck actions='users groups' proves='died while it was saved, the backup is stuck'

# A word nobody knows: waiting, and told.
limits backup_stuck=14400
backup mode cold cleaningUp
pass
expect cold status='Stopped, backing up' rule=backup-stopped alarms=unknown-backup-mode actions='users groups'
backup mode cold finished
backup mode web finished
pass
expect cold status=Stopped rule=stopped alarms=none can=start

the_end
