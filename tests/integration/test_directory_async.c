/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runs beside the watch on one connection: single reads, the lease, the writer.
 */
#include "config.h"

#include "harness.h"

#include "directory/deadline.h"
#include "directory/reread.h"
#include "directory/result.h"
#include "directory/service_async.h"
#include "directory/writer.h"
#include "integration/watch_mirror.h"

#include <signal.h>
#include <string.h>

enum { N_VMS = 200, LEASE = 5000 };

static struct server *server;

/* A body: a mirror with a service, and what operations said. */
struct body {
    struct mirror *mirror;
    struct service *service;
    unsigned n_done;
    GError *error;
    int64_t awaited; /* serial of the lease */
    /* reading anew */
    unsigned n_read;
    guint n_read_entries;
    bool read_failed;
    /* the writer */
    struct writer *writer;
    GPtrArray *changes;
    unsigned next;
    unsigned n[DIRECTORY_CLASS_COUNT];
    unsigned n_reported;
};

static void
note_state(struct mirror *m, const struct service_state *state)
{
    struct body *b = m->data;

    service_note_state(b->service, state);
}

static void
note_connection(struct mirror *m)
{
    struct body *b = m->data;

    if (!m->connection)
        g_clear_pointer(&b->writer, writer_free);
    else
        service_set_connection(b->service, m->connection);
}

static struct body *
body_new(struct directory_options *o)
{
    struct body *b = g_new0(struct body, 1);

    b->mirror = mirror_new(o);
    b->service = service_new(NULL, o->service_dn, LEASE);
    b->mirror->data = b;
    b->mirror->on_service = note_state;
    b->mirror->on_connection = note_connection;
    mirror_up(b->mirror);
    return b;
}

static void
body_free(struct body *b)
{
    mirror_free(b->mirror);
    service_free(b->service);
    g_clear_error(&b->error);
    g_clear_pointer(&b->changes, g_ptr_array_unref);
    g_free(b);
}
DEFINE_CLEANUP(struct body, body_free)

static bool
op_is_done(struct mirror *m)
{
    return ((struct body *)m->data)->n_done > 0;
}

static void
note_done(struct service *s, const GError *error, void *data)
{
    struct body *b = data;

    (void)s;
    b->n_done++;
    g_clear_error(&b->error);
    b->error = error ? g_error_copy(error) : NULL;
}

static void
assert_started(bool started, GError **error)
{
    if (!started)
        fail_msg("%s", *error ? (*error)->message : "no error given");
}

static void
wait_done(struct body *b, enum directory_class class)
{
    mirror_until(b->mirror, op_is_done, 5000);
    assert_int_equal(b->n_done, 1);
    if (directory_error_class(b->error) != class)
        fail_msg("%s", b->error ? b->error->message : "success");
    b->n_done = 0;
}

typedef bool (*operation)(struct service *s, service_done done, void *data, GError **error);

static void
run_operation(struct body *b, operation op, enum directory_class class)
{
    g_autoptr(GError) error = NULL;

    assert_started(op(b->service, note_done, b, &error), &error);
    assert_true(service_is_busy(b->service));
    wait_done(b, class);
    assert_false(service_is_busy(b->service));
}

static void
run_report(struct body *b, const char *const *answered, bool keep, enum directory_class class)
{
    static const char *const counts[] = {"Running=3", "Stopped=1", NULL};
    struct service_report report = {.version = "1.0",
                                    .completed = 1780000000,
                                    .duration = 12,
                                    .counts = counts,
                                    .answered = answered};
    g_autoptr(GError) error = NULL;

    assert_started(service_report_async(b->service, &report, keep, note_done, b, &error), &error);
    wait_done(b, class);
}

static bool
is_free(struct mirror *m)
{
    return m->has_service && !m->holder;
}

static bool
has_awaited(struct mirror *m)
{
    return m->serial == ((struct body *)m->data)->awaited;
}

static bool
is_held(struct mirror *m)
{
    return m->has_service && m->holder;
}

static void
set_entry(const char *attribute, const char *value)
{
    CLEANUP(directory_options_free) struct directory_options *o = server_options(server);
    g_autofree char *ldif = g_strdup_printf("dn: %s\nchangetype: modify\nreplace: %s\n%s%s%s%s",
                                            o->service_dn, attribute, value ? attribute : "",
                                            value ? ": " : "", value ? value : "",
                                            value ? "\n" : "");

    server_modify(server, ldif);
}

/* --- the lease ------------------------------------------------------------------- */

