# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# tools/demo does what it promises and leaves nothing behind; README.md shows
# what it prints.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 31
DEMO=$STATESYNC_SRCDIR/tools/demo
export STATESYNC=$PROGRAM TMPDIR=$TAP_DIR/tmp
mkdir "$TMPDIR"
# servers of ours below $TMPDIR
servers() { pgrep -f "^slapd .*$TMPDIR/" || true; }
at_exit 'for pid in $(servers); do kill "$pid"; done'

# steady: what differs from run to run is made the same
steady() {
    sed -E -e 's/[0-9]+(\.[0-9]+)? s$/N s/; s/20[0-9]{6}T?[0-9]{2}:?[0-9]{2}:?[0-9]{2}Z/TIME/' \
        -e 's/20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/TIME/; s/statesync-demo\.[A-Za-z0-9]+/DIR/g' \
        -e 's/^(sstStateSyncPass(By|Duration)): .*/\1: X/'
}

cd / || exit 1
run "$DEMO"
is "$status" 0 'the demo ends well'
is "$err" '' 'and says nothing beside'
is "$(ls -A "$TMPDIR")" '' 'its folder is gone'
is "$(servers)" '' 'its server is gone'
like "$out" '^statesync: 28 VMs and templates on 3 nodes: 31 written in' 'it shows a pass'
is "$(grep -cE '^(kvm-00[0-9]{2}.example.org|[A-Z][A-Za-z]+ .*)  +[A-Z][a-z].* vm-node-0[123]' <<<"$out")" 28 \
    'it lists 28 statuses'
like "$out" '^sstVirtualMachineStatus: Running, migrating$' 'it shows a written entry'
like "$out" '^sstStateSyncPassCompleted: ' 'and the service entry'
like "$out" ': 0 written in' 'it shows a pass that has nothing to do'
like "$out" 'ldap_modify: Insufficient access \(50\)' 'it shows that other writes are refused'

# README: every line between … stands in the output, in this order
awk '/^<!-- output of: tools\/demo -->/ { on = 1; next } on && /^```/ { if (++n == 2) exit; next } on' \
    "$STATESYNC_SRCDIR/README.md" | sed '/^\$ tools\/demo$/d; /^== Building/d; /^$/d; /^…$/d' |
    steady >"$TAP_DIR/readme"
ok 'README.md shows something' test "$(wc -l <"$TAP_DIR/readme")" -gt 10
steady <<<"$out" >"$TAP_DIR/printed"
is "$(awk 'FNR == NR { line[NR] = $0; next }
    { want = $0; while (++i in line) if (line[i] == want) next; print "not there: " want; exit }' \
    "$TAP_DIR/printed" "$TAP_DIR/readme")" '' 'README.md shows what it prints'

run "$DEMO" --keep
is "$status" 0 'with --keep it ends well'
folder=$(echo "$TMPDIR"/statesync-demo.*)
ok 'its folder stays' test -e "$folder/statesync.conf"
ok 'for its owner only' test "$(stat -c %a "$folder")" = 700
# what it says one can do now
sed -n "/^   \. /,/^It ends with/{/^   /p}" <<<"$out" >"$TAP_DIR/commands"
is "$(wc -l <"$TAP_DIR/commands")" 5 'it names five commands'
run env -u LDAPNOINIT bash -e "$TAP_DIR/commands"
is "$status" 0 'which can be run as they stand' || diag "$out $err"
like "$out" '^kvm-0001.example.org +Running ' 'and show the statuses'
like "$out" '^20[^ ]*Z +status +[-?] +Running ' 'and what became of one'
stop=$("$DEMO" --stop "$folder" 2>&1)
is "$?:$stop" '0:' '--stop ends it'
is "$(ls -A "$TMPDIR"; servers)" '' 'and leaves nothing behind'
not_ok '--stop takes no other folder' "$DEMO" --stop "$STATESYNC_SRCDIR"
not_ok 'an unknown option is refused' "$DEMO" --bogus

# a folder with a name that means something to shells, URIs and slapd.conf
odd="$TMPDIR/a b'c\$d%20\\é"
mkdir "$odd"
run env TMPDIR="$odd" "$DEMO" --keep
is "$status" 0 'a folder with an odd name' || diag "$out $err"
sed -n "/^   \. /,/^It ends with/{/^   /p}" <<<"$out" >"$TAP_DIR/commands"
sed -n 's/^It ends with: //p' <<<"$out" >>"$TAP_DIR/commands"
run env -u LDAPNOINIT bash -e "$TAP_DIR/commands"
is "$status$(ls -A "$odd")" 0 'the commands work there, too' || diag "$out $err"
rmdir "$odd"
run env STATESYNC=/nonexistent/statesync "$DEMO"
is "$status|$err" '1|demo: there is no program /nonexistent/statesync' 'a program that is not there is named'

# interrupted in the middle: nothing stays either
cat >"$TAP_DIR/slow" <<END
#!/bin/sh
echo started >"$TAP_DIR/started"
read -r line <"$TAP_DIR/fifo"
END
chmod +x "$TAP_DIR/slow"
mkfifo "$TAP_DIR/fifo"
STATESYNC=$TAP_DIR/slow setsid "$DEMO" >/dev/null 2>&1 &
demo=$!
wait_for 20 test -s "$TAP_DIR/started"
kill -TERM -"$demo" 2>/dev/null || kill -TERM "$demo"
wait "$demo" 2>/dev/null
wait_for 10 test -z "$(servers)"
is "$(servers)" '' 'interrupted, it ends its server'
is "$(ls -A "$TMPDIR")" '' 'and removes its folder'

# interrupted while slapd starts: this one never answers
mkdir "$TAP_DIR/fake"
cat >"$TAP_DIR/fake/slapd" <<END
#!/bin/sh
echo \$\$ >"$TAP_DIR/pid"
exec 3<>"$TAP_DIR/fifo"
read -r line <&3
END
chmod +x "$TAP_DIR/fake/slapd"
PATH=$TAP_DIR/fake:$PATH setsid "$DEMO" >/dev/null 2>&1 &
demo=$!
wait_for 20 test -s "$TAP_DIR/pid"
kill -TERM "$demo"
wait "$demo" 2>/dev/null
is "$?" 143 'interrupted while its server starts'
ended() { ! slapd_alive "$(cat "$TAP_DIR/pid")"; }
ok 'it ends it' wait_for 10 ended
is "$(ls -A "$TMPDIR")" '' 'and removes its folder'
