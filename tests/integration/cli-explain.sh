# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Why a machine has its status: explain VM.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 47
site_start overlays=syncprov
running=kvm-0001.example.org stopped=kvm-0003.example.org
csn() { slapd_values "$SUFFIX" contextCSN; }
# without times of the moment
timeless() { sed -E 's/[0-9]{14}Z/TIME/'; }

# --- explain: before anybody has looked -------------------------------------------------------

run statesync explain $running -c "$CONF" --json
is "$status $(json '$j->{memory}{age_ms}, $j->{verdict}{rule}, $j->{published}')" '0 null running null' \
    'a machine is explained before any pass'
run statesync sync -c "$CONF" -n --vm $running
planned=$(timeless <<<"$out")
run statesync explain $running -c "$CONF" --json
is "$(json '$j->{verdict}{ldif}' | timeless | sed '/^$/d')" "$(sed '/^$/d' <<<"$planned")" \
    'what would be sent is what a pass would send'
run statesync sync -c "$CONF"
is "$status" 0 'the first pass'

# --- explain: one machine ---------------------------------------------------------------------

before=$(csn) && cp -p "$STATE" "$TAP_DIR/state"
run statesync explain $running -c "$CONF"
is "$status" 0 'a running one'
like "$out" '^  sstNode +vm-node-01.example.org$' 'the entry'
like "$out" '^Directory: the entry changed [0-9hms ]+ ago$' 'and its age'
like "$(tr -s ' \n' ' ' <<<"$out")" ' vm-node-01.example.org home, seen last: running \([a-z]+\).*; complete answer, [0-9ms ]+ ago ' \
    'what its node shows, and when'
like "$out" '^  all others +2 without it$' 'and the others'
like "$out" '^Memory: the last pass was [0-9hms ]+ ago$' 'the memory'
like "$out" '^    invalid +no: the entry is well-formed$' 'a rule that does not match, and why'
like "$out" '^  > running +yes: it is running$' 'the one that does'
like "$out" '^  - stopped +not tried, would not match: it is not off$' 'and those that come after it'
like "$out" '^Would be sent: nothing, ' 'nothing is to be written'
is "$(csn)" "$before" 'the directory is as it was'
ok 'and the state file' cmp -s "$STATE" "$TAP_DIR/state"
for name in 11111111-0000-4000-8000-000000000001 "$(vm 01)" "${running^^}"; do
    run statesync explain "$name" -c "$CONF" --json
    is "$status $(json '$j->{name}')" "0 $running" "named $name"
done
run statesync explain 1111 -c "$CONF"
is "$status" 2 'a beginning that several have'
like "$err" 'as a VM: the UUIDs of 20 VMs and templates begin with "1111": give more of it$' 'is told so'
run statesync explain no-such-machine -c "$CONF"
is "$status $err" '2 statesync: there is no word "no-such-machine", and as a VM: the directory has no VM or template "no-such-machine"' \
    'what is neither a word nor a machine'
run statesync explain runing -c "$CONF"
like "$status $err" '^2 .*there is no word "runing" \(did you mean RUNNING\?\), and as a VM' 'a word that was mistyped'
run statesync explain --vm no-such-machine -c "$CONF"
is "$status $err" '2 statesync: the directory has no VM or template "no-such-machine"' 'no machine'
set_value "$(vm 02)" sstDisplayName running
run statesync explain running -c "$CONF"
like "$status $out" '^0 Running: a status of' 'a word is a word'
run statesync explain --vm running -c "$CONF" --json
is "$status $(json '$j->{uuid}')" '0 11111111-0000-4000-8000-000000000002' 'unless a machine is meant'
run statesync explain 16 -c "$CONF"
like "$status $out" '^0 LCM 16' 'a number is one, too'

# every rule, each with a reason; one has matched before all that were not tried
run statesync explain $stopped -c "$CONF" --json
is "$(json 'scalar(grep { !@{$_->{because}} } @{$j->{rules}}), scalar @{$j->{rules}}, (map { $_->{rule} } grep { $_->{tried} && $_->{matches} } @{$j->{rules}})')" \
    '0 29 stopped' 'all rules have reasons, and one is the first'
