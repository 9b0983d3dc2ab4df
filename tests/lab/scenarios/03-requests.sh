#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# sstVirtualMachineRequestedAction and sstStatus: each action, expired, contradictory, nonsense.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'requests and intents'

vm other intent=shutdown
vm last intent=shutdown
vm web intent=shutdown
virt define web
pass
expect web status=Stopped

# start, by the intent alone
ldap intent web running
pass
expect web status=Starting rule=starting active=FALSE actions='users groups power-off' \
    proves='sstStatus turned to running, the domain is not there yet'
limits start_limit=0
pass
expect web status=Stopped rule=stopped active=FALSE alarms=none proves='a start that never happened'
limits start_limit=60
ldap intent web shutdown
pass

# start, requested; an old request counts for nothing
ldap request web start 61
pass
expect web status=Stopped sstVirtualMachineRequestedAction= sstVirtualMachineRequestedSince=
ldap request web start
pass
expect web status=Starting rule=starting sstVirtualMachineRequestedAction=start
pass
expect_pass written=0
ldap request web
pass
expect web status=Stopped
ldap request web start
pass
stoney start web
pass
expect web status=Running sstVirtualMachineRequestedAction=

# delete of something that runs
ldap request web delete
pass
expect web status=Running alarms=delete-of-active sstVirtualMachineRequestedAction=delete
stoney destroy web
pass
expect web status=Deleting rule=deleting active=FALSE alarms=none actions= proves='deletion requested, no domain is active'
virt undefine web
pass
expect web status=Deleting rule=deleting active=FALSE
ldap request web delete 3601
pass
expect web status=Stopped sstVirtualMachineRequestedAction=
ldap drop web
pass
expect web status=none

# nonsense, and asking for the opposite of what is meant
vm odd intent=running
virt define odd
virt start odd
ldap request odd explode
pass
expect odd status=Running alarms=unknown-request sstVirtualMachineRequestedAction=explode
pass
expect_pass written=0
ldap request odd start
pass
expect odd status=Running alarms=none sstVirtualMachineRequestedAction=
ldap intent odd shutdown
ldap request odd start
pass
expect odd status='Shutting down' rule=shutting-down
ldap intent odd running
ldap request odd shutdown
pass
expect odd status='Shutting down' rule=shutting-down
ldap request odd power-off
pass
expect odd status='Powering off' rule=powering-off
ldap request odd power-off 61
pass
expect odd status=Running rule=running sstVirtualMachineRequestedAction=
ldap request odd migrate
pass
expect odd status='Running, migrating' rule=migrating-running sstVirtualMachineRequestedAction=migrate \
    proves='a migration was announced, nothing moves yet'
ldap request odd migrate 901
pass
expect odd status=Running rule=running sstVirtualMachineRequestedAction=
virt key odd i
ldap request odd shutdown
pass
expect odd status='Shutting down'
virt kill odd
virt wait odd 'shut off .crashed.'
pass
expect odd status=Stopped rule=stopped alarms=none sstVirtualMachineRequestedAction=

the_end
