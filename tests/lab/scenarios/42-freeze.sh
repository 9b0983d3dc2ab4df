#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Guests that do not go on: watchdog, full disk, a QEMU that hangs.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'frozen guests'

vm dog intent=running
virt define dog
virt start dog
pass
virt key dog w
virt wait dog 'paused .watchdog.'
pass
expect dog status=Frozen rule=frozen active=TRUE alarms=none actions='shutdown power-off use users groups' \
    proves='watchdog fired, guest paused'
virt resume dog
pass
expect dog status=Running rule=running alarms=none

# The disk's storage is full, and has space again.
guest_small_fs "$A" small 300
guest_disk "$A" small/full.qcow2 64M
vm full intent=running
virt define full --disk small/full.qcow2:qcow2:ide
virt start full
pass
virt key full e
virt wait full 'paused .I/O error.'
pass
expect full status=Frozen rule=frozen alarms=io-error active=TRUE \
    sstVirtualMachineStatusAlarm='io-error: *hda*' proves='no space left for its disk'
guest_inside "$A" mount -o remount,size=9000k "$A/guests/small"
virt resume full
virt wait full 'running.*'
pass
expect full status=Running rule=running alarms=none
virt destroy full
ldap intent full shutdown

# A QEMU that hangs: found by the probe, named by the control state.
config frozen.probe=yes nodes.look_deadline=1 limits.control_limit=0
vm hung intent=running
virt define hung
virt start hung
pass
expect hung status=Running rule=running
virt freeze hung
passes_until 20 hung status=Frozen
expect hung status=Frozen rule=frozen active=TRUE alarms=none stale=no reason='*monitor does not answer*' proves='QEMU stopped (SIGSTOP), its monitor does not answer'
expect dog status=Running rule=running stale=no
virt suspend dog
pass
expect hung status=Frozen
expect dog status=Paused rule=paused stale=no
virt resume dog

# Three of them, and an operator still gets answers.
for name in two three; do
    vm $name intent=running
    virt define $name
    virt start $name
    virt freeze $name
done
passes_until 40 three status=Frozen
passes_until 40 two status=Frozen
expect dog status=Running stale=no
ok 'virsh list answers' timeout 5 virsh -q -c "$(sed -n 's/^QEMU_URI_UNIX=//p' "$A/env")" list --all
ok 'virsh domstats answers' timeout 5 virsh -q -c "$(sed -n 's/^QEMU_URI_UNIX=//p' "$A/env")" domstats --state --nowait

for name in hung two three; do virt thaw $name; done
passes_until 20 hung status=Running
passes_until 20 two status=Running
passes_until 20 three status=Running
expect hung status=Running rule=running alarms=none stale=no

# A hung guest that is killed has crashed.
virt freeze hung
passes_until 20 hung status=Frozen
virt kill hung
virt wait hung 'shut off.*'
pass
expect hung status=Crashed rule=crashed proves='killed because it hung'

the_end
