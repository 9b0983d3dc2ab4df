# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The programs in docs/provisioning.md do what it says: against a private slapd with its access
# rules, a daemon, and two private libvirtds with the test driver.  Paths and addresses are
# replaced, nothing else.
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
site_need
for tool in jq virsh; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
perl -MNet::LDAP -e 1 2>/dev/null || skip_all 'libnet-ldap-perl is not installed'

PAGE=$STATESYNC_SRCDIR/docs/provisioning.md
TOOLS=$TAP_DIR/tools

# block MARK: the lines of the block behind <!-- MARK -->.
block() {
    awk -v mark="<!-- $1 -->" '$0 == mark { on = 1; next }
        on && /^```/ { if (++n == 2) exit; next } on' "$PAGE"
}

# page_file MARK FILE [TEXT::TEXT...]: a block as a file of this site
page_file() {
    local change script=("s|/etc/|$TAP_DIR/etc/|g" "s|qemu+tls://|test+unix:///default?socket=$TAP_DIR/by-name/|"
        "s|/system|/sock/libvirt-sock|" "s|ldapi://'|$SLAPD_LDAPI'|" "s|ldapi:///\$|$SLAPD_LDAPI|")
    for change in "${@:3}"; do script+=("s|${change%%::*}|${change#*::}|g"); done
    block "$1" | sed "$(printf '%s\n' "${script[@]}")" >"$2"
    chmod 755 "$2"
    [ -s "$2" ] || { diag "$PAGE has no block \"$1\""; exit 1; }
}

# account NAME: with its password in its folder
account() {
    mkdir -p "$TAP_DIR/etc/$1"
    (umask 077 && printf %s "secret of $1" >"$TAP_DIR/etc/$1/password")
    printf 'dn: cn=%s,ou=administration,dc=stoney-cloud,dc=org\nchangetype: add\nobjectClass: organizationalRole
objectClass: simpleSecurityObject\ncn: %s\nuserPassword: secret of %s\n' "$1" "$1" "$1" | site_modify
}

{
    cat "$STATESYNC_SRCDIR/etc/slapd-access.conf"
    block 'slapd.conf: access'
    echo 'access to attrs=userPassword by anonymous auth
access to * by dn.exact="cn=reader,ou=administration,dc=stoney-cloud,dc=org" read'
} >"$TAP_DIR/acl"
site_directory 6 2 -- overlays=syncprov acl="$TAP_DIR/acl" external="$IDENTITY" || exit 1
site_nodes 1 2 || exit 1
worlds 1 2 3 running || exit 1
account provisioning && account reader || exit 1
mkdir -p "$TOOLS" "$TAP_DIR/by-name" "$TAP_DIR/no"
for k in 1 2; do ln -s "$(node_dir $k)" "$TAP_DIR/by-name/$(node_name $k)"; done
ln -s "$PROGRAM" "$TOOLS/statesync"
# virsh that refuses, and one that does nothing
printf '#!/bin/sh\nexit 1\n' >"$TAP_DIR/no/virsh" && mkdir "$TAP_DIR/lazy" && printf '#!/bin/sh\n' >"$TAP_DIR/lazy/virsh"
chmod 755 "$TAP_DIR"/{no,lazy}/virsh
page_file 'file: /etc/provisioning/statesync.conf' "$TAP_DIR/etc/provisioning/statesync.conf"
page_file 'file: /etc/provisioning/statesync.conf' "$TAP_DIR/etc/reader/statesync.conf" provisioning::reader
for name in vm-power vm-power.pl; do
    page_file "file: $name" "$TOOLS/$name"
    page_file "file: $name" "$TOOLS/reader-$name" provisioning::reader
    page_file "file: $name" "$TOOLS/hasty-$name" 'limit=10m::limit=1s' 'limit => 600::limit => 1'
done
page_file 'file: vm-watch.pl' "$TOOLS/vm-watch.pl"
export PATH=$TOOLS:$PATH

# run COMMAND...: $status, $out, $err
run() {
    out=$("$@" 2>"$TAP_DIR/stderr")
    status=$?
    err=$(<"$TAP_DIR/stderr")
}
# ends NUMBER REGEX NAME: as the last run did
ends() {
    like "$(tr '\n' ' ' <<<"$status $out $err")" "^$1 $2" "$3"
}
request() { vm_get "$1" sstVirtualMachineRequestedAction; }
forget() { # what was announced of a machine, and that it should be off
    printf 'dn: %s\nchangetype: modify\nreplace: sstVirtualMachineRequestedAction\n-\nreplace: sstStatus\nsstStatus: running\n' \
        "$(vm_dn "$1")" | site_modify
}
no_request() { [ -z "$(request "$1")" ]; }

plan 47
conf=$TAP_DIR/conf
daemon_conf "$conf"
daemon_start one "$conf"
looked() { all_are '6 Running|TRUE|' && [ -n "$(service_get sstStateSyncPassCompleted)" ]; }
follows 'the daemon looks after six machines' looked
"$TOOLS/vm-watch.pl" >"$TAP_DIR/watched" 2>&1 &
watcher=$!
at_exit "{ kill $watcher && wait $watcher; } 2>/dev/null"
watched() { grep -qx "$(vm_uuid "$1") $2" "$TAP_DIR/watched"; }
FOLLOWED=one
follows 'vm-watch.pl: every machine comes' watched 5 Running

first=0
for tool in vm-power vm-power.pl; do
    vm=kvm-00000$first.example.org
    run "$tool" $vm shutdown
    ends 0 "$vm: Stopped" "$tool: shut down"
    follows 'the announcement is gone with it' no_request $first
    is "$(vm_get $first sstStatus)" shutdown 'and it is meant to be off'
    run "$tool" "$(vm_uuid $first)" shutdown
    ends 1 ".*shutdown: (no, )?not while Stopped" 'not twice, and why'
    run "$tool" $vm start
    ends 0 "$vm: Running" 'started again'
    is "$(vm_get $first sstStatus)" running 'and meant to run'
    run "$tool" $vm power-off
    ends 0 "$vm: Stopped" 'powered off'
    run "$tool" no-such-machine start
    ends 2 '.*no .*machine' 'no such machine'
    run "$tool" $vm explode
    ends 2 '.*start.*shutdown.*power-off' 'no such action'

    second=$((first + 1)) vm=kvm-00000$((first + 1)).example.org
    vm_set $second sstStatus running
    run env PATH="$TAP_DIR/no:$PATH" "$tool" $vm shutdown
    ends 1 '.*shutdown was refused by vm-node-0' 'what the hypervisor refuses'
    is "$(request $second) $(vm_get $second sstStatus)" ' running' 'is taken back'
    follows 'and the status with it' status_is $second Running
    run env PATH="$TAP_DIR/lazy:$PATH" "hasty-$tool" $vm shutdown
    ends 1 '.*shutdown has not ended within 1 ?s' 'what does not end in time'
    forget $second
    follows 'it is as it was' status_is $second Running
    vm_set $second sstVirtualMachineRequestedAction delete
    run "$tool" $vm shutdown
    ends 1 '.*(shutdown: no, |somebody else has announced)' 'two tools do not get one machine'
    is "$(request $second)" delete 'and the other announcement stands'
    forget $second
    follows 'it is taken back' status_is $second Running
    run "reader-$tool" $vm shutdown
    ends 6 '.*may not announce' 'without rights'

    statesync pause 1h --why work -c "$conf" >/dev/null 2>&1
    run "$tool" $vm shutdown
    ends 3 '.*paused until .*' 'while statuses are paused'
    statesync resume -c "$conf" >/dev/null 2>&1
    vm_set 5 sstDisplayName -five
    run "$tool" -five "${dash:-shutdown}"
    dash=start
    ends 0 '-five: (Stopped|Running)' 'a name that begins with a dash'
    first=$((first + 3))
done
follows 'vm-watch.pl: it has seen them stop' watched 3 Stopped
slapd_as_root ldapdelete "$(vm_dn 2)"
follows 'and that an entry was deleted' watched 2 gone

daemon_stop one
slapd_stop
run vm-power kvm-000001.example.org shutdown
ends 5 '.*nothing was done' 'vm-power: without a directory'
run vm-power.pl kvm-000001.example.org shutdown
ends 5 '.*no directory' 'vm-power.pl: without a directory'

unknown=
for name in $(grep -oE '\bsst[A-Z][A-Za-z]+' "$PAGE" | sort -u); do
    grep -qi -- "'$name'" "$STATESYNC_SRCDIR"/schema/*.schema || unknown="$unknown $name"
done
is "$unknown" '' 'every attribute the page names is in the schema'
