#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tools/lab by hand: up, status, shell, down; after a failure and after kill -9, too.

. "$STATESYNC_SRCDIR/tests/lib/tap.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/lib/guest.sh" || exit 99

reason=$(libvirtd_check --qemu) || skip_all "$reason"
dir=$TAP_DIR/lab
lab() {
    "$STATESYNC_SRCDIR/tools/lab" "$@" --dir "$dir" 2>&1
}
at_exit 'lab down'
left_of() { # FOLDER: processes that have it in their command line
    local p
    for p in /proc/[0-9]*; do
        { tr '\0' ' ' <"$p/cmdline"; } 2>/dev/null | grep -qF "$1/" && echo "${p#/proc/}"
    done
}
mount_full() {
    mkdir -p "$TAP_DIR/full" && mount -t tmpfs -o size=200k full "$TAP_DIR/full"
}

plan 17
like "$(lab status)" 'nothing is up' 'nothing is up yet'
up=$(lab up --nodes 2 --guests 1)
is "$?" 0 'two nodes with a guest each'
like "$up" '^ .*node1-guest1 +running' 'the first one runs'
like "$up" '^ .*node2-guest1 +running' 'and the second one'
like "$(lab up)" 'already up' 'not twice'
like "$(echo 'guest_key $node2 node2-guest1 p; guest_state $node2 node2-guest1' | lab shell)" '^crashed \(panicked\)' \
    'in the shell a guest can be made to panic'
like "$(echo 'GUEST_MIGRATE_VIA=TLS guest_migrate $node1 node1-guest1 $node2; guest_wait $node2 node1-guest1 "running.*"' | lab shell)" \
    '^running \(migrated\)' 'and to move, over TLS'
ok 'down' lab down
is "$(left_of "$dir")" '' 'no process is left'
not_ok 'and no folder' test -e "$dir"
ok 'down once more is no error' lab down

# kill -9 of what keeps a node
lab up --guests 1 >/dev/null
kill -KILL "$(cat "$dir/node1/keeper.pid")"
like "$(lab status)" 'not running' 'status says so when it was killed'
ok 'down ends daemon and guest all the same' lab down
is "$(left_of "$dir")" '' 'no process is left of them'

# no space: the reason, and nothing that has to be cleared away
mount_full
at_exit 'umount "$TAP_DIR/full"'
dir=$TAP_DIR/full/lab
like "$(lab up)" 'No space left on device' 'no space is said'
not_ok 'and no folder is left' test -e "$dir"
is "$(left_of "$dir")" '' 'nor a process'
dir=$TAP_DIR/lab
