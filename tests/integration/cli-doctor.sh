# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync doctor: a site where all is well, and one thing after the other that is not.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"
. "$STATESYNC_SRCDIR/tests/integration/one_lib.sh"

plan 66

json() { # PERL: $j is what was printed
    perl -MJSON::PP -e 'my $j = decode_json(join "", <STDIN>);
        my @r = eval $ARGV[0]; die $@ if $@; print join(" ", map { $_ // "null" } @r), "\n"' -- "$1" <<<"$out" 2>&1
}

doctor() {
    run statesync doctor -c "$CONF" "$@"
}

says() { # REGEX NAME: one of the lines
    like "$out" "$1" "$2"
}

csns() { # of every entry but the service entry
    slapd_search "$BASE" sub '(!(objectClass=sstStateSyncService))' entryCSN | grep '^entryCSN' | sort
}

# --- all is well ----------------------------------------------------------------------------

site_start overlays='syncprov accesslog' tls=yes tcp=yes
run statesync sync -c "$CONF"
before=$(csns)
doctor
is "$status $err" '0 ' 'all is well'
is "$(grep -cE '^  (warning|wrong|unknown)' <<<"$out")" 0 'and nothing else is said'
says "^  ok       we are $IDENTITY\$" 'who we are'
says '^  ok       content synchronization works, [0-9]+ entries$' 'content synchronization is tried'
says '^  ok       all controls we use are offered$' 'controls'
says '^  ok       28 VMs and templates, 3 nodes$' 'what is there'
is "$(grep -c '^  ok       we may write ' <<<"$out")" 3 'rights on the service entry, VMs and nodes'
says "^  ok       the server's clock goes like ours, within [0-9.]+ ms\$" 'the clock'
says '^  ok       changes are logged below cn=log$' 'the log of changes'
is "$(grep -c '^  ok       answers read-only: TEST [0-9.]*, libvirt [0-9.]*, [89] domains' <<<"$out")" 3 'all nodes are read'
is "$(grep -c '^  ok       all events can be registered$' <<<"$out")" 3 'and their events registered'
is "$(csns)" "$before" 'no entry was changed but our own'
doctor -q
is "$status $out$err" '0 ' 'quiet: nothing to say'
doctor --json
is "$status $(json '$j->{exit}, $j->{wrong}, $j->{warning}, $j->{ok} > 20 ? 1 : 0, scalar(@{$j->{codes}})')" \
    '0 0 0 0 1 0' 'JSON: nothing is wrong'
is "$(json 'scalar grep { !$_->{area} || !$_->{check} || !$_->{result} || !$_->{text} || !exists $_->{mend} } @{$j->{checks}}')" \
    0 'each check has all its members'
run statesync doctor -c "$CONF" now
is "$status $err" '2 statesync: doctor takes no arguments ("now")' 'arguments are refused'

# --- TLS, several servers ---------------------------------------------------------------------

cp "$CONF" "$CONF.well"
sed -i "s|^uri = ldapi.*|uri = $SLAPD_LDAP $SLAPD_LDAPS\ntls_ca = $SLAPD_CA\ntls_cert = $SLAPD_CERT\ntls_key = $SLAPD_KEY|" "$CONF"
cp "$CONF" "$CONF.tls"
doctor
is "$status" 0 'by StartTLS and ldaps'
is "$(grep -Ec "^  warning  the server's certificate, CN=localhost, ends at .*Z, in (29|30) days: make" <<<"$out")" 2 \
    'their certificates end soon'
says "^           -> openssl s_client -connect 127.0.0.1:$SLAPD_PORT -starttls ldap <" 'how to look at it'
says "^  warning  our certificate for the directory \\(tls_cert\\) .*CN=statesync, ends at" 'so does ours'
sed -i "s|^uri = ldap.*|uri = $SLAPD_LDAP|; s|^\[directory\]|&\nstarttls = no|; s|^bind = external|bind = none|" "$CONF"
doctor
is "$status" 5 'nobody may read'
says '^  warning  the connection is not encrypted' 'in the clear'
says '^  warning  we are nobody \(bind = none\)' 'as nobody'
cp "$CONF.tls" "$CONF"
sed -i "s|^uri = ldap.*|uri = ldap://127.0.0.1:1 $SLAPD_LDAPS|" "$CONF"
doctor
is "$status" 1 'one server is away, all is well on the other one'
says '^  wrong    ldap://127.0.0.1:1: .*Connection refused$' 'the one'
says '^           -> ldapsearch -x -H ldap://127.0.0.1:1 ' 'how to ask it'
sed -i "s|^uri = ldap.*|uri = ldap://127.0.0.1:1|" "$CONF"
doctor
is "$status" 5 'no server at all'
says '^  unknown  the nodes: the directory says which there are$' 'the rest is not known'
cp "$CONF.well" "$CONF"

# --- the service entry, nodes --------------------------------------------------------------------

run statesync pause 1h --why work -c "$CONF"
doctor -q
is "$status" 0 'a pause is nothing wrong'
says '^  warning  no status is written: paused until .* because work$' 'but worth a word'
says '^[0-9]+ checks: 0 wrong, 1 warning, 0 unknown$' 'quiet: the rest is counted'
run statesync resume -c "$CONF"
set_value "$SERVICE" sstStateSyncPassCompleted 20260101000000Z
set_value "$(vm 01)" sstNode vm-node-77.example.org
config_write "[nodes]
deadline = 5" '[node vm-node-02.example.org]' 'uri = test+tcp://127.0.0.1:1/default' \
    '[node vm-node-03.example.org]' 'uri = "test:///nowhere.xml"'
sed -i '/^\[node vm-node-0[23]/{N;/test:\/\/\/tmp/d;/site1/d}' "$CONF"
doctor
is "$status" 3 'nodes that do not answer'
says '^  warning  the last pass was completed at 2026-01-01T00:00:00Z by ' 'nobody looks any more'
says '^  warning  1 VMs and templates belong to nodes that the directory does not have, the first is kvm-0001.example.org on vm-node-77' \
    'a home that is none'
says '^  wrong    its domains cannot be read \(refused\): ' 'a node that refuses'
says '^           -> ssh vm-node-02.example.org systemctl enable --now libvirtd-tcp.socket$' 'what mends it'
is "$(grep -c '^  wrong    its domains cannot be read' <<<"$out")" 2 'another one that is not there'
is "$(grep -c '^  ok       answers read-only' <<<"$out")" 1 'the others are looked at'
type=$(slapd_search "ou=nodes,$BASE" sub '(objectClass=sstTypeNode)' dn | sed -n 's/^dn: \(.*vm-node-02.*\)/\1/p' | head -1)
set_value "$type" sstNodeState maintenance
doctor
says '^  note     its domains cannot be read \(refused\): .*; the directory says that it is in maintenance$' \
    'nobody wonders about one in maintenance'
cp "$CONF.well" "$CONF"

# --- rights, schema, limits ---------------------------------------------------------------------------

acl=$TAP_DIR/acl
{
    echo "access to attrs=sstVirtualMachineStatusAlarm,sstVirtualMachineRequestedAction by * read"
    echo "access to dn.onelevel=\"ou=nodes,$BASE\" by dn.exact=\"$IDENTITY\" read by * break"
    cat "$STATESYNC_SRCDIR/etc/slapd-access.conf"
} >"$acl"
site_start acl="$acl"
run statesync sync -c "$CONF"
doctor
is "$status" 6 'rights are missing'
says '^  wrong    we may not write the statuses of VMs: sstVirtualMachineStatusAlarm, sstVirtualMachineRequestedAction \(' \
    'it is said which'
says '^  wrong    we may not write the status of nodes: objectClass, sstNodeStatusReachable, ' 'and on nodes'
says '^cp .*/examples/slapd-access.ldif' 'what mends it, for copying: no blanks before it'
says '^  warning  no content synchronization \(RFC 4533\): statesync daemon' 'no syncprov'
is "$(grep -c 'content synchronization' <<<"$out")" 1 'once'
says '^objectClass: olcSyncProvConfig$' 'how to get it'
says '^  note     .* keeps no log of changes \(slapo-accesslog\)' 'no log'
doctor --json
is "$(json 'join ",", @{$j->{codes}}')" refused 'the code by its word'

site_start sizelimit=12 overlays=syncprov
doctor
is "$status" 5 'a size limit'
says '^  wrong    the subtree of VMs cannot be read completely: .*Size limit exceeded' 'is found'
says "^olcLimits: dn.exact=\"$IDENTITY\" size.soft=unlimited" 'what mends it'
says "^  note     the service entry $SERVICE is not there; the first pass makes it, which we may\$" \
    'before the first pass'
is "$(slapd_search "$SERVICE" base '(objectClass=*)' 2>&1 | grep -c '^dn:')" 0 'which it does not make'

plain=$TAP_DIR/plain
mkdir "$plain"
cp "$DATA"/node-0?.xml "$plain"
grep -vE '^sstVirtualMachineRequested|^objectClass: sstVirtualMachineStatusObject' "$DATA/sample.ldif" >"$plain/sample.ldif"
DATA=$plain site_start schemas='core cosine inetorgperson stoney-compat' acl=
doctor
is "$status" 5 'without our schema'
says '^  wrong    .* lacks sstVirtualMachineStatus' 'is said'
says '^           -> ldapadd -Q -Y EXTERNAL -H ldapi:/// -f .*/schema/statesync.ldif$' 'what mends it'
is "$(grep -c "Invalid syntax" <<<"$out")" 0 "nothing of it is tried then"
is "$(grep -c '^  ok       answers read-only' <<<"$out")" 3 'nodes are looked at all the same'

printf '[directory]\nbind = sometimes\nlease = 1\n' >"$TAP_DIR/bad.conf"
run statesync doctor -c "$TAP_DIR/bad.conf"
is "$status" 2 'a configuration that cannot be used'
says '^  wrong    line 2: ' 'with the line'

# --- OpenNebula -----------------------------------------------------------------------------------------

site_start tls=no
one_start one
one one put 7 3 3 link=11111111-0000-4000-8000-000000000001
one_conf "$CONF" one "events = \"${ONE_EVENTS[one]}\""
one_start two --session other:token
one_conf "$CONF" two
doctor
is "$status" 3 'a front-end that refuses us'
is "$(sed -n '/^opennebula one/,/^opennebula two/p' <<<"$out" | sed -E 's/OpenNebula [0-9.]+/OpenNebula N/; s/[0-9.]+ ms/N ms/; s/tcp:.* can/X can/')" \
    "opennebula one
  ok       answers: OpenNebula N, the account sees 1 VMs, after N ms
  ok       its events at X can be heard
opennebula two" 'one that is well'
says '^  wrong    its VMs cannot be read \(auth\): ' 'and one that is not'

run statesync doctor -c "$SITE/no-such-file"
is "$status" 2 'a configuration that is not there'
like "$out" '^  wrong    cannot be read: No such file or directory$' 'is told'
like "$out" "^           -> cp .*/examples/statesync.conf .*no-such-file'?\$" 'and where to take one from'
