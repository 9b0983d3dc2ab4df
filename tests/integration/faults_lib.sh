# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A whole site for the tests of the program under faults: a private slapd, one
# private libvirtd per node with the shared test driver, the program.
#
#   . "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh"
#   site_need                  skips the test where something is missing
#   site_directory N NODES [gen-directory option...] [-- slapd_start option...]
#   site_nodes FIRST LAST [libvirtd option...]
#   site_world K COUNT STATE   fills node K as gen-directory numbers its machines
#   site_conf FILE [LINE...]   a configuration; lines go where their section is
#   run_sync CONF [OPTION...]  sets STATUS OUT ERR TOOK (ms)
#   in_time MS LIMIT NAME      one result; busy machines get several times as long
#   snapshot FILE              UUID|status|active|stale reason|rule of all machines, sorted
#
# Sizes: SITE_QUICK is set with STATESYNC_QUICK, SITE_LONG with STATESYNC_LONG.

. "$STATESYNC_SRCDIR/tests/lib/tap.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/lib/slapd.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/lib/libvirtd.sh" || exit 99

PROGRAM=$STATESYNC_BUILDDIR/src/statesync
TESTWORLD=$STATESYNC_BUILDDIR/tests/lib/testworld
PROXY=$STATESYNC_BUILDDIR/tests/integration/faults_proxy
SUBREAPER=$STATESYNC_BUILDDIR/tests/lib/subreaper
BASE=ou=virtualization,ou=services,dc=stoney-cloud,dc=org
VMS="ou=virtual machines,$BASE"
SERVICE="cn=statesync,$BASE"
IDENTITY=cn=statesync,ou=administration,dc=stoney-cloud,dc=org
SITE_PER=0 # machines per node
PROXY_HELD=''
declare -A WORLD_IN WORLD_OUT WORLD_PID

case ${STATESYNC_QUICK:-0} in 0) SITE_QUICK='' ;; *) SITE_QUICK=1 ;; esac
case ${STATESYNC_LONG:-0} in 0) SITE_LONG='' ;; *) SITE_LONG=1 ;; esac
export SITE_QUICK SITE_LONG

# Where random numbers begin unless the run names a seed: elsewhere each time in a long run, which
# looks for what nobody has seen yet; at the same place in all others.
SITE_SEED=1
[ -z "$SITE_LONG" ] || SITE_SEED=$((EPOCHSECONDS % 32768))

site_need() {
    local reason
    reason=$(slapd_missing)
    [ -z "$reason" ] || skip_all "$reason"
    reason=$(libvirtd_check) || skip_all "$reason"
}

# A machine that answers slowly (sanitizers, a busy computer) is no fault: limits are multiplied.
site_slow() {
    case ${ASAN_OPTIONS-}${TSAN_OPTIONS-} in '') echo 1 ;; *) echo 3 ;; esac
}

# in_time MS LIMIT NAME: one result.  The limit is what we promise on a machine that does nothing
# else; the test fails where it is several times as long.
in_time() {
    diag "$1 ms (promised: $2)"
    ok "$3" test "$1" -le $((3 * $2 * $(site_slow)))
}

# --- the directory -----------------------------------------------------------

