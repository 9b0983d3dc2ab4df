#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The runner of the scenarios itself: what is not so fails, is explained and can be replayed, and
# nothing is left running.

. "$STATESYNC_SRCDIR/tests/lib/tap.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/lib/guest.sh" || exit 99

reason=$(libvirtd_check --qemu) || skip_all "$reason"
command -v slapd >/dev/null || PATH=$PATH:/usr/sbin command -v slapd >/dev/null || skip_all 'slapd is not installed'
libvirtd_subreaper || exit 99
export SUBREAPER
program=$STATESYNC_BUILDDIR/src/statesync
mkdir "$TAP_DIR/tmp"

# scenario NAME: runs what is on stdin as a scenario of its own; its output is in $OUT, its exit
# status in $STATUS, its build folder is ours.
scenario() {
    { echo '. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"' && cat; } >"$TAP_DIR/$1.sh"
    OUT=$(STATESYNC=$program STATESYNC_BUILDDIR=$TAP_DIR/build TMPDIR=$TAP_DIR/tmp \
        timeout 120 bash "$TAP_DIR/$1.sh" 2>&1)
    STATUS=$?
}

plan 20
scenario right <<'S'
scenario 'all is well'
vm web
virt define web
pass
expect web status=Stopped rule=stopped alarms=none stale=no active=FALSE actions='start migrate edit delete users groups' \
    can=start cannot=power-off sstVirtualMachineRequestedAction= proves='nothing was done'
the_end
S
is "$STATUS" 0 'a scenario in which all is well'
is "$(cat "$TAP_DIR/build/tests/lab/proven/right.tsv")" $'VM\tStopped\tnothing was done\tstopped' 'notes what it has proven'
not_ok 'and leaves nothing else' test -e "$TAP_DIR/build/tests/lab/failed/right"

# Each of these is wrong, and only one of them at a time.
scenario wrong <<'S'
scenario 'everything is wrong'
vm web intent=running
virt define web
stoney start web
pass
for wrong in status=Stopped status='*, streaming*' rule=stopped alarms=wrong-node has=wrong-node stale=yes \
    stale=timeout active=FALSE node=b actions=none actions='shutdown power-off' can=start cannot=shutdown \
    progress='*0' reason=stopped detail='*x' sstVirtualMachineRequestedAction=start sstVirtualMachineRequestedActon= \
    alarm=none rulez=running status; do
    echo "wrong: $wrong"
    expect web status=Running rule=running "$wrong" proves='nothing'
done
expect_node a domains=2
expect_node a alarms=orphan
expect_node a foreign=web
expect_pass exit=3
expect_counts Running=2
expect nobody status=Stopped
the_end
S
is "$STATUS" 1 'one in which everything is wrong fails'
is "$(grep -c '^wrong: ' <<<"$OUT") $(grep -c '^not ok' <<<"$OUT") $(grep -c '^ok' <<<"$OUT")" '21 27 0' 'each of it fails by itself'
not_ok 'and proves nothing' test -e "$TAP_DIR/build/tests/lab/proven/wrong.tsv"
like "$OUT" '^# libvirt on a: running \(booted\)' 'what libvirt says is shown'
like "$OUT" '^# sstVirtualMachineStatus: Running' 'what the directory says, too'
like "$OUT" '^# remembered: vm ' 'and what the program remembers'
like "$("$program" replay "$TAP_DIR/build/tests/lab/failed/wrong/passes/001.json")" ': Running  \[running:' \
    'its pass was kept and decides the same again'

scenario misspelt <<'S'
scenario 'a word that is no step'
vm web
pass
expcet web status=Running
expect web status=none
the_end
S
like "$OUT" "^Bail out! there is no step 'expcet'" 'a misspelt step is not passed over'
is "$STATUS" 143 'it ends the scenario'

scenario refused <<'S'
scenario 'a step that fails'
vm web
virt start web
pass
expect web status=none
the_end
S
like "$OUT" '^Bail out! a step failed: virt start web' 'a step that fails ends the scenario, too'

scenario unfinished <<'S'
scenario 'one that is not ended'
vm web
pass
expect web status=none
S
is "$STATUS" 1 'one that stops in the middle fails'

scenario killed <<'S'
scenario 'one that is killed'
vm web
virt define web
virt start web
kill -KILL $$
S
is "$STATUS" 137 'one is killed with a guest running'
processes_left() {
    local p
    for p in /proc/[0-9]*; do
        { tr '\0' ' ' <"$p/cmdline"; } 2>/dev/null | grep -F "$TAP_DIR/tmp/"
    done
}
nothing_left() {
    [ -z "$(processes_left)" ]
}
ok 'its nodes, guests and its directory end all the same' wait_for 20 nothing_left
is "$(processes_left)" '' 'and nobody else is left'

# The table: what a scenario that there is has noted, and nothing else.
proven=$TAP_DIR/build/tests/lab/proven
printf 'VM\tFrozen\tof a scenario\tfrozen\n' >"$proven/01-start-stop.tsv"
printf 'VM\tFrozen\tof nobody\tfrozen\n' >"$proven/00-gone.tsv"
table=$(STATESYNC_BUILDDIR=$TAP_DIR/build bash "$STATESYNC_SRCDIR/tests/lab/statuses.sh" --table)
like "$table" '`Frozen` .* of a scenario ' 'the table has what a scenario noted'
not_ok 'and nothing of one that is gone' grep -q 'of nobody' <<<"$table"
is "$(sed -n 's|^\ttests/lab/scenarios/\(.*\.sh\).*|\1|p' "$STATESYNC_SRCDIR/tests/lab/local.mk" | xargs)" \
    "$(cd "$STATESYNC_SRCDIR/tests/lab/scenarios" && echo *.sh)" 'every scenario is run'
