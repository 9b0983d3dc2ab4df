# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What arrives at the journal and at syslog: their sockets are the test's own,
# in a mount namespace.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"

LINES_PROGRAM=$STATESYNC_BUILDDIR/tests/integration/log_lines
[ -x "$LINES_PROGRAM" ] || skip_all "$LINES_PROGRAM is not built"
share=(unshare --mount)
[ "$(id -u)" -eq 0 ] || share=(unshare --user --map-root-user --mount)

# apart COMMAND...: with empty /run and /dev.
apart() {
    # shellcheck disable=SC2016
    "${share[@]}" bash -c '
        mkdir -p "$0/dev" && touch "$0/dev/null" && mount --bind /dev/null "$0/dev/null" &&
        mount -t tmpfs none /run && mkdir -p /run/systemd/journal && mount --rbind "$0/dev" /dev &&
        exec "$@"' "$TAP_DIR" "$@"
}
apart true 2>/dev/null || skip_all 'no mount namespaces here (needs root or user namespaces)'
plan 14

# lines TARGET [none]: what arrived; $err is what went to stderr.
lines() {
    out=$(apart "$LINES_PROGRAM" "$@" 2>"$TAP_DIR/err")
    err=$(cat "$TAP_DIR/err")
    rm -f "$TAP_DIR/dev/log"
}
# record N: the Nth.
record() {
    awk -v n="$1" '/^--$/ { i++; next } i == n' <<<"$out"
}
# fields N: of a record of the journal, without those that are not ours
fields() {
    record "$1" | grep -E '^(MESSAGE|PRIORITY|SYSLOG_IDENTIFIER|STATESYNC_[A-Z_]*)=' | LC_ALL=C sort
}

lines syslog
is "$(grep -c '^--$' <<<"$out")" 4 'syslog: four lines, not those that repeat or are too fine'
like "$(record 1)" '^<27>.* statesync\[[0-9]+\]: node does not answer node=vm-node-01 waited_s=30 odd-key.x="a\\nPRIORITY=0"$' \
    'daemon.err with name and process'
like "$(record 2)" '^<30>.*: written dn="cn=a b" status="100 %s"$' 'daemon.info, and no format'
like "$(record 4)" '^<28>.*: again dropped=1$' 'daemon.warning, with what was dropped'
is "$err" '' 'nothing on stderr'
lines syslog none
is "$(grep -c '^statesync: ' <<<"$err")" 4 'without syslog every line goes to stderr'
like "$err" '^statesync: error: node does not answer node=vm-node-01' 'as it would be there'

if ! grep -q '^#define HAVE_SYSTEMD' "$STATESYNC_BUILDDIR/config.h"; then
    for i in {1..7}; do
        pass "journal $i # SKIP built without libsystemd"
    done
    exit 0
fi
lines journal
is "$(grep -c '^--$' <<<"$out")" 4 'journal: four lines'
is "$(fields 1)" 'MESSAGE=node does not answer node=vm-node-01 waited_s=30 odd-key.x="a\nPRIORITY=0"
PRIORITY=3
STATESYNC_NODE=vm-node-01
STATESYNC_ODD_KEY_X=[a\nPRIORITY=0]
STATESYNC_WAITED_S=30
SYSLOG_IDENTIFIER=statesync' 'each pair is a field, no value forges one'
is "$(fields 2)" 'MESSAGE=written dn="cn=a b" status="100 %s"
PRIORITY=6
STATESYNC_DN=cn=a b
STATESYNC_STATUS=100 %s
SYSLOG_IDENTIFIER=statesync' 'values are as they are'
is "$(fields 4)" 'MESSAGE=again dropped=1
PRIORITY=4
STATESYNC_DROPPED=1
SYSLOG_IDENTIFIER=statesync' 'what was dropped is a field'
is "$err" '' 'nothing on stderr'
lines journal none
is "$(grep -c '^statesync: ' <<<"$err")" 4 'without a journal every line goes to stderr'
like "$err" '^statesync: warning: again dropped=1$' 'as it would be there'
