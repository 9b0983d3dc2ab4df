# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# `statesync daemon' over a site with VMs of libvirt and of OpenNebula: events
# of the front-end, what none announced, a front-end that goes and comes back,
# other configurations.
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/integration/one_lib.sh" || exit 99
site_need

# Machines 0 to 3 are libvirt's, 4 to 7 OpenNebula's as VM 104 to 107.
site_directory 8 2 -- overlays='syncprov accesslog' || exit 1
site_nodes 1 2 && site_world 1 4 running && site_world 2 0 running || exit 1
one_start lab || exit 1
HOST=host=$(node_name 2)
fill() { # all are off
    local i
    for i in 4 5 6 7; do one lab put 10$i 8 0 "link=$(vm_uuid $i)" "$HOST" || return; done
}
fill || exit 1

conf=$TAP_DIR/conf
# configure SECTIONS [INTERVAL [POLL_INTERVAL]]: node 2 shows no domain of these
configure() {
    local section
    daemon_conf "$conf" limits.disagree=3600 "daemon.interval=${2:-3600}" "daemon.poll_interval=${3:-3600}"
    for section in $1; do
        one_conf "$conf" "$section" "events = \"${ONE_EVENTS[$section]}\"" timeout=30
    done
}
configure lab

stale() { vm_get "$1" sstVirtualMachineStatusStaleReason; }
is_stale() { [[ "$(stale "$1")" == "opennebula lab: $2"* ]]; }
is_fresh() { [ -z "$(stale "$1")" ]; }
# told STATUS: of machine 5, whose event may have come before anybody was subscribed
told() { one lab event 105 && await 1 status_is 5 "$1"; }
ready() { curl -sS -m 10 "http://127.0.0.1:$(daemon_port one)/readyz" | grep -q '^ready'; }
up_is() { [ "$(metric "$(daemon_port one)" 'statesync_opennebula_up{frontend="lab"}')" = "$1" ]; }
others() { # the machines of libvirt
    local i all=
    for i in 0 1 2 3; do all+="$(vm_get $i sstVirtualMachineStatus)|$(stale $i);"; done
    is "$all" 'Running|;Running|;Running|;Running|;' "$1"
}
reload() { # SECTIONS [INTERVAL [POLL_INTERVAL]]; what the same was said shortly before is not said again
    configure "$@"
    kill -HUP "${DAEMON[one]}"
}

plan 48

daemon_start one "$conf"
follows 'first pass' daemon_ready one
for i in 4 5 6 7; do follows "machine $i is off" status_is $i Stopped; done
others 'those of libvirt run'
ok 'ready' ready
follows 'the front-end is up' up_is 1

# --- an event, and nothing else
one lab to 105 3 3
follows 'an event' told Running
is "$(one_pair 5)" '3 3 ACTIVE/RUNNING runn' 'and the pair'
calls=$(one_calls lab one.vmpool.infoextended)
for state in '3 18|Shutting down' '8 0|Stopped' '3 2|Starting' '3 3|Running' '5 0|Stopped' '3 3|Running'; do
    # shellcheck disable=SC2086 # two numbers
    one lab to 105 ${state%|*} && one lab event 105
    follows "event: ${state%|*} is ${state#*|}" status_is 5 "${state#*|}"
done
is "$(one_calls lab one.vmpool.infoextended)" "$calls" 'no read was needed'
world 1 pause "$(vm_uuid 2)"
follows 'an event of libvirt' status_is 2 Paused
world 1 resume "$(vm_uuid 2)"
follows 'and another one' status_is 2 Running
if command -v promtool >/dev/null; then
    is "$(curl -sS -m 10 "http://127.0.0.1:$(daemon_port one)/metrics" | promtool check metrics 2>&1)" '' \
        'promtool has nothing to say about the metrics'
else
    skip 'promtool: is not installed'
fi
diag "events to written: $(metric "$(daemon_port one)" statesync_event_to_write_seconds_sum) s in" \
    "$(metric "$(daemon_port one)" statesync_event_to_write_seconds_count) writes"

# --- events that are none
garbled() {
    one lab garble 105
    kill -USR1 "${DAEMON[one]}"
    daemon_said one 'events of the front-end are not understood.*frontend=lab messages=[1-9]'
}
follows 'events that are none are told' garbled

# --- events that are lost
one lab to 105 8 0
kill -USR1 "${DAEMON[one]}"
follows 'lost: asked to read anew' status_is 5 Stopped
reload lab 1
one lab to 106 3 3
follows 'lost: the next read finds it' status_is 6 Running
reload lab 3600 1
one lab to 105 3 18
follows 'it moves' told 'Shutting down'
one lab to 105 8 0
follows 'lost: the end is found' status_is 5 Stopped
one lab to 105 3 18 && one lab event 105
follows 'it moves again' status_is 5 'Shutting down'
one lab 'done' 105
one_done() { vm_get 5 sstVirtualMachineStatusAlarm | grep -q '^one-done: '; }
follows 'and is DONE' one_done

# --- the front-end goes
daemon_mark one
one_kill lab
follows 'killed: the log says so' daemon_said one 'front-end does not answer.*frontend=lab.*class=refused'
follows 'its machines are stale' is_stale 6 refused
is "$(vm_get 6 sstVirtualMachineStatus)" Running 'and keep their status'
others 'those of libvirt are as they were'
follows 'its figure says so' up_is 0
ok 'the daemon is ready' ready
world 1 pause "$(vm_uuid 1)"
follows 'events of libvirt go on' status_is 1 Paused
world 1 resume "$(vm_uuid 1)"

# --- a daemon that begins without it
daemon_stop one
is "$STATUS" 0 'stopped'
daemon_start one "$conf"
daemon_mark one
follows 'a front-end that is dead keeps nobody waiting' daemon_ready one
follows 'machine 1 runs' status_is 1 Running
one_start lab && fill && one lab to 106 3 3
follows 'it is back: its machines are fresh' is_fresh 6
follows 'up again' up_is 1

# --- silent from the beginning
daemon_stop one
one lab fault silent
daemon_mark one
daemon_start one "$conf"
vm_writes
follows 'one that is silent keeps nobody waiting' daemon_ready one
world 1 pause "$(vm_uuid 3)"
follows 'events of libvirt are written' status_is 3 Paused
vm_writes
is "$WRITES" 1 'and nothing about the machines of the silent one'
world 1 resume "$(vm_uuid 3)"
daemon_stop one
in_time $TOOK 5000 'the end does not wait for it either'
one lab fault none
one lab remove 107
daemon_mark one
daemon_start one "$conf"
follows 'again' daemon_ready one

# --- another configuration
one_start east || exit 1
one east put 7 3 3 "link=$(vm_uuid 7)" "$HOST"
reload 'lab east'
follows 'its machine runs' status_is 7 Running
reload lab
follows 'another configuration without it' daemon_said one 'front-end is not asked any more.*east'
daemon_stop one
is "$STATUS" 0 'the end'
not_ok 'the token is in no log' grep -q very-secret "$TAP_DIR/one.log"
