/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/metrics-internal.h"
#include "daemon/metrics.h"
#include "daemon/process.h"
#include "engine/flow.h"
#include "engine/engine.h"
#include "engine/entry-data.h"
#include "harness.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static GString *
rendered(struct metrics *m)
{
    GString *text = g_string_new(NULL);

    metrics_render(m, text);
    return text;
}

/* The line is there, exactly. */
static void
has(struct metrics *m, const char *line)
{
    g_autoptr(GString) text = rendered(m);
    g_autofree char *whole = g_strdup_printf("\n%s\n", line);

    if (strstr(text->str, whole) == NULL)
        fail_msg("no line \"%s\" in:\n%s", line, text->str);
}

static void
has_not(struct metrics *m, const char *part)
{
    g_autoptr(GString) text = rendered(m);

    if (strstr(text->str, part) != NULL)
        fail_msg("\"%s\" is in:\n%s", part, text->str);
}

/* Every word of core has its series from the beginning. */
static void
test_empty(void **state)
{
    (void)state;
    CLEANUP(metrics_free) struct metrics *m = metrics_new();
#define HAS_ALARM(id, word) has(m, "statesync_alarms{alarm=\"" word "\"} 0");
#define HAS_RULE(id, word)                                                                         \
    if (id != RULE_IGNORED)                                                                        \
        has(m, "statesync_decisions_total{rule=\"" word "\"} 0");
    for (unsigned i = 1; i < STATE_COUNT; i++) {
        g_autofree char *line = g_strdup_printf("statesync_vms{state=\"%s\",kind=\"template\"} 0",
                                                state_name((enum state)i));
        has(m, line);
    }
    has(m, "statesync_vms{state=\"none\",kind=\"unknown\"} 0");
    ALARM_LIST(HAS_ALARM)
    RULE_LIST(HAS_RULE)
    has(m, "statesync_build_info{version=\"" PACKAGE_VERSION "\"} 1");
    has(m, "statesync_ldap_operations_total{operation=\"modify\",result=\"success\"} 0");
    has(m, "statesync_event_to_write_seconds_bucket{le=\"+Inf\"} 0");
    has_not(m, "statesync_lease_held");
    metrics_set_lease(m, false);
    has(m, "statesync_lease_held 0");
    has_not(m, "statesync_last_pass_timestamp_seconds");
    has_not(m, "statesync_directory_mode_info");
    has_not(m, "kind=\"profile\"");
}

static void
test_counting(void **state)
{
    (void)state;
    const struct engine_totals totals = {
        .vms[KIND_PERSISTENT][STATE_SHUTTING_DOWN] = 1,
        .vms[KIND_COUNT][STATE_NONE] = 1,
        .alarms[ALARM_WRONG_NODE] = 3,
        .n_stale = 4,
        .n_held = 5,
    };
    CLEANUP(metrics_free) struct metrics *m = metrics_new();

    metrics_set_totals(m, &totals);
    metrics_decision(m, RULE_FROZEN);
    metrics_ldap(m, METRICS_MODIFY, DIRECTORY_ASSERTED);
    metrics_missed(m, 2);
    metrics_pass(m, 1700000000250);
    metrics_pass(m, 1700000001250);
    metrics_set_lease(m, true);
    metrics_set_paused(m, true);
    metrics_set_directory(m, true, "watch");
    metrics_set_directory(m, true, "search");
    has(m, "statesync_vms{state=\"Shutting down\",kind=\"persistent\"} 1");
    has(m, "statesync_vms{state=\"none\",kind=\"unknown\"} 1");
    has(m, "statesync_alarms{alarm=\"wrong-node\"} 3");
    has(m, "statesync_decisions_total{rule=\"frozen\"} 1");
    has(m, "statesync_stale_vms 4");
    has(m, "statesync_budget_held 5");
    has(m, "statesync_ldap_operations_total{operation=\"modify\",result=\"changed meanwhile\"} 1");
    has(m, "statesync_missed_events_total 2");
    has(m, "statesync_passes_total 2");
    has(m, "statesync_last_pass_timestamp_seconds 1700000001.25");
    has(m, "statesync_lease_held 1");
    has(m, "statesync_paused 1");
    has(m, "statesync_directory_connected 1");
    has(m, "statesync_directory_mode_info{mode=\"search\"} 1");
    has_not(m, "mode=\"watch\"");
}

