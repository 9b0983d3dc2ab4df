/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lease's decisions and the memory of servers: no I/O, time as an argument.
 */
#include "config.h"

#include "harness.h"

#include "directory/lease.h"
#include "directory/server.h"

#include <string.h>

enum { LEASE = 60000 };

/* What a body called "me" sees, one look after the other. */
struct look {
    int64_t now;
    const char *holder;
    int64_t serial;
    int64_t duration; /* announced */
    enum lease_move move;
    int64_t wait;
};

static struct look free_at_once[] = {{0, NULL, -1, 0, LEASE_TAKE, 0}, {1, "", 7, 0, LEASE_TAKE, 0}};

static struct look mine[] = {{0, "me", 3, LEASE, LEASE_MINE, 0},
                             {10 * LEASE, "me", 3, LEASE, LEASE_MINE, 0}};

static struct look renewed[] = {
    {1000, "other", 1, LEASE, LEASE_WAIT, LEASE},
    {1000 + LEASE - 1, "other", 2, LEASE, LEASE_WAIT, LEASE},
    {1000 + 2 * LEASE - 2, "other", 2, LEASE, LEASE_WAIT, 1},
    {1000 + 2 * LEASE - 1, "other", 2, LEASE, LEASE_TAKE_OVER, 0},
};

static struct look silent[] = {
    {0, "other", 1, LEASE, LEASE_WAIT, LEASE},
    {LEASE - 1, "other", 1, LEASE, LEASE_WAIT, 1},
    {LEASE, "other", 1, LEASE, LEASE_TAKE_OVER, 0},
    {LEASE + 5, "other", 1, LEASE, LEASE_TAKE_OVER, 0},
};

static struct look another_holder[] = {
    {0, "other", 1, LEASE, LEASE_WAIT, LEASE},
    {LEASE, "third", 1, LEASE, LEASE_WAIT, LEASE},
    {LEASE + 1, "other", 1, LEASE, LEASE_WAIT, LEASE},
};

static struct look longer_announced[] = {
    {0, "other", 1, 2 * LEASE, LEASE_WAIT, 2 * LEASE},
    {LEASE, "other", 1, 2 * LEASE, LEASE_WAIT, LEASE},
    {2 * LEASE, "other", 1, 2 * LEASE, LEASE_TAKE_OVER, 0},
};

static struct look shorter_announced[] = {
    {0, "other", 1, 1000, LEASE_WAIT, LEASE},
    {LEASE - 1, "other", 1, 1000, LEASE_WAIT, 1},
};

static struct look given_back_and_taken[] = {
    {0, "other", 1, LEASE, LEASE_WAIT, LEASE},
    {LEASE - 1, NULL, 2, 0, LEASE_TAKE, 0},
    {LEASE, "other", 1, LEASE, LEASE_WAIT, LEASE},
};

static struct look late_first_look[] = {{10 * LEASE, "other", 1, LEASE, LEASE_WAIT, LEASE}};

#define LOOKS(name) {#name, name, G_N_ELEMENTS(name)}
static struct {
    const char *name;
    const struct look *looks;
    size_t n;
} stories[] = {
    LOOKS(free_at_once),   LOOKS(mine),
    LOOKS(renewed),        LOOKS(silent),
    LOOKS(another_holder), LOOKS(longer_announced),
    LOOKS(shorter_announced), LOOKS(given_back_and_taken),
    LOOKS(late_first_look),
};

static void
test_story(void **state)
{
    size_t story = (size_t)(uintptr_t)*state;
    struct lease_watch watch = {.holder = NULL};

    for (size_t i = 0; i < stories[story].n; i++) {
        const struct look *look = &stories[story].looks[i];
        struct lease_view view = {look->holder, look->serial, look->duration};
        int64_t wait = -1;

        assert_int_equal(lease_decide(&watch, &view, "me", LEASE, look->now, &wait), look->move);
        assert_int_equal(wait, look->wait);
    }
    lease_watch_clear(&watch);
}

/* Whatever the two see and when: the holder has stopped sending before the taker takes over.
 * The worst case: the last renewal is seen by the taker in the moment it is sent. */
static void
test_holder_stops_first(void **state)
{
    (void)state;
    for (int64_t lease = 1; lease <= 120000; lease = lease * 3 / 2 + 1) {
        struct lease_watch watch = {.holder = NULL};
        struct lease_view view = {"holder", 1, lease};
        int64_t taken = -1;

        for (int64_t now = 0; taken < 0; now += MAX(lease / 7, 1))
            if (lease_decide(&watch, &view, "me", lease, now, NULL) == LEASE_TAKE_OVER)
                taken = now;
        assert_false(lease_may_send(0, lease, taken));
        lease_watch_clear(&watch);
    }
}

static void
test_may_send(void **state)
{
    (void)state;
    assert_true(lease_may_send(0, 60000, 0));
    assert_true(lease_may_send(0, 60000, 55000));
    assert_false(lease_may_send(0, 60000, 55001));
    assert_true(lease_may_send(0, 2000, 1000));
    assert_false(lease_may_send(0, 2000, 1001));
    assert_false(lease_renewal_due(0, 60000, 19999));
    assert_true(lease_renewal_due(0, 60000, 20000));
}

static void
test_holder_names(void **state)
{
    g_autofree char *plain = lease_holder_format("vm-01.example.org", 42, 0xbeef);
    g_autofree char *odd = lease_holder_format("a b:c\xc3\xa9", 1, 0);
    g_autofree char *long_host = g_strnfill(300, 'x');
    g_autofree char *cut = lease_holder_format(long_host, 1, 0);
    g_autofree char *one = lease_holder_new();
    g_autofree char *two = lease_holder_new();

    (void)state;
    assert_string_equal(plain, "vm-01.example.org:42:0000beef");
    assert_string_equal(odd, "a-b-c--:1:00000000");
    assert_int_equal(strlen(cut), 64 + strlen(":1:00000000"));
    assert_string_not_equal(one, two);
}

