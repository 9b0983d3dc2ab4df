/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * latency MODE N LDAP-URI SUFFIX FLOOR-URI URI...: how long until another client of the directory
 * sees what happened.
 *
 *   events    a domain is destroyed, started, suspended or resumed over a connection of our own:
 *             from right before that call (its way to libvirtd and back is part of the time)
 *   guests    the same with real guests, whose starts and ends take QEMU longer than all that is
 *             measured here: until that very status is there, whether the call has returned by
 *             then or not; series of their own (guests-event) count from the first event of it that
 *             arrives here
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
 *   guests    the same.
 *   requests  a modify, our search brings it; another modify, our search brings that.
 *
 * The user that runs this must be the root DN by SASL EXTERNAL.  A line of key=value per series,
 * times in milliseconds; with the environment variable LATENCY_SAMPLES every sample is appended to
 * that file.
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

/* One call that changes a domain. */
struct act {
    const char *name;
    int (*call)(virDomainPtr domain);
    int state; /* virDomainState, after it */
    const char *status;
};

/* One measurement with real guests: the call is made by a thread of its own. */
struct job {
    struct machine *m;
    const struct act *act;
    gint64 began;
    int rc;
};

struct bench {
    bool requests;
    bool guests;
    unsigned n;
    struct watch *watch;
    LDAP *writer;
    LDAP *floor;         /* of the thread that answers events */
    GPtrArray *machines; /* of struct machine */
    GPtrArray *spare;    /* of struct machine: of the floor */
    unsigned floor_serial;
    atomic_uint floor_wanted;
    _Atomic(struct machine *) acted_on;
    _Atomic gint64 event_at; /* the first one of what is acted on; 0 = none yet */
    GArray *from_event;      /* of double */
    GArray *floor_from_event;
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

static const struct act START = {"start", virDomainCreate, VIR_DOMAIN_RUNNING, "Running"};
static const struct act DESTROY = {"destroy", virDomainDestroy, VIR_DOMAIN_SHUTOFF, "Stopped"};
static const struct act RESUME = {"resume", virDomainResume, VIR_DOMAIN_RUNNING, "Running"};
static const struct act SUSPEND = {"suspend", virDomainSuspend, VIR_DOMAIN_PAUSED, "Paused"};

static const struct act *
choose(const struct machine *m, GRand *rand)
{
    bool other = g_rand_boolean(rand);

    if (m->state == VIR_DOMAIN_SHUTOFF)
        return &START;
    if (other)
        return &DESTROY;
    return m->state == VIR_DOMAIN_PAUSED ? &RESUME : &SUSPEND;
}

static const char *
act(struct machine *m, GRand *rand)
{
    const struct act *what = choose(m, rand);

    m->state = what->state;
    if (what->call(m->domain) != 0)
        watch_die(m->entry.uuid, virGetLastErrorMessage());
    return what->name;
}

static void
request(struct bench *b, struct machine *m)
{
    m->requested = !m->requested;
    watch_modify(b->writer, m->entry.dn, m->requested ? LDAP_MOD_REPLACE : LDAP_MOD_DELETE, REQUEST,
                 m->requested ? "shutdown" : NULL);
}

#define PATIENCE_US (30 * G_USEC_PER_SEC)

/* There are few guests: until one has rested. */
static struct machine *
pick(struct bench *b, GPtrArray *from, GRand *rand)
{
    gint64 limit = g_get_monotonic_time() + PATIENCE_US;

    for (gint64 now = 0; now < limit; watch_let_pass(b->watch, now + 10000)) {
        now = g_get_monotonic_time();
        for (guint i = 0; i < 10 * from->len; i++) {
            struct machine *m = g_ptr_array_index(from, g_rand_int_range(rand, 0, (gint32)from->len));
            if (m->entry.rest_until <= now && (!b->requests || m->state == VIR_DOMAIN_RUNNING))
                return m;
        }
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

/* --- real guests ------------------------------------------------------------------------------ */

static gpointer
run_job(gpointer data)
{
    struct job *job = data;

    job->began = g_get_monotonic_time();
    job->rc = job->act->call(job->m->domain);
    if (job->rc != 0)
        watch_die(job->m->entry.uuid, virGetLastErrorMessage());
    return NULL;
}

/* When it arrived here; the status may have been quicker. */
static gint64
event_of(struct bench *b, const struct machine *m)
{
    gint64 limit = g_get_monotonic_time() + PATIENCE_US;

    while (atomic_load(&b->event_at) == 0) {
        if (g_get_monotonic_time() > limit)
            watch_die(m->entry.uuid, "no event came");
        watch_let_pass(b->watch, g_get_monotonic_time() + 1000);
    }
    return atomic_load(&b->event_at);
}

/* One act on m until its status (floor: that of the floor) is seen; milliseconds from the call, and
 * those from the event into from_event. */
static double
one_guest(struct bench *b, struct machine *m, GRand *rand, bool floor, GArray *from_event)
{
    struct job job = {.m = m, .act = choose(m, rand)};
    gint64 seen;

    m->state = job.act->state;
    atomic_store(&b->event_at, 0);
    atomic_store(&b->acted_on, m);
    GThread *caller = g_thread_new("call", run_job, &job);
    for (;;) {
        seen = wait_for(b, floor ? NULL : m);
        if (floor || g_strcmp0(m->entry.status, job.act->status) == 0)
            break;
        if (b->samples != NULL) /* one on the way to it */
            fprintf(b->samples, "%s: %s\n", job.act->name, m->entry.status);
    }
    g_thread_join(caller);
    if (!floor)
        m->entry.rest_until = g_get_monotonic_time() + REST_US;
    gint64 event_at = event_of(b, m);
    double ms = (double)(seen - event_at) / 1000;
    g_array_append_val(from_event, ms);
    if (b->samples != NULL)
        fprintf(b->samples, "%s%s %.3f %.3f\n", floor ? "floor-" : "", job.act->name,
                (double)(seen - job.began) / 1000, ms);
    return (double)(seen - job.began) / 1000;
}

static double
ours_of_guests(void *data, GRand *rand)
{
    struct bench *b = data;

    return one_guest(b, pick(b, b->machines, rand), rand, false, b->from_event);
}

static double
floor_of_guests(void *data, GRand *rand)
{
    struct bench *b = data;
    struct machine *m = pick(b, b->spare, rand);

    atomic_store(&b->floor_wanted, ++b->floor_serial);
    return one_guest(b, m, rand, true, b->floor_from_event);
}

/* --- our own client of events ------------------------------------------------------------------- */

static void
note_event(struct bench *b, virDomainPtr domain)
{
    struct machine *m = atomic_load(&b->acted_on);
    char uuid[VIR_UUID_STRING_BUFLEN];
    gint64 none = 0;

    if (m != NULL && virDomainGetUUIDString(domain, uuid) == 0 && strcmp(uuid, m->entry.uuid) == 0)
        atomic_compare_exchange_strong(&b->event_at, &none, g_get_monotonic_time());
}

static int
on_guest_lifecycle(virConnectPtr c, virDomainPtr domain, int event, int detail, void *data)
{
    (void)c;
    (void)event;
    (void)detail;
    note_event(data, domain);
    return 0;
}

static int
on_lifecycle(virConnectPtr c, virDomainPtr domain, int event, int detail, void *data)
{
    struct bench *b = data;
    unsigned serial = atomic_exchange(&b->floor_wanted, 0);

    (void)c;
    (void)event;
    (void)detail;
    note_event(b, domain);
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
listen_to(struct bench *b, const char *uri, virConnectDomainEventCallback what)
{
    virConnectPtr c = virConnectOpenReadOnly(uri);

    if (c == NULL
        || virConnectDomainEventRegisterAny(c, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                            VIR_DOMAIN_EVENT_CALLBACK(what), b, NULL)
               < 0)
        watch_die(uri, virGetLastErrorMessage());
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
        m->entry.rest_until = g_get_monotonic_time() + REST_US; /* who knows what was before */
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

/* The daemon has just begun: until each machine has a status. */
static void
await_statuses(struct bench *b)
{
    gint64 limit = g_get_monotonic_time() + PATIENCE_US;

    for (guint i = 0; i < b->machines->len;) {
        const struct machine *m = g_ptr_array_index(b->machines, i);
        if (m->entry.status != NULL) {
            i++;
            continue;
        }
        if (g_get_monotonic_time() > limit)
            watch_die(m->entry.dn, "it has no status yet");
        watch_let_pass(b->watch, g_get_monotonic_time() + 10000);
    }
}

static void
measure_guests(struct bench *b, char **uris)
{
    b->from_event = g_array_new(FALSE, FALSE, sizeof(double));
    b->floor_from_event = g_array_new(FALSE, FALSE, sizeof(double));
    for (int i = 0; uris[i] != NULL; i++)
        listen_to(b, uris[i], on_guest_lifecycle);
    watch_take_turns(b->watch, "guests", b->n, ours_of_guests, floor_of_guests, b);
    watch_tell("guests-event", b->from_event);
    watch_tell("guests-event-floor", b->floor_from_event);
}

int
main(int argc, char **argv)
{
    struct bench b = {.n = argc > 6 ? (unsigned)atoi(argv[2]) : 0};

    if (b.n == 0
        || (strcmp(argv[1], "events") != 0 && strcmp(argv[1], "guests") != 0
            && strcmp(argv[1], "requests") != 0)) {
        fputs("usage: latency events|guests|requests N LDAP-URI SUFFIX FLOOR-URI URI...\n", stderr);
        return 2;
    }
    b.requests = strcmp(argv[1], "requests") == 0;
    b.guests = strcmp(argv[1], "guests") == 0;
    if (g_getenv("LATENCY_SAMPLES") != NULL)
        b.samples = fopen(g_getenv("LATENCY_SAMPLES"), "a");
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
    await_statuses(&b);
    listen_to(&b, argv[5], on_lifecycle);
    g_thread_unref(g_thread_new("events", run_events, NULL));
    if (b.guests)
        measure_guests(&b, argv + 6);
    else
        watch_take_turns(b.watch, argv[1], b.n, one, floor_one, &b);
    return 0;
}
