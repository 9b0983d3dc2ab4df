#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Moments of a migration in which nothing runs: a suspended guest moves, and the switch-over.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'live migration: suspended guests, the switch-over'

moving='users groups'

vm asleep intent=running
vm switch intent=running node=b
for name in asleep switch; do
    virt define $name
    virt start $name
    virt key $name d
done
pass
expect_counts Running=2

# Suspended in the middle; the target's QEMU stands still, so that the moment lasts.
ldap marker asleep b
virt migrate asleep b --bandwidth 1
virt wait asleep@b 'paused .migrating.'
virt freeze asleep@b
virt suspend asleep
virt wait asleep@a 'paused.*'
pass
expect asleep status='Paused, migrating' rule=migrating-paused active=TRUE alarms=none actions="$moving" \
    proves='suspended in the middle of a live migration'

# The switch-over: the source has stopped, the target does not run yet.
virt migrate switch a --bandwidth 1
virt wait switch@a 'paused .migrating.'
virt freeze switch@a
virt migrate-setmaxdowntime switch 20000
virt wait switch@b 'paused.*'
pass
expect switch status='Paused, migrating' rule=migrating-paused active=TRUE alarms=none actions="$moving" \
    proves='the switch-over of a live migration without a marker, nothing runs'

# And on.
virt thaw switch@a
virt gone switch@b
virt wait switch@a 'running.*'
ldap home switch a
virt thaw asleep@b
virt migrate-finish asleep
virt gone asleep@a
virt wait asleep@b 'running .migrated.' # libvirt goes by what it was when it set out
pass
expect switch status=Running rule=running node=a alarms=none
expect asleep status='Running, migrating' rule=migrating-running node=b alarms=none
ldap home asleep b
ldap marker asleep
pass
expect asleep status=Running rule=running node=b alarms=none

# Suspended before it sets out: it arrives as it was.
virt suspend asleep@b
pass
expect asleep status=Paused rule=paused
ldap marker asleep a
virt migrate asleep@b a --bandwidth 1
virt gone asleep@b
virt wait asleep@a 'paused.*'
pass
expect asleep status=Paused rule=paused node=a active=TRUE alarms=none actions='use users groups' \
    proves='a suspended guest has arrived, the marker is still set'
ldap home asleep a
ldap marker asleep
pass
expect asleep status=Paused rule=paused node=a alarms=none actions='power-off use users groups'
virt resume asleep@a
pass
expect asleep status=Running rule=running node=a alarms=none

the_end
