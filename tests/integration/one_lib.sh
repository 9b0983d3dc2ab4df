# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# OpenNebula front-ends on loopback for the tests of the program; after
# faults_lib.sh or daemon_lib.sh.
#
#   one_start NAME [OPTION...]   ONE_URI[NAME] and ONE_EVENTS[NAME] are its addresses
#   one NAME COMMAND...          "ok" is expected (tests/integration/one_frontend.c)
#   one_calls NAME METHOD        how many questions it was asked
#   one_kill NAME                and one_start NAME starts it again at the same place, empty
#   one_conf FILE NAME [LINE...] appends its section; the credential is in $TAP_DIR/NAME.auth
#   one_pair NUMBER              "STATE LCM NAME" as published of a machine

ONE_FRONTEND=$STATESYNC_BUILDDIR/tests/integration/one_frontend
ONE_SESSION=statesync:very-secret-token
declare -A ONE_IN ONE_OUT ONE_PID ONE_URI ONE_EVENTS

one_start() {
    local name=$1 base=$TAP_DIR/one-$1 line at=()
    shift
    [ -z "${ONE_URI[$name]-}" ] || at=(--port "$(port_of "${ONE_URI[$name]}")" --events "$(port_of "${ONE_EVENTS[$name]}")")
    [ -e "$base.in" ] || mkfifo "$base.in" "$base.out" || return
    exec {ONE_IN[$name]}<>"$base.in" {ONE_OUT[$name]}<>"$base.out"
    "$ONE_FRONTEND" --session "$ONE_SESSION" "${at[@]}" "$@" <"$base.in" >"$base.out" 2>"$base.err" \
        {ONE_IN[$name]}>&- {ONE_OUT[$name]}>&- &
    ONE_PID[$name]=$!
    at_exit "kill ${ONE_PID[$name]} 2>/dev/null"
    read -r -t 60 line <&"${ONE_OUT[$name]}"
    [ "${line%% *}" = ready ] || { diag "front-end $name: $line $(cat "$base.err")"; return 1; }
    read -r _ ONE_URI[$name] ONE_EVENTS[$name] <<<"$line"
    echo "$ONE_SESSION" >"$TAP_DIR/$name.auth"
    chmod 600 "$TAP_DIR/$name.auth"
}

port_of() {
    local rest=${1##*:}
    echo "${rest%%/*}"
}

one_ask() {
    local name=$1
    shift
    echo "$*" >&"${ONE_IN[$name]}"
    read -r -t 60 REPLY <&"${ONE_OUT[$name]}"
}

one() {
    one_ask "$@"
    [ "$REPLY" = ok ] || { diag "front-end $*: $REPLY"; return 1; }
}

one_calls() {
    one_ask "$1" calls "$2"
    echo "$REPLY"
}

one_kill() {
    local name=$1
    kill "${ONE_PID[$name]}" && wait "${ONE_PID[$name]}" 2>/dev/null
    exec {ONE_IN[$name]}>&- {ONE_OUT[$name]}>&-
    rm -f "$TAP_DIR/one-$name".{in,out}
}

one_conf() {
    local file=$1 name=$2
    shift 2
    cat >>"$file" <<-CONF
	[opennebula $name]
	endpoint = "${ONE_URI[$name]}"
	credential_file = "$TAP_DIR/$name.auth"
	CONF
    [ $# -eq 0 ] || printf '%s\n' "$@" >>"$file"
}

one_pair() {
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b "$(vm_dn "$1")" -s base \
        sstVirtualMachineOneState sstVirtualMachineOneLcmState sstVirtualMachineOneName |
        awk -F': ' '/OneState:/ { s = $2 } /OneLcmState:/ { l = $2 } /OneName:/ { n = $2 }
            END { print s, l, n }'
}
