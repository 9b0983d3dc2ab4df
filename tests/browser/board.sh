# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The status board in headless Chromium, see board.mjs: make check-browser.
# Screenshots stay in tests/browser of the build folder.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/browser/browser_lib.sh"
browser_packages

LOG=$TAP_DIR/daemon.log
port_of() { sed -n 's/.*metrics are served.* port=\([0-9]*\).*/\1/p' "$LOG" | tail -n 1; }
has_page() { curl -sS -m 20 -o "$TAP_DIR/first" "http://127.0.0.1:$(port_of)/" 2>/dev/null && grep -q 'status up' "$TAP_DIR/first"; }

# A site with everything: statuses of all kinds, a silent node, alarms, hostile names.
site_start overlays='syncprov accesslog'
statesync sync -c "$CONF" >/dev/null 2>&1
mv "$SITE/node-02.xml" "$SITE/away.xml"
modify "dn: $(vm 02)
changetype: modify
replace: sstDisplayName
sstDisplayName:: $(printf '%s' '"><script>alert(1)</script><img src=x onerror=alert(2)>' | base64 -w0)
-
replace: sstMigrationNode
sstMigrationNode: vm-node-02.example.org
"
slapd_as_root ldapadd >/dev/null <<END || exit 1
dn: sstVirtualMachine=not-a-uuid,$VMS
objectClass: top
objectClass: sstVirtualizationVirtualMachine
objectClass: sstRelationship
objectClass: sstSpice
objectClass: labeledURIObject
sstVirtualMachine: not-a-uuid
sstDisplayName: broken
$(slapd_search "$(vm 20)" base '(objectClass=*)' |
    grep -vE '^(dn|objectClass|sstVirtualMachine|sstDisplayName|sstVirtualMachine(Status|Allowed|One)[A-Za-z]*):|^$')
END
statesync sync -c "$CONF" >/dev/null 2>&1
statesync report --html "$TAP_DIR/board.html" -c "$CONF" || exit 1
config_write '[metrics]' 'listen = 127.0.0.1:0' 'board = yes' '[log]' 'level = info' 'target = stderr'
"$PROGRAM" daemon -c "$CONF" >>"$LOG" 2>&1 &
at_exit "kill -KILL $! 2>/dev/null"
wait_for 120 has_page || exit 1

browser_run board.mjs "file://$TAP_DIR/board.html" "http://127.0.0.1:$(port_of)/"
