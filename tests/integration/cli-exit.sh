# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Every exit code of `statesync sync', produced for real, what is said with it,
# and which one wins where several apply.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 101

# ends CODE [--option...]: the next pass ends with this code.
ends() {
    local code=$1
    shift
    run statesync sync -c "$CONF" "$@"
    is "$status" "$code" "$LABEL: exit code $code" || diag "stdout: $out" "stderr: $err"
}
# says REGEX: on stderr, with a name of what is wrong.
says() {
    like "$err" "$1" "$LABEL: says so"
}
# codes WORDS: what --json lists.
codes() {
    run statesync sync -c "$CONF" --json
    is "$(json '@{$j->{codes}}')" "$1" "$LABEL: --json lists $1"
}

site_start
LABEL='all well'
ends 0
codes ''

# --- 3: stale, unreachable ---------------------------------------------------------

LABEL='a node without an answer'
mv "$SITE/node-03.xml" "$SITE/away"
ends 3
says 'node=vm-node-03.example.org class=rpc'
like "$out" '3 nodes \(1 without a complete answer\): 9 written, 8 stale in' "$LABEL: the summary counts"
codes stale
is "$(slapd_values "$(vm 03)" sstVirtualMachineStatus)" Stopped "$LABEL: its statuses stand"
like "$(slapd_values "$(vm 03)" sstVirtualMachineStatusStaleReason)" 'vm-node-03.example.org: rpc' \
    "$LABEL: they are stale, the class is named"
is "$(slapd_values "$(vm 01)" sstVirtualMachineStatusStaleSince)" '' "$LABEL: the others are fresh"

LABEL='broken XML from a node'
printf '<node><domain></node>' >"$SITE/node-03.xml"
ends 3
says 'node=vm-node-03.example.org class=rpc .*node-03.xml'
mv "$SITE/away" "$SITE/node-03.xml"

LABEL='a node with no usable address'
config_write '[node vm-node-03.example.org]' 'uri = "nonsense://"'
sed -i '/node-03.xml/d; 0,/\[node vm-node-03/{/\[node vm-node-03/d}' "$CONF"
ends 3
says 'node=vm-node-03.example.org'
config_write
LABEL='nodes = self, and this host is no node'
config_write '[nodes]' 'nodes = self'
ends 3 --dry-run
says "node=$(uname -n) .*nodes = self, and the directory has no node of this host's name"
LABEL='a share of the nodes' # VMs of others are left alone; a node of theirs may be asked as well
config_write '[nodes]' 'shard = 1/2'
ends 0 --dry-run
config_write '[nodes]' 'shard = 2/2'
first=$(sed -n 's/.* on \([0-9]\) nodes.*/\1/p' <<<"$err")
ends 0 --dry-run
second=$(sed -n 's/.* on \([0-9]\) nodes.*/\1/p' <<<"$err")
ok "$LABEL: each node is somebody's" [ $((first + second)) -ge 3 ]
config_write
LABEL='the node is back'
ends 0

# --- 4: the budget ------------------------------------------------------------------

BUDGET=('[limits]' 'miss_limit = 1' 'absence_hold = 0' 'birth_grace = 0' 'budget_min = 1' 'budget_percent = 0')
# vanish NN: the hypervisor forgets this virtual machine.
vanish() {
    perl -0pi -e 's{  <domain (?:(?!</domain>).)*?-0000000000'"$1"'</uuid>.*?</domain>\n}{}s' "$SITE"/node-0?.xml
}
LABEL='one vanished, and the budget is 0 %'
config_write "${BUDGET[@]}"
vanish 01
run statesync sync -c "$CONF" # seen once is not believed
ends 4
says '1 of [0-9]+ active VMs vanished at once: .* --force-budget'
like "$out" '1 held by the budget' "$LABEL: the summary counts"
is "$(slapd_values "$(vm 01)" sstVirtualMachineStatus)" Running "$LABEL: its status stands"
codes 'budget stale'
LABEL='--force-budget'
ends 0 --force-budget
is "$(slapd_values "$(vm 01)" sstVirtualMachineStatus)" Crashed "$LABEL: it is written"
cp "$DATA/node-01.xml" "$SITE"
run statesync sync -c "$CONF"

# --- 6: refused ---------------------------------------------------------------------

