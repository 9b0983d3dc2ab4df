# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync doctor: nodes over TLS, and a directory server whose certificate has ended.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"
. "$STATESYNC_SRCDIR/tests/lib/libvirtd.sh"

reason=$(libvirtd_check) || skip_all "$reason"
plan 12

says() { # REGEX NAME: one of the lines
    like "$out" "$1" "$2"
}

node() { # NN OPTION...: a daemon; DAEMON_* are its keys
    local name=$1
    shift
    libvirtd_start "$TAP_DIR/$name" --owner $$ --name "$name" --pki "$TAP_DIR/pki" --no-tcp --prefix DAEMON_ "$@" \
        >"$TAP_DIR/$name.env" || return
    at_exit "libvirtd_stop '$TAP_DIR/$name'"
    eval "$(cat "$TAP_DIR/$name.env")"
}

site_start tls=expired tcp=yes
node good && good=$DAEMON_TLS_PORT || exit 1
node expired --cert expired && expired=$DAEMON_TLS_PORT || exit 1
cat >"$CONF" <<END
[directory]
uri = $SLAPD_LDAPI
base = $BASE
bind = external
[nodes]
deadline = 20
pkipath = $TAP_DIR/pki/client
[node vm-node-01.example.org]
uri = test+tls://127.0.0.1:$good/default
[node vm-node-02.example.org]
uri = test+tls://127.0.0.1:$expired/default
[node vm-node-03.example.org]
uri = test:///$SITE/node-03.xml
[sync]
state_file = $STATE
END
run statesync doctor -c "$CONF"
is "$status" 3 'a node whose certificate has ended'
is "$(sed -n '/^node vm-node-01/,/^node vm-node-02/p' <<<"$out" | sed -E 's/[0-9.]+ ms/N ms/; s/\(.* days\)/(N days)/; s/ [0-9]+\.[0-9.]+,/ N,/g; s/tls:.*default/X/; s/[0-9]+ domains/N domains/')" \
    "node vm-node-01.example.org
  ok       test+X?pkipath=$TAP_DIR/pki/client
  ok       answers read-only: TEST N, libvirt N, N domains, after N ms
  ok       all events can be registered
  ok       its certificate, CN=127.0.0.1, is valid until 2049-12-31T23:59:59Z (N days)
node vm-node-02.example.org" 'one that is well'
says '^  wrong    its domains cannot be read \(tls\): ' 'the other one cannot be read'
says '^           -> virt-pki-validate; ssh vm-node-02.example.org virt-pki-validate$' 'what shows more'
says '^  wrong    its certificate, CN=127.0.0.1, has ended at 2021-01-01T00:00:00Z' 'and why'
says '^  ok       our certificate for the nodes .*/clientcert.pem, CN=statesync-test, is valid until 2049' 'ours'
says '^  ok       the authority of the nodes ' 'and the authority'
sed -i "s|^pkipath.*|pkipath = $TAP_DIR/pki/client-expired|; s|^uri = ldapi.*|uri = $SLAPD_LDAPI $SLAPD_LDAPS\ntls_ca = $SLAPD_CA\ntls_cert = $SLAPD_CERT\ntls_key = $SLAPD_KEY|" "$CONF"
run statesync doctor -c "$CONF"
is "$status" 1 'a directory server whose certificate has ended'
says '^  wrong    ldaps://.*: TLS: .*expired' 'cannot be used'
says "^  wrong    the server's certificate, CN=localhost, has ended at 2020-02-01T00:00:00Z" 'and why'
says '^  wrong    our certificate for the nodes .*, CN=statesync-test, has ended at 2021-01-01T00:00:00Z' 'ours has, too'
is "$(grep -c '^  wrong    its domains cannot be read (tls)' <<<"$out")" 2 'so no node lets us in'
