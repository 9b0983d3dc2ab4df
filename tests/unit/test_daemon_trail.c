/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon's board shows of the past: the statuses that were written,
 * each machine's own, the newest first, and never more than there is room for.
 */
#include "config.h"

#include "daemon/trail.h"
#include "engine/attributes.h"
#include "harness.h"

#include <glib.h>
#include <string.h>

static struct uuid
uuid_of(unsigned n)
{
    g_autofree char *text = g_strdup_printf("11111111-0000-4000-8000-%012u", n);
    struct uuid uuid;

    assert_true(uuid_parse(text, strlen(text), &uuid));
    return uuid;
}

static void
note(struct trail *t, unsigned n, const char *was, const char *status, const char *why, gint64 now)
{
    CLEANUP(change_free) struct change *c = change_new("ou=x", NULL);
    struct uuid uuid = uuid_of(n);

    c->was = g_strdup(was);
    change_replace(c, "sstVirtualMachineStatusDetail", "something");
    if (status != NULL)
        change_replace(c, attribute_name(ATTR_TEXT), status);
    if (why != NULL)
        change_replace(c, attribute_name(ATTR_REASON), why);
    trail_note(t, &uuid, c, now);
}

/* Machines 1 to 3, and one that is malformed. */
static struct board *
board_of(const struct trail *t)
{
    static const char *const uuids[] = {"11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002",
                                        "11111111-0000-4000-8000-000000000003", NULL};
    struct board *b = board_new("ou=x", 5000);

    for (size_t i = 0; i < G_N_ELEMENTS(uuids); i++) {
        const struct board_vm vm = {.uuid = uuids[i], .dn = "ou=x", .state = STATE_RUNNING};
        g_array_append_val(b->vms, vm);
    }
    trail_show(t, b, 0);
    return b;
}

static const struct board_change *
change_at(const struct board *b, unsigned vm, unsigned i)
{
    const GArray *changes = g_array_index(b->vms, struct board_vm, vm - 1).changes;

    return changes != NULL && i < changes->len ? &g_array_index(changes, struct board_change, i) : NULL;
}

static void
test_nothing(void **state)
{
    CLEANUP(trail_free) struct trail *t = trail_new(1000);
    CLEANUP(board_unref) struct board *none = board_of(NULL);
    CLEANUP(board_unref) struct board *empty = board_of(t);

    (void)state;
    note(NULL, 1, NULL, "Running", NULL, 1000);
    assert_int_equal(none->changes_since, -1);
    assert_int_equal(empty->changes_since, -1);
}

static void
test_steps(void **state)
{
    CLEANUP(trail_free) struct trail *t = trail_new(1000);
    g_autofree char *endless = g_strnfill(100000, 'x');

    (void)state;
    note(t, 1, NULL, "Running", "running: it runs", 1001);
    note(t, 2, "Running", "Stopped", NULL, 1002);
    note(t, 1, "Running", NULL, "running: it still runs", 1003);
    note(t, 1, "Running, streaming [5.1 %]", "Running, streaming [6.1 %]", NULL, 1004);
    note(t, 1, "Running", "Running, streaming [0.1 %]", endless, 1005);
    note(t, 9, "Running", "Stopped", "of nobody who is there", 1006);
    note(t, 1, "Running", "nonsense", NULL, 1007);
    CLEANUP(board_unref) struct board *b = board_of(t);
    assert_int_equal(b->changes_since, 1000);
    assert_true(b->own_changes);
    assert_string_equal(change_at(b, 1, 0)->new, "Running, streaming");
    assert_string_equal(change_at(b, 1, 0)->old, "Running");
    assert_int_equal(change_at(b, 1, 0)->time, 1005);
    assert_true(strlen(change_at(b, 1, 0)->why) <= TRAIL_REASON_MAX + 3);
    assert_string_equal(change_at(b, 1, 1)->new, "Running");
    assert_null(change_at(b, 1, 1)->old);
    assert_true(change_at(b, 1, 1)->known);
    assert_string_equal(change_at(b, 1, 1)->why, "running: it runs");
    assert_null(change_at(b, 1, 2));
    assert_string_equal(change_at(b, 2, 0)->new, "Stopped");
    assert_null(change_at(b, 3, 0));
    assert_null(change_at(b, 4, 0));
}

/* The oldest are forgotten, and from when on nothing is missing is known. */
static void
test_ring(void **state)
{
    CLEANUP(trail_free) struct trail *t = trail_new(1);

    (void)state;
    note(t, 3, "Running", "Stopped", "the first", 2);
    for (int i = 0; i < TRAIL_MAX - 1; i++)
        note(t, 1, i % 2 ? "Running" : "Stopped", i % 2 ? "Stopped" : "Running", "again", 1000 + i);
    CLEANUP(board_unref) struct board *full = board_of(t);
    assert_string_equal(change_at(full, 3, 0)->why, "the first");
    assert_int_equal(full->changes_since, 1);
    note(t, 2, "Running", "Stopped", "one more", 100000);
    CLEANUP(board_unref) struct board *b = board_of(t);
    assert_null(change_at(b, 3, 0));
    assert_int_equal(b->changes_since, 2);
    assert_int_equal(change_at(b, 1, 0)->time, 1000 + TRAIL_MAX - 2);
    assert_non_null(change_at(b, 1, BOARD_CHANGES_MAX - 1));
    assert_null(change_at(b, 1, BOARD_CHANGES_MAX));
    assert_true(g_array_index(b->vms, struct board_vm, 0).more_changes);
    assert_string_equal(change_at(b, 2, 0)->why, "one more");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_nothing),
    cmocka_unit_test(test_steps),
    cmocka_unit_test(test_ring),
};

HARNESS_MAIN("daemon trail", tests)
