#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A guest's ordinary day: defined, started, paused, asleep, saved, shut down.

. "$STATESYNC_SRCDIR/tests/lab/scenario.sh"
scenario 'start, pause, sleep, save, shut down'

vm web intent=shutdown
virt define web
pass
expect web status=Stopped rule=stopped active=FALSE alarms=none stale=no \
    actions='start migrate edit delete users groups' proves='defined, never started'

ldap request web start
pass
expect web status=Starting rule=starting active=FALSE proves='a tool announced a start, no domain is active yet'
like "$("$PROGRAM" replay "$PASS_RECORD")" "$(uuid web): Starting  \[starting:" 'the recorded pass decides the same when it is replayed'
stoney start web
pass
expect web status=Running rule=running node=a sstVirtualMachineRequestedAction= proves='booted'

virt suspend web
pass
expect web status=Paused rule=paused proves='suspended by an administrator'
virt resume web

# Asleep (S3), and awake again; a reset is no end.
virt key web z
virt wait web 'pmsuspended.*'
pass
expect web status=Paused rule=paused active=TRUE alarms=none proves='the guest sleeps (S3)'
virt dompmwakeup web
virt wait web 'running.*'
virt reset web
pass
expect web status=Running rule=running alarms=none

virt managedsave web
ldap intent web shutdown
pass
expect web status=Stopped rule=stopped proves='managed save'
stoney start web
pass
expect web status=Running rule=running proves='restored from a managed save'
expect_node a reachable=TRUE domains=1 alarms=none
expect_counts Running=1
pass
expect_pass exit=0 written=0

the_end
