/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closer looks put into the bulk answer. */
#include "config.h"

#include "harness.h"

#include "hypervisor/merge.h"

static struct uuid
number(unsigned i)
{
    struct uuid uuid = {{0}};

    memcpy(uuid.bytes, &i, sizeof(i));
    return uuid;
}

static struct domain *
add(struct observation *o, unsigned i, enum dstate state)
{
    const struct uuid uuid = number(i);
    struct domain *d = observation_add(o, &uuid, NULL);

    d->state = (uint8_t)state;
    return d;
}

static struct domain *
find(struct observation *o, unsigned i)
{
    const struct uuid uuid = number(i);

    return observation_find(o, &uuid);
}

static void
test_merge(void **state)
{
    CLEANUP(observation_unref) struct observation *bulk = observation_new("n", RESULT_COMPLETE);
    CLEANUP(observation_unref) struct observation *look = observation_new("n", RESULT_PARTIAL);
    struct domain *d;

    (void)state;
    add(bulk, 1, DSTATE_RUNNING)->reason = DREASON_BOOTED;
    add(bulk, 2, DSTATE_RUNNING);
    add(bulk, 3, DSTATE_PAUSED);

    d = add(look, 1, DSTATE_PAUSED);
    d->reason = DREASON_USER;
    look_add_disk(domain_look(d), "vda", true);
    d->look->disks_known = true;
    add(look, 2, DSTATE_NOSTATE)->unreadable = true;
    add(look, 4, DSTATE_RUNNING);
    add(look, 5, DSTATE_NOSTATE)->unreadable = true;
    observation_merge(bulk, look);

    assert_int_equal(bulk->domains->len, 4);
    assert_int_equal(look->domains->len, 0);
    assert_int_equal(find(bulk, 1)->state, DSTATE_PAUSED);
    assert_int_equal(find(bulk, 1)->reason, DREASON_USER);
    assert_true(g_array_index(find(bulk, 1)->look->disks, struct disk, 0).backing);
    assert_int_equal(find(bulk, 2)->state, DSTATE_RUNNING);
    assert_false(find(bulk, 2)->unreadable);
    assert_int_equal(find(bulk, 3)->state, DSTATE_PAUSED);
    assert_int_equal(find(bulk, 4)->state, DSTATE_RUNNING);
    assert_null(find(bulk, 5));
}

/* A probe's answer and a look's answer both stay. */
static void
test_parts(void **state)
{
    CLEANUP(observation_unref) struct observation *bulk = observation_new("n", RESULT_COMPLETE);
    CLEANUP(observation_unref) struct observation *probe = observation_new("n", RESULT_COMPLETE);
    CLEANUP(observation_unref) struct observation *look = observation_new("n", RESULT_COMPLETE);
    struct look *l;

    (void)state;
    add(bulk, 1, DSTATE_RUNNING);
    l = domain_look(add(probe, 1, DSTATE_RUNNING));
    l->control_known = true;
    l->control = CONTROL_OCCUPIED;
    l->occupied_ms = 4000;
    l = domain_look(add(look, 1, DSTATE_RUNNING));
    l->job_known = true;
    l->job = JOB_BACKUP;
    l->blocks_known = true;
    look_add_block_job(l, "vda", BLOCK_JOB_PULL, 1, 2);
    l->io_error_disks = g_strdup("vda");
    observation_merge(bulk, probe);
    observation_merge(bulk, look);
    l = find(bulk, 1)->look;
    assert_true(l->control_known && l->job_known && l->blocks_known);
    assert_int_equal(l->control, CONTROL_OCCUPIED);
    assert_int_equal(l->occupied_ms, 4000);
    assert_int_equal(l->job, JOB_BACKUP);
    assert_int_equal(l->block_jobs->len, 1);
    assert_string_equal(l->io_error_disks, "vda");
}

static void
test_many(void **state)
{
    CLEANUP(observation_unref) struct observation *bulk = observation_new("n", RESULT_COMPLETE);
    CLEANUP(observation_unref) struct observation *look = observation_new("n", RESULT_COMPLETE);

    (void)state;
    for (unsigned i = 0; i < 5000; i++)
        add(bulk, i, DSTATE_RUNNING);
    for (unsigned i = 2500; i < 7500; i++)
        add(look, i, DSTATE_PAUSED);
    observation_merge(bulk, look);
    assert_int_equal(bulk->domains->len, 7500);
    for (unsigned i = 0; i < 7500; i += 100)
        assert_int_equal(find(bulk, i)->state, i < 2500 ? DSTATE_RUNNING : DSTATE_PAUSED);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_merge),
    cmocka_unit_test(test_parts),
    cmocka_unit_test(test_many),
};

HARNESS_MAIN("hypervisor merge", tests)
