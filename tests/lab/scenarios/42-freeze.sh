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
expect full status=Frozen rule=frozen alarms=io-error active=TRUE actions='shutdown power-off use users groups' \
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
passes_until 60 hung status=Frozen
expect hung status=Frozen rule=frozen active=TRUE alarms=none stale=no actions='shutdown power-off use users groups' reason='*monitor does not answer*' proves='QEMU stopped (SIGSTOP), its monitor does not answer'
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
passes_until 60 three status=Frozen
passes_until 60 two status=Frozen
expect dog status=Running stale=no
uri=$(sed -n 's/^QEMU_URI_UNIX=//p' "$A/env")
is "$(timeout 5 virsh -q -c "$uri" list --all | awk '{ print $3 }' | sort | xargs)" 'running running running running shut' \
    'virsh list answers, and shows all five'
is "$(timeout 5 virsh -q -c "$uri" domstats --state --nowait | grep -c state.state=)" 5 'virsh domstats of the state answers'
is "$(timeout 5 virsh -q -c "$uri" domstats --nowait | grep -c ^Domain:)" 5 'virsh domstats of everything, but what would wait, too'
ok 'and the one that does not hang can still be managed' timeout 20 virsh -q -c "$uri" domjobinfo "$(uuid dog)"

# However many passes there are: each guest that hangs holds up one of libvirtd's workers at most.
if command -v virt-admin >/dev/null; then
    for i in 1 2 3 4 5 6 7 8; do pass; done
    busy=$(virt-admin -q -c "libvirtd+unix:///system?socket=$A/sock/libvirt-admin-sock" server-threadpool-info libvirtd |
        awk '{ n[$1] = $NF } END { print n["nWorkers"] - n["freeWorkers"] }')
    like "$busy" '^[0-3]$' "libvirtd's workers that are busy"
else
    tap_pass "libvirtd's workers that are busy # SKIP virt-admin is not installed"
fi

for name in hung two three; do virt thaw $name; done
passes_until 60 hung status=Running
passes_until 60 two status=Running
passes_until 60 three status=Running
expect hung status=Running rule=running alarms=none stale=no

# One that hangs while its disk is pulled: it is Frozen, and what was pulled is not lost.
template gold mode='ready for use'
stoney persistent gold thin 24 512k
pass
expect thin status='Running, streaming [* %]' rule=streaming-running alarms=none
was=$(value thin progress)
virt freeze thin
virt suspend dog
pass
expect dog status=Paused rule=paused stale=no # the same pass already
passes_until 60 thin status=Frozen
expect thin status=Frozen rule=frozen active=TRUE alarms=none stale=no proves='QEMU stopped (SIGSTOP) while its disk is pulled'
expect gold status='Stopped, streaming' detail='thin *'
virt thaw thin
virt resume dog
passes_until 60 thin rule=streaming-running
expect thin status='Running, streaming [* %]' rule=streaming-running alarms=none
ok 'its progress has not fallen' test "$(value thin progress)" -ge "$was"
virt pull-end thin vda
pass
expect thin status=Running rule=running alarms=none

# A hung guest that is killed has crashed.
virt freeze hung
passes_until 60 hung status=Frozen
virt kill hung
virt wait hung 'shut off.*'
pass
expect hung status=Crashed rule=crashed proves='killed because it hung'

the_end
