/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections to a real slapd: every transport, what goes wrong, and how long it may take.
 */
#include "config.h"

#include "harness.h"

#include "directory/capability.h"
#include "directory/deadline.h"
#include "directory/result.h"
#include "integration/directory_server.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

/* libldap 2.5 with GnuTLS never frees the key and the certificate of a client, whoever uses it. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
    return "leak:gnutls_x509_privkey_init\nleak:gnutls_x509_crt_init\n";
}

static struct server *server;

static void
set_uri(struct directory_options *o, const char *one, const char *two)
{
    const char *uris[] = {one, two, NULL};

    g_strfreev(o->uris);
    o->uris = g_strdupv((char **)(uintptr_t)uris);
}

static struct directory_options *
options_for(const char *uri)
{
    struct directory_options *o = server_options(server);

    set_uri(o, uri, NULL);
    return o;
}

static void
assert_connects(const struct directory_options *o, bool tls)
{
    g_autoptr(GError) error = NULL;
    CLEANUP(directory_connection_close)
    struct directory_connection *c = directory_connection_open(o, NULL, &error);
    const struct capability *can;

    if (!c)
        fail_msg("%s", error->message);
    assert_int_equal(directory_connection_has_tls(c), tls);
    can = directory_connection_capability(c, &error);
    assert_non_null(can);
    assert_true(can->paged && can->assertion && can->post_read && can->manage_dsa_it);
    assert_true(capability_check_schema(c, &error));
}

static void
assert_fails(const struct directory_options *o, enum directory_class class, const char *words)
{
    g_autoptr(GError) error = NULL;
    int64_t start = deadline_now();
    struct directory_connection *c = directory_connection_open(o, NULL, &error);

    if (c)
        fail_msg("connected");
    if (directory_error_class(error) != class)
        fail_msg("class is %s: %s", directory_class_name(directory_error_class(error)),
                 error->message);
    if (!strstr(error->message, words))
        fail_msg("does not say \"%s\": %s", words, error->message);
    assert_true(deadline_now() - start < harness_patience(o->network_timeout + o->timeout + 1500));
}

static void
test_ldapi_simple(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = options_for(server->ldapi);

    (void)state;
    assert_connects(o, false);
}

static void
test_ldapi_external(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = options_for(server->ldapi);

    (void)state;
    o->bind = DIRECTORY_BIND_EXTERNAL;
    assert_connects(o, false);
}

static void
test_starttls(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = options_for(server->ldap);

    (void)state;
    assert_connects(o, true);
    o->starttls = DIRECTORY_STARTTLS_TRY;
    assert_connects(o, true);
    o->starttls = DIRECTORY_STARTTLS_NO;
    assert_connects(o, false);
}

static void
test_ldaps(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = options_for(server->ldaps);

    (void)state;
    assert_connects(o, true);
}

static void
test_client_certificate(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = options_for(server->ldaps);

    (void)state;
    o->bind = DIRECTORY_BIND_EXTERNAL;
    directory_options_set(&o->cert_file, server->cert);
    directory_options_set(&o->key_file, server->key);
    assert_connects(o, true);
    directory_options_set(&o->cert_file, NULL);
    directory_options_set(&o->key_file, NULL);
    assert_fails(o, DIRECTORY_CREDENTIALS, "SASL EXTERNAL");
}

static void
test_anonymous(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = options_for(server->ldapi);

    (void)state;
    o->bind = DIRECTORY_BIND_NONE;
    assert_connects(o, false);
}

static void
test_wrong_password(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = server_options(server);
    g_autofree char *file = g_build_filename(harness_tmpdir(), "wrong", NULL);
    CLEANUP(server_memory_free) struct server_memory *memory = NULL;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(g_file_set_contents_full(file, "wrong-one\n", -1, G_FILE_SET_CONTENTS_NONE, 0600,
                                         NULL));
    directory_options_set(&o->password_file, file);
    assert_fails(o, DIRECTORY_CREDENTIALS, "Invalid credentials");
    /* The second server is not bothered with the same wrong password. */
    set_uri(o, server->ldapi, server->ldaps);
    memory = server_memory_new(o->uris);
    assert_null(directory_connection_open(o, memory, &error));
    assert_null(strstr(error->message, "wrong-one"));
    assert_true(server_memory_not_before(memory, 0) > 0);
    assert_int_equal(server_memory_not_before(memory, 1), 0);
}

