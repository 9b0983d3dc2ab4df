# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync check-config: every problem with file and line, exit codes, and
# that the commands refuse what it refuses.  (Single rules: tests/unit/test_config.c.)
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"

PROGRAM=$STATESYNC_BUILDDIR/src/statesync
[ -x "$PROGRAM" ] || skip_all "$PROGRAM is not built"
export LC_ALL=C.UTF-8
plan 25
cd "$TAP_DIR" || exit 1

# check FILE: $out with the folder taken away, $status.
check() {
    out=$("$PROGRAM" check-config "$1" 2>&1)
    status=$?
    out=${out//"$TAP_DIR"/DIR}
}
# has LINE-NUMBER TEXT
has() {
    like "$out" "^bad.conf:$1: $2" "line $1: $2"
}

(umask 022 && echo secret >open)
cat >bad.conf <<END
[directory]
uri = ldap://127.0.0.1
bind = sometimes
password_file = $TAP_DIR/open
tls_ca = $TAP_DIR/missing.pem
tls_cert = $TAP_DIR
page_size = lots
window = 0
colour = green
[attic]
old = yes
[nodes]
deadline = 4000
[frozen]
agent = perhaps
[sync]
state_file = $TAP_DIR
[limits]
miss_limit = 1
[log]
level = loud
END
check bad.conf
is "$status" 2 'a bad file cannot be used'
has 3 'error: \[directory\] bind: .*simple.*external'
has 4 'error: .*open can be read or written by others .*chmod 600'
has 5 'error: .*missing.pem.*No such file'
has 6 'error: .*directory'
has 7 'error: .*page_size.*number'
has 8 'error: .*window.*1 .*4096'
has 9 'error: .*colour'
has 10 'error: .*attic'
has 13 'error: .*deadline.*3600'
has 15 'error: .*agent.*yes'
has 17 'error: .*state_file.*directory'
has 19 'warning: .*miss_limit: 1 is below its default 3'
has 21 'error: .*level.*loud'

cat >bad.conf <<'END'
[directory]
uri = ldapi:///
bind = external
base = ou=virtualization,dc=a#b
timeout = 5
timeout = 6
nonsense
END
check bad.conf
is "$status" 2 'a file that is read otherwise than it looks cannot be used'
has 4 'error: .*cut at #; put it between double quotes'
has 6 'error: timeout is set twice in \[directory\] \(before in line 5\)'
has 7 'error: .*nonsense'

cat >good.conf <<END
[directory]
uri = ldapi:///
bind = external
base = "ou=virtualization,dc=a#b"
[sync]
state_file = $TAP_DIR/state
END
check good.conf
is "$status:$out" '0:good.conf: can be used' 'a good file can be used, and nothing else is said'
check nothing.conf
is "$status:$out" '2:nothing.conf: error: cannot be read: No such file or directory' 'a missing file is named'
check /dev/null
is "$status" 2 'a device is none'
check .
like "$status:$out" '2:.*directory, not a file' 'nor is a folder'
out=$("$PROGRAM" check-config good.conf bad.conf 2>&1)
is $? 2 'one file at a time'
out=$("$PROGRAM" sync -c bad.conf 2>&1)
is "$?:$(grep -c '^bad.conf:4: error:' <<<"$out")" 2:1 'sync refuses it, too, and says it once'
sed -e 's|^#*uri = ldapi:///$|uri = ldapi:///|' -e 's|^#*bind = simple|bind = external|' \
    -e "s|^#*state_file = .*|state_file = $TAP_DIR/state|" "$STATESYNC_BUILDDIR/etc/statesync.conf" >example.conf
check example.conf
is "$status:$out" '0:example.conf: can be used' 'the example needs two changes'
