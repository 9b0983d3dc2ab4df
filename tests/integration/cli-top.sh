# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync top: what it shows, printed once and on a terminal; that the terminal is left as it was.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"
command -v script >/dev/null || skip_all 'script is not installed'

plan 37
site_start overlays=syncprov
mv "$SITE/node-03.xml" "$SITE/away"
statesync sync -c "$CONF" >/dev/null 2>&1
set_value "$(vm 17)" sstVirtualMachineStatusProgress 517
set_value "$(vm 01)" sstVirtualMachineStatusAlarm 'streaming-stalled: no job for 70 s'

# --- where there is no terminal ----------------------------------------------------------

run statesync top -c "$CONF"
is "$status $err" '0 ' 'printed once'
like "$(head -n 1 <<<"$out")" '^statesync  28 VMs and templates, 3 nodes  20' 'how many there are'
like "$out" '^last pass [0-9ms ]* ago$' 'when the last pass was'
like "$out" '^Stopped 8  Starting 1 .*  none 8  stale 8  with alarms 1$' 'how many have which state'
like "$(sed -n '/^Busy/{n;p}' <<<"$out")" '^kvm-0017.example.org +Running, streaming  .*█.*░  51.7 %  vm-node-02' \
    'what is busy, with a bar'
like "$out" '^vm-node-03.example.org  8 stale  rpc: ' 'a node that does not answer'
like "$out" '^kvm-0001.example.org  streaming-stalled: no job for 70 s$' 'an alarm'
not_ok 'without colours' grep -q $'\e' <<<"$out"
run env LC_ALL=C "$PROGRAM" top -c "$CONF"
like "$out" '  ############\.+  51.7 %  ' 'in ASCII where that is all there is'
perl -e 'pipe my $r, my $w; close $r; open STDOUT, ">&", $w; exec @ARGV' -- "$PROGRAM" top -c "$CONF" 2>"$TAP_DIR/stderr"
is "$? $(cat "$TAP_DIR/stderr")" '141 ' 'where nobody reads it ends as other programs do, and says nothing'
statesync top -c "$CONF" >/dev/full 2>"$TAP_DIR/stderr"
is $? 1 'output that cannot be written'
like "$(cat "$TAP_DIR/stderr")" 'cannot write the output' 'is told'
run statesync top -c "$CONF" kvm-0001.example.org
is "$status" 2 'an argument is a usage error'

# --- on a terminal -------------------------------------------------------------------------

export TERM=xterm
enter=$'\e[?1049h' leave=$'\e[?25h\e[?1049l'
# open: top on a terminal of 20 lines; keys go to $KEYS, what it paints to $OUT, and when it is over
# its exit code, the settings of the terminal and what was printed after it stand in the files.
open() {
    local dir
    dir=$(mktemp -d "$TAP_DIR/top.XXXXXX")
    OUT=$dir/out CODE=$dir/code TTY=$dir/tty PID=$dir/pid BEFORE=$dir/before AFTER=$dir/after
    mkfifo "$dir/keys"
    cat >"$dir/run" <<END
tty >'$TTY'
stty rows 20 cols 90
stty -a >'$BEFORE'
sh -c 'echo \$\$ >"$PID"; exec "$PROGRAM" top -c "$CONF"'
echo \$? >'$CODE'
stty -a >'$AFTER'
echo over
END
    script -qec "sh '$dir/run'" /dev/null <"$dir/keys" >"$OUT" 2>&1 &
    SCRIPT=$!
    exec {KEYS}>"$dir/keys"
    wait_for 30 shown 'Busy: 1'
}
shown() { grep -qF -- "$1" "$OUT"; }
# close WHAT CODE: it has ended, with this exit code
close() {
    wait_for 30 grep -q . "$CODE" 2>/dev/null
    wait "$SCRIPT"
    is "$(cat "$CODE")" "$2" "$1: exit code $2"
    is "$(diff <(sed 1d "$BEFORE") <(sed 1d "$AFTER"))" '' "$1: the terminal is set as it was"
    like "$(tail -c 40 "$OUT" | cat -v)" '\^\[\[0m\^\[\[\?7h\^\[\[\?25h\^\[\[\?1049lover' \
        "$1: the screen and the cursor are back, nothing else is said"
    exec {KEYS}>&-
}

open
ok 'it paints on the alternate screen' shown "$enter"
like "$(tail -n 20 "$OUT" | cat -v)" 'Busy: 11.*, [0-9] of them here' 'what does not fit is counted'
set_value "$(vm 17)" sstVirtualMachineStatusProgress 612
ok 'a change is painted' wait_for 30 shown '61.2 %'
stty -F "$(cat "$TTY")" rows 30 cols 100
ok 'another size is painted' wait_for 30 shown $'\e[2J\e[H\e[1mstatesync  28 VMs'
ok 'with more lines' wait_for 30 shown 'kvm-0014.example.org'
printf x >&"$KEYS"
echo -n q >&"$KEYS"
close q 0

open
echo -n $'\x03' >&"$KEYS"
close Ctrl-C 130

open
kill -TSTP "$(cat "$PID")" # a lonely process is not stopped by that, but it does not know
ok 'SIGTSTP gives the terminal back' wait_for 30 shown "$leave"
again() { [ "$(grep -oF "$enter" "$OUT" | wc -l)" = 2 ]; }
ok 'and takes it again when it goes on' wait_for 30 again
kill -TERM "$(cat "$PID")"
close SIGTERM 143

open
slapd_stop
ok 'a directory that goes is told' wait_for 30 shown 'trying again'
kill -HUP "$(cat "$PID")"
close SIGHUP 129

open_dead=$(script -qec "'$PROGRAM' top -c '$CONF'; echo \$?" /dev/null </dev/null | tr -d '\r')
like "$open_dead" "Can't contact LDAP server.*is slapd running" 'a directory that is not there'
is "$(tail -n 1 <<<"$open_dead")" 5 'is exit code 5'
not_ok 'and the terminal is left alone' grep -q $'\e' <<<"$open_dead"
run statesync top -c "$CONF"
is "$status" 5 'without a terminal likewise'
