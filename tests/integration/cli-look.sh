# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Looking at one machine, and waiting for it: show, can, wait, announce --for.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 71
site_start overlays=syncprov
running=kvm-0001.example.org stopped=kvm-0003.example.org

# --- before anybody has looked -----------------------------------------------------

run statesync can $running shutdown -c "$CONF"
is "$status $out" '3 shutdown: not known, no pass has ever been completed' 'nothing is known without a pass'
run statesync show $running -c "$CONF"
is "$status" 0 'a machine without a status can be shown'
like "$out" '^  outdated +no pass has ever been completed$' 'and it is said'
run statesync sync -c "$CONF"
is "$status" 0 'the first pass'

# --- names --------------------------------------------------------------------------

for name in 11111111-0000-4000-8000-000000000001 11111111-0000-4000-8000-000000000001 "$(vm 01)" \
    "${running^^}"; do
    run statesync can "$name" shutdown -c "$CONF"
    is "$status $out" '0 shutdown: yes' "named $name"
done
run statesync show 1111 -c "$CONF"
is "$status" 2 'a beginning that several have'
like "$err" '^statesync: the UUIDs of 20 VMs and templates begin with "1111": give more of it$' 'is told so'
modify "dn: $(vm 20)
changetype: modrdn
newrdn: sstVirtualMachine=7a11abcd-0000-4000-8000-000000000020
deleteoldrdn: 1
"
run statesync show 7A11 -c "$CONF" --json
is "$status $(json '$j->[0]{uuid}')" '0 7a11abcd-0000-4000-8000-000000000020' 'a beginning that one has'
for name in 7a1 7a11x no-such-machine 99999999-0000-4000-8000-000000000001 '*' '7a11*' ''; do
    run statesync show "$name" -c "$CONF"
    is "$status $err" "2 statesync: the directory has no VM or template \"$name\"" "nothing is called \"$name\""
done
modify "dn: $(vm 19)
changetype: modify
replace: sstDisplayName
sstDisplayName: kvm-0018.example.org
"
run statesync can kvm-0018.example.org start -c "$CONF"
is "$status" 2 'two of one name'
like "$err" '^statesync: 2 VMs and templates are called "kvm-0018.example.org": name one by its UUID$' 'are told'
run statesync can "${VMS}" start -c "$CONF"
is "$status" 2 'what stands above the machines is none'

# --- show -----------------------------------------------------------------------------

run statesync show $stopped $running -c "$CONF"
is "$status $(grep -c '^  name ' <<<"$out")" '0 2' 'several at once'
like "$out" '^  status +Stopped$' 'the status'
like "$out" '^  may +start migrate edit delete users groups$' 'what may be done'
like "$out" '^  +power-off: not while Stopped$' 'and what not, with the reason'
run statesync show $running no-such-machine -c "$CONF"
is "$status $(grep -c '^  name ' <<<"$out")" '2 1' 'the others are shown beside one that is not there'
run statesync show 22222222-0000-4000-8000-000000000002 -c "$CONF" --json
is "$(json '$j->[0]{status}, $j->[0]{denied}{start}, scalar @{$j->[0]{details}}')" \
    'Stopped, streaming VMs are still streaming from it 3' 'JSON has it all'
run statesync show kvm-0014.example.org -c "$CONF"
like "$out" '^  backups +[0-9TZ]+ [a-z]+' 'backups are shown'
evil=$'a\e[31mb\nc'
modify "dn: $(vm 02)
changetype: modify
replace: sstDisplayName
sstDisplayName:: $(base64 -w0 <<<"$evil")
"
run statesync show 11111111-0000-4000-8000-000000000002 -c "$CONF"
not_ok 'nothing that a terminal obeys comes through' grep -q $'\e' <<<"$out"

# --- can ----------------------------------------------------------------------------------