LABEL='an entry that may not be written'
cat >"$TAP_DIR/acl" <<END
access to dn.base="$(vm 04)" by dn.exact="$IDENTITY" read by * read
include $STATESYNC_SRCDIR/etc/slapd-access.conf
END
site_start acl="$TAP_DIR/acl"
ends 6
says "$(vm 04).*Insufficient access \(50\)"
like "$out" '30 written, 1 refused' "$LABEL: the rest is written"
codes refused

# --- several at once ------------------------------------------------------------------

LABEL='refused and stale'
mv "$SITE/node-03.xml" "$SITE/away"
ends 6
codes 'refused stale'
LABEL='budget, refused and stale'
config_write "${BUDGET[@]}"
vanish 01
run statesync sync -c "$CONF"
ends 4
codes 'budget refused stale'
LABEL='failed, budget, refused and stale'
cp "$STATE" "$SITE/kept"
chmod 600 "$SITE/kept"
run statesync sync -c "$CONF" --record /nonexistent/record --json
is "$status" 1 "$LABEL: exit code 1"
is "$(json '@{$j->{codes}}')" 'failed budget refused stale' "$LABEL: --json lists them in this order"
like "$(json '$j->{failure}')" '/nonexistent/record' "$LABEL: and says what failed"
LABEL='configuration before all of them'
sed -i 's/^budget_min = .*/budget_min = many/' "$CONF"
ends 2
says 'budget_min: "?many'
config_write
mv "$SITE/away" "$SITE/node-03.xml"

# --- 1: failed ------------------------------------------------------------------------

site_start
LABEL='more than half of the directory is gone'
run statesync sync -c "$CONF"
for n in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16; do slapd_as_root ldapdelete -r "$(vm $n)"; done
ends 1
like "$out" 'nothing was judged: the directory returned 12 VM and template entries where the last pass had 28' \
    "$LABEL: says so"
codes failed
ends 0 --force-budget

LABEL='another body holds the lease'
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
config_write 'lease_wait = 1'
ends 1
says 'elsewhere:1:ab holds the lease'
is "$(slapd_values "$SERVICE" sstStateSyncRefresh)" '' "$LABEL: it is asked no longer"
ends 0 --dry-run
LABEL='the other body answers'
config_write 'lease_wait = 20'
statesync sync -c "$CONF" >"$TAP_DIR/stdout" 2>&1 &
asked() { [ "$(slapd_values "$SERVICE" sstStateSyncRefresh)" = '*' ]; }
ok "$LABEL: it is asked to look at everything" wait_for 10 asked
modify "dn: $SERVICE
changetype: modify
delete: sstStateSyncRefresh
sstStateSyncRefresh: *
"
wait $!
is $? 0 "$LABEL: exit code 0"
like "$(cat "$TAP_DIR/stdout")" 'another body does the work: elsewhere:1:ab, the request was answered' \
    "$LABEL: says so"
config_write

LABEL='paused'
modify "dn: $SERVICE
changetype: modify
delete: sstStateSyncLeaseHolder
-
delete: sstStateSyncLeaseSince
-
delete: sstStateSyncLeaseDuration
-
add: sstStateSyncPauseUntil
sstStateSyncPauseUntil: 20991231235959Z
-
add: sstStateSyncPauseReason
sstStateSyncPauseReason: the audit
"
set_value "$(vm 17)" sstVirtualMachineStatus Tampered
ends 0
like "$out" 'paused until 2099-12-31 23:59:59 UTC because the audit: 0 written' "$LABEL: says so"
is "$(slapd_values "$(vm 17)" sstVirtualMachineStatus)" Tampered "$LABEL: and writes nothing"

LABEL='a state file that cannot be written'
modify "dn: $SERVICE
changetype: modify
delete: sstStateSyncPauseUntil
"
run statesync sync -c "$CONF" --state-file /nonexistent/state
is "$status" 1 "$LABEL: exit code 1"
says '/nonexistent/state'

LABEL='no stdout'
statesync sync -c "$CONF" >&- 2>"$TAP_DIR/stderr"
is $? 1 "$LABEL: exit code 1"
LABEL="neither stdin nor stderr"
mv "$SITE/node-03.xml" "$SITE/away"
statesync sync -c "$CONF" <&- >"$TAP_DIR/stdout" 2>&-
is $? 3 "$LABEL: warnings do not go into the connection"
like "$(cat "$TAP_DIR/stdout")" '1 without a complete answer' "$LABEL: the summary is written"
mv "$SITE/away" "$SITE/node-03.xml"
statesync sync -c "$CONF" >"$TAP_DIR/stdout" 2>&1
LABEL='output that cannot be written'
statesync list -c "$CONF" >/dev/full 2>"$TAP_DIR/stderr"
is $? 1 "$LABEL: exit code 1"
like "$(cat "$TAP_DIR/stderr")" 'cannot write the output' "$LABEL: says so"

