# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A pass that is told to stop by SIGINT, SIGTERM or SIGHUP: it leaves no lease
# and no request behind, and dies of the signal.
. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99
site_need

n=40
site_directory $n 1 -- overlays=accesslog || exit 1
site_nodes 1 1 && site_world 1 $n running && proxy_start || exit 1
a=$TAP_DIR/a b=$TAP_DIR/b
site_conf "$a" "directory.uri=\"$PROXY_URI\"" directory.timeout=120 directory.window=8 \
    sync.lease=120 sync.lease_wait=120
site_conf "$b" sync.lease=120 sync.lease_wait=120
sed -i "s|^state_file.*|state_file = $a.state|" "$b" # one machine, one state file
holder() { service_get sstStateSyncLeaseHolder; }
requests() { service_get sstStateSyncRefresh; }
running() { # how many machines have a status
    snapshot "$TAP_DIR/s"
    cut -d'|' -f2 "$TAP_DIR/s" | grep -c .
}
# Bash starts what is in the background of a script with SIGINT ignored, nohup with SIGHUP.
start_pass() { # NAME CONF [OPTION...]
    local name=$1 conf=$2
    shift 2
    env --default-signal=INT,TERM,HUP "$PROGRAM" sync -c "$conf" "$@" >"$TAP_DIR/$name.out" 2>"$TAP_DIR/$name.err" &
    printf -v "PID_$name" %s $!
}
await() { # NAME: without what bash says about it
    await_sync "$1" 2>/dev/null
}
noted() { # PID: its signal was taken
    ! grep -Eq '^(SigPnd|ShdPnd):.*[1-9a-f]' "/proc/$1/status"
}

plan 39

# --- before anything was written: at once
proxy hold search machines, 1
start_pass one "$a"
proxy_held
kill -INT "$PID_one"
await one
is "$STATUS" 130 'SIGINT while it reads'
is "$ERR" 'statesync: stopped by SIGINT' 'is said in one line'
is "$OUT" '' 'and nothing else'
proxy open
is "$(running)" 0 'nothing was written'

# --- in the middle of its writes
proxy hold modify sstVirtualMachine= 5
start_pass one "$a"
proxy_held
like "$(holder)" ":$PID_one:" 'in the middle of its writes it holds the lease'
kill -TERM "$PID_one"
wait_for 10 noted "$PID_one"
proxy open
await one
is "$STATUS" 143 'SIGTERM'
like "$ERR" '^statesync: stopped by SIGTERM$' 'is said'
like "$OUT" "^statesync: broken off after ([4-9]|1[0-9]) of $((n + 1)) writes: stopped by SIGTERM\$" \
    'with what was written: what was under way was waited for, nothing else was sent'
written=${OUT#*after } written=${written%% of*}
is "$(running)" "$written" 'which is true'
is "$(holder)$(requests)" '' 'the lease was given back'
run_sync "$b"
ended 0 'the next pass'
like "$OUT" ": $((n + 1 - written)) written" 'writes what was left'
in_time "$TOOK" 5000 'at once'
is "$(running)" $n 'all is there'

# --- the same as JSON
world 1 every 1 pause || exit 1
proxy hold modify sstVirtualMachine= 2
start_pass one "$a" --json
proxy_held
kill -HUP "$PID_one"
wait_for 10 noted "$PID_one"
proxy open
await one
is "$STATUS" 129 'SIGHUP'
is "$(perl -MJSON::PP -e 'my $j = decode_json(join "", <STDIN>);
    print "$j->{exit} @{$j->{codes}} $j->{failure}"' <<<"$OUT")" '129 failed stopped by SIGHUP' \
    'stands in the JSON object'
is "$(holder)" '' 'the lease was given back'

# --- while it takes the lease
proxy hold modify cn=statesync 1
start_pass one "$a"
proxy_held
kill -TERM "$PID_one"
wait_for 10 noted "$PID_one"
proxy open
await one
is "$STATUS|$ERR|$OUT" '143|statesync: stopped by SIGTERM|' 'while it takes the lease'
is "$(holder)" '' 'it is given back'

# --- in its last write
run_sync "$b"
proxy hold modify cn=statesync 1
start_pass one "$a"
proxy_held
kill -TERM "$PID_one"
wait_for 10 noted "$PID_one"
proxy open
await one
is "$STATUS" 143 'in its last write'
like "$ERR" 'stopped by SIGTERM, when the pass had come to its end' 'that is said'
like "$OUT" ': 0 written in' 'beside the summary'

# --- while it waits before it looks for an absent machine again, lease in hand
gap=$TAP_DIR/gap
site_conf "$gap" limits.birth_grace=0 limits.absence_hold=600 limits.memory_gap=3600 sync.lease=120
world 1 undefine "$(vm_uuid 3)" && world 1 destroy "$(vm_uuid 3)" || exit 1
run_sync "$gap"
run_sync "$gap"
sed -i 's/^memory_gap=.*/memory_gap=2/' "$gap"
later=$((EPOCHSECONDS + 4))
is_later() { [ "$EPOCHSECONDS" -ge $later ]; }
is_written() { [ "$(vm_get 4 sstVirtualMachineStatus)" = Running ]; }
has_holder() { [ -n "$(holder)" ]; }
has_request() { [ -n "$(requests)" ]; }
world 1 every 4 resume || exit 1
wait_for 10 is_later
start_pass one "$gap"
ok 'when it has written' wait_for 20 is_written
ok 'it holds the lease' has_holder
kill -TERM "$PID_one"
from=$(now_ms)
await one
is "$STATUS" 143 'SIGTERM while it waits'
in_time $(($(now_ms) - from)) 4000 'ends the wait'
is "$(holder)" '' 'the lease was given back'

# --- while another body works
service_set sstStateSyncLeaseHolder other:1:00000001
service_set sstStateSyncLeaseSerial 1000
start_pass one "$b"
ok 'another body is asked' wait_for 10 has_request
kill -INT "$PID_one"
await one
is "$STATUS" 130 'SIGINT meanwhile'
like "$ERR" 'stopped by SIGINT: other:1:00000001 holds the lease' 'is said, with who holds the lease'
is "$(requests)" '' 'the request is taken back'
is "$(holder)" other:1:00000001 'the lease stays where it is'
service_set sstStateSyncLeaseHolder

# --- a directory that does not answer any more
world 1 every 4 pause || exit 1
proxy hold modify sstVirtualMachine= 1
start_pass one "$a"
proxy_held
kill -TERM "$PID_one"
wait_for 10 noted "$PID_one"
kill -TERM "$PID_one"
await one
is "$STATUS" 143 'a second signal does not wait'
like "$ERR" 'the lease, the next one waits' 'and says what that means'
proxy open
service_set sstStateSyncLeaseHolder
proxy hold modify sstVirtualMachine= 1
start_pass one "$a"
proxy_held
from=$(now_ms)
kill -INT "$PID_one"
await one
took=$(($(now_ms) - from))
is "$STATUS" 130 'a first one waits'
ok 'for five seconds' test $took -ge 4000
in_time $took 8000 'and no longer'
proxy open
service_set sstStateSyncLeaseHolder

# --- ignored signals stay ignored
proxy hold search machines, 1
(trap '' HUP && exec "$PROGRAM" sync -c "$a") >"$TAP_DIR/one.out" 2>"$TAP_DIR/one.err" &
PID_one=$!
proxy_held
kill -HUP "$PID_one"
proxy open
await one
is "$STATUS" 0 'SIGHUP below nohup does nothing'
like "$OUT" ' written in ' 'the pass comes to its end'
