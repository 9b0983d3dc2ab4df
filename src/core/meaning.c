/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/meaning.h"

static const struct {
    const char *meaning;
    const char *remedy;
} alarms[ALARM_COUNT] = {
    [ALARM_BACKUP_FAILED] = {
        N_("A backup ended with an error code."),
        N_("Look at the backup's log.")},
    [ALARM_BACKUP_STUCK] = {
        N_("A backup has not changed for a long time."),
        N_("Look at the backup; it still locks actions.")},
    [ALARM_CONFLICT] = {
        N_("A backup and a migration at the same time, or two VMs of OpenNebula claim one entry."),
        N_("Stop one of the two, or take the link off one of the VMs.")},
    [ALARM_DELETE_OF_ACTIVE] = {
        N_("Deletion was requested while a domain is active."),
        N_("Stop the VM first.")},
    [ALARM_DISAGREE] = {
        N_("OpenNebula and the hypervisor say different things about it."),
        N_("Look at both: one of them is wrong; the published status is OpenNebula's.")},
    [ALARM_DUPLICATE] = {
        N_("It is active on several nodes, and nothing says that it migrates."),
        N_("Act at once: two guests may write to one disk.")},
    [ALARM_DUPLICATE_ENTRY] = {
        N_("Two entries carry the same UUID."),
        N_("Remove one of the entries.")},
    [ALARM_IO_ERROR] = {
        N_("The guest was stopped because of an I/O error."),
        N_("Look at its storage, then resume it.")},
    [ALARM_LEFTOVER] = {
        N_("A copy that means nothing is left on a node."),
        N_("Undefine the copy there.")},
    [ALARM_LOST_IN_MIGRATION] = {
        N_("Neither node has the domain any more."),
        N_("Look at both nodes before you start it.")},
    [ALARM_MALFORMED_ENTRY] = {
        N_("UUID, name or type of the entry are not as they must be."),
        N_("Correct the entry.")},
    [ALARM_MIGRATION_TO_SELF] = {
        N_("The entry names its own node as the target of a migration."),
        N_("Remove sstMigrationNode from the entry.")},
    [ALARM_NAME_CLASH] = {
        N_("A domain has this VM's name, but another UUID."),
        N_("Rename or undefine that domain.")},
    [ALARM_ONE_DONE] = {
        N_("The VM has ended in OpenNebula, but its entry is still there."),
        N_("Remove the entry if the VM is meant to be gone.")},
    [ALARM_SHUTDOWN_IGNORED] = {
        N_("It was asked to shut down and still runs."),
        N_("Power it off, or look into the guest.")},
    [ALARM_STALE_MIGRATION_MARKER] = {
        N_("The entry says that it migrates, but nothing moves."),
        N_("Remove sstMigrationNode from the entry.")},
    [ALARM_STREAMING_FAILED] = {
        N_("The copying of a disk from its template failed or was cancelled."),
        N_("Start the block pull again.")},
    [ALARM_STREAMING_INTERRUPTED] = {
        N_("The VM is off although its disks are not complete."),
        N_("Start it, so that the copying goes on.")},
    [ALARM_STREAMING_STALLED] = {
        N_("Its disks are not complete, but nothing copies them."),
        N_("Start the block pull, or take the VM off the template's list.")},
    [ALARM_TEMPLATE_RUNNING] = {
        N_("A template that is ready for use runs."),
        N_("Stop it: VMs are made from its disks.")},
    [ALARM_TEMPLATE_RUNNING_WHILE_STREAMING] = {
        N_("A template is active while VMs stream from it."),
        N_("Stop the template.")},
    [ALARM_UNKNOWN_BACKUP_MODE] = {
        N_("A backup is in a mode this program does not know."),
        N_("It counts as waiting; look at the backup.")},
    [ALARM_UNKNOWN_MODE] = {
        N_("The template's mode is no known word."),
        N_("Correct sstVirtualMachineMode of the entry.")},
    [ALARM_UNKNOWN_REQUEST] = {
        N_("The requested action is no known word."),
        N_("Correct or remove the request.")},
    [ALARM_WRONG_NODE] = {
        N_("It is active on another node than the one its entry names."),
        N_("Correct sstNode of the entry, or move the VM.")},
    [ALARM_ORPHAN] = {
        N_("Domains without an entry are active on the node."),
        N_("Find out whose they are.")},
    [ALARM_EVENTS_LOST] = {
        N_("Changes on the node had not been announced."),
        N_("Look at the node's libvirtd and at the network to it; statuses may lag behind.")},
    [ALARM_LOOK_BLOCKED] = {
        N_("Calls into guests on the node do not return, so that nobody is looked at closer there."),
        N_("Find the guests that hang (virsh domcontrol).")},
    [ALARM_BUDGET] = {
        N_("Implausibly many VMs vanished at once: their statuses are held back."),
        N_("Look at the nodes; if the VMs really are gone, later passes believe it.")},
    [ALARM_GAP] = {
        N_("Nobody looks after some of the nodes; their statuses stand still."),
        N_("Start the missing body of statesync.")},
    [ALARM_OVERLAP] = {
        N_("Two bodies of statesync write the same statuses."),
        N_("Give each body nodes of its own, or one service entry.")},
};

