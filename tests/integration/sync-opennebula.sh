# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# `statesync sync' over a site whose first node has VMs of libvirt and whose
# second one has VMs of OpenNebula: one pass, the right statuses for both.
. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/integration/one_lib.sh" || exit 99
site_need

# Machines 0 to 3 are libvirt's, 4 to 7 OpenNebula's as VM 104 to 107.
site_directory 8 2 || exit 1
site_nodes 1 2 && site_world 1 4 running && site_world 2 0 running || exit 1
for i in 4 6; do
    world 2 define "$(vm_uuid $i)" && world 2 start "$(vm_uuid $i)" || exit 1
done
one_start lab || exit 1

HOST=host=$(node_name 2)
# How the front-end is in the beginning.
fill() {
    one lab put 104 3 3 "link=$(vm_uuid 4)" "$HOST" &&
        one lab put 105 8 0 "os_uuid=$(vm_uuid 5)" "$HOST" &&
        one lab put 106 3 18 "deploy_id=$(vm_uuid 6)" "$HOST" &&
        one lab put 107 3 3 "$HOST" &&
        one lab put 107 1 0 "link=$(vm_uuid 7)" &&
        one lab put 200 3 3 name=not-in-the-directory "$HOST"
}
fill || exit 1

conf=$TAP_DIR/conf
configure() { # [SECONDS]: how long it may take
    site_conf "$conf" limits.absence_hold=0 limits.miss_limit=1 "metrics.textfile=$TAP_DIR/own.prom"
    one_conf "$conf" lab "timeout=${1:-30}" connect_timeout=1
}
configure

