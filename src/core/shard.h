/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/shard.h - which share of the nodes a node belongs to.
 *
 * Bodies that share the work must agree without talking to each other, also
 * across versions and machines: the hash is FNV-1a with 64 bits over the name
 * in ASCII lower case, and a node belongs to share 1 + hash mod n.  It must
 * never change.
 */
#ifndef STATESYNC_CORE_SHARD_H
#define STATESYNC_CORE_SHARD_H

#include <stdint.h>

/* FNV-1a 64 of the name, A to Z as a to z; other bytes as they are. */
uint64_t node_hash(const char *name);

/* The share of n, 1 to n; n must be at least 1. */
uint32_t node_shard(const char *name, uint32_t n);

#endif
