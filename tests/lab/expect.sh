# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What a scenario says must be in the directory after a pass; each `expect...' is one TAP line.

declare -A SEEN=()
STATUS_ATTRIBUTES=(@sstVirtualMachineStatusObject @sstVirtualizationNodeStatusObject @sstStateSyncService)

# Everything of ours that slapd holds now: SEEN[dn attribute], values one a line.
directory_read() {
    local line attribute value dn=
    SEEN=()
    while IFS= read -r line; do
        [ -n "$line" ] || continue
        attribute=${line%%:*}
        value=${line#*:}
        case $value in
        :*) value=$(base64 -d <<<"${value#: }") ;;
        *) value=${value# } ;;
        esac
        if [ "$attribute" = dn ]; then
            dn=${value,,}
            SEEN["$dn"]=1
            continue
        fi
        attribute=${attribute,,}
        if [ -n "${SEEN["$dn $attribute"]+set}" ]; then
            SEEN["$dn $attribute"]+=$'\n'$value
        else
            SEEN["$dn $attribute"]=$value
        fi
    done < <(slapd_search dc=stoney-cloud,dc=org sub '(objectClass=*)' "${STATUS_ATTRIBUTES[@]}")
}

seen() { # DN ATTRIBUTE
    local dn=${1,,} attribute=${2,,}
    printf '%s' "${SEEN["$dn $attribute"]-}"
}

# value NAME PART: status, state, activity, progress, active, since, reason, detail, node, stalesince,
# stalereason, alarm of a VM, or any attribute by its name.
value() {
    local attribute=$2
    case $2 in
    status) attribute=sstVirtualMachineStatus ;;
    actions) attribute=sstVirtualMachineAllowedAction ;;
    state | activity | progress | active | since | reason | detail | node | stalesince | stalereason | alarm)
        attribute=sstVirtualMachineStatus$2 ;;
    esac
    seen "$(dn "$1")" "$attribute"
}

# words TEXT...: one a word, sorted: sets that can be compared.
words() {
    tr ', \n' '\n\n\n' <<<"$*" | sed '/^$/d; /^none$/d' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//'
}

alarm_ids() { # NAME
    words "$(value "$1" alarm | sed 's/:.*//')"
}

# matches TEXT PATTERN: as it stands, only * is special.
matches() {
    local pattern
    pattern=$(sed 's/[][?\\]/\\&/g' <<<"$2")
    # shellcheck disable=SC2053 # a pattern is meant
    [[ $1 == $pattern ]]
}

# The words of GOT that are (or are not) among those of SET.
lacking() { # GOT SET: words of SET that GOT lacks
    LC_ALL=C comm -13 <(tr ' ' '\n' <<<"$1" | sort) <(tr ' ' '\n' <<<"$2" | sort) | tr '\n' ' '
}

common() {
    LC_ALL=C comm -12 <(tr ' ' '\n' <<<"$1" | sort) <(tr ' ' '\n' <<<"$2" | sort) | sed '/^$/d' | tr '\n' ' '
}

# One KEY=VALUE of an expectation against what is there; says what differs.
check_part() { # NAME KEY VALUE
    local got
    case $2 in
    status | state | activity | progress | active | detail | reason)
        got=$(value "$1" "$2")
        [ "$3" != none ] || { [ -z "$got" ] && return 0; }
        matches "$got" "$3" && return 0
        ;;
    rule)
        got=$(value "$1" reason)
        got=${got%%:*}
        [ "$got" = "$3" ] && return 0
        ;;
    node)
        got=$(value "$1" node)
        [ "$got" = "$(node_name "$3")" ] && return 0
        ;;
    alarms)
        got=$(alarm_ids "$1")
        [ "$got" = "$(words "$3")" ] && return 0
        ;;
    has)
        got=$(alarm_ids "$1")
        [ -z "$(lacking "$got" "$(words "$3")")" ] && return 0
        ;;
    actions)
        got=$(words "$(value "$1" actions)")
        [ "$got" = "$(words "$3")" ] && return 0
        ;;
    can)
        got=$(words "$(value "$1" actions)")
        [ -z "$(lacking "$got" "$(words "$3")")" ] && return 0
        ;;
    cannot)
        got=$(words "$(value "$1" actions)")
        [ -z "$(common "$got" "$(words "$3")")" ] && return 0
        ;;
    stale)
        got=$(value "$1" stalereason)
        case $3 in
        no) [ -z "$got" ] && return 0 ;;
        yes) [ -n "$got" ] && return 0 ;;
        *) matches "$got" "*$3*" && return 0 ;;
        esac
        ;;
    sst*)
        got=$(value "$1" "$2")
        # a name that does not exist would always be empty
        ! grep -Eqri "NAME '$2'" "$STATESYNC_SRCDIR/schema" || ! matches "$got" "$3" || return 0
        ;;
    *) got='no key of an expectation' ;;
    esac
    printf '%s is "%s", expected "%s"\n' "$2" "$got" "$3"
    return 1
}

# check NAME KEY=VALUE...: what differs, on stdout; nothing and success when all is as it should be.
check() {
    local name=$1 word result=0
    shift
    for word; do
        case $word in
        proves=*) continue ;;
        *=*) check_part "$name" "${word%%=*}" "${word#*=}" || result=1 ;;
        *)
            echo "'$word' is not KEY=VALUE"
            result=1
            ;;
        esac
    done
    return $result
}

