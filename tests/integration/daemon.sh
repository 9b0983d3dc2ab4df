# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The daemon at work: events, changes of the directory, requests, other
# writers, signals, reload, pause, another body that asks, stop.
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
site_need
command -v curl >/dev/null || skip_all 'curl is not installed'

n=30
site_directory $n 3 --templates 1 -- overlays='syncprov accesslog' || exit 1
site_nodes 1 3 || exit 1
worlds 1 3 10 running || exit 1
conf=$TAP_DIR/conf
daemon_conf "$conf" daemon.pid_file="$TAP_DIR/pid"
cp "$conf" "$TAP_DIR/good"
port=
code() { curl -sS -m 10 -o "$TAP_DIR/page" -w '%{http_code}' "http://127.0.0.1:$port/$1"; }
ready_is() { [ "$(code readyz)" = "$1" ]; }
holder() { service_get sstStateSyncLeaseHolder; }
value_is() { [ "$(vm_get "$1" "$2")" = "$3" ]; }
request_gone() { [ -z "$(vm_get "$1" sstVirtualMachineRequestedAction)" ]; }
has_orphan() { slapd_search "sstNode=$(node_name "$1"),ou=nodes,$BASE" base '(objectClass=*)' | grep orphan; }
# What the last modify of a machine changed, one attribute a line.
modified() {
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b cn=log "(&(objectClass=auditModify)(reqDN=$(vm_dn "$1")))" reqMod |
        awk '/^dn:/ { text = "" } { text = text $0 "\n" } END { printf "%s", text }'
}
as_was() { all_are "$n Running|TRUE|"; }

plan 63

# --- start
daemon_start one "$conf"
follows 'the first pass is decided' daemon_ready one
follows 'the directory says what runs' as_was
is "$(<"$TAP_DIR/pid")" "${DAEMON[one]}" 'the process number is in its file'
port=$(daemon_port one)
follows 'ready, says the health page' ready_is 200
is "$(code healthz)" 200 'and healthy'
counts() { metric "$port" "statesync_vms{state=\"$1\",kind=\"persistent\"}" | grep -x "$2"; }
follows 'metrics count machines' counts Running 29

# --- hypervisor events, by another client
vm_writes
world 1 destroy "$(vm_uuid 5)" || exit 1
follows 'R5: an event, then a read: stopped' status_is 5 Stopped
vm_writes
is "$WRITES" 1 'in one write'
is "$(modified 5 | grep -Eo '^reqMod: sstVirtualMachine(Status|StatusState|StatusActive|StatusSince|StatusReason|AllowedAction):' |
    sort -u | wc -l)" 6 'R23: with all that belongs to it'
world 1 start "$(vm_uuid 5)"
follows 'started' status_is 5 Running
world 2 pause "$(vm_uuid 15)"
follows 'suspended' status_is 15 Paused
world 2 resume "$(vm_uuid 15)"
follows 'resumed' status_is 15 Running
world 3 destroy "$(vm_uuid 25)" && world 3 undefine "$(vm_uuid 25)"
follows 'undefined: gone after several answers' value_is 25 sstVirtualMachineStatusActive FALSE
world 3 define "$(vm_uuid 25)" && world 3 start "$(vm_uuid 25)"
follows 'defined and started again' status_is 25 Running

# --- two changes within the time of coalescing: one write at once, one later
vm_writes
for i in 1 2 3; do world 1 pause "$(vm_uuid 6)" && world 1 resume "$(vm_uuid 6)"; done
world 1 pause "$(vm_uuid 6)"
follows 'seven changes of one machine' status_is 6 Paused
world 1 resume "$(vm_uuid 6)"
follows 'and the eighth' status_is 6 Running
vm_writes
ok "take few writes ($WRITES)" test "$WRITES" -le 6

# --- the directory changes
vm_set 7 sstMigrationNode "$(node_name 2)"
follows 'a migration marker' status_is 7 'Running, migrating'
printf 'dn: %s\nchangetype: modify\ndelete: sstMigrationNode\n' "$(vm_dn 7)" | site_modify
follows 'and without it' status_is 7 Running
printf 'dn: %s\nchangetype: modify\nadd: sstThinProvisioningVirtualMachine\nsstThinProvisioningVirtualMachine: %s\n' \
    "$(vm_dn 0)" "$(vm_uuid 8)" | site_modify
follows 'a thin list' status_is 8 'Running, streaming [0.0 %]'
vm_set 0 sstVirtualMachineMode 'maintenance mode'
follows 'the mode of a template' value_is 0 sstVirtualMachineStatus 'Running, maintenance mode'
printf 'dn: %s\nchangetype: modify\ndelete: sstThinProvisioningVirtualMachine\n' "$(vm_dn 0)" | site_modify
vm_set 0 sstVirtualMachineMode 'ready for use'
follows 'both back again' status_is 8 Running
vm_set 10 sstMigrationNode "$(node_name 2)"
follows 'a marker that raises an alarm: the log says so' daemon_said one \
    "notice: an alarm began, .* alarm=migration-to-self .*dn=.*$(vm_uuid 10).* text=.* remedy=\"Remove sstMigrationNode"
printf 'dn: %s\nchangetype: modify\ndelete: sstMigrationNode\n' "$(vm_dn 10)" | site_modify
follows 'and that it is over' daemon_said one "notice: an alarm is over, .* alarm=migration-to-self .*dn=.*$(vm_uuid 10)"
cat >"$TAP_DIR/backup" <<END
dn: ou=backup,$(vm_dn 9)
changetype: add
objectClass: organizationalUnit
ou: backup

