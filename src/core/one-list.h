/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/one-list.h - OpenNebula's two enumerations as lists, ascending by number.
 *
 * Numbers of words that are no longer used are never given to others, so their
 * rows stay.  What a column is: struct one_word in core/one.h.
 *
 * X(number, NAME, alias, alias of the clients, class, since, last, on the page,
 *   state, activity, flags, kept, no entry, meaning)
 */
#ifndef STATESYNC_CORE_ONE_LIST_H
#define STATESYNC_CORE_ONE_LIST_H

#define ONE_STATE_LIST(X)                                                                          \
    X(0, INIT, "init", NULL, ONE_TRANSIENT, "1.2", NULL, true,                                     \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("The machine has just been created; nothing has been done with it yet."))                 \
    X(1, PENDING, "pend", NULL, ONE_QUEUED, "1.2", NULL, true,                                     \
      STATE_STOPPED, ACTIVITY_NONE, ONE_QUEUED_FLAG, false, false,                                 \
      N_("It waits until the scheduler finds a host for it."))                                     \
    X(2, HOLD, "hold", NULL, ONE_QUEUED, "1.2", NULL, true,                                        \
      STATE_STOPPED, ACTIVITY_NONE, 0, false, false,                                               \
      N_("It is held back and is not scheduled until somebody releases it."))                      \
    X(3, ACTIVE, "actv", NULL, ONE_STABLE, "1.2", NULL, true,                                      \
      STATE_NONE, ACTIVITY_NONE, 0, false, false,                                                  \
      N_("It has a host; the LCM state says what is going on there."))                             \
    X(4, STOPPED, "stop", NULL, ONE_STABLE, "1.2", NULL, true,                                     \
      STATE_STOPPED, ACTIVITY_NONE, ONE_SAVED_RAM, false, false,                                   \
      N_("It was stopped: memory and disks are back in the datastore, and it has no host."))       \
    X(5, SUSPENDED, "susp", NULL, ONE_STABLE, "1.2", NULL, true,                                   \
      STATE_STOPPED, ACTIVITY_NONE, ONE_SAVED_RAM, false, false,                                   \
      N_("It was suspended: its memory is in a file on the host, its disks are there too."))       \
    X(6, DONE, "done", NULL, ONE_FINAL, "1.2", NULL, true,                                         \
      STATE_NONE, ACTIVITY_NONE, 0, false, true,                                                   \
      N_("It has ended for good; only its record is left."))                                       \
    X(7, FAILED, "fail", NULL, ONE_FAILURE, "1.2", "4.12", false,                                  \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT, false, false,                                       \
      N_("It failed; versions after 4.12 say instead which step did."))                            \
    X(8, POWEROFF, "poff", NULL, ONE_STABLE, "3.8", NULL, true,                                    \
      STATE_STOPPED, ACTIVITY_NONE, 0, false, false,                                               \
      N_("It is switched off and keeps its place and its disks on the host."))                     \
    X(9, UNDEPLOYED, "unde", NULL, ONE_STABLE, "4.0", NULL, true,                                  \
      STATE_STOPPED, ACTIVITY_NONE, 0, false, false,                                               \
      N_("It is switched off, its disks are back in the datastore, and it has no host."))          \
    X(10, CLONING, "clon", NULL, ONE_TRANSIENT, "5.0", NULL, true,                                 \
      STATE_STOPPED, ACTIVITY_STREAMING, ONE_NO_PERCENT, false, false,                             \
      N_("It waits until copies of the images it needs are ready."))                               \
    X(11, CLONING_FAILURE, "fail", NULL, ONE_FAILURE, "5.0", NULL, true,                           \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT, false, false,                                       \
      N_("An image it needs could not be copied."))

