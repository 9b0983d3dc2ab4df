/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targeted reads, and how soon after an event they are answered. */
#include "config.h"

#include "harness.h"
#include "hypervisor_seen.h"

static void
expect_state(const struct observation *o, unsigned index, const char *words)
{
    g_autofree char *uuid = world_uuid(index);
    g_autofree char *found = state_of(o, uuid);

    assert_string_equal(found, words);
}

static struct uuid
nth(unsigned index)
{
    g_autofree char *text = world_uuid(index);

    return uuid_of(text);
}

/* R18: a targeted read says what the bulk read says, few domains or many. */
static void
test_R18_read_some(void **state)
{
    enum { N = 100 };
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(NULL);
    struct daemon d = daemon_start("some", "--no-tls", NULL);
    g_autofree char *uri = daemon_value(&d, "URI_UNIX");
    struct world w = world_start(uri, N);
    static const char *const commands[] = {"start", "start-paused", "start", "start"};
    static const size_t sizes[] = {0, 1, 6, N + 1};
    CLEANUP(observation_unref) struct observation *all = NULL;
    struct uuid uuids[N + 1];

    (void)state;
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autofree char *uuid = world_uuid(i + 1);

        world_do(&w, commands[i], uuid);
        if (i >= 2)
            world_do(&w, i == 2 ? "managedsave" : "crash", uuid);
    }
    set_node(h, "N1", uri);
    for (unsigned i = 0; i < N; i++)
        uuids[i + 1] = nth(i);
    uuids[0] = nth(N + 5); /* does not exist */
    all = answer_read(h, "N1");
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        CLEANUP(observation_unref) struct observation *o = answer_some(h, "N1", uuids, sizes[i]);

        assert_string_equal(result_of(o), "complete");
        assert_null(o->text);
        assert_int_equal(o->epoch, 1);
        assert_non_null(o->hypervisor);
        assert_int_equal(o->domains->len, sizes[i] > 0 ? sizes[i] - 1 : 0);
        for (guint j = 0; j < o->domains->len; j++) {
            const struct domain *found = &g_array_index(o->domains, struct domain, j);
            const struct domain *bulk = observation_find(all, &found->uuid);

            assert_int_equal(found->state, bulk->state);
            assert_int_equal(found->reason, bulk->reason);
            assert_int_equal(found->managed_save, bulk->managed_save);
            assert_null(found->name);
        }
        if (sizes[i] < 6)
            continue;
        expect_state(o, 1, "running (booted)");
        expect_state(o, 2, "paused (user)");
        expect_state(o, 3, "shutoff (saved) saved");
        expect_state(o, 4, "shutoff (crashed)");
        expect_state(o, N + 5, "absent");
    }
    uuids[0] = uuids[1]; /* twice: once in the answer */
    observation_unref(all);
    all = answer_some(h, "N1", uuids, 3);
    assert_int_equal(all->domains->len, 2);
    world_stop(&w);
    daemon_stop(&d);
}

/* A targeted read of a frozen node, of a lost one, of none. */
static void
test_read_some_in_trouble(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor_with(1500);
    struct daemon d = daemon_start("trouble", "--no-tls", NULL);
    g_autofree char *uri = daemon_value(&d, "URI_UNIX");
    const struct uuid uuid = nth(0);
    CLEANUP(observation_unref) struct observation *o = answer_some(h, "N1", &uuid, 1);

    (void)state;
    assert_string_equal(result_of(o), "unknown-node");
    set_node(h, "N1", uri);
    observation_unref(o);
    o = answer_some(h, "N1", &uuid, 1);
    assert_string_equal(result_of(o), "complete");
    daemon_do(&d, "freeze");
    observation_unref(o);
    o = answer_some(h, "N1", &uuid, 1);
    assert_string_equal(result_of(o), "timeout");
    assert_string_equal(o->text, "no answer within 1500 ms to the targeted read");
    assert_int_equal(hypervisor_counts(h)->fallbacks, 0);
    daemon_do(&d, "kill");
    do {
        observation_unref(o);
        o = answer_some(h, "N1", &uuid, 1);
    } while (o->error == ERROR_TIMEOUT); /* until the thread is back */
    assert_string_equal(result_of(o), "refused");
    daemon_do(&d, "restart");
    observation_unref(o);
    o = answer_some(h, "N1", &uuid, 1);
    assert_string_equal(result_of(o), "complete");
    assert_int_equal(o->epoch, 2);
    daemon_stop(&d);
}