/* Buckets hold what is at most their end, and all that is below; the sum is exact. */
static void
test_histogram(void **state)
{
    (void)state;
    CLEANUP(metrics_free) struct metrics *m = metrics_new();
    static const int64_t us[] = {-5, 0, 500, 501, 1000, 10000000, 10000001, 3600000000};

    for (size_t i = 0; i < G_N_ELEMENTS(us); i++)
        metrics_latency(m, us[i]);
    has(m, "statesync_event_to_write_seconds_bucket{le=\"0.0005\"} 3");
    has(m, "statesync_event_to_write_seconds_bucket{le=\"0.001\"} 5");
    has(m, "statesync_event_to_write_seconds_bucket{le=\"5\"} 5");
    has(m, "statesync_event_to_write_seconds_bucket{le=\"10\"} 6");
    has(m, "statesync_event_to_write_seconds_bucket{le=\"+Inf\"} 8");
    has(m, "statesync_event_to_write_seconds_count 8");
    has(m, "statesync_event_to_write_seconds_sum 3620.0020020000002");
}

/* The text of each end is its number. */
static void
test_bucket_ends(void **state)
{
    (void)state;
    double last = 0;
#define CHECK_BUCKET(us, text)                                                                     \
    assert_true(g_ascii_strtod(text, NULL) == (double)(us) / 1e6);                                 \
    assert_true((us) > last);                                                                      \
    last = (us);
    METRICS_BUCKET_LIST(CHECK_BUCKET)
}

static void
test_events(void **state)
{
    (void)state;
    CLEANUP(metrics_free) struct metrics *m = metrics_new();

    metrics_event(m, "lifecycle");
    metrics_event(m, "lifecycle");
    for (int i = 0; i < 100; i++) {
        g_autofree char *kind = g_strdup_printf("kind-%d", i);
        metrics_event(m, kind);
    }
    metrics_event(m, "lifecycle");
    has(m, "statesync_events_total{kind=\"lifecycle\"} 3");
    has(m, "statesync_events_total{kind=\"kind-29\"} 1");
    has(m, "statesync_events_total{kind=\"other\"} 70");
    has_not(m, "kind-30");
}

static void
test_nodes(void **state)
{
    (void)state;
    CLEANUP(metrics_free) struct metrics *m = metrics_new();
    g_autoptr(GString) text = g_string_new(NULL);
    const struct metrics_node up = {
        .up = true, .complete = 1000000, .epoch = 3, .read_us = 12500, .domains = 40};
    const struct metrics_node never = {.up = false};

    metrics_node(m, "vm-node-01", &never);
    metrics_node(m, "vm-node-01", &up);
    metrics_node(m, "vm-node-02", &never);
    metrics_node(m, "gone", &up);
    metrics_remove_node(m, "gone");
    metrics_render_own(m, 3500000, text);
    assert_non_null(strstr(text->str, "\nstatesync_node_up{node=\"vm-node-01\"} 1\n"
                                      "statesync_node_up{node=\"vm-node-02\"} 0\n"));
    assert_non_null(strstr(text->str, "\nstatesync_node_age_seconds{node=\"vm-node-01\"} 2.5\n#"));
    assert_non_null(strstr(text->str, "\nstatesync_node_epoch{node=\"vm-node-01\"} 3\n"));
    assert_non_null(strstr(text->str, "\nstatesync_node_read_seconds{node=\"vm-node-01\"} 0.0125"));
    assert_non_null(strstr(text->str, "\nstatesync_node_domains{node=\"vm-node-01\"} 40\n"));
    assert_null(strstr(text->str, "gone"));
}

/* Sites without front-ends have nothing of them. */
static void
test_frontends(void **state)
{
    (void)state;
    CLEANUP(metrics_free) struct metrics *m = metrics_new();
    const struct metrics_frontend up = {.up = true, .vms = 20, .joined = 7, .read_us = 250000};
    const struct metrics_frontend never = {.read_us = -1};

    has_not(m, "opennebula_");
    metrics_frontend_event(m, "lab"); /* not known yet */
    metrics_frontend(m, "lab", &never);
    has(m, "statesync_opennebula_up{frontend=\"lab\"} 0");
    has_not(m, "statesync_opennebula_read_seconds{");
    metrics_frontend_event(m, "lab");
    metrics_frontend(m, "lab", &up);
    metrics_frontend_event(m, "lab");
    metrics_frontend(m, "gone", &up);
    metrics_remove_frontend(m, "gone");
    has(m, "statesync_opennebula_up{frontend=\"lab\"} 1");
    has(m, "statesync_opennebula_vms{frontend=\"lab\"} 20");
    has(m, "statesync_opennebula_joined{frontend=\"lab\"} 7");
    has(m, "statesync_opennebula_read_seconds{frontend=\"lab\"} 0.25");
    has(m, "statesync_opennebula_events_total{frontend=\"lab\"} 2");
    has_not(m, "gone");
}