static void
test_lease_goes_round(void **state)
{
    CLEANUP(body_free) struct body *a = body_new(server_options(server));
    CLEANUP(body_free) struct body *b = body_new(server_options(server));
    int64_t serial;
    int64_t wait = 0;
    g_autofree char *count = NULL;

    (void)state;
    assert_int_equal(service_stand(a->service, NULL), SERVICE_UNKNOWN);
    run_operation(a, service_create_async, DIRECTORY_SUCCESS);
    run_operation(b, service_create_async, DIRECTORY_SUCCESS);
    mirror_until(a->mirror, is_free, 5000);
    mirror_until(b->mirror, is_free, 5000);
    assert_int_equal(service_stand(a->service, NULL), SERVICE_FREE);
    run_operation(a, service_take_async, DIRECTORY_SUCCESS);
    assert_int_equal(service_stand(a->service, NULL), SERVICE_OURS);
    assert_true(service_may_send(a->service));
    mirror_until(b->mirror, is_held, 5000);
    assert_int_equal(service_stand(b->service, &wait), SERVICE_HELD);
    assert_in_range(wait, 1, LEASE);
    serial = b->mirror->serial;
    assert_false(service_renewal_due(a->service));
    run_operation(a, service_renew_async, DIRECTORY_SUCCESS);
    run_report(a, NULL, true, DIRECTORY_SUCCESS);
    assert_int_equal(service_stand(a->service, NULL), SERVICE_OURS);
    assert_true(service_may_send(a->service));
    count = server_value(server, a->mirror->options->service_dn, "sstStateSyncCount");
    assert_string_equal(count, "Running=3");
    b->awaited = serial + 2;
    mirror_until(b->mirror, has_awaited, 5000);
    assert_string_equal(b->mirror->holder, service_holder(a->service));
    run_report(a, NULL, false, DIRECTORY_SUCCESS);
    assert_false(service_may_send(a->service));
    mirror_until(b->mirror, is_free, 5000);
    assert_int_equal(service_stand(b->service, NULL), SERVICE_FREE);
    mirror_until(a->mirror, is_free, 5000); /* its own report, so that what is held next is b's */
    run_operation(b, service_take_async, DIRECTORY_SUCCESS);
    mirror_until(a->mirror, is_held, 5000);
    assert_int_equal(service_stand(a->service, NULL), SERVICE_HELD);
    run_operation(b, service_release_async, DIRECTORY_SUCCESS);
    mirror_until(a->mirror, is_free, 5000);
    assert_int_equal(service_stand(a->service, NULL), SERVICE_FREE);
}

/* R22: two take what both saw free; one wins, and the other one knows. */
static void
test_R22_one_of_two(void **state)
{
    CLEANUP(body_free) struct body *a = body_new(server_options(server));
    CLEANUP(body_free) struct body *b = body_new(server_options(server));
    g_autoptr(GError) error = NULL;
    int64_t wait;

    (void)state;
    mirror_until(a->mirror, is_free, 5000);
    mirror_until(b->mirror, is_free, 5000);
    assert_started(service_take_async(a->service, note_done, a, &error), &error);
    assert_started(service_take_async(b->service, note_done, b, &error), &error);
    mirror_until(a->mirror, op_is_done, 5000);
    mirror_until(b->mirror, op_is_done, 5000);
    assert_int_equal(!a->error, !!b->error);
    mirror_until(a->mirror, is_held, 5000);
    mirror_until(b->mirror, is_held, 5000);
    assert_int_equal(service_stand(a->service, &wait), a->error ? SERVICE_HELD : SERVICE_OURS);
    assert_int_equal(service_stand(b->service, &wait), b->error ? SERVICE_HELD : SERVICE_OURS);
    assert_int_not_equal(service_may_send(a->service), service_may_send(b->service));
    a->n_done = b->n_done = 0;
    run_operation(a->error ? b : a, service_release_async, DIRECTORY_SUCCESS);
}

static bool
is_not_ours(struct mirror *m)
{
    struct body *b = m->data;

    return service_stand(b->service, NULL) != SERVICE_OURS;
}

static bool
is_expired(struct mirror *m)
{
    struct body *b = m->data;

    return service_stand(b->service, NULL) == SERVICE_EXPIRED;
}

/* Somebody takes the lease from under us: known within one event, not at the next renewal. */
static void
test_lease_is_lost(void **state)
{
    CLEANUP(body_free) struct body *a = body_new(server_options(server));
    g_autofree char *serial = NULL;

    (void)state;
    mirror_until(a->mirror, is_free, 5000);
    run_operation(a, service_take_async, DIRECTORY_SUCCESS);
    serial = g_strdup_printf("%d", (int)a->mirror->serial + 10);
    set_entry("sstStateSyncLeaseSerial", serial);
    set_entry("sstStateSyncLeaseHolder", "another:1:00000000");
    mirror_until(a->mirror, is_not_ours, 1000);
    assert_false(service_may_send(a->service));
    assert_int_equal(service_stand(a->service, NULL), SERVICE_HELD);
    /* It never renews: taken over. */
    mirror_until(a->mirror, is_expired, LEASE + 2000);
    run_operation(a, service_take_async, DIRECTORY_SUCCESS);
    assert_true(service_may_send(a->service));
    run_operation(a, service_release_async, DIRECTORY_SUCCESS);
}

