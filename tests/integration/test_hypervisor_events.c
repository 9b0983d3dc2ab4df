/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of watched nodes. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "config.h"

#include "harness.h"
#include "hypervisor_seen.h"

#include <dlfcn.h>
#include <libvirt/libvirt.h>
#include <malloc.h>

/* What another client does to a domain is told, each time once, in order. */
static void
test_events(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(NULL);
    struct daemon d = daemon_start("events", "--no-tls", NULL);
    g_autofree char *uri = daemon_value(&d, "URI_UNIX");
    g_autofree char *uuid = world_uuid(7);
    struct world w = world_start(uri, 3);
    struct hypervisor_node_state ns;
    static const struct {
        const char *command;
        const char *what;
    } steps[] = {
        {"define", "lifecycle defined"},   {"start", "lifecycle started"},
        {"pause", "lifecycle suspended"},  {"resume", "lifecycle resumed"},
        {"destroy", "lifecycle stopped"},  {"undefine", "lifecycle undefined"},
    };

    (void)state;
    set_node(h, "N1", uri);
    hypervisor_watch(h, "n1", true);
    assert_int_equal(seen_count(), 0); /* not from within */
    assert_int_equal(seen_at(0)->kind, HYPERVISOR_EVENT_UP);
    assert_int_equal(seen_at(0)->epoch, 1);
    assert_null(seen_at(0)->missing);
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        world_do(&w, steps[i].command, uuid);
        seen_expect(i + 1, uuid, steps[i].what);
    }
    assert_true(hypervisor_node_state(h, "N1", &ns));
    assert_true(ns.up);
    assert_int_equal(ns.epoch, 1);
    assert_int_equal(ns.n_events, G_N_ELEMENTS(steps));
    assert_int_equal(ns.n_attempts, 1);
    assert_false(ns.look_blocked);
    assert_true(ns.since_us > 0 && ns.last_event_us > ns.since_us);
    assert_int_equal(hypervisor_counts(h)->events, G_N_ELEMENTS(steps));
    assert_int_equal(hypervisor_counts(h)->connects, 1);
    assert_false(hypervisor_node_state(h, "n2", &ns));

    hypervisor_watch(h, "N1", false);
    assert_true(hypervisor_node_state(h, "N1", &ns));
    assert_false(ns.up);
    world_do(&w, "define", uuid);
    observation_unref(answer_read(h, "N1"));
    assert_false(seen_until(seen_count() + 1, 100));
    hypervisor_watch(h, "N1", true); /* over the connection that is there */
    assert_int_equal(seen_at(seen_count())->kind, HYPERVISOR_EVENT_UP);
    assert_int_equal(seen_at(seen_count() - 1)->epoch, 1);
    world_do(&w, "start", uuid);
    seen_expect(seen_count(), uuid, "lifecycle started");
    world_stop(&w);
    daemon_stop(&d);
}

/* More than the queue holds: one OVERFLOW, then events as before.  The test driver's world is
 * shared within a process, and libvirt hands over all its events at once. */
static void
test_overflow(void **state)
{
    enum { BOUND = 16, MANY = 100 };
    const struct hypervisor_options options = {.max_events = BOUND};
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(&options);
    virConnectPtr connection = virConnectOpen("test:///default");
    virDomainPtr domain = virDomainLookupByName(connection, "test");
    guint i = 0;

    (void)state;
    set_node(h, "N1", "test:///default");
    hypervisor_watch(h, "N1", true);
    seen_next(HYPERVISOR_EVENT_UP, &i);
    for (int round = 1; round <= 2; round++) {
        for (int j = 0; j < MANY; j++)
            assert_int_equal(j % 2 == 0 ? virDomainSuspend(domain) : virDomainResume(domain), 0);
        seen_next(HYPERVISOR_EVENT_OVERFLOW, &i);
        assert_int_equal(seen_n_domains(), round * BOUND);
        assert_int_equal(hypervisor_counts(h)->overflows, round);
        assert_false(seen_until(i + 1, 50));
    }
    assert_int_equal(virDomainSuspend(domain), 0);
    assert_string_equal(seen_at(i)->what, "lifecycle suspended");
    assert_int_equal(virDomainResume(domain), 0);
    virDomainFree(domain);
    virConnectClose(connection);
}

/* The test driver in our own process: no connection that could be lost, no keepalive. */
static void
test_in_process(void **state)
{
    const struct hypervisor_options options = {.keepalive_s = 1};
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(&options);

    (void)state;
    set_node(h, "N1", "test:///default");
    hypervisor_watch(h, "N1", true);
    assert_int_equal(seen_at(0)->kind, HYPERVISOR_EVENT_UP);
    assert_false(seen_until(2, 100));
}

static unsigned refuse; /* events with these numbers (bits) */

