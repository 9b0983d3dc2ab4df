# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What happens between reading and writing: somebody else edits, deletes, keeps
# editing; the server dies or stands still.  A proxy holds single requests
# back, so that all this happens exactly then.
. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99
site_need

n=100 timeout=$((2 * $(site_slow)))
site_directory $n 2 || exit 1
site_nodes 1 2 && worlds 1 2 50 running && proxy_start || exit 1
conf=$TAP_DIR/conf
# Patient where the test itself does things while a request is held back; short where the server
# stands still and the program has to notice.
site_conf "$conf" "directory.uri=\"$PROXY_URI\"" directory.timeout=60 \
    directory.network_timeout=60 sync.lease=60
sed "s/timeout=60/timeout=$timeout/" "$conf" >"$TAP_DIR/short"
report() { # NUMBER-NAME: of the last run with --json
    sed -n "s/^ *\"$1\" : \([0-9]*\).*/\1/p" <<<"$OUT"
}
status_of() { vm_get "$1" sstVirtualMachineStatus; }
name_of() { vm_get "$1" sstDisplayName; }
give_lease_back() { service_set sstStateSyncLeaseHolder; }
delete_vm() { slapd_as_root ldapdelete "$(vm_dn "$1")" || diag "cannot delete $1"; }

plan 46

run_sync "$conf"
ended 0 'first pass, through the proxy'
diag "$OUT"

# --- somebody edits the machine between our read and our write
world 1 pause "$(vm_uuid 3)" && world 1 pause "$(vm_uuid 4)" || exit 1
proxy hold modify "$(vm_uuid 3)" 1
start_sync one "$conf" --json
proxy_held
is "$REPLY" "$(vm_dn 3)" 'a write is on its way'
vm_set 3 sstDisplayName edited
proxy open
await_sync one
ended 0 'an edit between read and write'
is "$(report decided_again)" 1 'the assertion failed once, and it was decided again'
is "$(name_of 3)|$(status_of 3)" 'edited|Paused' 'both changes are there'
is "$(status_of 4)" Paused 'as is that of another machine'

# --- and the edit changes what has to be written
world 1 resume "$(vm_uuid 3)" || exit 1
proxy hold modify "$(vm_uuid 3)" 1
start_sync one "$conf" --json
proxy_held
vm_set 3 sstVirtualMachineRequestedAction power-off
proxy open
await_sync one
ended 0 'an edit that changes the verdict'
is "$(status_of 3)" 'Powering off' 'what is written follows the edit, not what was read before'
is "$(report decided_again)" 1 'decided again once'
service_count=$(service_get sstStateSyncCount | paste -sd' ')
vm_set 3 sstVirtualMachineRequestedAction nonsense
run_sync "$conf"
is "$(status_of 3)" Running 'and the next pass goes on from there'
diag "$service_count"

# --- it was only in passing: what is there now is what we wanted to write
world 1 pause "$(vm_uuid 5)" || exit 1
proxy hold modify "$(vm_uuid 5)" 1
start_sync one "$conf" --json
proxy_held
site_conf "$TAP_DIR/conf.other" "sync.state_file=$TAP_DIR/other.state"
proxy open
await_sync one
ended 0 'nothing in between'
is "$(report decided_again)" 0 'then nothing is decided again'

# --- the entry goes away before the write
world 1 pause "$(vm_uuid 6)" && world 1 pause "$(vm_uuid 7)" || exit 1
proxy hold modify "$(vm_uuid 6)" 1
start_sync one "$conf" --json
proxy_held && delete_vm 6
proxy open
await_sync one
ended 0 'an entry deleted between read and write'
is "$(report gone)|$(report refused)" '1|0' 'is gone, which is no failure'
is "$(status_of 7)" Paused 'and others are written'

# --- or between the failed assertion and reading it again
world 1 pause "$(vm_uuid 8)" || exit 1
proxy hold any "$(vm_uuid 8)" 1
start_sync one "$conf" --json
proxy_held && vm_set 8 sstDisplayName edited
proxy go && proxy_held && delete_vm 8
proxy open
await_sync one
ended 0 'an entry edited, then deleted'
is "$(report gone)|$(report refused)" '1|0' 'is gone as well'

# --- somebody edits it again and again
world 1 pause "$(vm_uuid 9)" && world 1 pause "$(vm_uuid 10)" || exit 1
proxy hold modify "$(vm_uuid 9)" 1
start_sync one "$conf" --json
edits=0
while proxy_held 10; do
    edits=$((edits + 1))
    vm_set 9 sstDisplayName "edit $edits"
    proxy go
    [ $edits -lt 6 ] || break
done
proxy open
await_sync one
ended 6 'an entry that changes before each write'
is "$edits|$(report decided_again)|$(report refused)" '6|5|1' 'is tried once and five times again'
like "$ERR" "keeps changing.*$(vm_uuid 9)" 'and then left, by name'
is "$(name_of 9)|$(status_of 9)|$(status_of 10)" 'edit 6|Running|Paused' 'untouched; others are written'
run_sync "$conf"
ended 0 'the next pass'
is "$(status_of 9)" Paused 'writes it'

