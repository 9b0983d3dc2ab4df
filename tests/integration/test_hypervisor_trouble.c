/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes in trouble: frozen, killed, restarted, and a program that ends meanwhile. */
#include "config.h"

#include "harness.h"
#include "hypervisor_ask.h"

#include <stdlib.h>

/* One node frozen and one refused among twenty: the others do not notice. */
static void
test_frozen_among_twenty(void **state)
{
    enum { NODES = 20, FROZEN = 7, REFUSED = 13, DEADLINE = 4000 };
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor_with(DEADLINE);
    struct daemon d = daemon_start("frozen", "--no-tls", NULL);
    g_autofree char *good = daemon_value(&shared, "URI_TCP");
    g_autofree char *bad = daemon_value(&d, "URI_TCP");
    struct answer answers[NODES] = {0};
    gint64 begin;

    (void)state;
    daemon_do(&d, "freeze");
    begin = g_get_monotonic_time();
    for (int i = 0; i < NODES; i++) {
        g_autofree char *name = g_strdup_printf("node-%d", i);

        set_node(h, name,
                 i == FROZEN    ? bad
                 : i == REFUSED ? "test+unix:///default?socket=/no/such/socket"
                                : good);
        ask_read(h, name, &answers[i]);
    }
    hypervisor_wait(h);
    assert_in_range(g_get_monotonic_time() - begin, DEADLINE * 1000, 2 * DEADLINE * 1000);
    for (int i = 0; i < NODES; i++) {
        assert_int_equal(answers[i].n_answers, 1);
        assert_string_equal(result_of(answers[i].o), i == FROZEN    ? "timeout"
                                                     : i == REFUSED ? "refused"
                                                                    : "complete");
        if (i != FROZEN)
            assert_in_range(answers[i].took_us, 0, answers[FROZEN].took_us - 1);
    }
    assert_string_equal(answers[FROZEN].o->text, "no answer within 4000 ms while connecting");
    for (int i = 0; i < NODES; i++)
        answer_clear(&answers[i]);
    daemon_stop(&d);
}

/* One more call came back late than these. */
struct late {
    struct hypervisor *h;
    unsigned before;
};

static bool
one_more_late(void *data)
{
    const struct late *l = data;

    g_main_context_iteration(NULL, FALSE);
    return hypervisor_counts(l->h)->late > l->before;
}

/* A thread that is stuck gets no second one; when it comes back it works on. */
static void
test_freeze_and_thaw(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor_with(400);
    struct daemon d = daemon_start("thaw", "--no-tls", NULL);
    g_autofree char *node_uri = daemon_value(&d, "URI_UNIX");
    CLEANUP(observation_unref) struct observation *first = NULL;
    CLEANUP(observation_unref) struct observation *last = NULL;
    struct hypervisor_counts before;
    struct late late = {h, 0};

    (void)state;
    set_node(h, "n", node_uri);
    first = answer_complete(h, "n");
    before = *hypervisor_counts(h);
    daemon_do(&d, "freeze");
    for (int i = 0; i < 3; i++) {
        CLEANUP(observation_unref) struct observation *o = answer_read(h, "n");

        assert_string_equal(result_of(o), "timeout");
        assert_non_null(strstr(o->text, i == 0 ? "no answer within 400 ms to the bulk read"
                                               : "an earlier call has not returned"));
    }
    assert_int_equal(hypervisor_counts(h)->timeouts, before.timeouts + 3);
    assert_int_equal(hypervisor_counts(h)->late, before.late);
    assert_int_equal(hypervisor_counts(h)->fallbacks, before.fallbacks + 1);
    daemon_do(&d, "thaw");
    last = answer_complete(h, "n");
    assert_int_equal(last->epoch, first->epoch); /* no connection was lost */
    late.before = before.late;
    assert_true(harness_wait_until(one_more_late, &late, 10000));
    daemon_stop(&d);
}

/* With keepalive a frozen daemon gives the thread back; the next read connects anew. */
static void
test_keepalive(void **state)
{
    const struct hypervisor_options options = {.deadline_ms = 500, .keepalive_s = 1};
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor_new(&options);
    struct daemon d = daemon_start("keepalive", "--no-tls", NULL);
    g_autofree char *node_uri = daemon_value(&d, "URI_UNIX");
    CLEANUP(observation_unref) struct observation *o = NULL;
    struct late late = {h, 0};
    unsigned epoch;

    (void)state;
    set_node(h, "n", node_uri);
    o = answer_complete(h, "n");
    epoch = o->epoch;
    late.before = hypervisor_counts(h)->late;
    daemon_do(&d, "freeze");
    observation_unref(o);
    o = answer_read(h, "n");
    assert_string_equal(result_of(o), "timeout");
    assert_true(harness_wait_until(one_more_late, &late, 20000));
    daemon_do(&d, "thaw");
    observation_unref(o);
    o = answer_complete(h, "n");
    assert_true(o->epoch > epoch);
    daemon_stop(&d);
}

