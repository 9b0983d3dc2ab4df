# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync list, over a site with entries nobody would wish for: names with
# commas, quotes, line ends, NUL bytes, of a megabyte; malformed entries.  The
# pass before it has to cope with them, too.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 51
site_start

# --- bad entries --------------------------------------------------------------------

attributes=$(slapd_search "$(vm 01)" base '(objectClass=*)' |
    grep -vE '^(dn|objectClass|sstVirtualMachine|sstDisplayName):|^$')
# add_vm UUID LDIF-LINES [SED-SCRIPT]: one more entry, otherwise like virtual machine 01.
add_vm() {
    slapd_as_root ldapadd >"$TAP_DIR/ldapadd" 2>&1 <<END || diag "$1: $(cat "$TAP_DIR/ldapadd")"
dn: sstVirtualMachine=$1,$VMS
objectClass: top
objectClass: sstVirtualizationVirtualMachine
objectClass: sstRelationship
objectClass: sstSpice
objectClass: labeledURIObject
sstVirtualMachine: $1
$2
$(sed -e "${3:-}" <<<"$attributes")
END
}
name64() { printf 'sstDisplayName:: %s' "$(printf "$1" | base64 -w0)"; }
id() { echo "33333333-0000-4000-8000-0000000000$1"; }

add_vm not-a-uuid 'sstDisplayName: broken'
add_vm "$(id 01)" "$(name64 'nul\0byte')"
add_vm "$(id 02)" "sstDisplayName: $(head -c 1000000 /dev/zero | tr '\0' x)"
add_vm "$(id 03)" 'sstDisplayName: no type' '/^sstVirtualMachineType:/d'
add_vm "$(id 04)" 'sstDisplayName: =1+cmd, "quoted"'
add_vm "$(id 05)" "$(name64 'two\nlines, "quoted"\r\nthree')"
add_vm "$(id 06)" 'sstDisplayName: elsewhere' 's/^sstNode: .*/sstNode: no-such-node.example.org/'
add_vm "$(id 07)" "sstVirtualMachine: $(id 99)
sstDisplayName: two UUIDs"
add_vm "$(id 08)" "$(name64 'gr\xc3\xbcn \033[31mred')"
add_vm "$(id 09)" 'sstDisplayName: NUL in its node' \
    "s/^sstNode: .*/sstNode:: $(printf 'vm-node-01\0.example.org' | base64 -w0)/"
add_vm "$(id 10)" 'sstDisplayName: -minus'

run statesync sync -c "$CONF"
is "$status" 3 'a pass over bad entries is done'
like "$out" ': 39 VMs and templates on 3 nodes: [0-9]+ written, 2 stale, 3 malformed in' 'it counts them'
like "$err" 'malformed-entry: .*\(3 malformed or duplicate entries, the first is sstVirtualMachine=' \
    'it names the first'
like "$(slapd_values "$SERVICE" sstStateSyncAlarm)" '^malformed-entry: .* the first is ' \
    'the service entry says so, too'
is "$(diff <(statuses | grep -v '^3') <(LC_ALL=C sort "$DATA/sample.expected") | grep -v not-a-uuid | grep '^[<>]')" '' \
    'all other entries got their status'
is "$(slapd_values "sstVirtualMachine=$(id 01),$VMS" sstVirtualMachineStatus)" Stopped \
    'a NUL byte in a name keeps nothing from its status'
is "$(slapd_values "sstVirtualMachine=$(id 02),$VMS" sstVirtualMachineStatus)" Stopped 'nor does a megabyte'
is "$(slapd_values "sstVirtualMachine=$(id 07),$VMS" sstVirtualMachineStatus)" '' \
    'an entry with two UUIDs gets none'
modifies=$(slapd_count Modify)
run statesync sync -c "$CONF"
like "$out" ': 0 written, 2 stale, 3 malformed' 'a second pass writes nothing'
run statesync sync -c "$CONF" --record "$SITE/record"
run statesync replay "$SITE/record"
is "$status" 0 'such a pass can be recorded and replayed'

# --- table --------------------------------------------------------------------------

run statesync list -c "$CONF"
is "$status" 0 'the list ends well'
is "$err" '' 'and nothing else is said'
is "$(wc -l <<<"$out")" 40 'it has a heading and 39 lines, whatever is in the names'
like "$(head -n 1 <<<"$out")" '^NAME +STATUS +NODE +SINCE +STALE +ALARMS$' 'the heading names the columns'
like "$out" '^kvm-0011.example.org +Running, migrating +vm-node-02.example.org +20[0-9TZ:-]+ +- +-$' 'a line'
like "$out" '^two\?lines, "quoted"\?\?three ' 'line ends are shown as question marks'
not_ok 'no control character is shown' grep -qP '[\x00-\x08\x0b-\x1f\x7f]' <<<"$out"
ok 'no line is endless' test "$(awk '{ if (length > m) m = length } END { print m }' <<<"$out")" -lt 600

# --- JSON and CSV -------------------------------------------------------------------

run statesync list -c "$CONF" --json
is "$status" 0 'JSON ends well'
is "$(json 'scalar @$j')" 39 'it has 39 objects'
is "$(json 'join ",", sort keys %{$j->[0]}')" \
    'actions,alarms,name,node,reason,since,stale,status,type,uuid' 'with these members'
