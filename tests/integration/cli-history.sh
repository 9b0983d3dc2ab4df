# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync history: from slapo-accesslog, and where there is none.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 45

json() { # PERL: $j is what was printed
    perl -MJSON::PP -e 'my $j = decode_json(join "", <STDIN>);
        my @r = eval $ARGV[0]; die $@ if $@; print join(" ", map { $_ // "null" } @r), "\n"' -- "$1" <<<"$out" 2>&1
}

history() {
    run statesync history -c "$CONF" "$@"
}

columns() { # without the times
    sed -E '1d; s/^[^ ]+  //; s/ +/ /g' <<<"$out"
}

vm=kvm-0001.example.org

# --- a server that keeps one ----------------------------------------------------------------

site_start overlays='syncprov accesslog'
history $vm
is "$status $out" '0 ' 'before anything was changed'
like "$err" "^statesync: the log below \"cn=log\" has nothing about \"$vm\"\$" 'is said'
run statesync sync -c "$CONF"
set_value "$(vm 01)" sstStatus shutdown
for percent in 5.1 6.1; do set_value "$(vm 01)" sstVirtualMachineStatus "Running, streaming [$percent %]"; done
set_value "$(vm 01)" sstVirtualMachineStatus Running
run statesync announce $vm shutdown -c "$CONF"
history $vm
is "$status $err" '0 ' 'its history'
is "$(columns | cut -d" " -f1-8)" "status ? Running statesync running: vm-node-01.example.org reports running
meant to be ? shutdown manager -
status Running Running, streaming [5.1 %] manager running:
status Running, streaming [6.1 %] Running manager running:
requested ? shutdown statesync -" 'who made what of it, the percentage alone left out'
history $vm --json
is "$status $(json 'scalar @$j, @{$j->[2]}{qw(what old new who)}')" \
    "0 5 status Running Running, streaming [5.1 %] cn=manager,dc=stoney-cloud,dc=org" 'JSON has whole names'
is "$(json '$j->[0]{old}, $j->[0]{why}')" 'null running: vm-node-01.example.org reports running (unknown)' \
    'and null where nothing is known'
history 11111111-0000-4000-8000-000000000001 --since 1d
is "$status $(grep -c . <<<"$out")" '0 6' 'since a day ago'

# --- on the board ------------------------------------------------------------------------------

run statesync report --html "$TAP_DIR/board.html" -c "$CONF"
is "$status $out$err" '0 ' 'the board with the log, without a word'
sed -i 's/ data-t="[0-9]*"//g' "$TAP_DIR/board.html"
changes() { grep -F "<bdi>$1</bdi></span> <span>" "$TAP_DIR/board.html" | grep -o '<div class="changes">.*</ol>'; }
is "$(grep -o '<div class="changes">' "$TAP_DIR/board.html" | wc -l)" 28 'tells what became of each machine'
is "$(changes $vm | sed 's/<li>/\n&/g' | grep '^<li>' | sed -E 's/<[^>]*>//g; s/^[-0-9]+ [0-9:]+ UTC //')" \
    "requested: shutdown statesync
status: Running, streaming [6.1 %] &rarr; Running manager: running: vm-node-01.example.org reports running (unknown)
status: Running &rarr; Running, streaming [5.1 %] manager: running: vm-node-01.example.org reports running (unknown)
meant to be: shutdown manager
status: Running statesync: running: vm-node-01.example.org reports running (unknown)" 'the newest first'
like "$(changes $vm)" '<div class="over" aria-hidden="true"><svg class="shares"[^>]*><rect class="up"' 'with a bar'
like "$(cat "$TAP_DIR/board.html")" '<p class="quiet note"><span>What became of each machine is shown with it, since</span> <time' \
    'and since when'
like "$("$PROGRAM" report --html --lang de -c "$CONF" | sed 's/ data-t="[0-9]*"//g')" \
    '<span>soll</span>: <b><bdi>shutdown</bdi></b>' 'in German'
for i in {1..12}; do set_value "$(vm 03)" sstNode "vm-node-0$((i % 2 + 1)).example.org"; done
run statesync report --html "$TAP_DIR/board.html" -c "$CONF"
sed -i 's/ data-t="[0-9]*"//g' "$TAP_DIR/board.html"
is "$(changes kvm-0003.example.org | grep -o '<li>' | wc -l)" 8 'of many changes some'
like "$(changes kvm-0003.example.org)" '<li class="quiet"><span>older changes are not shown</span></li>' 'and that there are more'

history $vm --since 2099-01-01
is "$status $out" '0 ' 'since a day to come'
like "$err" 'has nothing about .* since then$' 'is said'
history $vm --since yesterday
is "$status $err" '2 statesync: --since takes a time such as 2d, 12h, 2026-11-26 or 2026-11-26T08:00:00Z, not "yesterday"' \
    'what is no time'
history
is "$status $err" '2 statesync: history takes one VM' 'no name'
history 1111
is "$status" 2 'an ambiguous beginning'
history nobody
is "$status $err" '2 statesync: the directory has no VM or template "nobody"' 'a wrong name'
if command -v script >/dev/null; then
    out=$(script -qec "stty cols 80; NO_COLOR=1 '$PROGRAM' history $vm -c '$CONF'" /dev/null </dev/null | tr -d '\r')
else
    out='Running  ██' # nobody to ask
fi
like "$out" '^Running .*█' 'bars on a terminal'
slapd_as_root ldapdelete -r "$(vm 01)" >/dev/null
history 11111111-0000-4000-8000-000000000001
is "$status $(tail -1 <<<"$out" | sed -E 's/^[^ ]+  //; s/ +/ /g')" '0 entry none deleted manager -' \
    'one that was deleted, by its UUID'
sed -i 's|^\[directory\]|&\naccesslog = cn=elsewhere|' "$CONF"
history kvm-0002.example.org
is "$status" 5 'a log that is not there'
like "$err" '^statesync: the log of changes "cn=elsewhere" is not there, or we may not read it: ' 'is said'
run statesync doctor -c "$CONF" -q
like "$out" '^  warning  the log of changes cn=elsewhere cannot be read' 'by doctor, too'
run statesync report --html "$TAP_DIR/board.html" -c "$CONF"
like "$status $err" '^0 statesync: the log of changes "cn=elsewhere" cannot be read, the page goes without ' \
    'the board is made without it, and says so'
is "$(grep -c -e 'class="changes"' -e 'quiet note' "$TAP_DIR/board.html")" 0 'but not on the page'
sed -i 's|^accesslog.*|accesslog = cn=log|' "$CONF"
history kvm-0002.example.org
is "$status $(grep -c . <<<"$out")" '0 2' 'the configured one'

# --- more than the server gives -----------------------------------------------------------------

cp "$SITE/ldap/slapd.conf" "$SITE/slapd.conf"
sed '/^suffix cn=log/a limits * size=3 size.prtotal=3' "$SITE/slapd.conf" >"$SITE/ldap/slapd.conf"
slapd_restart
history kvm-0003.example.org
like "$status $err" '^0 .*, so this is not all: ask for less by --since' 'a limit of the server is said'
run statesync report --html "$TAP_DIR/board.html" -c "$CONF"
like "$status $err" '^0 statesync: the log of changes "cn=log" cannot be read, .*Size limit exceeded' 'for the board, too'
is "$(grep -c 'class="changes"' "$TAP_DIR/board.html")" 0 'which tells nothing rather than a part'
cp "$SITE/slapd.conf" "$SITE/ldap/slapd.conf"

# --- no rights, no directory, no schema ---------------------------------------------------------

sed "/^suffix cn=log/a access to * by dn.exact=\"$SLAPD_ROOTDN\" read" "$SITE/ldap/slapd.conf" >"$SITE/slapd.conf"
cp "$SITE/slapd.conf" "$SITE/ldap/slapd.conf"
slapd_restart
sed -i '/^accesslog/d' "$CONF"
history kvm-0002.example.org
is "$status" 5 'a log that we may not read'
like "$err" "^statesync: .*\"cn=log\" may be the log of changes, which we may not read.*: its administrator has to let \"$IDENTITY\" read it" \
    'is said'
run statesync report --html "$TAP_DIR/board.html" -c "$CONF"
is "$status $err" '0 ' 'the board is made without it, and without a word'
is "$(grep -c 'class="changes"' "$TAP_DIR/board.html")" 0 'nor box'
slapd_stop
history kvm-0002.example.org
is "$status" 5 'a directory that is away'
like "$err" "^statesync: .*Can't contact LDAP server" 'is said'

# --- a server that keeps none, and how it comes to one -------------------------------------------

site_start form=config acl= overlays=syncprov external="$IDENTITY"
history kvm-0002.example.org
is "$status $out" '5 ' 'no log'
like "$err" '^statesync: ldapi.* keeps no log of changes \(slapo-accesslog\): No such object \(32\); its administrator turns it on so' 'is said'
mkdir "$TAP_DIR/ldap-log"
sed -n '/^ldapmodify/,/^END/p' <<<"$err" | sed "1d;\$d; s|/var/lib/ldap-log|$TAP_DIR/ldap-log|" >"$TAP_DIR/how.ldif"
like "$(cat "$TAP_DIR/how.ldif")" "^olcAccess: to \\* by dn.exact=\"$IDENTITY\" read\$" 'with our name'
# the files of this server are not the administrator's: its root DN does what the local root would
ok 'the commands that turn it on do so' ldapmodify -x -H "$SLAPD_LDAPI" -D "$SLAPD_ROOTDN" -w "$SLAPD_ROOTPW" -f "$TAP_DIR/how.ldif"
modify "dn: $(vm 02)
changetype: modify
replace: sstStatus
sstStatus: shutdown
"
history kvm-0002.example.org
is "$status $err" '0 ' 'and there is a history'
is "$(columns)" 'meant to be running shutdown manager -' 'which knows what was before'
run statesync doctor -c "$CONF"
like "$out" '^  ok       changes are logged below cn=log$' 'doctor finds it'