static void
test_password_file_refused(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = server_options(server);

    (void)state;
    directory_options_set(&o->password_file, "/nonexistent/password");
    assert_fails(o, DIRECTORY_SETUP, "/nonexistent/password");
    directory_options_set(&o->password_file, NULL);
    assert_fails(o, DIRECTORY_SETUP, "password_file");
}

static void
test_nobody_there(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = options_for("ldap://127.0.0.1:1");

    (void)state;
    assert_fails(o, DIRECTORY_UNREACHABLE, "ldap://127.0.0.1:1: Can't contact LDAP server (-1): "
                                           "Connection refused");
    set_uri(o, "ldapi://%2Fnonexistent%2Fldapi", NULL);
    assert_fails(o, DIRECTORY_UNREACHABLE, "No such file or directory");
    set_uri(o, "ldaps://127.0.0.1:1", NULL);
    assert_fails(o, DIRECTORY_UNREACHABLE, "Connection refused");
    set_uri(o, "ldap://no-such-host.invalid", NULL);
    assert_fails(o, DIRECTORY_UNREACHABLE, "no-such-host.invalid");
    set_uri(o, "http://127.0.0.1/", NULL);
    assert_fails(o, DIRECTORY_SETUP, "http://127.0.0.1/ is not an LDAP URI");
    set_uri(o, NULL, NULL);
    assert_fails(o, DIRECTORY_SETUP, "uri");
}

static void
test_second_server(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = server_options(server);
    CLEANUP(server_memory_free) struct server_memory *memory = NULL;
    CLEANUP(directory_connection_close) struct directory_connection *c = NULL;
    CLEANUP(directory_connection_close) struct directory_connection *again = NULL;

    (void)state;
    set_uri(o, "ldap://127.0.0.1:1", server->ldapi);
    memory = server_memory_new(o->uris);
    c = directory_connection_open(o, memory, NULL);
    assert_non_null(c);
    assert_string_equal(directory_connection_uri(c), server->ldapi);
    assert_true(server_memory_not_before(memory, 0) > deadline_now());
    again = directory_connection_open(o, memory, NULL);
    assert_string_equal(directory_connection_uri(again), server->ldapi);
    set_uri(o, "ldap://127.0.0.1:1", "ldapi://%2Fnonexistent");
    assert_fails(o, DIRECTORY_UNREACHABLE, "127.0.0.1:1: Can't contact LDAP server (-1): "
                                           "Connection refused; ldapi://%2Fnonexistent: Can't");
}

static void
test_unknown_authority(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = options_for(server->ldap);

    (void)state;
    directory_options_set(&o->ca_file, NULL);
    assert_fails(o, DIRECTORY_TLS, "not trusted here");
    set_uri(o, server->ldaps, NULL);
    assert_fails(o, DIRECTORY_TLS, "tls_ca must hold");
}

static void
test_localhost_name(void **state)
{
    g_autofree char *uri = g_strdup_printf("ldap://localhost:%d", server->port);
    CLEANUP(directory_options_free) struct directory_options *o = options_for(uri);

    (void)state;
    if (strcmp(g_get_host_name(), "localhost") == 0)
        return;
    assert_fails(o, DIRECTORY_TLS, "the name localhost is checked against this machine's own");
}

static void
test_tls_files(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = options_for(server->ldaps);

    (void)state;
    directory_options_set(&o->ca_file, "/nonexistent/ca.pem");
    assert_fails(o, DIRECTORY_SETUP, "/nonexistent/ca.pem");
    directory_options_set(&o->ca_file, server->root_password_file);
    assert_fails(o, DIRECTORY_TLS, "no certificate loaded from CA certificate file");
}

static void
test_tls_on_plain_port(void **state)
{
    g_autofree char *uri = g_strdup_printf("ldaps://127.0.0.1:%d", server->port);
    CLEANUP(directory_options_free) struct directory_options *o = options_for(uri);
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_null(directory_connection_open(o, NULL, &error));
    assert_non_null(strstr(error->message, uri));
}

/* A server that shows a certificate of this kind. */
static void
test_certificate(void **state)
{
    static const char *const words[] = {"expired", "not trusted here", "does not match"};
    static const char *const kinds[] = {"tls=expired", "tls=other", "tls=name"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const char *const options[] = {kinds[i], NULL};
        struct server *odd = server_start(options);
        CLEANUP(directory_options_free) struct directory_options *o = server_options(odd);

        set_uri(o, odd->ldaps, NULL);
        assert_fails(o, DIRECTORY_TLS, words[i]);
        set_uri(o, odd->ldap, NULL);
        assert_fails(o, DIRECTORY_TLS, words[i]);
        server_stop(odd);
    }
}

