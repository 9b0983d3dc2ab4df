# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync list, over a site with entries nobody would wish for: names with
# commas, quotes, line ends, NUL bytes, of a megabyte; malformed entries.  The
# pass before it has to cope with them, too.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 86
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
add_vm "$(id 12)" 'sstDisplayName: +plus'
add_vm "$(id 13)" 'sstDisplayName: @at,'
add_vm "$(id 14)" "$(name64 '\ttab')"
add_vm "$(id 11)" 'sstDisplayName: a node of 100 KB' \
    "s/^sstNode: .*/sstNode: $(head -c 100000 /dev/zero | tr '\0' n)/"

run statesync sync -c "$CONF"
is "$status" 3 'a pass over bad entries is done'
like "$out" ': 43 VMs and templates on 3 nodes: [0-9]+ written, 3 stale, 3 malformed in' 'it counts them'
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
like "$out" ': 0 written, 3 stale, 3 malformed' 'a second pass writes nothing'
run statesync sync -c "$CONF" --record "$SITE/record"
run statesync replay "$SITE/record"
is "$status" 0 'such a pass can be recorded and replayed'

# --- table --------------------------------------------------------------------------

run statesync list -c "$CONF"
is "$status" 0 'the list ends well'
is "$err" '' 'and nothing else is said'
is "$(wc -l <<<"$out")" 44 'it has a heading and 43 lines, whatever is in the names'
like "$(head -n 1 <<<"$out")" '^NAME +STATUS +NODE +SINCE +STALE +ALARMS$' 'the heading names the columns'
like "$out" '^kvm-0011.example.org +Running, migrating +vm-node-02.example.org +20[0-9TZ:-]+ +- +-$' 'a line'
like "$out" '^two\?lines, "quoted"\?\?three ' 'line ends are shown as question marks'
not_ok 'no control character is shown' grep -qP '[\x00-\x08\x0b-\x1f\x7f]' <<<"$out"
ok 'no line is endless' test "$(awk '{ if (length > m) m = length } END { print m }' <<<"$out")" -lt 600

# --- JSON and CSV -------------------------------------------------------------------

ALL=name,status,node,since,stale,alarms,type,uuid,actions,reason,state,activity,permille,stale_since
ALL=$ALL,home,migrates_to,mode,meant_to,requested,pool,customer,reseller,opennebula,dn
run statesync list -c "$CONF" --json
is "$status" 0 'JSON ends well'
is "$(json 'scalar @$j')" 43 'it has 43 objects'
is "$(json 'join ",", sort keys %{$j->[0]}')" \
    "$(tr ',' '\n' <<<"$ALL" | sort | paste -sd,)" 'with these members'
is "$(json 'map { $_->{status} } grep { $_->{uuid} && $_->{uuid} =~ /^3.*05$/ } @$j')" Stopped 'a value'
is "$(json 'map { length $_->{name} } grep { $_->{uuid} && $_->{uuid} =~ /^3.*02$/ } @$j')" 1024 \
    'of an endless value there is a part'