is "$(json 'map { $_->{status} } grep { $_->{uuid} && $_->{uuid} =~ /^3.*05$/ } @$j')" Stopped 'a value'
is "$(json 'map { length $_->{name} } grep { $_->{uuid} && $_->{uuid} =~ /^3.*02$/ } @$j')" 65536 \
    'of an endless value there is a part'
is "$(json 'join "|", map { $_->{name} } @$j')" "$(json 'join "|", sort map { $_->{name} } @$j')" 'sorted by name'
is "$(json 'map { $_->{since} } grep { $_->{name} eq "no type" } @$j')" null 'what is missing is null'
printf '%s' "$out" >"$TAP_DIR/json"
statesync list -c "$CONF" --csv >"$TAP_DIR/csv"
is $? 0 'CSV ends well'
is "$(head -n 1 "$TAP_DIR/csv")" $'name,status,node,since,stale,alarms,type,uuid,actions,reason\r' 'with a heading'
cat >"$TAP_DIR/compare.pl" <<'END'
# Parses CSV strictly as RFC 4180 and compares with the JSON.
use strict; use warnings; use JSON::PP; binmode STDOUT, ":utf8";
local $/; open my $f, "<:raw", $ARGV[0] or die; my $csv = <$f>; open $f, "<:raw", $ARGV[1] or die;
my $json = decode_json(<$f>); utf8::decode($csv) or die "no UTF-8";
my (@rows, @row);
pos($csv) = 0;
while (pos($csv) < length $csv) {
    if ($csv =~ /\G"((?:[^"]|"")*)"/gc) { my $c = $1; $c =~ s/""/"/g; push @row, $c }
    elsif ($csv =~ /\G([^",\r\n]*)/gc) { push @row, $1 }
    if ($csv =~ /\G,/gc) { next }
    $csv =~ /\G\r\n/gc or die "byte " . pos($csv) . ": neither comma nor line end\n";
    push @rows, [@row]; @row = ();
}
my @names = @{shift @rows};
die "rows: " . @rows . "\n" unless @rows == @$json;
for my $i (0 .. $#rows) {
    die "row $i has " . @{$rows[$i]} . " cells\n" unless @{$rows[$i]} == @names;
    for my $c (0 .. $#names) {
        my $want = $json->[$i]{$names[$c]} // "";
        $want = "'$want" if $want =~ /^[=+\-@\t\r]/;    # no formula for a spreadsheet
        die "row $i $names[$c]: $rows[$i][$c], not $want\n" unless $rows[$i][$c] eq $want;
    }
}
print "equal\n";
END
is "$(perl "$TAP_DIR/compare.pl" "$TAP_DIR/csv" "$TAP_DIR/json" 2>&1)" equal 'parsed, it is what the JSON says'
like "$(cat "$TAP_DIR/csv")" "^\"'=1\+cmd, \"\"quoted\"\"\"," 'no cell is a formula'
run statesync list -c "$CONF" --json --csv
is "$status" 2 'both at once is a usage error'

# --- filters ----------------------------------------------------------------------------

names() { # OPTION...: the names, on one line
    run statesync list -c "$CONF" --json "$@"
    json 'map { $_->{name} } sort { $a->{name} cmp $b->{name} } @$j'
}
short() { sed 's/kvm-00\([0-9][0-9]\).example.org/\1/g' <<<"$1"; }
is "$(short "$(names --state paused)")" 'Alpine 3 04 05 12 15' '--state, in any case'
is "$(short "$(names --state Crashed --state 'Powering off')")" '06 09' '--state several times'
is "$(short "$(names --state 'Running, streaming [0.0 %]')")" 17 '--state with a whole status'
is "$(names --state 'Do not use')" 'Something old' '--state Do not use'
is "$(names --state none)" 'NUL in its node broken elsewhere no type two UUIDs' '--state none: without a status'
run statesync list -c "$CONF" --state nonsense
is "$status" 2 '--state nonsense is a usage error'
like "$err" 'nonsense' 'that names it'
is "$(short "$(names --node VM-NODE-03.example.org --state running)")" 'FreeBSD 14' '--node, in any case, and --state'
is "$(short "$(names --node no-such-node.example.org)")" elsewhere '--node that only an entry names'
is "$(names --stale)" 'NUL in its node elsewhere' '--stale'
is "$(names --alarm malformed-entry)" '' '--alarm that no entry has'
set_value "$(vm 01)" sstVirtualMachineStatusAlarm 'streaming-stalled: no job for 70 s'
set_value "$(vm 02)" sstVirtualMachineStatusAlarm 'Orphan: made up'
is "$(short "$(names --alarm streaming-stalled)")" 01 '--alarm'
is "$(short "$(names --alarm orphan)")" 02 '--alarm, in any case'
is "$(short "$(names --alarm any)")" '01 02' '--alarm any'
run statesync list -c "$CONF" --alarm nonsense
is "$status" 2 '--alarm nonsense is a usage error'
like "$err" 'nonsense' 'that names it'
run statesync list -c "$CONF" --state crashed
is "$(wc -l <<<"$out")" 2 'filters hold for the table'
run statesync list -c "$CONF" --state crashed --csv
is "$(wc -l <<<"$out")" 2 'and for CSV'
run statesync list -c "$CONF" extra
is "$status" 2 'an argument is a usage error'

# reading needs no right to write
modifies=$(slapd_count Modify)
sed -i 's/^bind = .*/bind = none/' "$CONF"
run statesync list -c "$CONF"
is "$(slapd_count Modify)" "$modifies" 'the list writes nothing'
is "$status" 5 'and needs the right to read'
