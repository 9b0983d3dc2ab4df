#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Pulls that do not come to their end: never "finished" without proof.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'streaming stalled, aborted, interrupted'
limits streaming_stalled=1

template gold intent=shutdown mode='ready for use'
virt define gold

# Paused, and not meant to run.
vm held intent=shutdown
STONEY_STOP_AFTER=pulls stoney persistent gold held 64 1
pass
expect held status='Stopped, streaming [* %]' rule=streaming-stopped active=TRUE alarms=none \
    proves='paused, not meant to run, its disk is pulled'
expect gold status='Stopped, streaming' detail='held [* %]'
virt pull-end held vda
pass
expect held status=Paused rule=paused alarms=none
ldap unlist gold held
virt destroy held

# Aborted: still said to stream, then stalled; a new pull goes on where the other one ended.
stoney persistent gold web 64 1
pass
expect web status='Running, streaming [* %]'
virt pull-abort web vda
virt wait web 'running.*'
was=$(value web progress)
pass
expect web status='Running, streaming [* %]' rule=streaming-running progress="$was"
passes_until 60 web alarms=streaming-stalled
expect web status='Running, streaming [* %]' rule=streaming-running alarms=streaming-stalled progress="$was" \
    actions='shutdown power-off use users groups' proves='the pull was aborted, nothing proves its end'
expect gold status='Stopped, streaming'
virt pull web vda 1
pass
expect web status='Running, streaming [* %]' alarms=none

# Shut down in the middle: the pull is gone, the volume still needs the template.
virt key web s
virt wait web 'shut off.*'
pass
expect web status=Stopped rule=stopped active=FALSE alarms=streaming-interrupted \
    proves='shut down while its disk was pulled'
expect gold status='Stopped, streaming' rule=template-streaming cannot='start migrate edit delete toggle'
virt start-paused web
pass
expect web status='Starting, streaming [0.0 %]' rule=streaming-starting alarms=none
virt pull web vda 1
virt resume web
pass
expect web status='Running, streaming [* %]' alarms=none

# Killed in the middle.
virt kill web
virt wait web 'shut off .crashed.'
pass
expect web status=Crashed rule=crashed active=FALSE alarms=streaming-interrupted proves='QEMU killed while its disk was pulled'
expect gold status='Stopped, streaming' rule=template-streaming cannot='start migrate edit delete toggle'
virt start-paused web
virt pull web vda 1
virt resume web
pass
expect web status='Running, streaming [* %]' rule=streaming-running alarms=none

# libvirtd dies in the middle, the pull goes on.
node kill a
pass
expect web status='Running, streaming [* %]' rule=unseen stale=yes
node restart a
pass
expect web status='Running, streaming [* %]' rule=streaming-running stale=no alarms=none
virt pull-end web vda
pass
expect web status=Running rule=running alarms=none progress=none

# It ends while libvirtd is away: the volume says so, and libvirtd when it is back.
stoney persistent gold alone 64 1
pass
expect alone status='Running, streaming [* %]' alarms=none
virt pull-speed alone vda 16
node kill a
is_flat() { ! qemu-img info -U "$TAP_DIR/images/alone-vda" | grep -q 'backing file'; }
until_ok 60 is_flat
pass
expect alone status='Running, streaming [* %]' rule=unseen stale=yes
expect gold status='Stopped, streaming' stale=yes
node restart a
pass
expect alone status=Running rule=running stale=no activity=none alarms=none \
    proves='the pull ended while libvirtd was away'
ldap unlist gold alone

# The template itself runs meanwhile.
stoney persistent gold next 64 1
ldap mode gold 'maintenance mode'
stoney start gold
pass
expect next status='Running, streaming [* %]'
expect gold status='Running, maintenance mode' alarms=template-running-while-streaming cannot='start edit delete toggle'
stoney destroy gold

# A pull nobody announced: found by a sweep.
ldap unlist gold next web
pass --sweep
expect next status='Running, streaming [* %]' rule=streaming-running proves='a pull by hand, found by the sweep'
virt pull-end next vda
pass
expect next status=Running rule=running alarms=none
expect gold status='Stopped, maintenance mode'

the_end
