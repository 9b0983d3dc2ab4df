# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Calls that fail: each call of the daemon to libldap and libvirt returns an error, one call and one
# error at a time, until it was met.  The daemon goes on, the other node is followed meanwhile, no
# status turns, and when it is over everything is as it was, without a restart.  The short form
# takes a sample, the long one all calls and codes there are.  Then a call into a guest hangs
# (tests/integration/faulty.c).
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
site_need

FAULTS=$TAP_DIR/faults
order() { # LINE: what goes wrong from now on
    : >"$FAULTS.hits"
    printf '%-200s\n' "$1" >"$FAULTS.new" && mv "$FAULTS.new" "$FAULTS"
}
order none

# Node 1 has one that streams, and so is looked at closely, and one that is about to migrate.
n=20 streaming=8 moving=9
site_directory $n 2 --templates 1 -- overlays='syncprov accesslog' || exit 1
site_nodes 1 2 || exit 1
worlds 1 2 10 running || exit 1
printf 'dn: %s\nchangetype: modify\nadd: sstThinProvisioningVirtualMachine\nsstThinProvisioningVirtualMachine: %s\n' \
    "$(vm_dn 0)" "$(vm_uuid $streaming)" | site_modify
vm_set $moving sstMigrationNode "$(node_name 2)"
conf=$TAP_DIR/conf
daemon_conf "$conf" nodes.deadline=5 nodes.look_deadline=2 directory.timeout=5 daemon.poll_interval=1 \
    daemon.interval=5 frozen.probe=yes frozen.probe_interval=2 limits.marker_limit=86400 limits.streaming_stalled=86400
cp "$conf" "$TAP_DIR/good"
other_conf() { # all nodes are connected anew
    reopened=$((3 - ${reopened:-1}))
    sed "s/^look_deadline=.*/look_deadline=$((1 + reopened))/" "$TAP_DIR/good" >"$conf"
    kill -HUP "${DAEMON[one]}"
}
start_faulty() {
    local PROGRAM=$STATESYNC_BUILDDIR/tests/integration/faulty
    DAEMON_PREFIX=(env STATESYNC_FAULTS="$FAULTS")
    daemon_start "$@"
}
settled() {
    snapshot "$TAP_DIR/now"
    [ "$(grep -c '|Running' "$TAP_DIR/now")" = $n ] && ! cut -d'|' -f4 "$TAP_DIR/now" | grep -q .
}
as_before() {
    snapshot "$TAP_DIR/now"
    diff "$TAP_DIR/before" "$TAP_DIR/now"
}
met() { grep "^$1 " "$FAULTS.hits"; }
negative() {
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b cn=log \
        "(|(reqMod=sstVirtualMachineStatusState:= Stopped)(reqMod=sstVirtualMachineStatusState:= Crashed)(reqMod=sstVirtualMachineStatusActive:= FALSE))" \
        reqDN | grep '^reqDN'
}

# What makes the daemon call: an event, everything anew, other connections, the service entry is gone.
provoke() {
    case $1 in
    event) world 1 pause "$(vm_uuid 3)" ;;
    anew) kill -USR1 "${DAEMON[one]}" ;;
    nodes) other_conf ;;
    entry) printf 'dn: %s\nchangetype: delete\n' "$SERVICE" | site_modify ;;
    look) ;;
    esac
}

# What happened for that is over.
restore() {
    case $1 in
    event) world 1 resume "$(vm_uuid 3)" ;;
    entry) await eval 'service_get cn | grep -q .' ;; # with a lease or without
    esac
}

# The short form: one error each of these.
sample='ldap_connect ldap_search_ext ldap_result ldap_modify_ext modify-result search-result
    virConnectOpenReadOnly virConnectDomainEventRegisterAny virConnectGetAllDomainStats
    virDomainListGetStats virDomainGetXMLDesc virDomainGetJobStats'