static bool
is_asked(struct mirror *m)
{
    return service_noted(((struct body *)m->data)->service)->requests->len > 0;
}

static bool
is_not_asked(struct mirror *m)
{
    return !is_asked(m);
}

/* A request that is withdrawn before our report clears it does not stop the report. */
static void
test_request_is_withdrawn(void **state)
{
    static const char *const answered[] = {"*", NULL};
    CLEANUP(body_free) struct body *a = body_new(server_options(server));
    CLEANUP(service_state_free) struct service_state *stale = NULL;
    g_autofree char *value = NULL;

    (void)state;
    mirror_until(a->mirror, is_free, 5000);
    set_entry("sstStateSyncRefresh", "*");
    mirror_until(a->mirror, is_asked, 5000);
    assert_int_equal(service_noted(a->service)->requests->len, 1);
    stale = service_state_copy(service_noted(a->service));
    run_operation(a, service_take_async, DIRECTORY_SUCCESS);
    mirror_until(a->mirror, is_held, 5000);
    run_report(a, answered, true, DIRECTORY_SUCCESS);
    mirror_until(a->mirror, is_not_asked, 5000);
    assert_true(service_may_send(a->service));
    /* As if the withdrawal were not seen yet. */
    stale->serial = service_noted(a->service)->serial;
    g_free(stale->holder);
    stale->holder = g_strdup(service_holder(a->service));
    service_note_state(a->service, stale);
    run_report(a, answered, true, DIRECTORY_SUCCESS);
    assert_true(service_may_send(a->service));
    run_operation(a, service_release_async, DIRECTORY_SUCCESS);
    value = server_value(server, a->mirror->options->service_dn, "sstStateSyncRefresh");
    assert_null(value);
}

/* --- reading anew ------------------------------------------------------------------ */

static void
note_read(GPtrArray *entries, const GError *error, void *data)
{
    struct body *b = data;

    b->n_read++;
    b->read_failed = error != NULL;
    b->n_read_entries = entries ? entries->len : 0;
    assert_int_equal(!entries, !!error);
    if (entries)
        g_ptr_array_unref(entries);
}

static bool
is_read(struct mirror *m)
{
    return ((struct body *)m->data)->n_read > 0;
}

static void
test_reread(void **state)
{
    CLEANUP(body_free) struct body *b = body_new(server_options(server));
    g_autofree char *dn = server_vm_dn(1);
    g_autofree char *absent = server_vm_dn(N_VMS + 1);

    (void)state;
    directory_reread_async(b->mirror->connection, dn, note_read, b);
    assert_int_equal(b->n_read, 0);
    mirror_until(b->mirror, is_read, 2000);
    assert_int_equal(b->n_read_entries, 1);
    b->n_read = 0;
    directory_reread_async(b->mirror->connection, absent, note_read, b);
    mirror_until(b->mirror, is_read, 2000);
    assert_int_equal(b->n_read_entries, 0);
    assert_false(b->read_failed);
    /* The connection goes away first. */
    b->n_read = 0;
    directory_reread_async(b->mirror->connection, dn, note_read, b);
    watch_stop(b->mirror->watch);
    directory_reread_node_async(b->mirror->connection, dn, note_read, b);
    g_source_destroy(b->mirror->source);
    g_clear_pointer(&b->mirror->source, g_source_unref);
    directory_connection_close(g_steal_pointer(&b->mirror->connection));
    assert_int_equal(b->n_read, 2);
    assert_true(b->read_failed);
}

/* --- the writer -------------------------------------------------------------------- */

static void
free_change(gpointer data)
{
    change_free(data);
}

static void
make_change(struct mirror *m, const struct entry *entry)
{
    struct body *b = m->data;
    struct change *change;

    if (!b->changes || entry_type(entry) != ENTRY_VM || b->changes->len >= N_VMS)
        return;
    change = change_new(entry_dn(entry), entry_csn(entry));
    change_replace(change, "sstDisplayName", "written");
    g_ptr_array_add(b->changes, change);
}

static void
note_written(const struct writer_result *result, void *data)
{
    struct body *b = data;

    b->n[result->class]++;
    b->n_reported++;
}

