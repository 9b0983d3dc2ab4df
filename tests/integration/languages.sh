# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# languages = ...: statuses and details as options of the same attributes, with
# the rights of the access example; written once, taken back, and nothing else.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"
[ -d "${TEXTDOMAINDIR-}" ] || skip_all 'no catalogs were built: msgfmt is missing'

plan 35

# speak WORD...: the languages of the configuration.
speak() {
    config_write "$@"
    [ -z "$spoken" ] || sed -i "1a languages = $spoken" "$CONF"
}

# in_languages: what there is in any language: how many values of "attribute;option".
in_languages() {
    slapd_search "$VMS" one '(objectClass=sstVirtualizationVirtualMachine)' |
        sed -n 's/^\([A-Za-z]*;[^:]*\):.*/\1/p' | LC_ALL=C sort | uniq -c | awk '{ print $1, $2 }'
}

# text DN DESCRIPTION: its values and no option's, decoded, sorted.
text() {
    slapd_search "$1" base '(objectClass=*)' "$2" |
        perl -MMIME::Base64 -ne 'BEGIN { $d = shift } print "$1\n" if /^\Q$d\E: (.*)/;
            print decode_base64($1), "\n" if /^\Q$d\E:: (.*)/' "$2" | LC_ALL=C sort
}

site_start
modify "dn: $(vm 01)
changetype: modify
add: description;lang-de
description;lang-de: von jemand anderem
"

# --- one-shot ------------------------------------------------------------------------

spoken='' speak
run statesync sync -c "$CONF"
is "$status $(in_languages)" '0 1 description;lang-de' 'without languages nothing is written in one'
english=$(statuses)

spoken='de fr' speak
run statesync check-config "$CONF"
is "$status $err" '0 ' 'languages with a catalog are no problem'
run statesync sync -c "$CONF"
like "$status $out" '^0 .*: 28 written' 'two languages more: every entry is written'
is "$(statuses)" "$english" 'the English statuses are what they were'
is "$(in_languages)" '1 description;lang-de
28 sstVirtualMachineStatus;lang-de
28 sstVirtualMachineStatus;lang-fr
3 sstVirtualMachineStatusDetail;lang-de
3 sstVirtualMachineStatusDetail;lang-fr' 'statuses and details in both'
is "$(text "$(vm 01)" 'sstVirtualMachineStatus;lang-de')" 'Läuft' 'a status in German'
is "$(text "$(vm 01)" 'sstVirtualMachineStatus;lang-fr')" 'En marche' 'and in French'
is "$(text "$(vm 17)" 'sstVirtualMachineStatus;lang-de')" 'Läuft, streamt [0.0 %]' 'with activity and progress'
is "$(text "$(template 03)" 'sstVirtualMachineStatus;lang-fr')" 'Ne pas utiliser' 'of a template'
is "$(text "$(template 02)" 'sstVirtualMachineStatusDetail;lang-fr')" \
    "$(text "$(template 02)" sstVirtualMachineStatusDetail)" 'its details'
is "$(slapd_search "$VMS" one '(sstVirtualMachineStatus;lang-de=läuft)' 1.1 | grep -c ^dn:)" 2 'a filter finds them'
is "$(slapd_search "$VMS" one '(sstVirtualMachineStatusState=Running)' 1.1 | grep -c ^dn:)" \
    "$(cut -f2 <<<"$english" | grep -c ^Running)" 'a state is the same in all of them'

modifies=$(slapd_count Modify)
run statesync sync -c "$CONF" --dry-run
like "$status $out$err" '^0 .*: 0 to write' 'nothing more is planned'
run statesync sync -c "$CONF"
like "$status $out" '^0 .*: 0 written' 'nor written'
writes=$(($(slapd_count Modify) - modifies))
spoken='' speak
cp "$CONF" "$SITE/english"
spoken='de fr' speak
modifies=$(slapd_count Modify)
run statesync sync -c "$CONF"
is "$(($(slapd_count Modify) - modifies))" "$writes" 'a steady state writes the service entry alone'

# a status changes in all languages with one modify
modifies=$(slapd_count Modify)
set_value "$(template 05)" sstVirtualMachineMode 'ready for use'
run statesync sync -c "$CONF"
like "$out" ': 1 written' 'one change, one modify'
is "$(text "$(template 05)" 'sstVirtualMachineStatus;lang-de')" 'Gestoppt' 'also in German'

