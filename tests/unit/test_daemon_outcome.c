/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/outcome.h"
#include "engine/attributes.h"
#include "harness.h"
#include "log/log.h"

#define DN "sstVirtualMachine=a,ou=virtual machines"

static GPtrArray *lines;

static void
keep(enum log_level level, const char *line, void *data)
{
    (void)data;
    g_ptr_array_add(lines, g_strdup_printf("%s: %s", log_level_word(level), line));
}

static int
setup(void **state)
{
    (void)state;
    lines = g_ptr_array_new_with_free_func(g_free);
    log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO);
    log_set_sink(keep, NULL);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    log_set_sink(NULL, NULL);
    log_open(LOG_TARGET_STDERR, LOG_LEVEL_ERROR);
    log_close();
    g_clear_pointer(&lines, g_ptr_array_unref);
    return 0;
}

static void
expect(guint n, const char *last)
{
    assert_int_equal(lines->len, n);
    assert_string_equal(g_ptr_array_index(lines, n - 1), last);
}

static void
test_status(void **state)
{
    CLEANUP(change_free) struct change *c = change_new(DN, NULL);

    (void)state;
    c->was = g_strdup("Running");
    change_replace(c, attribute_name(ATTR_TEXT), "Stopped");
    change_replace(c, attribute_name(ATTR_REASON), "stopped: kvm-1 reports shutoff (destroyed)");
    outcome_written(c);
    expect(1, "info: written dn=\"" DN "\" status=Stopped was=Running "
              "why=\"stopped: kvm-1 reports shutoff (destroyed)\"");
}

static void
test_no_status(void **state)
{
    CLEANUP(change_free) struct change *c = change_new(DN, NULL);

    (void)state;
    c->was = g_strdup("Running");
    change_replace(c, attribute_name(ATTR_ALARM), NULL);
    change_replace(c, attribute_name(ATTR_ACTIVE), "TRUE");
    outcome_written(c);
    expect(1, "info: written dn=\"" DN "\" changed=\"sstVirtualMachineStatusAlarm "
              "sstVirtualMachineStatusActive\"");
}

static void
test_not_at_notice(void **state)
{
    CLEANUP(change_free) struct change *c = change_new(DN, NULL);

    (void)state;
    log_open(LOG_TARGET_STDERR, LOG_LEVEL_NOTICE);
    change_replace(c, attribute_name(ATTR_TEXT), "Stopped");
    outcome_written(c);
    assert_int_equal(lines->len, 0);
}

static void
test_refusals(void **state)
{
    CLEANUP(refusals_free) struct refusals *r = refusals_new();

    (void)state;
    refusals_tell(r, 0, "refused, later");
    assert_int_equal(lines->len, 0);
    refusals_note(r, "cn=a", "no access");
    refusals_note(r, "cn=b", NULL);
    refusals_tell(r, 5, "refused, later");
    expect(1, "warning: refused, later entries=2 first=\"cn=a\" error=\"no access\"");
    refusals_note(r, "cn=c", NULL);
    refusals_tell(r, 5 + REFUSALS_EVERY_MS - 1, "refused, later");
    assert_int_equal(lines->len, 1);
    refusals_note(r, "cn=d", "full");
    refusals_tell(r, 5 + REFUSALS_EVERY_MS, "refused, later");
    expect(2, "warning: refused, later entries=2 first=\"cn=c\" error=\"no reason told\"");
    refusals_tell(r, 9 * REFUSALS_EVERY_MS, "refused, later");
    assert_int_equal(lines->len, 2);
}

#define OUTCOME_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        OUTCOME_TEST(test_status),
        OUTCOME_TEST(test_no_status),
        OUTCOME_TEST(test_not_at_notice),
        OUTCOME_TEST(test_refusals),
    };

    return harness_run("daemon_outcome", tests, G_N_ELEMENTS(tests), NULL, NULL);
}
