/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/bulk.h - the state of every domain of a node in a few calls.
 *
 * Normal case: one call for all states and one list of the domains that have
 * a managed-save image, whatever the number of domains.  A node with more
 * domains than one answer may hold (16,384) is listed and read in chunks.
 * None of these calls enters a guest's monitor.
 *
 * A domain that vanishes while we read is absent, which is no error; one that
 * alone cannot be read is unreadable; a node whose list or managed-save list
 * is not whole is RESULT_PARTIAL and says why.
 */
#ifndef STATESYNC_HYPERVISOR_BULK_H
#define STATESYNC_HYPERVISOR_BULK_H

#include "engine/observation.h"
#include "hypervisor/link.h"

/*
 * Reads every domain over l, which is open, into o, which is new: domains,
 * result and text.  False with *error (HYPERVISOR_ERROR) when the node gave no
 * answer; o is not usable then.  Blocks.
 */
bool bulk_read(struct link *l, struct observation *o, GError **error);

/*
 * The same with one list and one virDomainGetState() per domain, calls that
 * libvirtd serves with priority: the way out when the bulk call does not
 * return.  About ten times as slow.
 */
bool bulk_read_singly(struct link *l, struct observation *o, GError **error);

/*
 * Reads these domains over l, which is open, into o, which is new.  Domains
 * that do not exist are missing; one that is named twice is there once.  False
 * with *error as above.  Blocks.
 */
bool bulk_read_some(struct link *l, const struct uuid *uuids, size_t n, struct observation *o,
                    GError **error);

#endif
