/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "harness.h"
#include "log/format.h"
#include "log/log.h"

#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static GPtrArray *lines;
static gint64 now_us;

static void
keep(enum log_level level, const char *line, void *data)
{
    (void)data;
    g_ptr_array_add(lines, g_strdup_printf("%s: %s", log_level_word(level), line));
}

static gint64
fake_clock(void)
{
    return now_us;
}

static int
setup(void **state)
{
    (void)state;
    lines = g_ptr_array_new_with_free_func(g_free);
    now_us = 1000 * G_USEC_PER_SEC;
    log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO);
    log_set_sink(keep, NULL);
    log_set_clock(fake_clock);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    log_set_sink(NULL, NULL);
    log_set_clock(NULL);
    log_open(LOG_TARGET_STDERR, LOG_LEVEL_ERROR);
    log_close();
    g_clear_pointer(&lines, g_ptr_array_unref);
    return 0;
}

/* Checks line `i` and that there are `n` lines in all. */
static void
expect(guint n, guint i, const char *text)
{
    assert_int_equal(lines->len, n);
    assert_string_equal(g_ptr_array_index(lines, i), text);
}

struct value_row {
    const char *name;
    const char *value;
    const char *expected;
};

static const struct value_row value_rows[] = {
    {"bare", "vm-node-01", "vm-node-01"},
    {"empty", "", "\"\""},
    {"blank", "a b", "\"a b\""},
    {"equal sign", "a=b", "\"a=b\""},
    {"quote and backslash", "a\"b\\", "\"a\\\"b\\\\\""},
    {"newline forges no line", "x\nstatesync: error: y", "\"x\\nstatesync: error: y\""},
    {"carriage return and tab", "\r\t", "\"\\r\\t\""},
    {"escape sequence", "\x1b[31m", "\"\\u001b[31m\""},
    {"delete", "a\x7f", "\"a\\u007f\""},
    {"umlaut stays", "Zürich", "Zürich"},
    {"C1 control", "a\xc2\x9b", "\"a\\u009b\""},
    {"right to left override", "a\xe2\x80\xae", "\"a\\u202e\""},
    {"line separator", "a\xe2\x80\xa8z", "\"a\\u2028z\""},
    {"not UTF-8", "a\xff z", "\"a\\xff z\""},
    {"half a character", "a\xc3", "\"a\\xc3\""},
};

static void
test_value(void **state)
{
    const struct value_row *row = *state;
    g_autoptr(GString) line = g_string_new("");

    log_format_value(line, row->value, LOG_VALUE_MAX);
    assert_string_equal(line->str, row->expected);
}

static void
test_long_value(void **state)
{
    g_autofree char *value = g_strnfill(5000, 'x');
    g_autoptr(GString) line = g_string_new("");
    g_autoptr(GString) wide = g_string_new("");

    (void)state;
    log_format_value(line, value, 10);
    assert_string_equal(line->str, "\"xxxxxxxxxx...\"");
    log_format_value(wide, "aü", 2);
    assert_string_equal(wide->str, "\"a...\"");
}

static void
test_line(void **state)
{
    (void)state;
    log_event(LOG_LEVEL_INFO, "status changed", "dn", "a b", "left_out", NULL, "n", LOG_INT(-7),
              NULL);
    expect(1, 0, "info: status changed dn=\"a b\" n=-7");
}

static void
test_threshold(void **state)
{
    (void)state;
    assert_true(log_enabled(LOG_LEVEL_INFO));
    assert_false(log_enabled(LOG_LEVEL_DEBUG));
    log_event(LOG_LEVEL_DEBUG, "not seen", NULL);
    assert_int_equal(lines->len, 0);
    log_open(LOG_TARGET_STDERR, LOG_LEVEL_DEBUG);
    log_event(LOG_LEVEL_DEBUG, "seen", NULL);
    expect(1, 0, "debug: seen");
}

