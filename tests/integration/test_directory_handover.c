/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lease between processes: competitors, a frozen holder, requests that are answered or not.
 */
#include "config.h"

#include "harness.h"

#include "directory/deadline.h"
#include "directory/result.h"
#include "integration/directory_body.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs func in a child; it leaves by _exit(func's result). */
static pid_t
in_child(int (*func)(void *data), void *data)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(func(data));
    return pid;
}

static int
status_of(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Shared between the processes of a test. */
struct shared {
    int inside; /* how many believe to hold the lease */
    int n_turns;
    int n_clashes;
    int ready;
    int go;
    int n_ticks;
};

static struct shared *
shared_new(void)
{
    struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                            -1, 0);

    assert_true(s != MAP_FAILED);
    return s;
}

static int
compete(void *data)
{
    struct shared *shared = data;
    BODY me = body_new();
    int won = 0;

    for (int tries = 0; won < 20 && tries < 20000; tries++) {
        g_autoptr(GError) error = NULL;

        if (service_look(me.service, NULL, &error) != SERVICE_FREE ||
            !service_take(me.service, &error))
            continue;
        if (__atomic_add_fetch(&shared->inside, 1, __ATOMIC_SEQ_CST) != 1)
            __atomic_add_fetch(&shared->n_clashes, 1, __ATOMIC_SEQ_CST);
        __atomic_add_fetch(&shared->n_turns, 1, __ATOMIC_SEQ_CST);
        won++;
        __atomic_sub_fetch(&shared->inside, 1, __ATOMIC_SEQ_CST);
        if (!service_release(me.service, &error))
            return 1;
    }
    return won == 20 ? 0 : 2;
}

static void
test_competitors(void **state)
{
    struct shared *shared = shared_new();
    pid_t children[6];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(children); i++)
        children[i] = in_child(compete, shared);
    for (size_t i = 0; i < G_N_ELEMENTS(children); i++)
        assert_int_equal(status_of(children[i]), 0);
    assert_int_equal(shared->n_turns, 20 * (int)G_N_ELEMENTS(children));
    assert_int_equal(shared->n_clashes, 0);
    munmap(shared, sizeof(*shared));
}

static bool
is_ready(void *data)
{
    return __atomic_load_n(&((struct shared *)data)->ready, __ATOMIC_SEQ_CST) != 0;
}

/* Takes the lease and renews it until it is lost.  0: it noticed, and its gate was shut by then. */
static int
hold_until_lost(void *data)
{
    struct shared *shared = data;
    BODY me = body_new();
    g_autoptr(GError) error = NULL;

    service_set_lease(me.service, SHORT_LEASE);
    if (service_look(me.service, NULL, &error) != SERVICE_FREE ||
        !service_take(me.service, &error))
        return 2;
    __atomic_store_n(&shared->ready, 1, __ATOMIC_SEQ_CST);
    while (true) {
        bool may = service_may_send(me.service);

        /* After SIGCONT the gate has to be shut before anything else is learnt. */
        if (__atomic_load_n(&shared->go, __ATOMIC_SEQ_CST))
            return may ? 3 : service_tick(me.service, &error) ? 4
                   : error->code == DIRECTORY_CODE_NO_LEASE   ? 0
                                                              : 5;
        if (!service_tick(me.service, &error))
            return 6;
        __atomic_add_fetch(&shared->n_ticks, 1, __ATOMIC_SEQ_CST);
        directory_connection_pause(me.connection, 20);
    }
}

static void
test_frozen_holder(void **state)
{
    static const char *const all[] = {"*", NULL};
    struct service_report report = {.version = "x", .completed = 1767225604, .answered = all};
    struct shared *shared = shared_new();
    pid_t child = in_child(hold_until_lost, shared);
    BODY me = body_new();
    g_autoptr(GError) error = NULL;
    int64_t start;

    (void)state;
    service_set_lease(me.service, SHORT_LEASE);
    assert_true(harness_wait_until(is_ready, shared, 5000));
    /* As long as it renews, nobody takes over. */
    assert_int_equal(service_hand_over(me.service, all, 5 * SHORT_LEASE / 2, NULL, NULL, &error),
                     SERVICE_GAVE_UP);
    assert_int_equal(error->code, DIRECTORY_CODE_LEASE_HELD);
    assert_non_null(strstr(error->message, g_get_host_name()));
    g_clear_error(&error);
    kill(child, SIGSTOP);
    start = deadline_now();
    assert_int_equal(service_hand_over(me.service, all, harness_patience(5 * SHORT_LEASE), NULL, NULL,
                                       &error),
                     SERVICE_TAKE_OVER);
    assert_true(deadline_now() - start >= SHORT_LEASE / 2);
    assert_done(service_take(me.service, &error), &error);
    assert_true(service_may_send(me.service));
    __atomic_store_n(&shared->go, 1, __ATOMIC_SEQ_CST);
    kill(child, SIGCONT);
    assert_int_equal(status_of(child), 0);
    assert_done(service_close(me.service, &report, &error), &error);
    munmap(shared, sizeof(*shared));
}

