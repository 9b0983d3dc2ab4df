#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# QEMU dies in each step of a backup.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
. "$STATESYNC_SRCDIR/tests/lab/backup.sh"
scenario 'crashes during a backup'
gate_make

vm web intent=running
virt define web --disk "$(volume web-vda 48)"
stoney start web
backup mode web snapshot
pass
expect web status='Running, backing up' rule=backup-running

# Before anything was done, and beside the guest.
virt kill web
virt wait web 'shut off .crashed.'
pass
expect web status=Crashed rule=crashed active=FALSE alarms=none cannot='start migrate edit delete' \
    proves='QEMU killed while a backup was waiting'
stoney start web
pass
expect web status='Running, backing up' rule=backup-running alarms=none

# While it is saved: on purpose or not cannot be told, until the backup has failed.
backup mode web snapshotting
pass
gate close
backup save web
gate reached
pass
expect web status='Paused, backing up' rule=backup-paused
virt kill web
gate fail
virt wait web 'shut off .*'
pass
expect web status='Paused, backing up' rule=backup-paused active=FALSE alarms=none proves='QEMU killed while it was saved'
backup mode web snapshotting 5
pass
expect web status=Crashed rule=crashed active=FALSE alarms=backup-failed can='start migrate edit delete' \
    proves='QEMU killed while it was saved, and the backup has failed'
stoney start web
backup mode web snapshotting
pass
expect web status='Running, backing up' rule=backup-running alarms=none

# While it is restored.
backup save web
pass
gate close
backup restore web
gate reached
pass
expect web status='Paused, backing up' rule=backup-paused
virt kill web
gate fail
virt wait web 'shut off .*'
pass
expect web status='Paused, backing up' rule=backup-paused alarms=none proves='QEMU killed while it was restored'
backup mode web snapshotting 5
pass
expect web status=Crashed rule=crashed alarms=backup-failed proves='QEMU killed while it was restored, and the backup has failed'
stoney start web

# While it is merged, and while its images are copied: it crashed.
backup swap web
virt destroy web
stoney start web
backup mode web merging
virt pull web vda 1
pass
expect web status='Running, backing up' rule=backup-running alarms=none
virt kill web
virt wait web 'shut off .crashed.'
pass
expect web status=Crashed rule=crashed activity=none alarms=none actions='users groups' proves='QEMU killed while its disk was merged'
backup mode web merging 11
pass
expect web status=Crashed rule=crashed alarms=backup-failed can='start migrate edit delete'
stoney start web
backup mode web retaining
pass
expect web status='Running, backing up' rule=backup-running alarms=none
virt key web p
virt wait web 'crashed.*'
pass
expect web status=Crashed rule=crashed active=TRUE alarms=none can=power-off cannot='start migrate edit delete' \
    proves='guest panic while its images were copied'
virt destroy web
backup mode web finished
ldap intent web shutdown
pass
expect web status=Stopped rule=stopped alarms=none

# A stopped VM, started paused for the merge.
backup mode web merging
virt start-paused web
virt pull web vda 1
pass
expect web status='Stopped, backing up' rule=backup-stopped active=TRUE alarms=none
virt kill web
virt wait web 'shut off .crashed.'
pass
expect web status='Stopped, backing up' rule=backup-stopped active=FALSE alarms=none
backup mode web merging 11
pass
expect web status=Stopped rule=stopped alarms=backup-failed

the_end