/* --- several servers -------------------------------------------------------------------------- */

static char *uris[] = {(char[]){"ldap://a"}, (char[]){"ldap://b"}, (char[]){"ldap://c"}, NULL};

static void
assert_order(const struct server_memory *m, int64_t now, const char *expected)
{
    guint order[3];
    char text[4] = "";

    server_memory_order(m, now, order);
    for (int i = 0; i < 3; i++)
        text[i] = (char)('a' + order[i]);
    assert_string_equal(text, expected);
}

static void
test_server_order(void **state)
{
    CLEANUP(server_memory_free) struct server_memory *m = server_memory_new(uris);

    (void)state;
    assert_int_equal(server_memory_count(m), 3);
    assert_string_equal(server_memory_uri(m, 1), "ldap://b");
    assert_order(m, 0, "abc");
    server_memory_failed(m, 0, 0, 0);
    assert_order(m, 1, "bca");
    server_memory_failed(m, 0, 0, 0);
    server_memory_failed(m, 1, 0, 0);
    server_memory_failed(m, 2, 0, 0);
    assert_order(m, 1, "bca");
    assert_order(m, server_memory_not_before(m, 1), "bca");
    assert_order(m, server_memory_not_before(m, 0), "abc");
    server_memory_succeeded(m, 2);
    assert_order(m, 1, "cba");
    assert_int_equal(server_memory_not_before(m, 2), 0);
}

/* One that has been away for long is returned to soon, as long as another one serves us. */
static void
test_better_servers(void **state)
{
    CLEANUP(server_memory_free) struct server_memory *m = server_memory_new(uris);
    const int64_t limit = SERVER_BACKOFF_BETTER + SERVER_BACKOFF_BETTER / 4;
    int64_t now = 0;

    (void)state;
    for (int i = 0; i < 20; i++)
        server_memory_failed(m, 0, 0, UINT32_MAX);
    server_memory_failed(m, 2, 0, 0);
    int64_t last = server_memory_not_before(m, 2);
    assert_true(server_memory_not_before(m, 0) > limit);
    server_memory_serves(m, 1, 0, UINT32_MAX);
    assert_in_range(server_memory_not_before(m, 0), 1, limit);
    for (int i = 0; i < 20; i++) {
        now = server_memory_not_before(m, 0);
        server_memory_failed(m, 0, now, UINT32_MAX);
        server_memory_serves(m, 1, now, UINT32_MAX);
        assert_in_range(server_memory_not_before(m, 0) - now, SERVER_BACKOFF_BETTER / 2, limit);
    }
    assert_int_equal(server_memory_not_before(m, 1), 0);
    assert_int_equal(server_memory_not_before(m, 2), last);
}

static void
test_backoff(void **state)
{
    (void)state;
    assert_int_equal(server_backoff(1, 0), 750);
    assert_int_equal(server_backoff(1, 500), 1250);
    assert_int_equal(server_backoff(2, 0), 1500);
    assert_int_equal(server_backoff(1000000, 0), 45000);
    for (unsigned n = 1; n < 40; n++)
        for (uint32_t random = 0; random < 4000000000U; random += 123456789U) {
            int64_t pause = server_backoff(n, random);

            assert_true(pause >= SERVER_BACKOFF_MIN * 3 / 4);
            assert_true(pause <= SERVER_BACKOFF_MAX * 5 / 4);
        }
}

/* Many clients whose server fails at once come back spread evenly over half the pause. */
static void
test_backoff_jitter(void **state)
{
    enum { N_CLIENTS = 1000, N_PARTS = 10 };

    (void)state;
    for (unsigned n_failed = 1; n_failed < 12; n_failed++) {
        const int64_t doubled = (int64_t)SERVER_BACKOFF_MIN << (n_failed - 1);
        const int64_t middle = MIN(doubled, SERVER_BACKOFF_MAX);
        unsigned counts[N_PARTS] = {0};

        for (uint32_t i = 0; i < N_CLIENTS; i++) {
            CLEANUP(server_memory_free) struct server_memory *m = server_memory_new(uris);

            for (unsigned k = 0; k < n_failed; k++)
                server_memory_failed(m, 0, 7000, i * 2654435761U);
            int64_t late = server_memory_not_before(m, 0) - 7000 - middle * 3 / 4;

            assert_in_range(late, 0, middle / 2);
            counts[MIN(late * N_PARTS / (middle / 2), N_PARTS - 1)]++;
        }
        for (int i = 0; i < N_PARTS; i++)
            assert_in_range(counts[i], N_CLIENTS / N_PARTS / 2, N_CLIENTS / N_PARTS * 3 / 2);
    }
}

int
main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(test_holder_stops_first), cmocka_unit_test(test_may_send),
        cmocka_unit_test(test_holder_names),       cmocka_unit_test(test_server_order),
        cmocka_unit_test(test_better_servers),     cmocka_unit_test(test_backoff),
        cmocka_unit_test(test_backoff_jitter),
    };
    struct CMUnitTest tests[G_N_ELEMENTS(stories) + G_N_ELEMENTS(plain)] = {0};

    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++)
        tests[i] = (struct CMUnitTest){
            .name = stories[i].name, .test_func = test_story, .initial_state = (void *)i};
    memcpy(tests + G_N_ELEMENTS(stories), plain, sizeof(plain));
    return harness_run("directory_lease", tests, G_N_ELEMENTS(tests), NULL, NULL);
}
