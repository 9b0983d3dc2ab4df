/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "opennebula/subscriber.h"

#include "opennebula/event.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#define RECONNECT_MS 250
#define RECONNECT_MAX_MS 15000
#define RECEIVE_BOUND 2000 /* messages of some KiB that wait for the thread */
#define HEARTBEAT_MS 10000
#define SILENCE_MS 30000
#define BATCH 256 /* messages before the monitor is looked at */
#define WATCHED (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED)

struct subscriber {
    struct queue *queue;
    char *frontend;
    char *link_attribute;
    bool linked;
    char *monitor_address;
    void *context;
    void *socket;  /* the thread's, once it runs */
    void *monitor; /* likewise */
    int stop;      /* eventfd: the thread ends */
    pthread_t thread;
    bool started;

    atomic_uint n_waiting; /* bulletins about VMs in the queue */
    atomic_bool full;      /* an OVERFLOW is on its way */
    atomic_uint_fast64_t n_events, n_malformed, n_overflows;
};

static void
post(struct subscriber *s, enum opennebula_event_kind kind, struct frontend_answer *answer)
{
    struct bulletin *b = g_new0(struct bulletin, 1);

    b->from = s;
    b->event.kind = kind;
    b->event.received_us = g_get_monotonic_time();
    b->event.answer = answer;
    queue_push(s->queue, b);
}

void
bulletin_free(struct bulletin *b)
{
    if (b->event.kind == OPENNEBULA_EVENT_VM)
        atomic_fetch_sub(&b->from->n_waiting, 1);
    else if (b->event.kind == OPENNEBULA_EVENT_OVERFLOW)
        atomic_store(&b->from->full, false);
    frontend_answer_unref(b->event.answer);
    g_free(b);
}

/* Takes answer over. */
static void
post_vm(struct subscriber *s, struct frontend_answer *answer)
{
    if (atomic_load(&s->full)) {
        frontend_answer_unref(answer);
    } else if (atomic_fetch_add(&s->n_waiting, 1) < SUBSCRIBER_BOUND) {
        post(s, OPENNEBULA_EVENT_VM, answer);
    } else {
        atomic_fetch_sub(&s->n_waiting, 1);
        atomic_store(&s->full, true);
        atomic_fetch_add(&s->n_overflows, 1);
        frontend_answer_unref(answer);
        post(s, OPENNEBULA_EVENT_OVERFLOW, NULL);
    }
}

static void
take_message(struct subscriber *s, zmq_msg_t *topic, zmq_msg_t *body)
{
    const struct pool_options options = {.link_attribute = s->link_attribute,
                                         .linked = s->linked};
    struct frontend_answer *a;

    a = event_decode(s->frontend, zmq_msg_data(topic), zmq_msg_size(topic), zmq_msg_data(body),
                     zmq_msg_size(body), &options, NULL);
    if (a == NULL) {
        atomic_fetch_add(&s->n_malformed, 1);
        return;
    }
    atomic_fetch_add(&s->n_events, 1);
    if (a->vms->len == 0) {
        frontend_answer_unref(a);
        return;
    }
    a->query = opennebula_next_query();
    post_vm(s, a);
}

/* The frames of one message: two, or it is malformed.  False when none waits. */
static bool
receive(struct subscriber *s)
{
    zmq_msg_t frames[2];
    unsigned n = 0;
    bool more = true;

    zmq_msg_init(&frames[0]);
    zmq_msg_init(&frames[1]);
    while (more) {
        zmq_msg_t *to = &frames[n < 2 ? n : 1];

        if (zmq_msg_recv(to, s->socket, ZMQ_DONTWAIT) < 0)
            break;
        more = zmq_msg_more(to) != 0;
        n++;
    }
    if (n == 2)
        take_message(s, &frames[0], &frames[1]);
    else if (n > 0)
        atomic_fetch_add(&s->n_malformed, 1);
    zmq_msg_close(&frames[0]);
    zmq_msg_close(&frames[1]);
    return n > 0;
}

