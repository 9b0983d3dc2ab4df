# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync watch: a line for each change, over a restart of the directory.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 19

# watch NAME ARGUMENT...: in the background, its lines in $TAP_DIR/NAME, its pid in $watcher.  It
# watches once it tells of machine 1, something about which changes until then.
watch() {
    local name=$1
    shift
    LC_ALL=C "$PROGRAM" watch -c "$CONF" "$@" >"$TAP_DIR/$name" 2>"$TAP_DIR/$name.err" &
    watcher=$!
    eventually noticed "$name"
}
noticed() {
    set_value "$(vm 01)" sstVirtualMachineStatusAlarm "$((SECONDS % 2)): a sign of life"
    said "$1" 'kvm-0001'
}

# eventually COMMAND...: succeeds within 20 s.
eventually() {
    local limit=$((SECONDS + 120))
    until "$@"; do
        [ $SECONDS -lt $limit ] || return 1
        slapd_pause
    done
    return 0 # else it is the status of the pause
}
said() { grep -Eq -- "$2" "$TAP_DIR/$1"; } # NAME REGEX
follows() { # TEST NAME REGEX
    eventually said "$2" "$3" && tap_pass "$1" && return
    tap_fail "$1"
    diag "not there: $3" "$(cat "$TAP_DIR/$2" "$TAP_DIR/$2.err")"
}

for overlays in syncprov ''; do
    site_start overlays="$overlays"
    how=${overlays:-polling}
    run statesync sync -c "$CONF"
    watch "$how"
    all=$watcher
    watch "$how.one" kvm-0001.example.org --json
    one=$watcher
    modify "dn: $(vm 01)
changetype: modify
replace: sstVirtualMachineStatusAlarm
"
    run statesync announce kvm-0001.example.org shutdown -c "$CONF"
    run statesync sync -c "$CONF"
    follows "$how: a change is a line" "$how" \
        '^[0-9T:Z-]{20}  kvm-0001\.example\.org  Running -> Shutting down  shutting-down: vm-node-01.* requested$'
    follows "$how: as JSON for one machine" "$how.one" \
        '^\{"time":"[^"]*","uuid":"11111111-0000-4000-8000-000000000001",.*"old":"Running","new":"Shutting down"'
    slapd_as_root ldapdelete -r "$(vm 03)"
    follows "$how: an entry that goes" "$how" '  kvm-0003\.example\.org  Stopped -> gone  its entry was deleted$'
    slapd_stop
    follows "$how: the directory ends, which is said once" "$how.err" '^statesync: .*; trying again$'
    slapd_restart
    set_value "$(vm 04)" sstVirtualMachineStatusAlarm 'backup-stuck: it takes long'
    follows "$how: it comes back" "$how.err" '^statesync: the directory answers again$'
    follows "$how: what happened meanwhile is told" "$how" \
        '  kvm-0004\.example\.org  Paused -> Paused \[backup-stuck\]  '
    is "$(grep -cv kvm-0001 "$TAP_DIR/$how") $(grep -cv kvm-0001 "$TAP_DIR/$how.one")" '2 0' \
        "$how: and nothing else"
    kill -INT "$all"
    kill -TERM "$one"
    wait "$all"
    status=$?
    wait "$one"
    is "$status $?" '130 143' "$how: interrupted, it ends"
done

mkfifo "$TAP_DIR/pipe"
"$PROGRAM" watch -c "$CONF" >"$TAP_DIR/pipe" 2>"$TAP_DIR/pipe.err" &
watcher=$!
: <"$TAP_DIR/pipe" # it is opened, and closed
eventually eval '! kill -0 $watcher 2>/dev/null'
wait "$watcher"
is "$?" 1 'nobody reads any more: it ends, though nothing is to be written'

"$PROGRAM" watch -c "$CONF" >/dev/full 2>"$TAP_DIR/full" &
watcher=$!
ended() {
    set_value "$(vm 05)" sstVirtualMachineStatusAlarm "$((SECONDS % 2)): only this number is shown"
    ! kill -0 "$watcher" 2>/dev/null
}
eventually ended
wait "$watcher"
is "$?" 1 'an output that cannot be written ends it'

sed "s/^base = .*/base = ou=nowhere,$SUFFIX/" "$CONF" >"$SITE/wrong"
"$PROGRAM" watch -c "$SITE/wrong" 2>"$TAP_DIR/wrong" &
at_exit "kill -KILL $! 2>/dev/null"
is_told() { grep -q 'nothing is where base in section \[directory\] says, .*; trying again$' "$TAP_DIR/wrong"; }
ok 'a base that is not there is told as what it is' eventually is_told
