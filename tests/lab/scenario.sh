# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A scenario: two private hypervisors with real guests, a private directory, the real program.
# README.md beside this file is the manual.  A scenario begins with
#
#   . "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
#   scenario 'what it shows'
#
# and ends with `the_end'.  It acts (virt, ldap, stoney, node), lets the program make a pass (pass),
# and says what must be in the directory then (expect).

. "$STATESYNC_SRCDIR/tests/lib/tap.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/lib/guest.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/lib/slapd.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/lab/acts.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/lab/expect.sh" || exit 99

SITE=ou=virtualization,ou=services,dc=stoney-cloud,dc=org
IDENTITY=cn=statesync,ou=administration,dc=stoney-cloud,dc=org
PROGRAM=${STATESYNC:-$STATESYNC_BUILDDIR/src/statesync}
SCENARIO=$(basename "$0" .sh)
ARTEFACTS=$STATESYNC_BUILDDIR/tests/lab/failed/$SCENARIO
PROVEN=$STATESYNC_BUILDDIR/tests/lab/proven/$SCENARIO.tsv

declare -A CONF=() UUID=() NODE_OF=() KIND=()
PASSES=0
PASS_STATUS=
A=$TAP_DIR/a
B=$TAP_DIR/b

# --- the laboratory ----------------------------------------------------------------------------

node_dir() { # a|b
    case $1 in
    a) echo "$A" ;;
    b) echo "$B" ;;
    *) guest_fail "no node '$1': a or b" ;;
    esac
}

node_name() { # a|b|full name; empty stays empty
    case $1 in
    a | b) echo "node-$1.example.org" ;;
    *) echo "$1" ;;
    esac
}

node_up() { # a|b
    libvirtd_start "$(node_dir "$1")" --qemu --name "node-$1" --pki "$TAP_DIR/pki" --owner $$ >/dev/null
}

lab_ldif() {
    local ou node
    cat <<-L
	dn: dc=stoney-cloud,dc=org
	objectClass: top
	objectClass: organization
	objectClass: dcObject
	o: stoney cloud
	dc: stoney-cloud

	L
    for ou in ou=administration,dc=stoney-cloud,dc=org ou=services,dc=stoney-cloud,dc=org "$SITE" \
        "ou=nodes,$SITE" "ou=virtual machines,$SITE"; do
        printf 'dn: %s\nobjectClass: top\nobjectClass: organizationalUnit\n%s\n\n' "$ou" \
            "$(sed 's/=/: /; s/,.*//' <<<"$ou")"
    done
    printf 'dn: %s\nobjectClass: top\nobjectClass: organizationalRole\ncn: statesync\n\n' "$IDENTITY"
    for node in a b; do
        node=$(node_name $node)
        printf 'dn: sstNode=%s,ou=nodes,%s\nobjectClass: top\nobjectClass: sstVirtualizationNode\n' "$node" "$SITE"
        printf 'objectClass: sstRelationship\nsstNode: %s\nsstBelongsToResellerUID: 4000000\n\n' "$node"
    done
}

lab_failed() {
    sed 's/^/# /' "$TAP_DIR"/up.*
    echo 'Bail out! the laboratory did not start'
    exit 99
}

# Both nodes and the directory at once: half a second.
lab_up() {
    local a b
    libvirtd_subreaper || exit 99
    lab_ldif >"$TAP_DIR/site.ldif"
    cp "$STATESYNC_SRCDIR/etc/slapd-access.conf" "$TAP_DIR/acl.conf"
    [ -z "${LAB_REPAIRS-}" ] || # as its comment says
        sed -i '/^#access to/,/^#.*by \* break/s/^#//' "$TAP_DIR/acl.conf"
    at_exit 'libvirtd_stop "$A" "$B"'
    node_up a >"$TAP_DIR/up.a" 2>&1 &
    a=$!
    node_up b >"$TAP_DIR/up.b" 2>&1 &
    b=$!
    slapd_start "$TAP_DIR/ldap" ldif="$TAP_DIR/site.ldif" acl="$TAP_DIR/acl.conf" \
        external="$IDENTITY" tls=no tcp=no ${LAB_SLAPD:+"$LAB_SLAPD"} >"$TAP_DIR/up.ldap" 2>&1 || lab_failed
    wait "$a" && wait "$b" || lab_failed
}

# --- the program -------------------------------------------------------------------------------

lab_defaults() {
    CONF[directory.uri]=$SLAPD_LDAPI
    CONF[directory.base]=$SITE
    CONF[directory.bind]=external
    CONF[nodes.deadline]=30
    CONF[nodes.look_deadline]=20
    CONF[sync.state_file]="\"$TAP_DIR/state\""
    # a first absence is believed, so that no scenario waits; those about absence say otherwise
    CONF[limits.miss_limit]=1
    CONF[limits.absence_hold]=0
    CONF[limits.birth_grace]=0
}

