/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/notify.h"
#include "daemon/pidfile.h"
#include "harness.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <fcntl.h>
#include <unistd.h>

/* A manager's socket; name with @ for an abstract one. */
static int
listen_at(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));

    assert_true(fd >= 0);
    memcpy(at.sun_path, name, strlen(name));
    if (*name == '@')
        at.sun_path[0] = '\0';
    else
        size++;
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    return fd;
}

/* The next datagram; "" when there is none. */
static const char *
heard(int fd)
{
    static char text[4096];
    ssize_t size = recv(fd, text, sizeof(text) - 1, 0);

    text[size > 0 ? size : 0] = '\0';
    return text;
}

static char *
socket_path(void)
{
    char *path = g_build_filename(harness_tmpdir(), "notify", NULL);

    g_unlink(path);
    return path;
}

static void
test_nobody_listens(void **state)
{
    (void)state;
    char *problem = NULL;

    g_unsetenv("NOTIFY_SOCKET");
    g_setenv("WATCHDOG_USEC", "3000000", TRUE);
    CLEANUP(notify_free) struct notify *n = notify_new(&problem);
    assert_null(problem);
    assert_false(notify_active(n));
    assert_int_equal(notify_watchdog_interval(n), 0);
    assert_true(notify_ready(n, "x") && notify_watchdog(n) && notify_stopping(n, "x"));
}

static void
test_messages(void **state)
{
    (void)state;
    g_autofree char *path = socket_path();
    int fd = listen_at(path);

    g_setenv("NOTIFY_SOCKET", path, TRUE);
    g_setenv("WATCHDOG_USEC", "30000000", TRUE);
    g_unsetenv("WATCHDOG_PID");
    CLEANUP(notify_free) struct notify *n = notify_new(NULL);
    assert_null(g_getenv("NOTIFY_SOCKET"));
    assert_null(g_getenv("WATCHDOG_USEC"));
    assert_true(notify_active(n));
    assert_int_equal(notify_watchdog_interval(n), 10000);

    assert_true(notify_ready(n, "reading\nREADY=0\x7f\xff"));
    assert_string_equal(heard(fd), "READY=1\nSTATUS=reading READY=0 \xef\xbf\xbd");
    assert_true(notify_status(n, "3 of 5 nodes"));
    assert_string_equal(heard(fd), "STATUS=3 of 5 nodes");
    assert_true(notify_status(n, "3 of 5 nodes"));
    assert_string_equal(heard(fd), "");
    assert_true(notify_watchdog(n));
    assert_string_equal(heard(fd), "WATCHDOG=1");
    assert_true(notify_stopping(n, "bye"));
    assert_string_equal(heard(fd), "STOPPING=1\nSTATUS=bye");
    close(fd);
    assert_false(notify_watchdog(n)); /* the manager is gone: said, not fatal */
}

/* systemd wants the time of RELOADING to be that of its sending. */
static void
test_reloading(void **state)
{
    (void)state;
    g_autofree char *path = socket_path();
    int fd = listen_at(path);
    gint64 before = g_get_monotonic_time(), usec;
    const char *text;

    g_setenv("NOTIFY_SOCKET", path, TRUE);
    CLEANUP(notify_free) struct notify *n = notify_new(NULL);
    assert_true(notify_reloading(n));
    text = heard(fd);
    assert_true(g_str_has_prefix(text, "RELOADING=1\nMONOTONIC_USEC="));
    usec = g_ascii_strtoll(strrchr(text, '=') + 1, NULL, 10);
    assert_true(usec >= before && usec <= g_get_monotonic_time());
    assert_int_equal(notify_watchdog_interval(n), 0);
    assert_true(notify_watchdog(n));
    assert_string_equal(heard(fd), "");
    close(fd);
}

static void
test_abstract_name(void **state)
{
    (void)state;
    g_autofree char *name = g_strdup_printf("@statesync-test-%d", (int)getpid());
    int fd = listen_at(name);

    g_setenv("NOTIFY_SOCKET", name, TRUE);
    CLEANUP(notify_free) struct notify *n = notify_new(NULL);
    assert_true(notify_ready(n, ""));
    assert_string_equal(heard(fd), "READY=1\nSTATUS=");
    close(fd);
}

static void
test_unusable_socket(void **state)
{
    (void)state;
    g_autofree char *longer = g_strnfill(200, '/');
    const char *names[] = {"vsock:1:2", "/", longer};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *problem = NULL;

        g_setenv("NOTIFY_SOCKET", names[i], TRUE);
        CLEANUP(notify_free) struct notify *n = notify_new(&problem);
        assert_non_null(problem);
        assert_false(notify_active(n));
        assert_true(notify_ready(n, "x"));
    }
}