# --- a node entry
libvirtd_freeze "$(node_dir 2)"
sed 's/^\[nodes\]/&\ndeadline = 1/' "$conf" >"$TAP_DIR/conf1"
proxy hold modify "sstNode=$(node_name 2)" 1
start_sync one "$TAP_DIR/conf1" --json
proxy_held
printf 'dn: sstNode=%s,ou=nodes,%s\nchangetype: modify\nreplace: sstBelongsToResellerUID\n%s\n' \
    "$(node_name 2)" "$BASE" 'sstBelongsToResellerUID: 4000001' | site_modify
proxy open
await_sync one
libvirtd_thaw "$(node_dir 2)"
ended 3 'an edit of a node entry'
is "$(slapd_values "sstNode=$(node_name 2),ou=nodes,$BASE" sstBelongsToResellerUID)|$(
    slapd_values "sstNode=$(node_name 2),ou=nodes,$BASE" sstNodeStatusReachable
)" '4000001|FALSE' 'both changes are there'
run_sync "$conf"
ended 0 'the node answers again'

# --- the server is killed in the middle of the writes
clean() { # NAME: what a pass has to lead to now, whatever happened before
    snapshot "$TAP_DIR/s"
    is "$(tally "$TAP_DIR/s" 2,3,4)" "$1" "$2"
}
for i in 4 5 6 7 8 9 10; do world 1 resume "$(vm_uuid $i)" || exit 1; done
world 1 every 1 pause && world 2 every 1 pause || exit 1
proxy hold modify '*' 30
start_sync one "$conf"
proxy_held
slapd_stop "$TAP_DIR/ldap" KILL
await_sync one
ended 5 'slapd killed in the middle of the writes'
diag "$(tail -1 <<<"$ERR")"
is "$(grep -c 'statesync: ' <<<"$OUT$ERR")" 1 'one sentence says so'
like "$(head -c 200 "$conf.state")" '^statesync-state 1' 'the state file is whole'
slapd_restart "$TAP_DIR/ldap" && proxy open
give_lease_back # faults-lease.sh waits for it
run_sync "$conf"
ended 0 'the pass after the restart'
clean '98 Paused|TRUE|' 'and all is as it should be'

# --- the pass is killed when it has written all, but not yet what it has to remember
world 2 destroy "$(vm_uuid 60)" || exit 1
proxy hold modify cn=statesync 2 # the first takes the lease, the second closes the pass
start_sync one "$conf"
proxy_held
kill -KILL "$PID_one"
await_sync one 2>/dev/null
proxy open
is "$STATUS|$(status_of 60)" '137|Stopped' 'killed after the writes'
give_lease_back
run_sync "$conf"
is "$(status_of 60)" Stopped 'the next pass knows that the intent did not change'
world 2 start "$(vm_uuid 60)" && world 2 pause "$(vm_uuid 60)" || exit 1

# --- it stands still while it is searched
world 1 every 1 resume && world 2 every 1 resume || exit 1
cp "$conf.state" "$TAP_DIR/state.before"
before=$(slapd_count Modify)
proxy hold search machines 1
start_sync one "$TAP_DIR/short"
proxy_held
kill -STOP "$SLAPD_PID"
from=$(now_ms)
proxy open
await_sync one
took=$(($(now_ms) - from))
kill -CONT "$SLAPD_PID"
ended 5 'slapd frozen during the search'
in_time $((took - timeout * 1000)) 1500 'given up after the timeout'
diag "$took ms; $(tail -1 <<<"$ERR")"
like "$ERR" 'ldapi:.*(time|answer)' 'says whose answer did not come'
is $(($(slapd_count Modify) - before)) 0 'nothing was written'
ok 'the state file is untouched' cmp "$conf.state" "$TAP_DIR/state.before"

# --- and while it is written to
proxy hold modify '*' 30
start_sync one "$TAP_DIR/short"
proxy_held
kill -STOP "$SLAPD_PID"
from=$(now_ms)
proxy open
await_sync one
took=$(($(now_ms) - from))
kill -CONT "$SLAPD_PID"
ended 5 'slapd frozen during the writes'
diag "$took ms; $(tail -1 <<<"$ERR")"
in_time $((took - timeout * 1000)) 1500 'given up after the timeout'
give_lease_back
run_sync "$conf"
ended 0 'the pass after it went on'
clean '98 Running|TRUE|' 'and all is as it should be'

# --- when it is not there at all, or never answers
slapd_stop "$TAP_DIR/ldap" KILL
run_sync "$TAP_DIR/short"
ended 5 'no server'
slapd_restart "$TAP_DIR/ldap"
kill -STOP "$SLAPD_PID"
run_sync "$TAP_DIR/short"
kill -CONT "$SLAPD_PID"
ended 5 'a server that accepts and says nothing'
in_time $((TOOK - timeout * 1000)) 1500 'given up after the timeout'
is "$(ls "$TAP_DIR" | grep -c '\.new\|\.broken')" 0 'no half-written state file is left anywhere'
