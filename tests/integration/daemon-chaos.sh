# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A daemon in a world where everything is killed, frozen, cut off and restarted
# at random.  After each storm there is calm, and then the directory has to be
# what a pass that knows nothing of before would write.  The log of the
# directory shows that no machine that ran the whole time was ever said to be
# anything else.  CHAOS_SEED=N repeats a run, CHAOS_STORMS=N says how many.
#
# Node 1: its machines never stop (they may pause), its libvirtd is frozen but never killed.
# Node 2: they are started, stopped, undefined and defined.  Node 3: so they are, and its libvirtd
# is killed.  Any of them and the directory may be cut off from the daemon.
. "$(dirname "${BASH_SOURCE[0]}")/../lib/network.sh" || exit 99
network_own "$0" || network_missing=1
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
site_need

n=150 storms=3 acts=8
[ -z "$SITE_QUICK" ] || { n=60 storms=2; }
[ -z "$SITE_LONG" ] || { n=300 storms=60 acts=15; }
storms=${CHAOS_STORMS:-$storms}
seed=${CHAOS_SEED:-$SITE_SEED}
RANDOM=$seed
diag "seed $seed, $storms storms"
SLOW=$((SLOW * 3)) # an error of libvirtd or slapd is waited for, too

make_conf() {
    "$@" sync.lease=10 nodes.deadline=5 nodes.look_deadline=2 nodes.keepalive_interval=1 \
        nodes.keepalive_count=3 directory.timeout=4 directory.network_timeout=3 daemon.interval=20 \
        limits.miss_limit=3 limits.absence_hold=1 limits.start_limit=2 limits.budget_percent=100 \
        limits.budget_node_percent=100
}
conf=$TAP_DIR/conf
wires=()
if [ -n "${network_missing-}" ]; then
    diag 'no network is cut: unshare -n or ip do not work here'
    site_directory $n 3 -- overlays='syncprov accesslog' maxsize=8589934592 || exit 1
    site_nodes 1 3 || exit 1
    make_conf daemon_conf "$conf"
else
    wires=(1 2 3 100)
    wired_site $n 3 || exit 1
    make_conf wired_conf "$conf" 3
fi
per=$SITE_PER
worlds 1 3 "$per" running || exit 1
sed -i '/^\(miss_limit=1\|absence_hold=0\)$/d' "$conf"
ldap=$TAP_DIR/ldap
FAKE=
clock() { # SECONDS: what the daemon believes to be later than it is
    [ -n "$FAKE" ] || return 0
    printf '%+d\n' "$1" >"$TAP_DIR/clock.new" && mv "$TAP_DIR/clock.new" "$TAP_DIR/clock"
}
fake=$(find /usr/lib /usr/lib64 -name libfaketimeMT.so.1 2>/dev/null | head -1)
# The wall clock alone is stepped: timeouts go by the other one.
steps_clocks() {
    [ -n "$fake" ] || { diag 'no clock steps: libfaketime is not installed'; return 1; }
    case ${ASAN_OPTIONS-}${TSAN_OPTIONS-} in ?*) diag 'no clock steps: not with sanitizers' && return 1 ;; esac
    DAEMON_PREFIX+=(env LD_PRELOAD="$fake" FAKETIME_TIMESTAMP_FILE="$TAP_DIR/clock" FAKETIME_NO_CACHE=1
        FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1)
    FAKE=1
    clock 3600
    [ $(($("${DAEMON_PREFIX[@]}" date +%s) - EPOCHSECONDS)) -ge 3500 ] && clock 0 && return
    diag 'no clock steps: libfaketime does not work here'
    DAEMON_PREFIX=("${NETWORK_INSIDE[@]}") FAKE=
}
steps_clocks
# What libfaketime shares between processes stays when one is killed.
start_daemon() {
    daemon_start one "$conf"
    [ -z "$FAKE" ] || at_exit "rm -f /dev/shm/{faketime_shm,sem.faketime_sem}_${DAEMON[one]}"
}
mkfifo "$TAP_DIR/nothing" && exec {NOTHING}<>"$TAP_DIR/nothing"
some_time() { # MILLISECONDS at most: a random moment is what is wanted here
    local ms=$((RANDOM % $1 + 1)) seconds
    printf -v seconds '%d.%03d' $((ms / 1000)) $((ms % 1000))
    read -r -t "$seconds" -u "$NOTHING"
    return 0
}

