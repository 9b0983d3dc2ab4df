# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The daemon under load: a boot storm and its end, a machine that flickers, and events without end.
# After each calm the directory says what is true, with few writes, and memory and file descriptors
# stay as they were.  LOAD_EVENTS=N says how many events that is.
. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99
site_need

n=200 flickers=20 events=20000 warm=4000 n_looks=2
[ -z "$SITE_QUICK" ] || { n=80 events=4000 warm=2000; }
[ -z "$SITE_LONG" ] || { n=2000 flickers=100 events=1100000 warm=100000 n_looks=41; }
events=${LOAD_EVENTS:-$events}
nodes=4

site_directory $n $nodes -- overlays=syncprov maxsize=4294967296 || exit 1
site_nodes 1 $nodes && worlds 1 $nodes "$SITE_PER" shutoff || exit 1
conf=$TAP_DIR/conf
site_conf "$conf" log.level=notice
printf '[metrics]\nlisten = off\n' >>"$conf"
mkfifo "$TAP_DIR/nothing" && exec {NOTHING}<>"$TAP_DIR/nothing"
pause_ms() { # a machine that takes its time is what is wanted here
    local seconds
    printf -v seconds '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
    read -r -t "$seconds" -u "$NOTHING" _
    return 0
}

"$PROGRAM" daemon -c "$conf" 2>"$TAP_DIR/daemon.log" &
daemon=$!
at_exit 'kill "$daemon" 2>/dev/null && wait "$daemon"'

# all_are STATE: everybody has this status, at the latest in a minute
all_are() {
    local i
    for ((i = 0; i < 600; i++)); do
        snapshot "$TAP_DIR/seen"
        [ "$(tally "$TAP_DIR/seen" 2)" != "$n $1" ] || return 0
        kill -0 "$daemon" || break
        pause_ms 100
    done
    diag "$(tally "$TAP_DIR/seen" 2)"
    diag "$(tail -5 "$TAP_DIR/daemon.log")"
    return 1
}
everywhere() { # COMMAND...
    local k
    for ((k = 1; k <= nodes; k++)); do world "$k" "$@" || return; done
}
# Until nothing was written for two seconds; the number of modifies is in WRITES.
calm() {
    local before='' same=0 i
    for ((i = 0; i < 120 && same < 4; i++)); do
        WRITES=$(slapd_count Modify)
        [ "$WRITES" = "$before" ] && same=$((same + 1)) || same=0
        before=$WRITES
        pause_ms 500
    done
}
rss() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$daemon/status"; }
fds() { ls "/proc/$daemon/fd" | wc -l; }
at_most() { # NAME VALUE LIMIT
    diag "$1: $2 (at most $3)"
    ok "$1" test "$2" -le "$3"
}

plan 11
ok 'everybody is off' all_are Stopped
calm
before=$WRITES

# Storms: what is not about a machine is the lease, the report and each node's count.
others=$((4 * nodes + 6))
everywhere every 1 start
ok 'everybody boots, and everybody is told' all_are Running
calm
at_most 'writes per machine and start: two' $((WRITES - before)) $((2 * n + others))
before=$WRITES
everywhere every 1 destroy
ok 'everybody goes, and everybody is told' all_are Stopped
calm
at_most 'writes per machine and stop: two' $((WRITES - before)) $((2 * n + others))

# One that flickers: first and last at once, in between once a second.
world 1 start "$(vm_uuid 0)"
calm
before=$WRITES
from=$(now_ms)
for ((i = 0; i < flickers; i++)); do
    world 1 pause "$(vm_uuid 0)" && pause_ms 50 && world 1 resume "$(vm_uuid 0)" && pause_ms 50
done
world 1 pause "$(vm_uuid 0)"
took=$((($(now_ms) - from) / 1000))
calm
at_most "writes while one flickers for $took s" $((WRITES - before)) $((took + 6))
is "$(vm_get 0 sstVirtualMachineStatus)" Paused 'the last status of one that flickers'
world 1 destroy "$(vm_uuid 0)"

# Events without end: each round pauses and resumes everybody.
everywhere every 1 start
round() { everywhere every 1 pause && everywhere every 1 resume; }
# Memory is looked at again and again, each time when nothing happens: medians of a quarter of the
# looks, since one differs from the next by more than a percent.
told=0 looks=()
events_until() { # NUMBER
    for ((; told < $1; told += 2 * n)); do round || return; done
}
look() { # after how many events?
    events_until "$1"
    calm
    looks+=("$(rss)")
}
median() { # NUMBER...
    printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}
look "$warm"
fds_before=$(fds)
for ((i = 1; i < n_looks; i++)); do look $((warm + (events - warm) * i / (n_looks - 1))); done
ok 'after them everybody runs' all_are Running
some=$(((n_looks + 2) / 4))
first=$(median "${looks[@]:0:some}") last=$(median "${looks[@]: -some}")
diag "memory, KiB, from event $warm to event $told: ${looks[*]}"
case ${ASAN_OPTIONS-}${TSAN_OPTIONS-} in
'') at_most 'memory does not grow, KiB' "$last" $((first + first / 100 + (${#SITE_LONG} > 0 ? 0 : 2048))) ;;
*) pass 'memory does not grow, but for what sanitizers keep' ;;
esac
at_most 'no file descriptor is left open' "$(fds)" "$fds_before"

kill "$daemon" && wait "$daemon"
is $? 0 'and it ends as it is told'
