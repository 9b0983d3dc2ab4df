/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/attributes.h - every attribute the engine reads or writes, in one list.
 */
#ifndef STATESYNC_ENGINE_ATTRIBUTES_H
#define STATESYNC_ENGINE_ATTRIBUTES_H

/* X(ID, "name", who reads it: 'v' VM, 'b' backup, 'n' node, 'a' all, 'o' our own on a VM,
 *   'p' our own on a node) */
#define ATTRIBUTE_LIST(X)                                                                          \
    X(ATTR_OBJECT_CLASS, "objectClass", 'a')                                                       \
    X(ATTR_ENTRY_CSN, "entryCSN", 'a')                                                             \
    X(ATTR_MODIFY_TIMESTAMP, "modifyTimestamp", 'b')                                               \
    X(ATTR_VIRTUAL_MACHINE, "sstVirtualMachine", 'v')                                              \
    X(ATTR_TYPE, "sstVirtualMachineType", 'v')                                                     \
    X(ATTR_SUBTYPE, "sstVirtualMachineSubType", 'v')                                               \
    X(ATTR_DISPLAY_NAME, "sstDisplayName", 'v')                                                    \
    X(ATTR_NODE, "sstNode", 'v')                                                                   \
    X(ATTR_MIGRATION_NODE, "sstMigrationNode", 'v')                                                \
    X(ATTR_STATUS, "sstStatus", 'v')                                                               \
    X(ATTR_MODE, "sstVirtualMachineMode", 'v')                                                     \
    X(ATTR_THIN, "sstThinProvisioningVirtualMachine", 'v')                                         \
    X(ATTR_OU, "ou", 'b')                                                                          \
    X(ATTR_BACKUP_MODE, "sstProvisioningMode", 'b')                                                \
    X(ATTR_BACKUP_RETURN, "sstProvisioningReturnValue", 'b')                                       \
    X(ATTR_BACKUP_DATE, "sstProvisioningExecutionDate", 'b')                                       \
    X(ATTR_NODE_STATE, "sstNodeState", 'n')                                                        \
    X(ATTR_IP_ADDRESS, "sstNetworkIPAddress", 'n')                                                 \
    X(ATTR_TEXT, "sstVirtualMachineStatus", 'o')                                                   \
    X(ATTR_STATE, "sstVirtualMachineStatusState", 'o')                                             \
    X(ATTR_ACTIVITY, "sstVirtualMachineStatusActivity", 'o')                                       \
    X(ATTR_PROGRESS, "sstVirtualMachineStatusProgress", 'o')                                       \
    X(ATTR_ACTIVE, "sstVirtualMachineStatusActive", 'o')                                           \
    X(ATTR_SINCE, "sstVirtualMachineStatusSince", 'o')                                             \
    X(ATTR_REASON, "sstVirtualMachineStatusReason", 'o')                                           \
    X(ATTR_DETAIL, "sstVirtualMachineStatusDetail", 'o')                                           \
    X(ATTR_SEEN_NODE, "sstVirtualMachineStatusNode", 'o')                                          \
    X(ATTR_STALE_SINCE, "sstVirtualMachineStatusStaleSince", 'o')                                  \
    X(ATTR_STALE_REASON, "sstVirtualMachineStatusStaleReason", 'o')                                \
    X(ATTR_ALARM, "sstVirtualMachineStatusAlarm", 'o')                                             \
    X(ATTR_ACTION, "sstVirtualMachineAllowedAction", 'o')                                          \
    X(ATTR_ONE_STATE, "sstVirtualMachineOneState", 'o')                                            \
    X(ATTR_ONE_LCM, "sstVirtualMachineOneLcmState", 'o')                                           \
    X(ATTR_ONE_NAME, "sstVirtualMachineOneName", 'o')                                              \
    X(ATTR_REQUEST, "sstVirtualMachineRequestedAction", 'o')                                       \
    X(ATTR_REQUEST_SINCE, "sstVirtualMachineRequestedSince", 'o')                                  \
    X(ATTR_NODE_REACHABLE, "sstNodeStatusReachable", 'p')                                          \
    X(ATTR_NODE_SINCE, "sstNodeStatusSince", 'p')                                                  \
    X(ATTR_NODE_REASON, "sstNodeStatusReason", 'p')                                                \
    X(ATTR_NODE_HYPERVISOR, "sstNodeStatusHypervisor", 'p')                                        \
    X(ATTR_NODE_DOMAINS, "sstNodeStatusDomains", 'p')                                              \
    X(ATTR_NODE_FOREIGN, "sstNodeStatusForeign", 'p')                                              \
    X(ATTR_NODE_ALARM, "sstNodeStatusAlarm", 'p')

#define ATTRIBUTE_ENUM(id, name, who) id,
enum attribute { ATTRIBUTE_LIST(ATTRIBUTE_ENUM) ATTR_COUNT };
#undef ATTRIBUTE_ENUM

/* The name as we write it; static. */
const char *attribute_name(enum attribute a);

/* The attribute called name[0..len) (case ignored, options make it another one), or -1. */
int attribute_find(const char *name, unsigned long len);

/*
 * A description with a language and no other option (RFC 3866), "name;lang-de", of an attribute that
 * is published in languages: which one it is, and where the tag begins, "de".  -1: it is none.
 */
int attribute_find_language(const char *description, unsigned long len, const char **tag);
#define LANGUAGE_TAG_MAX 35 /* longer ones are nobody's (RFC 5646) */

/* "sstVirtualMachineStatus;lang-de"; interned. */
const char *attribute_in_language(enum attribute a, const char *tag);

/* One of our own: the only ones the engine may write without being asked to repair something. */
int attribute_is_own(enum attribute a);

/* Our auxiliary classes and the stoney classes we look for. */
#define CLASS_VM_STATUS "sstVirtualMachineStatusObject"
#define CLASS_NODE_STATUS "sstVirtualizationNodeStatusObject"
#define CLASS_SERVICE "sstStateSyncService"
#define CLASS_VM "sstVirtualizationVirtualMachine"
#define CLASS_BACKUP "sstProvisioning"
#define CLASS_NODE "sstVirtualizationNode"
#define CLASS_NODE_TYPE "sstTypeNode"
#define CLASS_NETWORK_NODE "sstNetworkNode"

#endif
