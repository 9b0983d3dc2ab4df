/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pipelined conditional modifies on a real slapd: all goes well, or some are refused.
 */
#include "config.h"

#include "harness.h"

#include "directory/deadline.h"
#include "directory/read.h"
#include "directory/writer.h"
#include "integration/directory_writes.h"

#include <string.h>

static struct server *server;

/* Writes all VMs of a fresh server over one transport. */
static void
write_world(const char *which, int window, bool assertions)
{
    struct server *own = start_world(200);
    CLEANUP(directory_options_free) struct directory_options *o = server_options(own);
    CLEANUP(directory_connection_close) struct directory_connection *c = NULL;
    CLEANUP(writer_free) struct writer *w = NULL;
    g_autoptr(GPtrArray) changes = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *dn = server_vm_dn(200);
    g_autofree char *text = NULL;
    struct tally tally = {.n_all = 0};

    g_free(o->uris[0]);
    o->uris[0] = g_strdup(strcmp(which, "ldap") == 0    ? own->ldap
                          : strcmp(which, "ldaps") == 0 ? own->ldaps
                                                        : own->ldapi);
    c = directory_connection_open(o, NULL, &error);
    assert_non_null(c);
    if (!assertions) {
        struct capability can = *directory_connection_capability(c, &error);

        can.assertion = can.post_read = false;
        directory_connection_set_capability(c, &can);
    }
    changes = changes_for_all(c, o, 40);
    assert_int_equal(changes->len, 200);
    w = writer_new(c, window, count, &tally, &error);
    send_all(w, changes);
    assert_true(writer_finish(w, &error));
    assert_int_equal(tally.n[DIRECTORY_SUCCESS], 200);
    assert_int_equal(tally.n_csns, assertions ? 200 : 0);
    text = server_value(own, dn, "sstVirtualMachineStatus");
    assert_string_equal(text, "Running");
    tally_clear(&tally);
    server_stop(own);
}

static void
test_transports(void **state)
{
    (void)state;
    write_world("ldapi", 64, true);
    write_world("ldap", 64, true);
    write_world("ldaps", WRITER_WINDOW_MAX * 10, true);
    write_world("ldapi", 0, true);
    write_world("ldapi", 1, false);
    write_world("ldapi", 64, false);
}

/* Somebody else writes between our read and our write: decided again, both changes survive. */
static void
changed_meanwhile(bool assertions)
{
    CLEANUP(directory_connection_close) struct directory_connection *c = server_connect(server);
    g_autofree char *dn = server_vm_dn(1);
    g_autofree char *ldif =
        g_strdup_printf("dn: %s\nchangetype: modify\nreplace: description\n"
                        "description: by somebody else %d\n", dn, assertions);
    g_autofree char *theirs = NULL;
    g_autofree char *ours = NULL;
    g_autoptr(GError) error = NULL;
    CLEANUP(change_free) struct change *change = fresh_change(c, dn);
    CLEANUP(change_free) struct change *again = NULL;

    if (!assertions) {
        struct capability can = *directory_connection_capability(c, &error);

        can.assertion = false;
        directory_connection_set_capability(c, &can);
    }
    change_replace(change, "sstDisplayName", "not this");
    server_modify(server, ldif);
    assert_one(c, change, DIRECTORY_ASSERTED, NULL);
    again = fresh_change(c, dn);
    assert_string_not_equal(again->csn, change->csn);
    change_replace(again, "sstDisplayName", "ours");
    assert_one(c, again, DIRECTORY_SUCCESS, NULL);
    ours = server_value(server, dn, "sstDisplayName");
    theirs = server_value(server, dn, "description");
    assert_string_equal(ours, "ours");
    assert_true(g_str_has_prefix(theirs, "by somebody else"));
}

static void
test_changed_meanwhile(void **state)
{
    (void)state;
    changed_meanwhile(true);
    changed_meanwhile(false);
}

