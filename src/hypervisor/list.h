/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/list.h - lists of domains, also of nodes with more domains than
 * one answer of libvirt may hold (16,384 per call on a remote connection).
 *
 * When a list is refused it is asked in parts that differ by a flag (active
 * and inactive, persistent and transient, running and paused ...).  A domain
 * that moves from a part not yet read to one already read would be missed, so
 * the parts but the last are read once more at the end.
 */
#ifndef STATESYNC_HYPERVISOR_LIST_H
#define STATESYNC_HYPERVISOR_LIST_H

#include <glib.h>
#include <libvirt/libvirt.h>
#include <stdbool.h>

/*
 * Appends to *domains (an array made with list_new()) every domain that
 * virConnectListAllDomains(flags) would return, each once; flags may be 0.
 * *whole turns false when a part could not be listed because its domains
 * cannot be told apart any further; the rest is there.  False with *error when
 * the node gave no list.  Blocks.
 */
bool list_domains(virConnectPtr connection, unsigned flags, GPtrArray *domains, bool *whole,
                  GError **error);

/* An empty list of virDomainPtr that frees its members. */
GPtrArray *list_new(void);

#endif