dn: ou=20260101T030000Z,ou=backup,$(vm_dn 9)
changetype: add
objectClass: organizationalUnit
objectClass: sstProvisioning
ou: 20260101T030000Z
sstProvisioningExecutionDate: 0
sstProvisioningMode: snapshotting
sstProvisioningState: 0
sstProvisioningReturnValue: 0
END
site_modify <"$TAP_DIR/backup"
follows 'a backup child' status_is 9 'Running, backing up'
printf 'dn: ou=20260101T030000Z,ou=backup,%s\nchangetype: modify\nreplace: sstProvisioningMode\nsstProvisioningMode: finished\n' \
    "$(vm_dn 9)" | site_modify
follows 'that ends' status_is 9 Running
vm_set 10 sstVirtualMachineStatus Stopped
follows 'an overwritten status is repaired' status_is 10 Running

# --- requests
"$PROGRAM" announce -c "$conf" "$(vm_uuid 11)" shutdown >/dev/null
follows 'a request to shut down' status_is 11 'Shutting down'
world 2 shutdown "$(vm_uuid 11)"
follows 'it is done' status_is 11 Stopped
follows 'and cleared' request_gone 11
"$PROGRAM" announce -c "$conf" "$(vm_uuid 11)" start >/dev/null
follows 'a request to start' status_is 11 Starting
world 2 start "$(vm_uuid 11)"
follows 'it runs' status_is 11 Running
follows 'and the request is cleared' request_gone 11

# --- entries come and go
slapd_search "$(vm_dn 12)" base '(objectClass=*)' '*' |
    sed -E '/^sstVirtualMachine(AllowedAction|One|Requested|Status)|: sstVirtualMachineStatusObject/d' >"$TAP_DIR/entry"
printf 'dn: %s\nchangetype: delete\n' "$(vm_dn 12)" | site_modify
follows 'R19: an entry is deleted, its domain an orphan' \
    has_orphan 2
sed '1a changetype: add' "$TAP_DIR/entry" | site_modify
follows 'and added again' status_is 12 Running

# --- one body asks another one
world 1 pause "$(vm_uuid 5)"
follows 'something is written' status_is 5 Paused
run_sync "$conf" --state-file "$TAP_DIR/other.state"
ended 0 'a pass while the daemon runs'
diag "$OUT"
world 1 resume "$(vm_uuid 5)"
follows 'the daemon goes on after it' status_is 5 Running

# --- pause and resume
ok 'a pause' "$PROGRAM" pause -c "$conf" 1h --why 'tests'
follows 'is noticed' daemon_said one 'paused, nothing is written'
vm_writes
world 1 pause "$(vm_uuid 5)" && vm_set 6 sstVirtualMachineStatus Crashed
follows 'and kept' daemon_said one 'event .*lifecycle suspended'
vm_writes
is "$WRITES" 1 'nothing is written but by others'
ok 'the end of it' "$PROGRAM" resume -c "$conf"
follows 'is told, and what follows' daemon_said one 'the pause is over, what changed meanwhile is written'
follows 'what happened meanwhile is written' status_is 5 Paused
follows 'and repaired' status_is 6 Running
world 1 resume "$(vm_uuid 5)"
follows 'all is as it was' as_was

# --- reload
daemon_mark one
sed -i 's/^miss_limit.*/miss_limit = many/' "$conf"
kill -HUP "${DAEMON[one]}"
follows 'an invalid configuration is refused' daemon_said one 'the old one stays'
world 1 pause "$(vm_uuid 5)"
follows 'and life goes on' status_is 5 Paused
sed 's/^\[nodes\]/[nodes]\nnodes = vm-node-01.example.org vm-node-02.example.org/' "$TAP_DIR/good" >"$conf"
kill -HUP "${DAEMON[one]}"
follows 'a node less' daemon_said one 'not watched any more.*vm-node-03'
world 1 resume "$(vm_uuid 5)"
follows 'the others go on' status_is 5 Running
sed 's/^timeout.*//; s/^\[directory\]/[directory]\ntimeout = 29/' "$TAP_DIR/good" >"$conf"
daemon_mark one
kill -HUP "${DAEMON[one]}"
follows 'another directory: everything is read' daemon_ready one
world 3 pause "$(vm_uuid 25)"
follows 'all nodes are followed again' status_is 25 Paused
daemon_mark one
sed 's/^\[nodes\]/[nodes]\nlook_deadline = 9/; s/^\[directory\]/[directory]\ntimeout = 29/' "$TAP_DIR/good" >"$conf"
kill -HUP "${DAEMON[one]}"
follows 'other limits of nodes: all are connected anew' \
    daemon_said one 'node connected node=vm-node-02.*'
world 3 resume "$(vm_uuid 25)"
follows 'and followed' status_is 25 Running

# --- everything anew
daemon_mark one
kill -USR1 "${DAEMON[one]}"
follows 'SIGUSR1: everything is read anew' daemon_said one 'everything was read anew'
follows 'the directory, too' daemon_said one 'directory is followed again .*refresh=complete'
follows 'a fresh pass agrees' agrees "$conf"

# --- stop
world 1 pause "$(vm_uuid 5)"
follows 'a last write' status_is 5 Paused
daemon_stop one
is "$STATUS" 0 'R3: SIGTERM ends it well'
in_time $TOOK 5000 'in less than 5 s'
is "$(holder)" '' 'the lease is given back'
not_ok 'the file with the process number is gone' test -e "$TAP_DIR/pid"