static void
test_server_without_tls(void **state)
{
    const char *const options[] = {"tls=no", NULL};
    struct server *plain = server_start(options);
    CLEANUP(directory_options_free) struct directory_options *o = server_options(plain);

    (void)state;
    set_uri(o, plain->ldap, NULL);
    assert_fails(o, DIRECTORY_TLS, "starttls = no");
    o->starttls = DIRECTORY_STARTTLS_TRY;
    assert_connects(o, false);
    server_stop(plain);
}

static void
test_no_schema(void **state)
{
    const char *const options[] = {"schemas=core cosine", "tls=no", NULL};
    struct server *bare = server_start(options);
    CLEANUP(directory_connection_close) struct directory_connection *c = server_connect(bare);
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(capability_check_schema(c, &error));
    assert_int_equal(error->code, DIRECTORY_CODE_NO_SCHEMA);
    assert_non_null(strstr(error->message, "lacks sstVirtualMachineStatus, "));
    assert_non_null(strstr(error->message, "load statesync.schema"));
    server_stop(bare);
}

static void
test_frozen(void **state)
{
    const char *uris[] = {server->ldapi, server->ldap, server->ldaps};

    (void)state;
    server_signal(server, SIGSTOP);
    for (size_t i = 0; i < G_N_ELEMENTS(uris); i++) {
        CLEANUP(directory_options_free) struct directory_options *o = options_for(uris[i]);

        o->timeout = 400;
        o->network_timeout = 1000;
        assert_fails(o, DIRECTORY_TIMEOUT, uris[i]);
    }
    server_signal(server, SIGCONT);
}

/* --- frozen between the StartTLS answer and the handshake ------------------------------------- */

/* Stands between client and server, and stops the server once its answer to StartTLS was
 * forwarded.  Runs in a child process until its connection ends. */
static int
listen_somewhere(int *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static void
relay(int listener, int server_port, pid_t pid)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                            .sin_port = htons((uint16_t)server_port)};
    int there = socket(AF_INET, SOCK_STREAM, 0);
    int here = accept(listener, NULL, NULL);
    char buffer[4096];
    ssize_t n;

    if (connect(there, (struct sockaddr *)&a, sizeof(a)) != 0)
        _exit(1);
    n = read(here, buffer, sizeof(buffer));
    if (n <= 0 || write(there, buffer, (size_t)n) != n)
        _exit(1);
    n = read(there, buffer, sizeof(buffer));
    kill(pid, SIGSTOP);
    if (n <= 0 || write(here, buffer, (size_t)n) != n)
        _exit(1);
    while ((n = read(here, buffer, sizeof(buffer))) > 0)
        continue;
    _exit(0);
}

static void
test_frozen_after_starttls(void **state)
{
    int port = 0;
    int listener = listen_somewhere(&port);
    g_autofree char *uri = g_strdup_printf("ldap://127.0.0.1:%d", port);
    CLEANUP(directory_options_free) struct directory_options *o = options_for(uri);
    pid_t child = fork();

    (void)state;
    if (child == 0)
        relay(listener, server->port, server->pid);
    close(listener);
    o->timeout = 1000;
    o->network_timeout = 1000;
    assert_fails(o, DIRECTORY_TIMEOUT, "TLS handshake");
    server_signal(server, SIGCONT);
    kill(child, SIGKILL);
}

static int
setup(void **state)
{
    g_autofree char *ldif = harness_src_path("tests/data/sample.ldif");
    g_autofree char *option = g_strdup_printf("ldif=%s", ldif);
    const char *const options[] = {option, NULL};

    (void)state;
    server = server_start(options);
    return 0;
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ldapi_simple),
        cmocka_unit_test(test_ldapi_external),
        cmocka_unit_test(test_starttls),
        cmocka_unit_test(test_ldaps),
        cmocka_unit_test(test_client_certificate),
        cmocka_unit_test(test_anonymous),
        cmocka_unit_test(test_wrong_password),
        cmocka_unit_test(test_password_file_refused),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_second_server),
        cmocka_unit_test(test_unknown_authority),
        cmocka_unit_test(test_localhost_name),
        cmocka_unit_test(test_tls_files),
        cmocka_unit_test(test_tls_on_plain_port),
        cmocka_unit_test(test_certificate),
        cmocka_unit_test(test_server_without_tls),
        cmocka_unit_test(test_no_schema),
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_frozen_after_starttls),
    };

    server_require();
    return harness_run("directory_connect", tests, G_N_ELEMENTS(tests), setup, NULL);
}