# --- 5: the directory -------------------------------------------------------------------

cat >"$TAP_DIR/acl" <<END
include $STATESYNC_SRCDIR/etc/slapd-access.conf
access to attrs=userPassword by anonymous auth by * none
access to * by * read
END
site_start acl="$TAP_DIR/acl"
simple() { # PASSWORD
    config_write
    (umask 077 && printf '%s\n' "$1" >"$SITE/password")
    sed -i "s|^bind = .*|bind = simple\nbind_dn = $IDENTITY\npassword_file = $SITE/password|" "$CONF"
}
LABEL='a password that is right'
simple statesync-demo
ends 0
LABEL='a wrong password'
simple wrong
ends 5
says "bind as \"$IDENTITY\": Invalid credentials \(49\): are bind, bind_dn and password_file in section"
not_ok "$LABEL: which is not told" grep -q wrong <<<"$err"
run statesync list -c "$CONF"
is "$status" 5 "$LABEL: list likewise"
LABEL='a base that is not there'
config_write
sed -i "s/^base = .*/base = ou=nothing,$SUFFIX/" "$CONF"
ends 5
says "base in section \[directory\] .* \"ou=nodes,ou=nothing,$SUFFIX\": No such object"
LABEL='a subtree that is not there'
config_write
sed -i "s/^base = .*/&\nvm_subtree = ou=elsewhere/" "$CONF"
ends 5
says "ou=elsewhere,$BASE\": No such object"
LABEL='a directory that is down'
config_write
slapd_stop
ends 5
says "${SLAPD_LDAPI}: Can't contact LDAP server .*: is slapd running there"
codes directory
run statesync pause 1m -c "$CONF"
is "$status" 5 "$LABEL: pause likewise"
says 'is slapd running there'
run statesync list -c "$CONF"
is "$status" 5 "$LABEL: list likewise"
says 'is slapd running there'
LABEL='a schema that is not loaded'
plain=$TAP_DIR/plain
mkdir "$plain"
cp "$DATA"/node-0?.xml "$plain"
grep -vE '^sstVirtualMachineRequested|^objectClass: sstVirtualMachineStatusObject' "$DATA/sample.ldif" >"$plain/sample.ldif"
DATA=$plain site_start schemas='core cosine inetorgperson stoney-compat' acl=
ends 5
says 'schema lacks sstVirtualMachineStatus,.* load statesync.schema .*statesync.ldif'
run statesync list -c "$CONF"
is "$status" 5 "$LABEL: list likewise"
says 'load statesync.schema'
run statesync pause 1m -c "$CONF"
is "$status" 5 "$LABEL: pause likewise"
says 'load statesync.schema'

# --- 2: usage -----------------------------------------------------------------------------

LABEL='an unknown option'
ends 2 --bogus
says '[-]-bogus'
LABEL='an argument too many'
ends 2 extra
says 'extra'
LABEL='no configuration'
run statesync sync -c "$SITE/nothing"
is "$status" 2 "$LABEL: exit code 2"
says "$SITE/nothing"
is "$(grep -c . <<<"$err")" 1 "$LABEL: in one line"
LABEL='an unreadable configuration'
run statesync sync -c "$SITE"
is "$status" 2 "$LABEL: exit code 2"
says "$SITE.*directory"
LABEL='wrong usage with --json'
for options in "-c $SITE/nothing" '--state-file=' '--config=' 'extra' "--record=$SITE" '--record='; do
    run statesync sync --json $options
    is "$status $(json '$j->{exit}, @{$j->{codes}}, $j->{failure} ne "", $j->{written}')" '2 2 usage 1 0' \
        "$LABEL: $options"
done
LABEL='a record in place of a socket'
ln -s ldap/ldapi "$SITE/record"
ends 2 --record "$SITE/record"
says "--record: $SITE/record is not a regular file"
ok "$LABEL: it stays what it is" test -L "$SITE/record"
run statesync bogus
is "$status" 2 'an unknown command: exit code 2'
