/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages, methods and health; answers while the main thread is busy.  (Garbage
 * and bounds: tests/integration/http.sh.)
 */
#include "config.h"

#include "daemon/http.h"
#include "engine/flow.h"
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct metrics *figures;
static struct http *server;

static struct http *
serve(const char *listen, int64_t limit, GError **error)
{
    const struct http_options options = {
        .listen = listen, .metrics = figures, .health_limit = limit};

    return http_new(&options, error);
}

/* Sends a request and returns everything that comes until the server closes. */
static char *
ask(uint16_t port, const char *request)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    GString *text = g_string_new(NULL);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char part[4096];
    ssize_t n;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0
        && send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request)) {
        while ((n = recv(fd, part, sizeof(part), 0)) > 0)
            g_string_append_len(text, part, n);
    }
    close(fd);
    return g_string_free(text, FALSE);
}

static char *
get(const char *method, const char *path)
{
    g_autofree char *request = g_strdup_printf(
        "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method, path);

    return ask(http_port(server), request);
}

static void
expect(const char *path, const char *status, const char *body)
{
    g_autofree char *got = get("GET", path);
    g_autofree char *first = g_strdup_printf("HTTP/1.1 %s", status);

    if (!g_str_has_prefix(got, first) || strstr(got, body) == NULL)
        fail_msg("%s: expected \"%s\" and \"%s\", got: %s", path, first, body, got);
}

static int
setup(void **state)
{
    (void)state;
    figures = metrics_new();
    server = serve("127.0.0.1:0", 60000, NULL);
    return server != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    http_free(server);
    metrics_free(figures);
    return 0;
}

static void
test_metrics(void **state)
{
    (void)state;
    const struct engine_totals totals = {.n_stale = 42};

    metrics_set_totals(figures, &totals);
    expect("/metrics", "200", "\nstatesync_stale_vms 42\n");
    expect("/metrics", "200", "Content-Type: text/plain; version=0.0.4; charset=utf-8");
    expect("/metrics?x=y", "200", "\nprocess_open_fds ");
}

static void
test_other_paths(void **state)
{
    static const char *const paths[] = {"/", "/metrics/", "/Metrics", "/../metrics", "*", "/%00"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
        expect(paths[i], "404", "there is /metrics, /healthz and /readyz");
}

static void
test_methods(void **state)
{
    static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "FOO"};
    g_autofree char *head = get("HEAD", "/metrics");
    const char *end = strstr(head, "\r\n\r\n");

    (void)state;
    assert_true(g_str_has_prefix(head, "HTTP/1.1 200"));
    assert_non_null(end);
    assert_string_equal(end, "\r\n\r\n");
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        g_autofree char *got = get(methods[i], "/metrics");

        if (!g_str_has_prefix(got, "HTTP/1.1 405") || strstr(got, "Allow: GET, HEAD") == NULL)
            fail_msg("%s: %s", methods[i], got);
    }
}

static bool
is_sick(void *data)
{
    g_autofree char *got = get("GET", "/healthz");

    (void)data;
    return g_str_has_prefix(got, "HTTP/1.1 503") && strstr(got, "no work was completed for") != NULL;
}

static void
test_health(void **state)
{
    (void)state;
    http_feed(server);
    expect("/healthz", "200", "ok: work was completed");
    http_set_health_limit(server, 50);
    assert_true(harness_wait_until(is_sick, NULL, 5000));
    http_set_health_limit(server, 60000);
    expect("/healthz", "200", "ok");
}

static void
test_ready(void **state)
{
    static const struct {
        unsigned bits;
        const char *status, *text;
    } rows[] = {
        {0, "503", "not ready: not connected to the directory"},
        {HTTP_DIRECTORY | HTTP_LEASE, "503", "not ready: the first pass is not done"},
        {HTTP_DIRECTORY | HTTP_RECONCILED, "503", "not ready: neither holding the lease nor"},
        {HTTP_RECONCILED | HTTP_LEASE, "503", "not ready: not connected"},
        {HTTP_DIRECTORY | HTTP_RECONCILED | HTTP_LEASE, "200", "ready: holding the lease"},
        {HTTP_DIRECTORY | HTTP_RECONCILED | HTTP_STANDBY, "200", "ready: standby"},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        http_set_ready(server, rows[i].bits);
        expect("/readyz", rows[i].status, rows[i].text);
    }
}

/* Who asks while the main thread does nothing but run in circles. */
struct asker {
    atomic_bool done;
    gint64 slowest_us;
    int n_slow;
    bool all_well;
};

/* A machine that is busy with other tests is late now and then; half of the answers come in time
 * there, too, and none would if they waited for the main thread. */
enum { QUESTIONS = 50, ANSWER_LIMIT_MS = 100, SLOW_ALLOWED = QUESTIONS / 2 };

static void *
ask_all(void *data)
{
    struct asker *asker = data;

    asker->all_well = true;
    for (int i = 0; i < QUESTIONS; i++) {
        gint64 begin = g_get_monotonic_time();
        g_autofree char *got = get("GET", i % 2 == 0 ? "/metrics" : "/healthz");
        gint64 us = g_get_monotonic_time() - begin;

        asker->slowest_us = MAX(asker->slowest_us, us);
        asker->n_slow += us > ANSWER_LIMIT_MS * 1000;
        asker->all_well = asker->all_well && g_str_has_prefix(got, "HTTP/1.1 200");
    }
    atomic_store(&asker->done, true);
    return NULL;
}

static void
test_busy_main_thread(void **state)
{
    struct asker asker = {.done = false};
    pthread_t thread;
    volatile unsigned turns = 0;

    (void)state;
    http_feed(server);
    assert_int_equal(pthread_create(&thread, NULL, ask_all, &asker), 0);
    while (!atomic_load(&asker.done)) {
        turns++;
        if (turns % 1024 == 0)
            metrics_decision(figures, RULE_RUNNING);
    }
    pthread_join(thread, NULL);
    print_message("# slowest of %d answers: %.1f ms\n", QUESTIONS, (double)asker.slowest_us / 1000);
    assert_true(asker.all_well);
    assert_in_range(asker.n_slow, 0, SLOW_ALLOWED);
}

static void
test_address_in_use(void **state)
{
    g_autofree char *listen = g_strdup_printf("127.0.0.1:%u", http_port(server));
    g_autofree char *expected = g_strdup_printf("cannot listen on %s, where [metrics] listen says: Address already in use", listen);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) wrong = NULL;

    (void)state;
    assert_null(serve(listen, 1000, &error));
    assert_string_equal(error->message, expected);
    assert_null(serve("nowhere", 1000, &wrong));
    assert_non_null(wrong);
}

static void
test_ipv6(void **state)
{
    g_autoptr(GError) error = NULL;
    CLEANUP(http_free) struct http *h = serve("[::1]:0", 1000, &error);

    (void)state;
    if (h == NULL) { /* a machine without IPv6 */
        assert_non_null(strstr(error->message, "cannot listen on [::1]:0, "));
        return;
    }
    assert_true(http_port(h) > 0);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics),          cmocka_unit_test(test_other_paths),
        cmocka_unit_test(test_methods),          cmocka_unit_test(test_health),
        cmocka_unit_test(test_ready),            cmocka_unit_test(test_busy_main_thread),
        cmocka_unit_test(test_address_in_use),   cmocka_unit_test(test_ipv6),
    };

    return harness_run("daemon_http", tests, G_N_ELEMENTS(tests), setup, teardown);
}