/* A name cannot leave its quotes, nor make the page something else than UTF-8. */
static void
test_escaping(void **state)
{
    (void)state;
    CLEANUP(metrics_free) struct metrics *m = metrics_new();
    const struct metrics_node node = {.up = true};

    metrics_node(m, "a\"} 1\n\\b\xff", &node);
    has(m, "statesync_node_up{node=\"a\\\"} 1\\n\\\\b\xef\xbf\xbd\"} 1");
    g_autoptr(GString) text = rendered(m);
    assert_true(g_utf8_validate(text->str, -1, NULL));
}

static void
test_process(void **state)
{
    (void)state;
    CLEANUP(metrics_free) struct metrics *m = metrics_new();
    g_autoptr(GString) text = rendered(m);
    const char *names[] = {"process_resident_memory_bytes", "process_open_fds",
                           "process_start_time_seconds", "process_virtual_memory_bytes"};
    double values[G_N_ELEMENTS(names)];

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *start = g_strdup_printf("\n%s ", names[i]);
        const char *at = strstr(text->str, start);

        assert_non_null(at);
        values[i] = g_ascii_strtod(at + strlen(start), NULL);
    }
    assert_true(values[0] > 1 << 20 && values[0] <= values[3]);
    assert_true(values[1] >= 3 && values[1] < 1000);
    assert_true(ABS(values[2] - (double)g_get_real_time() / 1e6) < 600);
    assert_non_null(strstr(text->str, "\nprocess_cpu_seconds_total "));
}

/* Memory is given back after a storm, and within one that does not end. */
static void
test_trim_due(void **state)
{
    (void)state;
    assert_false(process_trim_due(100000, 0, 0)); /* nothing happened */
    assert_false(process_trim_due(100000, 99001, 95000));
    assert_true(process_trim_due(100000, 99000, 95000)); /* the first second of silence */
    assert_false(process_trim_due(100000, 99900, 70001));
    assert_true(process_trim_due(100000, 99900, 70000)); /* an event in each second */
}

/* A pass sets what is now, and adds what was decided. */
static void
test_output(void **state)
{
    (void)state;
    CLEANUP(metrics_free) struct metrics *m = metrics_new();
    struct vm_entry vm = {.kind = KIND_DYNAMIC}, odd = {.kind = KIND_COUNT}, profile = {0};
    struct verdict verdicts[] = {
        {.vm = &vm, .rule = RULE_RUNNING, .state = STATE_RUNNING,
         .alarms = 1u << ALARM_WRONG_NODE | 1u << ALARM_NAME_CLASH},
        {.vm = &odd, .rule = RULE_INVALID, .alarms = 1u << ALARM_WRONG_NODE},
        {.vm = &profile, .rule = RULE_IGNORED},
    };
    struct node_verdict node = {.alarms = 1u << ALARM_ORPHAN};
    struct engine_output o = {
        .verdicts = g_array_new(FALSE, FALSE, sizeof(struct verdict)),
        .nodes = g_array_new(FALSE, FALSE, sizeof(struct node_verdict)),
        .alarms = 1u << ALARM_BUDGET,
        .held = 7,
        .stale = 2,
    };

    g_array_append_vals(o.verdicts, verdicts, G_N_ELEMENTS(verdicts));
    g_array_append_val(o.nodes, node);
    metrics_take_output(m, &o);
    metrics_take_output(m, &o);
    has(m, "statesync_vms{state=\"Running\",kind=\"dynamic\"} 1");
    has(m, "statesync_vms{state=\"none\",kind=\"unknown\"} 1");
    has(m, "statesync_alarms{alarm=\"wrong-node\"} 2");
    has(m, "statesync_alarms{alarm=\"name-clash\"} 1");
    has(m, "statesync_alarms{alarm=\"orphan\"} 1");
    has(m, "statesync_alarms{alarm=\"budget\"} 1");
    has(m, "statesync_decisions_total{rule=\"running\"} 2");
    has(m, "statesync_decisions_total{rule=\"invalid\"} 2");
    has(m, "statesync_stale_vms 2");
    has(m, "statesync_budget_held 7");
    o.aborted = true;
    g_array_set_size(o.verdicts, 0);
    metrics_take_output(m, &o); /* nothing was judged: what was known stands */
    has(m, "statesync_vms{state=\"Running\",kind=\"dynamic\"} 1");
    g_array_unref(o.verdicts);
    g_array_unref(o.nodes);
}

