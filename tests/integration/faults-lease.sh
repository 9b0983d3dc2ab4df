# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# One body writes at a time: two passes at once, a holder that is killed, that
# stands still for longer than its lease, whose writes are still under way when
# another has taken over; and the pause marker.
. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99
site_need

n=40 lease=10 # as short as it may be
site_directory $n 1 -- overlays=accesslog || exit 1
site_nodes 1 1 && site_world 1 $n running && proxy_start || exit 1
a=$TAP_DIR/a b=$TAP_DIR/b
# A lease long enough for what this test does meanwhile; short ones follow below.
site_conf "$a" "directory.uri=\"$PROXY_URI\"" directory.timeout=120 directory.window=8 \
    sync.lease=120 sync.lease_wait=120
site_conf "$b" sync.lease=120 sync.lease_wait=120
sed -i "s|^state_file.*|state_file = $a.state|" "$b" # one machine, one state file

# All machines as the world is, and nothing else.
is_all() { # STATUS NAME
    snapshot "$TAP_DIR/s"
    is "$(tally "$TAP_DIR/s" 2,3,4)" "$n $1|TRUE|" "$2"
}
asked() { [ -n "$(service_get sstStateSyncRefresh)" ]; }
holder() { service_get sstStateSyncLeaseHolder; }
# How many machines were written to since the last call, in WRITES.
seen=0
vm_writes() {
    local all
    all=$(slapd_as_root ldapsearch -LLL -b cn=log '(&(objectClass=auditModify)(reqResult=0))' reqDN |
        grep -c '^reqDN: sstVirtualMachine=')
    WRITES=$((all - seen)) seen=$all
}
log_since() { # reqStart of the newest write
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b cn=log '(objectClass=auditModify)' reqStart |
        sed -n 's/^reqStart: //p' | sort | tail -1
}

plan 46

run_sync "$b"
ended 0 'first pass'
is_all Running 'all machines run'
is "$(holder)" '' 'the lease was given back'

# --- two at once: the second waits for the first, then looks for itself
world 1 every 1 pause || exit 1
proxy hold modify sstVirtualMachine= 1
start_sync one "$a"
proxy_held
like "$(holder)" ":$PID_one:" 'the first holds the lease, under its process number'
start_sync two "$b"
ok 'the second asks the first to look' wait_for 10 asked
is "$(service_get sstStateSyncRefresh)" '*' 'at everything'
proxy open
await_sync one
ended 0 'the first ends well'
await_sync two
ended 0 'and so does the second'
diag "$OUT"
is_all Paused 'all machines are up to date'
is "$(holder)$(service_get sstStateSyncRefresh)" '' 'neither lease nor request is left'

# --- another holder answers: a fake one, that only clears the request
service_set sstStateSyncLeaseHolder other:1:00000001
service_set sstStateSyncLeaseSerial 1000
before=$(log_since)
start_sync two "$b"
ok 'a body at work is asked' wait_for 10 asked
service_set sstStateSyncRefresh
await_sync two
ended 0 'its answer is the end'
like "$OUT" 'another body.*other:1:00000001' 'which is said, with its name'
is "$(slapd_as_root ldapsearch -LLL -b cn=log "(&(objectClass=auditModify)(reqStart>=$before))" reqDN |
    grep -c '^reqDN: sstVirtualMachine=')" 0 'nothing was written by us'

# --- it does not answer in time
sed 's/^lease_wait=.*/lease_wait=1/' "$b" >"$TAP_DIR/impatient"
start_sync two "$TAP_DIR/impatient"
await_sync two
ended 1 'a body that does not answer'
like "$ERR" 'other:1:00000001.*did not answer' 'is named'
is "$(service_get sstStateSyncRefresh)" '' 'the request is taken back'

