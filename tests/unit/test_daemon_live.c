/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The board from the main thread to the server's: made when asked for, handed
 * out again while it is young, not waited for where the main thread is busy.
 * And whom the server answers.
 */
#include "config.h"

#include "daemon/http-board.h"
#include "daemon/live.h"
#include "harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

static struct board *
begin(void *data)
{
    unsigned *n = data;

    return board_new("ou=x", ++*n);
}

static bool
at_once(struct board *b, void *data)
{
    (void)b;
    (void)data;
    return false;
}

static struct live *
live_of(unsigned *n)
{
    return live_new(&(struct live_maker){begin, at_once, n});
}

struct asker {
    struct live *live;
    unsigned n;
    gint64 taken[4]; /* of what came; 0 = nothing */
    gint64 took_us;
    atomic_bool done;
};

static void *
ask(void *data)
{
    struct asker *a = data;
    gint64 begin = g_get_monotonic_time();

    for (unsigned i = 0; i < a->n; i++) {
        CLEANUP(board_unref) struct board *b = live_get(a->live);
        a->taken[i] = b != NULL ? b->taken : 0;
    }
    a->took_us = g_get_monotonic_time() - begin;
    atomic_store(&a->done, true);
    g_main_context_wakeup(NULL);
    return NULL;
}

/* busy: the main context does not run meanwhile. */
static void
run(struct asker *a, bool busy)
{
    pthread_t thread;

    atomic_store(&a->done, false);
    assert_int_equal(pthread_create(&thread, NULL, ask, a), 0);
    while (!busy && !atomic_load(&a->done))
        g_main_context_iteration(NULL, TRUE);
    pthread_join(thread, NULL);
}

static void
test_made_when_asked(void **state)
{
    unsigned n = 0;
    CLEANUP(live_free) struct live *live = live_of(&n);
    struct asker a = {.live = live, .n = 3};

    (void)state;
    while (g_main_context_iteration(NULL, FALSE))
        ;
    assert_int_equal(n, 0); /* nobody asked */
    for (int i = 0; i < 100 && a.taken[2] == 0; i++)
        run(&a, false); /* a slow machine needs more than the time of one question */
    assert_true(a.taken[2] > 0);
    assert_in_range(n, 1, 100);
}

static void
test_busy(void **state)
{
    unsigned n = 0;
    CLEANUP(live_free) struct live *live = live_of(&n);
    struct asker a = {.live = live, .n = 1};

    (void)state;
    run(&a, true);
    assert_int_equal(a.taken[0], 0);
    assert_in_range(a.took_us, LIVE_WAIT_MS * 900, 60 * G_USEC_PER_SEC);
    while (n == 0)
        g_main_context_iteration(NULL, TRUE); /* it was asked for all the same */
    while (g_main_context_iteration(NULL, FALSE))
        ;
    run(&a, true);
    assert_int_equal(a.taken[0], 1); /* young, or the one before */
}

/* --- parts ------------------------------------------------------------------------------ */

enum { PARTS = 5 };

struct parts {
    unsigned n_boards, n_parts, n_between;
    GSource *other; /* something else that is to be done after each part */
};

static struct board *
begin_parts(void *data)
{
    struct parts *p = data;

    p->n_parts = p->n_between = 0;
    g_source_set_ready_time(p->other, 0);
    return board_new("ou=x", ++p->n_boards);
}

static bool
one_part(struct board *b, void *data)
{
    struct parts *p = data;

    assert_int_equal(b->taken, p->n_boards);
    assert_int_equal(p->n_between, ++p->n_parts); /* what was to be done has been */
    g_source_set_ready_time(p->other, 0);
    return p->n_parts < PARTS;
}

static gboolean
between(gpointer data)
{
    struct parts *p = data;

    p->n_between++;
    g_source_set_ready_time(p->other, -1);
    return G_SOURCE_CONTINUE;
}

static gboolean
call(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)source;
    return callback(data);
}

static GSourceFuncs other_functions = {.dispatch = call};

/* Nothing else waits for a board: between two parts of it everything has its turn. */
static void
test_parts(void **state)
{
    struct parts p = {.other = g_source_new(&other_functions, sizeof(GSource))};
    CLEANUP(live_free) struct live *live = live_new(&(struct live_maker){begin_parts, one_part, &p});
    struct asker a = {.live = live, .n = 1};

    (void)state;
    g_source_set_callback(p.other, between, &p, NULL);
    g_source_attach(p.other, NULL);
    for (int i = 0; i < 100 && a.taken[0] == 0; i++) {
        run(&a, false);
        while (g_main_context_iteration(NULL, FALSE))
            ;
    }
    assert_in_range(a.taken[0], 1, p.n_boards);
    assert_int_equal(p.n_parts, PARTS);
    g_source_destroy(p.other);
    g_source_unref(p.other);
}

static void
test_own_names(void **state)
{
    static const struct {
        const char *host;
        bool own;
    } rows[] = {
        {"localhost", true},       {"localhost:9834", true},   {"LOCALHOST", true},
        {"127.0.0.1", true},       {"127.0.0.1:9834", true},   {"127.9.8.7:1", true},
        {"[::1]", true},           {"[::1]:9834", true},       {"board.localhost", true},
        {NULL, false},             {"", false},                {"example.org", false},
        {"localhost.evil.org", false}, {"127.evil.org", false}, {"127.0.0.1.evil.org", false},
        {"10.0.0.1:9834", false},  {"[::2]", false},           {"[::1", false},
        {"[", false},              {"[::1]x", false},          {":9834", false},
        {"evil.org:80@localhost", false},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (http_board_is_own_name(rows[i].host) != rows[i].own)
            fail_msg("\"%s\" should%s be a name of our own", rows[i].host, rows[i].own ? "" : " not");
    }
}

static unsigned
status_for(struct live *live, const char *client, const char *host)
{
    g_autoptr(GString) out = g_string_new(NULL);
    CLEANUP(board_languages_free) struct board_languages *languages = board_languages_new();
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    const struct sockaddr *address = (const struct sockaddr *)&in;

    if (inet_pton(AF_INET, client, &in.sin_addr) != 1) {
        assert_int_equal(inet_pton(AF_INET6, client, &in6.sin6_addr), 1);
        address = (const struct sockaddr *)&in6;
    }
    const struct http_board_request request = {.client = address, .host = host};
    return http_board(live, languages, &request, out);
}

static void
test_clients(void **state)
{
    unsigned n = 0;
    CLEANUP(live_free) struct live *live = live_of(&n);
    struct asker a = {.live = live, .n = 1};

    (void)state;
    for (int i = 0; i < 100 && a.taken[0] == 0; i++)
        run(&a, false);
    assert_int_equal(status_for(live, "127.0.0.1", "localhost"), 200);
    assert_int_equal(status_for(live, "::1", "[::1]:80"), 200);
    assert_int_equal(status_for(live, "::ffff:127.0.0.1", "localhost"), 200);
    assert_int_equal(status_for(live, "10.0.0.1", "localhost"), 403);
    assert_int_equal(status_for(live, "::ffff:10.0.0.1", "localhost"), 403);
    assert_int_equal(status_for(live, "127.0.0.1", "evil.example.org"), 403);
    assert_int_equal(status_for(live, "127.0.0.1", NULL), 403);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_made_when_asked), cmocka_unit_test(test_busy),
    cmocka_unit_test(test_parts),           cmocka_unit_test(test_own_names),
    cmocka_unit_test(test_clients),
};

HARNESS_MAIN("daemon_live", tests)