is "$(json 'join "|", map { $_->{name} } @$j')" "$(json 'join "|", sort map { $_->{name} } @$j')" 'sorted by name'
is "$(json 'map { $_->{since} } grep { $_->{name} eq "no type" } @$j')" null 'what is missing is null'
printf '%s' "$out" >"$TAP_DIR/json"
statesync list -c "$CONF" --csv >"$TAP_DIR/csv"
is $? 0 'CSV ends well'
is "$(head -n 1 "$TAP_DIR/csv")" $"$ALL"$'\r' 'with a heading'
statesync list -c "$CONF" --json-lines >"$TAP_DIR/lines"
statesync list -c "$CONF" --columns="$ALL" >"$TAP_DIR/text"
cat >"$TAP_DIR/compare.pl" <<'END'
# Parses CSV (strictly, as RFC 4180), JSON Lines or the table, and compares with the JSON.
use strict; use warnings; use JSON::PP; binmode STDOUT, ":utf8";
my ($form, $file, $json) = @ARGV;
sub slurp { local $/; open my $f, "<:raw", shift or die; <$f> }
$json = decode_json(slurp($json));
my $text = slurp($file);
my (@names, @rows);
if ($form eq "lines") {
    @rows = map { decode_json($_) } split /\n/, $text;
    @names = sort keys %{$json->[0]};
    @rows = map { my $r = $_; [map { $r->{$_} } @names] } @rows;
} elsif ($form eq "csv") {
    utf8::decode($text) or die "no UTF-8";
    my @row;
    pos($text) = 0;
    while (pos($text) < length $text) {
        if ($text =~ /\G"((?:[^"]|"")*)"/gc) { my $c = $1; $c =~ s/""/"/g; push @row, $c }
        elsif ($text =~ /\G([^",\r\n]*)/gc) { push @row, $1 }
        if ($text =~ /\G,/gc) { next }
        $text =~ /\G\r\n/gc or die "byte " . pos($text) . ": neither comma nor line end\n";
        push @rows, [@row]; @row = ();
    }
    @names = @{shift @rows};
} else {
    utf8::decode($text) or die "no UTF-8";
    my ($head, @lines) = split /\n/, $text;
    my @at;
    while ($head =~ /(\S+)/g) { push @names, lc $1; push @at, $-[1] }
    for my $line (@lines) {
        my @row;
        for my $c (0 .. $#at) {
            my $cell = $at[$c] > length $line ? "" : substr $line, $at[$c], $c < $#at ? $at[$c + 1] - $at[$c] : 10000;
            push @row, $cell =~ s/ +$//r;
        }
        push @rows, \@row;
    }
}
# What a form makes of a value.
sub shown {
    my $v = shift;
    return $v if $form eq "lines";
    $v = $v // "";
    return $v =~ /^[=+\-@\t\r]/ ? "'$v" : $v if $form eq "csv"; # no formula for a spreadsheet
    return "-" if $v eq "";
    $v =~ s/[^[:print:]]/?/g;
    $v = substr($v, 0, 160) . "..." if length $v > 160;
    return $v =~ s/ +$//r;
}
die "rows: " . @rows . "\n" unless @rows == @$json;
die "names: @names\n" unless @names == keys %{$json->[0]};
for my $i (0 .. $#rows) {
    die "row $i has " . @{$rows[$i]} . " cells\n" unless @{$rows[$i]} == @names;
    for my $c (0 .. $#names) {
        my ($got, $want) = ($rows[$i][$c], shown($json->[$i]{$names[$c]}));
        die "row $i $names[$c]: $got, not $want\n" unless ($got // "\0") eq ($want // "\0");
    }
}
print "equal\n";
END
for form in csv lines text; do
    is "$(perl "$TAP_DIR/compare.pl" $form "$TAP_DIR/$form" "$TAP_DIR/json" 2>&1)" equal \
        "$form: parsed, it is what the JSON says"
done
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
is "$(names --state none)" 'NUL in its node a node of 100 KB broken elsewhere no type two UUIDs' '--state none: without a status'
run statesync list -c "$CONF" --state nonsense
is "$status" 2 '--state nonsense is a usage error'
like "$err" 'nonsense' 'that names it'
is "$(short "$(names --node VM-NODE-03.example.org --state running)")" 'FreeBSD 14' '--node, in any case, and --state'
is "$(short "$(names --node no-such-node.example.org)")" elsewhere '--node that only an entry names'
run statesync list -c "$CONF" --node vm-node-01
is "$status|$err" '2|statesync: the directory has no node "vm-node-01"' 'a node that there is not'
is "$(names --stale)" 'NUL in its node a node of 100 KB elsewhere' '--stale'
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

# --- other words ---------------------------------------------------------------------------

# stat NN: the row of a virtual machine of the sample, without its age
one_row() {
    grep "^11111111-0000-4000-8000-0000000000$1 " <<<"$out" | tr -s ' ' | sed 's/ [0-9]*d [0-9][0-9]h[0-9][0-9]$//'
}
run statesync list -c "$CONF" --words opennebula
is "$status/$err" 0/ '--words opennebula ends well'
like "$(head -n 1 <<<"$out")" '^ID +USER +GROUP +NAME +STAT +CPU +MEM +HOST +TIME$' 'the columns of onevm list'
is "$(wc -l <<<"$out")" 44 'with all entries'
is "$(sed 1d <<<"$out" | cut -d' ' -f1 | grep -v '^-')" "$(sed 1d <<<"$out" | cut -d' ' -f1 | grep -v '^-' | sort)" \
    'by ID'
ours='4000001 4000000'
id11=11111111-0000-4000-8000-0000000000
is "$(one_row 01)" "${id11}01 $ours kvm-0001.example.org runn 1 1G vm-node-01.example.org" 'Running'
is "$(one_row 03)" "${id11}03 $ours kvm-0003.example.org poff 1 1G vm-node-03.example.org" 'Stopped'
is "$(one_row 11)" "${id11}11 $ours kvm-0011.example.org migr 1 1G vm-node-02.example.org" 'Running, migrating'
is "$(one_row 07)" "${id11}07 $ours kvm-0007.example.org shut 1 1G vm-node-01.example.org" 'Shutting down'
is "$(one_row 19)" "${id11}19 $ours kvm-0019.example.org clon 1 1G -" 'Stopped, streaming: no host'
like "$(grep "^${id11}01" <<<"$out")" ' 0d 00h0[0-9]$' 'the age of the entry'
set_value "$(vm 01)" sstMemory 1610612736
set_value "$(vm 02)" sstMemory 536870912
set_value "$(vm 03)" sstMemory -5
# what a front-end says is published as it is, what nobody knows too
pair() { # NN STATE LCM NAME
    set_value "$(vm "$1")" sstVirtualMachineOneState "$2"
    set_value "$(vm "$1")" sstVirtualMachineOneLcmState "$3"
    set_value "$(vm "$1")" sstVirtualMachineOneName "$4"
}
pair 01 3 62 'ACTIVE/DISK_RESIZE dsrz'
pair 02 3 72 'unkn?72'
pair 03 3 36 'ACTIVE/BOOT_FAILURE fail'
pair 04 6 0 'DONE done'
pair 05 11 0 'CLONING_FAILURE fail'
run statesync list -c "$CONF" --words opennebula
is "$(one_row 01)" "${id11}01 $ours kvm-0001.example.org dsrz 1 1.5G vm-node-01.example.org" 'as the reference page spells it'
is "$(one_row 02)" "${id11}02 $ours kvm-0002.example.org unkn?72 1 512M vm-node-02.example.org" 'an unknown number'
is "$(one_row 03)" "${id11}03 $ours kvm-0003.example.org fail 1 - vm-node-03.example.org" 'a failure'
is "$(one_row 04)" '' 'DONE is hidden'
is "$(one_row 05)" "${id11}05 $ours kvm-0005.example.org fail 1 1G -" 'another failure, without a host'
is "$(wc -l <<<"$out")" 43 'all others are there'
# what OpenNebula has is listed by the number it has there
set_value "$(vm 08)" sstVirtualMachineStatusReason 'opennebula: lab: VM 12 ACTIVE/RUNNING runn on kvm-1'
set_value "$(vm 09)" sstVirtualMachineStatusReason 'unseen: kept, opennebula lab: timeout (VM 7)'
run statesync list -c "$CONF" --words opennebula
is "$(sed -n '2,3p' <<<"$out" | tr -s ' ' | cut -d' ' -f1,4 | paste -sd' ')" \
    '7 kvm-0009.example.org 12 kvm-0008.example.org' 'by its number, where OpenNebula has it'
run statesync list -c "$CONF" --words opennebula --json
is "$status" 0 'in JSON, too'
is "$(json 'map { $_->{uuid} } grep { $_->{id} && $_->{id} eq "12" } @$j')" "${id11}08" 'with the UUID beside the number'
is "$(json 'join ",", sort keys %{$j->[0]}')" \
    'cpu,group,host,id,lcm_state,mem,name,name_of_state,stale,stat,state,status,time,user,uuid' 'with these members'
like "$out" '"lcm_state" : 72,' 'numbers are numbers'
is "$(json 'map { $_->{state} . "," . $_->{lcm_state} . " $_->{name_of_state} $_->{status}" }
    grep { ($_->{id} // "") =~ /^1.*12$/ } @$j')" '3,4 ACTIVE/MIGRATE migr Paused, migrating' 'with the names of both'
run statesync list -c "$CONF" --words opennebula --csv
is "$(head -n 1 <<<"$out")" \
    $'id,user,group,name,stat,cpu,mem,host,time,uuid,state,lcm_state,name_of_state,status,stale\r' 'and in CSV'
is "$(short "$(names --words opennebula --state fail)")" '03 05' '--state with an alias'
is "$(short "$(names --words opennebula --state DRSZ)")" 01 'as the clients spell it'
is "$(short "$(names --words opennebula --state BOOT_POWEROFF --state migr)")" '08 11 12 13' 'with a name, and several'
run statesync list -c "$CONF" --words opennebula --state Crashed
is "$status" 2 'with a word that is not one of its'
run statesync list -c "$CONF" --words french
is "$status" 2 '--words french is a usage error'
like "$err" 'stoney or opennebula' 'that says which there are'
actions() { json 'map { $_->{actions} } grep { $_->{uuid} && $_->{uuid} eq "22222222-0000-4000-8000-000000000004" } @$j'; }
run statesync list -c "$CONF" --json
is "$(actions)" 'shutdown power-off migrate toggle use' 'actions of a template'
run statesync list -c "$CONF" --json --words stoney
is "$(actions)" 'shutdown destroy migrate toggle use' '--words stoney: as its own pages call them'
is "$(json 'grep { $_->{type} && $_->{type} ne "template" && $_->{actions} =~ /destroy/ } @$j')" '' \
    'of templates only'

# reading needs no right to write
modifies=$(slapd_count Modify)
sed -i 's/^bind = .*/bind = none/' "$CONF"
run statesync list -c "$CONF"
is "$(slapd_count Modify)" "$modifies" 'the list writes nothing'
is "$status" 5 'and needs the right to read'
