# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync list: which, in which order, which columns, how many; on a terminal; where the
# directory shows nothing.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 70
site_start

# names OPTION...: without the common parts, on one line
names() {
    run statesync list -c "$CONF" --json "$@"
    json 'map { $_->{name} } @$j' | sed 's/kvm-00\([0-9][0-9]\).example.org/\1/g'
}
refused() { # WHAT PATTERN OPTION...
    run statesync list -c "$CONF" "${@:3}"
    is "$status" 2 "$1 is a usage error"
    like "$err" "$2" 'that says what there is'
}

# --- before the first pass ---------------------------------------------------------------

run statesync list -c "$CONF"
is "$status" 0 'a directory without statuses can be listed'
like "$err" 'nothing has a status yet: .*statesync sync' 'and it is said why there are none'
run statesync sync -c "$CONF"
is "$status" 0 'the first pass'

# --- filters --------------------------------------------------------------------------------

is "$(names --state destroying)" 09 'a synonym of a state'
is "$(names --state 'RUNNING, streaming')" 17 'a whole status, whatever the percent'
is "$(names --state 'running, streaming [7.0 %]')" '' 'with a percent it has to be that'
is "$(names --state 'paused, BACKING UP' --state frozen)" 'Alpine 3 15' 'several, in any case'
refused 'a status that does not exist' 'states lists all' --state 'running, nonsense'
is "$(names --activity Streaming)" 'Debian 12 desktop 17 18 19' '--activity'
is "$(names --activity migrating --state paused)" 12 '--activity and --state'
is "$(names --activity any --type template)" \
    'Alpine 3 Debian 12 desktop FreeBSD 14 OpenBSD 7 Ubuntu 24.04 desktop Ubuntu 24.04 server' '--activity any'
is "$(names --activity none --type vm --state running)" '01 02' '--activity none'
refused 'another activity' 'backing up, migrating' --activity walking
is "$(names --mode 'Maintenance Mode')" "Alpine 3 $(names --activity 'maintenance mode')" '--mode'
set_value "$(template 03)" sstVirtualMachineMode 'out for lunch'
is "$(names --mode unknown)" 'Something old' '--mode unknown'
modify "dn: $(template 03)
changetype: modify
delete: sstVirtualMachineMode
"
is "$(names --mode none)" 'Something old' '--mode none'
refused 'another mode' 'ready for use, maintenance mode' --mode asleep
n_of() { run statesync list -c "$CONF" --json --type "$1" && json 'scalar @$j'; }
is "$(n_of template) $(n_of Persistent) $(n_of vm)" '8 18 20' '--type'
is "$(n_of dynamic) $(n_of golden-image)" '2 1' 'dynamic, and golden images'
refused 'another type' 'persistent, dynamic, template, golden-image' --type profile
is "$(names --pool 44444444-0000-4000-8000-000000000002)" "$(names --type dynamic)" '--pool by UUID'
is "$(names --pool Dynamic-virtual-machine-pool-01)" "$(names --type dynamic)" 'by display name'
refused 'another pool' 'has no pool "puddle"' --pool puddle
set_value "$(vm 05)" sstBelongsToCustomerUID 4000077
set_value "$(vm 06)" sstBelongsToResellerUID 4000088
is "$(names --customer 4000077)" 05 '--customer'
is "$(names --reseller 4000088 --reseller 4000099)" 06 '--reseller'
is "$(names --customer 4000077 --reseller 4000088)" '' 'both must hold'
run statesync list -c "$CONF" --json --customer 4000077 --columns=name,customer
is "$(json '%{$j->[0]}{customer}, sort keys %{$j->[0]}')" 'customer 4000077 customer name' \
    'the column shows it, --columns leaves out the others'

# --- machines by name ------------------------------------------------------------------------

is "$(names kvm-0002.example.org 11111111-0000-4000-8000-000000000001 "$(vm 03)" KVM-0002.example.org)" '01 02 03' \
    'named by display name, UUID and DN; once each'
is "$(names 22222222-0000-4000-8000-000000000008)" 'Alpine 3' 'a whole UUID'
is "$(names 11111111-0000-4000-8000-000000000004 kvm-0001.example.org --state paused)" 04 'filters hold for them, too'
run statesync list -c "$CONF" 1111
is "$status" 2 'a beginning that several have'
like "$err" 'begin with "1111": give more of it' 'is told'
run statesync list -c "$CONF" kvm-0001.example.org nobody
is "$status $out" '2 ' 'a name that nothing has'
like "$err" 'no VM or template "nobody"' 'is told, and nothing is listed'

# --- order and columns ------------------------------------------------------------------------

order() { run statesync list -c "$CONF" --columns=name --csv "$@" && sed -n '2,4p' <<<"$out" | tr -d '\r' | paste -sd' '; }
is "$(order --sort=-name)" 'kvm-0020.example.org kvm-0019.example.org kvm-0018.example.org' '--sort, descending'
set_value "$(vm 17)" sstVirtualMachineStatusProgress 51
set_value "$(vm 18)" sstVirtualMachineStatusProgress 999
set_value "$(vm 19)" sstVirtualMachineStatusProgress 9
is "$(order --sort=permille --type vm)" 'kvm-0019.example.org kvm-0017.example.org kvm-0018.example.org' \
    'numbers as numbers, what is empty last'
