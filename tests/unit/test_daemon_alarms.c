/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Alarms in the log: each once when it begins and when it ends, and a heap of them in one line.
 */
#include "config.h"

#include "daemon/alarms.h"
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
    log_open(LOG_TARGET_STDERR, LOG_LEVEL_NOTICE);
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

/* A written change of the alarms of one machine; both lists are split at '|', NULL = none. */
static void
written(struct alarms *a, const char *name, const char *were, const char *are, gint64 now)
{
    CLEANUP(change_free) struct change *c = change_new(DN, NULL);
    struct change_mod *m = change_add_mod(c, CHANGE_REPLACE, attribute_name(ATTR_ALARM));
    g_auto(GStrv) values = are != NULL ? g_strsplit(are, "|", -1) : NULL;

    for (char **v = values; v != NULL && *v != NULL; v++)
        change_mod_value(m, *v);
    c->name = g_strdup(name);
    c->alarms_were = were != NULL ? g_strsplit(were, "|", -1) : NULL;
    alarms_written(a, c, now);
}

static void
expect(guint n, const char *last)
{
    assert_int_equal(lines->len, n);
    assert_string_equal(g_ptr_array_index(lines, n - 1), last);
}

static void
test_begin_and_end(void **state)
{
    CLEANUP(alarms_free) struct alarms *a = alarms_new();

    (void)state;
    written(a, "kvm-1", NULL, "wrong-node: active on b, the entry names a", 5);
    expect(1, "notice: an alarm began, it stands until its cause is gone alarm=wrong-node vm=kvm-1 "
              "dn=\"" DN "\" text=\"active on b, the entry names a\" "
              "remedy=\"Correct sstNode of the entry, or move the VM.\"");
    written(a, "kvm-1", "wrong-node: active on b, the entry names a",
            "wrong-node: active on c, the entry names a", 6);
    assert_int_equal(lines->len, 1); /* the same alarm with other words */
    written(a, NULL, "wrong-node: active on c, the entry names a",
            "io-error: vda|wrong-node: active on c, the entry names a", 7);
    expect(2, "warning: an alarm began, it stands until its cause is gone alarm=io-error dn=\"" DN
              "\" text=vda remedy=\"Look at its storage, then resume it.\"");
    written(a, "kvm-1", "io-error: vda|wrong-node: active on c, the entry names a", NULL, 8);
    assert_int_equal(lines->len, 4);
    expect(4, "notice: an alarm is over, its cause is gone alarm=wrong-node vm=kvm-1 dn=\"" DN "\"");
    alarms_tell(a, 8 + 2 * ALARMS_EVERY_MS);
    assert_int_equal(lines->len, 4);
}

static void
test_odd(void **state)
{
    CLEANUP(alarms_free) struct alarms *a = alarms_new();
    CLEANUP(change_free) struct change *c = change_new(DN, NULL);

    (void)state;
    written(a, "kvm-1", "no word of ours: x|", "nor: this", 5);
    change_replace(c, attribute_name(ATTR_TEXT), "Stopped");
    c->alarms_were = g_strsplit("io-error: vda", "|", -1);
    alarms_written(a, c, 6); /* it leaves them alone */
    assert_int_equal(lines->len, 0);
    written(a, "kvm-1", NULL, "conflict", 7);
    expect(1, "warning: an alarm began, it stands until its cause is gone alarm=conflict vm=kvm-1 "
              "dn=\"" DN "\" remedy=\"Stop one of the two, or take the link off one of the VMs.\"");
}

static void
test_many(void **state)
{
    CLEANUP(alarms_free) struct alarms *a = alarms_new();

    (void)state;
    for (int i = 0; i < 500; i++) {
        g_autofree char *name = g_strdup_printf("kvm-%d", i);
        written(a, name, "conflict: x", "io-error: vda", 5 + i);
        alarms_tell(a, 5 + i);
    }
    assert_int_equal(lines->len, 2 * ALARMS_SINGLY); /* urgent ones, and others */
    alarms_tell(a, 5 + ALARMS_EVERY_MS);
    expect(2 * ALARMS_SINGLY + 1, "warning: more alarms began or ended, statesync list --alarm names "
                                  "the machines began=\"io-error 490\" ended=\"conflict 490\"");
    written(a, "kvm-7", "io-error: vda", NULL, 6 + ALARMS_EVERY_MS);
    expect(2 * ALARMS_SINGLY + 2, "notice: an alarm is over, its cause is gone alarm=io-error vm=kvm-7 "
                              "dn=\"" DN "\"");
    alarms_tell(a, G_MAXINT64);
    assert_int_equal(lines->len, 2 * ALARMS_SINGLY + 2);
}

#define ALARMS_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ALARMS_TEST(test_begin_and_end),
        ALARMS_TEST(test_odd),
        ALARMS_TEST(test_many),
    };

    return harness_run("daemon_alarms", tests, G_N_ELEMENTS(tests), NULL, NULL);
}