static char *
textfile_path(void)
{
    return g_build_filename(harness_tmpdir(), "x.prom", NULL);
}

/* Replaced in one go, for every reader, whatever our mask; the process is left out. */
static void
test_textfile(void **state)
{
    (void)state;
    g_autofree char *path = textfile_path();
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = NULL;
    CLEANUP(metrics_free) struct metrics *m = metrics_new();
    struct stat info;
    mode_t mask = umask(077);

    assert_true(metrics_write_textfile(m, path, &error));
    assert_true(metrics_write_textfile(m, path, &error));
    umask(mask);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0644);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_non_null(strstr(text, "\nstatesync_build_info{"));
    assert_null(strstr(text, "process_"));
    dir = g_dir_open(harness_tmpdir(), 0, NULL);
    assert_string_equal(g_dir_read_name(dir), "x.prom");
    assert_null(g_dir_read_name(dir)); /* nothing else was left */

    assert_false(metrics_write_textfile(m, "/nonexistent/x.prom", &error));
    assert_string_equal(error->message,
                        "/nonexistent/x.prom cannot be written: No such file or directory");
    g_unlink(path);
}

/* Counters of one-shot runs grow from run to run; gauges are what is now. */
static void
test_continue(void **state)
{
    (void)state;
    g_autofree char *path = textfile_path();
    const struct engine_totals totals = {.vms[KIND_DYNAMIC][STATE_RUNNING] = 1};

    for (int run = 1; run <= 3; run++) {
        CLEANUP(metrics_free) struct metrics *m = metrics_new();
        g_autofree char *decisions =
            g_strdup_printf("statesync_decisions_total{rule=\"running\"} %d", run * 2);
        g_autofree char *bucket =
            g_strdup_printf("statesync_event_to_write_seconds_bucket{le=\"0.001\"} %d", run);

        metrics_continue(m, path);
        metrics_decision(m, RULE_RUNNING);
        metrics_decision(m, RULE_RUNNING);
        metrics_latency(m, 700);
        metrics_set_totals(m, &totals);
        assert_true(metrics_write_textfile(m, path, NULL));
        has(m, decisions);
        has(m, bucket);
        has(m, "statesync_vms{state=\"Running\",kind=\"dynamic\"} 1");
        has(m, "statesync_build_info{version=\"" PACKAGE_VERSION "\"} 1");
    }
    g_unlink(path);
}

static void
test_continue_from_garbage(void **state)
{
    (void)state;
    char text[] = "statesync_passes_total\nstatesync_passes_total x\nstatesync_passes_total -1\n"
                  "statesync_passes_total 1e999\nstatesync_passes_total nan\n\n 5\n_total 5\n"
                  "statesync_stale_vms 9\nstatesync_missed_events_total 6";
    CLEANUP(metrics_free) struct metrics *m = metrics_new();

    metrics_continue_text(m, text);
    metrics_continue(m, "/nonexistent");
    has(m, "statesync_passes_total 0");
    has(m, "statesync_stale_vms 0");
    has(m, "statesync_missed_events_total 6");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_empty),       cmocka_unit_test(test_counting),
    cmocka_unit_test(test_histogram),   cmocka_unit_test(test_bucket_ends),
    cmocka_unit_test(test_events),      cmocka_unit_test(test_nodes), cmocka_unit_test(test_frontends),
    cmocka_unit_test(test_escaping),    cmocka_unit_test(test_process),
    cmocka_unit_test(test_trim_due),
    cmocka_unit_test(test_output),      cmocka_unit_test(test_textfile),
    cmocka_unit_test(test_continue),    cmocka_unit_test(test_continue_from_garbage),
};

HARNESS_MAIN("daemon_metrics", tests)