is "$(order --sort=-permille --type vm)" 'kvm-0018.example.org kvm-0017.example.org kvm-0019.example.org' 'also descending'
is "$(order --sort=node,-name --type vm --state running)" \
    'kvm-0001.example.org kvm-0017.example.org kvm-0014.example.org' 'by two columns'
set_value "$(vm 02)" sstMemory 536870912
set_value "$(vm 03)" sstMemory 1610612736
is "$(order --words opennebula --sort=mem --type vm)" 'kvm-0002.example.org kvm-0001.example.org kvm-0004.example.org' \
    'sizes as sizes'
refused 'another column' 'no column "colour": name, status, node' --sort=name,colour
refused 'no column' 'no column ""' --columns=

# --- how many -------------------------------------------------------------------------------

run statesync list -c "$CONF" --count
is "$(head -n 1 <<<"$out")" 'STATE          COUNT  STALE  ALARMS' '--count'
is "$(tail -n +2 <<<"$out" | awk '{ n += $(NF - 2) } END { print n, NR }')" '28 9' 'all of them, by state'
is "$(sed -n 2p <<<"$out" | tr -s ' ')" 'Stopped 9 0 0' 'in the order of the vocabulary'
run statesync list -c "$CONF" --count --json --type vm --state running --state starting
is "$(json 'map { "$_->{state} $_->{count}" } @$j')" 'Starting 2 Running 5' 'of those that are wanted, as JSON'
run statesync list -c "$CONF" --count --words opennebula --csv --sort=-count
is "$(sed -n 2p <<<"$out")" $'POWEROFF poff,6,0,0\r' 'in the words of OpenNebula, sorted'

# --- on a terminal ----------------------------------------------------------------------------

if command -v script >/dev/null; then
    # on_terminal COLUMNS OPTION...
    on_terminal() {
        out=$(script -qec "stty cols $1; '$PROGRAM' list -c '$CONF' ${*:2}" /dev/null </dev/null | tr -d '\r')
    }
    export TERM=xterm
    on_terminal 60
    is "$(head -n 1 <<<"$out" | cat -v)" "^[[1m$(sed $'s/\e[^m]*m//g' <<<"$out" | head -n 1)^[[0m" 'the heading is bold'
    ok 'no line is wider' test "$(sed $'s/\e[^m]*m//g' <<<"$out" | wc -L)" -le 60
    like "$out" $'^kvm-000\u2026' 'what is cut ends with an ellipsis'
    like "$out" $'\e\\[1;31mCrashed' 'it has colours'
    on_terminal 200 --columns=name,status,uuid
    like "$out" $'^kvm-0001.example.org  \e\\[32mRunning *\e\\[0m  11111111-0000-4000-8000-000000000001$' 'what fits is not cut'
    NO_COLOR=1 on_terminal 60
    not_ok 'no colours with NO_COLOR' grep -q $'\e' <<<"$out"
    TERM=dumb on_terminal 60
    not_ok 'nor with TERM=dumb' grep -q $'\e' <<<"$out"
    on_terminal 60 --json
    is "$(json 'scalar @$j')" 28 'JSON is JSON there, too'
else
    for _ in 1 2 3 4 5 6 7 8; do skip 'script is not installed' 'on a terminal'; done
fi
run env TERM=xterm COLUMNS=20 "$PROGRAM" list -c "$CONF"
not_ok 'no colours in a pipe' grep -q $'\e' <<<"$out"
like "$out" '^kvm-0001.example.org  Running ' 'where nothing is cut'

# --- a reader that goes -------------------------------------------------------------------------

# without_reader COMMAND...: with a pipe as stdout that nobody reads
without_reader() {
    perl -e 'pipe my $r, my $w; close $r; open STDOUT, ">&", $w; exec @ARGV' -- "$@" 2>"$TAP_DIR/stderr"
}
without_reader "$PROGRAM" list -c "$CONF"
is "$? $(cat "$TAP_DIR/stderr")" '141 ' 'where nobody reads it ends as other programs do, and says nothing'
(trap '' PIPE && without_reader "$PROGRAM" list -c "$CONF")
is $? 1 'where SIGPIPE is ignored it fails'
like "$(cat "$TAP_DIR/stderr")" 'cannot write the output: Broken pipe' 'and says why'

# --- no rights -----------------------------------------------------------------------------------

cat >"$TAP_DIR/acl" <<END
access to dn.subtree="$VMS" filter="(objectClass=sstVirtualizationVirtualMachine)" by * none
access to dn.subtree="$BASE" by * read
access to * by * read
END
site_start acl="$TAP_DIR/acl"
run statesync list -c "$CONF"
is "$status" 0 'machines that may not be read'
like "$err" 'no virtual machine or template is there, or .* may not read' 'are told'
cat >"$TAP_DIR/acl" <<END
access to dn.subtree="$BASE" by * search
access to * by * read
END
site_start acl="$TAP_DIR/acl"
run statesync list -c "$CONF"
is "$status" 5 'where nothing may be read'
like "$err" 'shows neither machines nor nodes|slapd-access.conf' 'it is said what to look at'
