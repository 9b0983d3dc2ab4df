/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/mainloop.h"

#include <glib-unix.h>
#include <libvirt/libvirt.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#define AT_ONCE 64 /* ready descriptors told in one turn; more wait for the next */

/* A watched descriptor. */
struct handle {
    int watch;
    int fd;
    int events; /* VIR_EVENT_HANDLE_*; 0 = off: not in the epoll set */
    virEventHandleCallback call;
    void *opaque;
    virFreeCallback free;
};

struct timer {
    int id;
    int interval_ms; /* -1 = off */
    gint64 due_us;
    virEventTimeoutCallback call;
    void *opaque;
    virFreeCallback free;
};

/* What libvirt wants to be freed, but not within the call that removes it. */
struct leftover {
    void *opaque;
    virFreeCallback free;
};

/* A pthread mutex, which thread checkers understand without annotations. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Made once, before there is another thread. */
static GSource *source;
static int set = -1;

/* The rest is under the lock. */
static GHashTable *handles; /* watch -> struct handle */
static GHashTable *timers;  /* id -> struct timer */
static GArray *leftovers;   /* of struct leftover */
static int last_id;
static gint64 armed_us; /* when the source becomes ready by itself; G_MAXINT64 = never */

/* --- what is common -------------------------------------------------------------- */

static uint32_t
to_epoll(int events)
{
    uint32_t bits = 0;

    bits |= (events & VIR_EVENT_HANDLE_READABLE) != 0 ? (uint32_t)EPOLLIN : 0;
    bits |= (events & VIR_EVENT_HANDLE_WRITABLE) != 0 ? (uint32_t)EPOLLOUT : 0;
    return bits;
}

static int
from_epoll(uint32_t bits)
{
    int events = 0;

    events |= (bits & EPOLLIN) != 0 ? VIR_EVENT_HANDLE_READABLE : 0;
    events |= (bits & EPOLLOUT) != 0 ? VIR_EVENT_HANDLE_WRITABLE : 0;
    events |= (bits & EPOLLERR) != 0 ? VIR_EVENT_HANDLE_ERROR : 0;
    events |= (bits & EPOLLHUP) != 0 ? VIR_EVENT_HANDLE_HANGUP : 0;
    return events;
}

/* Under the lock.  Only what comes earlier than before wakes the loop. */
static void
arm(gint64 us)
{
    if (us >= armed_us)
        return;
    armed_us = us;
    g_source_set_ready_time(source, us);
}

/* Under the lock: freed in the loop's next turn. */
static void
leave(void *opaque, virFreeCallback free)
{
    const struct leftover left = {opaque, free};

    if (free == NULL)
        return;
    g_array_append_val(leftovers, left);
    arm(0);
}

/* Under the lock: a number that is not in use. */
static int
next_id(void)
{
    do
        last_id = last_id == G_MAXINT ? 1 : last_id + 1;
    while (g_hash_table_contains(handles, GINT_TO_POINTER(last_id)) ||
           g_hash_table_contains(timers, GINT_TO_POINTER(last_id)));
    return last_id;
}

/* --- descriptors: called by libvirt, on any thread ---------------------------------- */

/* An epoll set tells errors of a descriptor even when nothing is asked for: one that is off must not
 * be in it. */
static bool
change_set(const struct handle *h, int events)
{
    struct epoll_event wish = {.events = to_epoll(events), .data = {.u64 = (uint64_t)h->watch}};
    const int op = events == 0 ? EPOLL_CTL_DEL : h->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

    return (events == 0 && h->events == 0) || epoll_ctl(set, op, h->fd, &wish) == 0;
}

static int
add_handle(int fd, int events, virEventHandleCallback call, void *opaque, virFreeCallback free)
{
    struct handle *h = g_new0(struct handle, 1);
    int watch = -1;

    h->fd = fd;
    h->call = call;
    h->opaque = opaque;
    h->free = free;
    pthread_mutex_lock(&lock);
    h->watch = next_id();
    if (change_set(h, events)) {
        h->events = events;
        watch = h->watch;
        g_hash_table_insert(handles, GINT_TO_POINTER(watch), h);
    }
    pthread_mutex_unlock(&lock);
    if (watch == -1)
        g_free(h);
    return watch;
}

static void
update_handle(int watch, int events)
{
    struct handle *h;

    pthread_mutex_lock(&lock);
    h = g_hash_table_lookup(handles, GINT_TO_POINTER(watch));
    if (h != NULL && h->events != events && change_set(h, events))
        h->events = events;
    pthread_mutex_unlock(&lock);
}

static int
remove_handle(int watch)
{
    struct handle *h;

    pthread_mutex_lock(&lock);
    h = g_hash_table_lookup(handles, GINT_TO_POINTER(watch));
    if (h != NULL) {
        (void)change_set(h, 0);
        leave(h->opaque, h->free);
        g_hash_table_remove(handles, GINT_TO_POINTER(watch));
    }
    pthread_mutex_unlock(&lock);
    return h != NULL ? 0 : -1;
}

/* --- timers: called by libvirt, on any thread ----------------------------------------- */

/* Under the lock. */
static void
set_timer(struct timer *t, int interval_ms)
{
    t->interval_ms = interval_ms;
    if (interval_ms < 0)
        return;
    t->due_us = g_get_monotonic_time() + (gint64)interval_ms * 1000;
    arm(t->due_us);
}

