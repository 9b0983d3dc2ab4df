/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A front-end behind TLS, with an authority of our own: certificates that are
 * good and every kind that is not.
 */
#include "config.h"

#include "harness.h"
#include "integration/one_server.h"
#include "opennebula/error.h"
#include "opennebula/read.h"

#include <string.h>

static char *credential_file;

static char *
pem_path(const char *name, const char *suffix)
{
    return g_strdup_printf("%s/tls/%s.%s", harness_tmpdir(), name, suffix);
}

static char *
pem(const char *name, const char *suffix)
{
    g_autofree char *path = pem_path(name, suffix);
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    assert_non_null(text);
    return text;
}

static struct one_server *
server_with(const char *name)
{
    g_autofree char *certificate = pem(name, "pem");
    g_autofree char *key = pem(name, "key");
    struct one_server *s = one_server_new_tls(certificate, key);

    if (s != NULL)
        one_server_put(s, 3, "<VM><ID>3</ID><STATE>8</STATE><LCM_STATE>0</LCM_STATE></VM>", NULL);
    return s;
}

static struct frontend_answer *
read_from(const char *endpoint, const char *ca)
{
    const struct opennebula_options o = {
        .name = "one",
        .endpoint = endpoint,
        .credential_file = credential_file,
        .link_attribute = "STONEY_UUID",
        .ca_file = ca,
        .connect_timeout_ms = 5000,
        .timeout_ms = 60000,
        .answer_limit = 1024 * 1024,
        .first_range = 500,
    };

    return opennebula_read(&o, NULL, 0);
}

/* A server's certificate, whom we trust, and what comes of it. */
static const struct row {
    const char *name;
    const char *certificate;
    const char *ca;   /* NULL: the system's */
    const char *says; /* NULL: it is accepted */
} rows[] = {
    {"good", "server", "ca", NULL},
    {"another host's", "name", "ca", "the certificate is another host's than the endpoint names"},
    {"expired", "expired", "ca", "the certificate has expired: renew it"},
    {"an authority nobody trusts", "other", "ca", "name the one that signs it in tls_ca"},
    {"the system's authorities", "server", NULL, "name the one that signs it in tls_ca"},
    {"tls_ca without a certificate", "server", "server-key", "name the one that signs it in tls_ca"},
};

static void
test_certificate(void **state)
{
    const struct row *row = *state;
    CLEANUP(one_server_free) struct one_server *s = server_with(row->certificate);
    g_autofree char *ca = row->ca != NULL ? pem_path(row->ca, "pem") : NULL;
    CLEANUP(frontend_answer_unref)
    struct frontend_answer *a = read_from(one_server_endpoint(s), ca);

    if (row->says == NULL) {
        assert_null(a->text);
        assert_int_equal(a->result, RESULT_COMPLETE);
        assert_int_equal(a->vms->len, 1);
        return;
    }
    assert_int_equal(a->result, RESULT_ERROR);
    if (a->error != ERROR_TLS || strstr(a->text, row->says) == NULL)
        fail_msg("%s: %s", error_class_name(a->error), a->text);
    assert_int_equal(one_server_calls(s, "one.system.version"), 0);
}

/* http:// where https:// is needed. */
static void
test_in_the_clear(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = server_with("server");
    g_autofree char *endpoint = g_strconcat("http", one_server_endpoint(s) + strlen("https"), NULL);
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = read_from(endpoint, NULL);

    (void)state;
    assert_int_equal(a->result, RESULT_ERROR);
    if (a->error != ERROR_CLOSED || strstr(a->text, "https://") == NULL)
        fail_msg("%s: %s", error_class_name(a->error), a->text);
}

/* Both libraries libcurl may be built with say the same in their own numbers. */
static void
test_libraries(void **state)
{
    static const struct {
        const char *library;
        long verified;
        const char *says;
    } all[] = {
        {"GnuTLS/3.7.9", 0, "another host's"},          {"OpenSSL/3.0.19", 0, "another host's"},
        {"GnuTLS/3.7.9", 0x42, "name the one"},         {"OpenSSL/3.0.19", 20, "name the one"},
        {"GnuTLS/3.7.9", 0x402, "has expired"},         {"OpenSSL/3.0.19", 10, "has expired"},
        {"GnuTLS/3.7.9", 0x202, "is not valid yet"},    {"OpenSSL/3.0.19", 9, "is not valid yet"},
        {"GnuTLS/3.7.9", 0x22, "was revoked"},          {"OpenSSL/3.0.19", 23, "was revoked"},
        {"GnuTLS/3.7.9", 0x102, "too weak"},            {"OpenSSL/3.0.19", 68, "too weak"},
        {"GnuTLS/3.7.9", 0x40000, "not one of a server"},
        {"OpenSSL/3.0.19", 26, "not one of a server"},  {"OpenSSL/3.0.19", 4711, "check tls_ca"},
        {"GnuTLS/3.7.9", 2, "check tls_ca"},            {"Other/1", 0, "check tls_ca"},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autoptr(GError) error = NULL;

        opennebula_fail_certificate(&error, all[i].library, all[i].verified, "detail");
        assert_int_equal(opennebula_error_class(error), ERROR_TLS);
        if (strstr(error->message, all[i].says) == NULL)
            fail_msg("%s %ld: %s", all[i].library, all[i].verified, error->message);
    }
}

/* Certificates are made by what makes the directory's. */
static bool
make_certificates(void)
{
    g_autofree char *library = harness_src_path("tests/lib/slapd.sh");
    g_autofree char *script = g_strdup_printf(
        ". '%s' && for kind in server name expired other; do slapd_cert \"$1\" $kind $kind || exit; "
        "done && cp \"$1/tls/server.key\" \"$1/tls/server-key.pem\"", library);
    const char *argv[] = {"bash", "-c", script, "bash", harness_tmpdir(), NULL};
    int status = 0;

    return g_spawn_sync(NULL, (char **)(guintptr)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                        NULL, &status, NULL)
           && status == 0;
}

static bool
can_serve(void)
{
    CLEANUP(one_server_free) struct one_server *s = server_with("server");

    return s != NULL;
}

int
main(void)
{
    struct CMUnitTest tests[G_N_ELEMENTS(rows) + 2];
    g_autofree char *openssl = g_find_program_in_path("openssl");
    gsize n = 0;

    if (openssl == NULL)
        harness_skip_all("openssl is not installed");
    if (!make_certificates())
        return 1;
    if (!can_serve())
        harness_skip_all("libmicrohttpd was built without TLS");
    credential_file = g_build_filename(harness_tmpdir(), "auth", NULL);
    if (!g_file_set_contents_full(credential_file, "oneadmin:secret-1\n", -1,
                                  G_FILE_SET_CONTENTS_NONE, 0600, NULL))
        return 1;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        tests[n++] = (struct CMUnitTest){.name = rows[i].name, .test_func = test_certificate,
                                         .initial_state = (void *)(guintptr)&rows[i]};
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_in_the_clear);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_libraries);
    return harness_run("opennebula_tls", tests, n, NULL, NULL);
}
