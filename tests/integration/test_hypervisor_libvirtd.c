/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes that are private libvirtds: transports, certificates, every way not to answer. */
#include "config.h"

#include "harness.h"
#include "hypervisor_ask.h"

#include "hypervisor/bulk.h"
#include "hypervisor/look.h"

#include <libvirt/libvirt.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define STOCK "6695eb01-f6a4-8304-79aa-97f2502e193f"

/* One private daemon. */
struct daemon {
    char *dir;
    char *env;
};

static struct daemon shared; /* good certificates; never frozen or killed */

static struct daemon
daemon_start(const char *name, const char *option, const char *value)
{
    struct daemon d = {.dir = g_build_filename(harness_tmpdir(), name, NULL)};
    g_autofree char *owner = g_strdup_printf("%d", (int)getpid());
    g_autofree char *pki = g_build_filename(harness_tmpdir(), "pki", NULL);

    d.env = run_script("libvirtd.sh", "start", d.dir, "--owner", owner, "--name", name, "--pki",
                       pki, option, value, NULL);
    if (d.env == NULL)
        fail_msg("%s did not start", name);
    return d;
}

static void
daemon_do(const struct daemon *d, const char *verb)
{
    g_autofree char *output = run_script("libvirtd.sh", verb, d->dir, NULL);

    assert_non_null(output);
}

static void
daemon_stop(struct daemon *d)
{
    daemon_do(d, "stop");
    g_free(d->dir);
    g_free(d->env);
}

static char *
uri(const struct daemon *d, const char *key)
{
    return value_of(d->env, key);
}

/* The TLS URI with other client certificates. */
static char *
tls_uri(const struct daemon *d, const char *client)
{
    g_autofree char *port = value_of(d->env, "TLS_PORT");

    return g_strdup_printf("test+tls://127.0.0.1:%s/default?pkipath=%s/pki/%s", port,
                           harness_tmpdir(), client);
}

static struct hypervisor *
hypervisor(unsigned deadline_ms)
{
    const struct hypervisor_options options = {.deadline_ms = deadline_ms};

    return hypervisor_new(&options);
}

/* Reads a node once; its class must be the given one, and text must be part of the message. */
static void
expect(const char *node_uri, const char *class, const char *text)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor(20000);
    CLEANUP(observation_unref) struct observation *o = NULL;

    set_node(h, "n", node_uri);
    o = answer_read(h, "n");
    if (strcmp(result_of(o), class) != 0 ||
        (text != NULL && (o->text == NULL || strstr(o->text, text) == NULL)))
        fail_msg("%s: %s, not %s: %s", node_uri, result_of(o), class, o->text);
}

static void
test_transports(void **state)
{
    static const char *const keys[] = {"URI_UNIX", "URI_TCP", "URI_TLS"};
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor(20000);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *node_uri = uri(&shared, keys[i]);
        g_autofree char *words = NULL;
        CLEANUP(observation_unref) struct observation *o = NULL;

        set_node(h, keys[i], node_uri);
        o = answer_read(h, keys[i]);
        words = state_of(o, STOCK);
        assert_string_equal(result_of(o), "complete");
        assert_string_equal(words, "running (unknown)");
    }
}

static void
test_refused(void **state)
{
    g_autofree char *port = run_script("libvirtd.sh", "freeports", "1", NULL);
    g_autofree char *tcp = NULL;
    g_autofree char *tls = NULL;

    (void)state;
    g_strchomp(port);
    tcp = g_strdup_printf("test+tcp://127.0.0.1:%s/default", port);
    tls = g_strdup_printf("test+tls://127.0.0.1:%s/default?pkipath=%s/pki/client", port,
                          harness_tmpdir());
    expect(tcp, "refused", "refused");
    expect(tls, "refused", "refused");
    expect("test+unix:///default?socket=/no/such/socket", "refused", "/no/such/socket");
    expect("test+tcp://no-such-host.invalid/default", "refused", "no-such-host.invalid");
}

static void
test_client_certificates(void **state)
{
    static const char *const clients[] = {"client-expired", "client-wrong-ca", "client-distrust",
                                          "no-such-folder"};
    g_autofree char *port = uri(&shared, "TCP_PORT");
    g_autofree char *wrong_port =
        g_strdup_printf("test+tls://127.0.0.1:%s/default?pkipath=%s/pki/client", port,
                        harness_tmpdir());

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++) {
        g_autofree char *node_uri = tls_uri(&shared, clients[i]);

        expect(node_uri, "tls", NULL);
    }
    expect(wrong_port, "tls", "TLS"); /* the other side does not speak TLS */
}

