# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# On a terminal a pass says how far it is; piped it does not.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"
command -v script >/dev/null || skip_all 'script is not installed'

plan 14
site_start

# on_terminal COMMAND-STRING: what it prints on a terminal, in $out; $status.
on_terminal() {
    out=$(script -qec "$1" /dev/null </dev/null)
    status=$?
}

on_terminal "'$PROGRAM' sync -c '$CONF'"
is "$status" 0 'a pass on a terminal ends well'
like "$out" $'\r\e\\[Kentries read [0-9]+, nodes read [0-3] of 3' 'a line says how far it is'
like "$out" $'\r\e\\[Kstatesync: 28 VMs' 'it is gone when the summary is printed'
on_terminal "'$PROGRAM' sync -c '$CONF' --dry-run >'$TAP_DIR/ldif'"
like "$out" 'nodes read' 'also where only stdout goes elsewhere'
not_ok 'where nothing of it is seen' grep -q 'nodes read' "$TAP_DIR/ldif"
on_terminal "'$PROGRAM' sync -c '$CONF' 2>'$TAP_DIR/stderr'"
is "$(cat "$TAP_DIR/stderr")" '' 'not where stderr goes elsewhere'
on_terminal "'$PROGRAM' sync -c '$CONF' --quiet"
is "$(tr -d '\r' <<<"$out" | sed 's/in [0-9.]* s$/in N s/')" \
    'statesync: 28 VMs and templates on 3 nodes: 0 written in N s' 'not with --quiet'
on_terminal "'$PROGRAM' sync -c '$CONF' --json"
like "$(head -c 1 <<<"$out")" '\{' 'not with --json'
run statesync sync -c "$CONF"
is "$err" '' 'not in a pipe'
not_ok 'nothing but text in a pipe' grep -q $'[\r\e]' <<<"$out"
# CSV: a terminal gets nothing that it would obey, a file what the directory has
modify "dn: $(vm 05)
changetype: modify
replace: sstDisplayName
sstDisplayName:: $(printf 'red\e[31m,\nbell\a' | base64 -w0)
"
on_terminal "'$PROGRAM' list -c '$CONF' --csv"
not_ok 'CSV on a terminal has no control characters' grep -q $'[\e\a]' <<<"$out"
like "$out" '"red[^,]*\[31m,.*bell' 'which are replaced'
"$PROGRAM" list -c "$CONF" --csv >"$TAP_DIR/csv"
ok 'CSV in a file is exact' grep -q $'"red\e\\[31m,$' "$TAP_DIR/csv"
# a slow node: the line counts while the pass waits
mkfifo "$SITE/fifo" && rm "$SITE/node-03.xml" && ln -s fifo "$SITE/node-03.xml"
printf '[nodes]\ndeadline = 1\n' >>"$CONF"
on_terminal "'$PROGRAM' sync -c '$CONF'"
like "$out" 'nodes read [12] of 3' 'a slow node is waited for in sight'
