/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt's watches and timers in our main context, asked for as libvirt itself does. */
#include "config.h"

#include "harness.h"

#include "hypervisor/mainloop.h"

#include <fcntl.h>
#include <glib.h>
#include <libvirt/libvirt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* One watch over one end of a pair of sockets. */
struct watched {
    int near;
    int far; /* -1 = closed */
    int watch;
    int told;   /* how often */
    int events; /* as told last */
    int freed;
    bool removes; /* itself, when told */
};

struct clock {
    int id;
    int told;
    int freed;
    int then; /* the interval from the first time on */
};


static void
on_ready(int watch, int fd, int events, void *opaque)
{
    struct watched *w = opaque;

    assert_int_equal(watch, w->watch);
    assert_int_equal(fd, w->near);
    assert_int_equal(w->freed, 0);
    w->told++;
    w->events = events;
    if (w->removes) {
        assert_int_equal(virEventRemoveHandle(watch), 0);
        assert_int_equal(w->freed, 0); /* not within the call */
    }
}

static void
free_watched(void *opaque)
{
    ((struct watched *)opaque)->freed++;
}

static void
on_time(int id, void *opaque)
{
    struct clock *c = opaque;

    assert_int_equal(id, c->id);
    assert_int_equal(c->freed, 0);
    c->told++;
    virEventUpdateTimeout(id, c->then);
}

static void
free_clock(void *opaque)
{
    ((struct clock *)opaque)->freed++;
}

static void
turn_all(void)
{
    for (int i = 0; i < 5 && g_main_context_iteration(NULL, FALSE); i++)
        ;
}

static void
open_watched(struct watched *w, int events)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    *w = (struct watched){.near = ends[0], .far = ends[1]};
    w->watch = virEventAddHandle(w->near, events, on_ready, w, free_watched);
    assert_true(w->watch >= 0);
}

static void
hang_up(struct watched *w)
{
    if (w->far != -1)
        close(w->far);
    w->far = -1;
}

static void
close_watched(struct watched *w)
{
    if (!w->removes)
        assert_int_equal(virEventRemoveHandle(w->watch), 0);
    turn_all();
    assert_int_equal(w->freed, 1);
    hang_up(w);
    close(w->near);
}

/* What is asked for, what happens, and what is told. */
static void
test_events(void **state)
{
    static const struct {
        int wish;
        bool data;
        bool hang_up;
        int told; /* 0 = nothing */
    } rows[] = {
        {VIR_EVENT_HANDLE_READABLE, false, false, 0},
        {VIR_EVENT_HANDLE_READABLE, true, false, VIR_EVENT_HANDLE_READABLE},
        {VIR_EVENT_HANDLE_WRITABLE, true, false, VIR_EVENT_HANDLE_WRITABLE},
        {VIR_EVENT_HANDLE_READABLE | VIR_EVENT_HANDLE_WRITABLE, true, false,
         VIR_EVENT_HANDLE_READABLE | VIR_EVENT_HANDLE_WRITABLE},
        {VIR_EVENT_HANDLE_READABLE, false, true,
         VIR_EVENT_HANDLE_READABLE | VIR_EVENT_HANDLE_HANGUP},
        {VIR_EVENT_HANDLE_WRITABLE, false, true,
         VIR_EVENT_HANDLE_WRITABLE | VIR_EVENT_HANDLE_HANGUP},
        {0, true, false, 0},
        {0, false, true, 0}, /* nor does the loop spin */
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct watched w;

        open_watched(&w, rows[i].wish);
        if (rows[i].data)
            assert_int_equal(write(w.far, "x", 1), 1);
        if (rows[i].hang_up)
            hang_up(&w);
        turn_all();
        assert_int_equal(w.events, rows[i].told);
        assert_true((w.told > 0) == (rows[i].told != 0));
        assert_true(rows[i].told != 0 || !g_main_context_pending(NULL));
        close_watched(&w);
    }
}

