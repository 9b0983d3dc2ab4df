# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync report --html: what is in the page, that nothing hostile gets in, and
# how it is written.  (In a browser: tests/browser.)
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 49
site_start
PAGE=$TAP_DIR/board.html

# count REGEX: how often it is in the page.
count() { grep -oE "$1" "$PAGE" | wc -l; }
# page: writes it; in $PAGE it then is without the marks of translated texts.
page() {
    run statesync report --html "$PAGE" -c "$CONF"
    sed -i 's/ data-t="[0-9]*"//g' "$PAGE"
}
# row NAME: the line of a machine.
row() { grep -F "<bdi>$1</bdi></span> <span>" "$PAGE"; }

# --- before anybody has looked ---------------------------------------------------------

run statesync report --html -c "$CONF"
is "$status" 0 'on the standard output, before the first pass'
like "$out" 'class="notice".*no pass has ever been completed' 'and it says that nobody has looked'
like "$out" 'no status' 'machines without a status'
run statesync sync -c "$CONF"
is "$status" 0 'the first pass'

timeout -s KILL 60 bash -c 'set -o pipefail; "$0" report --html -c "$1" 2>"$2" | true' "$PROGRAM" "$CONF" \
    "$TAP_DIR/stderr"
is "$? $(cat "$TAP_DIR/stderr")" '141 ' 'where nobody reads it ends as other programs do, and says nothing'

# --- what is in it -----------------------------------------------------------------------

page
is "$status $out$err" '0 ' 'into a file, without a word'
is "$(stat -c %a "$PAGE")" 644 'everybody may read it'
is "$(head -n 1 "$PAGE")" '<!DOCTYPE html>' 'it is HTML'
is "$(tail -n 1 "$PAGE")" '</html>' 'to its end'
is "$(count '<li><details class="vm"')" 28 'every machine and template has a line'
is "$(count '<article')" 3 'every node'
not_ok 'nobody has to be told anything about it' grep -q 'class="notice"' "$PAGE"
like "$(row kvm-0001.example.org)" 'class="status up"><span>Running<' 'a machine that runs'
like "$(row kvm-0001.example.org)" '<li class="yes" tabindex="0" title="Shut down VM"[^>]*><b><span[^>]*>Shut down</span></b>' 'what may be done'
like "$(row kvm-0001.example.org)" '<li class="no" tabindex="0" title="Start VM: a domain is active on vm-node-01.example.org"[^>]*>.*<bdi>a domain is active on vm-node-01.example.org</bdi>' \
    'and what not, with the reason'
like "$(row 'Debian 12 desktop')" 'title="Start VM template[":]' 'what is said of templates'
like "$(row kvm-0001.example.org)" 'It runs\.' 'what the status means'
like "$(row kvm-0011.example.org)" '<dt><span>Migrates to</span></dt><dd><bdi>vm-node-03.example.org<' 'where it goes'
like "$(row 'Debian 12 desktop')" '<li><bdi>[^<]* \[[0-9.]+ %\]</bdi><span class="bar"><progress' \
    'the lines of a tool-tip, with bars'
like "$(row kvm-0014.example.org)" '<bdi>backup [a-z]+ since [^<]*</bdi>' 'what a backup locks'
while read -r uuid state; do
    grep -q "id=\"vm-$uuid\" data-s=\"${state%%,*}\"" "$PAGE" || diag "$uuid is not $state"
done < <(statuses) >"$TAP_DIR/wrong"
is "$(cat "$TAP_DIR/wrong")" '' 'all have the state that is published'
is "$(grep -oE 'data-filter="state=Running"><span><span>Running</span></span><b>[0-9]+' "$PAGE" | grep -oE '[0-9]+$')" \
    "$(statuses | cut -f2 | grep -c '^Running')" 'the counts'

