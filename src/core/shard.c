/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "core/shard.h"

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

uint64_t
node_hash(const char *name)
{
    uint64_t hash = FNV_BASIS;

    for (; *name != '\0'; name++) {
        unsigned char c = (unsigned char)*name;

        if (c >= 'A' && c <= 'Z')
            c = (unsigned char)(c + ('a' - 'A'));
        hash = (hash ^ c) * FNV_PRIME;
    }
    return hash;
}

uint32_t
node_shard(const char *name, uint32_t n)
{
    return (uint32_t)(node_hash(name) % n) + 1;
}
