#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A node that is away, frozen, rebooted: what it does not say is not guessed.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'nodes away, frozen, rebooted'

vm up intent=running
vm down intent=shutdown
vm far intent=running node=b
vm desk kind=dynamic intent=running subtype=Desktop
for name in up down far; do virt define $name; done
for name in up far; do virt start $name; done
virt create desk
config nodes.deadline=4 # one that works answers within it
pass
expect_counts Running=3 Stopped=1

# libvirtd hangs: no answer within the deadline.
node freeze a
pass
expect up status=Running rule=unseen stale=timeout active=TRUE actions='users groups'
expect down status=Stopped rule=unseen stale=timeout active=FALSE actions='users groups'
expect far status=Running rule=running stale=no
expect_node a reachable=FALSE reason='timeout*'
expect_node b reachable=TRUE domains=1
pass
expect_pass exit=3 written=0
node thaw a
pass
expect up status=Running rule=running stale=no
expect_pass exit=0

# Away and back, the guests went on.
node kill b
pass
expect far status=Running rule=unseen stale=refused
node restart b
pass
expect far status=Running rule=running stale=no alarms=none

# Power cut: guests, domains and daemon are gone; back after a reboot.
config nodes.deadline=30
ldap node a maintenance
node off a
pass
expect up status=Running rule=unseen stale=maintenance active=TRUE actions='users groups'
expect desk status=Running rule=unseen stale=yes
node on a
ldap node a active
virt wait up 'shut off .unknown.'
pass
expect up status=Crashed rule=crashed active=FALSE stale=no alarms=none actions='start migrate edit delete users groups' reason='*shutoff (unknown)*' proves='its node was rebooted, it should run'
expect down status=Stopped rule=stopped stale=no
expect desk status=Running rule=absent-held
pass
expect desk status=Stopped rule=stopped alarms=none proves='a dynamic VM, its node was rebooted'
expect up status=Crashed
expect far status=Running
stoney start up
pass
expect up status=Running rule=running alarms=none

the_end
