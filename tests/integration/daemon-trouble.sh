# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The daemon in trouble: servers that lack something, a wrong password, refused
# writes, nodes that hang, crowds that vanish, a stop under load.
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
site_need

n=40
site_directory $n 2 -- overlays='syncprov accesslog' || exit 1
site_nodes 1 2 || exit 1
worlds 1 2 20 running || exit 1
conf=$TAP_DIR/conf
all_run() { all_are "$n Running|TRUE|"; }
stale_are() { # COUNT: so many machines are stale
    snapshot "$TAP_DIR/now"
    [ "$(cut -d'|' -f4 "$TAP_DIR/now" | grep -c .)" = "$1" ]
}
ended_by_itself() { ! kill -0 "${DAEMON[$1]}"; }

plan 68

# --- the password is wrong, then mended; who may not write is allowed to later
identity="cn=statesync,ou=administration,dc=stoney-cloud,dc=org"
install -m 600 /dev/null "$TAP_DIR/password"
printf wrong >"$TAP_DIR/password"
daemon_conf "$conf" directory.bind=simple "directory.bind_dn=\"$identity\"" \
    "directory.password_file=\"$TAP_DIR/password\"" daemon.interval=2
daemon_start one "$conf"
follows 'a wrong password is told' daemon_said one 'directory cannot be reached.*[Ii]nvalid credentials'
printf statesync-demo >"$TAP_DIR/password"
kill -HUP "${DAEMON[one]}"
follows 'R14: mended, it goes on without a restart' daemon_ready one
follows 'R14: without the right to write it goes on, and says so' \
    daemon_said one '(warning|error): .*([Ii]nsufficient access|refused|cannot be created)'
daemon_stop one
is "$STATUS" 0 'it ends well'

daemon_conf "$conf" nodes.deadline=4 nodes.look_deadline=2 nodes.keepalive_interval=1 nodes.keepalive_count=2
daemon_start one "$conf"
follows 'all run' all_run

# --- R4, R5: what was over before anybody could read it
vm_writes
for ((i = 0; i < 20; i++)); do
    echo "destroy $(vm_uuid $i)"$'\n'"start $(vm_uuid $i)"
done >&"${WORLD_IN[1]}"
for ((i = 0; i < 40; i++)); do read -r -t 60 <&"${WORLD_OUT[1]}"; done
follows 'R4: guests that stop and start at once' daemon_said one 'event .*lifecycle started'
follows 'R4: are running' all_run
follows 'and a fresh pass agrees' agrees "$conf"

# --- R11, R1: a node that hangs
vm_writes
libvirtd_freeze "$(node_dir 1)"
world 2 pause "$(vm_uuid 25)"
follows 'R11: a node hangs, the other one is followed at once' status_is 25 Paused
follows 'R1: its statuses stand and are stale' stale_are 20
world 2 resume "$(vm_uuid 25)"
follows 'the other one is followed still' status_is 25 Running
is "$(all_are "20 Running|TRUE|;20" >/dev/null; cut -d'|' -f2 "$TAP_DIR/now" | sort | uniq -c | sed 's/^ *//')" \
    "$n Running" 'R1: no status changed'
libvirtd_thaw "$(node_dir 1)"
follows 'R14: it comes back, all are fresh' all_run

# --- R12, R7: libvirtd is killed; another epoch
daemon_mark one
libvirtd_kill "$(node_dir 2)"
follows 'R12: a killed libvirtd is noticed' daemon_said one 'node is not reachable.*vm-node-02'
exec 2>/dev/null
world_end 2
exec 2>&1
libvirtd_restart "$(node_dir 2)"
WORLD_LATER=1 site_world 2 20 running && world_ready 2
follows 'R7, R12: connected again, in a new epoch' daemon_said one 'node connected node=vm-node-02.* epoch=[2-9]'
follows 'all run again' all_run
world 2 pause "$(vm_uuid 30)"
follows 'R12: and its events arrive' status_is 30 Paused
world 2 resume "$(vm_uuid 30)"
follows 'and arrive' status_is 30 Running

