#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The guest agent: never there, connected, silent, ended, started again; asked only where the
# configuration says so.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'a guest agent that falls silent'

vm web intent=running
vm plain intent=running
virt define web --agent
virt define plain
virt start web
virt start plain

# Not asked by default.
virt key web a
virt agent web connected
virt key web h
limits agent_misses=2 agent_hold=0
for i in 1 2 3 4; do pass; done
expect web status=Running rule=running
virt key web h

# Asked.  An agent that never answered proves nothing, one that did does.
config frozen.agent=yes
virt key web a
virt agent web disconnected
for i in 1 2 3; do pass; done
expect web status=Running rule=running alarms=none
virt key web a
virt agent web connected
pass
expect web status=Running rule=running
virt key web h
pass
expect web status=Running rule=running alarms=none # the first ping that failed
pass
expect web status=Frozen rule=frozen active=TRUE alarms=none stale=no actions='shutdown power-off use users groups' reason='*agent*' \
    proves='the guest agent answered once and is silent now'
expect plain status=Running rule=running

# It answers again.
virt key web h
pass
expect web status=Running rule=running alarms=none

# Silent, then restarted: connected anew is no sign of life until it answers; it does.
limits agent_misses=1
virt key web h
pass
expect web status=Frozen rule=frozen
virt key web a
virt agent web disconnected
pass
expect web status=Running rule=running alarms=none
virt key web h
virt key web a
virt agent web connected
pass
expect web status=Running rule=running alarms=none

# A reset takes the agent along; the guest is up again without it.
virt key web r
virt agent web disconnected
for i in 1 2 3; do pass; done
expect web status=Running rule=running alarms=none

the_end
