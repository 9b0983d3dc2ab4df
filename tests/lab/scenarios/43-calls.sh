#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a pass asks libvirt: two bulk calls per node, closer looks only at the VMs that need one, a
# probe where it is wanted; and a hung guest holds up nobody.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
command -v virt-admin >/dev/null || skip_all 'virt-admin is not installed'
scenario 'calls per pass, a hung guest beside others'

stats=344 list=273 # virConnectGetAllDomainStats, virConnectListAllDomains

for name in one two three four; do
    vm $name intent=running
    virt define $name
    virt start $name
done
vm off
virt define off
pass
count_calls a pass
is "$CALLS" "$list=1 $stats=1" 'a steady pass: two bulk calls to a node with four running guests'
count_calls b pass
is "$CALLS" "$list=1 $stats=1" 'and to a node without any'
expect_pass written=0

# The same for all of them, and the probe is one more.
config frozen.probe=yes
count_calls a pass
is "$CALLS" "$list=1 $stats=2" 'with the probe: one call more'
config frozen.probe=no

# Closer looks: as many for one suspected VM as there are for it alone.
looks() { # calls beside the two
    sed "s/\\b$list=1\\b//; s/\\b$stats=1\\b//" <<<"$CALLS" | xargs
}
for name in two three four; do virt destroy $name && ldap intent $name shutdown; done
pass
ldap marker one b
count_calls a pass
alone=$(looks)
like "$alone" '=' "a migration marker: a closer look ($alone)"
ldap marker one
for name in two three four; do stoney start $name; done
pass
count_calls a pass
is "$CALLS" "$list=1 $stats=1" 'the marker is gone: no closer look'
ldap marker one b
count_calls a pass
is "$(looks)" "$alone" 'one VM of four has a marker: one closer look'
ldap marker one
pass

sweep() { pass --sweep; }
count_calls a sweep
ok "a sweep looks at all four ($CALLS)" test "$(tr ' ' '\n' <<<"$CALLS" | awk -F= '{ n += $2 } END { print n }')" -ge 10
count_calls a pass
is "$CALLS" "$list=1 $stats=1" 'and the pass after it asks no more than ever'

# A guest hangs: the pass does not.
took() {
    pass
    sed -n 's/.*"total_ms" : \([0-9]*\).*/\1/p' "$PASS_OUT"
}
fastest() { sort -n "$TAP_DIR/$1" | head -n 1; }
close_enough() { [ "$(fastest hung)" -le $(($(fastest normal) * 6 / 5 + 1)) ]; }
# by turns, and the fastest of each: other work on this machine weighs on both alike
for ((i = 0; i < 60; i++)); do
    took >>"$TAP_DIR/normal"
    virt freeze one
    took >>"$TAP_DIR/hung"
    virt thaw one
    [ $i -lt 4 ] || ! close_enough || break
done
virt freeze one
virt suspend two
pass
expect two status=Paused
expect one status=Running
diag "a pass takes $(fastest normal) ms, with a hung guest $(fastest hung) ms"
ok 'a hung guest does not hold up a pass' close_enough

the_end
