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
    virt define $name --agent
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

# The same of a VM in a thin list, with a backup, with a request.
at_one() { # no call is made twice, that is, at two VMs
    [ -n "$(looks)" ] && ! grep -qE '=([2-9]|[0-9]{2,})\b' <<<"$(looks)"
}
template gold mode='ready for use'
ldap list gold one
count_calls a pass
ok "a VM in a thin list: a closer look at that one alone ($(looks))" at_one
ldap unlist gold one
pass
ldap backup two 20260101T030000Z merging
count_calls a pass
ok "a VM with a backup: a closer look at that one alone ($(looks))" at_one
ldap backup two 20260101T030000Z finished
pass
ldap request three migrate
count_calls a pass
ok "a VM with a request: a closer look at that one alone ($(looks))" at_one
ldap request three
pass
count_calls a pass
is "$CALLS" "$list=1 $stats=1" 'none of it any more: no closer look'

# Agents are asked only where the configuration says so, and only those that are connected.
virt key four a
virt agent four connected
count_calls a pass
is "$CALLS" "$list=1 $stats=1" 'an agent is connected: nobody asks it'
config frozen.agent=yes
count_calls a pass
like " $CALLS " ' qemu3=1 ' "agents are to be asked: the one that is connected is ($CALLS)"
config frozen.agent=no
pass
count_calls a pass
is "$CALLS" "$list=1 $stats=1" 'not to be asked any more: nobody does'

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

# With the probe, which it does not answer, a pass is longer by the deadline of one look.
config frozen.probe=yes nodes.look_deadline=1
probed() { [ "$(took)" -le $((1000 + $(sort -n "$TAP_DIR/normal" | tail -n 1) * 6 / 5)) ]; }
virt freeze one
ok 'the probe of a hung guest ends at its deadline' wait_for 60 probed
config frozen.probe=no
virt suspend two
pass
expect two status=Paused
expect one status=Running
diag "a pass takes $(fastest normal) ms, with a hung guest $(fastest hung) ms"
ok 'a hung guest does not hold up a pass' close_enough

the_end
