# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What operators and tools say to statesync: pause and resume, announce.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 58
site_start

# --- pause and resume, before there is a service entry ----------------------------

run statesync resume -c "$CONF"
is "$status $out" '0 statesync: was not paused' 'resume of what is not paused'
run statesync pause 2h -c "$CONF" --why 'work on the power supply'
is "$status" 0 'a pause'
like "$out" '^statesync: paused until [0-9]{4}-[0-9-]+ [0-9:]{8} UTC because work on the power supply$' 'is told'
until=$(slapd_values "$SERVICE" sstStateSyncPauseUntil)
left=$(($(date -u -d "$(sed -E 's/^(.{8})(..)(..)(..)Z$/\1 \2:\3:\4/' <<<"$until")" +%s) - $(date +%s)))
ok 'it lasts two hours' test "$left" -gt 7100 -a "$left" -le 7200
is "$(slapd_values "$SERVICE" sstStateSyncPauseReason)" 'work on the power supply' 'and stands in the directory with its reason'

modifies=$(slapd_count Modify)
run statesync sync -c "$CONF"
is "$status $(slapd_count Modify)" "0 $modifies" 'a pass writes nothing'
like "$out" ': paused until .* because work on the power supply: 0 written in' 'and says why'
run statesync list -c "$CONF"
is "$status" 0 'list goes on'
like "$err" '^statesync: paused until .* because work on the power supply$' 'and says it beside the list'
run statesync list -c "$CONF" --json
is "$(json 'scalar @$j')" 28 'its JSON is the same as ever'

run statesync pause 1d -c "$CONF"
like "$out" '^statesync: paused until [^(]* UTC \(it was paused until .* because work on the power supply\)$' 'another pause takes its place'
is "$(slapd_values "$SERVICE" sstStateSyncPauseReason)" '' 'also without a reason'
run statesync resume -c "$CONF"
like "$status $out" '^0 statesync: goes on \(it was paused until .* UTC\)$' 'resume ends it'
is "$(slapd_values "$SERVICE" sstStateSyncPauseUntil)" '' 'nothing of it is left'
run statesync sync -c "$CONF"
like "$status $out" '^0 .*: 31 written in' 'the next pass writes'
run statesync list -c "$CONF"
is "$err" '' 'and list has nothing to say'

for time in '' 5 1w 0s -5m 366d '2h 1d'; do
    # shellcheck disable=SC2086
    run statesync pause $time -c "$CONF"
    is "$status" 2 "pause $time: wrong usage"
done
like "$err" 'takes a time such as 90s, 15m, 2h or 1d' 'what it takes is told'
run statesync resume now -c "$CONF"
is "$status" 2 'resume takes nothing'

# --- announce ------------------------------------------------------------------------

# request DN: action and whether the time is that of now.
request() {
    local since
    since=$(slapd_values "$1" sstVirtualMachineRequestedSince)
    [ -z "$since" ] || since=$(sed -E 's/^(.{8})(..)(..)(..)Z$/\1 \2:\3:\4/' <<<"$since")
    echo "$(slapd_values "$1" sstVirtualMachineRequestedAction)" \
        "${since:+$((($(date +%s) - $(date -u -d "$since" +%s)) / 100))}"
}

run statesync announce 11111111-0000-4000-8000-000000000001 shutdown -c "$CONF"
is "$status $out" '0 statesync: announced shutdown of kvm-0001.example.org' 'announce by UUID'
is "$(request "$(vm 01)")" 'shutdown 0' 'action and time stand in the entry'
run statesync sync -c "$CONF"
is "$(slapd_values "$(vm 01)" sstVirtualMachineStatus)" 'Shutting down' 'the next pass knows'
run statesync announce "$(vm 01)" Power-Off -c "$CONF"
is "$status $(request "$(vm 01)")" '0 power-off 0' 'by DN, in any case; the later one counts'
run statesync announce "${VMS/machines/MACHINES}" shutdown -c "$CONF"
is "$status" 2 'what stands above the machines is none'
run statesync announce "$(vm 01)" --clear -c "$CONF"
is "$status $out" '0 statesync: nothing is announced any more for kvm-0001.example.org' 'it is taken back'
is "$(request "$(vm 01)")" ' ' 'nothing is left'
run statesync announce kvm-0001.example.org --clear -c "$CONF"
is "$status $out" '0 statesync: nothing was announced for kvm-0001.example.org' 'taken back twice'

