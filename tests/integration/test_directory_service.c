/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service entry and the lease on a real slapd.
 */
#include "config.h"

#include "harness.h"

#include "directory/deadline.h"
#include "directory/result.h"
#include "directory/service_async.h"
#include "integration/directory_body.h"

#include <signal.h>
#include <string.h>

static void
test_created_once(void **state)
{
    BODY one = body_new();
    g_autofree char *other = g_strdup_printf("cn=other,%s", server_base);
    g_autofree char *orphan = g_strdup_printf("cn=x,ou=nowhere,%s", server_base);
    g_autofree char *wrong = g_strdup_printf("ou=statesync,%s", server_base);
    CLEANUP(service_free) struct service *s = service_new(one.connection, other, LEASE);
    CLEANUP(service_free) struct service *o = service_new(one.connection, orphan, LEASE);
    CLEANUP(service_free) struct service *w = service_new(one.connection, wrong, LEASE);
    CLEANUP(service_state_free) struct service_state *none = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *class = NULL;

    (void)state;
    none = service_read(s, &error);
    assert_null(none);
    assert_int_equal(directory_error_class(error), DIRECTORY_ABSENT);
    g_clear_error(&error);
    assert_int_equal(service_look(s, NULL, &error), SERVICE_UNKNOWN);
    g_clear_error(&error);
    assert_done(service_ensure(s, &error), &error);
    assert_done(service_ensure(s, &error), &error);
    class = server_value(server, other, "objectClass");
    assert_string_equal(class, "sstStateSyncService");
    assert_false(service_ensure(o, &error));
    assert_int_equal(directory_error_class(error), DIRECTORY_ABSENT);
    g_clear_error(&error);
    assert_false(service_ensure(w, &error));
    assert_int_equal(directory_error_class(error), DIRECTORY_SETUP);
}

/* Bound as somebody whom the server knows but lets write nothing. */
static void
test_creation_denied(void **state)
{
    g_autofree char *world = server_world(1);
    g_autofree char *option = g_strdup_printf("ldif=%s", world);
    const char *const options[] = {option, "tls=no", "external=cn=nobody,dc=stoney-cloud,dc=org",
                                   NULL};
    struct server *own = server_start(options);
    CLEANUP(directory_options_free) struct directory_options *o = server_options(own);
    CLEANUP(directory_connection_close) struct directory_connection *c = NULL;
    CLEANUP(service_free) struct service *s = NULL;
    g_autoptr(GError) error = NULL;

    (void)state;
    o->bind = DIRECTORY_BIND_EXTERNAL;
    c = directory_connection_open(o, NULL, &error);
    s = service_new(c, dn, LEASE);
    assert_false(service_ensure(s, &error));
    assert_int_equal(directory_error_class(error), DIRECTORY_DENIED);
    assert_non_null(strstr(error->message, "create it once by hand with objectClass: "
                                           "sstStateSyncService and cn: statesync"));
    server_stop(own);
}

static void
test_a_pass(void **state)
{
    static const char *const counts[] = {"Running=12", "Stopped=3", NULL};
    static const char *const alarms[] = {"budget: 30 would vanish", NULL};
    struct service_report report = {.version = "0.1.0", .completed = 1767225600, .duration = 1234,
                                    .n_held = 30, .counts = counts, .alarms = alarms};
    BODY one = body_new();
    CLEANUP(service_state_free) struct service_state *before = NULL;
    CLEANUP(service_state_free) struct service_state *after = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *duration = NULL;
    g_autofree char *alarm = NULL;

    (void)state;
    take(&one);
    assert_true(service_may_send(one.service));
    assert_done(service_tick(one.service, &error), &error);
    before = service_read(one.service, &error);
    assert_string_equal(before->holder, service_holder(one.service));
    assert_true(before->lease_duration >= LEASE);
    assert_true(before->lease_since > 1767225600);
    assert_done(service_close(one.service, &report, &error), &error);
    assert_false(service_may_send(one.service));
    after = service_read(one.service, &error);
    assert_null(after->holder);
    assert_true(after->serial > before->serial);
    assert_int_equal(after->pass_completed, 1767225600);
    assert_string_equal(after->pass_by, service_holder(one.service));
    duration = server_value(server, dn, "sstStateSyncPassDuration");
    alarm = server_value(server, dn, "sstStateSyncAlarm");
    assert_string_equal(duration, "1234");
    assert_string_equal(alarm, alarms[0]);
}

/* Another duration, while the lease is held: it stays ours, and the next renewal, which is due at
 * once, tells others. */
static void
test_another_duration(void **state)
{
    static const struct {
        int64_t lease;
        const char *text;
    } steps[] = {{60000, "60"}, {20000, "20"}, {20000, "20"}};
    BODY one = body_new();
    g_autoptr(GError) error = NULL;

    (void)state;
    take(&one);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *duration = NULL;
        bool other = i == 0 || steps[i].lease != steps[i - 1].lease;
        service_set_lease(one.service, steps[i].lease);
        assert_true(service_may_send(one.service));
        assert_int_equal(service_renewal_due(one.service), other);
        assert_done(service_tick(one.service, &error), &error);
        assert_true(service_may_send(one.service));
        assert_false(service_renewal_due(one.service));
        duration = server_value(server, dn, "sstStateSyncLeaseDuration");
        assert_string_equal(duration, steps[i].text);
    }
    release(&one);
}

/* Nothing to write: one closing write without ever taking the lease; refused once somebody else
 * took it meanwhile. */