status_of() { vm_get "$1" sstVirtualMachineStatus; }
stale() { vm_get "$1" sstVirtualMachineStatusStaleReason; }
allowed() { vm_get "$1" sstVirtualMachineAllowedAction | LC_ALL=C sort | paste -sd' '; }
alarms() { vm_get "$1" sstVirtualMachineStatusAlarm; }
json() {
    perl -MJSON::PP -e 'my $j = decode_json(join "", <STDIN>);
        my @r = eval $ARGV[0]; die $@ if $@; print join(" ", map { $_ // "null" } @r), "\n"' -- "$1" <<<"$OUT" 2>&1
}
frontend='map { @$_{qw(name result class vms joined)} } @{$j->{front_ends}}'
# untouched NAME: libvirt's machines are as they were
untouched() {
    local i all=
    for i in 0 1 2 3; do all+="$(status_of $i)|$(stale $i);"; done
    is "$all" 'Running|;Running|;Running|;Running|;' "$1"
}

plan 74

# --- a mixed site
run_sync "$conf" --dry-run
ended 0 'dry run: all is well'
like "$OUT" 'sstVirtualMachineOneName: ACTIVE/RUNNING runn' 'and shows what would be written'
run_sync "$conf" --vm "$(vm_uuid 5)"
ended 0 'one machine alone'
is "$(status_of 4)|$(status_of 5)" '|Stopped' 'is written alone'
run_sync "$conf" --record "$TAP_DIR/record.json"
ended 0 'one pass over both'
like "$OUT" '8 VMs and templates on 2 nodes and 1 front-end: ' 'the summary counts front-ends'
untouched 'the machines of libvirt run'
is "$(one_pair 0)" '3 3 ACTIVE/RUNNING runn' 'and have the nearest pair'
is "$(status_of 4)|$(one_pair 4)" 'Running|3 3 ACTIVE/RUNNING runn' 'by attribute: running'
is "$(status_of 5)|$(one_pair 5)" 'Stopped|8 0 POWEROFF poff' 'by OS/UUID: powered off'
is "$(status_of 6)|$(one_pair 6)" 'Shutting down|3 18 ACTIVE/SHUTDOWN_POWEROFF shut' 'by DEPLOY_ID: shutting down'
is "$(status_of 7)|$(one_pair 7)" 'Stopped|1 0 PENDING pend' 'waiting for a host'
is "$(vm_get 4 sstVirtualMachineStatusReason)" \
    "opennebula: lab: VM 104 ACTIVE/RUNNING runn on $(node_name 2)" 'the reason names front-end, VM and host'
is "$(allowed 6)" 'groups use users' 'busy: nothing that changes power or place is allowed'
not_ok 'the token is in no output' grep -rq very-secret "$TAP_DIR/err" "$TAP_DIR/out" "$TAP_DIR/record.json" "$conf.state"

# --- replay
snapshot "$TAP_DIR/live"
"$PROGRAM" replay --json "$TAP_DIR/record.json" >"$TAP_DIR/replayed" 2>"$TAP_DIR/err"
is "$?" 0 'the record can be replayed'
perl -MJSON::PP -e 'my $j = decode_json(join "", <STDIN>); my $p = $j->{steps}[0]{pass};
    print sort map { "$_->{uuid}|$_->{status}|$_->{rule}\n" } grep { $_->{rule} ne "ignored" } @{$p->{verdicts}}' \
    <"$TAP_DIR/replayed" >"$TAP_DIR/verdicts" 2>"$TAP_DIR/err"
is "$(cut -d'|' -f1,2,5 "$TAP_DIR/live")" "$(cat "$TAP_DIR/verdicts" "$TAP_DIR/err")" 'and decides the same'

# --- nothing new
run_sync "$conf" --json
ended 0 'another pass'
is "$(json '$j->{written}')" 0 'writes nothing'
is "$(json "$frontend")" 'lab complete null 5 4' 'JSON: result, VMs, those of entries'
is "$(json '$j->{front_ends}[0]{ms} > 0 ? 1 : 0, $j->{front_ends}[0]{version}')" '1 7.5.80' 'how long it took, its version'
like "$(<"$TAP_DIR/own.prom")" '^statesync_opennebula_up\{frontend="lab"\} 1$' 'text file: up'
like "$(<"$TAP_DIR/own.prom")" '^statesync_opennebula_vms\{frontend="lab"\} 5$' 'text file: VMs'
like "$(<"$TAP_DIR/own.prom")" '^statesync_opennebula_joined\{frontend="lab"\} 4$' 'text file: joined'

# --- it goes wrong: its machines are stale, the others as they were
# wrong NAME CLASS TEXT: the next pass
wrong() {
    run_sync "$conf" --json
    ended 3 "$1: something is stale"
    is "$(json "$frontend")" "lab error $2 0 0" "$1: class $2"
    like "$(stale 4)" "^opennebula lab: $2: .*$3" "$1: its machines say so"
    is "$(status_of 4) $(status_of 5)" 'Running Stopped' "$1: and keep their status"
    untouched "$1: the others are as they were"
    like "$ERR" "a front-end did not answer.*frontend=lab.*class=$2" "$1: the log says so"
    not_ok "$1: without the token" grep -rq very-secret "$TAP_DIR/err" "$TAP_DIR/out"
}
better() {
    fill && run_sync "$conf"
    ended 0 "$1"
    is "$(stale 4)$(stale 5)" '' "$1: nothing is stale"
}
echo statesync:wrong-very-secret >"$TAP_DIR/lab.auth"
wrong 'bad password' auth 'authenticat'
echo "$ONE_SESSION" >"$TAP_DIR/lab.auth"
one_kill lab
wrong 'down' refused ''
run_sync "$conf"
like "$OUT" 'on 2 nodes and 1 front-end \(1 without a complete answer\)' 'down: the summary says so'
one_start lab
wrong 'empty pool' auth 'pool is empty'
better 'back again'
configure 2
one lab fault silent
wrong 'silent' timeout ''
one lab fault none
configure
better 'speaks again'

# --- it becomes slow in the middle
configure 2
one lab remove 106
one lab fault trickle 20 one.vmpool.infoextended 1
sets=$(one_calls lab one.vmpool.infoset)
run_sync "$conf" --json
ended 3 'slow in the middle'
is "$(json "map { @\$_{qw(name result vms)} } @{\$j->{front_ends}}")" 'lab partial 4' 'slow: what came before counts'
like "$(stale 6)" '^opennebula lab: partial answer, only 4 VMs were read: .*not complete in time, [0-9]+ bytes' \
    'slow: the rest is stale, and says why'
is "$(one_calls lab one.vmpool.infoset)" "$sets" 'slow: it is not asked again, its time is over'
one lab fault none
configure
better 'fast again'

# --- what it says of machines
one lab to 105 42 4711
run_sync "$conf"
ended 3 'an unknown number'
is "$(status_of 5)|$(one_pair 5 | cut -d' ' -f1,2)" 'Stopped|42 4711' 'keeps the status and tells the number'
like "$(stale 5)" 'VM 105.*42' 'and says why it is stale'
is "$(allowed 5)" 'groups users' 'nothing that changes power or place is allowed'
one lab to 105 8 0

one lab 'done' 107
run_sync "$conf"
like "$(alarms 7)" '^one-done: ' 'DONE: the machine whose entry is there carries an alarm'
is "$(alarms 4)$(alarms 5)" '' 'no other one does'
one lab remove 107
run_sync "$conf"
like "$(stale 7)" 'VM 107' 'one that is nowhere is stale'
better 'and there again'

# --- libvirt says otherwise
site_conf "$conf" limits.absence_hold=0 limits.miss_limit=1 limits.disagree=0
one_conf "$conf" lab
world 2 destroy "$(vm_uuid 4)"
run_sync "$conf"
run_sync "$conf"
like "$(alarms 4)" '^disagree: .*lab.*vm-node-02' 'disagree: both are named'
world 2 start "$(vm_uuid 4)"
run_sync "$conf"
is "$(alarms 4)" '' 'and is over'