/* WATCHDOG_PID names the process it is meant for. */
static void
test_watchdog_of_another(void **state)
{
    (void)state;
    g_autofree char *path = socket_path();
    g_autofree char *me = g_strdup_printf("%d", (int)getpid());
    const struct {
        const char *usec, *pid;
        int64_t interval;
    } rows[] = {
        {"3000000", me, 1000}, {"3000000", "1", 0}, {"3000000", "x", 0}, {"0", NULL, 0},
        {"-5", NULL, 0},       {"soon", NULL, 0},   {"1", NULL, 1},
    };
    int fd = listen_at(path);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_setenv("NOTIFY_SOCKET", path, TRUE);
        g_setenv("WATCHDOG_USEC", rows[i].usec, TRUE);
        if (rows[i].pid != NULL)
            g_setenv("WATCHDOG_PID", rows[i].pid, TRUE);
        CLEANUP(notify_free) struct notify *n = notify_new(NULL);
        assert_int_equal(notify_watchdog_interval(n), rows[i].interval);
    }
    close(fd);
}

/* A manager that reads nothing costs a second at most, and the answer is false. */
static void
test_full_socket(void **state)
{
    (void)state;
    g_autofree char *path = socket_path();
    int fd = listen_at(path);
    bool taken = true;
    gint64 begin;

    g_setenv("NOTIFY_SOCKET", path, TRUE);
    g_setenv("WATCHDOG_USEC", "3000000", TRUE);
    CLEANUP(notify_free) struct notify *n = notify_new(NULL);
    for (int i = 0; i < 100000 && taken; i++) {
        begin = g_get_monotonic_time();
        taken = notify_watchdog(n);
    }
    assert_false(taken);
    assert_true(g_get_monotonic_time() - begin < harness_patience(3 * NOTIFY_SEND_LIMIT) * 1000LL);
    close(fd);
}

static char *
pid_path(void)
{
    return g_build_filename(harness_tmpdir(), "pid", NULL);
}

static void
expect_ours(const char *path)
{
    g_autofree char *text = NULL;
    g_autofree char *expected = g_strdup_printf("%d\n", (int)getpid());

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, expected);
}

static void
test_pid_file(void **state)
{
    (void)state;
    g_autofree char *path = pid_path();
    g_autoptr(GError) error = NULL;
    g_autofree char *expected = g_strdup_printf(
        "statesync is running already as process %d: it holds the pid file %s", (int)getpid(), path);

    struct pidfile *p = pidfile_take(path, &error);
    assert_null(error);
    expect_ours(path);
    assert_null(pidfile_take(path, &error));
    assert_true(g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_EXIST));
    assert_string_equal(error->message, expected);
    expect_ours(path);
    pidfile_release(p);
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* Nobody holds the lock on what a killed process left, although process 1 lives. */
static void
test_stale_pid_file(void **state)
{
    (void)state;
    g_autofree char *path = pid_path();
    g_autoptr(GError) error = NULL;

    assert_true(g_file_set_contents(path, "1\nand more of it", -1, NULL));
    CLEANUP(pidfile_release) struct pidfile *p = pidfile_take(path, &error);
    assert_null(error);
    assert_non_null(p);
    expect_ours(path);
}

/* A file that took the place of ours is not ours to remove. */
static void
test_replaced_pid_file(void **state)
{
    (void)state;
    g_autofree char *path = pid_path();
    struct pidfile *p = pidfile_take(path, NULL);

    assert_non_null(p);
    g_unlink(path);
    assert_true(g_file_set_contents(path, "7\n", -1, NULL));
    pidfile_release(p);
    assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    g_unlink(path);
}

static void
test_pid_file_that_cannot_be(void **state)
{
    (void)state;
    g_autofree char *path = pid_path();
    g_autoptr(GError) absent = NULL;
    g_autoptr(GError) linked = NULL;

    assert_null(pidfile_take("/nonexistent/statesync.pid", &absent));
    assert_string_equal(absent->message,
                        "pid file /nonexistent/statesync.pid: No such file or directory");
    assert_int_equal(symlink("/tmp/elsewhere", path), 0);
    assert_null(pidfile_take(path, &linked));
    assert_true(g_error_matches(linked, G_FILE_ERROR, G_FILE_ERROR_LOOP));
    g_unlink(path);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_nobody_listens),
    cmocka_unit_test(test_messages),
    cmocka_unit_test(test_reloading),
    cmocka_unit_test(test_abstract_name),
    cmocka_unit_test(test_unusable_socket),
    cmocka_unit_test(test_watchdog_of_another),
    cmocka_unit_test(test_full_socket),
    cmocka_unit_test(test_pid_file),
    cmocka_unit_test(test_stale_pid_file),
    cmocka_unit_test(test_replaced_pid_file),
    cmocka_unit_test(test_pid_file_that_cannot_be),
};

HARNESS_MAIN("daemon_notify", tests)