/* The CSN of the post-read is the one to assert next. */
static void
test_post_read_csn(void **state)
{
    CLEANUP(directory_connection_close) struct directory_connection *c = server_connect(server);
    g_autofree char *dn = server_vm_dn(2);
    CLEANUP(change_free) struct change *change = fresh_change(c, dn);
    g_autoptr(GError) error = NULL;

    (void)state;
    for (int i = 0; i < 5; i++) {
        struct tally tally = {.n_all = 0};
        CLEANUP(writer_free) struct writer *w = writer_new(c, 64, count, &tally, &error);
        g_autofree char *name = g_strdup_printf("round %d", i);
        g_autofree char *stored = NULL;

        change_free(change);
        change = fresh_change(c, dn);
        change_replace(change, "sstDisplayName", name);
        writer_send(w, change);
        assert_true(writer_finish(w, &error));
        stored = server_value(server, dn, "entryCSN");
        assert_string_equal(tally.last_csn, stored);
        g_free(change->csn);
        change->csn = g_strdup(tally.last_csn);
        tally_clear(&tally);
    }
}

static void
test_refusals(void **state)
{
    CLEANUP(directory_connection_close) struct directory_connection *c = server_connect(server);
    g_autofree char *dn = server_vm_dn(3);
    g_autofree char *nowhere = g_strdup_printf("cn=nowhere,%s", server_base);
    struct {
        const char *dn;
        enum change_op op;
        const char *attribute;
        const char *value;
        enum directory_class class;
    } rows[] = {
        {dn, CHANGE_REPLACE, "sstDisplayName", "", DIRECTORY_VALUE},
        {dn, CHANGE_REPLACE, "sstDisplayName", "\xff\xfe", DIRECTORY_VALUE},
        {dn, CHANGE_REPLACE, "sstNode", "n\xc3\xb6", DIRECTORY_VALUE},
        {dn, CHANGE_REPLACE, "noSuchAttribute", "x", DIRECTORY_SCHEMA},
        {dn, CHANGE_REPLACE, "bad attribute name", "x", DIRECTORY_SCHEMA},
        {dn, CHANGE_REPLACE, "sstVirtualMachineStatus", "x", DIRECTORY_SCHEMA},
        {dn, CHANGE_ADD, "objectClass", "sstVirtualizationVirtualMachine", DIRECTORY_EXISTS},
        {dn, CHANGE_DELETE, "description", NULL, DIRECTORY_NO_VALUE},
        {dn, CHANGE_DELETE, "sstMemory", NULL, DIRECTORY_SCHEMA},
        {nowhere, CHANGE_REPLACE, "sstDisplayName", "x", DIRECTORY_ABSENT},
        {"no dn at all", CHANGE_REPLACE, "sstDisplayName", "x", DIRECTORY_VALUE},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        CLEANUP(change_free) struct change *fresh = fresh_change(c, dn);
        CLEANUP(change_free) struct change *change = change_new(rows[i].dn, fresh->csn);
        struct change_mod *mod = change_add_mod(change, rows[i].op, rows[i].attribute);

        if (rows[i].value)
            change_mod_value(mod, rows[i].value);
        assert_one(c, change, rows[i].class, rows[i].dn);
    }
}

static void
test_not_sent(void **state)
{
    CLEANUP(directory_connection_close) struct directory_connection *c = server_connect(server);
    g_autofree char *dn = server_vm_dn(3);
    CLEANUP(change_free) struct change *empty = fresh_change(c, dn);
    CLEANUP(change_free) struct change *blind = change_new(dn, NULL);

    (void)state;
    assert_one(c, empty, DIRECTORY_MISTAKE, "nothing to modify");
    change_replace(blind, "sstDisplayName", "x");
    assert_one(c, blind, DIRECTORY_DENIED, "entryCSN");
}

/* The example of etc/ with what it asks to have behind it. */
static char *
access_file(void)
{
    g_autofree char *example = harness_src_path("etc/slapd-access.conf");
    g_autofree char *text = NULL;
    g_autofree char *whole = NULL;
    char *path = g_build_filename(harness_tmpdir(), "access.conf", NULL);

    assert_true(g_file_get_contents(example, &text, NULL, NULL));
    whole = g_strdup_printf("%s\naccess to attrs=userPassword by anonymous auth\n"
                            "access to * by * read\n", text);
    assert_true(g_file_set_contents(path, whole, -1, NULL));
    return path;
}

