/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The share of a node must be the same in every version: the values stand here
 * as numbers, the first three as the authors of FNV publish them.
 */
#include "config.h"

#include "rows.h"

#include "core/shard.h"

#include <inttypes.h>

static const struct {
    const char *name;
    uint64_t hash;
    uint32_t of_2, of_5, of_1000;
} nodes[] = {
    {"", UINT64_C(0xcbf29ce484222325), 2, 3, 38},
    {"a", UINT64_C(0xaf63dc4c8601ec8c), 1, 2, 997},
    {"foobar", UINT64_C(0x85944171f73967e8), 1, 4, 969},
    {"vm-node-01", UINT64_C(0x0db8534d8496072d), 2, 2, 822},
    {"VM-Node-01", UINT64_C(0x0db8534d8496072d), 2, 2, 822},
    {"vm-node-02.example.org", UINT64_C(0x3ccc24b911cd06e0), 1, 3, 993},
    {"kn\xc3\xb6""dl", UINT64_C(0x4db552439bb0ea39), 2, 5, 50},
};

static void
test_node(void **state)
{
    const __typeof__(nodes[0]) *row = *state;

    assert_true(node_hash(row->name) == row->hash);
    assert_int_equal(node_shard(row->name, 1), 1);
    assert_int_equal(node_shard(row->name, 2), row->of_2);
    assert_int_equal(node_shard(row->name, 5), row->of_5);
    assert_int_equal(node_shard(row->name, 1000), row->of_1000);
}

/* Names as sites have them spread over the shares. */
static void
test_spread(void **state)
{
    unsigned counts[6] = {0};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        g_autofree char *name = g_strdup_printf("vm-node-%03d.example.org", i);
        uint32_t share = node_shard(name, 5);

        assert_in_range(share, 1, 5);
        counts[share]++;
    }
    for (int i = 1; i <= 5; i++)
        assert_in_range(counts[i], 140, 260);
}

int
main(void)
{
    ROWS_TABLE(test_node, nodes, "\"%s\"", row->name);
    rows_add(test_spread, NULL, "a thousand nodes over five shares");
    return rows_run("core shard");
}
