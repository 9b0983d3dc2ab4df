#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Guests that crash, each in its own way; those that were meant to go down do not count.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'crashes'

down='start migrate edit delete users groups'

for name in panic gone nine segv boot; do
    vm $name intent=running
done
virt define panic
virt define gone --on-crash destroy
virt define nine
virt define segv
for name in panic gone nine segv; do
    virt start $name
done
pass
expect_counts Running=4 Stopped=1

# The guest's own panic.
virt key panic p
virt wait panic 'crashed.*'
virt key gone p
virt wait gone 'shut off .crashed.'
pass
expect panic status=Crashed rule=crashed active=TRUE alarms=none actions='power-off users groups' \
    proves='guest panic, domain preserved'
expect gone status=Crashed rule=crashed active=FALSE alarms=none actions='start migrate edit delete users groups' \
    proves='guest panic, domain destroyed'
virt destroy panic
pass
expect panic status=Stopped rule=stopped active=FALSE alarms=none

# QEMU's end.
virt kill nine
virt signal segv SEGV
virt wait nine 'shut off .crashed.'
virt wait segv 'shut off .crashed.'
pass
expect nine status=Crashed rule=crashed active=FALSE alarms=none actions="$down" proves='QEMU killed (-9)'
expect segv status=Crashed rule=crashed active=FALSE alarms=none actions="$down" proves='QEMU ended by a segmentation fault'

# A start that fails.
disk=$(image missing 1)
virt define boot --disk "$disk:raw"
rm "$disk"
pass
expect boot status=Stopped
refused virt start boot
virt wait boot 'shut off .failed.'
pass
expect boot status=Crashed rule=crashed active=FALSE alarms=none actions="$down" proves='start failed, its disk is missing'

# Reasons that libvirt forgets when it starts anew: what was concluded stays.
node restart a
virt wait nine 'shut off .unknown.'
pass
expect nine status=Crashed rule=crashed
expect segv status=Crashed rule=crashed
expect gone status=Crashed rule=crashed
expect boot status=Crashed rule=crashed
expect panic status=Stopped rule=stopped
pass
expect_pass written=0
rm "$TAP_DIR/state" # and where the program has forgotten them, too
pass
for name in nine segv gone boot; do
    expect $name status=Crashed rule=crashed active=FALSE alarms=none actions="$down"
done

# Started again: everything is well.
stoney start nine
pass
expect nine status=Running rule=running alarms=none

# QEMU dies while libvirtd is away.
node kill a
virt kill nine
pass
expect nine status=Running rule=unseen stale=refused actions='users groups'
expect_node a reachable=FALSE
expect_pass exit=3 silent_nodes=1
node restart a
virt wait nine 'shut off .crashed.'
pass
expect nine status=Crashed rule=crashed stale=no alarms=none actions="$down" proves='QEMU died while libvirtd was away'
expect_node a reachable=TRUE

# The administrator gives up on it.
ldap intent nine shutdown
pass
expect nine status=Crashed rule=crashed
virt undefine nine
pass
expect nine status=Stopped rule=stopped

# Meant to go down: a stop or a power-off was under way.
for name in segv gone; do
    stoney start $name
done
pass
virt key segv i
ldap request segv shutdown
ldap request gone power-off
pass
virt kill segv
virt kill gone
virt wait segv 'shut off .crashed.'
virt wait gone 'shut off .crashed.'
pass
expect segv status=Stopped rule=stopped alarms=none proves='QEMU killed while a shutdown was under way'
expect gone status=Stopped rule=stopped alarms=none proves='QEMU killed while a power-off was under way'

# A domain that vanishes from a node that answers.
virt create lost
vm lost intent=running
limits miss_limit=2
pass
expect lost status=Running
virt kill lost
virt gone lost
pass
expect lost status=Running rule=absent-held
pass
expect lost status=Running rule=absent-held
pass
expect lost status=Crashed rule=crashed active=FALSE alarms=none actions="$down" proves='the domain vanished from a node that answers'
ldap intent lost shutdown
pass
expect lost status=Stopped rule=stopped

the_end