# what anybody else put there
modify "dn: $(vm 02)
changetype: modify
replace: sstVirtualMachineStatus;lang-de
sstVirtualMachineStatus;lang-de: Rennt
-
add: sstVirtualMachineStatus;lang-it
sstVirtualMachineStatus;lang-it: In corsa
"
run statesync sync -c "$CONF"
like "$out" ': 1 written' 'a foreign value in our attribute is put right'
is "$(text "$(vm 02)" 'sstVirtualMachineStatus;lang-de') $(text "$(vm 02)" 'sstVirtualMachineStatus;lang-it')" \
    'Läuft ' 'that of a language nobody asked for is removed'

# commands read by machines, and the list, are not confused by options
run statesync show -c "$CONF" --json kvm-0001.example.org
is "$(json '$j->[0]{status}')" 'Running' 'show reads the English status'

# --- a language is taken out, and the last one ------------------------------------------

spoken='fr' speak
run statesync sync -c "$CONF"
like "$status $out" '^0 .*: 28 written' 'a language is taken out'
is "$(in_languages)" '1 description;lang-de
28 sstVirtualMachineStatus;lang-fr
3 sstVirtualMachineStatusDetail;lang-fr' 'option by option'
spoken='fr it' speak
run statesync check-config "$CONF"
like "$status $err$out" '^0 .*there is no catalog of the language "it"; what is published in it stays' \
    'a language without a catalog is a remark'
run statesync sync -c "$CONF" -q
like "$out" ': 0 written' 'and nothing more'
spoken='de_CH' speak
run statesync check-config "$CONF"
is "$status" 2 'what is no tag is an error'
spoken='de-CH' speak
run statesync sync -c "$CONF"
is "$(in_languages)" '1 description;lang-de
28 sstVirtualMachineStatus;lang-de-ch
3 sstVirtualMachineStatusDetail;lang-de-ch' 'a region has an option of its own'
run statesync sync -c "$CONF" --record "$SITE/record"
run statesync replay "$SITE/record"
is "$status" 0 'a recorded pass with languages is replayed'

# --- daemon ----------------------------------------------------------------------------------

# eventually COMMAND...: succeeds within 40 s.
eventually() {
    local limit=$((SECONDS + 120))
    until "$@"; do
        [ $SECONDS -lt $limit ] || return 1
        slapd_pause
    done
    return 0
}
none_left() { [ "$(in_languages)" = '1 description;lang-de' ]; }
german() { [ "$(text "$(vm 01)" 'sstVirtualMachineStatus;lang-de')" = "$1" ]; }

spoken='de' speak '[metrics]' 'listen ='
"$PROGRAM" daemon -c "$CONF" >"$TAP_DIR/daemon.log" 2>&1 &
daemon=$!
at_exit "kill -KILL $daemon 2>/dev/null"
ok 'the daemon publishes in them' eventually german 'Läuft'
run statesync announce kvm-0001.example.org shutdown -c "$CONF"
ok 'follows a change' eventually german 'Fährt herunter'
spoken='' speak '[metrics]' 'listen ='
kill -HUP "$daemon"
ok 'and takes them back when it reads its configuration anew' eventually none_left
kill -TERM "$daemon"
wait "$daemon"
is $? 0 'it ends well'

# --- the texts for a portal -----------------------------------------------------------------

keys() {
    run statesync catalog --json "$1"
    json 'my $w; $w = sub { my ($p, $o) = @_; ref $o ? map { $w->("$p/$_", $o->{$_}) } sort keys %$o : $p };
          $w->("", $j)'
}
english=$(keys en)
differing=''
for language in de es fr de-CH; do
    [ "$(keys $language)" = "$english" ] || differing+=" $language"
done
is "$differing" '' 'all catalogs have the same keys'
run statesync catalog --json de
is "$(json '$j->{statuses}{"Running, streaming"}{text}, "|", $j->{actions}{start}{tooltip}, "|",
            $j->{alarms}{duplicate}{text}, "|", $j->{opennebula}{LCM}{RUNNING}')" \
    'Läuft, streamt | Starte VM | Aktiv auf mehreren Rechnern, und nichts deutet auf eine Migration hin. | Sie läuft, soweit OpenNebula es weiss.' \
    'statuses, actions, alarms and the words of OpenNebula'
run statesync catalog --json xx
like "$status $err" '^2 .*there is no catalog of the language "xx" \(there are de, en, es, fr\)' 'one there is not'
run statesync --lang es catalog zz
like "$err" '^statesync: no hay ' '--lang speaks to the person in front'
