#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A persistent VM out of a template, as the web interface makes it: volumes on the template's images,
# the thin list, started paused, a pull for each disk, resumed; the end proven by the flat chain.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
LAB_REPAIRS=yes
LAB_SLAPD=loglevel=stats
scenario 'streaming from the first byte to the last'

# What the pass recorded of the jobs, summed up here once more: the permille that must be written.
permille_of_record() { # NAME
    awk -v uuid="$(uuid "$1")" '
        /"uuid" :/ { ours = index($0, uuid) > 0 }
        ours && /"cur" :/ { gsub(/[^0-9]/, ""); cur += $0 }
        ours && /"end" :/ { gsub(/[^0-9]/, ""); end += $0 }
        END { if (end > 0) print int(1000 * cur / end) }' "$PASS_RECORD"
}

same_progress() { # NAME WHAT
    is "$(value "$1" progress)" "$(permille_of_record "$1")" "$2"
}

grows() { # NAME: passes until it is more than it was
    local before=${was:-0}
    step "progress of $1 grows beyond $before" wait_for 60 more_than "$1" "$before"
    was=$(value "$1" progress)
}

more_than() {
    pass
    [ "$(value "$1" progress)" -gt "$2" ]
}

template gold intent=shutdown mode='ready for use'
virt define gold
vm idle intent=shutdown
pass
expect gold status=Stopped rule=stopped alarms=none actions='persistent dynamic'

# Volumes, entry, list, started paused; no pull yet.
STONEY_STOP_AFTER=paused stoney persistent gold web 24,72
pass
expect web status='Starting, streaming [0.0 %]' rule=streaming-starting active=TRUE progress=0 alarms=none \
    can=power-off cannot='migrate edit delete' proves='started paused, the pulls are about to begin'
expect gold status='Stopped, streaming' rule=template-streaming active=FALSE detail='web [0.0 %]' \
    actions='persistent dynamic' proves='a VM streams from it'

# The pulls begin, still paused.
virt pull web vda 512k
virt pull web vdb 512k
was=0
grows web
expect web status='Starting, streaming [* %]' rule=streaming-starting proves='paused, two disks are pulled'
same_progress web 'both disks count by their size'
expect gold detail="$(value web status | sed 's/.*\[/web [/')" status='Stopped, streaming'

virt resume web
pass
expect web status='Running, streaming [* %]' rule=streaming-running active=TRUE alarms=none \
    actions='shutdown power-off use users groups' proves='running while its disks are pulled'
for i in 1 2 3; do
    grows web
    expect web status='Running, streaming [* %]' rule=streaming-running alarms=none
    same_progress web "both disks count by their size, look $i"
done
expect idle status=Stopped

# The small disk is through: the other one goes on, and nothing falls.
virt pull-end web vda
pass
expect web status='Running, streaming [* %]' rule=streaming-running alarms=none
ok 'the published progress does not fall' test "$(value web progress)" -ge "$was"
expect gold status='Stopped, streaming' detail='web *'

# libvirtd restarts in the middle.
node restart a
virt pull-speed web vdb 512k
pass
expect web status='Running, streaming [* %]' rule=streaming-running stale=no
ok 'the published progress does not fall' test "$(value web progress)" -ge "$was"

# Through: proven by the chain, listed by nobody's doing any more.
virt pull-end web vdb
pass
expect web status=Running rule=running activity=none progress=none alarms=none can='shutdown power-off migrate' \
    proves='streamed, no disk has a backing file any more'
expect gold status=Stopped rule=stopped detail=none alarms=none actions='persistent dynamic' \
    proves='the VMs made from it have their own disks'
like "$(cat "$PASS_OUT")" '"kind" : "finished-stream"' 'a finding: proven but listed'
is "$(slapd_values "$(dn gold)" sstThinProvisioningVirtualMachine)" "$(uuid web)" 'nothing touched the list'
virt suspend web
pass
expect web status=Paused rule=paused alarms=none
virt resume web

# The opt-in repair, while another writer edits the same list: its pass stands still at a frozen
# node between reading the directory and writing to it.
vm late
config repair.repair_streams=yes nodes.deadline=20
node freeze b
has_read() { # the answer to the search for VMs has been sent
    local op
    op=$(tail -c "+$logged" "$SLAPD_LOG" | sed -n 's/.*\(conn=[0-9]* op=[0-9]* \)SRCH base="ou=virtual machines.*filter=.*sstVirtualizationVirtualMachine.*/\1/p' | head -n 1)
    [ -n "$op" ] && tail -c "+$logged" "$SLAPD_LOG" | grep -q "${op}SEARCH RESULT"
}
logged=$(stat -c %s "$SLAPD_LOG")
"$PROGRAM" sync -c "$TAP_DIR/statesync.conf" --json >"$TAP_DIR/behind.out" 2>"$TAP_DIR/behind.err" &
behind=$!
until_ok 60 has_read
ldap list gold late
node thaw b
step 'the pass behind ends' wait "$behind"
like "$(cat "$TAP_DIR/behind.out")" '"decided_again" : 1,' 'the assertion found that the entry had changed'
is "$(slapd_values "$(dn gold)" sstThinProvisioningVirtualMachine)" "$(uuid late)" \
    'the finished one is gone, the one added meanwhile is still there'
pass
expect gold status='Stopped, streaming' detail='late [0.0 %]'
expect late status=Stopped alarms=streaming-interrupted proves='listed, but its domain does not exist yet'
pass
is "$(slapd_values "$(dn gold)" sstThinProvisioningVirtualMachine)" "$(uuid late)" 'what is not proven stays listed'

the_end
