# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync sync and replay over the sample site: what is written, what is not,
# and that every option does what it says.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 73
site_start

# --- a dry run, before anything was written ------------------------------------

modifies=$(slapd_count Modify) adds=$(slapd_count Add)
run statesync sync -c "$CONF" --dry-run
is "$status" 0 'a dry run ends well'
is "$(slapd_count Modify) $(slapd_count Add)" "$modifies $adds" 'it sends no modify and no add'
not_ok 'it makes no service entry' slapd_as_root ldapsearch -b "$SERVICE" -s base
ok 'it leaves no state file' test ! -e "$STATE"
like "$err" '^statesync: 28 VMs and templates on 3 nodes: 31 to write in [0-9.]+ s$' \
    'it says on stderr how much there would be to write'
is "$(grep -c '^changetype: modify$' <<<"$out")" 31 'it prints that many modifies as LDIF'
ok 'which ldapmodify can read' slapd_as_root ldapmodify -n <<<"$out"
ldif=$out
run statesync sync -c "$CONF" --dry-run --json
is "$(json '$j->{planned}, $j->{written}, $j->{exit}')" '31 0 0' 'a dry run in JSON plans as much'
is "$(slapd_count Modify)" "$modifies" 'and sends as little'

# --- the first pass --------------------------------------------------------------

run statesync sync -c "$CONF"
is "$status" 0 'the first pass ends well'
like "$out" '^statesync: 28 VMs and templates on 3 nodes: 31 written in [0-9.]+ s$' 'one line says so'
is "$err" '' 'and nothing else is said'
is "$(diff <(statuses) <(LC_ALL=C sort "$DATA/sample.expected"))" '' \
    'every status is what tests/data/sample.expected says'
is "$(slapd_values "$SERVICE" sstStateSyncVersion)" "$(statesync --version | cut -d' ' -f2)" \
    'the service entry names the version'
ok 'there is a state file' test -s "$STATE"
is "$(stat -c %a "$STATE")" 600 'that nobody else can read'
is "$(slapd_values "$(vm 11)" sstVirtualMachineStatusSince | grep -cE '^[0-9]{14}Z$')" 1 \
    'statuses say since when'
# what the dry run printed is what the pass wrote, but for the time
other=$TAP_DIR/other
(
    site_start
    slapd_as_root ldapmodify <<<"$ldif" >/dev/null && statuses >"$other"
    slapd_stop # what a subshell registers for the end is lost with it
)
is "$(cat "$other")" "$(statuses)" 'applied to another directory, the LDIF of the dry run gives the same'
slapd_use "$SITE/ldap"

# --- the second pass: nothing happened ---------------------------------------------

modifies=$(slapd_count Modify)
csns() { slapd_search "$BASE" sub '(!(objectClass=sstStateSyncService))' entryCSN | grep '^entryCSN'; }
before=$(csns)
run statesync sync -c "$CONF"
is "$status" 0 'a second pass ends well'
like "$out" ': 0 written in' 'it writes nothing'
ok 'at most one modify was sent' test $(($(slapd_count Modify) - modifies)) -le 1
is "$(csns)" "$before" 'and none to an entry of a VM, template or node'

# --- something happens: --vm and --node --------------------------------------------

# set_state NN WORD: the hypervisor's state of virtual machine NN (tests/data/node-0?.xml).
set_state() {
    local uuid=11111111-0000-4000-8000-0000000000$1
    perl -0pi -e 's{(<test:runstate>)\d+(</test:runstate>\s*<name>'"$uuid"'<)}{${1}'"$2"'$2}' "$SITE"/node-0?.xml
}
status_of() { slapd_values "$1" sstVirtualMachineStatus; }

set_state 01 3
set_state 02 3
set_state 03 1
run statesync sync -c "$CONF" --vm 11111111-0000-4000-8000-000000000001
is "$status $(status_of "$(vm 01)") $(status_of "$(vm 02)")" '0 Paused Running' '--vm UUID writes this one'
set_state 01 1
run statesync sync -c "$CONF" --vm "$(vm 01)"
is "$status $(status_of "$(vm 01)") $(status_of "$(vm 02)")" '0 Running Running' '--vm DN likewise'
set_state 01 3
run statesync sync -c "$CONF" --vm kvm-0001.example.org --vm kvm-0003.example.org
is "$status $(status_of "$(vm 01)") $(status_of "$(vm 02)") $(status_of "$(vm 03)")" \
    '0 Paused Running Shutting down' '--vm NAME likewise, and several'
