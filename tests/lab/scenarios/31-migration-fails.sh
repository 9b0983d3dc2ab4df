#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Migrations that do not arrive: cancelled, the target's QEMU killed, the source's QEMU killed; the
# marker that the tools leave behind then.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'live migration: cancelled, failed, lost'

moving='use users groups'
still='shutdown power-off migrate use users groups'

for name in cancelled broken lost; do
    vm $name intent=running
    virt define $name
    virt start $name
    virt key $name d
    ldap marker $name b
    virt migrate $name b --bandwidth 1
done
pass
for name in cancelled broken lost; do
    expect $name status='Running, migrating' rule=migrating-running node=a alarms=none actions="$moving"
done

# Cancelled: it runs on where it was; the tools take the marker away late.
virt migrate-cancel cancelled
virt gone cancelled@b
pass
expect cancelled status='Running, migrating' rule=migrating-running node=a alarms=none actions="$moving" \
    proves='live migration cancelled, the marker is still set'
ldap marker cancelled
pass
expect cancelled status=Running rule=running node=a alarms=none actions="$still" proves='live migration cancelled'

# The target's QEMU dies: the source runs on.  The tools leave the marker for ever.
virt kill broken@b
virt gone broken@b
virt wait broken 'running.*'
pass
expect broken status='Running, migrating' rule=migrating-running node=a stale=no alarms=none actions="$moving" \
    proves='live migration failed, the marker is still set'

# The source's QEMU dies: nothing is left anywhere.
virt kill lost
virt gone lost@b
virt wait lost 'shut off.*'
pass
expect lost status=Crashed rule=crashed active=FALSE alarms=none actions='users groups' proves='QEMU of the source killed during a live migration'
expect broken status='Running, migrating'

# Nothing moves any more: the markers that were left behind expire.
limits marker_limit=1
passes_until 60 broken alarms=stale-migration-marker
expect broken status=Running rule=running node=a alarms=stale-migration-marker actions="$still" \
    proves='a failed migration left its marker, it has expired'
passes_until 60 lost alarms=stale-migration-marker
expect lost status=Crashed rule=crashed alarms=stale-migration-marker actions='start migrate edit delete users groups'
expect cancelled status=Running alarms=none
pass
expect_pass written=0

# Moved again under the same marker: it lives again, and ends well.
virt migrate broken b --bandwidth 1
pass
expect broken status='Running, migrating' rule=migrating-running node=a alarms=none actions="$moving" \
    proves='live migration under a marker that had expired'
virt migrate-finish broken
virt gone broken@a
ldap home broken b
ldap marker broken
pass
expect broken status=Running rule=running node=b alarms=none actions="$still"

# The marker removed late, started again.
ldap marker lost
stoney start lost
pass
expect lost status=Running rule=running node=a alarms=none

the_end
