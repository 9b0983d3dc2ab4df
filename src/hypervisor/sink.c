/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/sink.h"

#include <stdatomic.h>

struct sink {
    atomic_uint refs;
    struct queue *queue;
    unsigned bound;
    atomic_uint n_waiting; /* notices about domains */
    atomic_bool full;      /* an OVERFLOW is on its way */
    atomic_bool deaf;      /* nobody listens any more */
    void *owner;           /* main side only */
};

struct sink *
sink_new(struct queue *q, unsigned bound)
{
    struct sink *s = g_new0(struct sink, 1);

    atomic_init(&s->refs, 1);
    s->queue = queue_ref(q);
    s->bound = bound;
    return s;
}

struct sink *
sink_ref(struct sink *s)
{
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void
sink_unref(struct sink *s)
{
    if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    queue_unref(s->queue);
    g_free(s);
}

void
sink_set_owner(struct sink *s, void *owner)
{
    s->owner = owner;
    atomic_store(&s->deaf, owner == NULL);
}

void *
sink_owner(const struct sink *s)
{
    return s->owner;
}

/* Takes over the strings of n. */
static void
push(struct sink *s, const struct notice *n)
{
    struct notice *copy = g_new0(struct notice, 1);

    *copy = *n;
    copy->sink = sink_ref(s);
    queue_push(s->queue, copy);
}

void
sink_put(struct sink *s, const struct hypervisor_event *event)
{
    struct notice n = {.event = *event, .counted = true};

    if (atomic_load(&s->deaf) || atomic_load(&s->full))
        return;
    /* never above the bound, not even for a moment: another thread would find it full */
    unsigned waiting = atomic_load(&s->n_waiting);
    while (waiting < s->bound
           && !atomic_compare_exchange_weak(&s->n_waiting, &waiting, waiting + 1))
        ;
    if (waiting < s->bound) {
        n.event.disk = g_strdup(event->disk);
        push(s, &n);
        return;
    }
    if (atomic_exchange(&s->full, true))
        return;
    n.event = (struct hypervisor_event){.kind = HYPERVISOR_EVENT_OVERFLOW,
                                        .epoch = event->epoch,
                                        .received_us = event->received_us,
                                        .what = "overflow"};
    push(s, &n);
}

void
sink_put_up(struct sink *s, uint64_t epoch, const char *libvirt, const char *missing,
            unsigned n_refused)
{
    const struct notice n = {.event = {.kind = HYPERVISOR_EVENT_UP,
                                       .epoch = epoch,
                                       .received_us = g_get_monotonic_time(),
                                       .what = "up",
                                       .libvirt = g_strdup(libvirt),
                                       .missing = g_strdup(missing)},
                             .n_refused = n_refused};

    push(s, &n);
}

void
sink_put_down(struct sink *s, uint64_t epoch, enum down_cause cause, enum error_class error,
              const char *text)
{
    const struct notice n = {.event = {.kind = HYPERVISOR_EVENT_DOWN,
                                       .epoch = epoch,
                                       .received_us = g_get_monotonic_time(),
                                       .what = "down",
                                       .error = error,
                                       .text = g_strdup(text)},
                             .cause = cause};

    push(s, &n);
}

void
notice_count_off(struct notice *n)
{
    if (!n->counted)
        return;
    n->counted = false;
    if (n->event.kind == HYPERVISOR_EVENT_OVERFLOW)
        atomic_store(&n->sink->full, false);
    else
        atomic_fetch_sub(&n->sink->n_waiting, 1);
}

void
notice_free(struct notice *n)
{
    notice_count_off(n);
    g_free((char *)(guintptr)n->event.disk);
    g_free((char *)(guintptr)n->event.text);
    g_free((char *)(guintptr)n->event.missing);
    g_free((char *)(guintptr)n->event.libvirt);
    sink_unref(n->sink);
    g_free(n);
}

void
sink_drop_notice(void *notice)
{
    notice_free(notice);
}
