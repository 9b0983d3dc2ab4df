/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kerberos: a private KDC, a slapd that takes its tickets, and a client keytab.
 */
#include "config.h"

#include "harness.h"

#include "directory/result.h"
#include "integration/directory_server.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct server *server;
static pid_t kdc;
static char *dir;

static char *
path_of(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static void
require_kerberos(void)
{
    const char *programs[] = {"krb5kdc", "kadmin.local", "kdb5_util", "kinit"};
    const char *modules[] = {"/usr/lib/sasl2/libgssapiv2.so",
                             "/usr/lib/x86_64-linux-gnu/sasl2/libgssapiv2.so",
                             "/usr/lib/aarch64-linux-gnu/sasl2/libgssapiv2.so"};
    bool found = false;

    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        g_autofree char *path = g_find_program_in_path(programs[i]);
        g_autofree char *reason = g_strdup_printf("%s is not installed", programs[i]);

        if (!path)
            harness_skip_all(reason);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(modules); i++)
        found = found || g_file_test(modules[i], G_FILE_TEST_EXISTS);
    if (!found)
        harness_skip_all("the GSSAPI module of SASL is not installed");
}

static int
free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void
shell(const char *line)
{
    g_autofree char *command = g_strdup_printf("cd '%s' && { %s; } >>kerberos.log 2>&1", dir, line);
    g_autofree char *log = NULL;
    g_autofree char *file = path_of("kerberos.log");

    if (system(command) == 0)
        return;
    g_file_get_contents(file, &log, NULL, NULL);
    fail_msg("%s: %s", line, log ? log : "");
}

static void
write_file(const char *name, char *text)
{
    g_autofree char *path = path_of(name);

    assert_true(g_file_set_contents(path, text, -1, NULL));
    g_free(text);
}

