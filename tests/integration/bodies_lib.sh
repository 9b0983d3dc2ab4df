# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Several bodies over the site of faults_lib.sh.
#
#   . "$STATESYNC_SRCDIR/tests/integration/bodies_lib.sh"
#   body_conf NAME [SECTION.KEY=VALUE...]   a configuration: CONF[NAME]; its port: PORT[NAME]
#   body_start NAME, body_stop NAME [SIGNAL], body_signal NAME SIGNAL    PID[NAME]
#   body_mark NAME, body_said NAME REGEX    its log since the mark
#   body_runs NAME                          waits for its first pass
#   body_ready NAME, body_metric NAME METRIC
#   await [SECONDS] COMMAND...              wait_for, with a limit for slow machines
#   comes NAME COMMAND...                   one result: the command succeeds within the limit
#   changes                                 the log of the directory, see there
#
# The bodies have names in the directory's log: body a is bound as cn=statesync, every other one
# by its own user on the socket, as cn=other; the test is the root DN.

. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99

declare -A CONF PORT PID MARK
SLOW=$((3 * $(site_slow)))
OTHER=cn=other,ou=administration,dc=stoney-cloud,dc=org
[ -z "${STATESYNC_KEEP_LOGS-}" ] || at_exit 'cp "$TAP_DIR"/*.log "$STATESYNC_KEEP_LOGS"'

bodies_need() {
    command -v curl >/dev/null || skip_all 'curl is not installed'
    site_need
}

# bodies_directory N NODES [OPTION...] [-- OPTION...]: one whose log tells who wrote
bodies_directory() {
    local options=()
    printf 'statesync-demo' >"$TAP_DIR/password"
    chmod 600 "$TAP_DIR/password"
    printf '%s\n' 'access to attrs=userPassword by anonymous auth' \
        'access to * by users write by * read' >"$TAP_DIR/acl"
    case " $* " in *' -- '*) ;; *) options=(--) ;; esac
    case " $* " in *' overlays='*) ;; *) options+=(overlays='accesslog syncprov') ;; esac
    site_directory "$@" "${options[@]}" acl="$TAP_DIR/acl" external="$OTHER"
}

body_conf() {
    local name=$1 bind=()
    shift
    CONF[$name]=$TAP_DIR/$name.conf
    PORT[$name]=$(libvirtd_freeports 1)
    [ "$name" != a ] || bind=(directory.bind=simple directory.bind_dn="$IDENTITY"
        directory.password_file="$TAP_DIR/password")
    site_conf "${CONF[$name]}" "${bind[@]}" sync.lease=10 limits.absence_hold=0 limits.miss_limit=1 \
        limits.birth_grace=0 log.level=debug metrics.listen="127.0.0.1:${PORT[$name]}" \
        daemon.coalesce=100 "$@"
}

body_start() {
    "$PROGRAM" daemon -c "${CONF[$1]}" >>"$TAP_DIR/$1.log" 2>&1 &
    PID[$1]=$!
    at_exit "kill -KILL $! 2>/dev/null"
}

body_signal() { kill "-$2" "${PID[$1]}"; }

body_stop() {
    kill "-${2:-TERM}" "${PID[$1]}" && wait "${PID[$1]}" 2>/dev/null
}

body_mark() { MARK[$1]=$(wc -l <"$TAP_DIR/$1.log"); }
body_said() { tail -n "+$((${MARK[$1]:-0} + 1))" "$TAP_DIR/$1.log" | grep -E -- "$2"; }

await() {
    local limit=20
    case $1 in [0-9]*) limit=$1 && shift ;; esac
    wait_for $((limit * SLOW)) "$@"
}

body_runs() { await body_said "$1" 'first pass decided'; }
body_ready() { curl -sS -m 10 "http://127.0.0.1:${PORT[$1]}/readyz"; }
body_metric() { curl -sS -m 10 "http://127.0.0.1:${PORT[$1]}/metrics" | sed -n "s/^$2 //p"; }

# comes NAME COMMAND...: with the end of the logs where it does not; then the rest would only wait
comes() {
    local name=$1 body
    shift
    await "$@" && tap_pass "$name" && return
    tap_fail "$name"
    diag "not within the limit: $*"
    diag "$("$@" 2>&1 | head -30)"
    for body in "${!PID[@]}"; do diag "$body: $(tail -n "${TAIL:-12}" "$TAP_DIR/$body.log")"; done
    exit 1
}

vm_is() { [ "$(vm_get "$1" sstVirtualMachineStatus)" = "$2" ]; }
vms_are() { # STATUS NUMBER...
    local status=$1 n
    shift
    for n; do vm_is "$n" "$status" || { echo "$n is $(vm_get "$n" sstVirtualMachineStatus)"; return 1; }; done
}
alarm_is() { # NUMBER REGEX: one of its alarms
    vm_get "$1" sstVirtualMachineStatusAlarm | grep -Eq -- "$2"
}
no_alarm() { [ -z "$(vm_get "$1" sstVirtualMachineStatusAlarm)" ]; }

node_dn() { printf 'sstNode=%s,ou=nodes,%s' "$(node_name "$1")" "$BASE"; }
node_get() { slapd_values "$(node_dn "$1")" "$2"; }

holder() { service_get sstStateSyncLeaseHolder; }
holds() { [[ $(holder) == *:"${PID[$1]}":* ]]; }

# changes: each successful modify, in the order of their entryCSN:
#   WHO|DN's first value|ATTRIBUTE:OP VALUE|...
# WHO: a, b, or test.  The attributes of operation are left out.
changes() {
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b cn=log \
        '(&(objectClass=auditModify)(reqResult=0))' reqDN reqAuthzID reqMod |
        awk '
        function out() {
            if (dn != "") print csn "|" who "|" dn mods
            csn = dn = mods = ""; who = "test"
        }
        /^dn:/ { out() }
        /^reqDN: / { sub(/^reqDN: [^=]*=/, ""); sub(/,.*/, ""); dn = $0 }
        /^reqAuthzID: cn=statesync,/ { who = "a" }
        /^reqAuthzID: cn=other,/ { who = "b" }
        /^reqMod: entryCSN:/ { csn = $3 }
        /^reqMod: (entryCSN|modif)/ { next }
        /^reqMod: / { sub(/^reqMod: /, ""); mods = mods "|" $0 }
        END { out() }' | LC_ALL=C sort | sed 's/^[^|]*|//'
}

# vm_writes [WHO]: writes of machines since the last call with this argument, in WRITES
declare -A SEEN_WRITES
vm_writes() {
    local all
    all=$(changes | grep -cE "^${1:-[ab]}\\|[0-9a-f]{8}-")
    WRITES=$((all - ${SEEN_WRITES[${1:-all}]:-0})) SEEN_WRITES[${1:-all}]=$all
}

# Writes of machines by a body that did not hold the lease, as the directory has it.
late_writes() {
    changes | awk -F'|' '
        $2 == "statesync" {
            for (i = 3; i <= NF; i++) {
                if ($i ~ /^sstStateSyncLeaseHolder:=? [^ ]/) { holder = $1 }
                else if ($i ~ /^sstStateSyncLeaseHolder:[-=] ?$/) { holder = "" }
            }
        }
        $2 ~ /^[0-9a-f]+-/ && $1 != "test" && $1 != holder { print }'
}
