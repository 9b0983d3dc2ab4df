# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What benchmarks of `statesync daemon' share; after world.sh, with BENCH_BUILD, dir (a folder of the
# run) and results (a file) set.
#
#   daemon_start CONF SECONDS   with so many between complete reads; its log is $dir/daemon.log
#   daemon_stop                 nothing where none runs
#   daemon_settle SECONDS       until nothing has been written for so long
#   daemon_ticks, daemon_rss    CPU time so far, memory (KiB)
#   go_first PID...             with BENCH_FIRST=1: they and we go before all else on the machine
#   tell TEXT...                printed, and kept in the results
#   field NAME LINE, calc EXPRESSION
#   target NAME VALUE LIMIT     missed=1 when the value is above
#   tell_latency NAME FILE      two series of bench/watch.h, ours and the floor, and our targets
#   tell_guests NAME FILE [MS]  two series of those of real guests; a target for the median

pid=''
# shellcheck disable=SC2034 # whoever sources this ends with it
missed=0

say() { echo "bench: $*" >&2; }

tell() { echo "$*" | tee -a "${results:?}"; }

field() { sed -n "s/^\(.* \)\{0,1\}$1=\([^ ]*\).*/\2/p" <<<"$2"; } # NAME LINE

calc() { awk "BEGIN { printf \"%.4g\", $1 }"; }

target() {
    if awk "BEGIN { exit !($2 <= $3) }"; then
        tell "  $1: $2 (target $3)"
    else
        tell "  $1: $2 (target $3) MISSED"
        # shellcheck disable=SC2034
        missed=1
    fi
}

daemon_start() {
    cp "$1" "${dir:?}/daemon.conf"
    printf '[log]\nlevel = %s\n[metrics]\nlisten = off\n[daemon]\ninterval = %s\n' \
        "${BENCH_LOG:-notice}" "$2" >>"$dir/daemon.conf"
    # shellcheck disable=SC2086
    ${BENCH_WRAP-} "$BENCH_BUILD/src/statesync" daemon -c "$dir/daemon.conf" \
        >"$dir/daemon.log" 2>&1 &
    pid=$!
}

daemon_stop() {
    [ -n "$pid" ] || return 0
    kill "$pid" && wait "$pid"
    pid=''
}

daemon_settle() {
    local before=0 now same=0 i
    [ -p "$dir/never" ] || mkfifo "$dir/never"
    for ((i = 0; i < 300; i++)); do
        now=$(slapd_count Modify)
        if [ "$now" = "$before" ] && grep -q 'first pass decided' "$dir/daemon.log"; then
            same=$((same + 1))
        else
            same=0
        fi
        [ "$same" -lt "$1" ] || return 0
        before=$now
        read -r -t 1 <>"$dir/never" # nobody writes there
    done
    fail 'the daemon does not come to rest'
}

daemon_ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat"; }

daemon_rss() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status"; }

# Each session is a group of its own for the scheduler, and this is the group's nice value.
go_first() {
    local one
    [ "${BENCH_FIRST-}" = 1 ] || return 0
    for one in self "$@"; do
        echo -20 >"/proc/$one/autogroup" || fail 'no priority'
    done
}

tell_latency() {
    local line floor median p99
    line=$(sed -n 1p "$2")
    floor=$(sed -n 2p "$2")
    tell "$line"
    tell "$floor"
    median=$(field median "$line") p99=$(field p99 "$line")
    target "$1, median, ms" "$median" 1.5
    target "$1, p99, ms" "$p99" 10
    tell "  over the floor: median $(calc "$median / $(field median "$floor")"), p99" \
        "$(calc "$p99 / $(field p99 "$floor")")"
}

tell_guests() {
    local line floor
    line=$(grep "^series=$1 " "$2")
    floor=$(grep "^series=$1-floor " "$2")
    tell "$line"
    tell "$floor"
    [ -z "${3-}" ] || target "$1, median, ms" "$(field median "$line")" "$3"
    tell "  over the floor: median $(calc "$(field median "$line") / $(field median "$floor")")"
}
