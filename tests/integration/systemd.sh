# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The units say what systemd understands, and are as closed as they shall be.
# No running systemd is needed.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
command -v systemd-analyze >/dev/null || skip_all 'systemd-analyze is not installed (Debian: systemd)'

UNITS=$STATESYNC_BUILDDIR/etc
LIMIT=2.0
plan 12

# The units as they will be, with programs that are there.
mkdir "$TAP_DIR/units"
for unit in statesync.service statesync-sync.service; do
    sed "s|^ExecStart=[^ ]*statesync |ExecStart=$STATESYNC_BUILDDIR/src/statesync |" \
        "$UNITS/$unit" >"$TAP_DIR/units/$unit"
done
cp "$STATESYNC_SRCDIR/etc/statesync-sync.timer" "$TAP_DIR/units"

# exposure FILE: systemd's figure.
exposure() {
    systemd-analyze security --offline=true --no-pager "$1" 2>/dev/null |
        sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p'
}
# at_most A B
at_most() {
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 <= b + 0) }'
}
# Remarks of systemd-analyze verify about our units.
remarks() {
    systemd-analyze verify --man=no --recursive-errors=no "$@" 2>&1 | grep -F "$TAP_DIR"
}

for unit in statesync.service statesync-sync.service; do
    figure=$(exposure "$TAP_DIR/units/$unit")
    diag "$unit: $figure"
    ok "$unit: exposure at most $LIMIT" at_most "$figure" $LIMIT
    is "$(grep -c '^ExecStart=/.*/statesync ' "$UNITS/$unit")" 1 "$unit: the program's path is filled in"
done
is "$(remarks "$TAP_DIR"/units/*)" '' 'systemd understands all of them'
sed -i '/^Protect/d; /^Restrict/d; /^SystemCall/d' "$TAP_DIR/units/statesync.service"
not_ok 'finds: an open unit' at_most "$(exposure "$TAP_DIR/units/statesync.service")" $LIMIT
echo 'ProtectSytem=yes' >>"$TAP_DIR/units/statesync.service"
like "$(remarks "$TAP_DIR"/units/statesync.service)" 'ProtectSytem' 'finds: a word systemd does not know'

is "$(sed -n 's/^\(Type\|User\|StateDirectory\)=//p' "$UNITS/statesync.service" | paste -sd' ')" \
    'notify statesync statesync' 'type, user and state of the daemon'
like "$(cat "$UNITS/statesync.service")" '^WatchdogSec=[0-9]+$' 'it is watched'
like "$(cat "$UNITS/statesync.service")" '^ExecReload=.*-HUP' 'it can be reloaded'
# closed FILE: the lines that close a unit.
closed() {
    grep -E '^(User|Group|StateDir|UMask|Cap|Amb|NoNew|Lock|Mem|Priv|Prot|Rem|Restrict[A-Z]|SystemCall)' "$1"
}
is "$(closed "$UNITS/statesync-sync.service")" "$(closed "$UNITS/statesync.service")" \
    'both units are closed in the same way'

if command -v systemd-sysusers >/dev/null; then
    mkdir -p "$TAP_DIR/root/etc"
    systemd-sysusers --root="$TAP_DIR/root" "$STATESYNC_SRCDIR/etc/sysusers.d/statesync.conf" >/dev/null 2>&1
    like "$(cat "$TAP_DIR/root/etc/passwd" 2>/dev/null)" '^statesync:x:[0-9]+:[0-9]+:stoney-statesync:/:?.*nologin$' 'the user is made'
else
    pass 'the user is made # SKIP systemd-sysusers is not installed'
fi
