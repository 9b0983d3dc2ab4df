# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What a scenario can do: to guests (virt), to the directory (ldap), to nodes (node), and several
# things at once as the stoney tools do them (stoney).  README.md lists the verbs.

# --- names -------------------------------------------------------------------------------------

uuid() { # NAME
    [ -n "${UUID[$1]-}" ] || UUID[$1]=$(libvirtd_uuid "$SCENARIO $1")
    echo "${UUID[$1]}"
}

# Sets on (the daemon's folder) and id (the domain's name) for NAME or NAME@NODE.
locate() {
    local name=${1%%@*} node=
    case $1 in
    *@*) node=${1#*@} ;;
    *) node=${NODE_OF[$name]-a} ;;
    esac
    [ -n "${UUID[$name]-}" ] || UUID[$name]=$(libvirtd_uuid "$SCENARIO $name")
    id=${UUID[$name]}
    on=$(node_dir "$node")
}

dn() { # NAME
    echo "sstVirtualMachine=$(uuid "$1"),ou=virtual machines,$SITE"
}

node_dn() { # a|b
    echo "sstNode=$(node_name "$1"),ou=nodes,$SITE"
}

# --- virt: libvirt, as the tools call it -------------------------------------------------------

virt() {
    step "virt $*" virt_verb "$@"
}

# shellcheck disable=SC2046 # an option and its value
virt_verb() {
    local verb=$1 on id
    locate "$2" || return
    shift 2
    case $verb in
    define | create | start | start-paused | key | kill | freeze | thaw)
        "guest_${verb//-/_}" "$on" "$id" "$@"
        ;;
    suspend | resume | shutdown | destroy | undefine | managedsave | managedsave-remove | restore | \
        domjobabort | reset | reboot | dompmwakeup | send-key | blockjob | blockpull | backup-begin | \
        snapshot-create-as | blockcommit | blockcopy | migrate-setmaxdowntime | migrate-postcopy)
        guest_virsh "$on" "$verb" "$id" "$@"
        ;;
    signal) guest_signal "$1" "$on" "$id" ;;
    save) guest_virsh "$on" save "$id" "$@" ;;
    restore-file) guest_virsh "$on" restore "$@" ;;
    wait) guest_wait "$on" "$id" "$@" ;;
    gone) guest_until "${1:-60}" not_listed "$on" "$id" ;;
    agent) guest_until 60 agent_is "$on" "$id" "$1" ;;
    pull) guest_virsh "$on" blockpull "$id" "${1:-vda}" $(bandwidth "${2-}") && wait_for 60 pulls "$on" "$id" "${1:-vda}" ;;
    pull-speed) guest_virsh "$on" blockjob "$id" "${1:-vda}" $(bandwidth "$2") ;;
    pull-abort) guest_virsh "$on" blockjob "$id" "${1:-vda}" --abort ;;
    pull-end) # it may end by itself at any time
        guest_virsh "$on" blockjob "$id" "${1:-vda}" --bandwidth 0 || pulls_not "$on" "$id" "${1:-vda}" &&
            wait_for 60 pulls_not "$on" "$id" "${1:-vda}"
        ;;
    migrate) virt_migrate "$@" ;;
    migrate-transient) GUEST_MIGRATE_OPTIONS='--live --p2p' virt_migrate "$@" ;;
    migrate-finish) guest_migrate_finish "$on" "$id" ;;
    migrate-cancel) guest_virsh "$on" domjobabort "$id" && guest_until 60 virt_migrate_ended "$on" "$id" ;;
    *)
        guest_fail "no verb '$verb' for virt"
        ;;
    esac
}

bandwidth() { # MIB/S, or Nk: KIB/S
    case $1 in
    *k) echo "--bytes --bandwidth $((${1%k} * 1024))" ;;
    ?*) echo "--bandwidth $1" ;;
    esac
}

not_listed() { # DIR NAME
    ! guest_listed "$@"
}

agent_is() { # DIR NAME connected|disconnected
    local xml
    xml=$(guest_virsh "$1" dumpxml "$2")
    grep -q "name='org.qemu.guest_agent.0' state='$3'" <<<"$xml"
}

pulls() { # DIR NAME DISK
    guest_virsh "$1" blockjob "$2" "$3" --info 2>&1 | grep -q 'Block Pull'
}

pulls_not() {
    local info
    info=$(guest_virsh "$1" blockjob "$2" "$3" --info 2>&1)
    ! grep -q 'Block Pull' <<<"$info"
}

# virt migrate NAME TO [VIRSH-OPTION...]: begins a live migration, peer to peer over TLS; held open
# by `virt key NAME d' before and --bandwidth 1.
virt_migrate() {
    local to=$1
    shift
    GUEST_MIGRATE_VIA=TLS guest_migrate "$on" "$id" "$(node_dir "$to")" "$@"
}

