# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# `statesync daemon' over the site of faults_lib.sh.
#
#   . "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh"
#   daemon_conf FILE [SECTION.KEY=VALUE...]   a configuration for quick tests
#   daemon_start NAME CONF [OPTION...]        DAEMON[NAME] is its process
#   daemon_said NAME REGEX                    its log since daemon_mark NAME
#   await [SECONDS] COMMAND...                as wait_for, with a limit for slow machines
#   daemon_stop NAME [SIGNAL]                 sets STATUS, TOOK (ms)
#   status_is NUMBER STATUS, all_are SPEC     what the directory says, for await
#   vm_writes                                 writes of machines since the last call, in WRITES
#   agrees CONF                               a fresh one-shot pass would write nothing
#   wired_site N NODES                        directory and nodes behind wires (network.sh): wire 100
#                                             to the directory, wire K to node K
#   wired_conf FILE NODES [SECTION.KEY=VALUE...]    a configuration that goes by them

. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99

declare -A DAEMON DAEMON_MARK
SLOW=$(site_slow)
# STATESYNC_KEEP_LOGS=FOLDER: what the daemons said is kept there
[ -z "${STATESYNC_KEEP_LOGS-}" ] || at_exit 'cp "$TAP_DIR"/*.log "$STATESYNC_KEEP_LOGS"'

daemon_conf() {
    local file=$1
    shift
    site_conf "$file" log.level=debug metrics.listen=127.0.0.1:0 daemon.coalesce=200 \
        limits.absence_hold=0 limits.miss_limit=1 limits.birth_grace=0 "$@"
}

daemon_start() {
    local name=$1 conf=$2
    shift 2
    "${DAEMON_PREFIX[@]}" "$PROGRAM" daemon -c "$conf" "$@" >>"$TAP_DIR/$name.log" 2>&1 &
    DAEMON[$name]=$!
    at_exit "{ kill -KILL $! && wait $!; } 2>/dev/null"
}

daemon_mark() { DAEMON_MARK[$1]=$(wc -l <"$TAP_DIR/$1.log"); }

daemon_said() {
    tail -n "+$((${DAEMON_MARK[$1]:-0} + 1))" "$TAP_DIR/$1.log" | grep -E -- "$2"
}

await() {
    local limit=20
    case $1 in [0-9]*) limit=$1 && shift ;; esac
    wait_for $((limit * SLOW)) "$@"
}

daemon_stop() {
    local from
    from=$(now_ms)
    kill "-${2:-TERM}" "${DAEMON[$1]}"
    wait "${DAEMON[$1]}" 2>/dev/null
    STATUS=$?
    TOOK=$(($(now_ms) - from))
}

daemon_tail() { diag "$(tail -n "${2:-30}" "$TAP_DIR/$1.log")"; }

# follows NAME COMMAND...: one result, with the end of the log where it fails
follows() {
    local name=$1
    shift
    await "$@" && tap_pass "$name" && return
    tap_fail "$name"
    diag "not within the limit: $*"
    diag "$("$@" 2>&1 | head -40)"
    daemon_tail "${FOLLOWED:-one}"
    return 1
}

status_is() { [ "$(vm_get "$1" sstVirtualMachineStatus)" = "$2" ]; }

# all_are "COUNT STATUS|ACTIVE|STALE;...": of all machines
all_are() {
    snapshot "$TAP_DIR/now"
    [ "$(tally "$TAP_DIR/now" 2,3,4)" = "$1" ] || { tally "$TAP_DIR/now" 2,3,4; return 1; }
}

daemon_ready() { daemon_said "$1" 'first pass decided'; }

VM_WRITES_SEEN=0
vm_writes() {
    local all
    all=$(slapd_as_root ldapsearch -LLL -b cn=log "(&(objectClass=auditModify)(reqResult=0))" reqDN |
        grep -c '^reqDN: sstVirtualMachine=')
    WRITES=$((all - VM_WRITES_SEEN)) VM_WRITES_SEEN=$all
}

# The log of the directory: its newest entry.
log_end() {
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b cn=log -s one '(objectClass=*)' reqStart |
        sed -n 's/^reqStart: //p' | LC_ALL=C sort | tail -1
}

# agrees CONF: what a pass that knows nothing of before would write (nothing).  The lease is not asked for.
agrees() {
    rm -f "$TAP_DIR/fresh.state"
    run_sync "$1" --dry-run --state-file "$TAP_DIR/fresh.state"
    [ "$STATUS" = 0 ] && grep -q ": 0 to write" <<<"$OUT$ERR" && return
    printf '%s\n%s\n%s\n' "$STATUS" "$OUT" "$ERR"
    return 1
}

# metric PORT NAME: of /metrics
metric() {
    curl -sS -m 10 "http://127.0.0.1:$1/metrics" | sed -n "s/^$2 //p"
}

daemon_port() {
    sed -n 's/.*metrics are served.* port=\([0-9]*\).*/\1/p' "$TAP_DIR/$1.log" | tail -1
}

daemon_fds() { ls "/proc/${DAEMON[$1]}/fd" | wc -l; }
daemon_rss() { awk '/^VmRSS:/ { print $2 }' "/proc/${DAEMON[$1]}/status"; } # kB

wired_site() {
    local k
    network_start && wire_add 100 || return
    for ((k = 1; k <= $2; k++)); do wire_add $k || return; done
    printf 'statesync-demo' >"$TAP_DIR/password"
    chmod 600 "$TAP_DIR/password"
    printf '%s\n' 'access to attrs=userPassword by anonymous auth' \
        'access to * by users write by * read' >"$TAP_DIR/acl"
    site_directory "$1" "$2" -- overlays='syncprov accesslog' maxsize=8589934592 acl="$TAP_DIR/acl" \
        host="$(wire_ip 100)" || return
    for ((k = 1; k <= $2; k++)); do WIRED_HOST=$(wire_ip $k) site_nodes $k $k || return; done
    DAEMON_PREFIX=("${NETWORK_INSIDE[@]}")
}

wired_conf() {
    local file=$1 nodes=$2 k
    shift 2
    daemon_conf "$file" directory.uri="$SLAPD_LDAP" directory.starttls=no directory.bind=simple \
        directory.bind_dn="\"$IDENTITY\"" directory.password_file="\"$TAP_DIR/password\"" "$@"
    for ((k = 1; k <= nodes; k++)); do
        printf '[node %s]\nuri = "%s"\n' "$(node_name $k)" "$(sed -n 's/^URI_TCP=//p' "$(node_dir $k).env")"
    done >>"$file"
}