run statesync can $running start -c "$CONF"
is "$status $out" '1 start: no, a domain is active on vm-node-01.example.org' 'no, and why'
run statesync can $running toggle -c "$CONF"
is "$status $out" '1 toggle: no, no such action on a VM' 'an action that VMs do not have'
run statesync can $running destroy -c "$CONF"
is "$status $out" '0 power-off: yes' 'destroy is power-off'
run statesync can $running explode -c "$CONF"
is "$status" 2 'an action that nobody has'
run statesync can $running -c "$CONF"
is "$status" 2 'no action at all'
set_value "$(vm 04)" sstDisplayName --json
run statesync can -c "$CONF" -- --json start
like "$status $out" '^1 start: no, ' 'a name that begins as an option does, behind --'
run statesync can -c "$CONF" -- kvm-0001.example.org start
like "$status $out" '^1 start: no, ' 'and one that does not'
set_value "$(vm 04)" sstDisplayName kvm-0004.example.org
run statesync can $running start --json -c "$CONF"
is "$status $(json '$j->{action}, $j->{allowed} ? 1 : 0, $j->{stale} ? 1 : 0, $j->{denied_by}')" \
    '1 start 0 0 active' 'as JSON'
run statesync can $stopped delete -c "$CONF"
is "$status" 0 'it may be deleted'
modify "dn: ou=backup,$(vm 03)
changetype: add
objectClass: organizationalUnit
ou: backup

dn: ou=20260101T020000Z,ou=backup,$(vm 03)
changetype: add
objectClass: sstProvisioning
objectClass: organizationalUnit
ou: 20260101T020000Z
sstProvisioningMode: retaining
sstProvisioningExecutionDate: 0
sstProvisioningState: 0
sstProvisioningReturnValue: 0
"
run statesync can $stopped delete -c "$CONF"
is "$status" 1 'not any more once a backup has begun'
like "$out" '^delete: no, backup retaining since [0-9:]{5}$' 'without another pass'
set_value "$(vm 03)" sstMigrationNode vm-node-01.example.org
modify "dn: ou=20260101T020000Z,ou=backup,$(vm 03)
changetype: delete
"
run statesync can $stopped start -c "$CONF"
is "$status $out" '1 start: no, migration to vm-node-01.example.org' 'nor when it is to move'
set_value "$(vm 01)" sstVirtualMachineStatusStaleSince 20260101000000Z
set_value "$(vm 01)" sstVirtualMachineStatusStaleReason 'vm-node-01: refused'
run statesync can $running shutdown -c "$CONF"
is "$status $out" '3 shutdown: not known, stale, vm-node-01: refused' 'a stale status is not known'
run statesync can $running users -c "$CONF"
is "$status $out" '0 users: yes' 'what concerns no hypervisor may be done all the same'
run statesync pause 1h --why 'work' -c "$CONF"
run statesync can kvm-0004.example.org power-off -c "$CONF"
is "$status" 3 'nor is any while nothing is written'
like "$out" '^power-off: not known, paused until .* because work$' 'which is said'
run statesync can kvm-0004.example.org power-off --json -c "$CONF"
is "$status $(json '$j->{allowed} ? 1 : 0, $j->{stale} ? 1 : 0, $j->{denied_by}')" '3 0 1 outdated' 'also as JSON'
run statesync wait kvm-0004.example.org --for fresh --timeout 1s -c "$CONF"
is "$status" 3 'nor for wait, although somebody has looked just now'
run statesync resume -c "$CONF"
set_value "$SERVICE" sstStateSyncPassCompleted 20260101000000Z
run statesync can kvm-0004.example.org power-off -c "$CONF"
is "$status $out" '3 power-off: not known, nobody has looked since 2026-01-01 00:00:00 UTC' \
    'nor when nobody has looked lately'
run statesync sync -c "$CONF"
run statesync can kvm-0004.example.org power-off -c "$CONF"
is "$status" 0 'the next pass mends that'

# --- wait -----------------------------------------------------------------------------------

run statesync wait $running --for running --for fresh --for '!streaming' -c "$CONF"
is "$status $out" '0 Running' 'what is so already is not waited for'
run statesync wait $running --for '!running' --timeout 3s -c "$CONF"
is "$status $err" '1 statesync: not within 3s: Running' 'what does not come'
run statesync wait $running --for runing -c "$CONF"
is "$status" 2 'a word that no status has'
run statesync wait $running -c "$CONF"
is "$status" 2 'waiting for nothing'
run statesync wait $running --for running --timeout soon -c "$CONF"
is "$status" 2 'a time that is none'
run statesync wait no-such-machine --for running -c "$CONF"
is "$status" 2 'a machine that is none'