/* Holds the lease, answers what is asked as a second pass would, gives back. */
static int
answer(void *data)
{
    struct shared *shared = data;
    BODY me = body_new();
    g_autoptr(GError) error = NULL;

    if (service_look(me.service, NULL, &error) != SERVICE_FREE ||
        !service_take(me.service, &error))
        return 2;
    __atomic_store_n(&shared->ready, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < 500; i++) {
        CLEANUP(service_state_free) struct service_state *s = service_read(me.service, &error);
        struct service_report report = {.version = "x", .completed = 1767225602};

        if (!s || !service_tick(me.service, &error))
            return 3;
        if (s->requests->len == 2) {
            /* One more than was asked: taken back by somebody else meanwhile. */
            const char *answered[] = {s->requests->pdata[0], "gone", s->requests->pdata[1], NULL};

            report.answered = answered;
            return service_close(me.service, &report, &error) ? 0 : 4;
        }
        directory_connection_pause(me.connection, 10);
    }
    return 5;
}

static void
test_answered(void **state)
{
    static const char *const two[] = {"11111111-0000-4000-8000-00000000000A",
                                      "11111111-0000-4000-8000-00000000000B", NULL};
    struct shared *shared = shared_new();
    pid_t child = in_child(answer, shared);
    BODY me = body_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *left = NULL;
    g_autofree char *when = NULL;

    (void)state;
    assert_true(harness_wait_until(is_ready, shared, 5000));
    assert_int_equal(service_hand_over(me.service, two, 10 * LEASE, NULL, NULL, &error),
                     SERVICE_ANSWERED);
    assert_int_equal(status_of(child), 0);
    left = server_value(server, dn, "sstStateSyncRefresh");
    when = server_value(server, dn, "sstStateSyncRefreshAnswered");
    assert_null(left);
    assert_string_equal(when, "20260101000002Z");
    munmap(shared, sizeof(*shared));
}

static int n_asked;

static bool
third_time(void *data)
{
    (void)data;
    return ++n_asked >= 3;
}

/* Not answered, cancelled: the request does not stay behind.  Somebody else's does. */
static void
test_given_up(void **state)
{
    static const char *const theirs[] = {"*", NULL};
    BODY holder = body_new();
    BODY me = body_new();
    g_autofree char *ldif = g_strdup_printf(
        "dn: %s\nchangetype: modify\nadd: sstStateSyncRefresh\nsstStateSyncRefresh: *\n", dn);
    g_autofree char *clear = g_strdup_printf(
        "dn: %s\nchangetype: modify\nreplace: sstStateSyncRefresh\n", dn);
    g_autofree char *after = NULL;
    g_autofree char *kept = NULL;
    g_autoptr(GError) error = NULL;

    (void)state;
    take(&holder);
    assert_int_equal(service_hand_over(me.service, theirs, 0, NULL, NULL, &error),
                     SERVICE_GAVE_UP);
    assert_non_null(strstr(error->message, service_holder(holder.service)));
    g_clear_error(&error);
    assert_int_equal(service_hand_over(me.service, theirs, 60000, third_time, NULL, &error),
                     SERVICE_GAVE_UP);
    assert_int_equal(n_asked, 3);
    g_clear_error(&error);
    after = server_value(server, dn, "sstStateSyncRefresh");
    assert_null(after);
    server_modify(server, ldif);
    assert_int_equal(service_hand_over(me.service, theirs, 0, NULL, NULL, &error),
                     SERVICE_GAVE_UP);
    kept = server_value(server, dn, "sstStateSyncRefresh");
    assert_string_equal(kept, "*");
    server_modify(server, clear);
    release(&holder);
}

/* The lease is given back with the request unanswered: it is ours to do. */
static int
hold_shortly(void *data)
{
    struct shared *shared = data;
    BODY me = body_new();
    g_autoptr(GError) error = NULL;

    if (service_look(me.service, NULL, &error) != SERVICE_FREE ||
        !service_take(me.service, &error))
        return 2;
    __atomic_store_n(&shared->ready, 1, __ATOMIC_SEQ_CST);
    directory_connection_pause(me.connection, 200);
    return service_release(me.service, &error) ? 0 : 3;
}

static void
test_given_back(void **state)
{
    static const char *const all[] = {"*", NULL};
    struct service_report report = {.version = "x", .completed = 1767225603, .answered = all};
    struct shared *shared = shared_new();
    pid_t child = in_child(hold_shortly, shared);
    BODY me = body_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *left = NULL;

    (void)state;
    assert_true(harness_wait_until(is_ready, shared, 5000));
    assert_int_equal(service_hand_over(me.service, all, 10000, NULL, NULL, &error),
                     SERVICE_TAKE_OVER);
    assert_done(service_take(me.service, &error), &error);
    assert_done(service_close(me.service, &report, &error), &error);
    left = server_value(server, dn, "sstStateSyncRefresh");
    assert_null(left);
    assert_int_equal(status_of(child), 0);
    munmap(shared, sizeof(*shared));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_competitors),
        cmocka_unit_test(test_frozen_holder),
        cmocka_unit_test(test_answered),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_given_back),
    };

    server_require();
    return harness_run("directory_handover", tests, G_N_ELEMENTS(tests), body_setup, body_teardown);
}