# --- R3, R8: many vanish at once
daemon_mark one
for ((i = 0; i < 18; i++)); do echo "destroy $(vm_uuid $i)"$'\n'"undefine $(vm_uuid $i)"; done >&"${WORLD_IN[1]}"
for ((i = 0; i < 36; i++)); do read -r -t 60 <&"${WORLD_OUT[1]}"; done
follows 'R3: a crowd that vanishes is held by the budget' daemon_said one 'statuses are held by the budget, later reads'
daemon_tail one 5
for ((i = 0; i < 18; i++)); do echo "define $(vm_uuid $i)"$'\n'"start $(vm_uuid $i)"; done >&"${WORLD_IN[1]}"
for ((i = 0; i < 36; i++)); do read -r -t 60 <&"${WORLD_OUT[1]}"; done
follows 'R8: those that are there again come back' all_run

# --- the directory dies and comes back; it hangs
daemon_mark one
slapd_stop "$TAP_DIR/ldap" KILL
follows 'slapd is killed' daemon_said one 'directory (cannot be|connection)'
world 1 pause "$(vm_uuid 3)"
slapd_restart "$TAP_DIR/ldap" || exit 1
follows 'R14: it comes back, what happened meanwhile is written' status_is 3 Paused
world 1 resume "$(vm_uuid 3)"
follows 'and followed' all_run
daemon_mark one
kill -STOP "$(slapd_pid "$TAP_DIR/ldap")"
world 1 pause "$(vm_uuid 3)"
follows 'slapd hangs: the event arrives' daemon_said one 'event .*lifecycle suspended'
kill -CONT "$(slapd_pid "$TAP_DIR/ldap")"
follows 'and is written when it goes on' status_is 3 Paused
world 1 resume "$(vm_uuid 3)"
follows 'all run' all_run

# --- what is on its way is not true any more when it arrives
for round in {1..10}; do
    daemon_mark one
    heard() { [ "$(daemon_said one "event .*lifecycle $1" | wc -l)" -ge 20 ]; }
    kill -STOP "$(slapd_pid "$TAP_DIR/ldap")"
    world 1 every 1 pause
    await heard suspended
    world 1 every 1 resume
    await heard resumed
    kill -CONT "$(slapd_pid "$TAP_DIR/ldap")"
    follows "R5: round $round: writes that were overtaken on their way are put right" all_run
done

# --- R22: somebody else is faster, again and again
for ((i = 0; i < 20; i++)); do
    printf 'dn: %s\nchangetype: modify\nreplace: sstDisplayName\nsstDisplayName: name %d\n\n' "$(vm_dn 4)" $i
done | site_modify &
changer=$!
world 1 pause "$(vm_uuid 4)"
wait $changer
follows 'R22: an entry that changes under us is decided again' status_is 4 Paused
is "$(vm_get 4 sstDisplayName)" 'name 19' 'and nothing of the other is lost'
world 1 resume "$(vm_uuid 4)"
follows 'all run' all_run
not_ok 'R25: expected races are not warned of' \
    grep -E '(warning|error): .*(keeps changing|an entry is gone|condition)' "$TAP_DIR/one.log"

# --- R3: stop under load, with a server that does not answer
vm_writes
kill -STOP "$(slapd_pid "$TAP_DIR/ldap")"
echo 'every 1 pause' >&"${WORLD_IN[1]}"
read -r -t 60 <&"${WORLD_OUT[1]}"
daemon_stop one
is "$STATUS" 0 'R3: it stops while the directory hangs'
in_time $TOOK 5000 'in less than 5 s'
kill -CONT "$(slapd_pid "$TAP_DIR/ldap")"
echo 'every 1 resume' >&"${WORLD_IN[1]}"
read -r -t 60 <&"${WORLD_OUT[1]}"
service_set sstStateSyncLeaseHolder