static const enum gravity gravities[ALARM_COUNT] = {
    [ALARM_BACKUP_FAILED] = GRAVITY_DOWN,
    [ALARM_BACKUP_STUCK] = GRAVITY_STUCK,
    [ALARM_CONFLICT] = GRAVITY_DATA,
    [ALARM_DELETE_OF_ACTIVE] = GRAVITY_STUCK,
    [ALARM_DISAGREE] = GRAVITY_STUCK,
    [ALARM_DUPLICATE] = GRAVITY_DATA,
    [ALARM_DUPLICATE_ENTRY] = GRAVITY_DOWN,
    [ALARM_IO_ERROR] = GRAVITY_DOWN,
    [ALARM_LEFTOVER] = GRAVITY_ENTRY,
    [ALARM_LOST_IN_MIGRATION] = GRAVITY_DOWN,
    [ALARM_MALFORMED_ENTRY] = GRAVITY_ENTRY,
    [ALARM_MIGRATION_TO_SELF] = GRAVITY_ENTRY,
    [ALARM_NAME_CLASH] = GRAVITY_ENTRY,
    [ALARM_ONE_DONE] = GRAVITY_ENTRY,
    [ALARM_SHUTDOWN_IGNORED] = GRAVITY_STUCK,
    [ALARM_STALE_MIGRATION_MARKER] = GRAVITY_ENTRY,
    [ALARM_STREAMING_FAILED] = GRAVITY_DOWN,
    [ALARM_STREAMING_INTERRUPTED] = GRAVITY_STUCK,
    [ALARM_STREAMING_STALLED] = GRAVITY_STUCK,
    [ALARM_TEMPLATE_RUNNING] = GRAVITY_DATA,
    [ALARM_TEMPLATE_RUNNING_WHILE_STREAMING] = GRAVITY_DATA,
    [ALARM_UNKNOWN_BACKUP_MODE] = GRAVITY_ENTRY,
    [ALARM_UNKNOWN_MODE] = GRAVITY_ENTRY,
    [ALARM_UNKNOWN_REQUEST] = GRAVITY_ENTRY,
    [ALARM_WRONG_NODE] = GRAVITY_STUCK,
    [ALARM_ORPHAN] = GRAVITY_STUCK,
    [ALARM_EVENTS_LOST] = GRAVITY_STUCK,
    [ALARM_LOOK_BLOCKED] = GRAVITY_DOWN,
    [ALARM_BUDGET] = GRAVITY_DOWN,
    [ALARM_GAP] = GRAVITY_DOWN,
    [ALARM_OVERLAP] = GRAVITY_STUCK,
};

static const char *const rules[RULE_COUNT] = {
    [RULE_INVALID] = N_("The entry is malformed, or another one carries its UUID."),
    [RULE_DUPLICATE] = N_("It is active on several nodes, and nothing says that it migrates."),
    [RULE_UNSEEN] = N_("Those who could know how it is did not answer; the status before stays."),
    [RULE_OPENNEBULA] = N_("It belongs to OpenNebula, whose word counts."),
    [RULE_DELETING] = N_("Deletion was requested, and no domain is active."),
    [RULE_POWERING_OFF] = N_("Power-off was requested, and a domain is still active."),
    [RULE_SHUTTING_DOWN] = N_("It is shutting down, or was asked to and still runs."),
    [RULE_CRASHED] = N_("It crashed, or is gone without a reason although it should run."),
    [RULE_FROZEN] = N_("It is there, but a watchdog, an I/O error or silence says that it is stuck."),
    [RULE_MIGRATING_RUNNING] = N_("It moves from node to node and runs meanwhile."),
    [RULE_MIGRATING_PAUSED] = N_("It moves from node to node and stands still for that."),
    [RULE_MIGRATING_STOPPED] = N_("It is to move to another node and is off."),
    [RULE_BACKUP_PAUSED] = N_("A backup has taken the guest away for a while."),
    [RULE_BACKUP_STOPPED] = N_("It is backed up while it is off."),
    [RULE_BACKUP_RUNNING] = N_("It is backed up while it runs."),
    [RULE_BACKUP_HELD] = N_("It is backed up and paused for another reason."),
    [RULE_STREAMING_RUNNING] = N_("It runs while its disks are being filled from its template."),
    [RULE_STREAMING_STARTING]
    = N_("It is to run and waits while its disks are being filled from its template."),
    [RULE_STREAMING_STOPPED]
    = N_("It is paused, not meant to run, and its disks are being filled from its template."),
    [RULE_STARTING] = N_("It is starting, or was asked to."),
    [RULE_TEMPLATE_STREAMING] = N_("The template is off, and VMs stream from it."),
    [RULE_DO_NOT_USE] = N_("The template's mode says so, is missing, or is not understood."),
    [RULE_TEMPLATE_MODE] = N_("The template is under maintenance or first installation."),
    [RULE_PAUSED] = N_("It is paused or asleep, and nothing else explains that."),
    [RULE_RUNNING] = N_("It runs, and nothing else is going on."),
    [RULE_STOPPED] = N_("No domain is active, and nothing else is going on."),
    [RULE_UNMAPPED] = N_("The hypervisor reports a state this program does not know."),
    [RULE_ABSENT_HELD] = N_("The domain is gone, but too few answers agree so far."),
    [RULE_BUDGET_HELD] = N_("Implausibly many VMs vanished at once; the status before stays."),
    [RULE_IGNORED] = N_("A profile: never judged."),
};

