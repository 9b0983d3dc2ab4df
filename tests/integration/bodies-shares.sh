# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Two bodies that share the work by node: each writes only what is its own, and
# machines out of place come out as with one body, also where a body cannot
# reach the other's node and has only what is published of it.
. "$STATESYNC_SRCDIR/tests/integration/bodies_lib.sh" || exit 99
bodies_need

n=6 # three machines per node
# Complete reads end what two copies under a marker are excused for: none in between.
rarely=3600
bodies_directory $n 2 && site_nodes 1 2 && worlds 1 2 3 running || exit 1
site_conf "$TAP_DIR/one"
UNREACHABLE="test+unix:///default?socket=$TAP_DIR/nobody"

# What one body that sees everything would write: no machine.  What is published of a domain on
# another body's node is that it runs, not why: HEARSAY is what may differ.
HEARSAY='none'
as_one() {
    rm -f "$TAP_DIR/one.fresh"
    run_sync "$TAP_DIR/one" --dry-run --state-file "$TAP_DIR/one.fresh"
    [ "$STATUS" = 0 ] && ! awk '/^dn:/ { vm = /^dn: sstVirtualMachine=/ } vm && /^(add|replace|delete):/' <<<"$OUT" |
        grep -v ": $HEARSAY\$" | grep -q . && return
    awk '/^ / { printf "%s", substr($0, 2); next } { printf "\n%s", $0 } END { print "" }' <<<"$OUT"
    return 1
}
as_one_would() { comes "$1: as with one body" as_one; }
foreign_is() { [ "$(node_get "$1" sstNodeStatusForeign)" = "$2" ]; }
writers() { # who wrote which machines and nodes, of all so far
    changes | sed -nE 's/^([ab])\|(vm-node-0.|0000000.).*/\1 \2/p' | LC_ALL=C sort -u | paste -sd' '
}
own='a 00000000 a 00000001 a 00000002 a vm-node-01 b 00000003 b 00000004 b 00000005 b vm-node-02'

# out_of_place HOME OTHER NUMBER NAME: a machine on its way and out of place
out_of_place() {
    local h=$1 o=$2 vm=$3 name=$4 uuid
    uuid=$(vm_uuid "$vm")
    world "$h" destroy "$uuid" && world "$o" transient "$uuid"
    comes "$name: on the wrong node: published by that node's body" foreign_is "$o" "$uuid"
    comes "$name: an alarm of its own body" alarm_is "$vm" '^wrong-node'
    ok "$name: and it runs" vm_is "$vm" Running
    as_one_would "$name: wrong node"
    world "$h" start "$uuid"
    comes "$name: twice: an alarm" alarm_is "$vm" '^duplicate'
    as_one_would "$name: duplicate"
    world "$o" destroy "$uuid"
    comes "$name: alone again: no alarm" no_alarm "$vm"
    comes "$name: nor is it published there" foreign_is "$o" ''
    as_one_would "$name: alone again"

    # a migration with its marker: two copies, then one there, then the entry follows
    vm_set "$vm" sstMigrationNode "$(node_name "$o")"
    world "$o" transient "$uuid"
    comes "$name: both copies are published" foreign_is "$o" "$uuid"
    as_one_would "$name: both copies"
    ok "$name: no alarm with the marker" no_alarm "$vm"
    world "$h" destroy "$uuid" && world "$h" undefine "$uuid"
    as_one_would "$name: arrived"
    comes "$name: it runs" vm_is "$vm" 'Running, migrating'
    vm_set "$vm" sstNode "$(node_name "$o")"
    comes "$name: at home there: not foreign" foreign_is "$o" ''
    as_one_would "$name: the entry follows"
    # the marker goes late, then the way back
    printf 'dn: %s\nchangetype: modify\ndelete: sstMigrationNode\n' "$(vm_dn "$vm")" | site_modify
    comes "$name: without the marker" vm_is "$vm" Running
    as_one_would "$name: the marker went late"
    world "$o" destroy "$uuid" && world "$h" define "$uuid" && world "$h" start "$uuid"
    vm_set "$vm" sstNode "$(node_name "$h")"
    comes "$name: and back" vm_is "$vm" Running
    as_one_would "$name: back"
}
both() {
    body_start a
    body_start b
    comes "$1: one" body_runs a
    comes "$1: and two" body_runs b
    comes "$1: all machines run" vms_are Running 0 1 2 3 4 5
    as_one_would "$1"
}