static int
add_timer(int interval_ms, virEventTimeoutCallback call, void *opaque, virFreeCallback free)
{
    struct timer *t = g_new0(struct timer, 1);
    int id;

    t->call = call;
    t->opaque = opaque;
    t->free = free;
    pthread_mutex_lock(&lock);
    t->id = id = next_id();
    g_hash_table_insert(timers, GINT_TO_POINTER(id), t);
    set_timer(t, interval_ms);
    pthread_mutex_unlock(&lock);
    return id;
}

static void
update_timer(int id, int interval_ms)
{
    struct timer *t;

    pthread_mutex_lock(&lock);
    t = g_hash_table_lookup(timers, GINT_TO_POINTER(id));
    if (t != NULL)
        set_timer(t, interval_ms);
    pthread_mutex_unlock(&lock);
}

static int
remove_timer(int id)
{
    struct timer *t;

    pthread_mutex_lock(&lock);
    t = g_hash_table_lookup(timers, GINT_TO_POINTER(id));
    if (t != NULL) {
        leave(t->opaque, t->free);
        g_hash_table_remove(timers, GINT_TO_POINTER(id));
    }
    pthread_mutex_unlock(&lock);
    return t != NULL ? 0 : -1;
}

/* --- turns of the loop ------------------------------------------------------------------ */

static void
tell_handle(const struct epoll_event *ready)
{
    struct handle copy = {.call = NULL};
    const struct handle *h;
    int events = 0;

    pthread_mutex_lock(&lock);
    h = g_hash_table_lookup(handles, GINT_TO_POINTER((int)ready->data.u64));
    if (h != NULL && h->events != 0) { /* else it was removed or turned off meanwhile */
        copy = *h;
        events = from_epoll(ready->events) &
                 (h->events | VIR_EVENT_HANDLE_ERROR | VIR_EVENT_HANDLE_HANGUP);
    }
    pthread_mutex_unlock(&lock);
    if (copy.call != NULL && events != 0)
        copy.call(copy.watch, copy.fd, events, copy.opaque);
}

/* One that is due, after it was set to its next time; false = none. */
static bool
take_due(gint64 now, struct timer *due)
{
    GHashTableIter iter;
    gpointer value;
    bool found = false;

    pthread_mutex_lock(&lock);
    g_hash_table_iter_init(&iter, timers);
    while (!found && g_hash_table_iter_next(&iter, NULL, &value)) {
        struct timer *t = value;

        found = t->interval_ms >= 0 && t->due_us <= now;
        if (found) {
            *due = *t;
            /* later than now, or this turn would have no end */
            t->due_us = now + MAX((gint64)t->interval_ms * 1000, 1);
        }
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static void
rearm(void)
{
    gint64 next = G_MAXINT64;
    GHashTableIter iter;
    gpointer value;

    pthread_mutex_lock(&lock);
    g_hash_table_iter_init(&iter, timers);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct timer *t = value;

        if (t->interval_ms >= 0)
            next = MIN(next, t->due_us);
    }
    if (leftovers->len > 0)
        next = 0;
    armed_us = next;
    g_source_set_ready_time(source, next == G_MAXINT64 ? -1 : next);
    pthread_mutex_unlock(&lock);
}

static void
free_leftovers(void)
{
    g_autoptr(GArray) mine = NULL;

    pthread_mutex_lock(&lock);
    if (leftovers->len > 0) {
        mine = leftovers;
        leftovers = g_array_new(FALSE, FALSE, sizeof(struct leftover));
    }
    pthread_mutex_unlock(&lock);
    for (guint i = 0; mine != NULL && i < mine->len; i++) {
        const struct leftover *left = &g_array_index(mine, struct leftover, i);

        left->free(left->opaque);
    }
}

static bool
is_due(gint64 now)
{
    bool due;

    pthread_mutex_lock(&lock);
    due = armed_us <= now;
    pthread_mutex_unlock(&lock);
    return due;
}

/* A callback may set a timer of no length, as libvirt's own does to have events told: it is told in
 * the same turn. */
static gboolean
turn(GSource *this, GSourceFunc callback, gpointer data)
{
    struct epoll_event ready[AT_ONCE];
    struct timer due;
    int n;

    (void)this;
    (void)callback;
    (void)data;
    free_leftovers();
    n = epoll_wait(set, ready, AT_ONCE, 0);
    for (int i = 0; i < n; i++)
        tell_handle(&ready[i]);
    const gint64 now = g_get_monotonic_time();
    if (!is_due(now))
        return G_SOURCE_CONTINUE;
    while (take_due(now, &due))
        due.call(due.id, due.opaque);
    rearm();
    return G_SOURCE_CONTINUE;
}

bool
mainloop_lend(void)
{
    static GSourceFuncs funcs = {.dispatch = turn};

    if (source != NULL)
        return true;
    set = epoll_create1(EPOLL_CLOEXEC);
    if (set == -1)
        return false;
    armed_us = G_MAXINT64;
    handles = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    timers = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    leftovers = g_array_new(FALSE, FALSE, sizeof(struct leftover));
    source = g_source_new(&funcs, sizeof(GSource));
    g_source_set_name(source, "libvirt");
    g_source_add_unix_fd(source, set, G_IO_IN);
    g_source_attach(source, NULL);
    virEventRegisterImpl(add_handle, update_handle, remove_handle, add_timer, update_timer,
                         remove_timer);
    return true;
}