virt_migrate_ended() { # DIR NAME
    local info
    info=$(guest_virsh "$1" domjobinfo "$2" 2>&1)
    ! grep -qi outgoing <<<"$info"
}

# image NAME MIB: a template's image with that much data; prints its path.
image() {
    mkdir -p "$TAP_DIR/images"
    [ -e "$TAP_DIR/images/$1" ] || tr '\0' x </dev/zero | head -c "$2M" >"$TAP_DIR/images/$1"
    echo "$TAP_DIR/images/$1"
}

# overlay NAME BACKING [FORMAT]: a qcow2 on it (raw); prints its path.
overlay() {
    mkdir -p "$TAP_DIR/images"
    qemu-img create -q -f qcow2 -F "${3:-raw}" -b "$2" "$TAP_DIR/images/$1" >&2 && echo "$TAP_DIR/images/$1"
}

# --- ldap: the directory, as its writers write it ----------------------------------------------

ldap() {
    step "ldap $*" ldap_verb "$@"
}

ldap_verb() {
    local verb=$1
    shift
    declare -F "ldap_${verb//-/_}" >/dev/null || { guest_fail "no verb '$verb' for ldap"; return 1; }
    "ldap_${verb//-/_}" "$@"
}

ldap_modify() { # LDIF on stdin
    slapd_as_root ldapmodify >/dev/null
}

# vm NAME [KEY=VALUE...]: an entry.  kind (persistent), node (a), intent (shutdown), mode,
# subtype, display, or any attribute by its name.
vm() {
    step "vm $*" vm_add "$@"
}

template() {
    vm "$1" kind=template subtype=VM-Template "${@:2}"
}

vm_add() {
    local name=$1 word value kind=persistent node=a subtype=Server display=$1 more='' intent=shutdown
    shift
    for word; do
        value=${word#*=}
        case $word in
        kind=* | node=* | subtype=* | display=* | intent=*) printf -v "${word%%=*}" %s "$value" ;;
        mode=*) [ -z "$value" ] || more+="sstVirtualMachineMode: $value"$'\n' ;;
        *=*) more+="${word%%=*}: $value"$'\n' ;;
        *) guest_fail "vm: '$word' is not KEY=VALUE"; return 1 ;;
        esac
    done
    NODE_OF[$name]=$node
    KIND[$name]=$kind
    uuid "$name" >/dev/null
    {
        cat <<-L
	dn: sstVirtualMachine=${UUID[$name]:=$(libvirtd_uuid "$SCENARIO $name")},ou=virtual machines,$SITE
	objectClass: top
	objectClass: sstVirtualizationVirtualMachine
	objectClass: sstRelationship
	objectClass: sstSpice
	objectClass: labeledURIObject
	sstVirtualMachine: ${UUID[$name]}
	sstDisplayName: $display
	sstVirtualMachineType: $kind
	sstVirtualMachineSubType: $subtype
	sstVirtualMachinePool: 44444444-0000-4000-8000-000000000001
	sstNode: $(node_name "$node")
	sstStatus: $intent
	sstMemory: 8388608
	sstVCPU: 1
	sstType: kvm
	sstOSType: hvm
	sstOSArchitecture: x86_64
	sstOSMachine: pc
	sstOSBootDevice: hd
	sstClockOffset: utc
	sstFeature: acpi
	sstOnPowerOff: destroy
	sstOnReboot: restart
	sstOnCrash: destroy
	sstSpicePort: 5900
	sstSpicePassword: console
	sstBelongsToResellerUID: 4000000
	sstBelongsToCustomerUID: 4000001
	L
        printf '%s' "$more"
    } | slapd_as_root ldapadd >/dev/null
}

