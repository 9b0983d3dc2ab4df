# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A pass for some machines, by any of their names, and waiting until they are fresh: sync --vm --wait.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 26
site_start overlays=syncprov
running=kvm-0001.example.org stopped=kvm-0003.example.org

# --- names, and a pass of our own ---------------------------------------------------------------

run statesync sync -c "$CONF"
run statesync sync --vm 1111 -c "$CONF"
like "$status $err" '^2 .*the UUIDs of 20 VMs and templates begin with "1111": give more of it' 'a beginning that several have'
run statesync sync --vm no-such-machine -c "$CONF"
like "$status $err" '^2 .*the directory has no VM or template "no-such-machine"' 'a machine that is none'
modify "dn: $(vm 19)
changetype: modrdn
newrdn: sstVirtualMachine=7a11abcd-0000-4000-8000-000000000019
deleteoldrdn: 1

dn: $(vm 18)
changetype: modify
replace: sstDisplayName
sstDisplayName: kvm-0003.example.org
"
run statesync sync --vm $stopped -c "$CONF"
like "$status $err" "^2 .*2 VMs and templates are called \"$stopped\"" 'two of one name'
set_value "$(vm 18)" sstDisplayName kvm-0018.example.org
for name in KVM-0003.example.org 11111111-0000-4000-8000-000000000003 "$(vm 03)"; do
    set_value "$(vm 03)" sstVirtualMachineStatus Tampered
    set_value "$(vm 16)" sstVirtualMachineStatus Tampered
    run statesync sync --vm "$name" --wait --timeout 60s -c "$CONF"
    is "$status $(tail -n 1 <<<"$out")" "0 $stopped: Stopped" "a pass for $name, which is fresh then"
    is "$(slapd_values "$(vm 03)" sstVirtualMachineStatus) $(slapd_values "$(vm 16)" sstVirtualMachineStatus)" \
        'Stopped Tampered' 'and for no other'
done
run statesync sync --vm 7A11 -n -c "$CONF"
is "$status" 0 'the beginning of a UUID'
for arguments in '--wait' "--vm $stopped --wait -n" "--vm $stopped --timeout 3s" "--vm $stopped --wait --timeout soon"; do
    # shellcheck disable=SC2086 # options
    run statesync sync $arguments -c "$CONF"
    is "$status" 2 "sync $arguments is wrong"
done
run statesync sync --vm $stopped --vm kvm-0004.example.org --wait --json -c "$CONF"
is "$status $(json 'map { "$_->{name}=$_->{status}=" . ($_->{fresh} ? 1 : 0) } @{$j->{vms}}')" \
    '0 kvm-0003.example.org=Stopped=1 kvm-0004.example.org=Paused=1' 'two of them, as JSON'

# --- a node that does not answer --------------------------------------------------------------------

mv "$SITE/node-01.xml" "$SITE/away"
run statesync sync --vm $running --wait --timeout 1s -c "$CONF"
is "$status" 3 'nobody is fresh whose node does not answer'
like "$out" "^$running: Running, stale: vm-node-01.example.org: " 'which is told'
run statesync sync --vm $stopped --wait --timeout 20s -c "$CONF"
is "$status" 0 'others are'
mv "$SITE/away" "$SITE/node-01.xml"

# --- somebody else is at work -------------------------------------------------------------------------

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
run statesync sync --vm $stopped --wait --timeout 1s -c "$CONF"
like "$status $err" '^1 .*elsewhere:1:ab holds the lease .* did not answer in time' 'who does not answer in time'
set_value "$(vm 03)" sstVirtualMachineStatusStaleSince 20260101000000Z
statesync sync --vm $stopped --wait --timeout 120s -c "$CONF" >"$TAP_DIR/waited" 2>&1 &
waiter=$!
asked() { [ "$(slapd_values "$SERVICE" sstStateSyncRefresh)" = 11111111-0000-4000-8000-000000000003 ]; }
ok 'the holder is asked to look at this one' wait_for 60 asked
modify "dn: $SERVICE
changetype: modify
delete: sstStateSyncRefresh
-
replace: sstStateSyncPassCompleted
sstStateSyncPassCompleted: $(date -u +%Y%m%d%H%M%SZ)
"
modify "dn: $(vm 03)
changetype: modify
delete: sstVirtualMachineStatusStaleSince
"
wait $waiter
is "$? $(tail -n 1 "$TAP_DIR/waited")" "0 $stopped: Stopped" 'and waited for until it is fresh'
run statesync pause 1h -c "$CONF"
run statesync sync --vm $stopped --wait --timeout 1s -c "$CONF"
is "$status" 3 'nothing is fresh while nobody writes'
like "$out" "^$stopped: Stopped, stale: paused until " 'which is told'

# --- a directory that does not help ---------------------------------------------------------------

sed 's/^bind = .*/bind = none/' "$CONF" >"$SITE/nobody"
run statesync sync --vm $stopped --wait -c "$SITE/nobody"
is "$status" 5 'a login without rights'
like "$err" '^statesync: nothing is where base in section \[directory\] says, or this login may not read it: ' \
    'which is told'
slapd_stop
run statesync sync --vm $stopped --wait -c "$CONF"
like "$status $err" "^5 statesync: .*$SLAPD_LDAPI" 'a directory that is down'
