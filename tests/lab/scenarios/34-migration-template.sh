#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Templates move like all others, whatever their mode; and dynamic VMs, which leave nothing behind.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'migration of templates and dynamic VMs'

template gold mode='maintenance mode' intent=running
template fresh mode='first installation' intent=running node=b
template cold mode='ready for use'
vm desk kind=dynamic subtype=Desktop intent=running
for name in gold fresh cold; do virt define $name; done
virt create desk
for name in gold fresh; do virt start $name; done
for name in gold fresh desk; do virt key $name d; done
pass
expect gold status='Running, maintenance mode'
expect fresh status='Running, first installation'
expect cold status=Stopped
expect desk status=Running

# Running, Paused, Stopped: the marker first, the job first, no job at all.
ldap marker gold b
virt migrate gold b --bandwidth 1
virt migrate fresh a --bandwidth 1
ldap marker cold b
pass
expect gold status='Running, migrating' rule=migrating-running node=a alarms=none actions=use \
    proves='a template in maintenance migrates'
expect fresh status='Running, migrating' rule=migrating-running node=b alarms=none actions=use \
    proves='a template migrates, without a marker'
expect cold status='Stopped, migrating' rule=migrating-stopped active=FALSE alarms=none \
    actions='persistent dynamic' proves='a stopped template with a marker'

virt wait fresh@a 'paused .migrating.'
virt freeze fresh@a
virt suspend fresh
virt wait fresh 'paused.*'
pass
expect fresh status='Paused, migrating' rule=migrating-paused active=TRUE alarms=none actions=none \
    proves='a template suspended in the middle of a live migration'
virt thaw fresh@a
virt migrate-finish fresh
virt gone fresh@b
virt wait fresh@a 'running.*'
ldap home fresh a
virt migrate-finish gold
virt gone gold@a
virt wait gold@b 'running.*'
pass
expect fresh status='Running, first installation' rule=template-mode node=a alarms=none
expect gold status='Running, migrating' rule=migrating-running node=b
ldap home gold b
ldap marker gold
ldap home cold b
ldap marker cold
virt undefine cold@a
virt define cold@b
pass
expect gold status='Running, maintenance mode' rule=template-mode node=b alarms=none
expect cold status=Stopped rule=stopped alarms=none

# A dynamic VM: transient on both sides, gone afterwards.
ldap marker desk b
virt migrate-transient desk b --bandwidth 1
pass
expect desk status='Running, migrating' rule=migrating-running node=a alarms=none
virt migrate-finish desk
virt gone desk@a
virt wait desk@b 'running.*'
ldap home desk b
ldap marker desk
pass
expect desk status=Running rule=running node=b alarms=none proves='a dynamic VM after a live migration'
virt destroy desk@b
virt gone desk@b
pass
expect desk status=Running rule=absent-held
pass
expect desk status=Stopped rule=stopped active=FALSE alarms=none proves='a dynamic VM, gone after a live migration'

the_end