static const char *const denials[DENIAL_COUNT] = {
    [DENIAL_NONE] = N_("It is allowed."),
    [DENIAL_NOT_APPLICABLE] = N_("There is no such action here."),
    [DENIAL_UNPUBLISHED] = N_("There is no status yet."),
    [DENIAL_STALE] = N_("The status is stale: nobody could look."),
    [DENIAL_DUPLICATE] = N_("It is active on several nodes."),
    [DENIAL_OPENNEBULA] = N_("OpenNebula is at work on it, or left it in a failure."),
    [DENIAL_BACKUP] = N_("A backup is under way."),
    [DENIAL_MIGRATION] = N_("A migration is under way."),
    [DENIAL_STREAMING] = N_("VMs still stream from this template."),
    [DENIAL_MODE] = N_("The template's mode does not permit it."),
    [DENIAL_ACTIVE] = N_("A domain is active."),
    [DENIAL_STATUS] = N_("The status does not permit it."),
};

/* NULL: there is none of that kind. */
static const struct {
    const char *label;
    const char *vm;
    const char *template;
} actions[ACTION_COUNT] = {
    [ACTION_START] = {N_("Start"), N_("Start VM"), N_("Start VM template")},
    [ACTION_SHUTDOWN] = {N_("Shut down"), N_("Shut down VM"), N_("Shut down VM template")},
    [ACTION_POWER_OFF] = {N_("Power off"), N_("Power off VM"), N_("Power off VM template")},
    [ACTION_MIGRATE] = {N_("Migrate"), N_("Migrate VM"), N_("Migrate VM template")},
    [ACTION_EDIT] = {N_("Edit"), N_("Edit VM"), N_("Edit VM template")},
    [ACTION_DELETE] = {N_("Delete"), N_("Delete VM"), N_("Delete VM template")},
    [ACTION_TOGGLE] = {N_("Toggle boot device"), NULL, N_("Toggle boot device of VM template")},
    [ACTION_USE] = {N_("Use"), N_("Use VM"), N_("Use VM template")},
    [ACTION_PERSISTENT]
    = {N_("Make persistent VM"), NULL, N_("VM template => persistent VM")},
    [ACTION_DYNAMIC] = {N_("Make dynamic VM"), NULL, N_("VM template => dynamic VM")},
    [ACTION_USERS] = {N_("Assign users"), N_("Assign users to this VM"), NULL},
    [ACTION_GROUPS] = {N_("Assign groups"), N_("Assign groups to this VM"), NULL},
};

const char *
alarm_meaning(enum alarm_id a)
{
    return (size_t)a < ALARM_COUNT ? alarms[a].meaning : "";
}

const char *
alarm_remedy(enum alarm_id a)
{
    return (size_t)a < ALARM_COUNT ? alarms[a].remedy : "";
}

enum gravity
alarm_gravity(enum alarm_id a)
{
    return (size_t)a < ALARM_COUNT ? gravities[a] : GRAVITY_STUCK;
}

const char *
rule_meaning(enum rule r)
{
    return (size_t)r < RULE_COUNT ? rules[r] : "";
}

const char *
denial_meaning(enum denial d)
{
    return (size_t)d < DENIAL_COUNT ? denials[d] : "";
}

const char *
action_label(enum action a)
{
    return (size_t)a < ACTION_COUNT ? actions[a].label : "";
}

const char *
action_hint(enum action a, bool template)
{
    if ((size_t)a >= ACTION_COUNT)
        return "";
    const char *hint = template ? actions[a].template : actions[a].vm;
    return hint != NULL ? hint : actions[a].label;
}
