#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fixture itself: a real guest in every state, with the words libvirt has for it.

. "$STATESYNC_SRCDIR/tests/lib/tap.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/lib/guest.sh" || exit 99

reason=$(libvirtd_check --qemu) || skip_all "$reason"
a=$TAP_DIR/a
b=$TAP_DIR/b
at_exit 'libvirtd_stop "$a" "$b"'

state_is() { # STATE NAME: of guest g on a
    is "$(guest_wait "$a" g "${1//[()\/]/.}" 2>&1)" "$1" "$2"
}

pulling() {
    guest_virsh "$a" blockjob g vda --info 2>&1 | grep -q 'Block Pull'
}

not_pulling() {
    ! pulling
}

gone_from() { # DIR
    ! guest_listed "$1" g
}

plan 36
ok 'a daemon with QEMU' libvirtd_start "$a" --qemu --no-tls --owner $$ --name north
ok 'a second one' libvirtd_start "$b" --qemu --no-tls --owner $$ --name south
guest_overlay "$a" base.qcow2 24
ok 'a guest is defined' guest_define "$a" g --disk base.qcow2 --agent
ok 'it starts and says so' guest_start "$a" g
state_is 'running (booted)' 'started'
guest_virsh "$a" suspend g
state_is 'paused (user)' 'paused'
guest_virsh "$a" resume g
state_is 'running (unpaused)' 'resumed'
ok 'reset, it gets ready again' guest_key "$a" g r
state_is 'running (unpaused)' 'a reset changes no state'
guest_key "$a" g w
state_is 'paused (watchdog)' 'watchdog'
guest_virsh "$a" resume g
guest_key "$a" g z
state_is 'pmsuspended (unknown)' 'asleep'
guest_virsh "$a" dompmwakeup g
state_is 'running (event wakeup)' 'awake'
guest_virsh "$a" managedsave g
state_is 'shut off (saved)' 'saved'
guest_start "$a" g
state_is 'running (restored)' 'restored'
guest_virsh "$a" shutdown g
state_is 'shut off (shutdown)' 'the ACPI button shuts down'
guest_start_paused "$a" g
state_is 'paused (user)' 'started paused'
guest_virsh "$a" destroy g
state_is 'shut off (destroyed)' 'destroyed'
guest_start "$a" g
guest_key "$a" g p
state_is 'crashed (panicked)' 'a panic is preserved'
guest_virsh "$a" destroy g
guest_start "$a" g
guest_kill "$a" g
state_is 'shut off (crashed)' 'QEMU killed'

# A pull that takes as long as wanted
guest_start "$a" g
guest_virsh "$a" blockpull g vda --bandwidth 1
ok 'a pull goes on' pulling
guest_virsh "$a" blockjob g vda --bandwidth 0
ok 'and ends when it may go fast' wait_for 10 not_pulling

# A migration that takes as long as wanted
guest_key "$a" g d
ok 'a migration begins' guest_migrate "$a" g "$b" --bandwidth 1
state_is 'running (booted)' 'the guest still runs at the source'
like "$(guest_state "$b" g)" '^paused \((starting up|migrating)\)$' 'and is paused at the target'
ok 'cancelled' guest_virsh "$a" domjobabort g
ok 'it is gone from the target' wait_for 10 gone_from "$b"
ok 'it begins again' guest_migrate "$a" g "$b" --bandwidth 1
ok 'and may end' guest_migrate_finish "$a" g
is "$(guest_wait "$b" g 'running.*' 20)" 'running (migrated)' 'arrived'
ok 'and gone from the source' wait_for 10 gone_from "$a"

# A disk that fills up
guest_small_fs "$b" small 300
guest_disk "$b" small/full.qcow2 64M
guest_define "$b" f --disk small/full.qcow2:qcow2:ide
guest_start "$b" f
guest_key "$b" f e
is "$(guest_wait "$b" f 'paused.*')" 'paused (I/O error)' 'no space left'

# The daemon dies, the guests live; one dies meanwhile
libvirtd_kill "$b"
guest_kill "$b" f
libvirtd_restart "$b"
is "$(guest_wait "$b" f 'shut off.*') $(guest_state "$b" g)" 'shut off (crashed) running (migrated)' \
    'what happened while libvirtd was away'
pid=$(guest_pid "$b" g)
guest_freeze "$b" g
ok 'stopping takes the guests along, also a frozen one' libvirtd_stop "$a" "$b"
not_ok 'it has ended' test -e "/proc/$pid"
ok 'it starts again in the same folder' libvirtd_start "$a" --qemu --no-tls --owner $$ --name north
is "$(find "$a/varcache" -name 'capabilities*' | sed "s|$a/||")" varcache/libvirt/qemu/capabilities \
    'the capabilities are kept in one folder, none within it'
