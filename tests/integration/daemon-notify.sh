# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the daemon tells its service manager: when it is ready, loads its configuration anew and
# stops, how it is, and that it lives: as long as work comes to an end, and no longer.
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
site_need
command -v curl >/dev/null || skip_all 'curl is not installed'

n=10
site_directory $n 1 -- overlays=syncprov || exit 1
site_nodes 1 1 && site_world 1 $n running || exit 1
conf=$TAP_DIR/conf
daemon_conf "$conf" daemon.interval=2 nodes.deadline=600 nodes.keepalive_interval=0
mkfifo "$TAP_DIR/manager" && exec {MANAGER}<>"$TAP_DIR/manager"
"$STATESYNC_BUILDDIR/tests/lib/notify_listen" "$TAP_DIR/notify" <&"$MANAGER" >"$TAP_DIR/told" &
manager=$!
at_exit 'kill "$manager"'
wait_for 20 test -S "$TAP_DIR/notify" || exit 1
DAEMON_PREFIX=(env NOTIFY_SOCKET="$TAP_DIR/notify" WATCHDOG_USEC=600000)
TOLD=0
mark() { TOLD=$(wc -l <"$TAP_DIR/told"); }
told() { tail -n "+$((TOLD + 1))" "$TAP_DIR/told" | grep -Ex -- "$1"; }
feeds() { told WATCHDOG=1 | wc -l; }
fed() { [ "$(feeds)" -ge "$1" ]; }
health_is() { [ "$(curl -sS -m 10 -o "$TAP_DIR/page" -w '%{http_code}' "http://127.0.0.1:$(daemon_port one)/healthz")" = "$1" ]; }

plan 17
daemon_start one "$conf"
follows 'it is ready' told READY=1
follows 'what it does is said in words' told 'STATUS=running; 10 VMs and templates, 1 nodes'
follows 'it lives' fed 2
follows 'and says so over HTTP' health_is 200

# --- loaded anew
mark
kill -HUP "${DAEMON[one]}"
follows 'it loads its configuration anew' told RELOADING=1
follows 'since when' told 'MONOTONIC_USEC=[0-9]+'
follows 'and is ready again' told READY=1

# --- nothing comes to an end
libvirtd_freeze "$(node_dir 1)"
mark
follows 'the only node says nothing: not healthy' health_is 503
ok "and the manager hears nothing ($(feeds))" test "$(feeds)" -le 1
libvirtd_thaw "$(node_dir 1)"
mark
follows 'it answers: fed again' fed 2
follows 'and healthy' health_is 200

# --- what is up
"$PROGRAM" pause -c "$conf" 1h --why 'tests' >/dev/null
follows 'a pause is shown' told 'STATUS=paused; .*'
"$PROGRAM" resume -c "$conf" >/dev/null
slapd_stop "$TAP_DIR/ldap"
follows 'and a directory that is gone' told 'STATUS=the directory cannot be reached; .*'
mark
daemon_stop one
is "$STATUS" 0 'it ends well'
follows 'and said before that it stops' told STOPPING=1

# --- a directory that is not there yet is no reason to be started again
mark
daemon_start two "$conf"
FOLLOWED=two
follows 'without a directory it tries and lives' fed 2
daemon_stop two
is "$STATUS" 0 'and ends well'