static bool
all_reported(struct mirror *m)
{
    struct body *b = m->data;

    while (b->writer && b->next < b->changes->len && writer_has_room(b->writer))
        writer_send(b->writer, b->changes->pdata[b->next++]);
    return b->n_reported == b->next && (b->next == N_VMS || !b->writer);
}

static bool
all_came_back(struct mirror *m)
{
    return m->n_fresh >= N_VMS;
}

/* A body that has read a server's VMs and has a change for each. */
static struct body *
body_with_changes(const struct server *s, int window, int timeout)
{
    struct directory_options *o = server_options(s);
    struct body *b = g_new0(struct body, 1);
    g_autoptr(GError) error = NULL;

    o->timeout = timeout;
    b->mirror = mirror_new(o);
    b->service = service_new(NULL, o->service_dn, LEASE);
    b->changes = g_ptr_array_new_with_free_func(free_change);
    b->mirror->data = b;
    b->mirror->on_entry = make_change;
    b->mirror->on_connection = note_connection;
    mirror_up(b->mirror);
    assert_int_equal(b->changes->len, N_VMS);
    b->writer = writer_new(b->mirror->connection, window, note_written, b, &error);
    return b;
}

static void
test_writes_beside_the_watch(void **state)
{
    CLEANUP(body_free) struct body *b = body_with_changes(server, 32, 10000);

    (void)state;
    mirror_until(b->mirror, all_reported, 10000);
    assert_int_equal(b->n[DIRECTORY_SUCCESS], N_VMS);
    mirror_until(b->mirror, all_came_back, 5000);
    assert_int_equal(b->mirror->n_fresh, N_VMS);
    mirror_until_equal(b->mirror, server, 5000);
    assert_int_equal(writer_deadline(b->writer), G_MAXINT64);
}

static struct server *
start_world(void)
{
    g_autofree char *world = server_world(N_VMS);
    g_autofree char *ldif = g_strdup_printf("ldif=%s", world);
    const char *const options[] = {ldif, "overlays=syncprov", NULL};

    return server_start(options);
}

/* Values that do not fit into the socket: sent bit by bit, from the main loop. */
static void
test_large_writes(void **state)
{
    struct server *own = start_world();
    CLEANUP(body_free) struct body *b = body_with_changes(own, 64, 15000);
    g_autofree char *large = g_strnfill(100000, 'x');

    (void)state;
    for (guint i = 0; i < b->changes->len; i++)
        change_replace(b->changes->pdata[i], "sstOSMachine", large);
    b->mirror->on_entry = NULL;
    mirror_until(b->mirror, all_reported, 20000);
    if (b->n[DIRECTORY_SUCCESS] != N_VMS)
        fail_msg("%u of %d; %s", b->n[DIRECTORY_SUCCESS], N_VMS, b->mirror->last_error);
    server_stop(own);
}

static bool
has_no_writer(struct mirror *m)
{
    return !((struct body *)m->data)->writer;
}

/* The server freezes: every change is reported, and the loop is never held up. */
static void
freeze(size_t size)
{
    struct server *own = start_world();
    CLEANUP(body_free) struct body *b = body_with_changes(own, 100, 2000);
    g_autofree char *large = g_strnfill(size, 'x');

    for (guint i = 0; i < b->changes->len; i++)
        change_replace(b->changes->pdata[i], "sstOSMachine", large);
    server_signal(own, SIGSTOP);
    mirror_reset_ticks(b->mirror);
    mirror_until(b->mirror, all_reported, 5000);
    assert_true(b->next >= 100);
    assert_int_equal(b->n[DIRECTORY_TIMEOUT], b->next);
    assert_true(b->mirror->worst_cpu_us < 50000);
    mirror_until(b->mirror, has_no_writer, 5000);
    server_signal(own, SIGCONT);
    mirror_until(b->mirror, mirror_is_live, 15000);
    mirror_until_equal(b->mirror, own, 10000);
    server_stop(own);
}

static void
test_R14_frozen_while_writing(void **state)
{
    (void)state;
    freeze(10);
    freeze(100000);
}

static int
setup(void **state)
{
    (void)state;
    server = start_world();
    return 0;
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lease_goes_round),
        cmocka_unit_test(test_R22_one_of_two),
        cmocka_unit_test(test_lease_is_lost),
        cmocka_unit_test(test_request_is_withdrawn),
        cmocka_unit_test(test_reread),
        cmocka_unit_test(test_writes_beside_the_watch),
        cmocka_unit_test(test_large_writes),
        cmocka_unit_test(test_R14_frozen_while_writing),
    };

    server_require();
    return harness_run("directory_async", tests, G_N_ELEMENTS(tests), setup, NULL);
}