is "$(json '$j->{rules}[0]{rule}, $j->{rules}[-3]{rule}, $j->{rules}[-2]{rule}, $j->{rules}[-1]{rule}')" \
    'invalid unmapped absent-held budget-held' 'in their order'
run statesync explain 22222222-0000-4000-8000-000000000002 -c "$CONF" --json
is "$status $(json '$j->{verdict}{rule}, $j->{verdict}{status}')" '0 template-streaming Stopped, streaming' 'a template'
child=$(slapd_values "$(template 02)" sstThinProvisioningVirtualMachine | head -n 1)
run statesync explain "$child" -c "$CONF" --json
is "$(json '$j->{directory}{listed_by}[0]')" "$(template 02)" 'whose thin list it is in'
run statesync explain kvm-0014.example.org -c "$CONF"
like "$out" '^  backup +[0-9TZ]+ [a-z]+, returned 0, changed [0-9ms ]+ ago$' 'backups'

run statesync announce $running shutdown -c "$CONF"
run statesync explain $running -c "$CONF"
like "$out" '^  > shutting-down +yes: it is running, a stop is under way$' 'a request counts at once'
like "$out" '^  published now +Running$' 'what is published is beside it'
like "$out" '^replace: sstVirtualMachineStatus$' 'what would be sent'
run statesync sync -c "$CONF"
run statesync explain $running -c "$CONF"
like "$out" '^  request +shutdown$' 'and is remembered'
like "$out" '^  stop +since [0-9ms ]+$' 'with its age'
run statesync announce $running --clear -c "$CONF"
mkdir "$TAP_DIR/folder"
run statesync explain $running -c "$CONF" --state-file "$TAP_DIR/folder" --json
like "$status $(json '$j->{memory}{problem}') $err" '^0 .*folder.*what earlier passes remembered is missing' \
    'a state file that cannot be read is told'
run statesync explain 16 -c "$CONF" --state-file "$STATE"
is "$status" 2 'with options of a machine, one is meant'

mv "$SITE/node-01.xml" "$SITE/away"
run statesync explain $running -c "$CONF"
is "$status" 3 'a node that does not answer: stale'
like "$out" '^  > unseen +yes: who could show it does not answer \(vm-node-01.example.org: [a-z-]+\)$' 'and which'
like "$out" '^  vm-node-01.example.org +home, seen last: no answer: ' 'with its error'
mv "$SITE/away" "$SITE/node-01.xml"

# somebody else is at work
modify "dn: $SERVICE
changetype: modify
replace: sstStateSyncLeaseHolder
sstStateSyncLeaseHolder: elsewhere:1:ab
-
replace: sstStateSyncLeaseSince
sstStateSyncLeaseSince: $(date -u +%Y%m%d%H%M%SZ)
-
replace: sstStateSyncLeaseDuration
sstStateSyncLeaseDuration: 3600
"
run statesync explain $stopped -c "$CONF" --json
is "$status $(json '$j->{writing}{lease}')" '0 elsewhere:1:ab' 'explain says who is at work, and takes no lease'

# --- a directory that does not help ---------------------------------------------------------------

sed 's/^bind = .*/bind = none/' "$CONF" >"$SITE/nobody"
run statesync explain --vm $stopped -c "$SITE/nobody"
is "$status" 5 'a login without rights'
like "$err" '^statesync: nothing is where base in section \[directory\] says, or this login may not read it: ' \
    'which is told'
slapd_stop
run statesync explain --vm $stopped -c "$CONF"
like "$status $err" "^5 statesync: .*$SLAPD_LDAPI" 'a directory that is down'
run statesync explain $stopped -c "$CONF"
like "$status $err" "^5 statesync: there is no word .*$stopped.* and as a VM: .*$SLAPD_LDAPI.*: is slapd running there," 'and no word'
run statesync explain $stopped -c "$SITE/missing"
is "$status" 2 'a configuration that is not there'
