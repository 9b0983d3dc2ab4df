# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# TAP for shell tests.  Source it first:
#
#   . "$STATESYNC_SRCDIR/tests/lib/tap.sh"
#   command -v slapd >/dev/null || skip_all 'slapd is not installed'
#   plan 2
#   is "$(one)" 1 'one is one'
#   ok 'true succeeds' true
#
# Every test gets a private folder in $TAP_DIR; it goes away at the end, after
# the commands given to at_exit have run (last one first), also on failure.

TAP_N=0
TAP_PLANNED=0
TAP_FAILED=0
TAP_AT_EXIT=()
# One for all pauses: where each makes a child, bash loses track of its children, or its life when a
# signal comes.
exec {TAP_PAUSE}<> <(:)
TAP_DIR=$(mktemp -d "${TMPDIR:-/tmp}/statesync-test.XXXXXX") || exit 99

tap_end() {
    local status=$? i
    for ((i = ${#TAP_AT_EXIT[@]} - 1; i >= 0; i--)); do
        eval "${TAP_AT_EXIT[i]}"
    done
    rm -rf "$TAP_DIR"
    if [ "$status" -ne 0 ]; then
        echo "Bail out! the test script ended with status $status"
    elif [ "$TAP_N" -ne "$TAP_PLANNED" ]; then
        echo "Bail out! planned $TAP_PLANNED checks, made $TAP_N"
        status=1
    elif [ "$TAP_FAILED" -gt 0 ]; then
        status=1
    fi
    exit "$status"
}
trap tap_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# at_exit COMMAND-STRING: run at the end, whatever happens.
at_exit() {
    TAP_AT_EXIT+=("$1")
}

# plan N: how many checks follow.
plan() {
    TAP_PLANNED=$1
    echo "1..$1"
}

# skip_all REASON: end now, nothing was tested.
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

# diag TEXT...: a remark in the log.
diag() {
    printf '%s\n' "$*" | sed 's/^/# /'
}

# pass NAME / fail NAME: one result.  (The scenarios mean something else by a pass: what is
# below uses the long names.)
tap_pass() {
    TAP_N=$((TAP_N + 1))
    echo "ok $TAP_N - $1"
}

tap_fail() {
    TAP_N=$((TAP_N + 1))
    TAP_FAILED=$((TAP_FAILED + 1))
    echo "not ok $TAP_N - $1"
}

pass() { tap_pass "$@"; }
fail() { tap_fail "$@"; }

# ok NAME COMMAND...: the command succeeds.  Its output is shown where it fails.
ok() {
    local name=$1 out
    shift
    if out=$("$@" 2>&1); then
        tap_pass "$name"
    else
        tap_fail "$name"
        diag "command failed: $*"
        diag "$out"
        return 1
    fi
}

# not_ok NAME COMMAND...: the command fails, and not by a signal.
not_ok() {
    local name=$1 out status
    shift
    out=$("$@" 2>&1)
    status=$?
    if [ "$status" -ne 0 ] && [ "$status" -lt 126 ]; then
        tap_pass "$name"
    else
        tap_fail "$name"
        diag "status $status, expected a failure: $*"
        diag "$out"
        return 1
    fi
}

# is GOT EXPECTED NAME
is() {
    if [ "$1" = "$2" ]; then
        tap_pass "$3"
    else
        tap_fail "$3"
        diag "     got: $1"
        diag "expected: $2"
        return 1
    fi
}

# like TEXT EXTENDED-REGEX NAME
like() {
    if grep -Eq -- "$2" <<<"$1"; then
        tap_pass "$3"
    else
        tap_fail "$3"
        diag "     got: $1"
        diag "expected to match: $2"
        return 1
    fi
}

# wait_for SECONDS COMMAND...: tries the command until it succeeds, at most
# SECONDS long, on an idle machine; fails after that.  One that is busy with
# other tests is slow, and gets six times as long while nothing has failed.
# The pause between tries is a read that times out on a pipe nobody writes to.
wait_for() {
    local limit=$((SECONDS + $1 * (TAP_FAILED > 0 ? 1 : 6)))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$limit" ] || return 1
        read -rt 0.02 <&"$TAP_PAUSE"
    done
    return 0 # else it is the status of the last read
}