# Nothing is loaded from anywhere: no address but the icon's, no source, no import.
is "$(count '(src|href)="[^#"?]' )" "$(count 'rel="icon" href="data:image/svg')" 'it loads nothing'
not_ok 'nor does its style' grep -qE '@import|url\(' "$PAGE"
like "$(sed -n '/Content-Security-Policy/p' "$PAGE")" "default-src 'none'; style-src 'sha256-[^']*'; script-src 'sha256-[^']*';" \
    'and may not'
not_ok 'no style and no script but the two' grep -qE ' style=| on[a-z]+=|javascript:' "$PAGE"

# --- stale, alarms, silent nodes ---------------------------------------------------------------

mv "$SITE/node-02.xml" "$SITE/away.xml"
modify "dn: $(vm 03)
changetype: modify
replace: sstMigrationNode
sstMigrationNode: vm-node-03.example.org
"
run statesync sync -c "$CONF"
is "$status" 3 'a node is silent'
page
is "$(count '<article class="silent"')" 1 'it is shown'
like "$(sed -n '/id="attention"/,/<\/section>/p' "$PAGE")" \
    '<strong><bdi>vm-node-02.example.org</bdi></strong> <span class="badge warn"><span>does not answer' 'and told first'
ok 'machines there are stale' test "$(count ' data-stale')" -gt 3
like "$(row kvm-0011.example.org)" 'title="Start VM: stale, [^;]*not allowed</span></span> <bdi>stale, ' \
    'and may not be started'
like "$(row kvm-0003.example.org)" 'badge alarm">migration-to-self<' 'an alarm'
mv "$SITE/away.xml" "$SITE/node-02.xml"

# --- hostile entries -----------------------------------------------------------------------------

# call NN BYTES: gives a machine this name.
call() {
    modify "dn: $(vm "$1")
changetype: modify
replace: sstDisplayName
sstDisplayName:: $(printf '%b' "$2" | base64 -w0)
"
}
call 01 '"><script>alert(1)</script><img src=x onerror=alert(2)>'
call 02 'esc\e[31m\nline\0nul \xe2\x80\xaeturned'
call 04 "$(head -c 100000 /dev/zero | tr '\0' x)"
set_value "$(vm 05)" sstNode '<b>"node"</b>'
slapd_as_root ldapadd >/dev/null <<END
dn: sstVirtualMachine=not-a-uuid,$VMS
objectClass: top
objectClass: sstVirtualizationVirtualMachine
objectClass: sstRelationship
objectClass: sstSpice
objectClass: labeledURIObject
sstVirtualMachine: not-a-uuid
sstDisplayName: broken
$(slapd_search "$(vm 20)" base '(objectClass=*)' |
    grep -vE '^(dn|objectClass|sstVirtualMachine|sstDisplayName|sstVirtualMachine(Status|Allowed|One)[A-Za-z]*):|^$')
END
page
is "$status" 0 'hostile names'
is "$(count '<script')/$(count '<script>')/$(count '<script type="application/json" id="texts">')" 2/1/1 'no script but ours'
is "$(count '<img|<b>"|alert\(2\)>')" 0 'no element of theirs'
like "$(cat "$PAGE")" '<bdi>&quot;&gt;&lt;script&gt;alert\(1\)&lt;/script&gt;' 'they are shown as they are'
is "$(tr -d '\n' <"$PAGE" | LC_ALL=C tr -d '\040-\176\200-\377' | wc -c)" 0 'no control characters'
not_ok 'nothing turns a line around' grep -q $'\u202e' "$PAGE"
ok 'it is UTF-8' iconv -f UTF-8 -t UTF-8 -o /dev/null "$PAGE"
ok 'an endless name is cut' test "$(wc -c <"$PAGE")" -lt 250000
like "$(row broken)" 'id="entry-[0-9]+".*<dt><span>Malformed</span>' 'a malformed entry is shown as one'

# --- files and errors ------------------------------------------------------------------------------

before=$(stat -c %i "$PAGE")
run statesync report --html "$PAGE" -c "$CONF"
not_ok 'a page is replaced, not written over' test "$before" = "$(stat -c %i "$PAGE")"
is "$(ls "$TAP_DIR" | grep -c 'board\.html')" 1 'nothing is left beside it'
run statesync report --html "$TAP_DIR/no/such/folder" -c "$CONF"
like "$status $err" '^1 .*the page cannot be written, the one before stays: ' 'a folder that is not there'
run statesync report --html /dev/null -c "$CONF"
is "$status $err" '2 statesync: /dev/null is not a regular file' 'what is no file is left alone'
run statesync report -c "$CONF"
is "$status" 2 'in which form has to be said'
run statesync report --html a b -c "$CONF"
is "$status" 2 'one file at a time'
run bash -c '"$0" report --html - -c "$1" >/dev/full' "$PROGRAM" "$CONF"
is "$status" 1 'output that cannot be written is an error'
slapd_stop "$SITE/ldap"
run statesync report --html "$PAGE" -c "$CONF"
is "$status $(tail -n 1 "$PAGE")" '5 </html>' 'without a directory the page before stays'
