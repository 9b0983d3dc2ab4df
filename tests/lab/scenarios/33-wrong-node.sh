#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Guests where the directory does not expect them, guests that run twice, guests that are carried
# over while they are stopped.  In both directions: node a is home, node b is home.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'wrong node, duplicates, offline moves'

still='shutdown power-off migrate use users groups'
stopped='start migrate edit delete users groups'

vm east node=a intent=running
vm west node=b intent=running
for name in east west; do
    virt define $name
    virt start $name
done
pass
expect_counts Running=2

# Moved by an administrator, past the tools: nobody sets a marker, nobody changes the home.
virt migrate east b
virt gone east@a
virt wait east@b 'running.*'
virt migrate west a
virt gone west@b
virt wait west@a 'running.*'
pass
expect east status=Running rule=running node=b alarms=wrong-node stale=no actions="$still" proves='migrated by hand, the home is another node'
expect west status=Running rule=running node=a alarms=wrong-node stale=no actions="$still"
ldap home east b
ldap home west a
pass
expect east status=Running node=b alarms=none actions="$still"
expect west status=Running node=a alarms=none actions="$still"

# The same UUID started on both nodes; east lives on b, west on a.
virt define east@a
virt start east@a
virt define west@b
virt start west@b
pass
expect east status=Running rule=duplicate active=TRUE alarms=duplicate actions='users groups'
expect west status=Running rule=duplicate active=TRUE alarms=duplicate actions='users groups'
pass
expect_pass written=0
# a marker excuses two running copies for one pass, no longer
ldap marker east a
pass
expect east status='Running, migrating' rule=migrating-running alarms=none
pass
expect east rule=duplicate alarms=duplicate actions='users groups'
ldap marker east
pass
expect east rule=duplicate alarms=duplicate

# One of them goes: judged again.  Of east the copy at home stays, of west the other one.
virt destroy east@a
virt undefine east@a
virt destroy west@a
virt undefine west@a
pass
expect east status=Running rule=running node=b alarms=none actions="$still" proves='ran twice, the copy away from home is gone'
expect west status=Running rule=running node=b alarms=wrong-node proves='ran twice, the copy at home is gone'
ldap home west b

# Stopped, and carried over by hand: undefined, the home changes, defined there.
NODE_OF[east]=b
stoney destroy east
stoney destroy west
pass
expect east status=Stopped rule=stopped alarms=none actions="$stopped"
expect west status=Stopped rule=stopped alarms=none actions="$stopped"
virt undefine east@b
virt undefine west@b
pass
expect east status=Stopped rule=stopped active=FALSE alarms=none proves='offline move, undefined at home'
expect west status=Stopped rule=stopped active=FALSE alarms=none
ldap home east a
ldap home west a
pass
expect east status=Stopped rule=stopped active=FALSE alarms=none proves='offline move, not yet defined at the new home'
virt define east@a
virt define west@a
pass
expect east status=Stopped rule=stopped alarms=none actions="$stopped" proves='offline move, defined at the new home'
expect west status=Stopped rule=stopped alarms=none actions="$stopped"
virt define west@b
pass
expect west status=Stopped rule=stopped alarms=leftover

# The same with the marker that other tools set meanwhile.
ldap marker east b
pass
expect east status='Stopped, migrating' rule=migrating-stopped active=FALSE alarms=none \
    actions='users groups' proves='offline move announced by the marker'
virt undefine east@a
pass
expect east status='Stopped, migrating' rule=migrating-stopped active=FALSE alarms=none \
    proves='offline move with a marker, defined nowhere'
virt define east@b
pass
expect east status='Stopped, migrating' rule=migrating-stopped alarms=none
ldap home east b
ldap marker east
pass
expect east status=Stopped rule=stopped alarms=none actions="$stopped"
stoney start east
pass
expect east status=Running rule=running node=b alarms=none

the_end
