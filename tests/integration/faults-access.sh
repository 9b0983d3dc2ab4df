# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A whole pass as the identity of etc/slapd-access.conf, by every way of
# connecting and binding; what is refused to it; and one entry that is.
. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99
site_need

n=30
forbidden=3 # the entry of this machine is read-only for the identity
{
    cat "$STATESYNC_SRCDIR/etc/slapd-access.conf"
    echo 'access to attrs=userPassword by anonymous auth by users write
access to * by users write by * read'
} >"$TAP_DIR/acl.conf"
site_directory $n 3 -- acl="$TAP_DIR/acl.conf" external="$IDENTITY" tls=yes || exit 1
site_nodes 1 3 && worlds 1 3 10 running || exit 1
(umask 077 && echo statesync-demo >"$TAP_DIR/password" && echo wrong >"$TAP_DIR/wrong")
simple="directory.bind=simple directory.bind_dn=$IDENTITY directory.password_file=$TAP_DIR/password"
cert="directory.bind=external directory.tls_cert=$SLAPD_CERT directory.tls_key=$SLAPD_KEY"
ca="directory.tls_ca=$SLAPD_CA"

# way NAME URI SETTING...: changes the world, runs a pass, looks whether all is written
turn=0
way() {
    local name=$1 uri=$2 wanted=Running k
    shift 2
    turn=$((turn + 1))
    if [ $((turn % 2)) = 0 ]; then
        wanted=Paused
        for k in 1 2 3; do world $k every 1 pause || exit 1; done
    elif [ $turn -gt 1 ]; then
        for k in 1 2 3; do world $k every 1 resume || exit 1; done
    fi
    site_conf "$TAP_DIR/conf" "directory.uri=$uri" "$@"
    run_sync "$TAP_DIR/conf"
    ended 0 "$name"
    snapshot "$TAP_DIR/s"
    is "$(tally "$TAP_DIR/s" 2,3,4)" "$n $wanted|TRUE|" "$name: every status is there"
    like "$(slapd_search "$SERVICE" base '(objectClass=*)' modifiersName)" "modifiersName: $IDENTITY" \
        "$name: written by the identity"
}

# fails NAME PATTERN URI SETTING...: exit 5, with a reason, and nothing is written
fails() {
    local name=$1 pattern=$2 uri=$3 modifies
    shift 3
    site_conf "$TAP_DIR/conf" "directory.uri=$uri" "$@"
    modifies=$(slapd_count Modify)
    run_sync "$TAP_DIR/conf"
    ended 5 "$name"
    like "$ERR" "$pattern" "$name: says so"
    is $(($(slapd_count Modify) - modifies)) 0 "$name: nothing written"
}

plan 38

# shellcheck disable=SC2086 # several words
{
    way 'unix socket, EXTERNAL' "$SLAPD_LDAPI"
    is "$(slapd_search "$BASE" sub "(creatorsName=$IDENTITY)" 1.1 | sed -n 's/^dn: //p')" "$SERVICE" \
        'the only entry it made is the service entry'
    way 'StartTLS, password' "$SLAPD_LDAP" $ca $simple
    way 'ldaps, password' "$SLAPD_LDAPS" $ca $simple
    way 'StartTLS, client certificate' "$SLAPD_LDAP" $ca $cert
    way 'ldaps, client certificate' "$SLAPD_LDAPS" $ca $cert
    way 'unix socket, password' "$SLAPD_LDAPI" $simple

    fails 'a wrong password' 'nvalid credentials' "$SLAPD_LDAPS" $ca \
        ${simple/%password/wrong}
    fails 'an unknown authority' '[Cc]ertificate|TLS' "$SLAPD_LDAPS" $simple
    fails 'StartTLS with an unknown authority' '[Cc]ertificate|TLS' "$SLAPD_LDAP" $simple
}

# What it may not do, as a person with its password would try it.
denied() { # NAME LDIF
    like "$(printf '%s\n' "$2" | ldapmodify -x -H "$SLAPD_LDAPI" -D "$IDENTITY" -w statesync-demo 2>&1)" \
        '\(50\)' "denied: $1"
}
replace() { printf 'dn: %s\nchangetype: modify\nreplace: %s\n%s: %s\n' "$1" "$2" "$2" "$3"; }
denied 'what a machine is meant to do' "$(replace "$(vm_dn 1)" sstStatus shutdown)"
denied 'where it is' "$(replace "$(vm_dn 1)" sstNode vm-node-02.example.org)"
denied 'its name' "$(replace "$(vm_dn 1)" sstDisplayName other)"
denied 'that it is there' "dn: $(vm_dn 1)"$'\nchangetype: delete'
denied 'its own password' "$(replace "$IDENTITY" userPassword secret)"
denied 'that the service entry is there' "dn: $SERVICE"$'\nchangetype: delete'

# One entry that is refused: the others are written, the exit status says so.
slapd_stop "$TAP_DIR/ldap"
{
    echo "access to dn.base=\"$(vm_dn $forbidden)\" by dn.exact=\"$IDENTITY\" read by * break"
    cat "$TAP_DIR/acl.conf"
} >"$TAP_DIR/acl.new" && mv "$TAP_DIR/acl.new" "$TAP_DIR/acl.conf"
slapd_restart "$TAP_DIR/ldap" || exit 1
before=$(vm_get $forbidden sstVirtualMachineStatus)
for k in 1 2 3; do world $k every 1 resume || exit 1; done
site_conf "$TAP_DIR/conf"
run_sync "$TAP_DIR/conf"
ended 6 'an entry that must not be written'
like "$ERR" "refused.*$(vm_uuid $forbidden).*[Ii]nsufficient access" 'is named, with the reason'
like "$OUT" '29 written, 1 refused' 'and counted'
snapshot "$TAP_DIR/s"
is "$before|$(tally "$TAP_DIR/s" 2)" "Paused|1 Paused;$((n - 1)) Running" 'all others are written'
