/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading from a real slapd: everything, a part, and reads that break off.
 */
#include "config.h"

#include "harness.h"

#include "directory/deadline.h"
#include "directory/read.h"
#include "directory/result.h"
#include "integration/directory_server.h"

#include <signal.h>
#include <string.h>

static struct server *server;

static guint
count_type(const GPtrArray *entries, enum entry_type type)
{
    guint n = 0;

    for (guint i = 0; i < entries->len; i++)
        n += entry_type(entries->pdata[i]) == type;
    return n;
}

static void
count_progress(guint n, void *data)
{
    *(guint *)data = n;
}

static struct directory_snapshot *
read_all(const struct directory_options *o, guint *progress)
{
    CLEANUP(directory_connection_close) struct directory_connection *c = NULL;
    g_autoptr(GError) error = NULL;
    struct directory_snapshot *s;

    c = directory_connection_open(o, NULL, &error);
    if (!c)
        fail_msg("%s", error->message);
    s = directory_read(c, o, progress ? count_progress : NULL, progress, &error);
    if (!s)
        fail_msg("%s", error->message);
    return s;
}

static void
test_sample(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = server_options(server);
    CLEANUP(directory_snapshot_free) struct directory_snapshot *s = NULL;
    guint progress = 0;

    (void)state;
    s = read_all(o, &progress);
    assert_true(s->vms.complete && s->nodes.complete);
    assert_null(s->vms.why);
    assert_int_equal(s->n_malformed, 0);
    assert_int_equal(count_type(s->entries, ENTRY_NODE), 3);
    assert_int_equal(count_type(s->entries, ENTRY_ADDRESS), 3);
    assert_int_equal(count_type(s->entries, ENTRY_NODE_TYPE), 3);
    assert_true(count_type(s->entries, ENTRY_VM) >= 20);
    assert_true(count_type(s->entries, ENTRY_BACKUP) >= 3);
    assert_int_equal(progress, s->vms.n_entries + s->nodes.n_entries);
    for (guint i = 0; i < s->entries->len; i++) {
        assert_non_null(entry_csn(s->entries->pdata[i]));
        assert_null(strstr(entry_dn(s->entries->pdata[i]), "profiles"));
    }
}

static void
test_pages_are_all(void **state)
{
    static const int sizes[] = {0, 1, 3, 7, 100000};
    CLEANUP(directory_options_free) struct directory_options *o = server_options(server);
    guint n = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        CLEANUP(directory_snapshot_free) struct directory_snapshot *s = NULL;

        o->page_size = sizes[i];
        s = read_all(o, NULL);
        assert_true(s->vms.complete && s->nodes.complete);
        if (i)
            assert_int_equal(s->entries->len, n);
        n = s->entries->len;
    }
}

static void
assert_read_fails(const struct directory_options *o, enum directory_class class, const char *words)
{
    CLEANUP(directory_connection_close) struct directory_connection *c = NULL;
    g_autoptr(GError) error = NULL;

    c = directory_connection_open(o, NULL, &error);
    if (!c)
        fail_msg("%s", error->message);
    assert_null(directory_read(c, o, NULL, NULL, &error));
    if (directory_error_class(error) != class || !strstr(error->message, words))
        fail_msg("class %s: %s", directory_class_name(directory_error_class(error)),
                 error->message);
}

static void
test_missing_base(void **state)
{
    CLEANUP(directory_options_free) struct directory_options *o = server_options(server);

    (void)state;
    directory_options_set(&o->vm_subtree, "ou=nowhere");
    assert_read_fails(o, DIRECTORY_ABSENT,
                      "search below \"ou=nowhere,ou=virtualization,ou=services,"
                      "dc=stoney-cloud,dc=org\": No such object (32); the deepest entry that "
                      "exists is \"ou=virtualization,");
    directory_options_set(&o->vm_subtree, "ou=virtual machines");
    directory_options_set(&o->node_subtree, "ou=nowhere");
    assert_read_fails(o, DIRECTORY_ABSENT, "ou=nowhere,");
    directory_options_set(&o->node_subtree, "ou=nodes");
    directory_options_set(&o->vm_subtree, "not a dn");
    assert_read_fails(o, DIRECTORY_VALUE, "not a dn");
}

