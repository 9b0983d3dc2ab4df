# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Somebody else is faster than a write of the daemon: the entry is read again, and what follows from
# its change is what would have followed if the watch had told of it.  The server has no content
# synchronization, so that the answer to the write comes long before the next poll; a proxy holds
# the write back meanwhile.
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
site_need

n=10
site_directory $n 2 -- overlays=accesslog || exit 1
site_nodes 1 2 && worlds 1 2 5 running && proxy_start || exit 1
conf=$TAP_DIR/conf
daemon_conf "$conf" directory.uri="\"$PROXY_URI\"" directory.timeout=60 directory.network_timeout=60 \
    daemon.interval=3600 daemon.poll_interval=3600 sync.sweep_interval=3600 frozen.probe_interval=0
FAULTS=$TAP_DIR/faults
order() { # LINE: what is counted from now on (faulty.c)
    : >"$FAULTS.hits"
    printf '%-200s\n' "$1" >"$FAULTS.new" && mv "$FAULTS.new" "$FAULTS"
}
order none
all_run() { all_are "$n Running|TRUE|"; }
reported() { [ -n "$(service_get sstStateSyncPassBy)" ]; }
# overtaken WHAT VM: this is done to the guest, and the write that follows is held back
overtaken() {
    proxy hold modify "$(vm_uuid "$2")" 1 && world 1 "$1" "$(vm_uuid "$2")" && proxy_held $((20 * SLOW))
}

plan 18
PROGRAM=$STATESYNC_BUILDDIR/tests/integration/faulty
DAEMON_PREFIX=(env STATESYNC_FAULTS="$FAULTS")
daemon_start one "$conf"
follows 'all run' all_run
like "$(daemon_said one 'directory read')" 'by=poll' 'the directory is polled'
follows 'there is a report' reported

# --- the change calls for a closer look
world 1 pause "$(vm_uuid 3)"
follows 'one is paused' status_is 3 Paused
ok 'it goes on, the write is held back' overtaken resume 3
order 'virDomainGetState count vm-node-01'
vm_set 3 sstMigrationNode "$(node_name 2)"
proxy open
follows 'meanwhile it was announced to migrate: it is looked at' \
    grep "^virDomainGetState is made $(vm_uuid 3)" "$FAULTS.hits"
order none
follows 'and decided again' status_is 3 'Running, migrating'

# --- the change is one of what only we write (which counts once it has seen its own report)
"$PROGRAM" pause 1h -c "$conf" 2>/dev/null
follows 'it sees what is in the service entry' daemon_said one 'paused, nothing is written'
"$PROGRAM" resume -c "$conf" 2>/dev/null
follows 'again' daemon_said one 'the pause is over'
for round in 1 2 3 4 5; do
    what=pause is=Paused
    [ $((round % 2)) = 1 ] || what=resume is=Running
    overtaken $what 4 || diag "round $round: no write"
    vm_set 4 sstVirtualMachineStatus Crashed
    proxy open
    follows "somebody else writes our status, round $round: it is put right" status_is 4 $is
done
follows 'who keeps doing so is told of' daemon_said one 'another body writes what is ours, the shares overlap'
follows 'a fresh pass agrees' agrees "$conf"
daemon_stop one
is "$STATUS" 0 'it ends well'
is "$(grep -c ': error: ' "$TAP_DIR/one.log")" 0 'without an error'
