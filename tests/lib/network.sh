# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Wires that can be cut: the test has a network of its own, and a program under
# test another one, which is joined to it by one wire for each server.
#
#   . "$STATESYNC_SRCDIR/tests/lib/network.sh"     before tap.sh: network_own runs the test again
#   network_own "$0"            in a network of its own; returns 1 where that cannot be had
#   network_start               the other network; NETWORK_INSIDE is what to put before a command
#   wire_add NUMBER             10.99.NUMBER.1 here, 10.99.NUMBER.2 there
#   wire_cut NUMBER, wire_mend NUMBER
#   wire_ip NUMBER              where servers listen
#
# Nothing of it is left when the processes in it have ended.

PATH=$PATH:/usr/sbin:/sbin
NETWORK_INSIDE=()

network_own() {
    [ -z "${STATESYNC_NETWORK-}" ] || return 0
    command -v ip >/dev/null && command -v nsenter >/dev/null || return 1
    unshare -n sh -c 'ip link add dev wire-try type veth peer name wire-yrt && unshare -n true' \
        >/dev/null 2>&1 || return 1
    STATESYNC_NETWORK=own exec unshare -n bash "$1"
}

network_start() {
    local fifo=$TAP_DIR/network holder
    mkfifo "$fifo" && ip link set dev lo up || return
    # it lives as long as nobody writes, and no longer than the test
    unshare -n sh -c 'ip link set dev lo up; echo there; read -r _' <>"$fifo" >"$fifo.up" &
    holder=$!
    at_exit "kill $holder 2>/dev/null"
    wait_for 20 grep -q there "$fifo.up" || return
    NETWORK_INSIDE=(nsenter -t "$holder" -n --)
}

wire_ip() { echo "10.99.$1.1"; }

wire_add() {
    local there=${NETWORK_INSIDE[2]}
    ip link add dev "wire$1" type veth peer name "far$1" netns "$there" &&
        ip addr add "10.99.$1.1/24" dev "wire$1" && ip link set dev "wire$1" up &&
        "${NETWORK_INSIDE[@]}" ip addr add "10.99.$1.2/24" dev "far$1" &&
        "${NETWORK_INSIDE[@]}" ip link set dev "far$1" up
}

wire_cut() { ip link set dev "wire$1" down; }
wire_mend() { ip link set dev "wire$1" up; }
