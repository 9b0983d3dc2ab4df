# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What a person may want to mend: findings.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 25
site_start overlays=syncprov
csn() { slapd_values "$SUFFIX" contextCSN; }

run statesync sync -c "$CONF"
run statesync findings -c "$CONF"
is "$status $(grep -c . <<<"$out")" '0 2' 'one template without a mode'
set_value "$(template 03)" sstVirtualMachineMode 'do not use'
run statesync findings -c "$CONF"
is "$status $out" '0 nothing to mend' 'a site where nothing is to be mended'
run statesync findings -c "$CONF" --json
is "$status $out" '0 []' 'likewise as JSON'
# what others left behind
modify "dn: $(vm 04)
changetype: modify
replace: sstMigrationNode
sstMigrationNode: vm-node-02.example.org
-
replace: sstMigrationSpicePort
sstMigrationSpicePort: 5999
-
replace: sstVirtualMachineStatusAlarm
sstVirtualMachineStatusAlarm: stale-migration-marker: sstMigrationNode still names vm-node-02.example.org, nothing moves

dn: $(vm 02)
changetype: modify
replace: sstNode
sstNode: vm-node-01.example.org
-
replace: sstMigrationNode
sstMigrationNode: vm-node-02.example.org
-
replace: sstVirtualMachineStatusAlarm
sstVirtualMachineStatusAlarm: stale-migration-marker: sstMigrationNode still names vm-node-02.example.org, nothing moves

dn: $(vm 20)
changetype: modify
replace: sstMigrationNode
sstMigrationNode: $(slapd_values "$(vm 20)" sstNode)
-
replace: sstVirtualMachineRequestedAction
sstVirtualMachineRequestedAction: explode

dn: $(template 01)
changetype: modify
delete: sstVirtualMachineMode

dn: $(template 02)
changetype: modify
add: sstThinProvisioningVirtualMachine
sstThinProvisioningVirtualMachine: 99999999-0000-4000-8000-000000000099
-
replace: sstDisplayName
sstDisplayName:: $(base64 -w0 <<<$'tmpl\n# 02')

dn: $(vm 18)
changetype: modify
replace: sstVirtualMachineType
sstVirtualMachineType: unheard-of

dn: $(slapd_search "ou=backup,$(vm 14)" one '(sstProvisioningMode=*)' dn | sed -n 's/^dn: //p')
changetype: modify
replace: sstProvisioningReturnValue
sstProvisioningReturnValue: 7
"
slapd_as_root ldapdelete -r "$(vm 01)"
perl -0pi -e 's{(000000000017</uuid>.*?)<backingStore.*?</backingStore>}{$1<backingStore/>}s' "$SITE/node-02.xml"
run statesync findings -c "$CONF" --state-file "$SITE/none" --json
is "$status $(json 'join ";", map { "$_->{kind}/" . (defined $_->{ldif} ? "ldif" : "hand") } @$j')" \
    '0 backup-failed/hand;dangling-stream/hand;dangling-stream/ldif;finished-stream/ldif;malformed-entry/hand;migration-to-self/ldif;mode-missing/ldif;orphan/hand;stale-migration-marker/hand;stale-migration-marker/ldif;unknown-request/ldif' \
    'all that is to be mended, and what of it can be'
like "$(json '$j->[7]{text}')" '^the domain 11111111-0000-4000-8000-000000000001 is active, and has no entry$' 'an orphan by its UUID'
ok 'it remembers nothing' test ! -e "$SITE/none"
run statesync findings -c "$CONF" --state-file "$SITE/none"
like "$out" '^mode-missing +[^ ].* ldif +the template has no sstVirtualMachineMode$' 'as a table'
run statesync findings -c "$CONF" --state-file "$SITE/none" --kind ORPHAN --kind backup-failed
is "$status $(wc -l <<<"$out")" '0 3' 'of some kinds'
run statesync findings -c "$CONF" --kind nonsense
is "$status" 2 'a kind that is none'
run statesync findings -c "$CONF" --json --ldif
is "$status" 2 'in two forms at once'
run statesync findings -c "$CONF" --state-file "$SITE/none" --ldif
ldif=$out
like "$ldif" '^# to be mended by hand: ' 'what cannot be mended is a comment'
is "$(grep -c '^dn' <<<"$ldif")" 6 'what can be is not'
before=$(csn)
run statesync findings -c "$CONF"
is "$(csn)" "$before" 'nothing is written'
run slapd_as_root ldapmodify <<<"$ldif"
is "$status" 0 'the LDIF is one'
is "$(slapd_values "$(vm 04)" sstMigrationNode)$(slapd_values "$(vm 04)" sstMigrationSpicePort)" '' 'the marker is gone'
is "$(slapd_values "$(vm 02)" sstMigrationNode)" vm-node-02.example.org 'but not where it may mean something'
is "$(slapd_values "$(template 01)" sstVirtualMachineMode)" 'do not use' 'the template has a mode'
is "$(slapd_values "$(template 02)" sstThinProvisioningVirtualMachine | sort | paste -sd' ')" \
    '11111111-0000-4000-8000-000000000018 11111111-0000-4000-8000-000000000019' 'the thin list is right'
run statesync findings -c "$CONF" --json
is "$(json 'scalar grep { defined $_->{ldif} } @$j')" 0 'nothing more can be mended so'
like "$(json 'join " ", map { $_->{kind} } @$j')" '\borphan\b' 'the rest is still there'
run slapd_as_root ldapmodify <<<"$out"

mv "$SITE/node-01.xml" "$SITE/away"
run statesync findings -c "$CONF"
is "$status" 3 'a node that does not answer: there may be more'
mv "$SITE/away" "$SITE/node-01.xml"

# --- a directory that does not help ---------------------------------------------------------------

sed 's/^bind = .*/bind = none/' "$CONF" >"$SITE/nobody"
run statesync findings -c "$SITE/nobody"
is "$status" 5 'a login without rights'
like "$err" '^statesync: nothing is where base in section \[directory\] says, or this login may not read it: ' \
    'which is told'
slapd_stop
run statesync findings -c "$CONF"
like "$status $err" "^5 statesync: .*$SLAPD_LDAPI.*: is slapd running there," 'a directory that is down'
run statesync announce kvm-0002.example.org shutdown -c "$CONF"
like "$status $err" '^5 statesync: .*: is slapd running there,' 'also for who announces something'
