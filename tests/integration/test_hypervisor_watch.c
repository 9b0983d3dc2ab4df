/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watched nodes whose connection is lost, cannot be made, or is another one. */
#include "config.h"

#include "harness.h"
#include "hypervisor_seen.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

/* R12: after kill -9 and a restart the connection is made again, and events arrive. */
static void
test_R12_restart(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(NULL);
    struct daemon d = daemon_start("restart", "--no-tls", NULL);
    g_autofree char *uri = daemon_value(&d, "URI_UNIX");
    g_autofree char *uuid = world_uuid(0);
    const struct seen *down;
    struct world w;
    guint i = 0;

    (void)state;
    set_node(h, "N1", uri);
    hypervisor_watch(h, "N1", true);
    for (unsigned epoch = 1; epoch <= 3; epoch++) {
        assert_int_equal(seen_next(HYPERVISOR_EVENT_UP, &i)->epoch, epoch);
        w = world_start(uri, 1);
        i = seen_count();
        world_do(&w, "start", uuid);
        while (strcmp(seen_next(HYPERVISOR_EVENT_DOMAIN, &i)->what, "lifecycle started") != 0)
            ;
        daemon_do(&d, "kill");
        down = seen_next(HYPERVISOR_EVENT_DOWN, &i);
        assert_int_equal(down->error, ERROR_CLOSED);
        assert_int_equal(down->epoch, epoch);
        assert_true(down->retry_ms > 0);
        world_stop(&w);
        daemon_do(&d, "restart");
        hypervisor_retry(h, "N1");
    }
    assert_int_equal(seen_next(HYPERVISOR_EVENT_UP, &i)->epoch, 4);
    assert_int_equal(hypervisor_counts(h)->disconnects, 3);
    daemon_stop(&d);
}

/* keepalive: a frozen daemon is DOWN with class timeout, and UP again when it goes on. */
static void
test_frozen(void **state)
{
    const struct hypervisor_options options = {.deadline_ms = 500, .keepalive_s = 1};
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(&options);
    struct daemon d = daemon_start("frozen", "--no-tls", NULL);
    g_autofree char *uri = daemon_value(&d, "URI_UNIX");
    CLEANUP(observation_unref) struct observation *o = NULL;
    struct answer a = {0};
    const struct seen *down;
    guint i = 0;

    (void)state;
    set_node(h, "N1", uri);
    hypervisor_watch(h, "N1", true);
    seen_next(HYPERVISOR_EVENT_UP, &i);
    daemon_do(&d, "freeze");
    down = seen_next(HYPERVISOR_EVENT_DOWN, &i);
    assert_int_equal(down->error, ERROR_TIMEOUT);
    assert_string_equal(down->text, "no answer to keepalive messages");
    assert_in_range(down->retry_ms, 750, 1250);
    hypervisor_retry(h, "N1");
    ask_read(h, "N1", &a); /* known to be down */
    assert_null(a.o);
    down = seen_next(HYPERVISOR_EVENT_DOWN, &i);
    assert_string_equal(result_of(a.o), "timeout");
    assert_true(a.took_us < 500 * 1000); /* not when the deadline is over */
    assert_string_equal(down->text, "no answer within 500 ms while connecting");
    assert_int_equal(down->retry_ms, 0);
    hypervisor_retry(h, "N1"); /* no second attempt */
    hypervisor_retry(h, "N1");
    assert_false(seen_until(seen_count() + 1, 700));
    daemon_do(&d, "thaw");
    assert_int_equal(seen_next(HYPERVISOR_EVENT_UP, &i)->epoch, 2);
    o = answer_complete(h, "N1");
    assert_int_equal(o->epoch, 2);
    answer_clear(&a);
    daemon_stop(&d);
}

/* A socket on which nobody accepts unless told to; its port goes to *port. */
static int
silent_server(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(server, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server, 8), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return server;
}

/* An attempt that may hang for ever is left behind: two of them, no more. */
static void
test_hangs_for_ever(void **state)
{
    const struct hypervisor_options options = {.deadline_ms = 200, .hang_s = 1};
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(&options);
    struct hypervisor_node_state ns;
    int port;
    const int server = silent_server(&port);
    g_autofree char *uri = g_strdup_printf("test+tcp://127.0.0.1:%d/default", port);
    int peers[4];

    (void)state;
    set_node(h, "N1", uri);
    hypervisor_watch(h, "N1", true);
    for (guint i = 0; i < 3; i++) {
        assert_int_equal(seen_at(i)->kind, HYPERVISOR_EVENT_DOWN);
        assert_int_equal(seen_at(i)->error, ERROR_TIMEOUT);
        peers[i] = accept(server, NULL, NULL);
    }
    assert_false(seen_until(4, 2500));
    assert_true(hypervisor_node_state(h, "N1", &ns));
    assert_int_equal(ns.n_attempts, 3);
    close(peers[0]); /* the first comes back: its place is free */
    assert_string_equal(seen_at(3)->text, "no answer within 200 ms while connecting");
    peers[3] = accept(server, NULL, NULL);
    close(peers[3]); /* the one that counts comes back: tried again as always */
    assert_int_equal(seen_at(4)->error, ERROR_CLOSED);
    assert_true(seen_at(4)->retry_ms > 0);
    close(peers[1]);
    close(peers[2]);
    close(server);
}

