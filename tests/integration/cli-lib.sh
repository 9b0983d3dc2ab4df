# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of the commands share: the sample site on a private slapd,
# with the example's access rules, and the three nodes in libvirt's test
# driver.  Sourced after tap.sh; skips the whole test where slapd is missing.
#
#   site_start [slapd option...]    a site: $SITE (folder), $CONF, $STATE, SLAPD_*
#   config_write [line...]          $CONF; lines go into [sync] and may begin other sections
#   statesync ARGUMENT...           the program; run COMMAND... : $status, $out, $err
. "$STATESYNC_SRCDIR/tests/lib/slapd.sh"

PROGRAM=$STATESYNC_BUILDDIR/src/statesync
DATA=$STATESYNC_SRCDIR/tests/data
SUFFIX=dc=stoney-cloud,dc=org
BASE=ou=virtualization,ou=services,$SUFFIX
VMS="ou=virtual machines,$BASE"
IDENTITY=cn=statesync,ou=administration,$SUFFIX
SERVICE=cn=statesync,$BASE
export LC_ALL=C.UTF-8 TZ=UTC

missing=$(slapd_missing)
[ -z "$missing" ] || skip_all "$missing"
[ -x "$PROGRAM" ] || skip_all "$PROGRAM is not built"

statesync() {
    "$PROGRAM" "$@"
}

# run COMMAND...: never fails; sets $status, $out and $err.
run() {
    out=$("$@" 2>"$TAP_DIR/stderr")
    status=$?
    err=$(cat "$TAP_DIR/stderr")
}

vm() { # NN: the DN of a virtual machine of the sample
    echo "sstVirtualMachine=11111111-0000-4000-8000-0000000000$1,$VMS"
}

template() { # NN
    echo "sstVirtualMachine=22222222-0000-4000-8000-0000000000$1,$VMS"
}

config_write() {
    local node
    {
        printf '[directory]\nuri = %s\nbase = %s\nbind = external\n' "$SLAPD_LDAPI" "$BASE"
        for node in 1 2 3; do
            printf '[node vm-node-0%s.example.org]\nuri = "test://%s/node-0%s.xml"\n' \
                $node "$SITE" $node
        done
        printf '[sync]\nstate_file = "%s"\n' "$STATE"
        [ $# -eq 0 ] || printf '%s\n' "$@"
    } >"$CONF"
}

site_start() {
    SITES=$((${SITES:-0} + 1))
    SITE=$TAP_DIR/site$SITES CONF=$TAP_DIR/site$SITES/conf STATE=$TAP_DIR/site$SITES/state
    mkdir "$SITE" && install -m 644 "$DATA"/node-0?.xml "$SITE" || exit 1
    slapd_start "$SITE/ldap" ldif="$DATA/sample.ldif" acl="$STATESYNC_SRCDIR/etc/slapd-access.conf" \
        external="$IDENTITY" tls=no tcp=no "$@" || exit 1
    config_write
}

# The statuses in the directory, as sample.expected has them.
statuses() {
    slapd_search "$VMS" one '(objectClass=sstVirtualizationVirtualMachine)' \
        sstVirtualMachine sstVirtualMachineStatus |
        awk -F': ' '$1 == "sstVirtualMachine" { uuid = $2 }
                    $1 == "sstVirtualMachineStatus" { status = $2 }
                    /^$/ { print uuid "\t" status; uuid = status = "" }' | LC_ALL=C sort
}

# modify LDIF: somebody else changes the directory.
modify() {
    slapd_as_root ldapmodify >/dev/null <<<"$1"
}

# set_value DN ATTRIBUTE VALUE
set_value() {
    modify "dn: $1
changetype: modify
replace: $2
$2: $3
"
}

# json EXPRESSION: evaluates Perl with $j, the JSON text of $out, and prints the result.
json() {
    perl -MJSON::PP -e 'binmode STDOUT, ":utf8"; my $j = decode_json(join "", <STDIN>);
        my @r = eval $ARGV[0]; die $@ if $@; print join(" ", map { $_ // "null" } @r), "\n"' -- "$1" \
        <<<"$out" 2>&1
}
