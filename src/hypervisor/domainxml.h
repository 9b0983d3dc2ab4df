/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/domainxml.h - the three facts we need from a domain's live XML:
 * its disks, whether each still has a backing file, and the guest agent's
 * channel.
 *
 * The XML comes from a node and is not trusted: size, depth and number of
 * disks are bounded, a document type or entity is refused, nothing is loaded
 * from files or the network.  Streaming (one pass, no tree).
 */
#ifndef STATESYNC_HYPERVISOR_DOMAINXML_H
#define STATESYNC_HYPERVISOR_DOMAINXML_H

#include "core/cleanup.h"
#include "core/words.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#define DOMAINXML_MAX_SIZE  (4 * 1024 * 1024)
#define DOMAINXML_MAX_DEPTH 200
#define DOMAINXML_MAX_DISKS 1024
#define DOMAINXML_MAX_NAME  64 /* longer target names make the document invalid */

/* Does a disk have a backing file?  UNKNOWN: libvirt did not examine the chain. */
enum backing {
    BACKING_UNKNOWN,
    BACKING_NONE,
    BACKING_FILE,
};

struct disk_xml {
    char *name; /* target name such as "vda" */
    enum backing backing;
};

/* Hard disks only (device disk or lun, with a source): CD drives and floppies have no chain. */
struct domainxml {
    GArray *disks; /* of struct disk_xml, never NULL */
    enum agent agent; /* AGENT_NONE, AGENT_DISCONNECTED or AGENT_CONNECTED */
};

/*
 * Reads len bytes.  NULL with *error (HYPERVISOR_ERROR, class rpc) for anything
 * that is not a complete <domain> document within the bounds.
 */
struct domainxml *domainxml_parse(const char *text, size_t len, GError **error);
void domainxml_free(struct domainxml *x); /* NULL is ignored */
DEFINE_CLEANUP(struct domainxml, domainxml_free)

#endif
