/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connecting beside a main loop: over every transport, to servers that freeze
 * at any step, and to one of several.  A ticking timer shows that the loop
 * goes on meanwhile.
 */
#include "config.h"

#include "harness.h"

#include "directory/deadline.h"
#include "directory/result.h"
#include "integration/watch_mirror.h"

#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What blocks would hold up the loop until its timeout; a busy machine does so for less. */
enum { N_VMS = 20, TIMEOUT = 800 /* ms */, HELD_UP_MAX = 600000 /* us */ };

/* libldap 2.5 with GnuTLS never frees the key and the certificate of a client, whoever uses it. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
    return "leak:gnutls_x509_privkey_init\nleak:gnutls_x509_crt_init\n";
}

static struct server *server;

static struct directory_options *
options_for(const char *one, const char *two)
{
    struct directory_options *o = server_options(server);
    const char *uris[] = {one, two, NULL};

    g_strfreev(o->uris);
    o->uris = g_strdupv((char **)(uintptr_t)uris);
    return o;
}

/* What came of dialing. */
struct outcome {
    struct directory_connection *connection;
    GError *error;
    bool over;
};

static void
outcome_clear(struct outcome *out)
{
    directory_connection_close(out->connection);
    g_clear_error(&out->error);
}
#define OUTCOME __attribute__((cleanup(outcome_clear))) struct outcome

static void
take_outcome(struct directory_connection *c, const GError *error, void *data)
{
    struct outcome *out = data;

    assert_false(out->over);
    out->connection = c;
    out->error = error ? g_error_copy(error) : NULL;
    out->over = true;
}

static gboolean
tick(gpointer data)
{
    (void)data;
    return G_SOURCE_CONTINUE;
}

/* Runs the loop until it is over; how long the loop was held up at most, us. */
static int64_t
run(struct outcome *out, int ms)
{
    int64_t end = deadline_in(harness_patience(ms));
    int64_t last = g_get_monotonic_time();
    int64_t worst = 0;
    guint ticker = g_timeout_add(1, tick, NULL);

    while (!out->over && deadline_left(end)) {
        int64_t now;

        g_main_context_iteration(NULL, TRUE);
        now = g_get_monotonic_time();
        worst = MAX(worst, now - last);
        last = now;
    }
    g_source_remove(ticker);
    if (!out->over)
        fail_msg("not within %d ms", ms);
    return worst;
}

static void
test_transports(void **state)
{
    const char *uris[] = {server->ldapi, server->ldap, server->ldaps};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(uris); i++) {
        CLEANUP(mirror_free) struct mirror *m = mirror_new(options_for(uris[i], NULL));

        mirror_up(m);
        assert_string_equal(watch_mode(m->watch), "syncrepl");
        mirror_until_equal(m, server, 5000);
        assert_int_equal(directory_connection_has_tls(m->connection), i > 0);
    }
}

static void
assert_fails(struct dialer *d, enum directory_class class, int ms)
{
    OUTCOME out = {.over = false};
    int64_t worst;

    dialer_dial(d, take_outcome, &out);
    assert_true(dialer_busy(d));
    worst = run(&out, ms);
    assert_false(dialer_busy(d));
    assert_null(out.connection);
    if (directory_error_class(out.error) != class)
        fail_msg("%s", out.error->message);
    if (worst > HELD_UP_MAX)
        fail_msg("the loop was held up for %d us", (int)worst);
}

static void
test_R14_frozen_before_starttls(void **state)
{
    const char *uris[] = {server->ldapi, server->ldap, server->ldaps};

    (void)state;
    server_signal(server, SIGSTOP);
    for (size_t i = 0; i < G_N_ELEMENTS(uris); i++) {
        CLEANUP(directory_options_free) struct directory_options *o = options_for(uris[i], NULL);
        CLEANUP(dialer_free) struct dialer *d = NULL;

        o->timeout = o->network_timeout = TIMEOUT;
        d = dialer_new(o, NULL);
        assert_fails(d, DIRECTORY_TIMEOUT, 3000);
    }
    server_signal(server, SIGCONT);
}