/* The example of etc/: statuses may be written, what others own may not. */
static void
test_access_rules(void **state)
{
    g_autofree char *acl = access_file();
    g_autofree char *acl_option = g_strdup_printf("acl=%s", acl);
    g_autofree char *sample = harness_src_path("tests/data/sample.ldif");
    g_autofree char *ldif_option = g_strdup_printf("ldif=%s", sample);
    g_autofree char *password = g_build_filename(harness_tmpdir(), "statesync", NULL);
    const char *const options[] = {acl_option, ldif_option, "tls=no", NULL};
    struct server *own = server_start(options);
    CLEANUP(directory_options_free) struct directory_options *o = server_options(own);
    CLEANUP(directory_connection_close) struct directory_connection *c = NULL;
    CLEANUP(writer_free) struct writer *w = NULL;
    g_autoptr(GPtrArray) changes = NULL;
    g_autoptr(GError) error = NULL;
    struct tally tally = {.n_all = 0};

    (void)state;
    assert_true(g_file_set_contents_full(password, "statesync-demo", -1, G_FILE_SET_CONTENTS_NONE,
                                         0600, NULL));
    directory_options_set(&o->bind_dn, "cn=statesync,ou=administration,dc=stoney-cloud,dc=org");
    directory_options_set(&o->password_file, password);
    c = directory_connection_open(o, NULL, &error);
    assert_non_null(c);
    changes = changes_for_all(c, o, 10);
    for (guint i = 0; i < changes->len; i += 2)
        change_replace(changes->pdata[i], "sstStatus", "shutdown");
    w = writer_new(c, 64, count, &tally, &error);
    send_all(w, changes);
    assert_true(writer_finish(w, &error));
    assert_int_equal(tally.n[DIRECTORY_DENIED], (changes->len + 1) / 2);
    assert_int_equal(tally.n[DIRECTORY_DENIED] + tally.n[DIRECTORY_SUCCESS] +
                         tally.n[DIRECTORY_EXISTS], changes->len);
    assert_true(tally.n[DIRECTORY_SUCCESS] > 5);
    tally_clear(&tally);
    server_stop(own);
}

static bool
open_for_ten(void *data)
{
    guint *n = data;

    return (*n)++ < 10;
}

static void
test_gate(void **state)
{
    struct server *own = start_world(50);
    CLEANUP(directory_options_free) struct directory_options *o = server_options(own);
    CLEANUP(directory_connection_close) struct directory_connection *c = server_connect(own);
    CLEANUP(writer_free) struct writer *w = NULL;
    g_autoptr(GPtrArray) changes = changes_for_all(c, o, 40);
    g_autoptr(GError) error = NULL;
    struct tally tally = {.n_all = 0};
    guint asked = 0;

    (void)state;
    w = writer_new(c, 8, count, &tally, &error);
    writer_set_gate(w, open_for_ten, &asked);
    send_all(w, changes);
    while (writer_pump(w, 100))
        continue;
    assert_true(writer_finish(w, &error));
    assert_int_equal(tally.n[DIRECTORY_SUCCESS], 10);
    assert_int_equal(tally.n[DIRECTORY_NO_LEASE], 40);
    tally_clear(&tally);
    server_stop(own);
}

/* Freed with answers outstanding: nothing is reported, nothing leaks, the connection lives on. */
static void
test_abandoned(void **state)
{
    CLEANUP(directory_connection_close) struct directory_connection *c = server_connect(server);
    g_autofree char *dn = server_vm_dn(6);
    CLEANUP(change_free) struct change *change = fresh_change(c, dn);
    g_autoptr(GPtrArray) entries = NULL;
    g_autoptr(GError) error = NULL;
    struct tally tally = {.n_all = 0};
    struct writer *w = writer_new(c, 8, count, &tally, &error);

    (void)state;
    change_replace(change, "sstDisplayName", "x");
    writer_send(w, change);
    writer_free(w);
    assert_int_equal(tally.n_all, 0);
    assert_true(directory_reread(c, dn, &entries, &error));
}

static int
setup(void **state)
{
    (void)state;
    server = start_world(10);
    return 0;
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transports),
        cmocka_unit_test(test_changed_meanwhile),
        cmocka_unit_test(test_post_read_csn),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_not_sent),
        cmocka_unit_test(test_access_rules),
        cmocka_unit_test(test_gate),
        cmocka_unit_test(test_abandoned),
    };

    server_require();
    return harness_run("directory_write", tests, G_N_ELEMENTS(tests), setup, NULL);
}