static void
test_server_certificates(void **state)
{
    static const char *const kinds[] = {"expired", "wrong-name", "wrong-ca"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct daemon d = daemon_start(kinds[i], "--cert", kinds[i]);
        g_autofree char *node_uri = uri(&d, "URI_TLS");

        expect(node_uri, "tls", "certificate");
        daemon_stop(&d);
    }
}

static void
test_refused_name(void **state)
{
    struct daemon d = daemon_start("refuse-dn", "--refuse-dn", NULL);
    g_autofree char *node_uri = uri(&d, "URI_TLS");

    (void)state;
    expect(node_uri, "tls", "TLS");
    daemon_stop(&d);
}

static void
test_auth(void **state)
{
    struct daemon d = daemon_start("sasl", "--auth-tcp", "sasl");
    g_autofree char *node_uri = uri(&d, "URI_TCP");

    (void)state;
    expect(node_uri, "auth", NULL);
    daemon_stop(&d);
}

/* One node frozen and one refused among twenty: the others do not notice. */
static void
test_frozen_among_twenty(void **state)
{
    enum { NODES = 20, FROZEN = 7, REFUSED = 13, DEADLINE = 1500 };
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor(DEADLINE);
    struct daemon d = daemon_start("frozen", "--no-tls", NULL);
    g_autofree char *good = uri(&shared, "URI_TCP");
    g_autofree char *bad = uri(&d, "URI_TCP");
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
    assert_in_range(g_get_monotonic_time() - begin, DEADLINE * 1000, (DEADLINE + 500) * 1000);
    for (int i = 0; i < NODES; i++) {
        assert_int_equal(answers[i].n_answers, 1);
        assert_string_equal(result_of(answers[i].o), i == FROZEN    ? "timeout"
                                                     : i == REFUSED ? "refused"
                                                                    : "complete");
        if (i != FROZEN)
            assert_in_range(answers[i].took_us, 0, (DEADLINE - 300) * 1000);
    }
    assert_string_equal(answers[FROZEN].o->text, "no answer within 1500 ms while connecting");
    for (int i = 0; i < NODES; i++)
        answer_clear(&answers[i]);
    daemon_stop(&d);
}

static bool
late_one(void *data)
{
    struct hypervisor *h = data;

    g_main_context_iteration(NULL, FALSE);
    return hypervisor_counts(h)->late == 1;
}

/* A thread that is stuck gets no second one; when it comes back it works on. */
static void
test_freeze_and_thaw(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor(400);
    struct daemon d = daemon_start("thaw", "--no-tls", NULL);
    g_autofree char *node_uri = uri(&d, "URI_UNIX");
    struct answer a = {0};

    (void)state;
    set_node(h, "n", node_uri);
    for (int i = 0; i < 4; i++) {
        if (i == 1)
            daemon_do(&d, "freeze");
        answer_clear(&a);
        ask_read(h, "n", &a);
        hypervisor_wait(h);
        assert_int_equal(a.n_answers, 1);
        assert_string_equal(result_of(a.o), i == 0 ? "complete" : "timeout");
        if (i > 0)
            assert_non_null(strstr(a.o->text, i == 1 ? "no answer within 400 ms to the bulk read"
                                                     : "an earlier call has not returned"));
    }
    assert_int_equal(hypervisor_counts(h)->timeouts, 3);
    assert_int_equal(hypervisor_counts(h)->late, 0);
    assert_int_equal(hypervisor_counts(h)->fallbacks, 1);
    daemon_do(&d, "thaw");
    answer_clear(&a);
    ask_read(h, "n", &a);
    hypervisor_wait(h);
    assert_string_equal(result_of(a.o), "complete");
    assert_int_equal(a.o->epoch, 1); /* no connection was lost */
    assert_true(harness_wait_until(late_one, h, 10000) || hypervisor_counts(h)->late == 2);
    answer_clear(&a);
    daemon_stop(&d);
}

