#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Templates: every mode, inactive and running, and what can happen to their domains.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'templates and their modes'

all='start migrate edit delete toggle'
vm other intent=shutdown
template gold intent=shutdown mode='first installation'
virt define gold
pass
expect gold status='Stopped, first installation' rule=template-mode active=FALSE alarms=none \
    actions="$all" proves='freshly made, not started yet'
stoney start gold
pass
expect gold status='Running, first installation' rule=template-mode active=TRUE node=a \
    actions='shutdown power-off migrate toggle use' proves='the system is being installed'
stoney shutdown gold
virt wait gold 'shut off.*'
ldap mode gold 'maintenance mode'
pass
expect gold status='Stopped, maintenance mode' rule=template-mode actions="$all" proves='under maintenance, shut down'
ldap request gold start
pass
expect gold status=Starting rule=starting actions='power-off' proves='start of a template requested'
stoney start gold
pass
expect gold status='Running, maintenance mode' rule=template-mode sstVirtualMachineRequestedAction= \
    proves='under maintenance, running'
virt suspend gold
pass
expect gold status=Paused rule=paused proves='a template suspended'
virt resume gold

# Shutdown that lasts, then by force.
virt key gold i
stoney shutdown gold
pass
expect gold status='Shutting down' rule=shutting-down proves='power button pressed on a template'
ldap request gold power-off
pass
expect gold status='Powering off' rule=powering-off proves='power-off of a template requested'
stoney destroy gold

# Ready for use: not to be started.
ldap mode gold 'Ready for use '
pass
expect gold status=Stopped rule=stopped alarms=none actions='persistent dynamic' proves='ready for use'
stoney start gold
pass
expect gold status=Running rule=running alarms=template-running \
    proves='ready for use, but somebody started it'
stoney destroy gold

# No mode, an unknown mode: not to be used.
ldap mode gold
pass
expect gold status='Do not use' rule=do-not-use active=FALSE alarms=none proves='no mode'
ldap mode gold golden
pass
expect gold status='Do not use' rule=do-not-use alarms=unknown-mode proves='a mode nobody knows'
stoney start gold
ldap mode gold 'do not use'
pass
expect gold status='Do not use' rule=do-not-use active=TRUE alarms=none can='shutdown power-off' proves='do not use, running'

# Trouble.
ldap mode gold 'maintenance mode'
pass
virt key gold w
virt wait gold 'paused .watchdog.'
pass
expect gold status=Frozen rule=frozen alarms=none proves='watchdog of a template fired'
virt destroy gold
virt start gold
pass
virt key gold p
virt wait gold 'crashed.*'
pass
expect gold status=Crashed rule=crashed active=TRUE proves='a template panicked'
virt destroy gold
ldap intent gold shutdown

ldap request gold delete
pass
expect gold status=Deleting rule=deleting actions= proves='deletion of a template requested'
virt undefine gold
ldap drop gold
pass
expect gold status=none

the_end
