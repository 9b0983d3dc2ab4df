# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The daemon with servers that lack something: content synchronization, then
# our schema.
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
site_need

n=10
site_directory $n 1 -- overlays=accesslog || exit 1
site_nodes 1 1 && site_world 1 $n running || exit 1
conf=$TAP_DIR/conf
daemon_conf "$conf"
all_run() { all_are "$n Running|TRUE|"; }

plan 18

# --- without content synchronization: polls
daemon_start one "$conf"
follows 'without syncprov: all run' all_run
like "$(daemon_said one 'directory read')" 'by=poll' 'it says that it polls'
world 1 pause "$(vm_uuid 3)"
follows 'events are followed at once' status_is 3 Paused
vm_set 4 sstMigrationNode "$(node_name 2)"
follows 'changes of the directory a few seconds later' status_is 4 'Running, migrating'
vm_set 5 sstVirtualMachineStatus Stopped
follows 'overwritten values are repaired' status_is 5 Running
follows 'a fresh pass agrees' agrees "$conf"
daemon_stop one
is "$STATUS" 0 'it ends well'
slapd_stop "$TAP_DIR/ldap"

# --- the first of two servers is away for a while
daemon_conf "$TAP_DIR/two.conf" directory.uri="ldapi://${TAP_DIR//\//%2F}%2Fnobody ldapi://${TAP_DIR//\//%2F}%2Fldap%2Fldapi"
slapd_restart "$TAP_DIR/ldap" || exit 1
daemon_start back "$TAP_DIR/two.conf"
FOLLOWED=back
follows 'the first of two servers is away: the second serves' daemon_ready back
tried() { [ "$(daemon_said back 'to return to cannot be reached' | wc -l)" -ge "$1" ]; }
follows 'the first is tried again and again' tried 3
is "$(daemon_said back 'directory connected' | wc -l)" 1 'and the connection to the second stays'
world 1 resume "$(vm_uuid 3)"
follows 'the second is at work' status_is 3 Running
ln -s ldap/ldapi "$TAP_DIR/nobody"
follows 'the first is there again: it is returned to' daemon_said back 'directory connected uri=.*nobody'
daemon_stop back
is "$STATUS" 0 'it ends well'
world 1 pause "$(vm_uuid 3)"
slapd_stop "$TAP_DIR/ldap"

# --- a server that does not know our schema learns it
slapd_start "$TAP_DIR/plain" form=config schemas='core cosine inetorgperson stoney-compat' overlays=syncprov \
    ldif="$TAP_DIR/site.ldif" tls=no owner=$$ || exit 1
world 1 resume "$(vm_uuid 3)"
daemon_conf "$TAP_DIR/plain.conf"
daemon_start two "$TAP_DIR/plain.conf"
FOLLOWED=two
follows 'without our schema: it says so, and what to do' daemon_said two '(warning|error): .*schema'
ok 'it keeps running' kill -0 "${DAEMON[two]}"
ok 'the schema is loaded' ldapadd -Q -Y EXTERNAL -H "$SLAPD_LDAPI" -f "$STATESYNC_SRCDIR/schema/statesync.ldif"
kill -USR1 "${DAEMON[two]}"
follows 'R14: and it goes on' all_run
daemon_stop two
is "$STATUS" 0 'it ends well'
