# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Passes over a changing site of 1,000 machines are killed (kill -9) at random
# moments.  The pass that follows repairs everything, and the log of the
# directory shows that no machine that ran the whole time was ever said to be
# anything else.  CHAOS_SEED=N repeats a run, CHAOS_KILLS=N says how many.
. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99
site_need

kills=8 n=1000
[ -z "$SITE_QUICK" ] || { kills=3 n=200; }
[ -z "$SITE_LONG" ] || kills=200
kills=${CHAOS_KILLS:-$kills}
seed=${CHAOS_SEED:-$SITE_SEED}
RANDOM=$seed
enough=$((kills / 5 + 1)) # killed while they wrote
diag "seed $seed, $kills kills"

# Node 1: nothing happens to its machines.  Node 2: all pause and go on.  Node 3: every fifth does,
# the others run, but for one that flickers.  Node 4: every fifth is ended and started, the others
# run.
site_directory $n 4 -- overlays=accesslog maxsize=8589934592 || exit 1
per=$SITE_PER
site_nodes 1 4 && worlds 1 4 "$per" running || exit 1
conf=$TAP_DIR/conf
site_conf "$conf" sync.lease=10 sync.lease_wait=30 nodes.deadline=10
change() { # 0: everything runs; 1: it does not
    if [ "$1" = 1 ]; then
        world 2 every 1 pause && world 3 every 5 pause && world 4 every 5 destroy
    else
        world 2 every 1 resume && world 3 every 5 resume && world 4 every 5 start
    fi
}
mkfifo "$TAP_DIR/nothing" && exec {NOTHING}<>"$TAP_DIR/nothing"
after_us() { # MICROSECONDS: a random moment is what is wanted here
    local seconds
    printf -v seconds '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000))
    read -r -t "$seconds" -u "$NOTHING"
    return 0
}
# What is wrong in the directory at this moment: machines that were never ended, and are said to be.
wrong_now() {
    local state=sstVirtualMachineStatusState active=sstVirtualMachineStatusActive
    slapd_search "$VMS" one \
        "(&(|($state=Stopped)($state=Crashed)($active=FALSE))(!(sstNode=$(node_name 4))))" 1.1 |
        sed -n 's/^dn: //p'
}
# The state file is whole, or not there; nothing heaps up beside it.
state_is_whole() {
    local files=("$conf".state*)
    [ ! -e "$conf.state.broken" ] && [ ${#files[@]} -le 2 ] || return
    [ ! -e "$conf.state" ] || { [[ $(head -1 "$conf.state") == 'statesync-state 1'* ]] &&
        [ "$(tail -n 1 "$conf.state")" = end ]; }
}

plan 9

# What clean passes make of both faces of the world, and how long they take.
run_sync "$conf"
longest=0
for face in 1 0; do
    change $face || exit 1
    run_sync "$conf"
    [ "$TOOK" -le $longest ] || longest=$TOOK
    snapshot "$TAP_DIR/clean$face"
done
is "$(tally "$TAP_DIR/clean0" 2,3)" "$n Running|TRUE" 'a clean pass: all run'
is "$(tally "$TAP_DIR/clean1" 2)" \
    "$((per + per / 5)) Paused;$((2 * per + per * 3 / 5)) Running;$((per / 5)) Stopped" \
    'a clean pass after a change: some are paused, some stopped'
diag "a pass takes $longest ms"

face=0 wrong='' failed='' different='' broken='' killed=0 holding=0 complete=0 waited=0 repaired=0
# Rounds go on until enough passes were killed, and enough of them while they wrote.
span=$longest
for ((i = 1; (killed < kills || holding < enough) && i <= 4 * kills + 40; i++)); do
    face=$((1 - face))
    change $face || exit 1
    # one machine flickers: away for the pass that is killed, back for the next one
    flicker=$(vm_uuid $((2 * per + 5 * (RANDOM % (per / 5)) + 1)))
    world 3 undefine "$flicker" && world 3 destroy "$flicker" || exit 1
    [ $((i % 5)) != 3 ] || libvirtd_freeze "$(node_dir 1)"
    start_sync one "$conf"
    from=0 # those that are still missing are looked for where a pass writes: near its end
    [ "$killed" -lt "$kills" ] || from=$((span / 2))
    after_us $((from * 1000 + RANDOM * (span - from) * 1000 / 32768))
    kill -KILL "$PID_one" 2>/dev/null
    await_sync one 2>/dev/null
    case $STATUS in 137) killed=$((killed + 1)) ;; *) complete=$((complete + 1)) ;; esac
    wrong+=$(wrong_now)
    state_is_whole || broken+=" $i"
    [ $((i % 5)) != 3 ] || libvirtd_thaw "$(node_dir 1)"
    world 3 define "$flicker" && world 3 start "$flicker" || exit 1
    if [ -n "$(service_get sstStateSyncLeaseHolder)" ]; then
        holding=$((holding + 1))
        # most of the time somebody who knows that it is dead gives its lease back
        if [ -n "$SITE_LONG" ] && [ $((holding % 20)) = 1 ]; then
            waited=$((waited + 1))
        else
            service_set sstStateSyncLeaseHolder
        fi
    fi
    run_sync "$conf"
    [ "$STATUS" = 0 ] || failed+=" $i:$STATUS"
    span=$(((3 * span + TOOK % 10000) / 4)) # without what was spent waiting for a lease
    snapshot "$TAP_DIR/now"
    if cmp -s "$TAP_DIR/now" "$TAP_DIR/clean$face"; then
        repaired=$((repaired + 1))
    else
        different+=" $i"
        diag "round $i: $(diff "$TAP_DIR/clean$face" "$TAP_DIR/now" | head -5)"
    fi
    state_is_whole || broken+=" $i"
done
rounds=$((i - 1))
diag "$killed killed, of these $holding while they held the lease ($waited of them waited for);" \
    "$complete were complete before"

is "$((killed >= kills)) $((holding >= enough))" '1 1' 'enough were killed, and enough of them while they wrote'
is "$failed" '' 'each pass that followed ended well'
is "$different" '' 'and left what a clean one leaves'
is "$repaired" "$rounds" 'every time'
is "$broken" '' 'the state file was whole at all times'
is "$wrong" '' 'R9: no machine that was never ended was found stopped, crashed or inactive'

# The same of every moment in between: the log holds each write.
said() { # NODE...: writes that said something negative of machines of these nodes
    local k i numbers=$TAP_DIR/numbers
    local state=sstVirtualMachineStatusState active=sstVirtualMachineStatusActive
    for k; do
        for ((i = (k - 1) * per; i < k * per; i++)); do vm_uuid $i && echo; done
    done >"$numbers"
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b cn=log \
        "(|(reqMod=$state:= Stopped)(reqMod=$state:= Crashed)(reqMod=$active:= FALSE))" reqDN |
        sed -n 's/^reqDN: //p' | grep -cFf "$numbers"
}
diag "$(said 4) times a machine of node 4 was said to be stopped, in $(slapd_count Modify) writes"
is "$(said 4 | grep -cx 0) $(said 1 2 3)" '0 0' 'R9: nor was one at any time ever said to be'
