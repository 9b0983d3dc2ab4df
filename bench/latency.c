/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * latency MODE N LDAP-URI SUFFIX FLOOR-URI URI...: how long until another client of the directory
 * sees what happened.
 *
 *   events    a domain is destroyed, started, suspended or resumed over a connection of our own:
 *             from right before that call (its way to libvirtd and back is part of the time)
 *   requests  `shutdown' is requested of a running machine, or that request taken back: from right
 *             before the modify is sent
 *
 * until our own refreshAndPersist search brings another status of that entry.  Nothing is taken
 * off.  Which one is random, among those left alone for some seconds (two changes within
 * `coalesce' are folded into one); the next follows after a random while of up to 20 ms.
 *
 * Turn and turn about with each, the floor: the same with what any program needs.
 *   events    the domain's event arrives at a client that sends one modify (of an entry that
 *             nobody else cares for); our search brings it.  FLOOR-URI is a node that the
 *             directory does not know.
 *   requests  a modify, our search brings it; another modify, our search brings that.
 *
 * The user that runs this must be the root DN by SASL EXTERNAL.  A line of key=value per series,
 * times in milliseconds; with the environment variable LATENCY_SAMPLES every sample of ours there, too.
 */
#include "config.h"

#include "watch.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REST_US    (3 * G_USEC_PER_SEC)
#define REQUEST    "sstVirtualMachineRequestedAction"

struct machine {
    struct watched entry;
    virDomainPtr domain;
    int state; /* virDomainState */
    bool requested;
};

struct bench {
    bool requests;
    unsigned n;
    struct watch *watch;
    LDAP *writer;
    LDAP *floor;         /* of the thread that answers events */
    GPtrArray *machines; /* of struct machine */
    GPtrArray *spare;    /* of struct machine: of the floor */
    unsigned floor_serial;
    atomic_uint floor_wanted;
    FILE *samples;
};

static gint64
wait_for(struct bench *b, const struct machine *m)
{
    gint64 seen = watch_until(b->watch, m != NULL ? &m->entry : NULL, b->floor_serial);

    if (seen >= 0)
        return seen;
    if (m != NULL)
        fprintf(stderr, "latency: %s: \"%s\" stays, libvirt's state is %d%s\n", m->entry.dn,
                m->entry.status, m->state, m->requested ? ", a shutdown is requested" : "");
    watch_die("limit", "nothing new came");
}

/* --- what happens --------------------------------------------------------------------------- */

static const char *
act(struct machine *m, GRand *rand)
{
    bool other = g_rand_boolean(rand);
    const char *what;
    int rc;

    if (m->state == VIR_DOMAIN_SHUTOFF) {
        what = "start";
        rc = virDomainCreate(m->domain);
        m->state = VIR_DOMAIN_RUNNING;
    } else if (other) {
        what = "destroy";
        rc = virDomainDestroy(m->domain);
        m->state = VIR_DOMAIN_SHUTOFF;
    } else if (m->state == VIR_DOMAIN_PAUSED) {
        what = "resume";
        rc = virDomainResume(m->domain);
        m->state = VIR_DOMAIN_RUNNING;
    } else {
        what = "suspend";
        rc = virDomainSuspend(m->domain);
        m->state = VIR_DOMAIN_PAUSED;
    }
    if (rc != 0)
        watch_die(m->entry.uuid, virGetLastErrorMessage());
    return what;
}

static void
request(struct bench *b, struct machine *m)
{
    m->requested = !m->requested;
    watch_modify(b->writer, m->entry.dn, m->requested ? LDAP_MOD_REPLACE : LDAP_MOD_DELETE, REQUEST,
                 m->requested ? "shutdown" : NULL);
}

static struct machine *
pick(struct bench *b, GPtrArray *from, GRand *rand)
{
    gint64 now = g_get_monotonic_time();

    for (int i = 0; i < 100000; i++) {
        struct machine *m = g_ptr_array_index(from, g_rand_int_range(rand, 0, (gint32)from->len));
        if (m->entry.rest_until <= now && (!b->requests || m->state == VIR_DOMAIN_RUNNING))
            return m;
    }
    watch_die("machines", "all were in use within the last seconds: take more");
}

