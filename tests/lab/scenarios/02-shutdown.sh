#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The ACPI power button: obeyed, slow, ignored; and every other clean way down.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'shutdown obeyed, slow, ignored; clean ways down are no crash'

# A guest that takes its time.
vm slow intent=running
virt define slow
virt start slow
pass
virt key slow i
stoney shutdown slow
pass
expect slow status='Shutting down' rule=shutting-down active=TRUE node=a alarms=none \
    actions='power-off use users groups' proves='power button pressed, the guest takes its time'
pass
expect slow status='Shutting down' rule=shutting-down
expect_pass written=0
virt key slow i
virt shutdown slow
virt wait slow 'shut off.*'
pass
expect slow status=Stopped rule=stopped active=FALSE alarms=none proves='power button obeyed'

# One that ignores it: the request runs out, the guest is running after all.
vm deaf intent=running
virt define deaf
virt start deaf
virt key deaf i
pass
ldap request deaf shutdown
virt shutdown deaf
pass
expect deaf status='Shutting down' rule=shutting-down alarms=none sstVirtualMachineRequestedAction=shutdown \
    proves='shutdown requested, the guest ignores it'
limits request_limit_shutdown=0
pass
expect deaf status=Running rule=running alarms=shutdown-ignored sstVirtualMachineRequestedAction= \
    proves='shutdown request ran out, the guest ignored it'
pass
expect deaf status=Running alarms=shutdown-ignored
limits request_limit_shutdown=600
ldap request deaf shutdown
pass
expect deaf status='Shutting down' alarms=none
ldap request deaf
pass
expect deaf status=Running rule=running alarms=none proves='shutdown request withdrawn'

# The same by intent alone.
stoney shutdown deaf
pass
expect deaf status='Shutting down' rule=shutting-down proves='sstStatus says shutdown, the domain is still running'
limits stop_limit=0
pass
expect deaf status=Running alarms=shutdown-ignored
pass
expect deaf status=Running alarms=shutdown-ignored
limits stop_limit=600
ldap intent deaf running
pass
expect deaf status=Running alarms=none
ldap request deaf power-off
pass
expect deaf status='Powering off' rule=powering-off active=TRUE actions='users groups' \
    proves='power-off requested, the domain is still there'
stoney destroy deaf
pass
expect deaf status=Stopped rule=stopped alarms=none sstVirtualMachineRequestedAction= proves='destroyed on request'

# Ways down that nobody wrote into the directory: sstStatus stays running, and it is no crash.
for name in off gone saved; do
    vm $name intent=running
    virt define $name
    virt start $name
done
pass
expect_counts Running=3 Stopped=2
virt key off s
virt wait off 'shut off .shutdown.'
virt destroy gone
virt managedsave saved
pass
expect off status=Stopped rule=stopped alarms=none stale=no proves='the guest powered off by itself'
expect gone status=Stopped rule=stopped alarms=none stale=no proves='virsh destroy without a word in the directory'
expect saved status=Stopped rule=stopped alarms=none stale=no

# libvirt forgets why after a restart; what we concluded stays.
node restart a
pass
for name in slow deaf off gone saved; do
    expect $name status=Stopped rule=stopped alarms=none
done

# And where the state file is lost, too: what was published stays.
virt wait gone 'shut off .unknown.'
rm "$TAP_DIR/state"
pass
for name in slow deaf off gone saved; do
    expect $name status=Stopped rule=stopped alarms=none
done

# A dynamic VM is transient: its domain vanishes.
vm desk kind=dynamic intent=running subtype=Desktop
virt create desk
pass
expect desk status=Running rule=running
virt key desk s
virt gone desk
pass
expect desk status=Running rule=absent-held # the first answer without it only begins the row
pass
expect desk status=Stopped rule=stopped active=FALSE alarms=none proves='a dynamic VM ended, its transient domain vanished'

the_end
