/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/entry.h - directory entries as the engine sees them.
 *
 * The builder takes what an LDAP search returns (or a case file states), one
 * attribute value at a time, and makes one immutable struct per entry that
 * matters: a VM or template, a backup child, a node, a node's address or type.
 * It knows attribute names and syntaxes; it decides nothing.  Values are
 * bounded, may hold any bytes, and never make it fail: what cannot be read is
 * kept as "not valid" for the rules to report.
 *
 * Common strings (nodes, statuses, reasons) are interned and reference
 * counted; an entry costs about half a kilobyte.  Not thread safe: entries
 * live in the main thread.
 */
#ifndef STATESYNC_ENGINE_ENTRY_H
#define STATESYNC_ENGINE_ENTRY_H

#include "core/cleanup.h"
#include "core/words.h"
#include "engine/uuid.h"

#include <glib.h>

enum entry_type {
    ENTRY_OTHER,   /* nothing the engine uses */
    ENTRY_VM,      /* VM, template or profile */
    ENTRY_BACKUP,  /* a single backup below ou=backup,<vm> */
    ENTRY_NODE,    /* sstVirtualizationNode */
    ENTRY_ADDRESS, /* ou=int,ou=networks,<node>: the node's internal address */
    ENTRY_NODE_TYPE, /* sstTypeNode: state of a node */
    ENTRY_SERVICE, /* our own service entry: kept by directory/service, ignored here */
};

struct entry; /* engine/entry-internal.h holds the members; readers use world.h */

struct entry_builder;

/* A builder can make any number of entries, one after the other. */
struct entry_builder *entry_builder_new(void);
void entry_builder_free(struct entry_builder *b);
DEFINE_CLEANUP(struct entry_builder, entry_builder_free)

/* Starts an entry; what was begun before and not finished is forgotten.  dn is copied. */
void entry_builder_begin(struct entry_builder *b, const char *dn);

/*
 * Tells the builder that an attribute follows and returns a small id for it, or
 * -1 when the attribute (options included, case ignored) is of no interest; so
 * an adapter can skip its values.  name need not be NUL-terminated.
 */
int entry_builder_attribute(struct entry_builder *b, const char *name, size_t len);

/* Adds one value of attribute id (from entry_builder_attribute(); -1 is ignored).  The bytes are
 * copied, need not be NUL-terminated and may hold NULs. */
void entry_builder_value(struct entry_builder *b, int id, const char *value, size_t len);

/* Makes the entry; NULL when it is of no interest (ENTRY_OTHER).  The caller owns it. */
struct entry *entry_builder_finish(struct entry_builder *b);

void entry_free(struct entry *e); /* NULL is ignored */
DEFINE_CLEANUP(struct entry, entry_free)

enum entry_type entry_type(const struct entry *e);
const char *entry_dn(const struct entry *e);
const char *entry_csn(const struct entry *e); /* entryCSN, or NULL */

/* Records the CSN a post-read (RFC 4527) returned after our own modify. */
void entry_set_csn(struct entry *e, const char *csn);

/* NULL-terminated list of the attributes a search for VMs and backups must ask for, operational
 * ones (entryCSN, modifyTimestamp) included; and the same for node subtrees.  Static. */
const char *const *entry_vm_attributes(void);
const char *const *entry_node_attributes(void);

#endif