/* A peer that stops in the middle of the TLS handshake: the main loop goes on. */
static void
test_stalled_handshake(void **state)
{
    const struct hypervisor_options options = {.deadline_ms = 300, .keepalive_s = 1};
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(&options);
    struct daemon d = daemon_start("stall", NULL, NULL); /* for its certificates */
    int port;
    const int server = silent_server(&port);
    g_autofree char *uri = NULL;
    const struct seen *down;
    gint64 begin;
    guint i = 0;
    int peer;

    (void)state;
    uri = g_strdup_printf("test+tls://127.0.0.1:%d/default?pkipath=%s/pki/client",
                          port, harness_tmpdir());
    set_node(h, "N1", uri);
    begin = g_get_monotonic_time();
    hypervisor_watch(h, "N1", true);
    peer = accept(server, NULL, NULL);
    assert_int_equal(write(peer, "\x16", 1), 1);
    down = seen_next(HYPERVISOR_EVENT_DOWN, &i);
    assert_in_range(g_get_monotonic_time() - begin, 290 * 1000, harness_patience(2000) * 1000);
    assert_int_equal(down->error, ERROR_TIMEOUT);
    assert_false(seen_until(seen_count() + 1, 200));
    close(peer);
    down = seen_next(HYPERVISOR_EVENT_DOWN, &i);
    assert_int_equal(down->error, ERROR_TLS);
    assert_true(down->retry_ms > 0);
    close(server);
    daemon_stop(&d);
}

/* Nobody there: refused, in growing intervals that are not the same for all; no request makes an
 * attempt of its own. */
static void
test_refused(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(NULL);
    struct hypervisor_node_state ns;
    struct answer a = {0};
    bool differ = false;
    gint64 middle = 1000;

    (void)state;
    set_node(h, "N1", "test+unix:///default?socket=/no/such/socket");
    ask_read(h, "N1", &a);
    hypervisor_watch(h, "N1", true);
    for (guint i = 0; i < 10; i++) {
        const struct seen *down = seen_at(i);

        assert_int_equal(down->kind, HYPERVISOR_EVENT_DOWN);
        assert_int_equal(down->error, ERROR_REFUSED);
        assert_non_null(strstr(down->text, "/no/such/socket"));
        assert_in_range(down->retry_ms, middle * 3 / 4, middle * 5 / 4);
        differ = differ || down->retry_ms != middle;
        middle = MIN(2 * middle, 60000);
        if (i > 0) /* the first time it is tried again by itself */
            hypervisor_retry(h, "N1");
    }
    assert_true(differ);
    assert_string_equal(result_of(a.o), "refused");
    assert_true(seen_until(11, (unsigned)harness_patience(20000)));
    assert_true(hypervisor_node_state(h, "N1", &ns));
    assert_false(ns.up);
    assert_int_equal(ns.n_attempts, 11);
    answer_clear(&a);
    ask_read(h, "N1", &a);
    assert_null(a.o); /* not from within */
    while (a.o == NULL)
        g_main_context_iteration(NULL, TRUE);
    assert_string_equal(result_of(a.o), "refused");
    assert_true(a.took_us < 10000 * 1000); /* the next attempt is most of a minute away */
    assert_true(hypervisor_node_state(h, "N1", &ns));
    assert_int_equal(ns.n_attempts, 11);
    answer_clear(&a);
}

