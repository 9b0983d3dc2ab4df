/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queue and worker without a hypervisor: order, giving up, ending, being left behind. */
#include "config.h"

#include "harness.h"

#include "hypervisor/queue.h"
#include "hypervisor/worker.h"

#include <pthread.h>
#include <stdatomic.h>

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool open;
};

struct probe_task {
    struct task task;
    struct gate *gate; /* waits for it; NULL = none */
    int number;
};

/* What the main side saw. */
static struct {
    struct queue *queue;
    int done[100];
    int n_done;
    int n_late;
    atomic_int n_dropped;
    int n_ended;
} seen;

static struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};

static void
gate_open(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->opened);
    pthread_mutex_unlock(&g->lock);
}

static void
run(struct task *t, struct link *l)
{
    struct probe_task *p = (struct probe_task *)t;

    (void)l;
    if (p->gate == NULL)
        return;
    pthread_mutex_lock(&p->gate->lock);
    while (!p->gate->open)
        pthread_cond_wait(&p->gate->opened, &p->gate->lock);
    pthread_mutex_unlock(&p->gate->lock);
}

static void
done(struct task *t)
{
    struct probe_task *p = (struct probe_task *)t;

    if (t->owner == NULL)
        seen.n_late++;
    else
        seen.done[seen.n_done++] = p->number;
    g_free(p);
}

static void
drop(struct task *t)
{
    atomic_fetch_add(&seen.n_dropped, 1);
    g_free(t);
}

static struct task *
task_new(int number, struct gate *g)
{
    struct probe_task *p = g_new0(struct probe_task, 1);

    p->task.run = run;
    p->task.done = done;
    p->task.drop = drop;
    p->task.owner = &seen;
    p->gate = g;
    p->number = number;
    return &p->task;
}

static void
deliver(void *item, void *data)
{
    (void)data;
    if (worker_deliver(item) != NULL)
        seen.n_ended++;
}

static int
setup(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof(seen));
    gate.open = false;
    seen.queue = queue_new(NULL, deliver, NULL, worker_drop_task);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    queue_close(seen.queue);
    queue_unref(seen.queue);
    return 0;
}

static struct worker *
worker(void)
{
    const struct link_options options = {.uri = "test:///default", .epoch = 1};

    return worker_new(seen.queue, &options);
}

static void
iterate_until(const int *what, int value)
{
    while (*what < value)
        g_main_context_iteration(NULL, TRUE);
}

static void
end(struct worker *w)
{
    assert_true(worker_end(w));
    iterate_until(&seen.n_ended, 1);
}

static void
test_order(void **state)
{
    struct worker *w = worker();

    (void)state;
    for (int i = 0; i < 50; i++)
        assert_true(worker_submit(w, task_new(i, NULL)));
    assert_true(worker_is_busy(w));
    assert_true(worker_busy_since(w) > 0);
    iterate_until(&seen.n_done, 50);
    for (int i = 0; i < 50; i++)
        assert_int_equal(seen.done[i], i);
    assert_false(worker_is_busy(w));
    assert_int_equal(worker_busy_since(w), 0);
    end(w);
}

static void
test_unstarted(void **state)
{
    (void)state;
    assert_false(worker_end(worker()));
}

static void
test_give_up(void **state)
{
    struct worker *w = worker();
    struct task *stuck = task_new(1, &gate);
    struct task *waiting = task_new(2, NULL);

    (void)state;
    assert_true(worker_submit(w, stuck));
    assert_true(worker_submit(w, waiting));
    assert_true(worker_submit(w, task_new(3, NULL)));
    assert_true(worker_runs(w, stuck));
    assert_true(worker_give_up(w, waiting));
    assert_int_equal(atomic_load(&seen.n_dropped), 1);
    assert_false(worker_give_up(w, stuck));
    assert_false(queue_wait(seen.queue, 20));
    gate_open(&gate);
    iterate_until(&seen.n_done, 1);
    assert_int_equal(seen.n_late, 1);
    assert_int_equal(seen.done[0], 3);
    end(w);
}

static void
test_end_while_busy(void **state)
{
    struct worker *w = worker();

    (void)state;
    assert_true(worker_submit(w, task_new(1, &gate)));
    assert_true(worker_submit(w, task_new(2, NULL)));
    assert_true(worker_end(w));
    assert_int_equal(atomic_load(&seen.n_dropped), 1);
    gate_open(&gate);
    iterate_until(&seen.n_ended, 1);
    assert_int_equal(atomic_load(&seen.n_dropped), 2);
    assert_int_equal(seen.n_done, 0);
}

static bool
both_dropped(void *data)
{
    (void)data;
    return atomic_load(&seen.n_dropped) == 2;
}

static void
test_abandon(void **state)
{
    struct worker *w = worker();

    (void)state;
    assert_true(worker_submit(w, task_new(1, &gate)));
    assert_true(worker_submit(w, task_new(2, NULL)));
    assert_true(worker_end(w));
    queue_close(seen.queue);
    worker_abandon(w);
    gate_open(&gate);
    assert_true(harness_wait_until(both_dropped, NULL, 10000));
    queue_unref(seen.queue);
    setup(NULL);
}

static void *
push_many(void *data)
{
    for (int i = 1; i <= 1000; i++)
        queue_push(data, GINT_TO_POINTER(i));
    queue_unref(data);
    return NULL;
}

static void
count(void *item, void *data)
{
    long *sum = data;

    *sum += GPOINTER_TO_INT(item);
}

static void
drop_nothing(void *item)
{
    (void)item;
}

static void
test_many_threads(void **state)
{
    pthread_t threads[4];
    long sum = 0;
    struct queue *q = queue_new(NULL, count, &sum, drop_nothing);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, push_many, queue_ref(q)), 0);
    while (sum < 4 * 500500)
        g_main_context_iteration(NULL, TRUE);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(sum, 4 * 500500);
    queue_close(q);
    queue_unref(q);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_order, setup, teardown),
    cmocka_unit_test_setup_teardown(test_unstarted, setup, teardown),
    cmocka_unit_test_setup_teardown(test_give_up, setup, teardown),
    cmocka_unit_test_setup_teardown(test_end_while_busy, setup, teardown),
    cmocka_unit_test_setup_teardown(test_abandon, setup, teardown),
    cmocka_unit_test(test_many_threads),
};

HARNESS_MAIN("hypervisor worker", tests)