# ldap set NAME ATTRIBUTE VALUE...: replaces; without a value it is removed.
ldap_set() {
    local dn attribute=$2
    dn=$(dn "$1")
    shift 2
    {
        printf 'dn: %s\nchangetype: modify\nreplace: %s\n' "$dn" "$attribute"
        [ $# -eq 0 ] || printf "$attribute: %s\n" "$@"
    } | ldap_modify
}

ldap_add() { # NAME ATTRIBUTE VALUE...
    printf 'dn: %s\nchangetype: modify\nadd: %s\n%s\n' "$(dn "$1")" "$2" "$(printf "$2: %s\n" "${@:3}")" | ldap_modify
}

ldap_remove() { # NAME ATTRIBUTE VALUE...
    printf 'dn: %s\nchangetype: modify\ndelete: %s\n%s\n' "$(dn "$1")" "$2" "$(printf "$2: %s\n" "${@:3}")" | ldap_modify
}

ldap_intent() { ldap_set "$1" sstStatus "$2"; }
ldap_mode() { ldap_set "$1" sstVirtualMachineMode ${2:+"$2"}; }

ldap_home() { # NAME NODE
    ldap_set "$1" sstNode "$(node_name "$2")"
}

ldap_marker() { # NAME [NODE]
    ldap_set "$1" sstMigrationNode ${2:+"$(node_name "$2")"}
}

# ldap request NAME ACTION [AGE]: as asked for AGE seconds ago (0); without an action: withdrawn.
ldap_request() {
    local dn classes
    dn=$(dn "$1")
    if [ $# -lt 2 ]; then
        printf 'dn: %s\nchangetype: modify\nreplace: sstVirtualMachineRequestedAction\n-\nreplace: sstVirtualMachineRequestedSince\n' "$dn" | ldap_modify
        return
    fi
    classes=$(slapd_values "$dn" objectClass)
    {
        printf 'dn: %s\nchangetype: modify\n' "$dn"
        grep -qix sstVirtualMachineStatusObject <<<"$classes" ||
            printf 'add: objectClass\nobjectClass: sstVirtualMachineStatusObject\n-\n'
        printf 'replace: sstVirtualMachineRequestedAction\nsstVirtualMachineRequestedAction: %s\n-\n' "$2"
        printf 'replace: sstVirtualMachineRequestedSince\nsstVirtualMachineRequestedSince: %s\n' \
            "$(date -u -d "@$(($(date +%s) - ${3:-0}))" +%Y%m%d%H%M%SZ)"
    } | ldap_modify
}

ldap_list() { # TEMPLATE NAME...: these VMs stream from it
    local template=$1 name uuids=()
    shift
    for name; do uuids+=("$(uuid "$name")"); done
    ldap_add "$template" sstThinProvisioningVirtualMachine "${uuids[@]}"
}

ldap_unlist() { # TEMPLATE NAME...
    local template=$1 name uuids=()
    shift
    for name; do uuids+=("$(uuid "$name")"); done
    ldap_remove "$template" sstThinProvisioningVirtualMachine "${uuids[@]}"
}

# ldap backup NAME STAMP MODE [RETURN-VALUE [EXECUTION-DATE]]: a child of ou=backup, made or changed.
ldap_backup() {
    local parent dn
    parent="ou=backup,$(dn "$1")"
    dn="ou=$2,$parent"
    slapd_search "$parent" base '(objectClass=*)' 1.1 >/dev/null 2>&1 ||
        printf 'dn: %s\nobjectClass: top\nobjectClass: organizationalUnit\nou: backup\n' "$parent" |
        slapd_as_root ldapadd >/dev/null || return
    if slapd_search "$dn" base '(objectClass=*)' 1.1 >/dev/null 2>&1; then
        printf 'dn: %s\nchangetype: modify\nreplace: sstProvisioningMode\nsstProvisioningMode: %s\n-\nreplace: sstProvisioningReturnValue\nsstProvisioningReturnValue: %s\n' \
            "$dn" "$3" "${4:-0}" | ldap_modify
        return
    fi
    cat <<-L | slapd_as_root ldapadd >/dev/null
	dn: $dn
	objectClass: top
	objectClass: organizationalUnit
	objectClass: sstProvisioning
	ou: $2
	sstProvisioningExecutionDate: ${5:-0}
	sstProvisioningMode: $3
	sstProvisioningState: 0
	sstProvisioningReturnValue: ${4:-0}
	L
}

ldap_backup_drop() { # NAME STAMP
    slapd_as_root ldapdelete "ou=$2,ou=backup,$(dn "$1")"
}

ldap_drop() { # NAME: the entry and all below it
    slapd_as_root ldapdelete -r "$(dn "$1")"
}

ldap_node() { # NODE STATE: sstNodeState of its VM-Node entry (active, maintenance, offline)
    local dn types
    types="ou=node-types,$(node_dn "$1")"
    dn="sstNodeType=VM-Node,$types"
    if slapd_search "$dn" base '(objectClass=*)' 1.1 >/dev/null 2>&1; then
        printf 'dn: %s\nchangetype: modify\nreplace: sstNodeState\nsstNodeState: %s\n' "$dn" "$2" | ldap_modify
    else
        printf 'dn: %s\nobjectClass: top\nobjectClass: organizationalUnit\nou: node-types\n\ndn: %s\nobjectClass: top\nobjectClass: sstTypeNode\nsstNodeType: VM-Node\nsstNodeSubType: KVM\nsstNodeState: %s\n' \
            "$types" "$dn" "$2" | slapd_as_root ldapadd >/dev/null
    fi
}

# --- stoney: what the tools do in one go -------------------------------------------------------

stoney() {
    step "stoney $*" stoney_verb "$@"
}

stoney_verb() {
    local verb=$1 name=$2
    case $verb in
    start) ldap_intent "$name" running && virt_verb start "$name" ;;
    shutdown) virt_verb shutdown "$name" && ldap_intent "$name" shutdown ;;
    destroy) virt_verb destroy "$name" && ldap_intent "$name" shutdown ;;
    persistent) stoney_persistent "${@:2}" ;;
    *) guest_fail "no verb '$verb' for stoney" ;;
    esac
}