# expect NAME KEY=VALUE...: one TAP line.  proves=SITUATION: and this status is proven by it.
expect() {
    local name=$1 word status='' proves='' shown='' differs
    shift
    for word; do
        case $word in
        status=*) status=${word#*=} ;;
        proves=*) proves=${word#*=} ;;
        *) shown+=" $word" ;;
        esac
    done
    if differs=$(check "$name" "$@"); then
        tap_pass "$name: ${status:-as expected}${proves:+, $proves}$shown"
        [ -z "$proves" ] || prove "$name" "$proves"
    else
        tap_fail "$name: ${status:-as expected}${proves:+, $proves}$shown"
        diag "$differs"
        explain "$name"
        return 1
    fi
}

# Kind, status without its number, situation, rule, out of the directory: the table's line.
prove() {
    local kind=${KIND[$1]} rule
    [ "$kind" = template ] || kind=VM
    rule=$(value "$1" reason)
    printf '%s\t%s\t%s\t%s\n' "$kind" "$(value "$1" status | sed 's/\[[0-9.]* %\]/[p %]/')" "$2" "${rule%%:*}" >>"$PROVEN.new"
}

# passes_until SECONDS NAME KEY=VALUE...: passes, one after the other, until it is so; a step.
passes_until() {
    local limit=$((SECONDS + $1)) differs
    shift
    pass
    until differs=$(check "$@"); do
        if [ "$SECONDS" -ge "$limit" ]; then
            diag "after $PASSES passes: $differs"
            explain "$1"
            keep_artefacts
            echo "Bail out! passes_until $*"
            exit 1
        fi
        pass
    done
}

# expect_node NODE KEY=VALUE...: reachable, domains, reason, hypervisor, alarms, foreign (VM names).
expect_node() {
    local dn word key want got vm differs=''
    dn=$(node_dn "$1")
    for word in "${@:2}"; do
        key=${word%%=*} want=${word#*=}
        case $key in
        alarms)
            got=$(words "$(seen "$dn" sstNodeStatusAlarm | sed 's/:.*//')")
            want=$(words "$want")
            ;;
        foreign)
            got=$(words "$(seen "$dn" sstNodeStatusForeign)")
            want=$(words "$(for vm in $want; do uuid "$vm"; done)")
            ;;
        *) got=$(seen "$dn" "sstNodeStatus$key") ;;
        esac
        matches "$got" "$want" || differs+="$key is \"$got\", expected \"$want\""$'\n'
    done
    expectation "node ${*}" "$differs"
}

# expect_pass KEY=VALUE...: exit, written, planned, silent_nodes, refused ... of the last pass.
expect_pass() {
    local word got differs=''
    for word; do
        case $word in
        exit=*) got=$PASS_STATUS ;;
        *) got=$(pass_number "${word%%=*}") ;;
        esac
        matches "$got" "${word#*=}" || differs+="${word%%=*} is \"$got\", expected \"${word#*=}\""$'\n'
    done
    expectation "pass ${*}" "$differs"
}

# expect_counts Running=1 Stopped=2 ...: exactly what the service entry says.
expect_counts() {
    local got
    got=$(seen "cn=statesync,$SITE" sstStateSyncCount | LC_ALL=C sort)
    if [ "$got" = "$(printf '%s\n' "$@" | LC_ALL=C sort)" ]; then
        expectation "counts $*" ''
    else
        expectation "counts $*" "they are: $(tr '\n' ' ' <<<"$got")"
    fi
}

expectation() { # NAME DIFFERENCES
    if [ -z "$2" ]; then
        tap_pass "$1"
    else
        tap_fail "$1"
        diag "$2"
        return 1
    fi
}

# What libvirt, the directory and the program thought of a VM.
explain() {
    local name=$1 on node disk id
    id=$(uuid "$name")
    for node in a b; do
        on=$(node_dir $node)
        diag "libvirt on $node: $(timeout 3 virsh -q -c "$(sed -n 's/^QEMU_URI_UNIX=//p' "$on/env")" \
            domstate --reason "$id" 2>&1 | tr '\n' ' ')"
        guest_listed "$on" "$id" || continue
        diag "$(timeout 3 virsh -q -c "$(sed -n 's/^QEMU_URI_UNIX=//p' "$on/env")" domjobinfo "$id" 2>&1 |
            grep -v '^$' | head -3)"
        for disk in $(guest_virsh "$on" domblklist "$id" 2>/dev/null | awk '{print $1}'); do
            diag "$disk: $(timeout 3 virsh -q -c "$(sed -n 's/^QEMU_URI_UNIX=//p' "$on/env")" blockjob "$id" "$disk" --info 2>&1)"
        done
    done
    diag 'the entry:'
    diag "$(slapd_search "$(dn "$name")" base '(objectClass=*)' sstStatus sstNode sstMigrationNode sstVirtualMachineMode \
        sstThinProvisioningVirtualMachine "@sstVirtualMachineStatusObject" | sed '/^dn:\|^objectClass:\|^$/d')"
    diag "its backups: $(slapd_search "$(dn "$name")" sub '(objectClass=sstProvisioning)' sstProvisioningMode sstProvisioningReturnValue |
        tr '\n' ' ')"
    diag "remembered: $(grep -i "^vm $id" "$TAP_DIR/state")"
    diag "the pass was number $PASSES"
}