static void
end_with_parent(gpointer data)
{
    (void)data;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static bool
kdc_answers(void *data)
{
    g_autofree char *command = g_strdup_printf(
        "KRB5CCNAME=FILE:'%s/probe' kinit -k -t '%s/client.keytab' statesync >'%s/kinit.log' 2>&1",
        dir, dir, dir);

    (void)data;
    return system(command) == 0;
}

static void
start_kdc(void)
{
    const char *argv[] = {"krb5kdc", "-n", NULL};
    g_autofree char *krb5 = path_of("krb5.conf");
    g_autofree char *profile = path_of("kdc.conf");
    int port = free_port();

    write_file("krb5.conf",
               g_strdup_printf("[libdefaults]\ndefault_realm = STATESYNC.TEST\n"
                               "dns_lookup_kdc = false\ndns_lookup_realm = false\nrdns = false\n"
                               "dns_canonicalize_hostname = false\nudp_preference_limit = 1\n"
                               "[realms]\nSTATESYNC.TEST = {\n kdc = 127.0.0.1:%d\n}\n",
                               port));
    write_file("kdc.conf",
               g_strdup_printf("[kdcdefaults]\nkdc_listen = \"\"\nkdc_tcp_listen = 127.0.0.1:%d\n"
                               "[realms]\nSTATESYNC.TEST = {\n database_name = %s/principal\n"
                               " key_stash_file = %s/stash\n acl_file = %s/acl\n}\n"
                               "[logging]\nkdc = FILE:%s/kdc.log\n",
                               port, dir, dir, dir, dir));
    g_setenv("KRB5_CONFIG", krb5, TRUE);
    g_setenv("KRB5_KDC_PROFILE", profile, TRUE);
    shell("kdb5_util create -s -P master -r STATESYNC.TEST");
    shell("kadmin.local -q 'addprinc -randkey ldap/127.0.0.1'");
    shell("kadmin.local -q 'addprinc -randkey statesync'");
    shell("kadmin.local -q 'ktadd -k server.keytab ldap/127.0.0.1'");
    shell("kadmin.local -q 'ktadd -k client.keytab statesync'");
    assert_true(g_spawn_async(NULL, (char **)(uintptr_t)argv, NULL,
                              G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                  G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                              end_with_parent, NULL, &kdc, NULL));
    assert_true(harness_wait_until(kdc_answers, NULL, 10000));
}

static struct directory_options *
options_for(const char *uri, enum directory_starttls starttls)
{
    struct directory_options *o = server_options(server);
    const char *uris[] = {uri, NULL};

    g_strfreev(o->uris);
    o->uris = g_strdupv((char **)(uintptr_t)uris);
    o->starttls = starttls;
    o->bind = DIRECTORY_BIND_GSSAPI;
    directory_options_set(&o->bind_dn, NULL);
    directory_options_set(&o->password_file, NULL);
    return o;
}

static void
assert_is_us(const char *uri, enum directory_starttls starttls)
{
    CLEANUP(directory_options_free) struct directory_options *o = options_for(uri, starttls);
    g_autoptr(GError) error = NULL;
    CLEANUP(directory_connection_close)
    struct directory_connection *c = directory_connection_open(o, NULL, &error);
    struct berval *who = NULL;

    if (!c)
        fail_msg("%s", error->message);
    assert_int_equal(ldap_whoami_s(directory_connection_handle(c), &who, NULL, NULL),
                     LDAP_SUCCESS);
    assert_non_null(who);
    assert_string_equal(who->bv_val, "dn:cn=manager,dc=stoney-cloud,dc=org");
    ber_bvfree(who);
    /* Also with a layer of SASL under it: something larger than a packet. */
    assert_non_null(directory_connection_capability(c, &error));
    assert_true(capability_check_schema(c, &error));
}

static void
test_ticket(void **state)
{
    (void)state;
    assert_is_us(server->ldap, DIRECTORY_STARTTLS_REQUIRED);
    assert_is_us(server->ldaps, DIRECTORY_STARTTLS_REQUIRED);
    assert_is_us(server->ldap, DIRECTORY_STARTTLS_NO); /* encrypted by Kerberos */
}

static void
assert_refused(const char *uri, const char *words)
{
    CLEANUP(directory_options_free)
    struct directory_options *o = options_for(uri, DIRECTORY_STARTTLS_NO);
    g_autoptr(GError) error = NULL;

    assert_null(directory_connection_open(o, NULL, &error));
    if (directory_error_class(error) != DIRECTORY_CREDENTIALS || !strstr(error->message, words))
        fail_msg("%s", error->message);
}

static void
test_no_key(void **state)
{
    g_autofree char *good = path_of("client.keytab");
    g_autofree char *none = path_of("none.keytab");
    CLEANUP(directory_options_free) struct directory_options *o = directory_options_new();

    (void)state;
    g_setenv("KRB5CCNAME", "MEMORY:empty", TRUE);
    directory_options_set_keytab(o, none);
    assert_refused(server->ldap, "bind by SASL GSSAPI");
    directory_options_set_keytab(o, good);
    g_setenv("KRB5CCNAME", "MEMORY:other", TRUE);
    assert_is_us(server->ldap, DIRECTORY_STARTTLS_NO);
}

static void
test_no_kdc(void **state)
{
    (void)state;
    kill(kdc, SIGKILL);
    waitpid(kdc, NULL, 0);
    assert_is_us(server->ldap, DIRECTORY_STARTTLS_NO); /* the ticket is still there */
    g_setenv("KRB5CCNAME", "MEMORY:fresh", TRUE);
    assert_refused(server->ldap, "bind by SASL GSSAPI");
}

static int
setup(void **state)
{
    g_autofree char *conf = NULL;
    g_autofree char *option = NULL;
    g_autofree char *keytab = NULL;
    g_autofree char *client = NULL;
    const char *options[] = {NULL, NULL};
    CLEANUP(directory_options_free) struct directory_options *o = directory_options_new();

    (void)state;
    dir = g_strdup(harness_tmpdir());
    start_kdc();
    conf = path_of("sasl.conf");
    write_file("sasl.conf", g_strdup("sasl-host 127.0.0.1\nsasl-realm STATESYNC.TEST\n"
                                     "authz-regexp \"uid=statesync,cn=.*gssapi,cn=auth\" "
                                     "\"cn=manager,dc=stoney-cloud,dc=org\"\n"));
    option = g_strdup_printf("conf=%s", conf);
    options[0] = option;
    keytab = path_of("server.keytab");
    g_setenv("KRB5_KTNAME", keytab, TRUE);
    server = server_start(options);
    client = path_of("client.keytab");
    g_unsetenv("KRB5CCNAME");
    directory_options_set_keytab(o, client);
    assert_string_equal(g_getenv("KRB5CCNAME"), "MEMORY:statesync");
    return 0;
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticket),
        cmocka_unit_test(test_no_key),
        cmocka_unit_test(test_no_kdc),
    };

    server_require();
    require_kerberos();
    return harness_run("directory_gssapi", tests, G_N_ELEMENTS(tests), setup, NULL);
}