/* As libvirt does it around every call. */
static void
test_off_and_on(void **state)
{
    struct watched w;

    (void)state;
    open_watched(&w, VIR_EVENT_HANDLE_READABLE);
    virEventUpdateHandle(w.watch, 0);
    assert_int_equal(write(w.far, "x", 1), 1);
    turn_all();
    assert_int_equal(w.told, 0);
    virEventUpdateHandle(w.watch, VIR_EVENT_HANDLE_READABLE);
    virEventUpdateHandle(w.watch, VIR_EVENT_HANDLE_READABLE);
    assert_true(g_main_context_iteration(NULL, FALSE));
    assert_int_equal(w.told, 1);
    virEventUpdateHandle(w.watch, VIR_EVENT_HANDLE_WRITABLE);
    turn_all();
    assert_int_equal(w.events, VIR_EVENT_HANDLE_WRITABLE);
    close_watched(&w);
}

static void
test_removed_when_told(void **state)
{
    struct watched w[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        open_watched(&w[i], VIR_EVENT_HANDLE_READABLE);
        w[i].removes = true;
        assert_int_equal(write(w[i].far, "x", 1), 1);
    }
    turn_all();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(w[i].told, 1);
        assert_int_equal(virEventRemoveHandle(w[i].watch), -1);
        close_watched(&w[i]);
    }
    virEventUpdateHandle(w[0].watch, VIR_EVENT_HANDLE_READABLE); /* nothing happens */
}

/* An epoll set has no place for these: libvirt is told, and goes without. */
static void
test_refused(void **state)
{
    struct watched w;
    const int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

    (void)state;
    open_watched(&w, VIR_EVENT_HANDLE_READABLE);
    assert_int_equal(virEventAddHandle(-1, VIR_EVENT_HANDLE_READABLE, on_ready, &w, free_watched), -1);
    assert_int_equal(
        virEventAddHandle(w.near, VIR_EVENT_HANDLE_READABLE, on_ready, &w, free_watched), -1);
    assert_int_equal(virEventAddHandle(file, VIR_EVENT_HANDLE_READABLE, on_ready, &w, free_watched),
                     -1);
    close(file);
    turn_all();
    assert_int_equal(w.freed, 0);
    close_watched(&w);
}

static void
add_clock(struct clock *c, int interval_ms, int then)
{
    *c = (struct clock){.then = then};
    c->id = virEventAddTimeout(interval_ms, on_time, c, free_clock);
    assert_true(c->id >= 0);
}

static void
end_clock(struct clock *c)
{
    assert_int_equal(virEventRemoveTimeout(c->id), 0);
    assert_int_equal(virEventRemoveTimeout(c->id), -1);
    turn_all();
    assert_int_equal(c->freed, 1);
}

static void
test_timers(void **state)
{
    struct clock off;
    struct clock once;
    struct clock far;
    struct clock twice;

    (void)state;
    add_clock(&off, -1, -1);
    add_clock(&once, 0, -1);
    add_clock(&far, 60000, -1);
    add_clock(&twice, 2, 1);
    turn_all();
    assert_int_equal(once.told, 1);
    while (twice.told < 2)
        (void)g_main_context_iteration(NULL, TRUE);
    assert_int_equal(once.told, 1);
    assert_int_equal(off.told + far.told, 0);
    virEventUpdateTimeout(twice.id, -1);
    virEventUpdateTimeout(far.id, 0); /* sooner than it was */
    virEventUpdateTimeout(off.id, 0);
    turn_all();
    assert_int_equal(far.told, 1);
    assert_int_equal(off.told, 1);
    virEventUpdateTimeout(off.id + 1000, 0); /* nothing happens */
    end_clock(&off);
    end_clock(&once);
    end_clock(&far);
    end_clock(&twice);
    assert_false(g_main_context_pending(NULL));
}