static double
one(void *data, GRand *rand)
{
    struct bench *b = data;
    struct machine *m = pick(b, b->machines, rand);
    const char *what = "request";
    gint64 began = g_get_monotonic_time();

    if (b->requests)
        request(b, m);
    else
        what = act(m, rand);
    gint64 seen = wait_for(b, m);
    m->entry.rest_until = seen + REST_US;
    if (b->samples != NULL)
        fprintf(b->samples, "%s %.3f\n", what, (double)(seen - began) / 1000);
    return (double)(seen - began) / 1000;
}

static double
floor_one(void *data, GRand *rand)
{
    struct bench *b = data;
    unsigned serial = ++b->floor_serial;
    gint64 began = g_get_monotonic_time();

    if (b->requests) {
        watch_write_floor(b->watch, b->writer, serial);
        (void)wait_for(b, NULL);
        watch_write_floor(b->watch, b->writer, ++b->floor_serial);
    } else {
        atomic_store(&b->floor_wanted, serial);
        (void)act(g_ptr_array_index(b->spare, g_rand_int_range(rand, 0, (gint32)b->spare->len)), rand);
    }
    return (double)(wait_for(b, NULL) - began) / 1000;
}

/* --- the floor's own client of events --------------------------------------------------------- */

static int
on_lifecycle(virConnectPtr c, virDomainPtr domain, int event, int detail, void *data)
{
    struct bench *b = data;
    unsigned serial = atomic_exchange(&b->floor_wanted, 0);

    (void)c;
    (void)domain;
    (void)event;
    (void)detail;
    if (serial != 0) /* a start comes as more than one event */
        watch_write_floor(b->watch, b->floor, serial);
    return 0;
}

static gpointer
run_events(gpointer data)
{
    for (;;)
        virEventRunDefaultImpl();
    return data;
}

static void
listen_to(struct bench *b, const char *uri)
{
    virConnectPtr c = virConnectOpenReadOnly(uri);

    if (c == NULL
        || virConnectDomainEventRegisterAny(c, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                            VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), b, NULL)
               < 0)
        watch_die(uri, virGetLastErrorMessage());
    g_thread_unref(g_thread_new("events", run_events, NULL));
}

/* --- the world ------------------------------------------------------------------------------------ */

static void
add_node(struct bench *b, const char *uri, GPtrArray *to)
{
    virConnectPtr c = virConnectOpen(uri);
    virDomainPtr *domains = NULL;
    int n = c == NULL ? -1 : virConnectListAllDomains(c, &domains, 0);

    if (n < 0)
        watch_die(uri, virGetLastErrorMessage());
    for (int i = 0; i < n; i++) {
        struct machine *m = g_new0(struct machine, 1);
        char uuid[VIR_UUID_STRING_BUFLEN];
        m->domain = domains[i];
        if (virDomainGetUUIDString(domains[i], uuid) != 0
            || virDomainGetState(domains[i], &m->state, NULL, 0) != 0)
            watch_die(uri, virGetLastErrorMessage());
        watch_add(b->watch, &m->entry, uuid);
        g_ptr_array_add(to, m);
    }
    free(domains);
}

static void
ignore_error(void *data, virErrorPtr error)
{
    (void)data;
    (void)error;
}

int
main(int argc, char **argv)
{
    struct bench b = {.n = argc > 6 ? (unsigned)atoi(argv[2]) : 0};

    if (b.n == 0 || (strcmp(argv[1], "events") != 0 && strcmp(argv[1], "requests") != 0)) {
        fputs("usage: latency events|requests N LDAP-URI SUFFIX FLOOR-URI URI...\n", stderr);
        return 2;
    }
    b.requests = strcmp(argv[1], "requests") == 0;
    if (g_getenv("LATENCY_SAMPLES") != NULL)
        b.samples = fopen(g_getenv("LATENCY_SAMPLES"), "w");
    virSetErrorFunc(NULL, ignore_error);
    virEventRegisterDefaultImpl();
    b.machines = g_ptr_array_new();
    b.spare = g_ptr_array_new();
    watch_program("latency");
    b.watch = watch_new(argv[3], argv[4]);
    b.writer = watch_connect(argv[3]);
    b.floor = watch_connect(argv[3]);
    for (int i = 6; i < argc; i++)
        add_node(&b, argv[i], b.machines);
    add_node(&b, argv[5], b.spare);
    watch_begin(b.watch);
    listen_to(&b, argv[5]);
    watch_take_turns(b.watch, b.requests ? "requests" : "events", b.n, one, floor_one, &b);
    return 0;
}