static void
test_repeats(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        log_event(LOG_LEVEL_WARNING, "node does not answer", "node", "a", NULL);
    log_event(LOG_LEVEL_WARNING, "node does not answer", "node", "b", NULL);
    expect(2, 1, "warning: node does not answer node=b");
    now_us += (LOG_REPEAT_WINDOW_S - 1) * G_USEC_PER_SEC;
    log_event(LOG_LEVEL_WARNING, "node does not answer", "node", "a", NULL);
    assert_int_equal(lines->len, 2);
    now_us += G_USEC_PER_SEC;
    log_event(LOG_LEVEL_WARNING, "node does not answer", "node", "a", NULL);
    expect(3, 2, "warning: node does not answer node=a dropped=5");
}

static void
test_repeats_at_close(void **state)
{
    (void)state;
    log_event(LOG_LEVEL_ERROR, "x", NULL);
    log_event(LOG_LEVEL_ERROR, "x", NULL);
    now_us += 90 * G_USEC_PER_SEC;
    log_close();
    expect(2, 1, "error: x dropped=1 last_ago_s=90");
}

static void
test_forget(void **state)
{
    (void)state;
    log_event(LOG_LEVEL_NOTICE, "configuration loaded anew", NULL);
    log_forget();
    log_event(LOG_LEVEL_NOTICE, "configuration loaded anew", NULL);
    expect(2, 1, "notice: configuration loaded anew");
    log_event(LOG_LEVEL_NOTICE, "configuration loaded anew", NULL);
    log_forget();
    expect(3, 2, "notice: configuration loaded anew dropped=1 last_ago_s=0");
}

static void
test_info_is_never_dropped(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        log_event(LOG_LEVEL_INFO, "status changed", "dn", "x", NULL);
    assert_int_equal(lines->len, 3);
}

static void
test_memory_is_bounded(void **state)
{
    (void)state;
    log_event(LOG_LEVEL_ERROR, "first", NULL);
    log_event(LOG_LEVEL_ERROR, "first", NULL);
    for (int i = 0; i < 5000; i++)
        log_event(LOG_LEVEL_ERROR, "line", "i", LOG_INT(i), NULL);
    /* The count owed for "first" was written when the table was emptied. */
    assert_int_equal(lines->len, 5002);
}

static void *
log_many(void *data)
{
    (void)data;
    for (int i = 0; i < 200; i++)
        log_event(LOG_LEVEL_INFO, "from a thread", "i", LOG_INT(i), NULL);
    return NULL;
}

static void
test_threads(void **state)
{
    pthread_t threads[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(lines->len, 800);
}

/* What really arrives on stderr. */
static void
test_stderr(void **state)
{
    g_autofree char *path = g_build_filename(harness_tmpdir(), "stderr", NULL);
    g_autofree char *text = NULL;
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int saved = dup(STDERR_FILENO);

    (void)state;
    log_set_sink(NULL, NULL);
    log_open(LOG_TARGET_AUTO, LOG_LEVEL_INFO);
    dup2(file, STDERR_FILENO);
    log_event(LOG_LEVEL_NOTICE, "started", "version", "0.1.0", NULL);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(file);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, "statesync: notice: started version=0.1.0\n");
}

static void
test_words(void **state)
{
    (void)state;
    assert_string_equal(log_level_word(LOG_LEVEL_NOTICE), "notice");
    assert_string_equal(log_target_word(LOG_TARGET_JOURNAL), "journal");
}

#define LOG_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
    static const struct CMUnitTest fixed[] = {
        LOG_TEST(test_long_value),      LOG_TEST(test_line),
        LOG_TEST(test_threshold),       LOG_TEST(test_repeats),
        LOG_TEST(test_repeats_at_close), LOG_TEST(test_forget), LOG_TEST(test_info_is_never_dropped),
        LOG_TEST(test_memory_is_bounded), LOG_TEST(test_threads),
        LOG_TEST(test_stderr),          LOG_TEST(test_words),
    };
    struct CMUnitTest tests[G_N_ELEMENTS(fixed) + G_N_ELEMENTS(value_rows)];
    gsize n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        tests[n++] = fixed[i];
    for (gsize i = 0; i < G_N_ELEMENTS(value_rows); i++)
        tests[n++] = (struct CMUnitTest){
            .name = value_rows[i].name,
            .test_func = test_value,
            .initial_state = (void *)(gintptr)&value_rows[i],
        };
    return harness_run("log", tests, n, NULL, NULL);
}
