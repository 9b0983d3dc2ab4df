# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Domains that are not there any more: one, a node's, all of them; with a state
# file that carries from run to run what was counted.
. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99
site_need

per=20 n=60
site_directory $n 3 || exit 1
site_nodes 1 3 && worlds 1 3 $per running || exit 1
conf=$TAP_DIR/conf
site_conf "$conf" limits.absence_hold=0 limits.birth_grace=0 limits.memory_gap=3600
status_of() { vm_get "$1" sstVirtualMachineStatus; }
rule_of() { vm_get "$1" sstVirtualMachineStatusReason | sed 's/:.*//'; }
remembered() { tail -n +2 "$conf.state" | grep -vcx end; } # machines in the state file
vanish() { # NODE UUID: undefined while it runs, then ended
    world "$1" undefine "$2" && world "$1" destroy "$2"
}
come_back() { # NODE UUID
    world "$1" define "$2" && world "$1" start "$2"
}
# passes N [OPTION...]: their exit states, "0 0 4"
passes() {
    local i all=''
    local times=$1
    shift
    for ((i = 0; i < times; i++)); do
        run_sync "$conf" "$@"
        all+="$STATUS "
    done
    PASSES=${all% }
}

plan 41

passes 2
is "$PASSES" '0 0' 'a steady site'
is "$(remembered)" 0 'nothing has to be remembered'

# --- one machine
vanish 1 "$(vm_uuid 3)" || exit 1
vm_set 4 sstStatus shutdown
vanish 1 "$(vm_uuid 4)" || exit 1
passes 1
is "$PASSES" 0 'two machines are gone'
is "$(status_of 3)|$(rule_of 3)|$(vm_get 3 sstVirtualMachineStatusActive)" 'Running|absent-held|TRUE' \
    'the first answer without it proves nothing'
passes 2
is "$(status_of 3)|$(rule_of 3)" 'Running|absent-held' 'nor do two misses'
is "$(remembered)" 2 'the misses are in the state file'
passes 1
is "$(status_of 3)|$(vm_get 3 sstVirtualMachineStatusActive)" 'Crashed|FALSE' \
    'after the third it crashed, for it was meant to run'
is "$(status_of 4)|$(vm_get 4 sstVirtualMachineStatusActive)" 'Stopped|FALSE' \
    'and the one that was meant to stop is stopped'
modifies=$(slapd_count Modify)
passes 1
is "$PASSES|$(($(slapd_count Modify) - modifies))" '0|1' 'so it stays: only the report is written'

# --- an answer with it starts the row again
vanish 1 "$(vm_uuid 5)" || exit 1
passes 3
come_back 1 "$(vm_uuid 5)" || exit 1
passes 1
is "$(status_of 5)|$(rule_of 5)" 'Running|running' 'it was only away for three answers'
vanish 1 "$(vm_uuid 5)" || exit 1
passes 3
is "$(status_of 5)|$(rule_of 5)" 'Running|absent-held' 'the next three do not count on top'
passes 1
is "$(status_of 5)" Crashed 'but a fourth does'
come_back 1 "$(vm_uuid 3)" && come_back 1 "$(vm_uuid 4)" && come_back 1 "$(vm_uuid 5)" || exit 1
vm_set 4 sstStatus running
passes 1
snapshot "$TAP_DIR/s"
is "$(tally "$TAP_DIR/s" 2,3)" "$n Running|TRUE" 'what comes back runs at once'