/* Another URI: DOWN, UP over the new connection, and nothing of the old one. */
static void
test_other_uri(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(NULL);
    struct daemon d1 = daemon_start("one", "--no-tls", NULL);
    struct daemon d2 = daemon_start("two", "--no-tls", NULL);
    g_autofree char *uri1 = daemon_value(&d1, "URI_UNIX");
    g_autofree char *uri2 = daemon_value(&d2, "URI_TCP");
    struct world w1 = world_start(uri1, 1);
    struct world w2 = world_start(uri2, 2);
    g_autofree char *first = world_uuid(0);
    g_autofree char *second = world_uuid(1);
    struct hypervisor_node_state ns;
    guint i = 0;

    (void)state;
    set_node(h, "N1", NULL);
    hypervisor_watch(h, "N1", true);
    assert_int_equal(seen_next(HYPERVISOR_EVENT_DOWN, &i)->error, ERROR_NO_URI);
    assert_int_equal(seen_at(0)->retry_ms, -1);
    set_node(h, "N1", uri1);
    seen_next(HYPERVISOR_EVENT_UP, &i);
    world_do(&w1, "start", first); /* not told yet */
    set_node(h, "N1", uri2);
    assert_true(hypervisor_node_state(h, "N1", &ns));
    assert_false(ns.up);
    assert_int_equal(seen_at(i)->kind, HYPERVISOR_EVENT_DOWN);
    assert_int_equal(seen_at(i)->error, ERROR_CLOSED);
    assert_int_equal(seen_at(i)->retry_ms, 0);
    assert_int_equal(seen_at(i + 1)->kind, HYPERVISOR_EVENT_UP);
    assert_true(seen_at(i + 1)->epoch > seen_at(i)->epoch);
    world_do(&w1, "destroy", first);
    world_do(&w2, "start", second);
    seen_expect(i + 2, second, "lifecycle started");
    set_node(h, "N1", uri2); /* the same: nothing happens */
    assert_false(seen_until(i + 4, 100));
    set_node(h, "N1", NULL);
    assert_int_equal(seen_at(i + 3)->error, ERROR_NO_URI);
    world_stop(&w1);
    world_stop(&w2);
    daemon_stop(&d1);
    daemon_stop(&d2);
}

static struct hypervisor *to_remove_from;

static void
on_event_remove(const struct hypervisor_event *event, void *data)
{
    seen_record(event, data);
    if (event->kind == HYPERVISOR_EVENT_DOMAIN)
        hypervisor_remove_node(to_remove_from, event->node);
}

/* A node that is removed while its events wait, and from within one of them. */
static void
test_remove(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = seen_listen(NULL);
    struct daemon d = daemon_start("remove", "--no-tls", NULL);
    g_autofree char *uri = daemon_value(&d, "URI_UNIX");
    struct world w = world_start(uri, 50);
    g_autofree char *first = world_uuid(0);
    const struct uuid uuid = uuid_of(first);
    struct hypervisor_node_state ns;
    struct answer a[3] = {{0}};
    guint i = 0;

    (void)state;
    to_remove_from = h;
    hypervisor_remove_node(h, "N1"); /* never set */
    hypervisor_watch(h, "N1", true);
    set_node(h, "N1", uri);
    hypervisor_watch(h, "N1", true);
    seen_next(HYPERVISOR_EVENT_UP, &i);
    world_do(&w, "every 1", "start");
    ask_read(h, "N1", &a[0]);
    ask_look(h, "N1", first, LOOK_XML, &a[1]);
    ask_some(h, "N1", &uuid, 1, &a[2]);
    hypervisor_remove_node(h, "n1");
    for (size_t j = 0; j < G_N_ELEMENTS(a); j++) {
        assert_int_equal(a[j].n_answers, 1);
        answer_clear(&a[j]);
    }
    assert_int_equal(hypervisor_pending(h), 0);
    assert_false(hypervisor_node_state(h, "N1", &ns));
    assert_false(seen_until(seen_count() + 1, 200));

    hypervisor_set_listener(h, on_event_remove, NULL);
    set_node(h, "N1", uri);
    hypervisor_watch(h, "N1", true);
    seen_next(HYPERVISOR_EVENT_UP, &i);
    world_do(&w, "every 1", "pause");
    seen_next(HYPERVISOR_EVENT_DOMAIN, &i);
    assert_false(seen_until(i + 1, 200)); /* the first was the last */
    assert_false(hypervisor_node_state(h, "N1", &ns));
    world_stop(&w);
    daemon_stop(&d);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_R12_restart),
    cmocka_unit_test(test_frozen),
    cmocka_unit_test(test_hangs_for_ever),
    cmocka_unit_test(test_stalled_handshake),
    cmocka_unit_test(test_refused),
    cmocka_unit_test(test_other_uri),
    cmocka_unit_test(test_remove),
};

int
main(void)
{
    g_autofree char *why = run_script("libvirtd.sh", "check", NULL);

    if (why == NULL)
        harness_skip_all("private libvirtds do not work here");
    return harness_run("hypervisor watch", tests, G_N_ELEMENTS(tests), NULL, NULL);
}
