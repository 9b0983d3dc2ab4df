#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A node that does not answer in the middle of a migration: what is seen elsewhere counts.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'migration while a node is silent'

moving='use users groups'
nothing='users groups'

vm east node=a intent=running
vm west node=b intent=running
vm third node=b intent=running
for name in east west third; do
    virt define $name
    virt start $name
    virt key $name d
done
config nodes.deadline=4 # one that works answers within it
pass
ldap marker east b
ldap marker west a
virt migrate east b --bandwidth 1
virt migrate west a --bandwidth 1
virt wait east@b 'paused .migrating.'
virt wait west@a 'paused .migrating.'
pass
expect east status='Running, migrating' alarms=none actions="$moving"
expect west status='Running, migrating' alarms=none actions="$moving"

# a hangs: it is the source of east and the target of west.
node freeze a
pass
# the copy on the target is seen, and counts: nothing that changes power or place is allowed
expect east status='Paused, migrating' rule=migrating-paused stale=no active=TRUE alarms=none actions="$nothing"
expect west status='Running, migrating' rule=migrating-running stale=no node=b alarms=none actions="$moving" \
    proves='live migration, the target does not answer'
expect third status=Running rule=running stale=no alarms=none
ldap marker east
pass
expect east status='Paused, migrating' stale=timeout alarms=wrong-node actions="$nothing"
ldap marker east b
node thaw a
pass
expect east status='Running, migrating' rule=migrating-running stale=no node=a alarms=none actions="$moving" \
    proves='live migration, the source had not answered'
expect west status='Running, migrating' rule=migrating-running stale=no alarms=none actions="$moving"

# Arrived, and the old home hangs: the target's word counts.
virt migrate-finish east
virt gone east@a
virt wait east@b 'running.*'
node freeze a
pass
expect east status='Running, migrating' rule=migrating-running stale=no node=b active=TRUE alarms=none actions="$moving" \
    proves='arrived, the source does not answer'
ldap marker east
pass
expect east status=Running rule=running alarms=wrong-node stale=timeout node=b actions="$nothing"
ldap home east b
pass
expect east status=Running rule=running alarms=none stale=no node=b
node thaw a

# A target that cannot be reached: the migration fails at once, the marker stays.
virt migrate-cancel west
virt gone west@a
ldap marker west
pass
expect west status=Running rule=running node=b alarms=none
ldap marker third a
node kill a
refused virt migrate third a
pass
expect third status='Running, migrating' rule=migrating-running stale=no node=b active=TRUE alarms=none \
    actions="$moving" proves='the target cannot be reached, the marker is set'
limits marker_limit=1
passes_until 60 third alarms=stale-migration-marker
expect third status=Running rule=running stale=no node=b alarms=stale-migration-marker
stoney destroy third
pass
expect third status=Running rule=unseen stale=refused active=TRUE actions="$nothing"
node restart a
pass
expect third status=Stopped rule=stopped stale=no active=FALSE alarms=stale-migration-marker

the_end