# One machine only: the request says so.
start_sync two "$b" --vm "$(vm_uuid 3)"
ok 'for one machine' wait_for 10 asked
is "$(service_get sstStateSyncRefresh)" "$(vm_uuid 3)" 'only that is asked for'
service_set sstStateSyncRefresh
await_sync two
ended 0 'and answered'
service_set sstStateSyncLeaseHolder

# --- two started together, several times, with all to write
race=0
for i in 1 2 3 4; do
    if [ $((i % 2)) = 1 ]; then world 1 every 1 resume; else world 1 every 1 pause; fi || exit 1
    start_sync one "$b"
    start_sync two "$b"
    await_sync one && first=$STATUS
    await_sync two
    [ "$first$STATUS" = 00 ] && race=$((race + 1)) && continue
    diag "round $i: $first $STATUS: $(cat "$TAP_DIR"/{one,two}.{out,err})"
done
is $race 4 'four times two at once: both end well'
is_all Paused 'and all machines are up to date'
is "$(holder)$(service_get sstStateSyncRefresh)" '' 'neither lease nor request is left'
vm_writes

# --- the holder is killed
sed -i "s/^lease=.*/lease=$lease/" "$a" "$b"
world 1 every 1 resume || exit 1
proxy hold modify sstVirtualMachine= 5
start_sync one "$a"
proxy_held
kill -KILL "$PID_one"
await_sync one 2>/dev/null
proxy open
is "$STATUS" 137 'a holder killed in the middle'
like "$(holder)" ":$PID_one:" 'leaves its lease behind'
run_sync "$b"
ended 0 'the next pass'
ok 'waited until the lease was over' test "$TOOK" -ge $((lease * 1000 - 500))
in_time $((TOOK - lease * 1000)) 5000 'and not much longer'
is_all Running 'and repaired everything'

# --- the holder stands still between its decision and the first write
proxy hold modify cn=statesync 1 # it takes the lease
world 1 every 1 pause || exit 1
start_sync one "$a"
proxy_held
kill -STOP "$PID_one"
proxy open
ok 'it holds the lease' wait_for 10 test -n "$(holder)"
vm_writes
run_sync "$b"
ended 0 'another pass takes over'
vm_writes
is $WRITES $n 'and writes all'
world 1 every 1 resume || exit 1
run_sync "$b"
vm_writes
is $WRITES $n 'and once more'
cp "$a.state" "$TAP_DIR/state.before"
modifies=$(slapd_count Modify)
kill -CONT "$PID_one"
await_sync one
ended 1 'the one that stood still'
is $(($(slapd_count Modify) - modifies)) 0 'sends nothing when it wakes'
like "$ERR" 'not sent' 'which is said'
ok 'and does not touch the state file' cmp "$a.state" "$TAP_DIR/state.before"
is_all Running 'all machines are as they should be'

# --- its writes are under way while another takes over
world 1 every 1 pause || exit 1
proxy hold modify sstVirtualMachine= 1
start_sync one "$a"
proxy_held
run_sync "$b"
world 1 every 1 resume || exit 1
run_sync "$b"
modifies=$(slapd_count Modify)
vm_writes
proxy open
await_sync one
ended 1 'a holder whose writes come too late'
vm_writes
is $WRITES 0 'changes nothing any more'
is_all Running 'all machines are as they should be'

# --- paused
world 1 every 1 pause || exit 1
service_set sstStateSyncPauseReason 'work on the power supply'
service_set sstStateSyncPauseUntil "$(date -u -d '+1 hour' +%Y%m%d%H%M%SZ)"
modifies=$(slapd_count Modify)
run_sync "$b"
ended 0 'a pass during a pause'
is $(($(slapd_count Modify) - modifies)) 0 'writes nothing at all'
like "$OUT" 'paused until .* because work on the power supply' 'and says why'
service_set sstStateSyncPauseUntil "$(date -u -d '-1 minute' +%Y%m%d%H%M%SZ)"
run_sync "$b"
ended 0 'when the pause is over'
is_all Paused 'it goes on'