sample=${sample//$'\n'/ }

# fault CALL PROVOKE FILTER CODE...: one result
fault() {
    local call=$1 how=$2 filter=$3 code failed='' pause=15
    shift 3
    if [ -z "$SITE_LONG" ]; then
        [[ " $sample " == *" $call "* ]] || return 0
        set -- "$1"
    fi
    for code; do
        order "$call fail $code $filter"
        provoke "$how"
        await met "$call" >/dev/null || failed+=" $code: not met;"
        if [ -n "$filter" ]; then
            world 2 pause "$(vm_uuid $pause)"
            await status_is $pause Paused || failed+=" $code: the other node is not followed;"
            world 2 resume "$(vm_uuid $pause)"
        fi
        kill -0 "${DAEMON[one]}" || { failed+=" $code: it has ended;" && break; }
        order none
        kill -USR1 "${DAEMON[one]}" # back-offs end
        restore "$how"
        await as_before >/dev/null || failed+=" $code: $(as_before | head -4)"
    done
    is "$failed" '' "R14: $call fails ($# codes)" || daemon_tail one 40
}

[ -n "$SITE_LONG" ] && plan 51 || plan 29
start_faulty one "$conf"
follows 'all run' settled
snapshot "$TAP_DIR/before"

# --- libldap: its own codes, then those a server sends
local_codes='-1 -5 -2 -3 -4 -6 -7 -8 -9 -10 -11 -12'
server_codes='80 51 1 2 3 4 7 8 10 11 12 13 14 16 17 18 19 20 21 32 33 34 36 48 49 50 52 53 54 64 65 66 67 68 69 71 118 122 4096'
for call in ldap_initialize ldap_connect ldap_set_option ldap_get_option ldap_sasl_bind ldap_search_ext \
    ldap_create_assertion_control ldap_control_create ldap_abandon_ext ldap_result; do
    how=anew
    [ $call != ldap_create_assertion_control ] || how=event
    fault $call $how '' $local_codes
done
fault ldap_modify_ext event '' $local_codes
fault ldap_add_ext entry '' $local_codes
fault modify-result event '' 51 ${server_codes/51 /}
fault search-result anew '' $server_codes
fault bind-result anew '' $server_codes
fault add-result entry '' $server_codes

# --- what a refusal is told to be followed by follows
daemon_mark one
order 'modify-result fail 50'
world 1 pause "$(vm_uuid 3)"
follows 'a write is refused' daemon_said one 'writes were refused, the next reconcile tries them again entries=1 first="sstVirtualMachine='
order none
follows 'and tried again by itself' status_is 3 Paused
world 1 resume "$(vm_uuid 3)"
follows 'and all is as before' as_before

# --- libvirt, on node 1
virt_codes='1 38 39 2 3 5 6 8 9 18 27 42 43 45 47 55 61 67 68 78 79 80 81 84 86 88 93 94 95 96 98 99 103 109 110'
for call in virConnectOpenReadOnly virConnectSetKeepAlive virConnectDomainEventRegisterAny \
    virConnectRegisterCloseCallback virConnectGetType virConnectGetVersion virConnectClose \
    virConnectDomainEventDeregisterAny; do
    fault $call nodes vm-node-01 $virt_codes
done
for call in virConnectGetAllDomainStats virConnectListAllDomains; do
    fault $call anew vm-node-01 $virt_codes
done
for call in virDomainLookupByUUID virDomainListGetStats virDomainGetState virDomainGetName virDomainGetUUID; do
    fault $call event vm-node-01 $virt_codes
done
fault virDomainGetXMLDesc look vm-node-01 $virt_codes
# what a driver does not have (code 3) is asked once in each connection
fault virDomainGetControlInfo nodes vm-node-01 $virt_codes
fault virDomainGetJobStats nodes vm-node-01 $virt_codes
is "$(negative)" '' 'R2: none was ever said to be anything else'

# --- a call into a guest does not return
order 'virDomainGetJobStats hang vm-node-01'
other_conf
follows 'R24: a call into a guest hangs' met 'virDomainGetJobStats hangs'
for round in 1 2 3; do # polls, sweeps and complete reads go by
    kill -USR1 "${DAEMON[one]}"
    world 1 pause "$(vm_uuid 3)"
    follows "R11: round $round: the others of that node are followed: paused" status_is 3 Paused
    world 1 resume "$(vm_uuid 3)"
    follows "R11: round $round: and running" status_is 3 Running
done
hung=$(awk '$2 == "hangs" { now[$3]++; all++ } $2 == "returns" { now[$3]--; all-- }
    now[$3] > most { most = now[$3] } all > sum { sum = all } END { print most + 0, sum + 0 }' "$FAULTS.hits")
is "${hung% *}" 1 'R24: one call at a time into each guest'
ok "R24: no more than two into the guests of a node (${hung#* })" test "${hung#* }" -le 2
order none
follows 'R14: it returns, all is as before' as_before
follows 'a fresh pass agrees' agrees "$conf"
daemon_stop one
is "$STATUS" 0 'it ends well'