# --- R3: it is told to stop, then everything goes down with the machine
daemon_start two "$conf"
FOLLOWED=two
follows 'another one, started anew' all_run
kill -TERM "${DAEMON[two]}"
await daemon_said two 'notice: stopping'
echo 'every 1 destroy' >&"${WORLD_IN[2]}"
read -r -t 60 <&"${WORLD_OUT[2]}"
follows 'is told to stop' ended_by_itself two
ok 'R3: what happens after that is not written' all_run

# --- told to stop before there is anything to do
libvirtd_freeze "$(node_dir 1)"
FOLLOWED=three
daemon_start three "$conf"
follows 'one more, while a node hangs' daemon_said three 'node is watched'
daemon_stop three
is "$STATUS" 0 'R3: told to stop while it asks the nodes, it ends well'
in_time $TOOK 5000 'in less than 5 s'
libvirtd_thaw "$(node_dir 1)"
slapd_stop "$TAP_DIR/ldap"
FOLLOWED=four
daemon_start four "$conf"
follows 'one more, without a directory' daemon_said four 'directory cannot be reached'
daemon_stop four
is "$STATUS" 0 'R3: told to stop while it dials, it ends well'
in_time $TOOK 5000 'in less than 5 s'

# --- told to stop while it changes its connection, with the lease in its hands
slapd_restart "$TAP_DIR/ldap" || exit 1
FOLLOWED=between
daemon_start between "$conf"
holder_is() { [[ $(service_get sstStateSyncLeaseHolder) == $1 ]]; }
follows 'one more' daemon_ready between
vm_set 7 sstVirtualMachineStatus Deleting
follows 'with something to write: it takes the lease' holder_is "*:${DAEMON[between]}:*"
kill -STOP "$(slapd_pid "$TAP_DIR/ldap")"
kill -USR1 "${DAEMON[between]}"
follows 'reads the directory anew' daemon_said between 'asked to read everything anew'
kill -TERM "${DAEMON[between]}"
follows 'and is told to stop while it connects' daemon_said between 'stopping'
kill -CONT "$(slapd_pid "$TAP_DIR/ldap")"
follows 'it ends' ended_by_itself between
ok 'R3: and the lease was given back' holder_is ''

# --- signals meet it at any time
FOLLOWED=five
daemon_start five "$conf"
begun() { grep -q . "$TAP_DIR/five.log"; } # remarks on the configuration: it has been loaded
await begun
kill -HUP "${DAEMON[five]}"
kill -USR1 "${DAEMON[five]}"
follows 'told to look anew before it listens to that, it starts' daemon_ready five
world 2 start "$(vm_uuid 27)"
follows 'it takes the lease to write' status_is 27 Running
kill -USR1 "${DAEMON[five]}"
daemon_stop five
is "$STATUS" 0 'and ends well'
daemon_said five 'asked to read everything anew' || diag 'the signals came together'
is "$(service_get sstStateSyncLeaseHolder)" '' 'told to stop while it dials anew, it gives the lease back'
is "$(grep -c 'could not be given back' "$TAP_DIR/five.log")" 0 'without a warning'

# --- everything is to be read anew, and one node says nothing: the others do not wait for it
daemon_conf "$conf" nodes.deadline=600 nodes.keepalive_interval=0
FOLLOWED=six
daemon_start six "$conf"
follows 'one with patience for its nodes' daemon_ready six
world 2 start "$(vm_uuid 26)" 2>/dev/null
follows 'follows them' status_is 26 Running
libvirtd_freeze "$(node_dir 1)"
kill -USR1 "${DAEMON[six]}"
follows 'told to look anew' daemon_said six 'asked to read everything anew'
world 2 pause "$(vm_uuid 26)"
follows 'it follows the node that answers' status_is 26 Paused
libvirtd_thaw "$(node_dir 1)"
follows 'and the other one once it does' stale_are 0
daemon_stop six
is "$STATUS" 0 'and ends well'