/* With keepalive a frozen daemon gives the thread back, and the next read makes a new connection. */
static void
test_keepalive(void **state)
{
    const struct hypervisor_options options = {.deadline_ms = 500, .keepalive_s = 1};
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor_new(&options);
    struct daemon d = daemon_start("keepalive", "--no-tls", NULL);
    g_autofree char *node_uri = uri(&d, "URI_UNIX");
    CLEANUP(observation_unref) struct observation *o = NULL;

    (void)state;
    set_node(h, "n", node_uri);
    o = answer_read(h, "n");
    assert_string_equal(result_of(o), "complete");
    daemon_do(&d, "freeze");
    observation_unref(o);
    o = answer_read(h, "n");
    assert_string_equal(result_of(o), "timeout");
    assert_true(harness_wait_until(late_one, h, 20000));
    daemon_do(&d, "thaw");
    observation_unref(o);
    o = answer_read(h, "n");
    assert_string_equal(result_of(o), "complete");
    assert_int_equal(o->epoch, 2);
    daemon_stop(&d);
}

/* kill -9 while the question is under way, on a new connection and on a kept one. */
static void
test_killed_in_the_middle(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor(20000);
    struct daemon d = daemon_start("killed", "--no-tls", NULL);
    g_autofree char *tcp = uri(&d, "URI_TCP");
    g_autofree char *socket_uri = uri(&d, "URI_UNIX");
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
    assert_string_equal(result_of(new_one.o), "closed");
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
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor(20000);
    struct daemon d = daemon_start("restarted", "--no-tls", NULL);
    g_autofree char *node_uri = uri(&d, "URI_UNIX");

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
    struct hypervisor *h = hypervisor(200);
    struct daemon d = daemon_start("stuck", "--no-tls", NULL);
    g_autofree char *tcp = uri(&d, "URI_TCP");
    g_autofree char *good = uri(&shared, "URI_UNIX");
    struct answer a = {0};
    struct answer b = {0};
    gint64 begin;

    (void)state;
    daemon_do(&d, "freeze");
    set_node(h, "stuck", tcp);
    set_node(h, "good", good);
    ask_read(h, "stuck", &a);
    ask_read(h, "good", &b);
    hypervisor_wait(h);
    assert_string_equal(result_of(a.o), "timeout");
    assert_string_equal(result_of(b.o), "complete");
    begin = g_get_monotonic_time();
    hypervisor_free(h);
    assert_in_range(g_get_monotonic_time() - begin, 0, 1300 * 1000);
    answer_clear(&a);
    answer_clear(&b);
    daemon_stop(&d); /* the thread comes back now, and frees what is left */
}

/* A whole program ends while a thread of it is stuck: with status 0, and soon. */
static int
child(const char *node_uri)
{
    struct hypervisor *h = hypervisor(200);
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
    g_autofree char *node_uri = uri(&d, "URI_TCP");
    char program[] = "/proc/self/exe";
    char *argv[] = {program, node_uri, NULL};
    const gint64 begin = g_get_monotonic_time();
    int status = -1;

    (void)state;
    daemon_do(&d, "freeze");
    assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                             NULL));
    assert_int_equal(status, 0);
    assert_in_range(g_get_monotonic_time() - begin, 0, 10 * 1000 * 1000);
    daemon_stop(&d);
}

/* How much of a worker's stack is used at most. */
enum { STACK = 256 * 1024, STACK_PATTERN = 0xa5 };

static void *
use_stack(void *data)
{
    const struct link_options options = {.uri = data, .epoch = 1};
    struct link *l = link_new(&options);
    CLEANUP(observation_unref) struct observation *o = observation_new("n", RESULT_COMPLETE);
    CLEANUP(observation_unref) struct observation *look = observation_new("n", RESULT_COMPLETE);
    const struct uuid uuid = uuid_of(STOCK);

    if (bulk_read(l, o, NULL))
        look_read(l, &uuid, ~0u, look, NULL);
    link_free(l);
    return NULL;
}