# --- what happens
declare -A IS # what a machine is: running, paused, shutoff, gone
for ((i = 0; i < 3 * per; i++)); do IS[$i]=running; done
frozen=() world_3=alive slapd_is=alive
tell() { # NODE COMMAND MACHINE; a daemon that stands still answers later
    echo "$2 $(vm_uuid "$3")" >&"${WORLD_IN[$1]}"
    OWED[$1]=$((OWED[$1] + 1))
}
declare -A OWED=([1]=0 [2]=0 [3]=0)
act_guest() {
    local node=$((RANDOM % 3 + 1)) i
    [ $node != 3 ] || [ $world_3 = alive ] || return 0
    i=$(((node - 1) * per + RANDOM % per))
    case $node:${IS[$i]} in
    1:running) tell 1 pause $i && IS[$i]=paused ;;
    *:paused) tell $node resume $i && IS[$i]=running ;;
    *:running) case $((RANDOM % 3)) in
        0) tell $node destroy $i && IS[$i]=shutoff ;;
        1) tell $node pause $i && IS[$i]=paused ;;
        2) tell $node destroy $i && tell $node undefine $i && IS[$i]=gone ;;
        esac ;;
    *:shutoff) tell $node start $i && IS[$i]=running ;;
    *:gone) tell $node define $i && tell $node start $i && IS[$i]=running ;;
    esac
}
act_directory() {
    local i=$((RANDOM % (3 * per)))
    [ $slapd_is = alive ] || return 0
    case $((RANDOM % 3)) in
    0) vm_set $i sstVirtualMachineStatus Deleting ;; # repaired
    1) vm_set $i sstDisplayName "name $RANDOM" ;;
    2) service_set sstStateSyncLeaseHolder "other:1:$(printf %08x $RANDOM)" && service_set sstStateSyncLeaseSerial $RANDOM ;;
    esac
}
act_node() {
    local node=$((RANDOM % 3 + 1))
    if [ $node = 3 ] && [ $world_3 = alive ] && [ $((RANDOM % 2)) = 0 ]; then
        world_3=dead
        libvirtd_thaw "$(node_dir 3)"
        libvirtd_kill "$(node_dir 3)"
        return
    fi
    [ $node != 3 ] || [ $world_3 = alive ] || return 0
    libvirtd_freeze "$(node_dir $node)" && frozen+=($node)
}
act_slapd() {
    case $slapd_is in
    alive) if [ $((RANDOM % 2)) = 0 ]; then
        kill -STOP "$(slapd_pid "$ldap")" && slapd_is=frozen
    else
        slapd_stop "$ldap" KILL && slapd_is=dead
    fi ;;
    frozen) kill -CONT "$(slapd_pid "$ldap")" && slapd_is=alive ;;
    dead) slapd_restart "$ldap" && slapd_is=alive ;;
    esac
}
declare -A CUT
act_network() {
    local wire
    [ ${#wires[@]} -gt 0 ] || return 0
    wire=${wires[RANDOM % ${#wires[@]}]}
    if [ -n "${CUT[$wire]-}" ]; then
        wire_mend $wire && unset "CUT[$wire]"
    else
        wire_cut $wire && CUT[$wire]=1
        cuts=$((cuts + 1))
    fi
}
heard() { daemon_said one 'metrics are served' >/dev/null; } # it has begun
act_daemon() {
    case $((RANDOM % 4)) in
    0) # no shell remarks on who was killed
        { daemon_stop one KILL; } 2>/dev/null
        killed=$((killed + 1))
        daemon_mark one
        start_daemon
        ;;
    1) heard && kill -HUP "${DAEMON[one]}" ;;
    2) heard && kill -USR1 "${DAEMON[one]}" ;;
    3) clock $(((RANDOM % 3 - 1) * 3600)) ;;
    esac
}
act() {
    case $((RANDOM % 10)) in
    0) act_node ;;
    1) act_slapd ;;
    2) act_daemon ;;
    3) act_directory ;;
    4) act_network ;;
    *) act_guest && act_guest && act_guest ;;
    esac
}