set_state 03 5
run statesync sync -c "$CONF" --node VM-NODE-02.example.org
is "$status $(status_of "$(vm 02)") $(status_of "$(vm 03)")" '0 Paused Shutting down' '--node writes what belongs there'
run statesync sync -c "$CONF" --dry-run --node vm-node-03.example.org
is "$(grep '^dn:' <<<"$out" | wc -l)" 1 '--node and --dry-run together'
run statesync sync -c "$CONF" --vm no-such-machine
is "$status" 2 '--vm with a name nobody has is a usage error'
like "$err" 'no-such-machine' 'that is named'
run statesync sync -c "$CONF" --node no-such-node
is "$status" 2 '--node with a name nobody has likewise'
like "$err" 'no-such-node' 'and named'
run statesync sync -c "$CONF"
is "$status $(status_of "$(vm 03)")" '0 Stopped' 'a pass without them writes the rest'

# --- JSON ---------------------------------------------------------------------------

set_state 01 1
run statesync sync -c "$CONF" --json
is "$status" 0 '--json ends well'
is "$(json '$j->{exit}, scalar @{$j->{codes}}, $j->{nodes}, $j->{silent_nodes}, $j->{written}, $j->{refused}')" \
    '0 0 3 0 1 0' 'it has the figures'
is "$(json 'map { $_->{status} } grep { $_->{name} eq "kvm-0001.example.org" } @{$j->{pass}{verdicts}}')" \
    Running 'and the verdict on what changed'
is "$err" '' 'and nothing is said beside'

# --- figures for node_exporter ---------------------------------------------------------

PROM=$SITE/statesync.prom
config_write '[metrics]' "textfile = $PROM"
figure() { sed -n "s/^$1 //p" "$PROM"; }
run statesync sync -c "$CONF" --dry-run
ok 'a dry run writes no figures' test ! -e "$PROM"
run statesync sync -c "$CONF"
is "$status $(stat -c %a "$PROM")" '0 644' 'a pass writes them for everybody'
is "$(figure 'statesync_vms{state="Running",kind="persistent"}')" \
    "$(statesync list -c "$CONF" --state running --json | grep -c '"type" *: *"persistent"')" \
    'they count what list shows'
is "$(figure 'statesync_node_up{node="vm-node-02.example.org"}') $(figure statesync_passes_total)" '1 1' \
    'nodes and passes'
written=$(figure 'statesync_ldap_operations_total{operation="modify",result="success"}')
set_state 01 3
run statesync sync -c "$CONF"
is "$(figure statesync_passes_total)" 2 'the next pass counts on'
is "$(figure 'statesync_ldap_operations_total{operation="modify",result="success"}')" $((written + 1)) \
    'and so do its writes'
config_write '[metrics]' "textfile = $SITE/none/x.prom"
run statesync sync -c "$CONF"
is "$status" 1 'figures that cannot be written fail the pass'
like "$err" "^statesync: $SITE/none/x.prom cannot be written: No such file" 'and are named'
config_write
set_state 01 1
run statesync sync -c "$CONF"

# --- record and replay ----------------------------------------------------------------

