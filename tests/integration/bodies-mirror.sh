# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Two directory servers that replicate each other, one body with both URIs:
# either is killed, and comes back; nothing is lost, and nothing flaps.
. "$STATESYNC_SRCDIR/tests/integration/bodies_lib.sh" || exit 99
bodies_need

n=6 one=$TAP_DIR/ldap two=$TAP_DIR/ldap2
# without accesslog: above syncprov in slapd 2.6, it loses writes on their way to the other server
bodies_directory $n 1 -- overlays=syncprov mirror=1:"$two" && URI_ONE=$SLAPD_LDAPI || exit 1
slapd_start "$two" tls=no owner=$$ overlays=syncprov acl="$TAP_DIR/acl" external="$OTHER" mirror=2:"$one" || exit 1
URI_TWO=$SLAPD_LDAPI
site_nodes 1 1 && site_world 1 $n running || exit 1
use() { slapd_use "$1"; }
use "$one"
body_conf b directory.uri="$URI_ONE $URI_TWO" sync.standby=yes
connected() { body_said b "directory (connected|is followed again) uri=$1( |\$)"; } # the log leaves out what repeats
everywhere() { # STATUS NUMBER...: on both servers
    (use "$one" && vms_are "$@") && (use "$two" && vms_are "$@")
}

plan 20

# Replication is at work when the first refresh is over and a change comes across.
across() {
    vm_set 5 sstDisplayName "across-$RANDOM" && await 1 eval '[ "$(vm_get 5 sstDisplayName)" = "$(use "$two" && vm_get 5 sstDisplayName)" ]'
}
comes 'both have the machines' eval '(use "$two" && vm_get 5 sstNode && vm_get 0 sstNode) | grep -c example | grep -qx 2'
comes 'and what changes' across
body_start b
comes 'a body on the first' body_runs b
comes 'all machines run, on both' everywhere Running 0 1 2 3 4 5
like "$(body_said b 'directory connected')" "$URI_ONE" 'it asks the first'

# --- the first is killed
body_mark b
slapd_stop "$one" KILL
world 1 pause "$(vm_uuid 1)"
comes 'the first is killed: the second is dialed' connected "$URI_TWO"
use "$two"
comes 'what happened meanwhile is written' vm_is 1 Paused
world 1 destroy "$(vm_uuid 2)"
comes 'and what happens now' vm_is 2 Stopped

# --- and comes back; then the second is killed
ok 'the first is started again' slapd_restart "$one"
comes 'it has what was written on the other' eval '(use "$one" && vm_is 1 Paused && vm_is 2 Stopped)'
for round in 1 2; do
    to=$one from=$two what=Paused act=pause
    [ $round = 1 ] || { to=$two from=$one what=Running act=resume; }
    slapd_stop "$from" KILL
    world 1 $act "$(vm_uuid 3)"
    use "$to"
    comes "round $round: over; what happened meanwhile is written" vm_is 3 $what
    ok "round $round: nothing flapped" vms_are Stopped 2
    ok "round $round: the other is started again" slapd_restart "$from"
    comes "round $round: and catches up" everywhere $what 3
done
comes 'all is as it was' eval 'everywhere Running 0 3 4 5 && everywhere Paused 1 && everywhere Stopped 2'
written() { grep -c "written dn=\"sstVirtualMachine=$(vm_uuid "$1")" "$TAP_DIR/b.log"; }
is "$(written 0) $(written 1) $(written 2) $(written 3) $(written 4)" '1 2 2 3 1' 'one write for each change, no more'
