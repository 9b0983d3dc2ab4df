# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests with browsers share.  Sourced after tap.sh and before cli-lib.sh, which it brings;
# skips the whole test where something is missing.
#
#   browser_packages              Chromium is there, and the packages of package-lock.json in $FOLDER
#                                 (not by two tests at once)
#   browser_run SCRIPT ARG...     a script of this folder: its TAP has the plan; ends the test.
#                                 Screenshots stay in $FOLDER
#   reader_site LANGUAGES [opt..] a site with statuses of all kinds, in these languages too, and with
#                                 the account for browsers that docs/operator-guide.md has

FOLDER=$STATESYNC_BUILDDIR/tests/browser
CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
READER=cn=browser,ou=administration,dc=stoney-cloud,dc=org
READER_PASSWORD=reader
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

browser_packages() {
    local tool source=$STATESYNC_SRCDIR/tests/browser
    [ -x "$CHROMIUM" ] || skip_all "$CHROMIUM is not there (Debian: chromium)"
    for tool in node npm curl; do
        command -v $tool >/dev/null || skip_all "$tool is not installed"
    done
    mkdir -p "$FOLDER" || exit 1
    if ! [ "$FOLDER" -ef "$source" ]; then
        install -m 644 "$source"/package{,-lock}.json "$FOLDER" || exit 1
    fi
    if ! cmp -s "$FOLDER/package-lock.json" "$FOLDER/installed.json"; then
        (cd "$FOLDER" && timeout 300 npm ci --ignore-scripts --no-audit --no-fund) >"$TAP_DIR/npm" 2>&1 ||
            skip_all "the npm registry does not give what is needed: $(grep -m 1 'npm error' "$TAP_DIR/npm")"
        cp "$FOLDER/package-lock.json" "$FOLDER/installed.json" || exit 1
    fi
}

browser_run() {
    local script=$1 status
    shift
    HOME=$TAP_DIR TMPDIR=$TAP_DIR timeout 900 node "$STATESYNC_SRCDIR/tests/browser/$script" "$FOLDER" "$CHROMIUM" \
        "$TAP_DIR" "$@"
    status=$?
    cp "$TAP_DIR"/*.png "$FOLDER" 2>/dev/null
    # The script has told of failures, and the plan.
    [ "$status" -gt 1 ] || TAP_FAILED=$status status=0
    exit "$status"
}

# A machine with a hostile name, one with an alarm, a node that has gone silent.
reader_site() {
    local languages=$1
    shift
    cat >"$TAP_DIR/reader.ldif" <<END
dn: $READER
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: browser
userPassword: $READER_PASSWORD
END
    {
        echo "include \"$STATESYNC_SRCDIR/etc/slapd-access.conf\""
        awk '/<!-- run: browser account -->/ { on = 1; next }
            on && /^ *```/ { if (++n == 2) exit; next } on' "$STATESYNC_SRCDIR/docs/operator-guide.md"
        echo 'access to attrs=userPassword by anonymous auth by * none'
    } >"$TAP_DIR/reader.conf"
    site_start tcp=yes ldif="$TAP_DIR/reader.ldif" acl="$TAP_DIR/reader.conf" "$@"
    [ -z "$languages" ] || sed -i "1a languages = $languages" "$CONF"
    set_value "$(template 01)" sstVirtualMachineMode 'out of order'
    set_value "$(vm 18)" sstDisplayName '<img src=x onerror="alert(18)">'
    statesync sync -c "$CONF" >/dev/null 2>&1
    mv "$SITE/node-03.xml" "$SITE/away.xml"
    statesync sync -c "$CONF" >/dev/null 2>&1
}