# site_directory N NODES [OPTION...] [-- OPTION...]
site_directory() {
    local n=$1 nodes=$2 generate=()
    shift 2
    while [ $# -gt 0 ] && [ "$1" != -- ]; do generate+=("$1") && shift; done
    [ $# -eq 0 ] || shift
    SITE_PER=$(((n + nodes - 1) / nodes))
    sh "$STATESYNC_SRCDIR/bench/gen-directory" "${generate[@]}" "$n" "$nodes" >"$TAP_DIR/site.ldif" &&
        slapd_start "$TAP_DIR/ldap" ldif="$TAP_DIR/site.ldif" tls=no owner=$$ "$@"
}

site_modify() { # LDIF on stdin, as the root DN
    slapd_as_root ldapmodify >"$TAP_DIR/modify.log" 2>&1 && return
    diag "$(cat "$TAP_DIR/modify.log")"
    return 1
}

vm_uuid() { printf '%08x-0000-4000-8000-%012x' "$1" "$1"; }

vm_dn() { # NUMBER
    printf 'sstVirtualMachine=%s,%s' "$(vm_uuid "$1")" "$VMS"
}

# vm_set NUMBER ATTRIBUTE VALUE: somebody else changes a machine's entry
vm_set() {
    printf 'dn: %s\nchangetype: modify\nreplace: %s\n%s: %s\n' "$(vm_dn "$1")" "$2" "$2" "$3" | site_modify
}

vm_get() { # NUMBER ATTRIBUTE
    slapd_values "$(vm_dn "$1")" "$2"
}

service_get() { # ATTRIBUTE
    slapd_values "$SERVICE" "$1"
}

# service_set ATTRIBUTE [VALUE]: replaces it, or removes it
service_set() {
    printf 'dn: %s\nchangetype: modify\nreplace: %s\n%s' "$SERVICE" "$1" "${2+$1: $2$'\n'}" | site_modify
}

snapshot() {
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b "$VMS" \
        '(objectClass=sstVirtualizationVirtualMachine)' sstVirtualMachine sstVirtualMachineStatus \
        sstVirtualMachineStatusActive sstVirtualMachineStatusStaleReason sstVirtualMachineStatusReason |
        awk -v FS=': ' '
            function out() {
                if (uuid != "") print uuid "|" text "|" active "|" stale "|" rule
                uuid = text = active = stale = rule = ""
            }
            /^dn:/ { out() }
            /^sstVirtualMachine:/ { uuid = $2 }
            /^sstVirtualMachineStatus:/ { text = $2 }
            /^sstVirtualMachineStatusActive:/ { active = $2 }
            /^sstVirtualMachineStatusStaleReason:/ { sub(/^[^:]*: /, ""); stale = $0 }
            /^sstVirtualMachineStatusReason:/ { rule = $2; sub(/:.*/, "", rule) }
            END { out() }' | sort >"$1"
}

# tally FILE FIELD: "3 Running, 1 Stopped" of a snapshot (fields from 1)
tally() {
    cut -d'|' -f"$2" "$1" | LC_ALL=C sort | uniq -c | sed 's/^ *//' | paste -sd';'
}

# --- nodes -------------------------------------------------------------------

node_dir() { printf '%s/n/vm-node-%02d' "$TAP_DIR" "$1"; }

node_name() { printf 'vm-node-%02d.example.org' "$1"; }

# site_nodes FIRST LAST [OPTION...]
site_nodes() {
    local k first=$1 last=$2 how=(--no-tcp)
    shift 2
    [ -z "${WIRED_HOST-}" ] || how=(--host "$WIRED_HOST")
    [ -e "$TAP_DIR/n" ] || at_exit 'libvirtd_stop "$TAP_DIR"/n/*'
    mkdir -p "$TAP_DIR/n"
    for ((k = first; k <= last; k++)); do
        libvirtd_start "$(node_dir "$k")" --owner $$ --name "vm-node-$k" --pki "$TAP_DIR/pki" \
            --no-tls "${how[@]}" "$@" >"$(node_dir "$k").env" || return
    done
}

# site_world NODE COUNT STATE [OPTION...]: and keeps the world open; without waiting, with
# WORLD_LATER set (worlds_ready waits).
site_world() {
    local k=$1 count=$2 state=$3 base
    shift 3
    base=$TAP_DIR/world-$k
    [ -e "$base.in" ] || mkfifo "$base.in" "$base.out" || return
    exec {WORLD_IN[$k]}<>"$base.in" {WORLD_OUT[$k]}<>"$base.out"
    "$TESTWORLD" "test+unix:///default?socket=$(node_dir "$k")/sock/libvirt-sock" \
        --first $(((k - 1) * SITE_PER)) --count "$count" --state "$state" "$@" \
        <"$base.in" >"$base.out" 2>"$base.err" {WORLD_IN[$k]}>&- {WORLD_OUT[$k]}>&- &
    WORLD_PID[$k]=$!
    at_exit "kill ${WORLD_PID[$k]} 2>/dev/null"
    [ -n "${WORLD_LATER-}" ] || world_ready "$k"
}

world_ready() {
    local line
    read -r -t 60 line <&"${WORLD_OUT[$1]}"
    [ "${line%% *}" = ready ] || { diag "world $1: $line $(cat "$TAP_DIR/world-$1.err")"; return 1; }
}

# world NODE COMMAND...: "ok" is expected
world() {
    local k=$1 line
    shift
    echo "$*" >&"${WORLD_IN[$k]}"
    read -r -t 60 line <&"${WORLD_OUT[$k]}"
    [ "$line" = ok ] || { diag "world $k: $*: $line"; return 1; }
}

# worlds FIRST LAST COUNT STATE: on several nodes at once
worlds() {
    local k WORLD_LATER=1
    for ((k = $1; k <= $2; k++)); do site_world "$k" "$3" "$4" || return; done
    for ((k = $1; k <= $2; k++)); do world_ready "$k" || return; done
}

world_end() { # NODE
    local pid=${WORLD_PID[$1]}
    kill "$pid" && wait "$pid" 2>/dev/null
    exec {WORLD_IN[$1]}>&- {WORLD_OUT[$1]}>&-
    rm -f "$TAP_DIR/world-$1".{in,out}
}

# --- the program -------------------------------------------------------------

# site_conf FILE [SECTION.KEY=VALUE...]
site_conf() {
    local file=$1 setting section
    local nodes="test+unix:///default?socket=$TAP_DIR/n/%s/sock/libvirt-sock"
    local -A extra=()
    shift
    for setting; do
        section=${setting%%.*}
        extra[$section]+="${setting#*.}"$'\n'
    done
    cat >"$file" <<-CONF
	[directory]
	base = $BASE
	$([[ ${extra[directory]-} == *uri=* ]] || echo "uri = $SLAPD_LDAPI")
	$([[ ${extra[directory]-} == *bind=* ]] || echo "bind = external")
	${extra[directory]-}
	[nodes]
	$([[ ${extra[nodes]-} == *uri=* ]] || echo "uri = \"$nodes\"")
	${extra[nodes]-}
	[sync]
	$([[ ${extra[sync]-} == *state_file=* ]] || echo "state_file = \"$file.state\"")
	${extra[sync]-}
	[limits]
	${extra[limits]-}
	[frozen]
	${extra[frozen]-}
	[log]
	target = stderr
	${extra[log]-}
	CONF
    for section in daemon metrics repair; do
        [ -z "${extra[$section]-}" ] || printf '[%s]\n%s\n' "$section" "${extra[$section]}" >>"$file"
    done
}

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

# run_sync CONF [OPTION...]
run_sync() {
    local conf=$1 from
    shift
    from=$(now_ms)
    "$PROGRAM" sync -c "$conf" "$@" >"$TAP_DIR/out" 2>"$TAP_DIR/err"
    STATUS=$?
    TOOK=$(($(now_ms) - from))
    OUT=$(<"$TAP_DIR/out") ERR=$(<"$TAP_DIR/err")
    return 0
}

# ended WANTED NAME: the exit status; shows what the program said where it is another
ended() {
    is "$STATUS" "$1" "$2" && return
    diag "out: $OUT"
    diag "err: $(head -20 <<<"$ERR")"
    return 1
}

# start_sync NAME CONF [OPTION...]: in the background; PID_NAME; await_sync NAME sets STATUS OUT ERR
start_sync() {
    local name=$1 conf=$2
    shift 2
    "$PROGRAM" sync -c "$conf" "$@" >"$TAP_DIR/$name.out" 2>"$TAP_DIR/$name.err" &
    printf -v "PID_$name" %s $!
}

await_sync() {
    local pid=PID_$1
    wait "${!pid}"
    STATUS=$?
    OUT=$(<"$TAP_DIR/$1.out") ERR=$(<"$TAP_DIR/$1.err")
}

# --- the proxy ---------------------------------------------------------------

# proxy_start: a second way to the directory, at $PROXY_URI
proxy_start() {
    local socket=$TAP_DIR/proxy.sock line
    coproc FAULTS_PROXY { "$PROXY" "$socket" "$TAP_DIR/ldap/ldapi" 2>"$TAP_DIR/proxy.err"; }
    exec {PROXY_IN}>&"${FAULTS_PROXY[1]}" {PROXY_OUT}<&"${FAULTS_PROXY[0]}"
    read -r -t 20 line <&"$PROXY_OUT"
    PROXY_URI=ldapi://${socket//\//%2F}
    [ "$line" = ready ]
}

# proxy COMMAND...: answered by ok, or by a number, which is in REPLY
proxy() {
    echo "$*" >&"$PROXY_IN"
    while read -r -t 20 <&"$PROXY_OUT"; do
        case $REPLY in
        held*) PROXY_HELD=$REPLY ;; # said before the answer to this command
        error) return 1 ;;
        *) return 0 ;;
        esac
    done
    return 1
}

# proxy_held [SECONDS]: waits until something is held; its DN is in REPLY
proxy_held() {
    if [ -n "$PROXY_HELD" ]; then
        REPLY=${PROXY_HELD#held } PROXY_HELD=
        return 0
    fi
    while read -r -t "${1:-20}" <&"$PROXY_OUT"; do
        case $REPLY in held*)
            REPLY=${REPLY#held }
            return 0
            ;;
        esac
    done
    diag "nothing was held"
    return 1
}