static void
test_pass_without_lease(void **state)
{
    struct service_report report = {.version = "0.1.0", .completed = 1767225601};
    BODY one = body_new();
    BODY two = body_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *count = NULL;

    (void)state;
    assert_int_equal(service_look(one.service, NULL, &error), SERVICE_FREE);
    assert_done(service_close(one.service, &report, &error), &error);
    count = server_value(server, dn, "sstStateSyncCount");
    assert_null(count);
    assert_int_equal(service_look(one.service, NULL, &error), SERVICE_FREE);
    take(&two);
    assert_false(service_close(one.service, &report, &error));
    assert_int_equal(directory_error_class(error), DIRECTORY_ASSERTED);
    g_clear_error(&error);
    assert_int_equal(service_look(one.service, NULL, &error), SERVICE_HELD);
    assert_false(service_close(one.service, &report, &error));
    assert_int_equal(directory_error_class(error), DIRECTORY_NO_LEASE);
    release(&two);
}

static void
test_one_wins(void **state)
{
    BODY one = body_new();
    BODY two = body_new();
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_int_equal(service_look(one.service, NULL, &error), SERVICE_FREE);
    assert_int_equal(service_look(two.service, NULL, &error), SERVICE_FREE);
    assert_done(service_take(one.service, &error), &error);
    assert_false(service_take(two.service, &error));
    assert_int_equal(directory_error_class(error), DIRECTORY_ASSERTED);
    g_clear_error(&error);
    assert_int_equal(service_look(two.service, NULL, &error), SERVICE_HELD);
    assert_false(service_take(two.service, &error));
    assert_int_equal(error->code, DIRECTORY_CODE_LEASE_HELD);
    assert_non_null(strstr(error->message, service_holder(one.service)));
    release(&one);
    release(&two);
}

static void
test_back_and_forth_unnoticed(void **state)
{
    BODY one = body_new();
    BODY two = body_new();
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_int_equal(service_look(one.service, NULL, &error), SERVICE_FREE);
    take(&two);
    release(&two);
    /* Free as before, but two made a pass in between. */
    assert_false(service_take(one.service, &error));
    assert_int_equal(directory_error_class(error), DIRECTORY_ASSERTED);
}

static void
test_pause(void **state)
{
    BODY one = body_new();
    CLEANUP(service_state_free) struct service_state *on = NULL;
    CLEANUP(service_state_free) struct service_state *off = NULL;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_done(service_pause(one.service, 2000000000, "moving house", &error), &error);
    on = service_read(one.service, &error);
    assert_true(service_state_paused(on, 1999999999));
    assert_false(service_state_paused(on, 2000000000));
    assert_string_equal(on->pause_reason, "moving house");
    assert_done(service_pause(one.service, 0, "ignored", &error), &error);
    off = service_read(one.service, &error);
    assert_false(service_state_paused(off, 0));
    assert_null(off->pause_reason);
}

/* What anybody may have written there by hand. */
static void
test_odd_entry(void **state)
{
    BODY one = body_new();
    CLEANUP(service_state_free) struct service_state *s = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *set = g_strdup_printf(
        "dn: %s\nchangetype: modify\nreplace: sstStateSyncLeaseSerial\n"
        "sstStateSyncLeaseSerial: 99999999999999999999999\n-\n"
        "replace: sstStateSyncLeaseDuration\nsstStateSyncLeaseDuration: -5\n-\n"
        "replace: sstStateSyncPauseUntil\nsstStateSyncPauseUntil: 20260101000000.5+0100\n", dn);
    g_autofree char *unset = g_strdup_printf(
        "dn: %s\nchangetype: modify\nreplace: sstStateSyncLeaseSerial\n-\n"
        "replace: sstStateSyncLeaseDuration\n-\nreplace: sstStateSyncPauseUntil\n", dn);

    (void)state;
    server_modify(server, set);
    s = service_read(one.service, &error);
    assert_int_equal(s->serial, -1);
    assert_int_equal(s->lease_duration, 0);
    assert_int_equal(s->pause_until, 1767222000);
    server_modify(server, unset);
    take(&one);
    release(&one);
}

/* The answer to taking or renewing does not come: the gate shuts in time, and looking again tells
 * what happened. */
static void
test_server_freezes(void **state)
{
    BODY one = body_new();
    BODY two = body_new();
    g_autoptr(GError) error = NULL;
    enum service_lease stand;

    (void)state;
    service_set_lease(one.service, SHORT_LEASE);
    assert_int_equal(service_look(one.service, NULL, &error), SERVICE_FREE);
    server_signal(server, SIGSTOP);
    assert_false(service_take(one.service, &error));
    assert_int_equal(directory_error_class(error), DIRECTORY_TIMEOUT);
    assert_false(service_may_send(one.service));
    server_signal(server, SIGCONT);
    service_set_connection(one.service, two.connection);
    g_clear_error(&error);
    stand = service_look(one.service, NULL, &error);
    assert_true(stand == SERVICE_OURS || stand == SERVICE_FREE);
    /* Sent longer ago than the lease lasts: not before a renewal. */
    assert_false(service_may_send(one.service));
    if (stand == SERVICE_OURS) {
        assert_done(service_tick(one.service, &error), &error);
        assert_true(service_may_send(one.service));
    }
    release(&one);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_created_once),
        cmocka_unit_test(test_creation_denied),
        cmocka_unit_test(test_a_pass),
        cmocka_unit_test(test_another_duration),
        cmocka_unit_test(test_pass_without_lease),
        cmocka_unit_test(test_one_wins),
        cmocka_unit_test(test_back_and_forth_unnoticed),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_odd_entry),
        cmocka_unit_test(test_server_freezes),
    };

    server_require();
    return harness_run("directory_service", tests, G_N_ELEMENTS(tests), body_setup, body_teardown);
}
