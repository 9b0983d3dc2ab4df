#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fixture itself: private daemons start, are disturbed in every way, and leave nothing behind.

. "$STATESYNC_SRCDIR/tests/lib/tap.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/lib/libvirtd.sh" || exit 99

reason=$(libvirtd_check) || skip_all "$reason"
: "${ASAN_OPTIONS:=}"
testworld=$STATESYNC_BUILDDIR/tests/lib/testworld
a=$TAP_DIR/a
b=$TAP_DIR/b
c=$TAP_DIR/c
pki=$TAP_DIR/pki
at_exit 'libvirtd_stop "$TAP_DIR"/?'

start() { # DIR PREFIX OPTION...
    local dir=$1 prefix=$2
    shift 2
    libvirtd_start "$dir" --owner $$ --pki "$pki" --prefix "$prefix" "$@" >"$dir.env" && . "$dir.env"
}

answers() { # URI: within 10 s, with the test driver's only domain
    [ "$(timeout 10 virsh -q -c "$1" list --all --name 2>&1 | sed '/^$/d')" = test ]
}

refusal() { # URI: libvirt's error numbers and text, from a client without questions to ask
    # libvirt itself loses some bytes when authentication fails
    ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 timeout 10 "$testworld" "$1" </dev/null 2>/dev/null
}

processes_of() { # FOLDER: pids whose command line, mounts or open files are below it
    local p
    for p in /proc/[0-9]*; do
        [ "${p#/proc/}" = $$ ] || [ "${p#/proc/}" = "$BASHPID" ] && continue
        { tr '\0' ' ' <"$p/cmdline" && cat "$p/mountinfo"; } 2>/dev/null | grep -qF "$1/" && echo "${p#/proc/}"
    done
}

host_folders() {
    ls -d /run/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt 2>/dev/null
}

plan 37
before=$(host_folders)

ok 'a daemon starts' start "$a" A_ --name north
ok 'a second one beside it' start "$b" B_ --name south
. "$a.env"
. "$b.env"
for way in UNIX TCP TLS; do
    key=A_URI_$way
    ok "it answers over $way" answers "${!key}"
done
ok 'read-only over its own socket' virsh -q -r -c "${A_URI_UNIX/libvirt-sock/libvirt-sock-ro}" list
is "$(virsh -q -c "$A_URI_TCP" hostname) $(virsh -q -c "$B_URI_TCP" hostname)" 'north south' 'each has its own host name'

# The world in the test driver is shared, and ends with its last connection.
coproc WORLD { "$testworld" "$A_URI_UNIX" --count 3 --state running; }
read -r -t 20 line <&"${WORLD[0]}"
is "$line" 'ready 3' 'three domains made'
first=00000000-0000-4000-8000-000000000000
echo "pause $first" >&"${WORLD[1]}"
read -r -t 20 line <&"${WORLD[0]}"
is "$line" ok 'one of them paused'
is "$(virsh -q -c "$A_URI_TLS" domstate --reason $first)" 'paused (user)' 'seen over another connection'
is "$(virsh -q -c "$A_URI_TCP" list --all --name | grep -c .)" 3 'all of them'
is "$(virsh -q -c "$B_URI_TCP" list --all --name | grep -c .)" 1 'the other daemon has its own world'
exec {in}>&"${WORLD[1]}" && pid=$WORLD_PID
eval "exec ${WORLD[1]}>&-" && exec {in}>&-
wait "$pid"
ok 'the world ends with its last connection' wait_for 10 answers "$A_URI_UNIX"

# Refusals
like "$(refusal "test+tcp://127.0.0.1:$(libvirtd_freeports 1)/default")" 'Connection refused' 'a port without a listener refuses'
like "$(refusal "${A_URI_TLS/%client/client-expired}")" '^error .* has expired' 'an expired client certificate is refused'
like "$(refusal "${A_URI_TLS/%client/client-wrong-ca}")" '^error .* TLS' 'one of another authority is refused'
like "$(refusal "${A_URI_TLS/%client/client-distrust}")" "^error .*peer's certificate" 'a client refuses a server it does not trust'
for kind in expired wrong-name wrong-ca; do
    start "$c" C_ --cert "$kind" --no-tcp
    . "$c.env"
    like "$(refusal "$C_URI_TLS")" "^error .*peer's certificate" "a server certificate that is $kind is refused"
    libvirtd_stop "$c"
done
start "$c" C_ --refuse-dn --auth-tcp sasl
. "$c.env"
like "$(refusal "$C_URI_TLS")" '^error .* TLS' 'a name that is not on the list is refused'
like "$(refusal "$C_URI_TCP")" '^error 7 45 .*(SASL|authentication failed)' 'authentication fails'

# Disturbances
libvirtd_freeze "$a"
not_ok 'a frozen daemon does not answer' timeout 1 virsh -c "$A_URI_UNIX" list
libvirtd_thaw "$a"
ok 'thawed it does' answers "$A_URI_UNIX"
libvirtd_kill "$a"
like "$(refusal "$A_URI_TCP")" 'Connection refused' 'a killed daemon refuses'
ok 'it can be started again' libvirtd_restart "$a"
ok 'on the same port' answers "$A_URI_TLS"
old=$(cat "$a/daemon.pid")
libvirtd_restart "$a"
not_ok 'restarting ends one that runs' test "$old" = "$(cat "$a/daemon.pid")"

# Endings
libvirtd_freeze "$b"
ok 'stopping works on a frozen one, and on several' libvirtd_stop "$a" "$b" "$c"
is "$(processes_of "$TAP_DIR")" '' 'nothing of them is left: no process, no mount'
bash -c '. "$0"; libvirtd_start "$1" --owner $$ --no-tls >"$1.env"; kill -KILL $$' \
    "$STATESYNC_SRCDIR/tests/lib/libvirtd.sh" "$a" >"$TAP_DIR/killed" 2>&1
libvirtd_subreaper
ok 'the keeper ends when its owner is killed' wait_for 10 test ! -e "$a/keeper.pid"
is "$(wait_for 5 test -z "$(processes_of "$a")"; processes_of "$a")" '' 'and takes everything with it'

# The keeper itself is killed: who stops it finds what it left, and nobody else.
start "$b" B_ --no-tls
kill -KILL "$(cat "$b/keeper.pid")"
like "$(processes_of "$b")" '^[0-9]+$' 'a keeper that is killed leaves its daemon behind'
ok 'stopping ends that, too' libvirtd_stop "$b"
is "$(processes_of "$b")" '' 'nothing of it is left'
tail -f /dev/null &
innocent=$!
echo "$innocent" | tee "$b/keeper.pid" >"$b/daemon.pid" # as after a reboot: the numbers are somebody else's
libvirtd_stop "$b"
libvirtd_kill "$b" 2>/dev/null
ok 'a process that only has its number lives on' kill -0 "$innocent"
kill "$innocent"
is "$(host_folders)" "$before" "the host's own folders are as before"