/* Keepalive puts its timer off with every message: it is told at the last time only. */
static void
test_put_off(void **state)
{
    struct clock c;
    const gint64 began = g_get_monotonic_time();

    (void)state;
    add_clock(&c, 1, -1);
    virEventUpdateTimeout(c.id, 30);
    while (c.told == 0)
        (void)g_main_context_iteration(NULL, TRUE);
    assert_true(g_get_monotonic_time() - began >= 30000);
    end_clock(&c);
}

/* --- told in the same turn: what libvirt does with an event that has come ------------- */

static struct clock teller;

static void
set_teller(int watch, int fd, int events, void *opaque)
{
    char byte;

    (void)watch;
    (void)events;
    (void)opaque;
    assert_int_equal(read(fd, &byte, 1), 1);
    virEventUpdateTimeout(teller.id, 0);
}

static void
test_same_turn(void **state)
{
    int ends[2];
    int watch;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    add_clock(&teller, -1, -1);
    watch = virEventAddHandle(ends[0], VIR_EVENT_HANDLE_READABLE, set_teller, NULL, NULL);
    turn_all();
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_true(g_main_context_iteration(NULL, FALSE));
    assert_int_equal(teller.told, 1);
    assert_int_equal(virEventRemoveHandle(watch), 0);
    end_clock(&teller);
    close(ends[0]);
    close(ends[1]);
}

/* --- threads ---------------------------------------------------------------------------- */

enum { N_THREADS = 3, N_CALLS = 2000 };

struct caller {
    pthread_t thread;
    struct watched watched;
    struct clock clock;
    atomic_int *running;
};

static void *
call_often(void *data)
{
    struct caller *c = data;

    for (int i = 0; i < N_CALLS; i++) {
        virEventUpdateHandle(c->watched.watch, 0);
        virEventUpdateTimeout(c->clock.id, i % 2 == 0 ? 60000 : 0);
        virEventUpdateHandle(c->watched.watch, VIR_EVENT_HANDLE_READABLE);
    }
    atomic_fetch_sub(c->running, 1);
    g_main_context_wakeup(NULL);
    return NULL;
}

static void
test_threads(void **state)
{
    struct caller callers[N_THREADS];
    atomic_int running = N_THREADS;

    (void)state;
    for (int i = 0; i < N_THREADS; i++) {
        struct caller *c = &callers[i];

        c->running = &running;
        open_watched(&c->watched, VIR_EVENT_HANDLE_READABLE);
        assert_int_equal(write(c->watched.far, "x", 1), 1);
        add_clock(&c->clock, -1, -1);
        assert_int_equal(pthread_create(&c->thread, NULL, call_often, c), 0);
    }
    while (atomic_load(&running) > 0)
        (void)g_main_context_iteration(NULL, TRUE);
    for (int i = 0; i < N_THREADS; i++) {
        struct caller *c = &callers[i];

        assert_int_equal(pthread_join(c->thread, NULL), 0);
        c->watched.told = c->clock.told = 0;
        virEventUpdateTimeout(c->clock.id, 0);
    }
    turn_all();
    for (int i = 0; i < N_THREADS; i++) { /* none was lost */
        assert_true(callers[i].watched.told > 0);
        assert_int_equal(callers[i].clock.told, 1);
        close_watched(&callers[i].watched);
        end_clock(&callers[i].clock);
    }
}

/* A loop that sleeps is woken by what another thread turns on. */
static void *
turn_on(void *data)
{
    virEventUpdateHandle(((struct watched *)data)->watch, VIR_EVENT_HANDLE_READABLE);
    return NULL;
}

