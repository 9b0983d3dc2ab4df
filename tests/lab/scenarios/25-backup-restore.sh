#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Restoring a backup: files are brought back beside the guest, then the domain is destroyed and
# undefined on purpose, and comes back from the state file.  Nothing of it is a crash.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
. "$STATESYNC_SRCDIR/tests/lab/backup.sh"
scenario 'a backup is restored'
gate_make

vm web intent=running
vm never intent=running
virt define web --disk "$(volume web-vda 2)"
virt define never
stoney start web
stoney start never
pass
expect web status=Running rule=running alarms=none

# There is a backup.
backup mode web snapshotting
pass
backup save web
backup swap web
backup restore web
backup mode web finished
pass
expect web status=Running rule=running alarms=none
backup retain web

# The files are brought back.
for mode in unretainSmallFiles unretainingSmallFiles unretainedSmallFiles unretainLargeFiles unretainingLargeFiles; do
    backup mode web $mode
    pass
    expect web status='Running, backing up' rule=backup-running alarms=none cannot='migrate edit delete'
done
expect web status='Running, backing up' proves='files are brought back for a restore'
backup unretain web
backup mode web unretainedLargeFiles
pass
expect web status='Running, backing up' rule=backup-running alarms=none

# Destroyed, undefined.
backup mode web restore
pass
virt destroy web
pass
expect web status='Paused, backing up' rule=backup-paused active=FALSE alarms=none actions='users groups' \
    proves='destroyed for a restore'
virt undefine web
for look in 1 2 3; do
    pass
    expect web status='Paused, backing up' rule=backup-paused alarms=none actions='users groups' \
        proves='undefined for a restore'
done
backup mode web restoring
node restart a
pass
expect web status='Paused, backing up' rule=backup-paused alarms=none
backup images web
gate close
backup restore web
gate reached
pass
expect web status='Paused, backing up' rule=backup-paused active=TRUE alarms=none proves='restored from a backup'
gate open
virt wait web 'running .restored.'
pass
expect web status='Running, backing up' rule=backup-running alarms=none proves='restored from a backup'
backup mode web restored
pass
expect web status='Running, backing up' rule=backup-running alarms=none
backup mode web finished
pass
expect web status=Running rule=running alarms=none can='shutdown power-off migrate'

# A restore that fails leaves nothing: then it is told.
backup mode never restore
pass
virt undefine never
virt destroy never
virt gone never
backup mode never restoring
pass
pass
expect never status='Paused, backing up' rule=backup-paused alarms=none
backup mode never restoring 21
pass
expect never status=Stopped rule=stopped active=FALSE alarms=backup-failed can=start proves='the restore failed, nothing is there'

the_end