static size_t
stack_used(const char *node_uri)
{
    g_autofree char *copy = g_strdup(node_uri);
    unsigned char *stack = NULL;
    size_t untouched = 0;
    pthread_attr_t attr;
    pthread_t thread;

    assert_int_equal(posix_memalign((void **)&stack, 4096, STACK), 0);
    memset(stack, STACK_PATTERN, STACK);
    pthread_attr_init(&attr);
    assert_int_equal(pthread_attr_setstack(&attr, stack, STACK), 0);
    assert_int_equal(pthread_create(&thread, &attr, use_stack, copy), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);
    while (untouched < STACK && stack[untouched] == STACK_PATTERN)
        untouched++;
    free(stack);
    return STACK - untouched;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FRAMES_ARE_REAL false
#else
#define FRAMES_ARE_REAL true
#endif

static void
test_stack(void **state)
{
    static const char *const keys[] = {"URI_UNIX", "URI_TCP", "URI_TLS"};
    size_t most;

    (void)state;
    if (!FRAMES_ARE_REAL)
        return;
    most = stack_used("test+tcp://no-such-host.invalid/default");
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *node_uri = uri(&shared, keys[i]);

        most = MAX(most, stack_used(node_uri));
    }
    print_message("# a worker's stack: %zu bytes used\n", most);
    assert_in_range(most, 1000, STACK / 2);
}

/* A world of the test driver behind the daemon, made and held open by a program of its own. */
static GPid
start_world(const char *node_uri, const char *count, const char *first, const char *state_word,
            int *in)
{
    g_autofree char *program = harness_build_path("tests/lib/testworld");
    char *argv[] = {program,
                    (char *)(guintptr)node_uri,
                    (char *)(guintptr) "--count",
                    (char *)(guintptr)count,
                    (char *)(guintptr) "--first",
                    (char *)(guintptr)first,
                    (char *)(guintptr) "--state",
                    (char *)(guintptr)state_word,
                    NULL};
    char ready[64] = "";
    GPid pid = 0;
    int out = -1;

    assert_true(g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                         &pid, in, &out, NULL, NULL));
    assert_true(read(out, ready, sizeof(ready) - 1) > 0);
    assert_true(g_str_has_prefix(ready, "ready"));
    close(out);
    return pid;
}

static void
test_more_than_one_answer_holds(void **state)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor(120000);
    struct daemon d = daemon_start("many", "--no-tls", NULL);
    g_autofree char *node_uri = uri(&d, "URI_UNIX");
    const bool quick = harness_env_set("STATESYNC_QUICK");
    const unsigned half = quick ? 500 : 8400;
    g_autofree char *count = g_strdup_printf("%u", half);
    int in[2];

    (void)state;
    start_world(node_uri, count, "0", "shutoff", &in[0]);
    start_world(node_uri, count, count, "transient", &in[1]);
    set_node(h, "n", node_uri);
    for (int i = 0; i < 2; i++) { /* the second time it is known that there are many */
        CLEANUP(observation_unref) struct observation *o = answer_read(h, "n");
        g_autoptr(GHashTable) seen = g_hash_table_new(uuid_hash, uuid_equal_key);
        unsigned n_running = 0;

        assert_string_equal(result_of(o), "complete");
        assert_int_equal(o->domains->len, 2 * half);
        for (guint j = 0; j < o->domains->len; j++) {
            struct domain *dom = &g_array_index(o->domains, struct domain, j);

            n_running += dom->state == DSTATE_RUNNING ? 1 : 0;
            assert_true(g_hash_table_add(seen, &dom->uuid));
        }
        assert_int_equal(n_running, half);
    }
    close(in[0]);
    close(in[1]);
    daemon_stop(&d);
}

static int
setup(void **state)
{
    (void)state;
    shared = daemon_start("shared", NULL, NULL);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    daemon_stop(&shared);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_transports),
    cmocka_unit_test(test_refused),
    cmocka_unit_test(test_client_certificates),
    cmocka_unit_test(test_server_certificates),
    cmocka_unit_test(test_refused_name),
    cmocka_unit_test(test_auth),
    cmocka_unit_test(test_frozen_among_twenty),
    cmocka_unit_test(test_freeze_and_thaw),
    cmocka_unit_test(test_keepalive),
    cmocka_unit_test(test_killed_in_the_middle),
    cmocka_unit_test(test_restarted_between),
    cmocka_unit_test(test_end_while_stuck),
    cmocka_unit_test(test_exit_while_stuck),
    cmocka_unit_test(test_stack),
    cmocka_unit_test(test_more_than_one_answer_holds),
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
    return harness_run("hypervisor on libvirtd", tests, G_N_ELEMENTS(tests), setup, teardown);
}