/* One event of the monitor: its number is in the first two bytes of the first frame. */
static void
receive_monitor(struct subscriber *s)
{
    zmq_msg_t frame;
    uint16_t number = 0;
    bool more = true;

    for (unsigned n = 0; more; n++) {
        zmq_msg_init(&frame);
        more = zmq_msg_recv(&frame, s->monitor, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(&frame) != 0;
        if (n == 0 && zmq_msg_size(&frame) >= sizeof(number))
            memcpy(&number, zmq_msg_data(&frame), sizeof(number));
        zmq_msg_close(&frame);
    }
    if (number == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        post(s, OPENNEBULA_EVENT_UP, NULL);
    else if (number == ZMQ_EVENT_DISCONNECTED)
        post(s, OPENNEBULA_EVENT_DOWN, NULL);
}

static void *
thread_main(void *data)
{
    struct subscriber *s = data;
    zmq_pollitem_t items[] = {
        {.fd = s->stop, .events = ZMQ_POLLIN},
        {.socket = s->monitor, .events = ZMQ_POLLIN},
        {.socket = s->socket, .events = ZMQ_POLLIN},
    };

    for (;;) {
        if (zmq_poll(items, G_N_ELEMENTS(items), -1) < 0 && errno != EINTR)
            break;
        if ((items[0].revents & ZMQ_POLLIN) != 0)
            break;
        if ((items[1].revents & ZMQ_POLLIN) != 0)
            receive_monitor(s);
        for (unsigned n = 0; n < BATCH && (items[2].revents & ZMQ_POLLIN) != 0; n++)
            if (!receive(s))
                break;
    }
    return NULL;
}

static bool
set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

static bool
set_options(void *socket)
{
    int64_t longest = EVENT_MAX;

    return set_int(socket, ZMQ_LINGER, 0) && set_int(socket, ZMQ_RCVHWM, RECEIVE_BOUND)
           && set_int(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS)
           && set_int(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS)
           && set_int(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS)
           && set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, SILENCE_MS)
           && set_int(socket, ZMQ_TCP_KEEPALIVE, 1) && set_int(socket, ZMQ_IPV6, 1)
           && zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &longest, sizeof(longest)) == 0
           && zmq_setsockopt(socket, ZMQ_SUBSCRIBE, EVENT_PREFIX, strlen(EVENT_PREFIX)) == 0;
}

static bool
open_sockets(struct subscriber *s, const char *address)
{
    s->context = zmq_ctx_new();
    if (s->context == NULL)
        return false;
    s->socket = zmq_socket(s->context, ZMQ_SUB);
    s->monitor = zmq_socket(s->context, ZMQ_PAIR);
    return s->socket != NULL && s->monitor != NULL && set_options(s->socket)
           && set_int(s->monitor, ZMQ_LINGER, 0)
           && zmq_socket_monitor(s->socket, s->monitor_address, WATCHED) == 0
           && zmq_connect(s->monitor, s->monitor_address) == 0
           && zmq_connect(s->socket, address) == 0;
}

/* Signals are the main thread's. */
static bool
start_thread(struct subscriber *s)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    s->started = pthread_create(&s->thread, NULL, thread_main, s) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return s->started;
}

struct subscriber *
subscriber_new(struct queue *q, const struct opennebula_options *options, GError **error)
{
    struct subscriber *s = g_new0(struct subscriber, 1);
    int failed;

    s->queue = queue_ref(q);
    s->frontend = g_strdup(options->name);
    s->link_attribute = g_strdup(options->link_attribute);
    s->linked = options->linked;
    s->monitor_address = g_strdup_printf("inproc://monitor-%p", (void *)s);
    s->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->stop >= 0 && open_sockets(s, options->events) && start_thread(s))
        return s;
    failed = errno;
    subscriber_free(s);
    opennebula_fail(error, ERROR_NO_URI, "events of %s: %s", options->events,
                    zmq_strerror(failed));
    return NULL;
}

void
subscriber_free(struct subscriber *s)
{
    const uint64_t one = 1;

    if (s == NULL)
        return;
    if (s->started && write(s->stop, &one, sizeof(one)) == sizeof(one))
        pthread_join(s->thread, NULL);
    if (s->socket != NULL)
        zmq_close(s->socket);
    if (s->monitor != NULL)
        zmq_close(s->monitor);
    if (s->context != NULL)
        zmq_ctx_term(s->context);
    if (s->stop >= 0)
        close(s->stop);
    queue_unref(s->queue);
    g_free(s->frontend);
    g_free(s->link_attribute);
    g_free(s->monitor_address);
    g_free(s);
}

void
subscriber_count(const struct subscriber *s, struct opennebula_counts *counts)
{
    if (s == NULL)
        return;
    counts->n_events = atomic_load(&s->n_events);
    counts->n_malformed = atomic_load(&s->n_malformed);
    counts->n_overflows = atomic_load(&s->n_overflows);
}