static void
test_reread(void **state)
{
    CLEANUP(directory_connection_close) struct directory_connection *c = server_connect(server);
    g_autofree char *dn =
        g_strdup_printf("sstVirtualMachine=11111111-0000-4000-8000-000000000014,"
                        "ou=virtual machines,%s", server_base);
    g_autofree char *node = g_strdup_printf("sstNode=vm-node-01.example.org,ou=nodes,%s",
                                            server_base);
    g_autofree char *gone = g_strdup_printf("sstVirtualMachine=gone,ou=virtual machines,%s",
                                            server_base);
    g_autoptr(GPtrArray) with_backup = NULL;
    g_autoptr(GPtrArray) nothing = NULL;
    g_autoptr(GPtrArray) facts = NULL;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(directory_reread(c, dn, &with_backup, &error));
    assert_int_equal(count_type(with_backup, ENTRY_VM), 1);
    assert_int_equal(count_type(with_backup, ENTRY_BACKUP), 1);
    assert_int_equal(with_backup->len, 2);
    assert_true(directory_reread(c, gone, &nothing, &error));
    assert_int_equal(nothing->len, 0);
    assert_true(directory_reread_node(c, node, &facts, &error));
    assert_int_equal(facts->len, 3);
}

/* Values as bad as slapd lets them in: huge, NUL bytes, blanks, many. */
static void
test_odd_values(void **state)
{
    struct server *own;
    g_autofree char *world = server_world(3);
    g_autofree char *option = g_strdup_printf("ldif=%s", world);
    const char *const options[] = {option, "tls=no", NULL};
    g_autofree char *first = server_vm_dn(1);
    g_autofree char *second = server_vm_dn(2);
    g_autofree char *huge = g_strnfill(1000000, 'h');
    g_autoptr(GString) ldif = g_string_new(NULL);
    CLEANUP(directory_options_free) struct directory_options *o = NULL;
    CLEANUP(directory_snapshot_free) struct directory_snapshot *s = NULL;

    (void)state;
    own = server_start(options);
    g_string_append_printf(ldif, "dn: %s\nchangetype: modify\nreplace: sstDisplayName\n"
                                 "sstDisplayName: %s\n-\nreplace: sstVirtualMachineMode\n"
                                 "sstVirtualMachineMode:: YQBiAGM=\n", first, huge);
    for (int i = 0; i < 500; i++)
        g_string_append_printf(ldif, "%ssstThinProvisioningVirtualMachine: value %d\n",
                               i ? "" : "-\nadd: sstThinProvisioningVirtualMachine\n", i);
    g_string_append_printf(ldif, "\ndn: %s\nchangetype: modify\nreplace: sstStatus\n"
                                 "sstStatus:: ICAA\n", second);
    server_modify(own, ldif->str);
    o = server_options(own);
    s = read_all(o, NULL);
    assert_true(s->vms.complete);
    assert_int_equal(s->n_malformed, 0);
    assert_int_equal(count_type(s->entries, ENTRY_VM), 3);
    server_stop(own);
}

