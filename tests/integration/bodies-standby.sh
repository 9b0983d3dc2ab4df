# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Two bodies with standby = yes: one works, the other stands by and takes over
# when the first is killed, told to stop, or stands still.
. "$STATESYNC_SRCDIR/tests/integration/bodies_lib.sh" || exit 99
bodies_need

n=6
bodies_directory $n 1 && site_nodes 1 1 && site_world 1 $n running || exit 1
for body in a b; do body_conf $body sync.standby=yes; done
took_over() { # BODY FROM: within the limit, in ms
    comes "$1 holds the lease" holds "$1"
    TOOK=$(($(now_ms) - $2))
}

plan 35

# --- one works, one stands by
body_start a
comes 'the first makes its pass' body_runs a
comes 'and holds the lease' holds a
comes 'all machines run' vms_are Running 0 1 2 3 4 5
body_start b
comes 'the second stands by' body_said b 'another body holds the lease, this one stands by.* holder=[^ ]*:'"${PID[a]}"':'
comes 'and has made its pass' body_said b 'first pass decided'
like "$(body_ready a)" 'ready: holding the lease' '/readyz of the first'
like "$(body_ready b)" 'ready: standby' '/readyz of the second'
is "$(body_metric a statesync_lease_held) $(body_metric b statesync_lease_held)" '1 0' 'metrics say who holds it'
vm_writes b
world 1 pause "$(vm_uuid 1)"
comes 'an event is written' vm_is 1 Paused
vm_writes b
is $WRITES 0 'by the first alone'

# --- kill -9, and changes while nobody writes
body_mark b
from=$(now_ms)
body_stop a KILL
world 1 resume "$(vm_uuid 1)" && world 1 destroy "$(vm_uuid 2)" && world 1 pause "$(vm_uuid 3)"
took_over b "$from"
in_time $TOOK 15000 'killed: taken over below 15 s'
comes 'what changed meanwhile is right' vms_are Running 0 1 4 5
comes 'what stopped, too' vm_is 2 Stopped
comes 'what was paused, too' vm_is 3 Paused
like "$(body_said b 'the lease is ours now')" 'everything is read anew' 'and said so'
like "$(body_ready b)" 'holding the lease' '/readyz says so'

# --- told to stop: the other one at once
body_start a
comes 'the first comes back, and stands by' body_said a 'another body holds the lease.*:'"${PID[b]}"':'
body_mark a
from=$(now_ms)
body_stop b
took_over a "$from"
in_time $TOOK 2000 'told to stop: taken over at once'
world 1 start "$(vm_uuid 2)"
comes 'and works' vm_is 2 Running

# --- it stands still between event and write, and wakes when another has written
body_start b
comes 'the second stands by again' body_said b 'stands by.* holder=[^ ]*:'"${PID[a]}"':'
kill -STOP "$(slapd_pid)"
body_mark a
world 1 pause "$(vm_uuid 4)"
comes 'the event reached the holder' body_said a 'event node=.*what=.*suspended'
body_signal a STOP
body_mark b
world 1 resume "$(vm_uuid 4)" && world 1 destroy "$(vm_uuid 4)"
kill -CONT "$(slapd_pid)"
took_over b "$(now_ms)"
comes 'it writes what is so' vm_is 4 Stopped
body_mark a
body_signal a CONT
comes 'the one that stood still stands by' body_said a 'another body holds the lease.*:'"${PID[b]}"':'
comes 'what it wrote too late did not stay' vm_is 4 Stopped

# --- the same at random moments, event by event
seed=${STATESYNC_SEED:-$SITE_SEED} rounds=3
[ -z "$SITE_LONG" ] || rounds=20
[ -z "$SITE_QUICK" ] || rounds=1
diag "seed $seed"
RANDOM=$seed
bad=0
stands_by() { [[ $(body_ready "$1") == *standby* ]]; }
other() { [ "$1" = a ] && echo b || echo a; }
now=b
for ((i = 0; i < rounds; i++)); do
    vm=$((RANDOM % 3 + 1)) what=pause want=Paused
    vm_is $vm Paused && what=resume want=Running
    world 1 $what "$(vm_uuid $vm)"
    for ((k = RANDOM % 300; k > 0; k--)); do :; done # some microseconds to some milliseconds
    body_signal $now STOP
    what=destroy
    world 1 $what "$(vm_uuid $vm)"
    await holds "$(other $now)" && await vm_is $vm Stopped || { bad=$((bad + 1)) && diag "round $i: not taken over"; }
    world 1 start "$(vm_uuid $vm)"
    await vm_is $vm Running || { bad=$((bad + 1)) && diag "round $i: the new holder does not work"; }
    body_signal $now CONT
    await stands_by $now || { bad=$((bad + 1)) && diag "round $i: $now does not stand by"; }
    now=$(other $now)
done
is $bad 0 'it stood still at random moments: the other one took over'
comes 'and all machines are as they are' vms_are Running 0 1 2 5
comes 'all of them' vms_are Stopped 4
run_sync "${CONF[b]}" --dry-run --state-file "$TAP_DIR/fresh.state"
is "$(grep -c '^dn: sstVirtualMachine=' <<<"$OUT")" 0 'a pass that knows nothing would write to no machine'
is "$STATUS" 0 'and ends well'

# --- the log of the directory
late=$(late_writes)
diag "writes that came late: ${late:-none}"
ok 'no write came from a body that did not hold the lease' test -z "$late"
TAIL=0
is "$(grep -hE ': (error|critical):' "$TAP_DIR"/[ab].log)" '' 'no errors'
body_stop a
body_stop b
is "$(holder)" '' 'the lease is free at the end'
