#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A backup of a VM that does not run: a state file that says so, overlays, started paused only for
# the merge and destroyed afterwards.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
. "$STATESYNC_SRCDIR/tests/lab/backup.sh"
scenario 'the backup of a stopped VM'

vm web intent=shutdown
virt define web --disk "$(volume web-vda 48)" --disk "$(volume web-vdb 48)"
pass
expect web status=Stopped rule=stopped alarms=none can='start migrate edit delete'

backup mode web snapshot
pass
expect web status='Stopped, backing up' rule=backup-stopped alarms=none actions='users groups' proves='a backup was ordered'
backup mode web snapshotting
backup fake web
pass
expect web status='Stopped, backing up' rule=backup-stopped alarms=none actions='users groups' \
    proves='snapshot of a VM that does not run'
backup swap web
backup mode web snapshotted
pass
expect web status='Stopped, backing up' rule=backup-stopped
backup mode web merge
pass
expect web status='Stopped, backing up' rule=backup-stopped
backup mode web merging
pass
expect web status='Stopped, backing up' rule=backup-stopped active=FALSE

# Started for the merge, but the guest never runs.  However long it lasts, nobody ignores a shutdown.
limits stop_limit=0
virt start-paused web
pass
expect web status='Paused, backing up' rule=backup-held active=TRUE alarms=none actions='users groups' \
    proves='started paused for the merge, no pull yet'
for disk in vda vdb; do
    virt pull web $disk 1
    pass
    expect web status='Stopped, backing up' rule=backup-stopped active=TRUE progress=none detail=none alarms=none \
        actions='users groups' proves='started paused for the merge'
    like "$(cat "$PASS_RECORD")" '"type" : "pull"' 'and the pull was seen'
    virt pull-end web $disk
done
virt destroy web
pass
expect web status='Stopped, backing up' rule=backup-stopped active=FALSE alarms=none actions='users groups' \
    proves='merged, destroyed again'

# It may be shut down while it is merged: defined and started anew, the pull begins once more.
virt start-paused web
pass
virt undefine web
virt destroy web
virt gone web
pass
expect web rule=absent-held alarms=none actions='users groups'
pass
expect web status='Stopped, backing up' rule=backup-stopped active=FALSE alarms=none proves='no domain during the merge'
virt define web --disk "$TAP_DIR/images/web-vda:qcow2" --disk "$TAP_DIR/images/web-vdb:qcow2"

backup mode web merged
pass
expect web status='Stopped, backing up' rule=backup-stopped alarms=none
for mode in retain retaining retained; do
    backup mode web $mode
    pass
    expect web status='Stopped, backing up' rule=backup-stopped alarms=none actions='users groups'
done
expect web status='Stopped, backing up' proves='its images are copied'
backup retain web
backup mode web finished
pass
expect web status=Stopped rule=stopped alarms=none can='start migrate edit delete'

# Newer words: the images are copied, then the overlay is committed back instead of pulling.
limits stop_limit=600
for mode in export exporting exported commit; do
    backup mode web $mode
    pass
    expect web status='Stopped, backing up' rule=backup-stopped alarms=none
done
backup swap web
backup mode web committing
virt start-paused web
virt blockcommit web vda --active --bandwidth 1
pass
expect web status='Stopped, backing up' rule=backup-stopped active=TRUE progress=none alarms=none \
    proves='started paused for an active commit'
virt blockjob web vda --pivot
virt destroy web
for mode in committed comitted; do
    backup mode web $mode
    pass
    expect web status='Stopped, backing up' rule=backup-stopped alarms=none
done
backup mode web finished
pass
expect web status=Stopped rule=stopped alarms=none

the_end