/* From the event's arrival here to the answer of the read it caused. */
struct latency {
    struct hypervisor *h;
    gint64 told_us;     /* when the other client was told to act */
    gint64 received_us; /* the event */
    gint64 delivered_us;
    gint64 answered_us;
    unsigned state;
    bool waits;
};

static void
on_state(struct observation *o, void *data)
{
    struct latency *l = data;

    l->answered_us = g_get_monotonic_time();
    assert_int_equal(o->domains->len, 1);
    l->state = g_array_index(o->domains, struct domain, 0).state;
    observation_unref(o);
    l->waits = false;
}

static void
on_event_read(const struct hypervisor_event *event, void *data)
{
    struct latency *l = data;

    if (event->kind != HYPERVISOR_EVENT_DOMAIN)
        return;
    l->received_us = event->received_us;
    l->delivered_us = g_get_monotonic_time();
    hypervisor_read_some(l->h, event->node, &event->uuid, 1, on_state, l);
}

static int
compare(gconstpointer a, gconstpointer b)
{
    const gint64 x = *(const gint64 *)a;
    const gint64 y = *(const gint64 *)b;

    return (x > y) - (x < y);
}

static gint64
part_of(GArray *times, guint percent)
{
    g_array_sort(times, compare);
    return g_array_index(times, gint64, (times->len - 1) * percent / 100);
}

/* R5: an event says that something happened, the read after it says what; soon. */
static void
test_R5_latency(void **state)
{
    const bool is_long = harness_env_set("STATESYNC_LONG");
    const unsigned n_domains = is_long ? 10000 : 500;
    const unsigned n_events = is_long ? 2000 : 200;
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(NULL);
    struct daemon d = daemon_start("latency", "--no-tls", NULL);
    g_autofree char *uri = daemon_value(&d, "URI_UNIX");
    struct world w = world_start(uri, n_domains);
    g_autoptr(GArray) reads = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(gint64));
    struct latency l = {.h = h};
    guint i = 0;

    (void)state;
    set_node(h, "N1", uri);
    hypervisor_watch(h, "N1", true);
    seen_next(HYPERVISOR_EVENT_UP, &i);
    observation_unref(answer_read(h, "N1"));
    hypervisor_set_listener(h, on_event_read, &l);
    for (unsigned j = 0; j < n_events; j++) {
        g_autofree char *uuid = world_uuid(j / 2 * 7 % n_domains);
        const char *command = j % 2 == 0 ? "start" : "destroy";
        gint64 took;

        l.waits = true;
        l.told_us = g_get_monotonic_time();
        world_tell(&w, command, uuid);
        while (l.waits)
            g_main_context_iteration(NULL, TRUE);
        world_answer(&w);
        assert_int_equal(l.state, j % 2 == 0 ? DSTATE_RUNNING : DSTATE_SHUTOFF);
        took = l.answered_us - l.received_us;
        g_array_append_val(reads, took);
        took = l.received_us - l.told_us;
        g_array_append_val(events, took);
    }
    print_message("# %u domains, %u events: command to event %" G_GINT64_FORMAT
                  " us (p99 %" G_GINT64_FORMAT "), event to state %" G_GINT64_FORMAT
                  " us (p99 %" G_GINT64_FORMAT ")\n",
                  n_domains, n_events, part_of(events, 50), part_of(events, 99),
                  part_of(reads, 50), part_of(reads, 99));
    assert_true(part_of(reads, 50) < harness_patience(20) * 1000); /* no interval is in the way */
    world_stop(&w);
    daemon_stop(&d);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_R18_read_some),
    cmocka_unit_test(test_read_some_in_trouble),
    cmocka_unit_test(test_R5_latency),
};

int
main(void)
{
    g_autofree char *why = run_script("libvirtd.sh", "check", NULL);

    if (why == NULL)
        harness_skip_all("private libvirtds do not work here");
    return harness_run("hypervisor targeted reads", tests, G_N_ELEMENTS(tests), NULL, NULL);
}