#define ONE_LCM_LIST(X)                                                                            \
    X(0, LCM_INIT, "init", NULL, ONE_TRANSIENT, "1.2", NULL, true,                                 \
      STATE_STARTING, ACTIVITY_NONE, ONE_BUSY, false, false,                                       \
      N_("Nothing has begun: what every machine shows that is not active, and an active "          \
         "one for an instant."))                                                                   \
    X(1, PROLOG, "prol", NULL, ONE_TRANSIENT, "1.2", NULL, true,                                   \
      STATE_STARTING, ACTIVITY_NONE, ONE_BUSY, false, false,                                       \
      N_("Its disks are being brought to the host."))                                              \
    X(2, BOOT, "boot", NULL, ONE_TRANSIENT, "1.2", NULL, true,                                     \
      STATE_STARTING, ACTIVITY_NONE, ONE_BUSY, false, false,                                       \
      N_("The hypervisor is creating it."))                                                        \
    X(3, RUNNING, "runn", NULL, ONE_STABLE, "1.2", NULL, true,                                     \
      STATE_RUNNING, ACTIVITY_NONE, 0, false, false,                                               \
      N_("It runs, as far as OpenNebula can tell."))                                               \
    X(4, MIGRATE, "migr", NULL, ONE_TRANSIENT, "1.2", NULL, true,                                  \
      STATE_RUNNING, ACTIVITY_MIGRATING, ONE_BUSY, false, false,                                   \
      N_("It moves to another host while it runs."))                                               \
    X(5, SAVE_STOP, "save", NULL, ONE_TRANSIENT, "1.2", NULL, true,                                \
      STATE_SHUTTING_DOWN, ACTIVITY_NONE, ONE_BUSY | ONE_SAVING, false, false,                     \
      N_("It is being stopped: its memory is written to a file."))                                 \
    X(6, SAVE_SUSPEND, "save", NULL, ONE_TRANSIENT, "1.2", NULL, true,                             \
      STATE_SHUTTING_DOWN, ACTIVITY_NONE, ONE_BUSY | ONE_SAVING, false, false,                     \
      N_("It is being suspended: its memory is written to a file."))                               \
    X(7, SAVE_MIGRATE, "save", NULL, ONE_TRANSIENT, "1.2", NULL, true,                             \
      STATE_RUNNING, ACTIVITY_MIGRATING, ONE_BUSY | ONE_SAVING, false, false,                      \
      N_("It leaves its host for another one: its memory is written to a file, or it is "          \
         "switched off."))                                                                         \
    X(8, PROLOG_MIGRATE, "migr", NULL, ONE_TRANSIENT, "1.2", NULL, true,                           \
      STATE_STOPPED, ACTIVITY_MIGRATING, ONE_BUSY, false, false,                                   \
      N_("Its files move to another host, where it will be started."))                             \
    X(9, PROLOG_RESUME, "prol", NULL, ONE_TRANSIENT, "1.2", NULL, true,                            \
      STATE_STARTING, ACTIVITY_NONE, ONE_BUSY, false, false,                                       \
      N_("It was stopped and comes back: its files are being brought to the host."))               \
    X(10, EPILOG_STOP, "epil", NULL, ONE_TRANSIENT, "1.2", NULL, true,                             \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("It is being stopped: its files go back to the datastore."))                              \
    X(11, EPILOG, "epil", NULL, ONE_TRANSIENT, "1.2", NULL, true,                                  \
      STATE_DELETING, ACTIVITY_NONE, ONE_BUSY, false, false,                                       \
      N_("It is ending: what it leaves on the host is cleaned up."))                               \
    X(12, SHUTDOWN, "shut", NULL, ONE_TRANSIENT, "1.2", NULL, true,                                \
      STATE_SHUTTING_DOWN, ACTIVITY_NONE, ONE_BUSY, false, false,                                  \
      N_("It was asked to shut down, and ends after that."))                                       \
    X(13, CANCEL, "shut", NULL, ONE_TRANSIENT, "1.2", "4.12", false,                               \
      STATE_POWERING_OFF, ACTIVITY_NONE, ONE_BUSY, false, false,                                   \
      N_("It is being destroyed, and ends after that (versions until 4.12)."))                     \
    X(14, FAILURE, "fail", NULL, ONE_FAILURE, "1.4", "4.12", false,                                \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT, false, false,                                       \
      N_("It failed on its host (versions until 4.12)."))                                          \
    X(15, CLEANUP_RESUBMIT, "clea", NULL, ONE_TRANSIENT, "4.0", NULL, true,                        \
      STATE_POWERING_OFF, ACTIVITY_NONE, ONE_BUSY, false, false,                                   \
      N_("It is being removed from its host, to be created anew."))                                \
    X(16, UNKNOWN, "unkn", NULL, ONE_FAILURE, "1.4", NULL, true,                                   \
      STATE_NONE, ACTIVITY_NONE, ONE_FAULT, true, false,                                           \
      N_("OpenNebula does not know how it is: the host reports nothing about it, or an error."))   \
    X(17, HOTPLUG, "hotp", NULL, ONE_TRANSIENT, "3.6", NULL, true,                                 \
      STATE_RUNNING, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A disk is attached or detached, or its configuration changes, while it runs."))          \
    X(18, SHUTDOWN_POWEROFF, "shut", NULL, ONE_TRANSIENT, "3.8", NULL, true,                       \
      STATE_SHUTTING_DOWN, ACTIVITY_NONE, ONE_BUSY, false, false,                                  \
      N_("It was asked to shut down, or is gone already, and will be switched off."))              \
    X(19, BOOT_UNKNOWN, "boot", NULL, ONE_TRANSIENT, "3.8", NULL, true,                            \
      STATE_STARTING, ACTIVITY_NONE, ONE_BUSY, false, false,                                       \
      N_("It was unknown and is being started again."))                                            \
    X(20, BOOT_POWEROFF, "boot", NULL, ONE_TRANSIENT, "3.8", NULL, true,                           \
      STATE_STARTING, ACTIVITY_NONE, ONE_BUSY, false, false,                                       \
      N_("It was switched off and is being started."))                                             \
    X(21, BOOT_SUSPENDED, "boot", NULL, ONE_TRANSIENT, "3.8", NULL, true,                          \
      STATE_STARTING, ACTIVITY_NONE, ONE_BUSY, false, false,                                       \
      N_("It was suspended and is being started from its saved memory."))                          \
    X(22, BOOT_STOPPED, "boot", NULL, ONE_TRANSIENT, "3.8", NULL, true,                            \
      STATE_STARTING, ACTIVITY_NONE, ONE_BUSY, false, false,                                       \
      N_("It was stopped and is being started from its saved memory."))                            \
    X(23, CLEANUP_DELETE, "clea", NULL, ONE_TRANSIENT, "4.0", NULL, true,                          \
      STATE_DELETING, ACTIVITY_NONE, ONE_BUSY, false, false,                                       \
      N_("It is being removed at once; this passes in an instant."))                               \
    X(24, HOTPLUG_SNAPSHOT, "snap", NULL, ONE_TRANSIENT, "4.0", NULL, true,                        \
      STATE_RUNNING, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A snapshot of the whole machine is taken, restored or deleted."))                        \
    X(25, HOTPLUG_NIC, "hotp", NULL, ONE_TRANSIENT, "4.0", NULL, true,                             \
      STATE_RUNNING, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A network card is attached, detached or changed while it runs."))                        \
    X(26, HOTPLUG_SAVEAS, "hotp", NULL, ONE_TRANSIENT, "4.0", NULL, true,                          \
      STATE_RUNNING, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("One of its disks is saved as a new image while it runs."))                               \
    X(27, HOTPLUG_SAVEAS_POWEROFF, "hotp", NULL, ONE_TRANSIENT, "4.0", NULL, true,                 \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("One of its disks is saved as a new image while it is switched off."))                    \
    X(28, HOTPLUG_SAVEAS_SUSPENDED, "hotp", NULL, ONE_TRANSIENT, "4.0", NULL, true,                \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY | ONE_SAVED_RAM, false, false,                        \
      N_("One of its disks is saved as a new image while it is suspended."))                       \
    X(29, SHUTDOWN_UNDEPLOY, "shut", NULL, ONE_TRANSIENT, "4.0", NULL, true,                       \
      STATE_SHUTTING_DOWN, ACTIVITY_NONE, ONE_BUSY, false, false,                                  \
      N_("It was asked to shut down and will be undeployed after that."))                          \
    X(30, EPILOG_UNDEPLOY, "epil", NULL, ONE_TRANSIENT, "4.0", NULL, true,                         \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("It is being undeployed: its files go back to the datastore."))                           \
    X(31, PROLOG_UNDEPLOY, "prol", NULL, ONE_TRANSIENT, "4.0", NULL, true,                         \
      STATE_STARTING, ACTIVITY_NONE, ONE_BUSY, false, false,                                       \
      N_("It was undeployed and comes back: its files are being brought to the host."))            \
    X(32, BOOT_UNDEPLOY, "boot", NULL, ONE_TRANSIENT, "4.0", NULL, true,                           \
      STATE_STARTING, ACTIVITY_NONE, ONE_BUSY, false, false,                                       \
      N_("It was undeployed and is being started."))                                               \
    X(33, HOTPLUG_PROLOG_POWEROFF, "hotp", NULL, ONE_TRANSIENT, "4.14", NULL, true,                \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A disk is attached while it is switched off."))                                          \
    X(34, HOTPLUG_EPILOG_POWEROFF, "hotp", NULL, ONE_TRANSIENT, "4.14", NULL, true,                \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A disk is detached while it is switched off."))                                          \
    X(35, BOOT_MIGRATE, "boot", NULL, ONE_TRANSIENT, "4.14", NULL, true,                           \
      STATE_PAUSED, ACTIVITY_MIGRATING, ONE_BUSY, false, false,                                    \
      N_("It has been moved and is being started on its new host."))                               \
    X(36, BOOT_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,                             \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT, false, false,                                       \
      N_("The hypervisor could not create it."))                                                   \
    X(37, BOOT_MIGRATE_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,                     \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT | ONE_SAVED_RAM, false, false,                       \
      N_("It has been moved and could not be started on its new host."))                           \
    X(38, PROLOG_MIGRATE_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,                   \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT | ONE_SAVED_RAM, false, false,                       \
      N_("Its files could not be moved to the new host."))                                         \
    X(39, PROLOG_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,                           \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT, false, false,                                       \
      N_("Its disks could not be brought to the host."))                                           \
    X(40, EPILOG_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,                           \
      STATE_DELETING, ACTIVITY_NONE, ONE_FAULT, false, false,                                      \
      N_("It is ending, but what it left on the host could not be cleaned up."))                   \
    X(41, EPILOG_STOP_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,                      \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT | ONE_SAVED_RAM, false, false,                       \
      N_("It is being stopped, but its files could not go back to the datastore."))                \
    X(42, EPILOG_UNDEPLOY_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,                  \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT, false, false,                                       \
      N_("It is being undeployed, but its files could not go back to the datastore."))             \
    X(43, PROLOG_MIGRATE_POWEROFF, "migr", NULL, ONE_TRANSIENT, "4.14", NULL, true,                \
      STATE_STOPPED, ACTIVITY_MIGRATING, ONE_BUSY, false, false,                                   \
      N_("Its files move to another host while it is switched off."))                              \
    X(44, PROLOG_MIGRATE_POWEROFF_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,          \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT, false, false,                                       \
      N_("It is switched off, and its files could not be moved to another host."))                 \
    X(45, PROLOG_MIGRATE_SUSPEND, "migr", NULL, ONE_TRANSIENT, "4.14", NULL, true,                 \
      STATE_STOPPED, ACTIVITY_MIGRATING, ONE_BUSY | ONE_SAVED_RAM, false, false,                   \
      N_("Its files move to another host while it is suspended."))                                 \
    X(46, PROLOG_MIGRATE_SUSPEND_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,           \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT | ONE_SAVED_RAM, false, false,                       \
      N_("It is suspended, and its files could not be moved to another host."))                    \
    X(47, BOOT_UNDEPLOY_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,                    \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT, false, false,                                       \
      N_("It was undeployed and could not be started again."))                                     \
    X(48, BOOT_STOPPED_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,                     \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT | ONE_SAVED_RAM, false, false,                       \
      N_("It was stopped and could not be started from its saved memory."))                        \
    X(49, PROLOG_RESUME_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,                    \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT | ONE_SAVED_RAM, false, false,                       \
      N_("It was stopped, and its files could not be brought to the host again."))                 \
    X(50, PROLOG_UNDEPLOY_FAILURE, "fail", NULL, ONE_FAILURE, "4.14", NULL, true,                  \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT, false, false,                                       \
      N_("It was undeployed, and its files could not be brought to the host again."))              \
    X(51, DISK_SNAPSHOT_POWEROFF, "snap", NULL, ONE_TRANSIENT, "4.14", NULL, true,                 \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A snapshot of a disk is taken while it is switched off."))                               \
    X(52, DISK_SNAPSHOT_REVERT_POWEROFF, "snap", NULL, ONE_TRANSIENT, "4.14", NULL, true,          \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A disk goes back to a snapshot while it is switched off."))                              \
    X(53, DISK_SNAPSHOT_DELETE_POWEROFF, "snap", NULL, ONE_TRANSIENT, "4.14", NULL, true,          \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A snapshot of a disk is deleted while it is switched off."))                             \
    X(54, DISK_SNAPSHOT_SUSPENDED, "snap", NULL, ONE_TRANSIENT, "4.14", NULL, true,                \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY | ONE_SAVED_RAM, false, false,                        \
      N_("A snapshot of a disk is taken while it is suspended."))                                  \
    X(55, DISK_SNAPSHOT_REVERT_SUSPENDED, "snap", NULL, ONE_TRANSIENT, "4.14", "6.6.2", true,      \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY | ONE_SAVED_RAM, false, false,                        \
      N_("A disk goes back to a snapshot while it is suspended (versions until 6.6.2)."))          \
    X(56, DISK_SNAPSHOT_DELETE_SUSPENDED, "snap", NULL, ONE_TRANSIENT, "4.14", NULL, true,         \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY | ONE_SAVED_RAM, false, false,                        \
      N_("A snapshot of a disk is deleted while it is suspended."))                                \
    X(57, DISK_SNAPSHOT, "snap", NULL, ONE_TRANSIENT, "4.14", NULL, true,                          \
      STATE_RUNNING, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A snapshot of a disk is taken while it runs."))                                          \
    X(58, DISK_SNAPSHOT_REVERT, "snap", NULL, ONE_TRANSIENT, "4.14", "4.14", false,                \
      STATE_RUNNING, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A disk goes back to a snapshot while it runs (version 4.14 only)."))                     \
    X(59, DISK_SNAPSHOT_DELETE, "snap", NULL, ONE_TRANSIENT, "4.14", NULL, true,                   \
      STATE_RUNNING, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A snapshot of a disk is deleted while it runs."))                                        \
    X(60, PROLOG_MIGRATE_UNKNOWN, "migr", NULL, ONE_TRANSIENT, "5.0", NULL, true,                  \
      STATE_STOPPED, ACTIVITY_MIGRATING, ONE_BUSY, false, false,                                   \
      N_("It was unknown and moves to another host, where it will be started anew."))              \
    X(61, PROLOG_MIGRATE_UNKNOWN_FAILURE, "fail", NULL, ONE_FAILURE, "5.0", NULL, true,            \
      STATE_STOPPED, ACTIVITY_NONE, ONE_FAULT, false, false,                                       \
      N_("It was unknown, and its files could not be moved to another host."))                     \
    X(62, DISK_RESIZE, "dsrz", "drsz", ONE_TRANSIENT, "5.4", NULL, true,                           \
      STATE_RUNNING, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A disk grows while it runs."))                                                           \
    X(63, DISK_RESIZE_POWEROFF, "dsrz", "drsz", ONE_TRANSIENT, "5.4", NULL, true,                  \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A disk grows while it is switched off."))                                                \
    X(64, DISK_RESIZE_UNDEPLOYED, "dsrz", "drsz", ONE_TRANSIENT, "5.4", NULL, true,                \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A disk grows while it is undeployed."))                                                  \
    X(65, HOTPLUG_NIC_POWEROFF, "hotp", NULL, ONE_TRANSIENT, "5.12", NULL, true,                   \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("A network card is attached or detached while it is switched off."))                      \
    X(66, HOTPLUG_RESIZE, "hotp", NULL, ONE_TRANSIENT, "6.0", NULL, true,                          \
      STATE_RUNNING, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("It gets more or fewer processors, or memory, while it runs."))                           \
    X(67, HOTPLUG_SAVEAS_UNDEPLOYED, "hotp", NULL, ONE_TRANSIENT, "6.0", NULL, true,               \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY, false, false,                                        \
      N_("One of its disks is saved as a new image while it is undeployed."))                      \
    X(68, HOTPLUG_SAVEAS_STOPPED, "hotp", NULL, ONE_TRANSIENT, "6.0", NULL, true,                  \
      STATE_STOPPED, ACTIVITY_NONE, ONE_BUSY | ONE_SAVED_RAM, false, false,                        \
      N_("One of its disks is saved as a new image while it is stopped."))                         \
    X(69, BACKUP, "back", NULL, ONE_TRANSIENT, "6.6", NULL, true,                                  \
      STATE_RUNNING, ACTIVITY_BACKING_UP, ONE_BUSY, false, false,                                  \
      N_("It is backed up while it runs."))                                                        \
    X(70, BACKUP_POWEROFF, "back", NULL, ONE_TRANSIENT, "6.6", NULL, true,                         \
      STATE_STOPPED, ACTIVITY_BACKING_UP, ONE_BUSY, false, false,                                  \
      N_("It is backed up while it is switched off."))                                             \
    X(71, RESTORE, "rest", NULL, ONE_TRANSIENT, "6.10", NULL, false,                               \
      STATE_STOPPED, ACTIVITY_STREAMING, ONE_BUSY | ONE_NO_PERCENT, false, false,                  \
      N_("Its disks are filled again from a backup."))

#endif