# verdicts of a case file (JSON of replay), one a line
verdicts() {
    perl -MJSON::PP -ne '
        my $c = decode_json($_);
        for my $v (@{$c->{steps}[-1]{pass}{verdicts}}) {
            print join("\t", map { $_ // "-" } @$v{qw(uuid status rule stale since reason)}), "\n";
        }
        die "failures" if @{$c->{failures}};' | LC_ALL=C sort
}
set_state 01 3
set_state 04 1
printf 'garbage' >"$SITE/node-03.xml"
run statesync sync -c "$CONF" --record "$SITE/pass.json" --json
is "$status" 3 'a pass with a broken node is recorded, too'
is "$(stat -c %a "$SITE/pass.json")" 600 'the record is for its owner only'
json 'map { join("\t", map { $_ // "-" } @$_{qw(uuid status rule stale reason)}) . "\n" } @{$j->{pass}{verdicts}}' |
    sed 's/^ //; /^$/d' | LC_ALL=C sort >"$SITE/recorded"
run statesync replay "$SITE/pass.json"
is "$status" 0 'replay takes the record'
like "$out" '11111111-0000-4000-8000-000000000001: Paused' 'and prints its verdicts'
statesync replay --json "$SITE/pass.json" | perl -MJSON::PP -e '
    my $c = decode_json(join "", <STDIN>);
    binmode STDOUT, ":utf8";
    print join("\t", map { $_ // "-" } @$_{qw(uuid status rule stale reason)}), "\n"
        for @{$c->{steps}[-1]{pass}{verdicts}};' | LC_ALL=C sort >"$SITE/replayed"
is "$(comm -23 "$SITE/recorded" "$SITE/replayed")" '' 'they are those of the pass'
ok 'of which there were some' grep -q 'vm-node-03' "$SITE/recorded"
like "$(cat "$SITE/pass.json")" '"memory"' 'the record has what was remembered'
run statesync sync -c "$CONF" --record /nonexistent/file
is "$status" 1 'a record that cannot be written is a failure'
like "$err" '/nonexistent/file' 'and named'
sed -n '/^```json/,/^```/p' "$STATESYNC_SRCDIR/docs/cases.md" | sed '1d;$d' >"$SITE/example.json"
ok 'the example of docs/cases.md holds' statesync replay "$SITE/example.json"
perl -pi -e 's/"stale": true/"stale": false/' "$SITE/example.json"
run statesync replay "$SITE/example.json"
is "$status" 1 'an expectation that does not hold is a failure'
like "$err" 'example.json: step 2: 3c1f1a52-[-0-9]*: stale is true, expected false' 'that says file, step and entry'
run statesync replay "$SITE/nothing.json"
is "$status" 2 'a case that is not there is a usage error'
like "$out" '^1 case, 0 failed, 1 unusable' 'it is counted'
run statesync replay --json "$SITE/nothing.json" "$SITE/example.json"
is "$status $(grep -c '"error":"Error opening file' <<<"$out") $(grep -c '^{"file":.*}$' <<<"$out")" '2 1 2' \
    '--json has a line for it'
ok 'a case may come through a pipe' statesync replay <(cat "$SITE/pass.json")
run statesync replay /dev/zero
like "$status|$err" '^2\|.*/dev/zero: too large for a case' 'nor is more read of one than a case may have'
echo '{"id": "x", "memory": "nonsense", "steps": []}' >"$SITE/bad.json"
run statesync replay "$SITE/bad.json"
is "$status" 2 'likewise a memory that is none'
like "$err" 'bad.json: memory: line 1' 'that says where'
run statesync replay "$STATESYNC_SRCDIR"/tests/cases/[A-K]*.json
is "$status" 0 'the conformance cases replay'

# --- the state file ---------------------------------------------------------------------

cp "$DATA/node-03.xml" "$SITE"
run statesync sync -c "$CONF" --state-file "$SITE/elsewhere"
is "$status" 0 '--state-file ends well'
ok 'and writes there' grep -q '^statesync-state' "$SITE/elsewhere"
printf 'not a state file\n' >"$SITE/elsewhere"
run statesync sync -c "$CONF" --state-file "$SITE/elsewhere" --dry-run
is "$(cat "$SITE/elsewhere")" 'not a state file' 'a dry run leaves even a broken one alone'
run statesync sync -c "$CONF" --state-file "$SITE/elsewhere"
is "$status" 0 'a broken one stops nothing'
like "$err" "$SITE/elsewhere" 'it is named'
is "$(cat "$SITE/elsewhere.broken")" 'not a state file' 'and kept aside'
ok 'a good one takes its place' grep -q '^statesync-state' "$SITE/elsewhere"
run statesync sync -c "$CONF" --state-file "$SITE"
is "$status" 1 'a folder as the state file is a failure'
like "$err" "$SITE" 'that names it'