# --- calm
answered() {
    local node line
    for node in 1 2 3; do
        for (( ; OWED[$node] > 0; OWED[$node]--)); do
            read -r -t 60 line <&"${WORLD_OUT[$node]}" || return
            [ "$line" = ok ] || diag "world $node: $line"
        done
    done
}
again_3() { # libvirtd is killed, and with it the machines: all are as in the beginning
    local i
    world_end 3 2>/dev/null
    OWED[3]=0
    libvirtd_restart "$(node_dir 3)" && site_world 3 "$per" running || return
    for ((i = 2 * per; i < 3 * per; i++)); do IS[$i]=running; done
    world_3=alive
}
calm() {
    local node wire
    for wire in "${!CUT[@]}"; do wire_mend "$wire"; done
    CUT=()
    case $slapd_is in
    frozen) kill -CONT "$(slapd_pid "$ldap")" ;;
    dead) slapd_restart "$ldap" || return ;;
    esac
    slapd_is=alive
    for node in "${frozen[@]}"; do [ $node = 3 ] && [ $world_3 = dead ] || libvirtd_thaw "$(node_dir $node)"; done
    frozen=()
    [ $world_3 = alive ] || again_3 || return
    answered
}
wanted() { # the directory, as the world is
    local i
    for ((i = 0; i < 3 * per && i < n; i++)); do
        case ${IS[$i]} in
        running) echo "$(vm_uuid $i)|Running|TRUE|" ;;
        paused) echo "$(vm_uuid $i)|Paused|TRUE|" ;;
        shutoff) echo "$(vm_uuid $i)|Stopped|FALSE|" ;;
        gone) echo "$(vm_uuid $i)|gone|FALSE|" ;;
        esac
    done | sort
}
is_right() {
    snapshot "$TAP_DIR/now"
    # where a machine has gone to is not for the state of the domain to say: stopped or crashed
    wanted >"$TAP_DIR/wanted"
    join -t'|' "$TAP_DIR/wanted" "$TAP_DIR/now" >"$TAP_DIR/both"
    awk -F'|' '!(($2 == $5 || ($2 == "gone" && ($5 == "Stopped" || $5 == "Crashed"))) && $3 == $6 && $7 == "") {
        print; wrong++ } END { exit wrong > 0 || NR == 0 }' "$TAP_DIR/both"
}

plan 6
start_daemon
follows 'the first pass' is_right
killed=0 cuts=0 wrong='' disagrees='' rss=0 fds=0 first=''
for ((storm = 1; storm <= storms; storm++)); do
    for ((a = 0; a < acts; a++)); do
        act
        some_time 300
    done
    calm || exit 1
    if ! await is_right; then
        wrong+=" $storm"
        diag "storm $storm: $(is_right | head -5)"
        daemon_tail one 15
    fi
    if ! await agrees "$conf"; then
        disagrees+=" $storm"
        diag "storm $storm: $(agrees "$conf" | head -40)"
    fi
    fds=$(daemon_fds one) rss=$(daemon_rss one)
    [ -n "$first" ] || first="$fds $rss"
    diag "storm $storm: over after $SECONDS s; $killed killed, $cuts wires cut so far; rss $rss kB, $fds descriptors"
done
is "$wrong" '' 'R7, R14: after each storm the directory says what is'
is "$disagrees" '' 'and a pass that knows nothing would write nothing'
# the connections for closer looks are opened when they are first needed
first_fds=${first% *} first_rss=${first#* }
ok "descriptors do not grow in number ($first_fds, $fds)" test "$fds" -le $((first_fds + 20))
case ${ASAN_OPTIONS-}${TSAN_OPTIONS-} in
'') ok "nor does memory ($first_rss kB, $rss kB)" test "$rss" -le $((first_rss * 5 / 4)) ;;
*) pass 'nor does memory, which sanitizers keep' ;;
esac

said() { # writes that said something negative of machines of node 1
    local i
    for ((i = 0; i < per; i++)); do vm_uuid $i && echo; done >"$TAP_DIR/numbers"
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b cn=log \
        "(|(reqMod=sstVirtualMachineStatusState:= Stopped)(reqMod=sstVirtualMachineStatusState:= Crashed)(reqMod=sstVirtualMachineStatusActive:= FALSE))" \
        reqDN | sed -n 's/^reqDN: //p' | grep -F -f "$TAP_DIR/numbers"
}
is "$(said)" '' 'R9: no machine that was active all the time was ever said to be anything else'
