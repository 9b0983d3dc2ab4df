#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A backup of a running VM, step by step: saved to a file, images swapped, restored, merged, retained.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
. "$STATESYNC_SRCDIR/tests/lab/backup.sh"
scenario 'the backup of a running VM'
gate_make

running='shutdown power-off use users groups'
vm web intent=running
vm idle
virt define web --disk "$(volume web-vda 48)" --disk "$(volume web-vdb 48)"
stoney start web
pass
expect web status=Running rule=running alarms=none activity=none

# Snapshot.
backup mode web initialized
pass
expect web status='Running, backing up' rule=backup-running alarms=none actions="$running" \
    proves='a backup was ordered'
backup mode web snapshot
pass
expect web status='Running, backing up' rule=backup-running actions="$running"
backup mode web snapshotting
pass
expect web status='Running, backing up' rule=backup-running actions="$running" proves='a backup is about to save it'
gate close
backup save web
gate reached
pass
expect web status='Paused, backing up' rule=backup-paused active=TRUE alarms=none actions='users groups' \
    proves='being saved to a file'
pass
expect_pass written=0 exit=0
gate open
virt wait web 'shut off .saved.'
pass
expect web status='Paused, backing up' rule=backup-paused alarms=none actions='users groups' \
    proves='saved, the images are swapped'
node restart a
virt wait web 'shut off .unknown.'
pass
expect web status='Paused, backing up' rule=backup-paused alarms=none actions='users groups' \
    proves='saved, and libvirt has forgotten why it is down'
backup swap web
gate close
backup restore web
gate reached
pass
expect web status='Paused, backing up' rule=backup-paused active=TRUE alarms=none actions='users groups' \
    proves='being restored from the file'
gate open
virt wait web 'running .restored.'
pass
expect web status='Running, backing up' rule=backup-running alarms=none actions="$running" proves='restored'
backup mode web snapshotted
pass
expect web status='Running, backing up' rule=backup-running alarms=none

# Merge: the pulls are not streaming.
backup mode web merge
pass
expect web status='Running, backing up' rule=backup-running
backup mode web merging
pass
expect web status='Running, backing up' rule=backup-running
for disk in vda vdb; do
    virt pull web $disk 1
    pass
    expect web status='Running, backing up' rule=backup-running activity='backing up' progress=none detail=none \
        alarms=none actions="$running" proves='merged by a block pull'
    like "$(cat "$PASS_RECORD")" '"type" : "pull"' 'and the pull was seen'
    pass
    expect_pass written=0 exit=0
    virt pull-end web $disk
done
pass
expect web status='Running, backing up' rule=backup-running progress=none
expect_pass written=0
backup mode web merged
pass
expect web status='Running, backing up' rule=backup-running

# Retain.
for mode in retain retaining; do
    backup mode web $mode
    pass
    expect web status='Running, backing up' rule=backup-running alarms=none actions="$running"
done
expect web status='Running, backing up' proves='its images are copied'
backup retain web
for mode in retained; do
    backup mode web $mode
    pass
    expect web status='Running, backing up' rule=backup-running
done
backup mode web finished
pass
expect web status=Running rule=running activity=none alarms=none can='migrate' proves='the backup is finished'
expect idle status=Stopped alarms=none
for mode in delete deleting deleted; do
    backup mode web $mode
    pass
    expect web status=Running rule=running alarms=none
done

# Newer words: copied below an overlay that is committed back.
for mode in export exporting exported commit; do
    backup mode web $mode
    pass
    expect web status='Running, backing up' rule=backup-running alarms=none actions="$running"
done
virt snapshot-create-as web --disk-only --no-metadata --atomic \
    --diskspec "vda,snapshot=external,file=$TAP_DIR/images/web-vda.top" --diskspec vdb,snapshot=no
backup mode web committing
virt blockcommit web vda --active --bandwidth 1
pass
expect web status='Running, backing up' rule=backup-running progress=none alarms=none actions="$running" \
    proves='its overlay is committed'
virt blockjob web vda --pivot
for mode in committed comitted; do
    backup mode web $mode
    pass
    expect web status='Running, backing up' rule=backup-running alarms=none
done
backup mode web finished
pass
expect web status=Running rule=running alarms=none can=migrate

the_end
