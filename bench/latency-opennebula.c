/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * latency-opennebula N MACHINES LDAP-URI SUFFIX: how long until another client
 * of the directory sees what a front-end published.
 *
 * This is the front-end: it holds a VM for each of MACHINES entries, made of a
 * recorded body, prints `ready ENDPOINT EVENTS', and goes on when there is a
 * line on stdin.  Then N times a random VM, left alone for some seconds before
 * (two changes within `coalesce' are folded into one), has its next state:
 * POWEROFF, BOOT_POWEROFF, RUNNING, SHUTDOWN_POWEROFF.  The clock runs from
 * right before the message is given to ZeroMQ until our own refreshAndPersist
 * search brings another status.  Nothing is taken off.  The next one follows
 * after a random while of up to 20 ms.
 *
 * Turn and turn about with each, the floor: a message of the same size arrives
 * at a client that sends one modify; our search brings it.
 *
 * The user that runs this must be the root DN by SASL EXTERNAL.  A line of
 * key=value per series, times in milliseconds.
 */
#include "config.h"

#include "watch.h"
#include "integration/one_server.h"
#include "unit/opennebula_data.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define REST_US  (3 * G_USEC_PER_SEC)
#define FLOOR_TOPIC "FLOOR "

/* In this order; the first one is how all begin. */
static const struct {
    int state;
    int lcm;
    const char *topic;
} steps[] = {
    {8, 0, "POWEROFF/LCM_INIT"},
    {3, 20, "ACTIVE/BOOT_POWEROFF"},
    {3, 3, "ACTIVE/RUNNING"},
    {3, 18, "ACTIVE/SHUTDOWN_POWEROFF"},
};

struct machine {
    struct watched entry;
    unsigned step;
};

struct bench {
    unsigned n;
    unsigned n_machines;
    struct machine *machines;
    struct watch *watch;
    LDAP *floor; /* of the thread that answers its events */
    struct one_server *server;
    char *body; /* of a VM: template_body() */
    void *context;
    void *publisher;
    char address[64];
    atomic_uint floor_wanted;
    unsigned floor_serial;
};

/* --- VMs ---------------------------------------------------------------------------- */

static char *
without(const char *text, const char *from, const char *to, const char *instead)
{
    const char *begin = strstr(text, from);
    const char *end = begin != NULL ? strstr(begin, to) : NULL;

    if (end == NULL)
        watch_die("recorded VM", from);
    return g_strdup_printf("%.*s%s%s", (int)(begin - text), text, instead, end + strlen(to));
}

/* A recorded VM that runs; "%N", "%S" and "%U" stand where ours differ. */
static char *
template_body(void)
{
    const struct oracle *o = oracle_of(12);
    g_autofree char *file = g_strdup_printf("vm/%02d-%02d-%s.vm%d.xml", o->state, o->lcm,
                                            o->state_name, (int)o->id);
    g_autofree char *text = recorded(file, NULL);
    g_autofree char *numbered = without(strstr(text, "<VM>"), "<ID>", "</ID>", "<ID>%N</ID>");
    g_autofree char *stated = without(numbered, "<STATE>", "</LCM_STATE>", "%S");
    g_auto(GStrv) parts = g_strsplit(stated, o->deploy_id, -1);

    return g_strjoinv("%U", parts);
}