/* Somebody who is not the root DN, on a server with a limit of 5 entries. */
static void
test_size_limit(void **state)
{
    g_autofree char *world = server_world(40);
    g_autofree char *option = g_strdup_printf("ldif=%s", world);
    const char *const options[] = {option, "tls=no", "sizelimit=5", NULL};
    struct server *own = server_start(options);
    CLEANUP(directory_options_free) struct directory_options *o = server_options(own);
    CLEANUP(directory_snapshot_free) struct directory_snapshot *s = NULL;

    (void)state;
    o->bind = DIRECTORY_BIND_NONE;
    o->page_size = 0;
    s = read_all(o, NULL);
    assert_false(s->vms.complete);
    assert_int_equal(directory_error_class(s->vms.why), DIRECTORY_SIZE_LIMIT);
    assert_int_equal(s->vms.n_entries, 5);
    assert_true(s->nodes.complete);
    o->page_size = 3;
    directory_snapshot_free(s);
    s = read_all(o, NULL);
    assert_false(s->vms.complete);
    assert_int_equal(directory_error_class(s->vms.why), DIRECTORY_SIZE_LIMIT);
    server_stop(own);
}

static void
test_referral(void **state)
{
    g_autofree char *conf = g_build_filename(harness_tmpdir(), "referral.conf", NULL);
    g_autofree char *option = g_strdup_printf("conf=%s", conf);
    const char *const options[] = {option, "tls=no", NULL};
    struct server *own;
    CLEANUP(directory_options_free) struct directory_options *o = NULL;

    (void)state;
    assert_true(g_file_set_contents(conf, "referral ldap://127.0.0.1:9\n", -1, NULL));
    own = server_start(options);
    o = server_options(own);
    directory_options_set(&o->base, "dc=elsewhere,dc=net");
    assert_read_fails(o, DIRECTORY_REFERRAL, "Referral");
    server_stop(own);
}

struct trouble {
    struct server *server;
    guint at;
    bool kill;
    bool done;
};

static void
make_trouble(guint n, void *data)
{
    struct trouble *t = data;

    if (t->done || n < t->at)
        return;
    t->done = true;
    if (t->kill)
        server_kill(t->server);
    else
        server_signal(t->server, SIGSTOP);
}

/* The server freezes or dies in the middle of a read: what came is kept and called incomplete. */
static void
test_breaks_off(void **state)
{
    g_autofree char *world = server_world(3000);
    g_autofree char *option = g_strdup_printf("ldif=%s", world);
    const char *const options[] = {option, "tls=no", NULL};

    (void)state;
    for (int dies = 0; dies < 2; dies++) {
        struct server *own = server_start(options);
        struct trouble trouble = {.server = own, .at = 512, .kill = dies};
        CLEANUP(directory_options_free) struct directory_options *o = server_options(own);
        CLEANUP(directory_connection_close) struct directory_connection *c = NULL;
        CLEANUP(directory_snapshot_free) struct directory_snapshot *s = NULL;
        g_autoptr(GError) error = NULL;
        int64_t start;

        o->page_size = 256;
        o->timeout = 2000;
        c = directory_connection_open(o, NULL, &error);
        start = deadline_now();
        s = directory_read(c, o, make_trouble, &trouble, &error);
        assert_non_null(s);
        assert_true(trouble.done);
        assert_true(s->nodes.complete);
        assert_false(s->vms.complete);
        assert_true(s->vms.n_entries >= 512 && s->vms.n_entries < 3000);
        assert_int_equal(directory_error_class(s->vms.why),
                         dies ? DIRECTORY_UNREACHABLE : DIRECTORY_TIMEOUT);
        assert_true(deadline_now() - start < harness_patience(4000));
        server_stop(own);
    }
}

static int
setup(void **state)
{
    g_autofree char *ldif = harness_src_path("tests/data/sample.ldif");
    g_autofree char *option = g_strdup_printf("ldif=%s", ldif);
    const char *const options[] = {option, "tls=no", NULL};

    (void)state;
    server = server_start(options);
    return 0;
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),     cmocka_unit_test(test_pages_are_all),
        cmocka_unit_test(test_reread),     cmocka_unit_test(test_missing_base),
        cmocka_unit_test(test_odd_values), cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_referral),   cmocka_unit_test(test_breaks_off),
    };

    server_require();
    return harness_run("directory_read", tests, G_N_ELEMENTS(tests), setup, NULL);
}
