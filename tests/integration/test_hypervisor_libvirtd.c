/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes that are private libvirtds: transports, certificates, many domains. */
#include "config.h"

#include "harness.h"
#include "hypervisor_ask.h"

#include "hypervisor/bulk.h"
#include "hypervisor/look.h"

#include <libvirt/libvirt.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* The TLS URI with other client certificates. */
static char *
tls_uri(const struct daemon *d, const char *client)
{
    g_autofree char *port = value_of(d->env, "TLS_PORT");

    return g_strdup_printf("test+tls://127.0.0.1:%s/default?pkipath=%s/pki/%s", port,
                           harness_tmpdir(), client);
}

/* Reads a node once; its class must be the given one, and text must be part of the message. */
static void
expect(const char *node_uri, const char *class, const char *text)
{
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor_with(20000);
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
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor_with(20000);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *node_uri = daemon_value(&shared, keys[i]);
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
    g_autofree char *port = daemon_value(&shared, "TCP_PORT");
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
        g_autofree char *node_uri = daemon_value(&d, "URI_TLS");

        expect(node_uri, "tls", "certificate");
        daemon_stop(&d);
    }
}

static void
test_refused_name(void **state)
{
    struct daemon d = daemon_start("refuse-dn", "--refuse-dn", NULL);
    g_autofree char *node_uri = daemon_value(&d, "URI_TLS");

    (void)state;
    expect(node_uri, "tls", "TLS");
    daemon_stop(&d);
}

static void
test_auth(void **state)
{
    struct daemon d = daemon_start("sasl", "--auth-tcp", "sasl");
    g_autofree char *node_uri = daemon_value(&d, "URI_TCP");

    (void)state;
    expect(node_uri, "auth", NULL);
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
        g_autofree char *node_uri = daemon_value(&shared, keys[i]);

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
    CLEANUP(hypervisor_free) struct hypervisor *h = hypervisor_with(120000);
    struct daemon d = daemon_start("many", "--no-tls", NULL);
    g_autofree char *node_uri = daemon_value(&d, "URI_UNIX");
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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_transports),
    cmocka_unit_test(test_refused),
    cmocka_unit_test(test_client_certificates),
    cmocka_unit_test(test_server_certificates),
    cmocka_unit_test(test_refused_name),
    cmocka_unit_test(test_auth),
    cmocka_unit_test(test_stack),
    cmocka_unit_test(test_more_than_one_answer_holds),
};

int
main(void)
{
    g_autofree char *why = run_script("libvirtd.sh", "check", NULL);

    if (why == NULL)
        harness_skip_all("private libvirtds do not work here");
    return harness_run("hypervisor on libvirtd", tests, G_N_ELEMENTS(tests), shared_setup,
                       shared_teardown);
}
