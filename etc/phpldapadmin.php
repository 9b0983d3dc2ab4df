<?php
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How phpLDAPadmin 1.2 shows what statesync publishes: the status first, with names for
# people, long texts in full, and nothing of it to be edited.  An example, complete and
# tested.  Copy it beside /etc/phpldapadmin/config.php (it is installed among the examples of the
# documentation), and at the end of that:
#
#   include '/etc/phpldapadmin/phpldapadmin.php';
#
# The server, too, can be made read-only, and begin where the machines are:
#
#   $servers->setValue('server', 'read_only', true);
#   $servers->setValue('server', 'base',
#       array('ou=virtualization,ou=services,dc=stoney-cloud,dc=org'));

# In this order they stand before all other attributes.
$statesync_names = array(
    'sstDisplayName' => 'Name',
    'sstVirtualMachineStatus' => 'Status',
    'sstVirtualMachineStatusSince' => 'Status since (UTC)',
    'sstVirtualMachineStatusAlarm' => 'Alarms',
    'sstVirtualMachineStatusStaleSince' => 'Not confirmed since (UTC)',
    'sstVirtualMachineStatusStaleReason' => 'Why it is not confirmed',
    'sstVirtualMachineAllowedAction' => 'What may be done now',
    'sstVirtualMachineStatusDetail' => 'Details',
    'sstVirtualMachineStatusReason' => 'Why it has this status',
    'sstVirtualMachineStatusNode' => 'Last seen on',
    'sstVirtualMachineStatusActive' => 'A guest is active',
    'sstVirtualMachineStatusState' => 'State',
    'sstVirtualMachineStatusActivity' => 'Activity',
    'sstVirtualMachineStatusProgress' => 'Progress of streaming (of 1000)',
    'sstVirtualMachineOneName' => 'In words of OpenNebula',
    'sstVirtualMachineOneState' => 'OpenNebula STATE',
    'sstVirtualMachineOneLcmState' => 'OpenNebula LCM_STATE',
    'sstVirtualMachineRequestedAction' => 'Announced action',
    'sstVirtualMachineRequestedSince' => 'Announced at (UTC)',

    'sstNodeStatusReachable' => 'Reachable',
    'sstNodeStatusSince' => 'Reachable or not since (UTC)',
    'sstNodeStatusReason' => 'Why it is not reachable',
    'sstNodeStatusAlarm' => 'Alarms of the node',
    'sstNodeStatusDomains' => 'Active guests at its last answer',
    'sstNodeStatusForeign' => 'Active guests that belong elsewhere',
    'sstNodeStatusHypervisor' => 'Hypervisor',

    'sstStateSyncPassCompleted' => 'Last pass completed at (UTC)',
    'sstStateSyncAlarm' => 'Alarms of the last pass',
    'sstStateSyncPauseUntil' => 'Paused until (UTC)',
    'sstStateSyncPauseReason' => 'Why it is paused',
    'sstStateSyncCount' => 'Machines by state',
    'sstStateSyncHeld' => 'Changes held back',
    'sstStateSyncPassDuration' => 'The last pass took (ms)',
    'sstStateSyncPassBy' => 'Last pass by',
    'sstStateSyncVersion' => 'Version of statesync',
    'sstStateSyncLeaseHolder' => 'Who may write now',
    'sstStateSyncLeaseSince' => 'May write since (UTC)',
    'sstStateSyncLeaseDuration' => 'Lease lasts (s)',
    'sstStateSyncLeaseSerial' => 'Renewals of the lease',
    'sstStateSyncRefresh' => 'Requests to look again',
    'sstStateSyncRefreshAnswered' => 'Requests answered at (UTC)',
);
$statesync_look = &$config->custom->appearance;
$statesync_look['attr_display_order'] = array_merge(array_keys($statesync_names),
    $statesync_look['attr_display_order'] ?? array());
$statesync_look['friendly_attrs'] = $statesync_names +
    ($statesync_look['friendly_attrs'] ?? array());
unset($statesync_names['sstDisplayName']);
$statesync_look['readonly_attrs'] = array_merge($statesync_look['readonly_attrs'] ?? array(),
    array_keys($statesync_names));
$statesync_look['multi_line_attributes'] = array_merge(
    $statesync_look['multi_line_attributes'] ?? array('postalAddress', 'homePostalAddress',
        'personalSignature', 'description', 'mailReplyText'),
    array('sstVirtualMachineStatusReason', 'sstVirtualMachineStatusStaleReason',
        'sstVirtualMachineStatusAlarm', 'sstNodeStatusReason',
        'sstNodeStatusAlarm', 'sstStateSyncAlarm', 'sstStateSyncPauseReason'));

unset($statesync_look);

# What a search shows.  (Names in the tree would be nice: but there phpLDAPadmin 1.2.6.3 takes
# what is in them for HTML, and runs scripts.)
$config->custom->search['result_attributes'] = array('sstDisplayName', 'sstVirtualMachineStatus',
    'cn', 'description');