# stoney persistent TEMPLATE NAME MIB[,MIB...] [BANDWIDTH]: a persistent VM out of a template, as the
# web interface makes it: a volume on the template's image for each disk, the entry, the thin list,
# defined, started paused, a pull for each disk, and running again.  STONEY_STOP_AFTER=paused or
# =pulls leaves it there.
stoney_persistent() {
    local template=$1 name=$2 bandwidth=${4-} sizes disk=0 letters=abcd disks=() i
    IFS=, read -ra sizes <<<"$3"
    for ((i = 0; i < ${#sizes[@]}; i++)); do
        disks+=(--disk "$(overlay "$name-vd${letters:i:1}" "$(image "$template-$i" "${sizes[i]}")")") || return
    done
    [ -n "${KIND[$name]-}" ] || vm_add "$name" intent=running node="${NODE_OF[$template]}" || return
    ldap_list "$template" "$name" && virt_verb define "$name" "${disks[@]}" &&
        virt_verb start-paused "$name" || return
    [ "${STONEY_STOP_AFTER-}" != paused ] || return 0
    for ((disk = 0; disk < ${#sizes[@]}; disk++)); do
        virt_verb pull "$name" "vd${letters:disk:1}" "$bandwidth" || return
    done
    [ "${STONEY_STOP_AFTER-}" != pulls ] || return 0
    virt_verb resume "$name"
}

# --- node --------------------------------------------------------------------------------------

node() {
    step "node $*" node_verb "$@"
}

node_verb() {
    local on
    on=$(node_dir "$2") || return
    case $1 in
    kill | restart | freeze | thaw) "libvirtd_$1" "$on" ;;
    off) libvirtd_stop "$on" && rm -rf "$on"/run/* "$on"/sock/* ;;
    on) mkdir -p "$on/run/libvirt" && node_up "$2" && config ;;
    *) guest_fail "no verb '$1' for node" ;;
    esac
}

# --- counting ----------------------------------------------------------------------------------

# count_calls NODE COMMAND...: what its libvirtd is asked meanwhile, but for making and ending
# connections; afterwards CALLS is like `273=1 344=2': number of the remote procedure = how often;
# qemu3 is number 3 of those that only QEMU has (a question to a guest agent).
# shellcheck disable=SC2034 # CALLS is for scenarios
count_calls() {
    local on log
    on=$(node_dir "$1") log=$on/log/calls.log
    shift
    calls_logged "$on"
    "$@"
    calls_not_logged "$on"
    CALLS=$(sed -n 's/.*RPC_SERVER_CLIENT_MSG_RX:.* prog=536903814 .* proc=\([0-9]*\) type=0 .*/\1/p
        s/.*RPC_SERVER_CLIENT_MSG_RX:.* prog=536903815 .* proc=\([0-9]*\) type=0 .*/qemu\1/p' "$log" |
        grep -vxE '1|2|3|4|60|66' | sort -V | uniq -c | awk '{ print $2 "=" $1 }' | tr '\n' ' ' | sed 's/ $//')
}

calls_admin() { # FOLDER COMMAND...
    step "virt-admin ${*:2}" virt-admin -q -c "libvirtd+unix:///system?socket=$1/sock/libvirt-admin-sock" "${@:2}"
}

calls_logged() { # FOLDER
    [ -e "$1/log/calls.log" ] || calls_admin "$1" daemon-log-outputs "1:file:$1/log/calls.log"
    calls_admin "$1" daemon-log-filters '1:rpc 4:qemu 4:util 4:object 4:conf 4:cpu 4:security'
    : >"$1/log/calls.log"
}

calls_not_logged() { # FOLDER
    calls_admin "$1" daemon-log-filters '4:rpc'
}

# pass_heard FIRST SECOND: a pass that hears nothing of node SECOND before node FIRST has answered.
pass_heard() {
    local first second pass
    first=$(node_dir "$1") second=$(node_dir "$2")
    calls_logged "$first"
    step 'one waits' libvirtd_freeze "$second"
    pass_named
    pass_run &
    pass=$!
    until_ok 60 has_answered "$first/log/calls.log"
    step 'and goes on' libvirtd_thaw "$second"
    wait "$pass"
    pass_over $?
    calls_not_logged "$first"
}

has_answered() { # LOG: the bulk call has its reply
    grep -q 'RPC_SERVER_CLIENT_MSG_TX_QUEUE:.* proc=344 type=1 ' "$1"
}