# Both directions of both in the long form; else one of each.
plan "$([ -n "$SITE_LONG" ] && echo 101 || echo 61)"

# --- lists
body_conf a daemon.interval="$rarely" nodes.nodes="$(node_name 1)" directory.service_dn="cn=statesync-one,$BASE"
body_conf b daemon.interval="$rarely" nodes.nodes="$(node_name 2)" directory.service_dn="cn=statesync-two,$BASE"
both lists
comes 'both nodes are published' eval '[ "$(node_get 1 sstNodeStatusDomains)$(node_get 2 sstNodeStatusDomains)" = 33 ]'
is "$(writers)" "$own" 'each writes only what is its own'
world 1 pause "$(vm_uuid 1)" && world 2 pause "$(vm_uuid 4)"
comes 'events on both' vms_are Paused 1 4
world 1 resume "$(vm_uuid 1)" && world 2 resume "$(vm_uuid 4)"
comes 'and again' vms_are Running 1 4
out_of_place 1 2 0 'lists, there'
[ -z "$SITE_LONG" ] || out_of_place 2 1 3 'lists, back'
sed -i 's/^nodes=.*/nodes=*/' "$TAP_DIR/one"

# --- one of them dies: nothing becomes more stopped than it was
body_stop b KILL
world 2 destroy "$(vm_uuid 5)"
world 1 pause "$(vm_uuid 1)"
comes 'the other is dead: one works on' vm_is 1 Paused
is "$(vm_get 5 sstVirtualMachineStatus)|$(node_get 2 sstNodeStatusReachable)" 'Running|TRUE' 'what is the dead body'\''s stands still'
world 1 resume "$(vm_uuid 1)"
world 2 start "$(vm_uuid 5)"
body_stop a

# --- the other's node cannot be reached
for body in a b; do rm -f "$TAP_DIR/$body.log"; done
printf '[node %s]\nuri = "%s"\n' "$(node_name 2)" "$UNREACHABLE" >>"${CONF[a]}"
printf '[node %s]\nuri = "%s"\n' "$(node_name 1)" "$UNREACHABLE" >>"${CONF[b]}"
HEARSAY=sstVirtualMachineStatusReason
both refused
[ -z "$SITE_LONG" ] || out_of_place 1 2 0 'refused, there'
out_of_place 2 1 3 'refused, back'
body_stop a
body_stop b

# --- shares by name
HEARSAY=none
one=1 two=2
rm -f "$TAP_DIR"/[ab].log
body_conf a daemon.interval="$rarely" nodes.shard=1/2
"$PROGRAM" sync -c "${CONF[a]}" --dry-run --state-file "$TAP_DIR/probe" >"$TAP_DIR/out" 2>&1
grep -q 'node-02' "$TAP_DIR/out" && one=2 two=1
body_conf a daemon.interval="$rarely" nodes.shard=$one/2
body_conf b daemon.interval="$rarely" nodes.shard=$two/2
both shard
world 1 destroy "$(vm_uuid 2)" && world 2 destroy "$(vm_uuid 4)"
comes 'shard: events on both' vms_are Stopped 2 4
is "$(slapd_search "$BASE" one '(objectClass=sstStateSyncService)' cn | sed -n 's/^cn: //p' | sort | paste -sd' ')" \
    'statesync-1-of-2 statesync-2-of-2 statesync-one statesync-two' 'each share has an entry of its own'
diag "writers: $(writers)"
TAIL=0
is "$(grep -hE ': (error|critical):' "$TAP_DIR"/[ab].log)" '' 'no errors'
