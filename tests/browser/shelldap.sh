# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What is published, read with shelldap on a terminal, as docs/operator-guide.md tells: make check-browser.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/browser/browser_lib.sh"
for tool in shelldap script; do
    command -v $tool >/dev/null || skip_all "$tool is not installed"
done
[ -d "${TEXTDOMAINDIR-}" ] || skip_all 'no catalogs were built: msgfmt is missing'

plan 21

# --- on a terminal ---------------------------------------------------------------------

export HOME=$TAP_DIR TERM=dumb PAGER=cat
# typed TEXT: one line; $SINCE is where the answer begins in $OUT.
typed() {
    SINCE=$(stat -c %s "$OUT")
    printf '%s\n' "$1" >&"$KEYS"
}
answers() { # BYTES-AT-THE-END
    [[ $(tail -c +$((SINCE + 1)) "$OUT"; echo .) == *"$1." ]]
}
# enter DN PASSWORD: logs in at the site started last.
enter() {
    local dir
    dir=$(mktemp -d "$TAP_DIR/shell.XXXXXX")
    OUT=$dir/out SINCE=0
    mkfifo "$dir/keys" && : >"$OUT" || exit 1
    script -qfec "stty rows 24 cols 200; exec shelldap -H '$SLAPD_LDAP' -D '$1' -W -b '$BASE'" \
        /dev/null <"$dir/keys" >"$OUT" 2>&1 &
    SHELLDAP=$!
    exec {KEYS}>"$dir/keys"
    wait_for 60 answers 'Bind password: ' || exit 1
    typed "$2"
    wait_for 60 answers '[Yn]: ' || exit 1
    typed n
    wait_for 60 answers '> ' || exit 1
}
# ask COMMAND: what it prints, in $out, with lines that were broken put together again.
ask() {
    typed "$1"
    wait_for 60 answers $'\n... '"$PLACE > " || diag "no answer to $1: $(tail -c +$((SINCE + 1)) "$OUT")"
    out=$(tail -c +$((SINCE + 1)) "$OUT" | tr -d '\r' | sed '1d; $d' | sed -e ':a' -e '$!N; s/\n //; ta' -e 'P; D')
}
leave() {
    typed exit
    exec {KEYS}>&-
    wait "$SHELLDAP"
}
# The values of statesync among lines, and in the directory.
ours() { grep -E '^sst(VirtualMachine(Status|Allowed|One)|NodeStatus|StateSync)' | LC_ALL=C sort; }
published() { slapd_search "$1" base '(objectClass=*)' | ours; }

# --- without languages -------------------------------------------------------------------

reader_site ''
PLACE=ou=virtualization
enter "$READER" "$READER_PASSWORD"
ask ls
is "$out" '- cn=statesync
d ou=nodes/
d ou=virtual machine pools/
d ou=virtual machine profiles/
d ou=virtual machines/' 'the tree'
ask 'cat cn=statesync'
is "$(ours <<<"$out")" "$(published "$SERVICE")" 'the service entry: all values'
like "$out" '^sstStateSyncCount: Running=7$' 'the service entry: what there is'
ask 'cat sstNode=vm-node-03.example.org,ou=nodes'
is "$(ours <<<"$out")" "$(published "sstNode=vm-node-03.example.org,ou=nodes,$BASE")" 'a node: all values'
PLACE='ou=virtual machines'
ask 'cd "ou=virtual machines"'
ask 'ls sstVirtualMachineStatusState=Starting'
is "$out" 'd sstVirtualMachine=11111111-0000-4000-8000-000000000008/
d sstVirtualMachine=11111111-0000-4000-8000-000000000018/' 'machines in one state'
ask 'cat sstDisplayName=kvm-0017*'
is "$(ours <<<"$out")" "$(published "$(vm 17)")" 'a machine: all values'
like "$out" '^sstVirtualMachineStatus: Running, streaming \[0\.0 %\]$' 'a machine: its status'
is "$(sed -n 's/^sstVirtualMachineAllowedAction: //p' <<<"$out" | paste -sd' ')" 'shutdown power-off use users groups' \
    'a machine: what may be done'
like "$out" '^sstVirtualMachineOneName: ACTIVE/RUNNING runn$' 'a machine: in words of OpenNebula'
not_ok 'a machine: no password' grep -q sstSpicePassword <<<"$out"
ask 'cat sstVirtualMachine=11111111-0000-4000-8000-000000000006'
like "$out" '^sstVirtualMachineStatusStaleReason: vm-node-03.example.org: rpc$' 'a stale one: why'
ask 'cat sstVirtualMachine=22222222-0000-4000-8000-000000000001 sstVirtualMachineStatus sstVirtualMachineStatusAlarm'
is "$(sed 1,2d <<<"$out")" 'sstVirtualMachineStatus: Do not use
sstVirtualMachineStatusAlarm: unknown-mode: sstVirtualMachineMode is out of order' 'an alarm'
ask 'cat sstVirtualMachine=22222222-0000-4000-8000-000000000002'
is "$(sed -n 's/^sstVirtualMachineStatusDetail: //p' <<<"$out")" 'kvm-0017.example.org [0.0 %]
kvm-0019.example.org [0.0 %]' 'a template: who streams from it'
set_value "$(vm 01)" sstVirtualMachineStatus 'something else'
statesync sync -c "$CONF" >/dev/null 2>&1
ask 'cat sstVirtualMachine=11111111-0000-4000-8000-000000000001'
like "$out" '^sstVirtualMachineStatus: Running$' 'the newest values'
leave
ok 'no password is kept' test ! -e "$HOME/.shelldap.rc"

# --- with languages ------------------------------------------------------------------------

reader_site 'de fr'
PLACE=ou=virtualization
enter "$READER" "$READER_PASSWORD"
PLACE='ou=virtual machines'
ask 'cd "ou=virtual machines"'
ask 'cat sstVirtualMachine=11111111-0000-4000-8000-000000000017'
is "$(ours <<<"$out")" "$(published "$(vm 17)" | grep -v ';')" 'languages, the account for browsers: the English values'
leave

export EDITOR=$TAP_DIR/edit
printf '#!/bin/sh\nsed -i "s/^sstDisplayName: .*/sstDisplayName: renamed.example.org/" "$1"\n' >"$EDITOR"
chmod 755 "$EDITOR"
PLACE=ou=virtualization
enter "$SLAPD_ROOTDN" "$SLAPD_ROOTPW"
PLACE='ou=virtual machines'
ask 'cd "ou=virtual machines"'
ask 'cat sstVirtualMachine=11111111-0000-4000-8000-000000000001'
is "$(ours <<<"$out")" "$(published "$(vm 01)")" 'languages: all values, each by its name'
like "$out" '^sstVirtualMachineStatus: Running$' 'the English one is legible'
like "$out" '^sstVirtualMachineStatus;lang-fr: En marche$' 'so is one in ASCII'
like "$out" '^sstVirtualMachineStatus;lang-de:: TMOkdWZ0$' 'one beyond ASCII is not'
before=$(slapd_search "$(vm 01)" base '(objectClass=*)' | LC_ALL=C sort)
PLACE='ou=virtual machines'
ask 'edit sstVirtualMachine=11111111-0000-4000-8000-000000000001'
is "$(slapd_search "$(vm 01)" base '(objectClass=*)' | LC_ALL=C sort)" \
    "$(sed 's/^sstDisplayName: .*/sstDisplayName: renamed.example.org/' <<<"$before")" \
    'another value is saved: all of ours stay, in all languages'
leave
