# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Two daemons over one site: one holds the lease, the other one stands by.  The
# holder is killed, then another one stands still with verdicts in its hands.
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
site_need

n=20
site_directory $n 1 -- overlays='syncprov accesslog' || exit 1
site_nodes 1 1 && site_world 1 $n running || exit 1
SLOW=$((SLOW * 2)) # leases are waited for
for name in one two; do
    daemon_conf "$TAP_DIR/$name.conf" sync.standby=yes sync.lease=10
done
all_run() { all_are "$n Running|TRUE|"; }
all_paused() { all_are "$n Paused|TRUE|"; }
held_by() { [[ "$(service_get sstStateSyncLeaseHolder)" == *":${DAEMON[$1]}:"* ]]; }

plan 22

daemon_start one "$TAP_DIR/one.conf"
follows 'one takes the lease' held_by one
follows 'all run' all_run
daemon_start two "$TAP_DIR/two.conf"
FOLLOWED=two
follows 'the other one stands by' daemon_said two 'another body holds the lease'

# --- the holder is killed
{ daemon_stop one KILL; } 2>/dev/null
world 1 pause "$(vm_uuid 3)"
begin=$(now_ms)
follows 'the holder is killed: the other one takes over' held_by two
took=$(($(now_ms) - begin))
in_time $took 15000 'in less than 15 s, with a lease of 10 s'
follows 'and writes what happened meanwhile' status_is 3 Paused
daemon_start one "$TAP_DIR/one.conf"
FOLLOWED=one
daemon_mark one
follows 'the first one, started again, stands by' daemon_said one 'another body holds the lease'
world 1 resume "$(vm_uuid 3)"
follows 'the holder goes on' all_run

# --- the holder stands still: what it has decided is late when it wakes
vm_writes
kill -STOP "${DAEMON[two]}"
world 1 every 1 pause
follows 'the holder stands still: the other one takes over' held_by one
follows 'and writes' all_paused
vm_writes
is "$WRITES" $n 'each machine once'
world 1 every 1 resume
follows 'and goes on' all_run
vm_writes
daemon_mark two
kill -CONT "${DAEMON[two]}"
FOLLOWED=two
follows 'R22: the one that wakes stands by' daemon_said two 'another body holds the lease'
vm_writes
is "$WRITES" 0 'and has written nothing'
ok 'all run' all_run

# --- another lease is configured while one holds it
FOLLOWED=one
daemon_mark one
sed -i 's/^lease=.*/lease=12/' "$TAP_DIR/one.conf"
lasts() { [ "$(service_get sstStateSyncLeaseDuration)" = "$1" ]; }
ok 'a lease of 10 s is held' lasts 10
kill -HUP "${DAEMON[one]}"
follows 'another one is configured: it is announced at once' lasts 12
world 1 pause "$(vm_uuid 5)"
follows 'and what happens is written, in less time than a lease' status_is 5 Paused
not_ok 'the holder does not stand by' daemon_said one 'another body holds the lease'
ok 'and holds it' held_by one
world 1 resume "$(vm_uuid 5)"

# --- the holder ends well
world 1 pause "$(vm_uuid 4)"
follows 'an event' status_is 4 Paused
daemon_stop one
follows 'the holder ends: the other one takes over at once' held_by two