connections() { slapd_as_root ldapsearch -LLL -s base -b cn=Current,cn=Connections,cn=Monitor \
    monitorCounter | sed -n 's/^monitorCounter: //p'; }
started() { # COMMAND...: in the background, its output in $TAP_DIR/waited; it has looked, and watches
    local before limit
    before=$(connections)
    "$PROGRAM" "$@" -c "$CONF" >"$TAP_DIR/waited" 2>&1 & # not in a shell, for signals
    waiter=$!
    limit=$((SECONDS + 120))
    until [ $(($(connections) - before)) -ge 2 ] || [ $SECONDS -ge $limit ]; do slapd_pause; done
}
ended() { # $ended: the exit status and what was said
    wait "$waiter"
    ended="$? $(cat "$TAP_DIR/waited")"
}
started wait $running --for 'Shutting down' --timeout 60s
run statesync announce $running shutdown --for 30s -c "$CONF"
is "$status" 0 'an announcement'
since=$(slapd_values "$(vm 01)" sstVirtualMachineRequestedSince)
age=$(($(date +%s) - $(date -u -d "$(sed -E 's/^(.{8})(..)(..)(..)Z$/\1 \2:\3:\4/' <<<"$since")" +%s)))
ok "that counts for 30 of its 600 s ($age)" test "$age" -ge 570 -a "$age" -lt 600
run statesync sync -c "$CONF"
ended
is "$ended" '0 Shutting down' 'it hears of the change'
run statesync pause 1h -c "$CONF"
started wait kvm-0004.example.org --for fresh --timeout 300s
run statesync resume -c "$CONF"
run statesync sync -c "$CONF"
ended
like "$ended" '^0 [A-Z]' 'and that a pause is over, though nothing else changes'
started wait kvm-0004.example.org --for stale --timeout 300s
run statesync pause 1h -c "$CONF"
ended
like "$ended" '^0 [A-Z].*, stale$' 'and that one begins'
run statesync resume -c "$CONF"
run statesync sync -c "$CONF"
started wait kvm-0004.example.org --for running --timeout 5s
run statesync pause 1h -c "$CONF"
ended
is "$ended" '3 statesync: not within 5s: Paused, stale, nobody looks' 'what nobody would have seen is not known'
run statesync resume -c "$CONF"
run statesync sync -c "$CONF"
run statesync announce $running shutdown --for 1h -c "$CONF"
is "$status" 2 'longer than the limits allow'
like "$err" '^statesync: --for: shutdown counts for 600 s at most' 'is told'
run statesync announce $running shutdown --for 5 -c "$CONF"
is "$status" 2 'a time that is none'
run statesync announce $running --clear --for 5s -c "$CONF"
is "$status" 2 'taken back for a time'

started wait $stopped --for running --timeout 60s
slapd_as_root ldapdelete -r "$(vm 03)"
ended
is "$ended" "1 statesync: the entry of \"$stopped\" is gone" 'what is gone never becomes anything'
run statesync wait kvm-0004.example.org --for gone --timeout 1s -c "$CONF"
is "$status" 1 'what is there is not gone'
started wait kvm-0004.example.org --for running --timeout 10s
slapd_stop
ended
is "${ended%% *} $(tail -n 1 <<<"$ended")" \
    '5 statesync: not within 10s: the directory does not answer' 'without a directory at the end'
slapd_restart
started wait kvm-0004.example.org --for running --timeout 60s
slapd_restart
perl -0pi -e 's{(<test:runstate>)\d+(</test:runstate>\s*<name>11111111-0000-4000-8000-000000000004<)}{${1}1$2}' "$SITE"/node-0?.xml
run statesync sync -c "$CONF"
is "$(slapd_values "$(vm 04)" sstVirtualMachineStatus)" Running 'the directory was restarted, and the machine runs'
ended
like "$ended" 'Running$' 'it went on by itself'
started wait kvm-0004.example.org --for stopped
kill -INT "$waiter"
ended
is "$ended" '130 ' 'interrupted, it ends without a word'