/* kill -9 while the question is under way, on a new connection and on a kept one. */
static void
test_killed_in_the_middle(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor_with(20000);
    struct daemon d = daemon_start("killed", "--no-tls", NULL);
    g_autofree char *tcp = daemon_value(&d, "URI_TCP");
    g_autofree char *socket_uri = daemon_value(&d, "URI_UNIX");
    struct answer new_one = {0};
    struct answer kept = {0};

    (void)state;
    set_node(h, "new", tcp);
    set_node(h, "kept", socket_uri);
    ask_read(h, "kept", &kept);
    hypervisor_wait(h);
    assert_string_equal(result_of(kept.o), "complete");
    answer_clear(&kept);
    daemon_do(&d, "freeze");
    ask_read(h, "new", &new_one);
    ask_read(h, "kept", &kept);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    daemon_do(&d, "kill");
    hypervisor_wait(h);
    /* It may not have got so far as to connect. */
    assert_true(new_one.o->error == ERROR_REFUSED || new_one.o->error == ERROR_CLOSED);
    /* Tried anew once: nobody was there, or somebody who was just dying. */
    assert_true(kept.o->error == ERROR_REFUSED || kept.o->error == ERROR_CLOSED);
    answer_clear(&new_one);
    answer_clear(&kept);
    ask_read(h, "kept", &kept);
    hypervisor_wait(h);
    assert_string_equal(result_of(kept.o), "refused");
    answer_clear(&kept);
    daemon_do(&d, "restart");
    ask_read(h, "kept", &kept);
    hypervisor_wait(h);
    assert_string_equal(result_of(kept.o), "complete");
    assert_int_equal(kept.o->epoch, 2);
    answer_clear(&kept);
    daemon_stop(&d);
}

/* A daemon that was restarted between two reads costs nothing but a higher epoch; nor does the
 * write to a closed socket end the program. */
static void
test_restarted_between(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor_with(20000);
    struct daemon d = daemon_start("restarted", "--no-tls", NULL);
    g_autofree char *node_uri = daemon_value(&d, "URI_UNIX");

    (void)state;
    set_node(h, "n", node_uri);
    for (unsigned i = 1; i <= 3; i++) {
        CLEANUP(observation_unref) struct observation *o = answer_read(h, "n");
        CLEANUP(observation_unref) struct observation *look =
            answer_look(h, "n", STOCK, LOOK_CONTROL);

        assert_string_equal(result_of(o), "complete");
        assert_int_equal(o->epoch, i);
        assert_string_equal(result_of(look), "complete");
        assert_int_equal(look->domains->len, 1);
        daemon_do(&d, "kill");
        daemon_do(&d, "restart");
    }
    daemon_stop(&d);
}

/* The end does not wait for a thread that is stuck. */
static void
test_end_while_stuck(void **state)
{
    struct hypervisor *h = hypervisor_with(200);
    struct daemon d = daemon_start("stuck", "--no-tls", NULL);
    g_autofree char *tcp = daemon_value(&d, "URI_TCP");
    g_autofree char *good = daemon_value(&shared, "URI_UNIX");
    struct answer a = {0};
    gint64 begin;

    (void)state;
    daemon_do(&d, "freeze");
    set_node(h, "stuck", tcp);
    set_node(h, "good", good);
    ask_read(h, "stuck", &a);
    observation_unref(answer_complete(h, "good"));
    hypervisor_wait(h);
    assert_string_equal(result_of(a.o), "timeout");
    begin = g_get_monotonic_time();
    hypervisor_free(h);
    assert_in_range(g_get_monotonic_time() - begin, 0, harness_patience(1300) * 1000);
    answer_clear(&a);
    daemon_stop(&d); /* the thread comes back now, and frees what is left */
}

/* A whole program ends while a thread of it is stuck: with status 0, and soon. */
static int
child(const char *node_uri)
{
    struct hypervisor *h = hypervisor_with(200);
    CLEANUP(observation_unref) struct observation *o = NULL;

    set_node(h, "n", node_uri);
    o = answer_read(h, "n");
    hypervisor_free(h);
    return strcmp(result_of(o), "timeout") == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void
test_exit_while_stuck(void **state)
{
    struct daemon d = daemon_start("exit", "--no-tls", NULL);
    g_autofree char *node_uri = daemon_value(&d, "URI_TCP");
    char program[] = "/proc/self/exe";
    char *argv[] = {program, node_uri, NULL};
    const gint64 begin = g_get_monotonic_time();
    int status = -1;

    (void)state;
    daemon_do(&d, "freeze");
    assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                             NULL));
    assert_int_equal(status, 0);
    assert_in_range(g_get_monotonic_time() - begin, 0, harness_patience(10000) * 1000);
    daemon_stop(&d);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_frozen_among_twenty),
    cmocka_unit_test(test_freeze_and_thaw),
    cmocka_unit_test(test_keepalive),
    cmocka_unit_test(test_killed_in_the_middle),
    cmocka_unit_test(test_restarted_between),
    cmocka_unit_test(test_end_while_stuck),
    cmocka_unit_test(test_exit_while_stuck),
};

int
main(int argc, char **argv)
{
    g_autofree char *why = NULL;

    if (argc == 2)
        return child(argv[1]);
    why = run_script("libvirtd.sh", "check", NULL);
    if (why == NULL)
        harness_skip_all("private libvirtds do not work here");
    return harness_run("hypervisor in trouble", tests, G_N_ELEMENTS(tests), shared_setup,
                       shared_teardown);
}