static int
listen_somewhere(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* A server that says yes to StartTLS and never anything again. */
static gpointer
agree_and_freeze(gpointer data)
{
    static const unsigned char yes[] = {0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07,
                                        0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00};
    int listener = GPOINTER_TO_INT(data);
    int fd = accept(listener, NULL, NULL);
    char request[200];

    if (fd < 0)
        return NULL;
    if (recv(fd, request, sizeof(request), 0) > 0 && send(fd, yes, sizeof(yes), 0) > 0)
        while (recv(fd, request, sizeof(request), 0) > 0)
            continue;
    close(fd);
    return NULL;
}

static void
test_R14_frozen_after_starttls(void **state)
{
    int port;
    int listener = listen_somewhere(&port);
    GThread *thread = g_thread_new("server", agree_and_freeze, GINT_TO_POINTER(listener));
    g_autofree char *uri = g_strdup_printf("ldap://127.0.0.1:%d", port);
    CLEANUP(directory_options_free) struct directory_options *o = options_for(uri, NULL);
    CLEANUP(dialer_free) struct dialer *d = NULL;

    (void)state;
    o->timeout = o->network_timeout = TIMEOUT;
    d = dialer_new(o, NULL);
    assert_fails(d, DIRECTORY_TIMEOUT, 3000);
    g_thread_join(thread);
    close(listener);
}

/* Credentials that are refused lock accounts: they are not tried in a loop, on no server. */
static void
test_refused_credentials(void **state)
{
    g_autofree char *file = g_strdup_printf("%s/wrong", harness_tmpdir());
    CLEANUP(directory_options_free)
    struct directory_options *o = options_for(server->ldapi, server->ldap);
    CLEANUP(dialer_free) struct dialer *d = NULL;
    OUTCOME out = {.over = false};

    (void)state;
    assert_true(g_file_set_contents_full(file, "wrong", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    directory_options_set(&o->password_file, file);
    d = dialer_new(o, NULL);
    dialer_dial(d, take_outcome, &out);
    run(&out, 5000);
    assert_int_equal(directory_error_class(out.error), DIRECTORY_CREDENTIALS);
    assert_null(strstr(out.error->message, server->ldap)); /* the other one was not asked */
    g_clear_error(&out.error);
    out.over = false;
    dialer_dial(d, take_outcome, &out);
    assert_in_range(dialer_wait(d), 40000, 80000); /* at once: logs tell it */
    g_main_context_iteration(NULL, FALSE);
    assert_in_range(dialer_wait(d), 40000, 80000);
    assert_false(out.over);
}

/* The first server is down: the second serves, and the first is returned to when it recovers. */
static void
test_returns_to_the_first(void **state)
{
    g_autofree char *world = server_world(N_VMS);
    g_autofree char *ldif = g_strdup_printf("ldif=%s", world);
    const char *const own_options[] = {ldif, "overlays=syncprov", NULL};
    struct server *first = server_start(own_options);
    CLEANUP(directory_options_free)
    struct directory_options *o = options_for(first->ldap, server->ldapi);
    CLEANUP(dialer_free) struct dialer *d = NULL;
    OUTCOME out = {.over = false};
    OUTCOME better = {.over = false};

    (void)state;
    directory_options_set(&o->ca_file, first->ca);
    server_kill(first);
    d = dialer_new(o, NULL);
    dialer_dial(d, take_outcome, &out);
    run(&out, 5000);
    assert_string_equal(directory_connection_uri(out.connection), server->ldapi);
    assert_false(dialer_better_server(d, out.connection));
    /* Still down: tried again in vain, and not at once after that. */
    while (!dialer_better_server(d, out.connection))
        g_main_context_iteration(NULL, FALSE);
    dialer_dial_better(d, out.connection, take_outcome, &better);
    run(&better, 5000);
    assert_null(better.connection);
    assert_null(strstr(better.error->message, server->ldapi));
    assert_false(dialer_better_server(d, out.connection));
    server_up(first);
    g_clear_error(&better.error);
    better.over = false;
    dialer_dial_better(d, out.connection, take_outcome, &better);
    run(&better, 8000);
    assert_string_equal(directory_connection_uri(better.connection), first->ldap);
    assert_false(dialer_better_server(d, better.connection));
    server_stop(first);
}

static bool
none_hangs(void *data)
{
    g_main_context_iteration(NULL, FALSE);
    return dialer_hung(data) == 0;
}

/* A thread that does not come back in time is left behind, and so it is when the dialer goes. */
static void
test_hung_thread(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = options_for(server->ldap, NULL);
    struct dialer *d;
    OUTCOME out = {.over = false};
    int64_t start;

    (void)state;
    o->timeout = o->network_timeout = 1500;
    d = dialer_new(o, NULL);
    dialer_set_limit(d, 200);
    server_signal(server, SIGSTOP);
    dialer_dial(d, take_outcome, &out);
    run(&out, 1200);
    assert_non_null(strstr(out.error->message, "connecting hangs"));
    assert_int_equal(dialer_hung(d), 1);
    server_signal(server, SIGCONT);
    assert_true(harness_wait_until(none_hangs, d, 5000));
    server_signal(server, SIGSTOP);
    g_clear_error(&out.error);
    out.over = false;
    dialer_set_limit(d, 100000);
    dialer_dial(d, take_outcome, &out);
    while (dialer_wait(d) || !dialer_busy(d))
        g_main_context_iteration(NULL, TRUE);
    start = deadline_now();
    dialer_free(d);
    assert_true(deadline_now() - start < 10000); /* of the 100 s that it may take */
    assert_false(out.over);
    server_signal(server, SIGCONT);
}

static void
test_no_server(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = options_for(NULL, NULL);
    CLEANUP(dialer_free) struct dialer *d = dialer_new(o, NULL);

    (void)state;
    assert_fails(d, DIRECTORY_SETUP, 1000);
}

static int
setup(void **state)
{
    g_autofree char *world = server_world(N_VMS);
    g_autofree char *ldif = g_strdup_printf("ldif=%s", world);
    const char *const options[] = {ldif, "overlays=syncprov", NULL};

    (void)state;
    server = server_start(options);
    return 0;
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transports),
        cmocka_unit_test(test_R14_frozen_before_starttls),
        cmocka_unit_test(test_R14_frozen_after_starttls),
        cmocka_unit_test(test_refused_credentials),
        cmocka_unit_test(test_returns_to_the_first),
        cmocka_unit_test(test_hung_thread),
        cmocka_unit_test(test_no_server),
    };

    server_require();
    return harness_run("directory_dialer", tests, G_N_ELEMENTS(tests), setup, NULL);
}
