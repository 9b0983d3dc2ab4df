/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bound of a node's events, and the waits between attempts to connect. */
#include "config.h"

#include "harness.h"

#include "hypervisor/backoff.h"
#include "hypervisor/sink.h"

#include <pthread.h>
#include <string.h>

enum { BOUND = 3 };

/* What came out: one letter per notice. */
static GString *out;
static struct sink *sink;
static unsigned put_while_taking; /* events to put from within the next delivery */

static void
put(const char *disk, uint64_t epoch)
{
    const struct hypervisor_event event = {
        .kind = disk != NULL ? HYPERVISOR_EVENT_JOB : HYPERVISOR_EVENT_DOMAIN,
        .epoch = epoch,
        .what = "test",
        .disk = disk,
    };

    sink_put(sink, &event);
}

static void
take(void *item, void *data)
{
    static const char letters[] = {
        [HYPERVISOR_EVENT_UP] = 'U',       [HYPERVISOR_EVENT_DOWN] = 'D',
        [HYPERVISOR_EVENT_DOMAIN] = 'd',   [HYPERVISOR_EVENT_JOB] = 'j',
        [HYPERVISOR_EVENT_OVERFLOW] = 'O',
    };
    CLEANUP(notice_free) struct notice *n = item;

    (void)data;
    assert_ptr_equal(n->sink, sink);
    notice_count_off(n);
    g_string_append_c(out, letters[n->event.kind]);
    for (; put_while_taking > 0; put_while_taking--)
        put(NULL, 1);
}

static void
expect(struct queue *q, const char *letters)
{
    queue_drain(q);
    assert_string_equal(out->str, letters);
    g_string_truncate(out, 0);
}

static struct queue *
begin(void)
{
    struct queue *q = queue_new(NULL, take, NULL, sink_drop_notice);

    out = g_string_new(NULL);
    sink = sink_new(q, BOUND);
    sink_set_owner(sink, q);
    return q;
}

static void
finish(struct queue *q)
{
    g_string_free(out, TRUE);
    sink_unref(sink);
    queue_close(q);
    queue_unref(q);
}

static void
test_bound(void **state)
{
    struct queue *q = begin();

    (void)state;
    for (int i = 0; i < BOUND; i++)
        put(i == 1 ? "vda" : NULL, 1);
    expect(q, "djd");
    for (int i = 0; i < 1000; i++)
        put("vda", 1);
    sink_put_down(sink, 1, DOWN_LOST, ERROR_CLOSED, "lost");
    sink_put_up(sink, 2, "9.0.0", "watchdog", 1);
    expect(q, "jjjODU"); /* what is no event of a domain is never dropped */
    for (int i = 0; i < BOUND; i++)
        put(NULL, 2);
    expect(q, "ddd");
    finish(q);
}

/* What comes while OVERFLOW is told is not lost: the complete read may have begun before. */
static void
test_after_overflow(void **state)
{
    struct queue *q = begin();

    (void)state;
    for (int i = 0; i < BOUND; i++)
        put(NULL, 1);
    put(NULL, 1);
    expect(q, "dddO");
    for (int i = 0; i <= BOUND; i++)
        put(NULL, 1);
    put_while_taking = 2; /* dropped: the OVERFLOW on its way covers them */
    expect(q, "dddO");
    put_while_taking = BOUND + 5;
    put(NULL, 1);
    expect(q, "ddddO"); /* the first, which made room when it was taken, BOUND more */
    finish(q);
}

/* A sink nobody listens to takes nothing; what is in it is freed with the queue. */
static void
test_deaf(void **state)
{
    struct queue *q = begin();

    (void)state;
    assert_ptr_equal(sink_owner(sink), q);
    put("vda", 1);
    sink_set_owner(sink, NULL);
    assert_null(sink_owner(sink));
    put("vda", 1);
    expect(q, "j");
    sink_set_owner(sink, q);
    put("vda", 1);
    sink_put_down(sink, 1, DOWN_FAILED, ERROR_REFUSED, "refused");
    finish(q);
}

enum { N_THREADS = 4, N_EACH = 20000 };

static void *
put_many(void *data)
{
    (void)data;
    for (int i = 0; i < N_EACH; i++)
        put("vda", 1);
    return NULL;
}

/* From several threads: never more than the bound are there, and none is lost without OVERFLOW. */
static void
test_threads(void **state)
{
    struct queue *q = begin();
    pthread_t threads[N_THREADS];
    size_t run = 0;

    (void)state;
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_many, NULL), 0);
    while (queue_wait(q, 100))
        queue_drain(q);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    queue_drain(q);
    assert_true(out->len >= BOUND);
    if (out->len < (size_t)N_THREADS * N_EACH)
        assert_non_null(strchr(out->str, 'O'));
    for (size_t i = 0; i < out->len; i++) {
        run = out->str[i] == 'O' ? run + 1 : 0;
        assert_true(run <= N_THREADS + 1); /* each thread may have found it full just before */
    }
    g_string_truncate(out, 0);
    for (int i = 0; i < BOUND; i++) /* everything was counted off */
        put(NULL, 1);
    expect(q, "ddd");
    finish(q);
}

static void
test_backoff(void **state)
{
    static const unsigned middle[] = {1000, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};

    (void)state;
    for (unsigned i = 0; i < G_N_ELEMENTS(middle); i++) {
        assert_int_equal(backoff_ms(i, 0), middle[i] * 3 / 4);
        assert_int_equal(backoff_ms(i, 0.5), middle[i]);
        assert_int_equal(backoff_ms(i, 1), middle[i] * 5 / 4);
    }
    assert_int_equal(backoff_ms(~0u, 0.5), 60000);
}

/* Many clients whose node fails at once come back spread evenly over half the pause. */
static void
test_backoff_jitter(void **state)
{
    enum { N_CLIENTS = 1000, N_PARTS = 10 };

    (void)state;
    for (unsigned n_failed = 1; n_failed < 12; n_failed++) {
        const unsigned from = backoff_ms(n_failed, 0);
        const unsigned to = backoff_ms(n_failed, 1);
        unsigned counts[N_PARTS] = {0};

        assert_true(to - from >= 2 * BACKOFF_JITTER * backoff_ms(n_failed, 0.5) - 1);
        for (int i = 0; i < N_CLIENTS; i++) {
            const unsigned ms = backoff_ms(n_failed, (double)i / N_CLIENTS);

            assert_in_range(ms, from, to);
            counts[MIN((ms - from) * N_PARTS / (to - from), N_PARTS - 1)]++;
        }
        for (int i = 0; i < N_PARTS; i++)
            assert_in_range(counts[i], N_CLIENTS / N_PARTS - 5, N_CLIENTS / N_PARTS + 5);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_bound),   cmocka_unit_test(test_after_overflow),
    cmocka_unit_test(test_deaf),    cmocka_unit_test(test_threads),
    cmocka_unit_test(test_backoff), cmocka_unit_test(test_backoff_jitter),
};

HARNESS_MAIN("hypervisor sink", tests)
