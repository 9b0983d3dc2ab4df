# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# tests/lib/slapd.sh does what the tests that build on it believe.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/lib/slapd.sh"
missing=$(slapd_missing)
[ -z "$missing" ] || skip_all "$missing"

me=cn=statesync,ou=administration,dc=stoney-cloud,dc=org
whoami() { slapd_with_tls ldapwhoami "$@" 2>&1; }

# What openssl says about the certificate the server shows, and what a client says.
verdict() {
    openssl s_client -connect "127.0.0.1:$SLAPD_TLS_PORT" -CAfile "$SLAPD_CA" \
        -verify_ip 127.0.0.1 </dev/null 2>/dev/null | sed -n 's/^ *Verify return code: [0-9]* (\(.*\))/\1/p' | head -1
}

plan 24

slapd_start "$TAP_DIR/a" overlays='accesslog syncprov unique' sizelimit=5 \
    ldif="$STATESYNC_SRCDIR/tests/data/sample.ldif" || exit 1
is "$(whoami -Q -Y EXTERNAL -H "$SLAPD_LDAPI")" "dn:$SLAPD_ROOTDN" 'the socket knows the own user'
is "$(whoami -Q -Y EXTERNAL -H "$SLAPD_LDAPS")" "dn:$me" 'ldaps knows the client certificate'
is "$(whoami -Q -Y EXTERNAL -ZZ -H "$SLAPD_LDAP")" "dn:$me" 'StartTLS knows it, too'
is "$(whoami -x -D "$me" -w statesync-demo -H "$SLAPD_LDAP")" "dn:$me" 'a simple bind'
like "$(whoami -x -D "$me" -w wrong -H "$SLAPD_LDAP")" '\(49\)' 'a wrong password is refused'
is "$(verdict)" ok 'the certificate of the server is good'
like "$(ldapsearch -x -LLL -H "$SLAPD_LDAPI" -b "$SLAPD_SUFFIX" 1.1 2>&1)" '\(4\)' 'the size limit holds'
ok 'a write' slapd_as_root ldapmodify <<LDIF
dn: $SLAPD_SUFFIX
changetype: modify
replace: description
description: written
LDIF
is "$(slapd_search cn=log sub '(reqType=modify)' reqDN | grep -c ^reqDN)" 1 'accesslog has it'
like "$(slapd_search "$SLAPD_SUFFIX" base '(objectClass=*)' contextCSN)" contextCSN 'syncprov is there'
before=$(slapd_count Search)
slapd_search "$SLAPD_SUFFIX" base '(objectClass=*)' >/dev/null
is "$(slapd_count Search)" $((before + 2)) 'searches are counted, the counting one included'

SLAPD_LDAPI=$SLAPD_LDAPI.other slapd_launch "$TAP_DIR/a" "$SLAPD_PORT" '' 2>/dev/null
is $? 2 'a port that is taken is noticed'
slapd_use "$TAP_DIR/a"
ok 'a crash' slapd_stop "$TAP_DIR/a" KILL
like "$(whoami -x -H "$SLAPD_LDAP")" 'contact LDAP server' 'it is gone'
old=$SLAPD_PORT
slapd_restart "$TAP_DIR/a"
is "$SLAPD_PORT" "$old" 'restarted on the same port'
is "$(slapd_values "$SLAPD_SUFFIX" description)" written 'nothing was lost'
kill -STOP "$SLAPD_PID"
ok 'a frozen server is ended' slapd_stop "$TAP_DIR/a"
not_ok 'really' slapd_alive "$SLAPD_PID"

while read -r kind words; do
    slapd_start "$TAP_DIR/$kind" tls="$kind" || exit 1
    like "$(verdict)" "$words" "tls=$kind: openssl sees: $words"
    slapd_stop
done <<'KINDS'
expired certificate has expired
other unable to verify the first certificate
name IP address mismatch
KINDS

# bound to the life of a process
bash -c '"$0" start "$1" tls=no owner=$$ >"$1.env"; kill -9 $$' \
    "$STATESYNC_SRCDIR/tests/lib/slapd.sh" "$TAP_DIR/owned" 2>/dev/null
pid=$(sed -n 's/^SLAPD_PID=//p' "$TAP_DIR/owned.env")
like "$pid" '^[0-9]+$' 'a server with an owner starts'
gone() { ! slapd_alive "$pid"; }
ok 'and ends when the owner is killed' wait_for 10 gone
not_ok 'an unknown option is refused' slapd_start "$TAP_DIR/x" colour=red
