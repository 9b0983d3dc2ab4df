# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The daemon when nothing happens: what it asks and whom.  And when something happens that nobody
# tells it of: it finds out, and says so (tests/integration/faulty.c).
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
site_need
command -v curl >/dev/null || skip_all 'curl is not installed'

FAULTS=$TAP_DIR/faults
order() { # LINE: what goes wrong from now on
    : >"$FAULTS.hits"
    printf '%-200s\n' "$1" >"$FAULTS.new" && mv "$FAULTS.new" "$FAULTS"
}
order none
PROGRAM_FAULTY=$STATESYNC_BUILDDIR/tests/integration/faulty

n=20 probe_s=2
site_directory $n 2 -- overlays='syncprov accesslog' || exit 1
site_nodes 1 2 || exit 1
worlds 1 2 10 running || exit 1
conf=$TAP_DIR/conf
daemon_conf "$conf" daemon.interval=1 daemon.poll_interval=1 frozen.probe_interval=$probe_s
all_run() { all_are "$n Running|TRUE|"; }

plan 19
DAEMON_PREFIX=(env STATESYNC_FAULTS="$FAULTS")
PROGRAM=$PROGRAM_FAULTY daemon_start one "$conf"
follows 'the directory says what runs' all_run
port=$(daemon_port one)

# --- nothing happens: many complete reads and some probes go by
calls() { # WHICH STATISTICS
    grep -c "^virConnectGetAllDomainStats is made $1 *$" "$FAULTS.hits"
}
reads() { calls 0x1; }
probes() { calls 0x280; }
have_made() { [ "$("$1")" -ge "$2" ]; }
quiet() { # the report of the beginning is written
    [ "$(slapd_count Modify)" = "$(slapd_count Modify)" ]
}
await quiet
searches=$(slapd_count Search) modifies=$(slapd_count Modify)
order 'virConnectGetAllDomainStats count vm-node-01'
from=$(now_ms)
follows "the probe is made, again and again" have_made probes 3
took=$(($(now_ms) - from)) made=$(probes) read=$(reads)
order none
searched=$(($(slapd_count Search) - searches))
modified=$(($(slapd_count Modify) - modifies))
diag "$took ms: $read complete reads and $made probes of a node, $searched searches, $modified modifies"
# each is up to a tenth early, and the first may have been due
ok 'one probe per node and interval' test $(((made - 1) * probe_s * 750)) -le "$took"
ok 'complete reads went by' test "$read" -ge 3
is "$searched" 2 'the directory is not searched, but by this test' # its two questions here
ok "and hardly written ($modified)" test "$modified" -le 2

# --- R19: something happens, and no event comes: the complete read finds it
missed() { metric "$port" statesync_missed_events_total; }
alarm() { slapd_search "sstNode=$(node_name 1),ou=nodes,$BASE" base '(objectClass=*)' sstNodeStatusAlarm | grep "events-lost"; }
no_alarm() { ! alarm; }
is "$(missed)" 0 'no event was missed so far'
daemon_mark one
order 'lifecycle lose vm-node-01'
world 1 pause "$(vm_uuid 3)"
follows 'R19: an event that never came: a read finds what it was about' \
    daemon_said one 'a read found what no event announced.* node=vm-node-01.* domains=1'
follows 'and the status follows' status_is 3 Paused
ok 'the event was lost indeed' grep -q "^lifecycle lost $(vm_uuid 3)" "$FAULTS.hits"
not_ok 'and not heard otherwise' daemon_said one 'event .*lifecycle suspended'
is "$(missed)" 1 'a metric counts it'
ok 'once is no alarm' no_alarm

# One after the other is paused: each read finds some.
next=4
is_alarmed() {
    world 1 "$([ $((next / 10 % 2)) = 0 ] && echo pause || echo resume)" "$(vm_uuid $((next % 10)))"
    next=$((next + 1))
    alarm
}
follows 'again and again is an alarm of the node' is_alarmed
ok "and counted ($(missed))" test "$(missed)" -ge 2
order none
for i in {0..9}; do world 1 resume "$(vm_uuid "$i")"; done # those that run refuse
follows 'events come again: the alarm is over' no_alarm
follows 'and all is as it was' all_run
ok 'the other node is not concerned' eval '! grep -q "no event announced.*vm-node-02" "$TAP_DIR/one.log"'
daemon_stop one
is "$STATUS" 0 'it ends well'
