#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What migrations leave behind: a source that stays defined, nothing at all, a request, a marker
# that means nothing.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'migration: sources that stay, guests that are lost, requests, odd markers'

moving='use users groups'
still='shutdown power-off migrate use users groups'
nothing='users groups'

# The source stays defined: shut off (migrated) says nothing but `look elsewhere'.
vm stays intent=running
virt define stays
virt start stays
pass
expect stays status=Running node=a alarms=none actions="$still"
GUEST_MIGRATE_OPTIONS='--live --p2p --persistent' virt migrate stays b
virt wait stays@a 'shut off .migrated.'
virt wait stays@b 'running.*'
pass
expect stays status=Running rule=running node=b active=TRUE alarms=wrong-node stale=no \
    proves='migrated by hand, its source stays defined'
node kill b
pass
expect stays status=Running rule=unseen active=TRUE stale=refused actions="$nothing" # and not Stopped
node restart b
ldap home stays b
pass
expect stays status=Running rule=running node=b alarms=leftover stale=no actions="$still"
node restart a
virt wait stays@a 'shut off .unknown.'
pass
expect stays status=Running rule=running node=b alarms=leftover stale=no
virt undefine stays@a
pass
expect stays status=Running alarms=none

# Asked for, marked, carried out: the request is done on arrival.
ldap request stays migrate
pass
expect stays status='Running, migrating' sstVirtualMachineRequestedAction=migrate actions="$moving"
ldap marker stays a
virt key stays@b d
virt migrate stays@b a --bandwidth 1
pass
expect stays status='Running, migrating' alarms=none sstVirtualMachineRequestedAction=migrate actions="$moving"
virt migrate-finish stays@b
virt gone stays@b
virt wait stays@a 'running.*'
ldap home stays a
ldap marker stays
pass
expect stays status=Running node=a alarms=none sstVirtualMachineRequestedAction= actions="$still"

# Marked for where it is.
ldap marker stays a
pass
expect stays status=Running alarms=migration-to-self actions="$still"
ldap marker stays

# A backup and a migration at once.
ldap backup stays 20260101T030000Z retaining
ldap marker stays b
pass
expect stays status='Running, migrating' alarms=conflict actions="$moving"
ldap marker stays
pass
expect stays status='Running, backing up' alarms=none
ldap backup stays 20260101T030000Z finished

# A transient domain dies on both nodes in the middle.
vm lost intent=running
virt create lost
virt key lost d
ldap marker lost b
pass
expect lost status='Running, migrating'
virt migrate-transient lost b --bandwidth 1
virt wait lost@b 'paused .migrating.'
pass
expect lost status='Running, migrating' alarms=none
virt kill lost@a
virt gone lost@a
virt gone lost@b
pass
expect lost status='Running, migrating' rule=absent-held active=TRUE
pass
expect lost status=Crashed rule=crashed active=FALSE alarms=lost-in-migration actions='users groups' \
    proves='gone from both nodes in the middle of a live migration'

# Post-copy: it runs at the target before all of its memory is there, and no copy is whole.
vm post intent=running
virt define post
virt start post
virt key post d
pass
virt migrate post b --postcopy --postcopy-bandwidth 1 --bandwidth 1
pass
expect post status='Running, migrating' rule=migrating-running node=a alarms=none
virt migrate-postcopy post
virt wait post@b 'running .post-copy.'
virt freeze post@a # so that the moment lasts; it answers no question
config nodes.look_deadline=1
pass
expect post status='Running, migrating' rule=migrating-running node=b active=TRUE alarms=none actions="$moving" \
    proves='post-copy: it runs at the target, its memory is not there yet'
config nodes.look_deadline=20
virt thaw post@a
virt kill post@b
virt wait post@a 'paused .post-copy failed.'
pass
expect post status=Crashed rule=crashed active=TRUE alarms=leftover actions="$nothing" proves='the target died in post-copy'
virt destroy post@a
ldap intent post shutdown
pass
expect post status=Stopped rule=stopped active=FALSE

the_end
