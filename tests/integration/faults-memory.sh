# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# One-shot runs under valgrind: no invalid access, no uninitialised value,
# nothing lost.  A build with sanitizers is its own judge: it runs the same
# without valgrind.
. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99
site_need

if grep -qE '__(asan|tsan)_init' "$PROGRAM"; then
    judge=()
else
    command -v valgrind >/dev/null || skip_all 'valgrind is not installed'
    judge=(valgrind -q --leak-check=full --errors-for-leak-kinds=definite,indirect,possible
        --show-leak-kinds=definite,indirect,possible --error-exitcode=99 --num-callers=30)
fi

# judged WANTED NAME ARGUMENT...: the exit status, and nobody complains
judged() {
    local wanted=$1 name=$2 status complaints
    shift 2
    "${judge[@]}" "$PROGRAM" "$@" >"$TAP_DIR/out" 2>"$TAP_DIR/err"
    status=$?
    complaints=$(grep -cE '^==[0-9]+==|Sanitizer|runtime error:' "$TAP_DIR/err")
    is "$status|$complaints" "$wanted|0" "$name" && return
    diag "$(head -c 2000 "$TAP_DIR/err")"
}

slapd_start "$TAP_DIR/ldap" ldif="$STATESYNC_SRCDIR/tests/data/sample.ldif" tls=yes owner=$$ || exit 1
for k in 1 2 3; do
    cp "$STATESYNC_SRCDIR/tests/data/node-0$k.xml" "$TAP_DIR/vm-node-0$k.xml" || exit 1
done
site_conf "$TAP_DIR/conf" "nodes.uri=test://$TAP_DIR/%s.xml"

plan 5

judged 0 'the first pass over the sample site' sync -c "$TAP_DIR/conf"
sort "$STATESYNC_SRCDIR/tests/data/sample.expected" | tr '\t' '|' >"$TAP_DIR/expected"
snapshot "$TAP_DIR/s"
is "$(cut -d'|' -f1,2 "$TAP_DIR/s")" "$(cat "$TAP_DIR/expected")" 'wrote what is expected'

# Other ways through the program: StartTLS and a password, answers over a socket, a node that
# refuses, a closer look at everything, JSON.
site_nodes 1 1 || exit 1
(umask 077 && printf %s "$SLAPD_ROOTPW" >"$TAP_DIR/password")
site_conf "$TAP_DIR/conf2" directory.uri="$SLAPD_LDAP" directory.tls_ca="$SLAPD_CA" \
    directory.bind=simple directory.bind_dn="$SLAPD_ROOTDN" directory.password_file="$TAP_DIR/password" \
    frozen.probe=yes
printf '[node vm-node-03.example.org]\nuri = test://%s/vm-node-03.xml\n' "$TAP_DIR" >>"$TAP_DIR/conf2"
judged 3 'a pass with one node over a socket and one that refuses' \
    sync -c "$TAP_DIR/conf2" --json --sweep --record "$TAP_DIR/record.json"
[ -z "$SITE_QUICK" ] || judge=()
judged 0 'what it recorded, replayed' replay "$TAP_DIR/record.json"
(umask 077 && echo wrong >"$TAP_DIR/password")
judged 5 'a password that is refused' sync -c "$TAP_DIR/conf2"