/* Ours comes before libvirt's: a driver that does not have every event. */
int
virConnectDomainEventRegisterAny(virConnectPtr connection, virDomainPtr domain, int number,
                                 virConnectDomainEventGenericCallback callback, void *data,
                                 virFreeCallback free_data)
{
    int (*theirs)(virConnectPtr c, virDomainPtr d, int n, virConnectDomainEventGenericCallback f,
                  void *p, virFreeCallback g);

    *(void **)&theirs = dlsym(RTLD_NEXT, "virConnectDomainEventRegisterAny");
    if (number >= 0 && number < 32 && (refuse & (1u << number)) != 0)
        number = 99999;
    return theirs(connection, domain, number, callback, data, free_data);
}

/* An event the driver lacks is named; without lifecycle events there is no connection. */
static void
test_missing(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(NULL);
    struct daemon d = daemon_start("missing", "--no-tls", NULL);
    g_autofree char *uri = daemon_value(&d, "URI_UNIX");
    const struct seen *down;
    guint i = 0;

    (void)state;
    set_node(h, "N1", uri);
    refuse = 1u << VIR_DOMAIN_EVENT_ID_WATCHDOG | 1u << VIR_DOMAIN_EVENT_ID_JOB_COMPLETED;
    hypervisor_watch(h, "N1", true);
    assert_string_equal(seen_next(HYPERVISOR_EVENT_UP, &i)->missing, "watchdog, job completed");
    assert_int_equal(hypervisor_counts(h)->refused, 2);
    hypervisor_remove_node(h, "N1");
    set_node(h, "N1", uri);
    refuse = 1u << VIR_DOMAIN_EVENT_ID_LIFECYCLE;
    hypervisor_watch(h, "N1", true);
    down = seen_next(HYPERVISOR_EVENT_DOWN, &i);
    assert_true(g_str_has_prefix(down->text, "events are refused: lifecycle: "));
    assert_int_equal(down->error, ERROR_RPC);
    refuse = 0;
    hypervisor_retry(h, "N1");
    assert_null(seen_next(HYPERVISOR_EVENT_UP, &i)->missing);
    daemon_stop(&d);
}

/* 2 * 10^4 events (long: 2 * 10^5), a part of them over connections that end in the middle: memory
 * does not grow with them.  CHUNK is the least that malloc hands out: an event that leaves anything
 * behind shows as twice the limit; what threads keep for themselves, some 100 KiB, is within it. */
static void
test_many_events(void **state)
{
    enum { DOMAINS = 500, WARM = 20, CUT = 20, CHUNK = 32 };
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(NULL);
    struct daemon d = daemon_start("hundred", "--no-tls", NULL);
    g_autofree char *uri = daemon_value(&d, "URI_UNIX");
    struct world w = world_start(uri, DOMAINS);
    const unsigned rounds = harness_env_set("STATESYNC_LONG") ? 400 : 40;
    size_t before = 0;
    size_t after;
    guint i = 0;

    (void)state;
    set_node(h, "N1", uri);
    hypervisor_watch(h, "N1", true);
    seen_next(HYPERVISOR_EVENT_UP, &i);
    for (unsigned round = 1; round <= rounds; round++) {
        seen_keep(false);
        seen_forget();
        world_tell(&w, "every 1", round % 2 == 1 ? "start" : "destroy");
        while (seen_n_domains() < DOMAINS)
            g_main_context_iteration(NULL, TRUE);
        world_answer(&w);
        seen_keep(true);
        assert_int_equal(seen_n_domains(), DOMAINS);
        if (round % CUT == 0) { /* connections come and go */
            seen_forget();
            i = 0;
            hypervisor_watch(h, "N1", false);
            hypervisor_watch(h, "N1", true);
            seen_next(HYPERVISOR_EVENT_UP, &i);
        }
        if (round == WARM)
            before = mallinfo2().uordblks;
    }
    after = mallinfo2().uordblks;
    print_message("# %u events: %zu bytes in use, then %zu\n", hypervisor_counts(h)->events, before,
                  after);
    assert_true(after < before + (size_t)(rounds - WARM) * DOMAINS * CHUNK / 2);
    assert_int_equal(hypervisor_counts(h)->events, rounds * DOMAINS);
    assert_int_equal(hypervisor_counts(h)->overflows, 0);
    world_stop(&w);
    daemon_stop(&d);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_events),
    cmocka_unit_test(test_overflow),
    cmocka_unit_test(test_in_process),
    cmocka_unit_test(test_missing),
    cmocka_unit_test(test_many_events),
};

int
main(void)
{
    g_autofree char *why = run_script("libvirtd.sh", "check", NULL);

    if (why == NULL)
        harness_skip_all("private libvirtds do not work here");
    return harness_run("hypervisor events", tests, G_N_ELEMENTS(tests), NULL, NULL);
}
