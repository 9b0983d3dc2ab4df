#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A live migration from its announcement to its end, in both directions: the node asked first is once
# the source and once the target; once the marker comes first, once the job.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'live migration: held open, finished'

moving='use users groups'
still='shutdown power-off migrate use users groups'

vm east node=a intent=running
vm west node=b intent=running
for name in east west; do
    virt define $name
    virt start $name
    virt key $name d
done
pass
expect east status=Running node=a alarms=none actions="$still"
expect west status=Running node=b alarms=none actions="$still"

# a to b: the marker first, as the tools do it.
ldap marker east b
pass
expect east status='Running, migrating' rule=migrating-running node=a active=TRUE alarms=none \
    actions="$moving" proves='announced by the marker, the job has not begun'
virt migrate east b --bandwidth 1
pass
expect east status='Running, migrating' rule=migrating-running node=a alarms=none actions="$moving" \
    proves='live migration with a marker, the source runs'

# b to a: the job first.
virt migrate west a --bandwidth 1
pass
expect west status='Running, migrating' rule=migrating-running node=b alarms=none actions="$moving" \
    proves='live migration seen before its marker'
ldap marker west a
pass
expect west status='Running, migrating' rule=migrating-running node=b alarms=none actions="$moving"
expect_counts Running=2

# Whoever answers first, source or target, it is the same.
orders=('a b' 'b a')
command -v virt-admin >/dev/null || orders=() # nobody says then who has answered
for order in "${orders[@]}"; do
    # shellcheck disable=SC2086 # two words
    pass_heard $order
    for name in east west; do
        expect $name status='Running, migrating' rule=migrating-running alarms=none stale=no actions="$moving"
    done
    expect_pass exit=0 written=0 silent_nodes=0
done

# A guest with a disk that streams: on its target libvirt answers no question about its disks before
# it has arrived.  No pass waits for that.
template gold mode='ready for use'
vm thin intent=running
virt define thin --disk "$(overlay thin-vda "$(image gold-0 2)")"
virt start thin
ldap list gold thin
virt key thin d
ldap marker thin b
virt migrate thin b --bandwidth 1
virt wait thin@b 'paused .migrating.'
config nodes.look_deadline=20
pass
expect thin status='Running, migrating' rule=migrating-running node=a alarms=none stale=no
expect_pass exit=0
ok 'no look ran into its deadline' test "$(sed -n 's/.*"total_ms" : \([0-9]*\).*/\1/p' "$PASS_OUT")" -lt 15000
virt migrate-finish thin
virt wait thin@b 'running.*'
virt gone thin@a
ldap home thin b
ldap marker thin
pass
expect thin status='Running, streaming [0.0 %]' rule=streaming-running node=b alarms=none

# Arrived: the home changes before the marker goes.
virt migrate-finish east
virt wait east@b 'running.*'
virt gone east@a
pass
expect east status='Running, migrating' rule=migrating-running node=b alarms=none actions="$moving" \
    proves='arrived, the marker is still set'
ldap home east b
pass
expect east node=b
ldap marker east
pass
expect east status=Running rule=running node=b alarms=none actions="$still" proves='live migration finished'

# The other way round: the marker goes before the home changes.
virt migrate-finish west
virt wait west@a 'running.*'
virt gone west@b
pass
expect west status='Running, migrating' rule=migrating-running node=a alarms=none
ldap marker west
pass
expect west status=Running rule=running node=a alarms=wrong-node
ldap home west a
pass
expect west status=Running rule=running node=a alarms=none actions="$still" \
    proves='live migration finished, its marker went first'
pass
expect_pass exit=0 written=0

the_end