static void
test_woken(void **state)
{
    struct watched w;
    pthread_t thread;

    (void)state;
    open_watched(&w, 0);
    assert_int_equal(write(w.far, "x", 1), 1);
    turn_all();
    assert_int_equal(pthread_create(&thread, NULL, turn_on, &w), 0);
    while (w.told == 0)
        (void)g_main_context_iteration(NULL, TRUE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    close_watched(&w);
}

/* More ready ones than are told in one turn: all have theirs. */
static void
test_crowd(void **state)
{
    enum { N = 150 };
    struct watched *w = g_new0(struct watched, N);

    (void)state;
    for (int i = 0; i < N; i++) {
        open_watched(&w[i], VIR_EVENT_HANDLE_READABLE);
        assert_int_equal(write(w[i].far, "x", 1), 1);
    }
    for (int turn = 0; turn < 8; turn++)
        (void)g_main_context_iteration(NULL, FALSE);
    for (int i = 0; i < N; i++) {
        assert_true(w[i].told > 0);
        close_watched(&w[i]);
    }
    g_free(w);
}

/* Another thread adds, and removes what the loop tells at the same time; nothing is freed while it is
 * told, and all is in the end. */
struct short_lived {
    atomic_int *n_freed;
    int ends[2];
    bool freed;
};

static void
tell_short_lived(int watch, int fd, int events, void *opaque)
{
    const struct short_lived *s = opaque;

    (void)watch;
    (void)events;
    assert_false(s->freed);
    assert_int_equal(fd, s->ends[0]);
}

static void
free_short_lived(void *opaque)
{
    struct short_lived *s = opaque;

    s->freed = true;
    close(s->ends[0]);
    close(s->ends[1]);
    atomic_fetch_add(s->n_freed, 1);
    g_free(s);
}

static void *
come_and_go(void *n_freed)
{
    for (int i = 0; i < N_CALLS; i++) {
        struct short_lived *s = g_new0(struct short_lived, 1);
        int watch;

        s->n_freed = n_freed;
        if (pipe2(s->ends, O_CLOEXEC | O_NONBLOCK) != 0 || write(s->ends[1], "x", 1) != 1)
            abort();
        watch = virEventAddHandle(s->ends[0], VIR_EVENT_HANDLE_READABLE, tell_short_lived, s,
                                  free_short_lived);
        while (atomic_load((atomic_int *)n_freed) < i - 50) /* so many descriptors at most */
            g_thread_yield();
        if (virEventRemoveHandle(watch) != 0)
            abort();
    }
    return NULL;
}

static void
test_come_and_go(void **state)
{
    atomic_int n_freed = 0;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, come_and_go, &n_freed), 0);
    while (atomic_load(&n_freed) < N_CALLS) /* the loop sleeps, and is woken by what is to be freed */
        (void)g_main_context_iteration(NULL, TRUE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    turn_all();
    assert_int_equal(n_freed, N_CALLS);
}

/* A loop that sleeps is woken by a timer that another thread sets. */
static void *
set_clock(void *data)
{
    virEventUpdateTimeout(((struct clock *)data)->id, 0);
    return NULL;
}

static void
test_woken_by_timer(void **state)
{
    struct clock c;
    pthread_t thread;

    (void)state;
    add_clock(&c, -1, -1);
    turn_all();
    assert_int_equal(pthread_create(&thread, NULL, set_clock, &c), 0);
    while (c.told == 0)
        (void)g_main_context_iteration(NULL, TRUE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    end_clock(&c);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_events),    cmocka_unit_test(test_off_and_on),
    cmocka_unit_test(test_refused),   cmocka_unit_test(test_removed_when_told),
    cmocka_unit_test(test_timers),    cmocka_unit_test(test_put_off),
    cmocka_unit_test(test_same_turn), cmocka_unit_test(test_threads),
    cmocka_unit_test(test_woken),     cmocka_unit_test(test_crowd),
    cmocka_unit_test(test_come_and_go), cmocka_unit_test(test_woken_by_timer),
};

static int
lend(void **state)
{
    (void)state;
    /* twice: the second does nothing */
    return mainloop_lend() && mainloop_lend() ? 0 : -1;
}

int
main(void)
{
    return harness_run("hypervisor mainloop", tests, G_N_ELEMENTS(tests), lend, NULL);
}
