# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The network between the daemon and its servers is cut and mended: to a node, to the directory, to
# all at once.  Nothing is said to be stopped that runs, and no restart is needed.
. "$(dirname "${BASH_SOURCE[0]}")/../lib/network.sh" || exit 99
network_own "$0" || network_missing=1
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
[ -z "${network_missing-}" ] || skip_all 'no network of our own can be had (unshare -n, ip)'
site_need

n=20
wired_site $n 2 || exit 1
worlds 1 2 10 running || exit 1
conf=$TAP_DIR/conf
wired_conf "$conf" 2 nodes.deadline=3 nodes.keepalive_interval=1 nodes.keepalive_count=2 \
    directory.timeout=3 directory.network_timeout=2
all_run() { all_are "$n Running|TRUE|"; }
SLOW=$((SLOW * 3)) # until TCP looks for who was away
stale_are() {
    snapshot "$TAP_DIR/now"
    [ "$(cut -d'|' -f4 "$TAP_DIR/now" | grep -c .)" = "$1" ]
}
# Whatever was written of machines that ran all the time.
negative() {
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b cn=log \
        "(|(reqMod=sstVirtualMachineStatusState:= Stopped)(reqMod=sstVirtualMachineStatusState:= Crashed)(reqMod=sstVirtualMachineStatusActive:= FALSE))" \
        reqDN | grep '^reqDN'
}

plan 15
daemon_start one "$conf"
follows 'over wires: all run' all_run

# --- a node
daemon_mark one
wire_cut 1
follows 'R1: a node is cut off, its statuses are stale' stale_are 10
follows 'and it says so' daemon_said one 'node is not reachable.*vm-node-01'
world 2 pause "$(vm_uuid 12)"
follows 'the other one is followed' status_is 12 Paused
world 2 resume "$(vm_uuid 12)"
world 1 pause "$(vm_uuid 3)"
wire_mend 1
follows 'R14: mended, what happened meanwhile is written' status_is 3 Paused
world 1 resume "$(vm_uuid 3)"
follows 'R12: and events arrive' all_run

# --- the directory
daemon_mark one
wire_cut 100
world 1 pause "$(vm_uuid 4)"
follows 'the directory is cut off: the event arrives' daemon_said one 'event .*lifecycle suspended'
follows 'and it says so' daemon_said one 'directory (cannot be|connection)'
wire_mend 100
follows 'R14: mended, it is written' status_is 4 Paused
world 1 resume "$(vm_uuid 4)"
follows 'and followed' all_run

# --- everything
daemon_mark one
for wire in 1 2 100; do wire_cut $wire; done
follows 'all are cut off' daemon_said one 'node is not reachable.*vm-node-02'
for wire in 1 2 100; do wire_mend $wire; done
follows 'R14: and mended: all run' all_run
follows 'a fresh pass agrees' agrees "$conf"
is "$(negative)" '' 'R1: none was ever said to be anything else'
daemon_stop one
is "$STATUS" 0 'it ends well'
