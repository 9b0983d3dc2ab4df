# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What README.md tells a new user to type works: on an installation below
# $TAP_DIR, with a private slapd that knows nothing of this program yet.
# Paths, the server's address and the nodes are replaced, nothing else.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"
. "$STATESYNC_SRCDIR/tools/lib/install.sh"

plan 25
README=$STATESYNC_SRCDIR/README.md
ROOT=$TAP_DIR/root

# block MARK: the lines of the block behind <!-- MARK -->.
block() {
    awk -v mark="<!-- $1 -->" '$0 == mark { on = 1; next }
        on && /^```/ { if (++n == 2) exit; next } on' "$README"
}

# --- install ------------------------------------------------------------------------

is "$(block 'run: build' | sed -n '/apt-get/,/[^\\]$/p' | tr -d '\\' | tr -s ' ' '\n' | grep -E '.' |
    grep -vxE 'sudo|apt-get|install' | LC_ALL=C sort)" \
    "$(printf '%s\n' "${PACKAGES_BUILD[@]}" | grep -vxE 'libcmocka-dev|libc6-dev' | LC_ALL=C sort)" \
    'the packages are those that tools/demo installs'
is "$(block 'run: build' | grep -E '^(autoreconf|./configure|make|sudo make)' | sed 's/ *#.*//' | paste -sd';')" \
    'autoreconf -i;./configure --prefix=/usr --sysconfdir=/etc --localstatedir=/var;make;sudo make install' \
    'how it is built'
ok 'make install' env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$STATESYNC_BUILDDIR" install \
    DESTDIR="$ROOT" prefix=/usr sysconfdir=/etc localstatedir=/var
for file in bin/statesync share/man/man1/statesync.1 share/man/man5/statesync.conf.5 \
    share/doc/stoney-statesync/LICENSE share/doc/stoney-statesync/cases.md; do
    ok "installs /usr/$file" test -s "$ROOT/usr/$file"
done
ok 'makes the folder of the state file' test -d "$ROOT/var/lib/statesync"
is "$(find "$ROOT/etc" -type f 2>/dev/null)" '' 'overwrites no configuration'
missing=
for path in $(grep -oE '/usr/share/[A-Za-z0-9_./-]+' "$README"); do
    [ -e "$ROOT/${path%.}" ] || missing="$missing $path"
done
is "$missing" '' 'every file README.md names is installed'
missing=
for path in $(grep -oE '\]\([A-Za-z0-9_./-]+\)' "$README" | tr -d '])('); do
    [ -e "$STATESYNC_SRCDIR/$path" ] || missing="$missing $path"
done
is "$missing" '' 'every page it links to is there'

# --- a server that has never heard of it ------------------------------------------------

plain=$TAP_DIR/plain
mkdir -p "$plain" "$ROOT/etc/cron.d"
cp "$DATA"/node-0?.xml "$plain"
awk -v RS='' -v ORS='\n\n' -v dn="dn: $IDENTITY" 'index($0, dn "\n") != 1' "$DATA/sample.ldif" |
    grep -vE '^sstVirtualMachineRequested|^objectClass: sstVirtualMachineStatusObject' >"$plain/sample.ldif"
DATA=$plain
site_start form=config schemas='core cosine inetorgperson stoney-compat' acl= external=

# type_in MARK: the commands of a block, as one would type them.
type_in() {
    block "run: $1" |
        sed -e "s|/usr/|$ROOT/usr/|g; s|/etc/|$ROOT/etc/|g; s|ldapi:///|$SLAPD_LDAPI|g; s/ -W / -w secret /" \
            -e "s|^uri = qemu.*|uri = \"test://$SITE/%s.xml\"\n\n[sync]\nstate_file = \"$STATE\"|" >"$TAP_DIR/block"
    cat >"$TAP_DIR/commands" <<END
set -e
cd '$TAP_DIR'
sudo() { "\$@"; }
statesync() {
    local command=\$1
    shift
    '$ROOT/usr/bin/statesync' "\$command" -c '$ROOT/etc/statesync/statesync.conf' "\$@"
}
END
    cat "$TAP_DIR/block" >>"$TAP_DIR/commands"
    [ -s "$TAP_DIR/block" ] && bash "$TAP_DIR/commands"
}
for node in 1 2 3; do cp "$SITE/node-0$node.xml" "$SITE/vm-node-0$node.xml"; done

ok 'schema: it is loaded' type_in schema
ok 'account: it is made' type_in account
ok 'access: it is allowed' type_in access
run type_in 'first pass'
is "$status" 0 'first pass: done' || diag "$err"
like "$out" 'statesync.conf: can be used' 'the configuration can be used'
# what doctor says about slapd is LDIF as well
is "$(sed '/->$/,/^END$/d' <<<"$out" | grep -c '^changetype: modify')" 31 'the dry run shows what would be written'
like "$out" '^statesync: 28 VMs and templates on 3 nodes: 31 written' 'the pass writes it'
like "$out" '^kvm-0001.example.org  Running ' 'the list shows it'
is "$(stat -c %a "$ROOT/etc/statesync/password")" 600 'the password is for its owner only'

# --- cron: its environment, its line -------------------------------------------------------

ok 'cron: the table is there' type_in cron
line=$(grep '^\*' "$ROOT/etc/cron.d/statesync")
command=$(sed -E 's/^(\S+\s+){6}//' <<<"$line" |
    sed "s|^.*/statesync sync|'$ROOT/usr/bin/statesync' sync -c '$ROOT/etc/statesync/statesync.conf'|")
set_value "$(vm 01)" sstVirtualMachineStatus Tampered
run env -i PATH=/usr/bin:/bin SHELL=/bin/sh HOME=/ sh -c "cd / && $command"
is "$status:$out:$err" '0::' 'run as cron does, it says nothing where all is well'
is "$(slapd_values "$(vm 01)" sstVirtualMachineStatus)" Running 'and does its work'

# --- the other form: slapd.conf --------------------------------------------------------------

DATA=$STATESYNC_SRCDIR/tests/data
schema=$ROOT$(block 'slapd.conf: schema' | sed -n 's/^include //p')
access=$ROOT$(block 'slapd.conf: access' | sed -n 's/^include //p')
site_start schemas="core cosine inetorgperson stoney-compat ${schema%.schema}" acl="$access"
run statesync sync -c "$CONF"
is "$status" 0 'with the two lines for slapd.conf a pass is done, too' || diag "$err"
