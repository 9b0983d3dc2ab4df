/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pipelined modifies when the server dies, freezes, or gets more than fits.
 */
#include "config.h"

#include "harness.h"

#include "directory/deadline.h"
#include "directory/read.h"
#include "directory/writer.h"
#include "integration/directory_writes.h"

#include <signal.h>
#include <string.h>

enum { N_VMS = 1000 };

static struct server *server;

static void
test_killed_meanwhile(void **state)
{
    struct server *own = start_world(N_VMS);
    CLEANUP(directory_options_free) struct directory_options *o = server_options(own);
    CLEANUP(directory_connection_close) struct directory_connection *c = server_connect(own);
    CLEANUP(writer_free) struct writer *w = NULL;
    g_autoptr(GPtrArray) changes = changes_for_all(c, o, 40);
    g_autoptr(GError) error = NULL;
    struct tally tally = {.kill_at = 100, .server = own};

    (void)state;
    w = writer_new(c, 64, count, &tally, &error);
    send_all(w, changes);
    assert_false(writer_finish(w, &error));
    assert_int_equal(directory_error_class(error), DIRECTORY_UNREACHABLE);
    assert_int_equal(tally.n_all, N_VMS);
    assert_true(tally.n[DIRECTORY_SUCCESS] >= 100);
    assert_int_equal(tally.n[DIRECTORY_SUCCESS] + tally.n[DIRECTORY_UNREACHABLE], N_VMS);
    assert_non_null(strstr(tally.last_error, "not sent"));
    assert_int_equal(writer_unanswered(w), 0);
    tally_clear(&tally);
    server_stop(own);
}

/* A frozen server takes what the socket buffers hold, then nothing: that must not hold us up. */
static void
freeze(size_t size, int window)
{
    struct server *own = start_world(60);
    CLEANUP(directory_options_free) struct directory_options *o = server_options(own);
    CLEANUP(directory_connection_close) struct directory_connection *c = NULL;
    CLEANUP(writer_free) struct writer *w = NULL;
    g_autoptr(GPtrArray) changes = NULL;
    g_autoptr(GError) error = NULL;
    struct tally tally = {.n_all = 0};
    int64_t start;

    o->timeout = 1500;
    c = directory_connection_open(o, NULL, &error);
    changes = changes_for_all(c, o, size);
    w = writer_new(c, window, count, &tally, &error);
    server_signal(own, SIGSTOP);
    start = deadline_now();
    send_all(w, changes);
    assert_false(writer_finish(w, &error));
    assert_true(deadline_now() - start < harness_patience(3000));
    assert_int_equal(tally.n[DIRECTORY_TIMEOUT], 60);
    tally_clear(&tally);
    server_stop(own);
}

static void
test_frozen(void **state)
{
    (void)state;
    freeze(10, 8);
    freeze(10, 100);
    freeze(200000, 100);
}

/* More than the socket takes at once, and a server that reads it: all is written in the end. */
static void
test_large_values(void **state)
{
    struct server *own = start_world(60);
    CLEANUP(directory_options_free) struct directory_options *o = server_options(own);
    CLEANUP(directory_connection_close) struct directory_connection *c = NULL;
    CLEANUP(writer_free) struct writer *w = NULL;
    g_autoptr(GPtrArray) changes = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *dn = server_vm_dn(33);
    g_autofree char *reason = NULL;
    struct tally tally = {.n_all = 0};

    (void)state;
    o->timeout = 20000;
    c = directory_connection_open(o, NULL, &error);
    changes = changes_for_all(c, o, 200000);
    w = writer_new(c, 64, count, &tally, &error);
    /* Other operations in between have to wait for the socket, too. */
    for (guint i = 0; i < changes->len; i++) {
        g_autoptr(GPtrArray) entries = NULL;

        assert_true(writer_send(w, changes->pdata[i]));
        if (i % 7 == 0 && !directory_reread(c, dn, &entries, &error))
            fail_msg("%s", error->message);
    }
    if (!writer_finish(w, &error))
        fail_msg("%s", error->message);
    assert_int_equal(tally.n[DIRECTORY_SUCCESS], 60);
    reason = server_value(own, dn, "sstVirtualMachineStatusReason");
    assert_int_equal(strlen(reason), 200000);
    tally_clear(&tally);
    server_stop(own);
}

/* slapd hangs up on a request above its limit (sockbuf_max_incoming_auth, 16 MiB). */
static void
test_too_large(void **state)
{
    CLEANUP(directory_connection_close) struct directory_connection *c = server_connect(server);
    g_autofree char *dn = server_vm_dn(5);
    g_autofree char *monster = g_strnfill(17000000, 'm');
    CLEANUP(change_free) struct change *change = fresh_change(c, dn);

    (void)state;
    change_replace(change, "sstDisplayName", monster);
    assert_one(c, change, DIRECTORY_UNREACHABLE, NULL);
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
        cmocka_unit_test(test_killed_meanwhile),
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_large_values),
        cmocka_unit_test(test_too_large),
    };

    server_require();
    return harness_run("directory_trouble", tests, G_N_ELEMENTS(tests), setup, NULL);
}