# config SECTION.KEY=VALUE...: for the passes to come.
config() {
    local word section key
    for word; do
        CONF[${word%%=*}]=${word#*=}
    done
    for section in directory nodes frozen sync repair limits log; do
        echo "[$section]"
        for key in "${!CONF[@]}"; do
            [ "${key%%.*}" != "$section" ] || echo "${key#*.} = ${CONF[$key]}"
        done
    done >"$TAP_DIR/statesync.conf"
    # one node by its unix socket, the other one by TLS
    printf '[node %s]\nuri = "%s"\n[node %s]\nuri = "%s"\n' \
        "$(node_name a)" "$(sed -n 's/^QEMU_URI_UNIX=//p' "$A/env")" \
        "$(node_name b)" "$(sed -n 's/^QEMU_URI_TLS=//p' "$B/env")" >>"$TAP_DIR/statesync.conf"
}

# limits KEY=VALUE...: the same for section [limits].
limits() {
    config "${@/#/limits.}"
}

# shellcheck disable=SC2120 # most passes have no options
# pass [OPTION...]: one `statesync sync'.  Its exit status is in PASS_STATUS, what it said in
# PASS_OUT (a file), what is in the directory afterwards is what `expect' looks at.
pass() {
    pass_named
    pass_run "$@"
    pass_over $?
}

pass_named() {
    PASSES=$((PASSES + 1))
    PASS_OUT=$TAP_DIR/passes/$(printf '%03d' "$PASSES").out
    PASS_RECORD=${PASS_OUT%.out}.json
    mkdir -p "$TAP_DIR/passes"
}

pass_run() {
    "$PROGRAM" sync -c "$TAP_DIR/statesync.conf" --json --record "$PASS_RECORD" "$@" \
        >"$PASS_OUT" 2>"${PASS_OUT%.out}.err"
}

pass_over() { # EXIT-STATUS
    PASS_STATUS=$1
    case $PASS_STATUS in
    0 | 3 | 4) ;;
    *)
        diag "pass $PASSES ended with $PASS_STATUS:" && diag "$(cat "${PASS_OUT%.out}.err" "$PASS_OUT")"
        keep_artefacts
        echo 'Bail out! a pass failed'
        exit 1
        ;;
    esac
    directory_read
}

# A number out of what the pass said: written, planned, refused, silent_nodes ...
pass_number() {
    sed -n "s/^  \"$1\" : \([0-9.]*\),*\$/\1/p" "$PASS_OUT"
}

# --- beginning and end -------------------------------------------------------------------------

scenario() {
    local reason
    [ "$#" -eq 1 ] || exit 99
    reason=$(libvirtd_check --qemu) || skip_all "$reason"
    reason=$(slapd_missing)
    [ -z "$reason" ] || skip_all "$reason"
    [ -x "$PROGRAM" ] || { echo "Bail out! $PROGRAM is not built" && exit 99; }
    rm -rf "$ARTEFACTS" "$PROVEN"
    mkdir -p "$(dirname "$PROVEN")"
    : >"$PROVEN.new"
    diag "$1"
    lab_up
    lab_defaults
    config
}

the_end() {
    plan "$TAP_N"
    [ "$TAP_FAILED" -gt 0 ] || mv "$PROVEN.new" "$PROVEN"
    [ "$TAP_FAILED" -eq 0 ] || keep_artefacts
    rm -f "$PROVEN.new"
}

# What a person wants to see after a failure stays in the build tree.
keep_artefacts() {
    mkdir -p "$ARTEFACTS"
    cp -r "$TAP_DIR/passes" "$TAP_DIR/statesync.conf" "$TAP_DIR/state" "$A/log/libvirtd.log" "$SLAPD_LOG" "$ARTEFACTS" 2>/dev/null
    cp "$B/log/libvirtd.log" "$ARTEFACTS/libvirtd-b.log" 2>/dev/null
    diag "kept in $ARTEFACTS: every pass (statesync replay --json passes/NNN.json), the state file, the logs"
}

# A step that does not succeed ends the scenario: what follows would mean nothing.
step() { # SHOWN COMMAND...
    local shown=$1 out status
    shift
    [ -z "${SCENARIO_VERBOSE-}" ] || diag "$shown"
    if [ -n "${REFUSED-}" ]; then
        out=$("$@" 2>&1)
        status=$?
        REFUSED=
        [ "$status" -ne 0 ] && return 0
        out='it succeeded although it should not'
    else
        "$@" >"$TAP_DIR/step" 2>&1 && return 0
        out=$(cat "$TAP_DIR/step")
    fi
    diag "$shown: $out"
    keep_artefacts
    echo "$shown: $out" >"$ARTEFACTS/failed-step"
    echo "Bail out! a step failed: $shown"
    exit 1
}

# A word that is no step and no command would go unnoticed: how many checks there are is counted,
# not planned.  (Bash calls this in a child.)
command_not_found_handle() {
    echo "Bail out! there is no step '$1'"
    kill -TERM $$
    return 127
}

# refused virt start web: the step must fail.
refused() {
    REFUSED=1
    "$@"
}

# until SECONDS COMMAND...: waits for a condition; a step.
until_ok() {
    step "wait for: ${*:2}" wait_for "$@"
}