static char *
body_of(const struct bench *b, unsigned i)
{
    const struct machine *m = &b->machines[i];
    g_autoptr(GString) text = g_string_new(b->body);
    g_autofree char *number = g_strdup_printf("%u", i);
    g_autofree char *state = g_strdup_printf("<STATE>%d</STATE><LCM_STATE>%d</LCM_STATE>",
                                             steps[m->step].state, steps[m->step].lcm);

    g_string_replace(text, "%N", number, 0);
    g_string_replace(text, "%S", state, 0);
    g_string_replace(text, "%U", m->entry.uuid, 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
publish(struct bench *b, const char *topic, const char *body)
{
    if (zmq_send(b->publisher, topic, strlen(topic), ZMQ_SNDMORE) < 0
        || zmq_send(b->publisher, body, strlen(body), 0) < 0)
        watch_die("publisher", zmq_strerror(zmq_errno()));
}

static char *
message_of(const struct bench *b, unsigned i)
{
    g_autofree char *body = body_of(b, i);
    g_autofree char *xml = g_strconcat("<HOOK_MESSAGE><HOOK_TYPE>STATE</HOOK_TYPE><HOOK_OBJECT>VM"
                                       "</HOOK_OBJECT>", body, "</HOOK_MESSAGE>", NULL);

    return g_base64_encode((const guchar *)xml, strlen(xml));
}

/* --- one of ours, one of the floor's ---------------------------------------------------- */

static unsigned
pick(const struct bench *b, GRand *rand)
{
    gint64 now = g_get_monotonic_time();

    for (int i = 0; i < 100000; i++) {
        unsigned k = (unsigned)g_rand_int_range(rand, 0, (gint32)b->n_machines);
        if (b->machines[k].entry.rest_until <= now)
            return k;
    }
    watch_die("machines", "all were in use within the last seconds: take more");
}

static double
one(void *data, GRand *rand)
{
    struct bench *b = data;
    unsigned i = pick(b, rand);
    struct machine *m = &b->machines[i];

    m->step = (m->step + 1) % G_N_ELEMENTS(steps);
    g_autofree char *body = body_of(b, i);
    g_autofree char *message = message_of(b, i);
    g_autofree char *topic = g_strdup_printf("EVENT VM %u/%s ", i, steps[m->step].topic);
    one_server_put(b->server, i, body, NULL);
    gint64 began = g_get_monotonic_time();
    publish(b, topic, message);
    gint64 seen = watch_until(b->watch, &m->entry, 0);
    if (seen < 0)
        watch_die(m->entry.dn, "nothing new came");
    m->entry.rest_until = seen + REST_US;
    return (double)(seen - began) / 1000;
}

static double
floor_one(void *data, GRand *rand)
{
    struct bench *b = data;
    g_autofree char *message = message_of(b, (unsigned)g_rand_int_range(rand, 0, (gint32)b->n_machines));
    unsigned serial = ++b->floor_serial;
    gint64 began = g_get_monotonic_time();

    atomic_store(&b->floor_wanted, serial);
    publish(b, FLOOR_TOPIC, message);
    gint64 seen = watch_until(b->watch, NULL, serial);
    if (seen < 0)
        watch_die("floor", "nothing new came");
    return (double)(seen - began) / 1000;
}

/* The floor's own client of events. */
static gpointer
run_floor(gpointer data)
{
    struct bench *b = data;
    void *socket = zmq_socket(b->context, ZMQ_SUB);
    char frame[65536];

    if (socket == NULL || zmq_setsockopt(socket, ZMQ_SUBSCRIBE, FLOOR_TOPIC, strlen(FLOOR_TOPIC)) != 0
        || zmq_connect(socket, b->address) != 0)
        watch_die("floor", zmq_strerror(zmq_errno()));
    while (zmq_recv(socket, frame, sizeof(frame), 0) >= 0) {
        unsigned serial = atomic_exchange(&b->floor_wanted, 0);
        if (serial != 0) /* once for both frames */
            watch_write_floor(b->watch, b->floor, serial);
    }
    return NULL;
}

/* --- the world ---------------------------------------------------------------------------- */

static void
open_publisher(struct bench *b)
{
    size_t size = sizeof(b->address);
    int none = 0;

    b->context = zmq_ctx_new();
    b->publisher = zmq_socket(b->context, ZMQ_XPUB);
    zmq_setsockopt(b->publisher, ZMQ_LINGER, &none, sizeof(none));
    if (zmq_bind(b->publisher, "tcp://127.0.0.1:*") != 0
        || zmq_getsockopt(b->publisher, ZMQ_LAST_ENDPOINT, b->address, &size) != 0)
        watch_die("publisher", zmq_strerror(zmq_errno()));
}

/* As gen-directory numbers them. */
static void
fill(struct bench *b)
{
    b->machines = g_new0(struct machine, b->n_machines);
    for (unsigned i = b->n_machines; i-- > 0;) { /* newest last: putting is quick then */
        g_autofree char *uuid = g_strdup_printf("%08x-0000-4000-8000-%012x", i, i);
        watch_add(b->watch, &b->machines[i].entry, uuid);
        g_autofree char *body = body_of(b, i);
        one_server_put(b->server, i, body, NULL);
    }
}

/* The program and the floor have both subscribed. */
static void
await_subscribers(struct bench *b)
{
    int limit = 60000;
    char frame[256];

    zmq_setsockopt(b->publisher, ZMQ_RCVTIMEO, &limit, sizeof(limit));
    for (int n = 0; n < 2; n++)
        if (zmq_recv(b->publisher, frame, sizeof(frame), 0) < 0)
            watch_die("publisher", "nobody has subscribed");
}

int
main(int argc, char **argv)
{
    struct bench b = {0};
    char line[64];

    watch_program("latency-opennebula");
    if (argc > 4) {
        b.n = (unsigned)strtoul(argv[1], NULL, 10);
        b.n_machines = (unsigned)strtoul(argv[2], NULL, 10);
    }
    if (b.n == 0 || b.n_machines == 0) {
        fputs("usage: latency-opennebula N MACHINES LDAP-URI SUFFIX\n", stderr);
        return 2;
    }
    b.body = template_body();
    b.watch = watch_new(argv[3], argv[4]);
    b.floor = watch_connect(argv[3]);
    b.server = one_server_new();
    fill(&b);
    open_publisher(&b);
    g_thread_unref(g_thread_new("floor", run_floor, &b));
    printf("ready %s %s\n", one_server_endpoint(b.server), b.address);
    fflush(stdout);
    if (fgets(line, sizeof(line), stdin) == NULL)
        return 1;
    await_subscribers(&b);
    watch_begin(b.watch);
    watch_take_turns(b.watch, "opennebula", b.n, one, floor_one, &b);
    return 0;
}
