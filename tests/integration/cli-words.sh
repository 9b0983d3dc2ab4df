# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync states and explain: both vocabularies, without directory, hypervisor
# or configuration.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"

PROGRAM=$STATESYNC_BUILDDIR/src/statesync
FACTS=$STATESYNC_SRCDIR/tests/data/opennebula/states.tsv
[ -x "$PROGRAM" ] || skip_all "$PROGRAM is not built"
export LC_ALL=C.UTF-8

plan 83

# run ARGUMENT...: never fails; sets $status, $out and $err.
run() {
    out=$("$PROGRAM" "$@" 2>"$TAP_DIR/stderr")
    status=$?
    err=$(cat "$TAP_DIR/stderr")
}
json() { # PERL: $j is what was printed
    perl -MJSON::PP -e 'binmode STDOUT, ":utf8"; local $/; my $j = decode_json(<STDIN>);
        print join("|", map { $_ // "null" } ('"$1"'))' <<<"$out"
}

# --- states -------------------------------------------------------------------------

run states
is "$status" 0 'states ends well'
is "$err" '' 'and says nothing else'
like "$(head -n 1 <<<"$out")" '^WORDS +NUMBER +NAME +ALIAS +CLASS +TRANSLATION +FLAGS +MEANING$' 'a heading'
is "$(wc -l <<<"$out")" $((1 + 84 + 23)) 'all of both vocabularies'
like "$out" '^LCM +62 +DISK_RESIZE +dsrz +transient +Running +busy +A disk' 'a line'
like "$out" '^LCM +16 +UNKNOWN +unkn +failure +\(kept\) +fault ' 'one without a status of its own'
like "$out" '^STATE +6 +DONE +done +final +\(no entry\) +- ' 'one without an entry'
like "$out" '^stoney +- +Stopped, migrating +migr +transient +ACTIVE/PROLOG_MIGRATE_POWEROFF +- ' 'one of ours'
run states --opennebula
is "$(wc -l <<<"$out") $(grep -c '^stoney' <<<"$out")" '85 0' '--opennebula'
run states --stoney
is "$(wc -l <<<"$out") $(grep -c '^stoney' <<<"$out")" '24 23' '--stoney'
run states --opennebula --stoney
is "$(wc -l <<<"$out")" 108 'both'

run states --json
is "$status" 0 'JSON ends well'
is "$(json 'scalar @$j')" 107 'it has all'
is "$(json 'map { $_->{number} } grep { $_->{name} eq "RESTORE" } @$j')" 71 'a number'
like "$out" '"number" : 71,' 'that is one in JSON'
is "$(json 'map { $_->{number} } grep { $_->{name} eq "Frozen" } @$j')" null 'and none where there is none'
is "$(json 'map { "$_->{since} $_->{last}" } grep { $_->{name} eq "CANCEL" } @$j')" '1.2 4.12' 'versions'
is "$(json 'map { $_->{alias_of_clients} } grep { $_->{alias} eq "dsrz" } @$j')" 'drsz|drsz|drsz' 'what clients print'
is "$(json 'map { $_->{type} } grep { $_->{name} =~ /^(Do not use|Starting, streaming|Paused)$/ } @$j')" \
    'VM|VM, template|template' 'whose a status is'
is "$(json 'grep { ($_->{meaning} // "") eq "" } @$j')" '' 'each has a sentence'
run states --opennebula --csv
is "$(head -n 1 <<<"$out")" \
    $'words,number,name,alias,class,translation,flags,meaning,alias_of_clients,since,last,type\r' 'CSV has a heading'
# all facts: number, name, alias, since, last, status, flags
run states --opennebula --json
perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>);
    for (@$j) { print join("\t", map { $_ // "-" } @$_{qw(words number name alias since last translation flags)}), "\n" }' \
    <<<"$out" >"$TAP_DIR/got"
sed 1d "$FACTS" | awk -F'\t' -v OFS='\t' '{
    gsub(",", " ", $9)
    sub(/^\(by LCM_STATE\)$/, "-", $8); sub(/^\(kept, stale\)$/, "(kept)", $8)
    print $1, $2, $3, $4, $5, $6, $8, $9 }' >"$TAP_DIR/want"
is "$(diff "$TAP_DIR/want" "$TAP_DIR/got")" '' 'all 84 rows are as the facts say'

for options in '--json --csv' '--dot --json' '--dot --opennebula --stoney' extra --nonsense; do
    # shellcheck disable=SC2086
    run states $options
    is "$status/$out" 2/ "states $options is a usage error"
done
run states HOTPLUG
like "$err" 'explain' 'a word is for explain'
if [ -w /dev/full ]; then
    "$PROGRAM" states >/dev/full 2>"$TAP_DIR/stderr"
    is "$? $(grep -c 'cannot write' "$TAP_DIR/stderr")" '1 1' 'output that is lost is noticed'
else
    pass 'there is no full device here'
fi

# --- explain: numbers -----------------------------------------------------------------

first() { # WORD...: the first line
    run explain "$@"
    is "$status/$err" 0/ "explain $*: ends well"
}
first LCM 16
is "$(head -n 1 <<<"$out")" 'LCM 16 UNKNOWN (unkn), failure, since 1.4' 'number, name, alias, class, version'
like "$out" '^  status +the one before is kept, and stale$' 'its translation'
like "$out" '^  fault +[A-Z].*\.$' 'its flag'
like "$out" '^  then .*RUNNING \(monitor: RUNNING, recover\)' 'what follows'
like "$out" '^  after .*BOOT_UNKNOWN \(failure\)' 'and what it follows'
ok 'no line is longer than a terminal' test "$(awk '{ if (length > m) m = length } END { print m }' <<<"$out")" -le 95
one=$out
for word in unknown UNKNOWN 3,16 '3 16' 'lcm_state 16' LCM_STATE=16 ACTIVE/UNKNOWN 'ACTIVE/UNKNOWN unkn' unkn '  unkn '; do
    run explain "$word"
    is "$out" "$one" "explain '$word' says the same"
done
first 8
like "$out" '^STATE 8 POWEROFF ' 'a number alone: STATE'
like "$out" '^LCM 8 PROLOG_MIGRATE ' 'and LCM'
run explain 8,3
like "$out" '^STATE 8 POWEROFF ' 'a left-over second number does not count'
run explain STATE 13
is "$status" 2 'STATE 13 is none'
run explain LCM 13
like "$out" '^LCM 13 CANCEL \(shut\), transient, since 1.2, last used in 4.12$' 'LCM 13 was one'
run explain LCM -1
like "$status $err" '^2 .*"LCM -1": no such number' 'explain LCM -1: not an option'
for word in 'LCM 72' 999 'unkn?72' '3,999' -1; do
    run explain "$word"
    is "$status/$out" 2/ "explain $word: no such number"
    like "$err" 'no such number .* keeps its status' 'and what becomes of such a machine'
done

# --- explain: names, aliases, statuses ----------------------------------------------------

run explain fail
is "$(grep -cE '^(STATE|LCM) +[0-9]+ [A-Z_]+: ' <<<"$out") $(wc -l <<<"$out")" '17 17' 'fail stands for 17, a line each'
run explain DRSZ
is "$(grep -c '^LCM 6[234] DISK_RESIZE' <<<"$out")" 3 'the spelling of the clients is known'
run explain hotplug nic
like "$out" '^LCM 25 HOTPLUG_NIC ' 'two words'
run explain Running, streaming
like "$out" '^Running, streaming: a status of virtual machines, transient$' 'a status'
like "$out" '^  OpenNebula 3,3 ACTIVE/RUNNING runn$' 'its nearest'
run explain 'running, STREAMING [5.1 %]'
like "$out" '^Running, streaming: ' 'with percentage, in any case'
run explain stopped
like "$out" '^Stopped: a status of virtual machines and templates' 'a word of both: ours'
like "$out" '^STATE 4 STOPPED ' 'and OpenNebula'\''s'
like "$out" '8,0 POWEROFF poff; without a node 9,0 UNDEPLOYED unde$' 'the nearest depends on the node'
run explain migrating
is "$(grep -c ': a status of' <<<"$out")" 3 'a part of statuses'
run explain busy
like "$out" '^busy: a flag' 'a flag'
for word in 0x10 3.16 16x 'HOTPLUG 2'; do
    run explain "$word"
    like "$status $err" '^2 .*there is no word' "explain $word: no number"
done
run explain hotplug_nik
is "$status" 2 'a word that is none'
like "$err" '"hotplug_nik": did you mean HOTPLUG_NIC\?' 'is guessed'
run explain qqq
like "$status $err" '^2 .*statesync states shows all' 'or not'
run explain ''
is "$status" 2 'an empty word is none'
run explain
is "$status" 2 'no word is a usage error'
