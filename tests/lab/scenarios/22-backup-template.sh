#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Backups of templates, stopped and running.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
. "$STATESYNC_SRCDIR/tests/lab/backup.sh"
scenario 'backups of templates'
gate_make

template gold intent=shutdown mode='ready for use'
virt define gold --disk "$(volume gold-vda 24)"
pass
expect gold status=Stopped rule=stopped alarms=none actions='persistent dynamic'

# Stopped.
for mode in snapshot snapshotting; do
    backup mode gold $mode
    pass
    expect gold status='Stopped, backing up' rule=backup-stopped alarms=none actions=none \
        proves="a backup of a stopped template: $mode"
done
backup fake gold
backup swap gold
backup mode gold snapshotted
backup mode gold merging
virt start-paused gold
virt pull gold vda 1
pass
expect gold status='Stopped, backing up' rule=backup-stopped active=TRUE alarms=none actions=none detail=none \
    proves='a template started paused for the merge'
like "$(cat "$PASS_RECORD")" '"type" : "pull"' 'and the pull was seen'
virt pull-end gold vda
virt destroy gold
for mode in merged retain retaining; do
    backup mode gold $mode
    pass
    expect gold status='Stopped, backing up' rule=backup-stopped active=FALSE alarms=none actions=none
done
expect gold status='Stopped, backing up' proves='the images of a template are copied'
backup retain gold
backup mode gold retained
backup mode gold finished
pass
expect gold status=Stopped rule=stopped alarms=none actions='persistent dynamic'

# Running.
ldap mode gold 'maintenance mode'
stoney start gold
pass
expect gold status='Running, maintenance mode' rule=template-mode alarms=none
for mode in snapshot snapshotting; do
    backup mode gold $mode
    pass
    expect gold status='Running, backing up' rule=backup-running alarms=none actions=use proves="a backup of a running template: $mode"
done
gate close
backup save gold
gate reached
pass
expect gold status='Paused, backing up' rule=backup-paused active=TRUE alarms=none actions=none proves='a template is saved to a file'
gate open
pass
expect gold status='Paused, backing up' rule=backup-paused alarms=none proves='a template is saved, its images are swapped'
backup swap gold
gate close
backup restore gold
gate reached
pass
expect gold status='Paused, backing up' rule=backup-paused alarms=none proves='a template is restored from the file'
gate open
backup mode gold snapshotted
pass
expect gold status='Running, backing up' rule=backup-running alarms=none
backup mode gold merging
virt pull gold vda 1
pass
expect gold status='Running, backing up' rule=backup-running progress=none detail=none alarms=none actions=use \
    proves='the disk of a running template is merged'
virt pull-end gold vda
for mode in merged retaining retained; do
    backup mode gold $mode
    pass
    expect gold status='Running, backing up' rule=backup-running alarms=none
done
backup mode gold finished
pass
expect gold status='Running, maintenance mode' rule=template-mode alarms=none actions='shutdown power-off migrate toggle use'

the_end
