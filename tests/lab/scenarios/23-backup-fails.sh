#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A backup that fails, in each of its steps: the mode stays at -ing, the return value says why.
# It is told, it locks nothing, and the status is that of what is there.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
. "$STATESYNC_SRCDIR/tests/lab/backup.sh"
scenario 'backups that fail'
gate_make

vm web intent=running
vm cold intent=shutdown
virt define web --disk "$(volume web-vda 48)"
virt define cold --disk "$(volume cold-vda 24)"
stoney start web
pass
expect web status=Running rule=running alarms=none
can='shutdown power-off migrate use users groups'

# No space for it: nothing has happened yet.
backup mode web snapshotting
pass
backup mode web snapshotting 48
pass
expect web status=Running rule=running alarms=backup-failed actions="$can" sstVirtualMachineStatusAlarm='backup-failed:*48*' \
    proves='a backup found no space'
backup mode web finished
pass
expect web status=Running alarms=none

# The saving fails, libvirt lets the guest go on.
backup mode web snapshotting
gate close
backup save web
gate reached
pass
expect web status='Paused, backing up' rule=backup-paused
gate fail
virt wait web 'running.*'
pass
expect web status='Running, backing up' rule=backup-running alarms=none
backup mode web snapshotting 5
pass
expect web status=Running rule=running alarms=backup-failed actions="$can" proves='saving failed, the guest goes on'

# Saved; the images cannot be swapped, and the VM cannot be restored either.
backup mode web snapshotting
pass
backup save web
pass
expect web status='Paused, backing up' rule=backup-paused alarms=none
gate close
backup restore web
gate reached
pass
expect web status='Paused, backing up' rule=backup-paused alarms=none
gate fail
virt wait web 'shut off.*'
pass
expect web status='Paused, backing up' rule=backup-paused alarms=none
backup mode web snapshotting 5
pass
virt wait web '.*'
expect web status=Crashed rule=crashed alarms=backup-failed can='start' proves='restoring failed, the VM is down'
stoney start web
pass
expect web status=Running rule=running alarms=backup-failed actions="$can"

# Saved, and nobody tries to restore it.
backup mode web snapshotting
pass
backup save web
pass
expect web status='Paused, backing up' rule=backup-paused alarms=none
backup mode web snapshotting 3
pass
expect web status=Stopped rule=stopped active=FALSE alarms=backup-failed can='start' proves='saved for a backup that failed'
backup restore web
virt wait web 'running .restored.'
pass
expect web status=Running rule=running alarms=backup-failed

# The merge fails while it pulls; the pull it leaves behind is not streaming.
backup swap web
virt destroy web
stoney start web
backup mode web merging
virt pull web vda 1
pass
expect web status='Running, backing up' rule=backup-running alarms=none
backup mode web merging 11
pass
expect web status=Running rule=running activity=none progress=none alarms=backup-failed actions="$can" \
    proves='the merge failed, its pull goes on'
virt pull-abort web vda
pass
expect web status=Running rule=running alarms=backup-failed proves='the merge failed, its pull was cancelled'

# The same with a VM that was started paused for it.
backup mode cold snapshotting
backup fake cold
backup swap cold
backup mode cold snapshotting 2
pass
expect cold status=Stopped rule=stopped alarms=backup-failed can='start migrate edit delete' \
    proves='the backup of a stopped VM failed'
backup mode cold merging
virt start-paused cold
virt pull cold vda 1
pass
expect cold status='Stopped, backing up' rule=backup-stopped alarms=none
backup mode cold merging 11
pass
expect cold status=Paused rule=paused activity=none progress=none alarms=backup-failed can=power-off cannot=start \
    proves='the merge failed, the VM is left paused'
virt pull-abort cold vda
virt destroy cold
pass
expect cold status=Stopped rule=stopped alarms=backup-failed

# Copying fails.
backup mode web retaining
pass
expect web status='Running, backing up' rule=backup-running alarms=none
backup mode web retaining 7
backup mode cold retaining 7
pass
expect web status=Running rule=running alarms=backup-failed actions="$can" proves='the copy failed'
expect cold status=Stopped rule=stopped alarms=backup-failed proves='the copy failed'

# The next one goes well: what failed before is still told.
ldap backup web 20260102T030000Z snapshot
pass
expect web status='Running, backing up' rule=backup-running alarms=backup-failed cannot='migrate edit delete'
ldap backup web 20260102T030000Z finished
ldap backup-drop web $STAMP
pass
expect web status=Running rule=running alarms=none actions="$can"

the_end