# --- a whole node
world 2 every 1 undefine && world 2 every 1 destroy || exit 1
passes 3
is "$PASSES" '0 0 0' 'a third of all is gone: at first as above'
passes 1
is "$PASSES" 4 'then the budget holds them'
like "$ERR$OUT" "$per of $n active VMs" 'which is said with numbers'
snapshot "$TAP_DIR/s"
is "$(tally "$TAP_DIR/s" 2,3)" "$n Running|TRUE" 'nobody is said to be crashed'
is "$(tally "$TAP_DIR/s" 5)" "$per budget-held;$((n - per)) running" 'the rule says why'
is "$(grep -c '|Running|TRUE|budget: .*|budget-held$' "$TAP_DIR/s")" $per 'they are stale, because of the budget'
like "$(service_get sstStateSyncAlarm)" '^budget: ' 'the service entry carries the alarm'
is "$(service_get sstStateSyncHeld)" $per 'and the number'
passes 2
is "$PASSES" '4 4' 'two more passes agree'
passes 1
is "$PASSES" 0 'the third later one releases them'
snapshot "$TAP_DIR/s"
is "$(tally "$TAP_DIR/s" 2,3,4)" "$per Crashed|FALSE|;$((n - per)) Running|TRUE|" 'now they crashed'
is "$(service_get sstStateSyncAlarm)|$(service_get sstStateSyncHeld)" '|0' 'the alarm is gone'

# --- the same, by force
for ((i = per; i < 2 * per; i++)); do come_back 2 "$(vm_uuid $i)" || exit 1; done
passes 1
snapshot "$TAP_DIR/s"
is "$(tally "$TAP_DIR/s" 2,3)" "$n Running|TRUE" 'all are back'
for k in 1 2 3; do world $k every 1 undefine && world $k every 1 destroy || exit 1; done
passes 4
is "$PASSES" '0 0 0 4' 'all of all nodes are gone: held'
passes 1 --force-budget
is "$PASSES" 0 'released by --force-budget'
snapshot "$TAP_DIR/s"
is "$(tally "$TAP_DIR/s" 2,3,4)" "$n Crashed|FALSE|" 'and written'
for ((k = 1; k <= 3; k++)); do
    for ((i = (k - 1) * per; i < k * per; i++)); do come_back $k "$(vm_uuid $i)" || exit 1; done
done
passes 1

# --- they come back while they are held: the row and the confirmation start again
world 3 every 1 undefine && world 3 every 1 destroy || exit 1
passes 5
is "$PASSES" '0 0 0 4 4' 'held'
for ((i = 2 * per; i < 3 * per; i++)); do come_back 3 "$(vm_uuid $i)" || exit 1; done
passes 1
snapshot "$TAP_DIR/s"
is "$PASSES|$(tally "$TAP_DIR/s" 2,3,4,5)" "0|$n Running|TRUE||running" 'and back: nothing happened'

# --- a gap between the runs; those before it may take as long as they like
gap=$TAP_DIR/gap.conf
site_conf "$gap" limits.absence_hold=1 limits.birth_grace=0 limits.memory_gap=3600 \
    "sync.state_file=$conf.state"
conf=$gap
passes 2
vanish 1 "$(vm_uuid 7)" || exit 1
passes 1
is "$(rule_of 7)" absent-held 'seen as absent'
sed -i 's/^memory_gap=.*/memory_gap=2/' "$gap"
later=$((EPOCHSECONDS + 4))
is_later() { [ "$EPOCHSECONDS" -ge $later ]; }
wait_for 10 is_later
passes 1
is "$PASSES|$(status_of 7)|$(rule_of 7)" '0|Crashed|crashed' \
    'after a gap in between a run asks again itself, until it knows'
diag "$TOOK ms"
ok 'three times, a second apart' test "$TOOK" -ge 2000
is "$(service_get sstStateSyncLeaseHolder)" '' 'and gives the lease back'

# --- much of the directory is missing
modifies=$(slapd_count Modify)
for ((i = 20; i < 55; i++)); do vm_dn $i && echo; done | slapd_as_root ldapdelete || exit 1
passes 1
is "$PASSES" 1 'a directory that lost more than half of its machines'
like "$OUT$ERR" '25 VM and template entries where the last pass had 60' 'is not believed'
is $(($(slapd_count Modify) - modifies)) 0 'nothing is written'
passes 1
is "$PASSES" 1 'nor by the next pass'
passes 1 --force-budget
is "$PASSES" 0 'unless it is told to'
passes 1
is "$PASSES" 0 'and from then on that is the directory'
