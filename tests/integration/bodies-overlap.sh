# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Bodies that were told the same nodes: it is said.  One body with standby = no
# beside passes from cron: nothing is said, and both work.
. "$STATESYNC_SRCDIR/tests/integration/bodies_lib.sh" || exit 99
bodies_need

n=4
bodies_directory $n 1 && site_nodes 1 1 && site_world 1 $n running || exit 1
at_entry() { slapd_values "cn=statesync-$1,$BASE" "$2"; }
reported() { [ -n "$(at_entry "$1" sstStateSyncPassBy)" ]; }
overlaps() { body_said a 'the shares overlap' || body_said b 'the shares overlap'; }

plan 18

# --- a pass from cron beside a body
body_conf a
body_conf b
body_start a
comes 'a body' body_runs a
comes 'writes' vms_are Running 0 1 2 3
if [ -n "$SITE_LONG" ]; then # a minute
    comes 'and gives the lease back with its report' eval 'await 120 eval "[ -z \"\$(holder)\" ]"'
else
    tap_pass 'when it gives the lease back is tested by check-long'
fi
world 1 pause "$(vm_uuid 1)"
comes 'it takes the lease when it has something to write' vm_is 1 Paused
ok 'and keeps it until the next report' holds a
run_sync "${CONF[b]}"
ended 0 'a pass beside it'
like "$OUT" 'another body' 'is answered by it'
is "$(service_get sstStateSyncRefresh)" '' 'which clears the request'
body_signal a STOP
world 1 resume "$(vm_uuid 1)"
run_sync "${CONF[b]}"
ended 0 'a pass beside a body that stands still'
ok 'takes over and writes' vm_is 1 Running
body_signal a CONT
world 1 pause "$(vm_uuid 2)"
comes 'and the body goes on' vm_is 2 Paused
world 1 resume "$(vm_uuid 2)"
comes 'as before' vm_is 2 Running
body_stop a

# --- two with the same node, each with an entry of its own
for body in a b; do
    rm -f "$TAP_DIR/$body.log"
    body_conf $body nodes.nodes="$(node_name 1)" directory.service_dn="cn=statesync-$body,$BASE"
    body_start $body
done
comes 'both run' eval 'body_runs a && body_runs b'
comes 'and have reported' eval 'reported a && reported b'
toggle() {
    local vm=$((RANDOM % n)) what=pause
    vm_is $vm Paused && what=resume
    world 1 $what "$(vm_uuid $vm)"
    await 1 vm_is $vm "$([ $what = pause ] && echo Paused || echo Running)"
    overlaps
}
comes 'both write the same machines: it is said' toggle
overlapped=a
body_said a 'the shares overlap' || overlapped=b
is "$(body_said $overlapped 'the shares overlap' | wc -l)" 1 'once'
body_stop $overlapped
like "$(at_entry $overlapped sstStateSyncAlarm)" '^overlap: another body writes what is ours$' 'and is an alarm on the report'
TAIL=0
is "$(grep -hE ': (error|critical):' "$TAP_DIR"/[ab].log)" '' 'no errors'
