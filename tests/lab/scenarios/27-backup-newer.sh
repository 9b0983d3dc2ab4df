#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The steps that the other scenarios take well, going wrong: export, commit, and bringing files back;
# each fails, and in each the guest dies.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
. "$STATESYNC_SRCDIR/tests/lab/backup.sh"
scenario 'export, commit and unretain: failures and crashes'

running='shutdown power-off use users groups'
can='shutdown power-off migrate use users groups'
stopped='start migrate edit delete users groups'

vm web intent=running
vm cold intent=shutdown
virt define web --disk "$(volume web-vda 48)"
virt define cold --disk "$(volume cold-vda 24)"
stoney start web
pass
expect web status=Running rule=running alarms=none

# Whatever fails beside the guest: told, and nothing is locked.
for mode in snapshotting exporting retaining unretainingSmallFiles unretainingLargeFiles restoring; do
    for name in web cold; do backup mode $name $mode; done
    pass
    expect web status='Running, backing up' rule=backup-running alarms=none actions="$running"
    expect cold status='Stopped, backing up' rule=backup-stopped alarms=none actions='users groups'
    for name in web cold; do backup mode $name $mode 9; done
    pass
    expect web status=Running rule=running activity=none alarms=backup-failed actions="$can" proves='a backup failed, in each of its steps'
    expect cold status=Stopped rule=stopped activity=none alarms=backup-failed actions="$stopped" proves='a backup failed, in each of its steps'
done

# The commit fails while it is at work, and is cancelled.
backup mode web exported
virt snapshot-create-as web --disk-only --no-metadata --atomic \
    --diskspec "vda,snapshot=external,file=$TAP_DIR/images/web-vda.top"
virt key web d
backup mode web committing
virt blockcommit web vda --active --bandwidth 1
pass
expect web status='Running, backing up' rule=backup-running progress=none alarms=none actions="$running"
backup mode web committing 11
pass
expect web status=Running rule=running activity=none progress=none alarms=backup-failed actions="$can" \
    proves='the commit failed, its job goes on'
virt blockjob web vda --abort
pass
expect web status=Running rule=running alarms=backup-failed actions="$can"

# The guest dies while its images are copied, and while its overlay is committed.
for mode in exporting committing; do
    backup mode web $mode
    [ $mode = exporting ] || virt blockcommit web vda --active --bandwidth 1
    pass
    expect web status='Running, backing up' rule=backup-running alarms=none
    virt kill web
    virt wait web 'shut off .crashed.'
    pass
    expect web status=Crashed rule=crashed active=FALSE activity=none alarms=none actions='users groups' proves="QEMU killed while the backup was $mode"
    backup mode web $mode 11
    pass
    expect web status=Crashed rule=crashed alarms=backup-failed actions="$stopped"
    stoney start web
    pass
    expect web status=Running rule=running alarms=backup-failed
done

# While files are brought back it is down on purpose as far as anybody knows, until that fails.
for mode in unretainingSmallFiles unretainingLargeFiles restoring; do
    backup mode web $mode
    pass
    expect web status='Running, backing up' rule=backup-running alarms=none
    virt kill web
    virt wait web 'shut off .crashed.'
    pass
    expect web status='Paused, backing up' rule=backup-paused active=FALSE alarms=none actions='users groups' proves='QEMU killed while files were brought back'
    backup mode web $mode 21
    pass
    expect web status=Crashed rule=crashed active=FALSE alarms=backup-failed actions="$stopped" \
        proves='QEMU killed while files were brought back, and that has failed'
    stoney start web
    pass
    expect web status=Running rule=running alarms=backup-failed
done

# A VM that was started paused for the commit.
backup swap cold
backup mode cold committing
virt start-paused cold
virt blockcommit cold vda --active --bandwidth 1
pass
expect cold status='Stopped, backing up' rule=backup-stopped active=TRUE alarms=none actions='users groups'
virt kill cold
virt wait cold 'shut off .crashed.'
pass
expect cold status='Stopped, backing up' rule=backup-stopped active=FALSE alarms=none actions='users groups'
backup mode cold committing 11
pass
expect cold status=Stopped rule=stopped alarms=backup-failed actions="$stopped"

# Destroyed for a restore that fails then: down, but nothing crashed.
backup mode web restore
pass
virt destroy web
pass
expect web status='Paused, backing up' rule=backup-paused active=FALSE alarms=none
backup mode web restoring 21
pass
expect web status=Stopped rule=stopped active=FALSE alarms=backup-failed actions="$stopped" proves='destroyed for a restore that failed'
backup mode web finished
backup mode cold finished
pass
expect web status=Stopped alarms=none
expect cold status=Stopped alarms=none

the_end
