# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What docs/operator-guide.md tells people to type works, against a private slapd with cn=config, and
# what it says of the log is what the program says.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

plan 14
PAGE=$STATESYNC_SRCDIR/docs/operator-guide.md

# type_in MARK: the commands of the block behind <!-- run: MARK -->, as one would type them
type_in() {
    {
        echo "cd '$TAP_DIR' && sudo() { \"\$@\"; }"
        echo 'ldapadd() { command ldapadd -Q "$@"; }'
        awk -v mark="<!-- run: $1 -->" 'index($0, mark) { on = 1; next }
            on && /^ *```/ { if (++n == 2) exit; next } on' "$PAGE" |
            sed -e 's/^   //' -e "s|/usr/share/stoney-statesync/|$TAP_DIR/|; s|ldapi:///|$SLAPD_LDAPI|; s/ -W/ -w secret/"
    } >"$TAP_DIR/commands"
    bash -e "$TAP_DIR/commands" >"$TAP_DIR/typed" 2>&1 && return
    diag "$(cat "$TAP_DIR/typed")"
    return 1
}
config_search() { # BASE FILTER
    ldapsearch -Q -Y EXTERNAL -H "$SLAPD_LDAPI" -LLL -o ldif-wrap=no -b "$1" "$2"
}

# --- an older schema, content synchronization, a pass, the upgrade, the removal ------------------------

mkdir "$TAP_DIR/schema"
cp "$STATESYNC_SRCDIR/schema/statesync.ldif" "$TAP_DIR/schema"
sed -n -e ':a' -e '$!N; s/\n //; ta' -e 'P; D' "$TAP_DIR/schema/statesync.ldif" |
    sed -e "/'sstNodeStatusAlarm'/d" -e 's/ \$ *sstNodeStatusAlarm / /' >"$TAP_DIR/old.ldif"
DATA=$TAP_DIR/plain
mkdir "$DATA"
cp "$STATESYNC_SRCDIR"/tests/data/node-0?.xml "$DATA"
grep -vE '^sstVirtualMachineRequested|^objectClass: sstVirtualMachineStatusObject' \
    "$STATESYNC_SRCDIR/tests/data/sample.ldif" >"$DATA/sample.ldif"
site_start form=config schemas='core cosine inetorgperson stoney-compat' acl= external= \
    overlays='' || exit 1
ok 'an older schema is loaded' ldapadd -Q -Y EXTERNAL -H "$SLAPD_LDAPI" -f "$TAP_DIR/old.ldif"
known() { config_search cn=schema,cn=config '(cn=*}statesync)' | grep -c "NAME '$1'"; }
is "$(known sstNodeStatusAlarm) $(known sstNodeStatusReason)" '0 1' 'which lacks something'
module() {
    printf 'dn: cn=module{0},cn=config\nchangetype: modify\nadd: olcModuleLoad\nolcModuleLoad: syncprov\n' |
        ldapmodify -Q -Y EXTERNAL -H "$SLAPD_LDAPI"
}
ok 'the module is there' module
ok 'syncprov: it is switched on' type_in syncprov
is "$(config_search cn=config '(objectClass=olcSyncProvConfig)' | grep -c '^olcSpSessionlog')" 1 'syncprov: with a log of sessions'
ok 'schema upgrade: it is done' type_in 'schema upgrade'
is "$(known sstNodeStatusAlarm) $(known sstNodeStatusReason)" '1 1' 'schema upgrade: all is known'
ok 'schema upgrade: a second time, too' type_in 'schema upgrade'
run statesync sync -c "$CONF"
is "$status" 0 'a pass writes with it' || diag "$err"
ours() { slapd_search "$BASE" sub '(objectClass=*)' '*' | grep -ciE '^(objectClass: )?(sstVirtualMachine(Status|Allowed|One)|sst(VirtualizationNode|Node)Status|sstStateSync)'; }
ok 'and there is something to remove' test "$(ours)" -gt 100
ok 'removal: it is done' type_in removal
is "$(ours)" 0 'removal: nothing is left'

# --- what it says of others -------------------------------------------------------------------------------

missing=
for path in $(grep -oE '`(examples/)?[a-z-]+\.(md|conf|ldif|yml|json|cron|php)`' "$PAGE" | tr -d '`' | grep -vx oned.conf | sort -u); do
    for folder in docs etc schema .; do
        [ -e "$STATESYNC_SRCDIR/$folder/${path#examples/}" ] || [ -e "$STATESYNC_SRCDIR/$folder/${path#examples/}.in" ] && continue 2
    done
    missing="$missing $path"
done
is "$missing" '' 'every file it names is there'

# Messages of the log, in the tables of the directory and the program: strings of C, joined.
cat "$STATESYNC_SRCDIR"/src/*/*.c | perl -0pe 's/"\s*\n\s*"//g; s/%[sd]/~/g' >"$TAP_DIR/strings"
missing=$(sed -n '/^### The directory/,/^A status that/p' "$PAGE" | grep -E '^\| .*`' | cut -d'|' -f2 |
    grep -oE '`[^`]+`' | tr -d '`' | sed -e 's/ *….*//' -e 's/ as process N//; s/ 127.*//' | grep -E '^[a-z]+ [a-z]+ [a-z]+ [a-z]' |
    while read -r message; do
        grep -qF -- "$message" "$TAP_DIR/strings" || echo "$message"
    done)
is "$missing" '' 'the program says what it quotes'