# on a condition
run statesync announce kvm-0001.example.org start --if-allowed -c "$CONF"
like "$status $out" '^3 start: not known, |^1 start: no, ' 'what is not allowed is not announced'
run statesync sync -c "$CONF"
run statesync announce kvm-0001.example.org start --if-allowed -c "$CONF"
is "$status $out" '1 start: no, a domain is active on vm-node-01.example.org' 'with the words of can'
run statesync announce kvm-0001.example.org shutdown --if-allowed --for 30s -c "$CONF"
is "$status $out" '0 statesync: announced shutdown of kvm-0001.example.org' 'what is allowed is'
run statesync announce kvm-0001.example.org power-off --if-allowed -c "$CONF"
is "$status $out" '1 power-off: no, shutdown is announced already' 'a second one is not, though no pass was made'
is "$(request "$(vm 01)" | cut -d' ' -f1)" shutdown 'the first one stands'
run statesync announce kvm-0001.example.org --clear -c "$CONF"
for n in 1 2 3 4 5; do
    "$PROGRAM" announce kvm-0001.example.org shutdown --if-allowed -c "$CONF" >"$TAP_DIR/tool$n" 2>&1 &
done
wait
is "$(cat "$TAP_DIR"/tool? | sort | uniq -c | sed 's/^ *//' | paste -sd';')" \
    '4 shutdown: no, shutdown is announced already;1 statesync: announced shutdown of kvm-0001.example.org' \
    'of five tools at once one gets it'
run statesync announce kvm-0001.example.org --clear -c "$CONF"
run statesync pause 1h -c "$CONF"
run statesync announce kvm-0001.example.org shutdown --if-allowed -c "$CONF"
like "$status $out" '^3 shutdown: not known, paused until ' 'not in a pause'
is "$(request "$(vm 01)")" ' ' 'nothing is announced'
run statesync resume -c "$CONF"
run statesync announce kvm-0001.example.org --clear --if-allowed -c "$CONF"
is "$status" 2 'nor taken back on a condition'

# an entry that has not been published yet gets the class
modify "dn: $(vm 02)
changetype: modify
delete: objectClass
objectClass: sstVirtualMachineStatusObject
-
$(slapd_search "$(vm 02)" base '(objectClass=*)' '+' '*' |
    sed -nE 's/^(sstVirtualMachine(Status[A-Za-z]*|AllowedAction|One[A-Za-z]*)):.*/delete: \1\n-/p' | awk '!/^-$/ && seen[$0]++ { skip = 1; next } skip { skip = 0; next } 1')
"
is "$(slapd_values "$(vm 02)" objectClass | grep -c StatusObject)" 0 'an entry without our class'
run statesync announce kvm-0002.example.org migrate -c "$CONF"
is "$status $(request "$(vm 02)")" '0 migrate 0' 'announce by name, on it'

run statesync announce 99999999-0000-4000-8000-000000000001 start -c "$CONF"
is "$status" 2 'a UUID nobody has'
like "$err" 'the directory has no VM or template "99999999-' 'is named'
run statesync announce 'No (Such) *' start -c "$CONF"
like "$status $err" '^2 .*the directory has no VM or template "No \(Such\) \*"$' 'a name nobody has, with signs of filters'
set_value "$(vm 03)" sstDisplayName kvm-0002.example.org
run statesync announce kvm-0002.example.org start -c "$CONF"
like "$status $err" '^2 .*2 VMs and templates are called "kvm-0002.example.org": name one by its UUID$' 'a name two have'
run statesync announce kvm-0001.example.org shutdwon -c "$CONF"
like "$status $err" '^2 .*"shutdwon" is none of start, .* did you mean shutdown\?$' 'an action that is none'
run statesync announce kvm-0001.example.org '?' -c "$CONF"
is "$status" 2 'nor is a question mark'
run statesync announce kvm-0001.example.org -c "$CONF"
is "$status" 2 'an action is needed'
run statesync announce kvm-0001.example.org start --clear -c "$CONF"
is "$status" 2 'but not to take one back'

# --- without rights --------------------------------------------------------------------

# the same access rules, but only to read
sed '/^access to .*/,/^$/s/ write$/ read/' "$STATESYNC_SRCDIR/etc/slapd-access.conf" >"$TAP_DIR/acl"
site_start acl="$TAP_DIR/acl"
modify "dn: $SERVICE
changetype: add
objectClass: sstStateSyncService
cn: statesync
"
run statesync announce kvm-0001.example.org start -c "$CONF"
is "$status" 6 'who may not write cannot announce'
like "$err" 'must be allowed to write sstVirtualMachineRequestedAction' 'what is needed is told'
run statesync pause 2h -c "$CONF"
is "$status" 6 'nor pause'
is "$(slapd_values "$SERVICE" sstStateSyncPauseUntil)" '' 'and nothing is changed'
config_write
sed -i "s|^uri = ldapi.*|uri = ldapi://%2Fnonexistent%2Fldapi|" "$CONF"
run statesync announce kvm-0001.example.org start -c "$CONF"
is "$status" 5 'no server, no announcement'
run statesync pause 2h -c "$CONF"
is "$status" 5 'and no pause'
