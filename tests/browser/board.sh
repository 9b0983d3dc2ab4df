# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The status board in headless Chromium, see board.mjs: make check-browser.
# Screenshots stay in tests/browser of the build folder.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
[ -x "$CHROMIUM" ] || skip_all "$CHROMIUM is not there (Debian: chromium)"
for tool in node npm curl; do
    command -v $tool >/dev/null || skip_all "$tool is not installed"
done
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

FOLDER=$STATESYNC_BUILDDIR/tests/browser
mkdir -p "$FOLDER" || exit 1
if ! [ "$FOLDER" -ef "$STATESYNC_SRCDIR/tests/browser" ]; then
    install -m 644 "$STATESYNC_SRCDIR"/tests/browser/package{,-lock}.json "$FOLDER" || exit 1
fi
if ! cmp -s "$FOLDER/package-lock.json" "$FOLDER/installed.json"; then
    (cd "$FOLDER" && timeout 300 npm ci --ignore-scripts --no-audit --no-fund) >"$TAP_DIR/npm" 2>&1 ||
        skip_all "the npm registry does not give what is needed: $(grep -m 1 'npm error' "$TAP_DIR/npm")"
    cp "$FOLDER/package-lock.json" "$FOLDER/installed.json" || exit 1
fi

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

# The plan comes at its end.
HOME=$TAP_DIR timeout 900 node "$STATESYNC_SRCDIR/tests/browser/board.mjs" "$FOLDER" "$CHROMIUM" \
    "$TAP_DIR" "file://$TAP_DIR/board.html" "http://127.0.0.1:$(port_of)/"
status=$?
cp "$TAP_DIR"/*.png "$FOLDER" 2>/dev/null
[ "$status" -gt 1 ] || TAP_FAILED=$status status=0
exit "$status"
