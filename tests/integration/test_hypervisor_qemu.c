/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real guests: every state read back, a pull from its first to its last percent, frozen guests. */
#include "config.h"

#include "harness.h"
#include "hypervisor_seen.h"

#include <stdlib.h>
#include <unistd.h>

#define G1 "3c1f1a52-0000-4000-8000-000000000001"
#define G2 "3c1f1a52-0000-4000-8000-000000000002"
#define G3 "3c1f1a52-0000-4000-8000-000000000003"

#define INSIDE (LOOK_JOB | LOOK_BLOCKS | LOOK_IO_ERRORS)

static char *dir;
static char *env;
static struct hypervisor *hypervisor;

/* A daemon with the QEMU driver and two more lines of configuration (NULL = none). */
static void
start_daemon(const char *name, const char *first, const char *second)
{
    g_autofree char *owner = g_strdup_printf("%d", (int)getpid());

    dir = g_build_filename(harness_tmpdir(), name, NULL);
    env = run_script("libvirtd.sh", "start", dir, "--owner", owner, "--name", name, "--no-tls",
                     "--qemu", first != NULL ? "--set" : NULL, first, "--set", second, NULL);
    if (env == NULL)
        fail_msg("no libvirtd with QEMU");
}

static void
stop_daemon(void)
{
    g_autofree char *output = run_script("libvirtd.sh", "stop", dir, NULL);

    assert_non_null(output);
    g_clear_pointer(&dir, g_free);
    g_clear_pointer(&env, g_free);
}

/* tests/lib/guest.sh VERB DIR WORD... */
#define GUEST(verb, ...)                                                                           \
    do {                                                                                           \
        g_autofree char *output = run_script("guest.sh", (verb), dir, __VA_ARGS__, NULL);          \
        assert_non_null(output);                                                                   \
    } while (0)

static void
begin(const struct hypervisor_options *options)
{
    g_autofree char *uri = value_of(env, "QEMU_URI_UNIX");

    hypervisor = hypervisor_new(options);
    set_node(hypervisor, "n", uri);
}

static int
setup(void **state)
{
    const struct hypervisor_options options = {.deadline_ms = 20000, .look_deadline_ms = 20000};

    (void)state;
    start_daemon("node1", NULL, NULL);
    begin(&options);
    return 0;
}

static int
setup_short(void **state)
{
    const struct hypervisor_options options = {
        .deadline_ms = 20000, .look_deadline_ms = 1500, .probe_deadline_ms = 1500};

    (void)state;
    start_daemon("node1", NULL, NULL);
    begin(&options);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    hypervisor_free(g_steal_pointer(&hypervisor));
    stop_daemon();
    return 0;
}

struct wanted {
    const char *uuid;
    const char *state;
};

static bool
has_state(void *data)
{
    const struct wanted *w = data;
    CLEANUP(observation_unref) struct observation *o = answer_read(hypervisor, "n");
    g_autofree char *found = state_of(o, w->uuid);

    return strcmp(result_of(o), "complete") == 0 && strcmp(found, w->state) == 0;
}

static void
expect_state(const char *uuid, const char *words)
{
    struct wanted w = {uuid, words};
    CLEANUP(observation_unref) struct observation *o = NULL;
    g_autofree char *found = NULL;

    if (harness_wait_until(has_state, &w, 10000))
        return;
    o = answer_read(hypervisor, "n");
    found = state_of(o, uuid);
    fail_msg("%s is %s, not %s", uuid, found, words);
}

static void
test_states(void **state)
{
    (void)state;
    GUEST("define", G1, "--on-crash", "preserve");
    expect_state(G1, "shutoff (unknown)");
    GUEST("start", G1);
    expect_state(G1, "running (booted)");
    GUEST("virsh", "suspend", G1);
    expect_state(G1, "paused (user)");
    GUEST("virsh", "resume", G1);
    expect_state(G1, "running (unpaused)");
    GUEST("virsh", "shutdown", G1);
    expect_state(G1, "shutoff (shutdown)");
    GUEST("start-paused", G1);
    expect_state(G1, "paused (user)");
    GUEST("virsh", "destroy", G1);
    expect_state(G1, "shutoff (destroyed)");
    GUEST("start", G1);
    GUEST("key", G1, "p");
    expect_state(G1, "crashed (panicked)");
    GUEST("virsh", "destroy", G1);
    GUEST("start", G1);
    GUEST("kill", G1);
    expect_state(G1, "shutoff (crashed)");
    GUEST("start", G1);
    GUEST("virsh", "managedsave", G1);
    expect_state(G1, "shutoff (saved) saved");
    GUEST("virsh", "start", G1);
    expect_state(G1, "running (restored)");
    GUEST("key", G1, "z");
    expect_state(G1, "pmsuspended (unknown)");
    GUEST("virsh", "dompmwakeup", G1);
    expect_state(G1, "running (event wakeup)");
    GUEST("key", G1, "w");
    expect_state(G1, "paused (watchdog)");
    GUEST("remove", G1);
    expect_state(G1, "absent");
    GUEST("create", G1);
    expect_state(G1, "running (booted)");
    GUEST("key", G1, "s");
    expect_state(G1, "absent");
}

static const struct look *
look_of(const struct observation *o, const char *uuid)
{
    const struct domain *d = domain_of(o, uuid);

    assert_non_null(d);
    assert_non_null(d->look);
    return d->look;
}

static bool
is_pulling(void *data)
{
    bool *pulling = data;
    CLEANUP(observation_unref) struct observation *o =
        answer_look(hypervisor, "n", G1, LOOK_BLOCKS);
    const struct domain *d = domain_of(o, G1);

    if (!d->look->blocks_known) /* somebody else was in the monitor for too long */
        return false;
    return (d->look->block_jobs != NULL) == *pulling;
}

/* A disk on a backing file is pulled flat; the look sees each step. */
static void
test_pull(void **state)
{
    const unsigned want = LOOK_BLOCKS | LOOK_XML | LOOK_JOB | LOOK_CONTROL;
    CLEANUP(observation_unref) struct observation *o = NULL;
    const struct block_job *job;
    g_autofree char *text = NULL;
    bool pulling = true;
    uint64_t before;

    (void)state;
    GUEST("overlay", "o.qcow2", "32");
    GUEST("define", G1, "--disk", "o.qcow2", "--agent");
    GUEST("start", G1);
    o = answer_look(hypervisor, "n", G1, want);
    text = observation_text(o);
    assert_string_equal(text, "n complete epoch=1\n" G1 " -: running (booted) job=none "
                              "blocks=none disk=vda:backed agent=disconnected control=ok\n");
    GUEST("virsh", "blockpull", G1, "vda", "--bandwidth", "1");
    assert_true(harness_wait_until(is_pulling, &pulling, 10000));
    observation_unref(o);
    o = answer_look(hypervisor, "n", G1, want);
    assert_int_equal(domain_of(o, G1)->look->block_jobs->len, 1);
    job = &g_array_index(domain_of(o, G1)->look->block_jobs, struct block_job, 0);
    assert_string_equal(job->disk, "vda");
    assert_int_equal(job->type, BLOCK_JOB_PULL);
    assert_int_equal(job->end, 32 << 20);
    before = job->cur;
    assert_true(before < job->end);
    assert_int_equal(domain_of(o, G1)->look->job, JOB_NONE); /* a pull is no job of the domain */
    GUEST("virsh", "blockjob", G1, "vda", "--bandwidth", "8");
    for (uint64_t cur = before; cur == before;) {
        observation_unref(o);
        o = answer_look(hypervisor, "n", G1, want);
        if (!domain_of(o, G1)->look->blocks_known)
            continue;
        job = &g_array_index(domain_of(o, G1)->look->block_jobs, struct block_job, 0);
        cur = job->cur;
    }
    assert_true(job->cur > before);
    assert_true(g_array_index(domain_of(o, G1)->look->disks, struct disk, 0).backing);
    GUEST("virsh", "blockjob", G1, "vda", "--bandwidth", "0");
    pulling = false;
    assert_true(harness_wait_until(is_pulling, &pulling, 20000));
    observation_unref(o);
    o = answer_look(hypervisor, "n", G1, want);
    assert_true(domain_of(o, G1)->look->disks_known);
    assert_false(g_array_index(domain_of(o, G1)->look->disks, struct disk, 0).backing);
    GUEST("remove", G1);
}

/* The next JOB event from number *i on is of this disk and had this end. */
static void
expect_job(guint *i, const char *disk, enum job_end end)
{
    const struct seen *job = seen_next(HYPERVISOR_EVENT_JOB, i);

    assert_string_equal(job->uuid, G1);
    assert_string_equal(job->disk, disk);
    assert_int_equal(job->type, BLOCK_JOB_PULL);
    assert_int_equal(job->end, end);
}

static void
expect_what(guint *i, const char *what)
{
    while (strcmp(seen_next(HYPERVISOR_EVENT_DOMAIN, i)->what, what) != 0)
        ;
}

/* What only real guests do is told: ends of block jobs, a guest's reset, its watchdog. */
static void
test_events(void **state)
{
    guint i = 0;

    (void)state;
    seen_forget();
    hypervisor_set_listener(hypervisor, seen_record, NULL);
    hypervisor_watch(hypervisor, "n", true);
    assert_null(seen_next(HYPERVISOR_EVENT_UP, &i)->missing);
    GUEST("overlay", "o.qcow2", "32");
    GUEST("overlay", "p.qcow2", "1");
    GUEST("define", G1, "--disk", "o.qcow2", "--disk", "p.qcow2");
    GUEST("start", G1);
    expect_what(&i, "lifecycle started");
    GUEST("virsh", "blockpull", G1, "vda", "--bandwidth", "1");
    GUEST("virsh", "blockpull", G1, "vdb");
    expect_job(&i, "vdb", JOB_END_COMPLETED);
    GUEST("virsh", "blockjob", G1, "vda", "--abort");
    expect_job(&i, "vda", JOB_END_CANCELED);
    GUEST("key", G1, "r");
    expect_what(&i, "reboot");
    GUEST("virsh", "managedsave", G1);
    expect_what(&i, "job completed");
    GUEST("virsh", "start", G1);
    GUEST("key", G1, "w");
    expect_what(&i, "watchdog");
    GUEST("remove", G1);
    GUEST("small-fs", "small2", "300");
    GUEST("disk", "small2/full.qcow2", "64M");
    GUEST("define", G1, "--disk", "small2/full.qcow2:qcow2:ide");
    GUEST("start", G1);
    GUEST("key", G1, "e");
    expect_what(&i, "io-error");
    GUEST("remove", G1);
}

/* A migration held open: the job is the source's, the target only has a paused copy. */
static void
test_migration(void **state)
{
    g_autofree char *owner = g_strdup_printf("%d", (int)getpid());
    g_autofree char *other = g_build_filename(harness_tmpdir(), "target", NULL);
    g_autofree char *other_env = run_script("libvirtd.sh", "start", other, "--owner", owner,
                                            "--name", "target", "--no-tls", "--qemu", NULL);
    g_autofree char *uri = NULL;
    g_autofree char *stopped = NULL;
    CLEANUP(observation_unref) struct observation *source = NULL;
    CLEANUP(observation_unref) struct observation *target = NULL;

    (void)state;
    assert_non_null(other_env);
    uri = value_of(other_env, "QEMU_URI_TCP");
    set_node(hypervisor, "target", uri);
    GUEST("define", G1);
    GUEST("start", G1);
    GUEST("key", G1, "d");
    GUEST("migrate", G1, other, "--bandwidth", "1");
    source = answer_look(hypervisor, "n", G1, LOOK_JOB | LOOK_BLOCKS);
    assert_int_equal(domain_of(source, G1)->state, DSTATE_RUNNING);
    assert_true(look_of(source, G1)->job_known);
    assert_int_equal(look_of(source, G1)->job, JOB_OUTGOING);
    target = answer_look(hypervisor, "target", G1, LOOK_JOB);
    assert_int_equal(domain_of(target, G1)->state, DSTATE_PAUSED);
    GUEST("migrate-finish", G1);
    expect_state(G1, "absent");
    observation_unref(target);
    target = answer_read(hypervisor, "target");
    assert_int_equal(domain_of(target, G1)->state, DSTATE_RUNNING);
    assert_int_equal(domain_of(target, G1)->reason, DREASON_MIGRATED);
    stopped = run_script("libvirtd.sh", "stop", other, NULL);
    assert_non_null(stopped);
}

/* A disk that is full: paused, and the look names the disk. */
static void
test_disk_full(void **state)
{
    CLEANUP(observation_unref) struct observation *o = NULL;

    (void)state;
    GUEST("small-fs", "small", "300");
    GUEST("disk", "small/full.qcow2", "64M");
    GUEST("define", G1, "--disk", "small/full.qcow2:qcow2:ide");
    GUEST("start", G1);
    GUEST("key", G1, "e");
    expect_state(G1, "paused (ioerror)");
    o = answer_look(hypervisor, "n", G1, LOOK_IO_ERRORS);
    assert_string_equal(domain_of(o, G1)->look->io_error_disks, "hda");
    GUEST("remove", G1);
}

static void
start_three(void)
{
    static const char *const guests[] = {G1, G2, G3};

    for (size_t i = 0; i < G_N_ELEMENTS(guests); i++) {
        g_autofree char *disk = g_strdup_printf("d%zu.qcow2", i);

        GUEST("disk", disk, "1M");
        GUEST("define", guests[i], "--disk", disk);
        GUEST("start", guests[i]);
    }
}

static void
assert_text(const struct observation *o, const char *part)
{
    if (o->text == NULL || strstr(o->text, part) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", part, o->text);
}

static bool
nothing_hangs(void *data)
{
    const unsigned *late = data;

    g_main_context_iteration(NULL, FALSE);
    return hypervisor_counts(hypervisor)->late >= *late;
}

/* The probe finds a frozen guest; other guests of the node are looked at as always. */
static void
test_probe(void **state)
{
    unsigned late = 1;
    int64_t first;
    CLEANUP(observation_unref) struct observation *o = NULL;

    (void)state;
    start_three();
    o = answer_probe(hypervisor, "n");
    assert_string_equal(result_of(o), "complete");
    assert_int_equal(o->domains->len, 0);
    GUEST("freeze", G1);
    expect_state(G1, "running (booted)"); /* no cheap question shows it */
    observation_unref(o);
    o = answer_look(hypervisor, "n", G1, LOOK_CONTROL | LOOK_XML);
    assert_int_equal(look_of(o, G1)->control, CONTROL_OK);

    observation_unref(o);
    o = answer_probe(hypervisor, "n");
    assert_string_equal(result_of(o), "partial");
    assert_text(o, "the probe did not come back");
    assert_int_equal(o->domains->len, 1);
    assert_int_equal(look_of(o, G1)->control, CONTROL_OCCUPIED);
    first = look_of(o, G1)->occupied_ms;
    assert_in_range(first, 300, 10000);

    observation_unref(o);
    o = answer_probe(hypervisor, "n"); /* not repeated: only the control state is asked */
    assert_string_equal(result_of(o), "complete");
    assert_true(look_of(o, G1)->occupied_ms >= first);
    assert_int_equal(hypervisor_counts(hypervisor)->timeouts, 1);

    observation_unref(o);
    o = answer_look(hypervisor, "n", G1, INSIDE); /* no call enters the monitor */
    assert_int_equal(look_of(o, G1)->control, CONTROL_OCCUPIED);
    assert_true(look_of(o, G1)->blocks_failed);
    assert_false(look_of(o, G1)->job_known);
    observation_unref(o);
    o = answer_look(hypervisor, "n", G2, INSIDE);
    assert_true(look_of(o, G2)->blocks_known);
    assert_int_equal(hypervisor_counts(hypervisor)->timeouts, 1);

    GUEST("thaw", G1);
    assert_true(harness_wait_until(nothing_hangs, &late, 10000));
    observation_unref(o);
    o = answer_probe(hypervisor, "n");
    assert_string_equal(result_of(o), "complete");
    assert_int_equal(o->domains->len, 0);
}

/* Two guests hang before anybody knew: the third is not looked at until one comes back. */
static void
test_R24_look_blocked(void **state)
{
    unsigned late = 2;
    CLEANUP(observation_unref) struct observation *o = NULL;

    (void)state;
    start_three();
    GUEST("freeze", G1);
    GUEST("freeze", G2);
    o = answer_look(hypervisor, "n", G1, INSIDE);
    assert_text(o, G1 " did not answer within 1500 ms");
    assert_int_equal(look_of(o, G1)->control, CONTROL_OCCUPIED);
    observation_unref(o);
    o = answer_look(hypervisor, "n", G3, INSIDE);
    assert_string_equal(result_of(o), "complete"); /* by the stand-in */
    assert_true(look_of(o, G3)->blocks_known);
    observation_unref(o);
    o = answer_look(hypervisor, "n", G2, INSIDE);
    assert_int_equal(look_of(o, G2)->control, CONTROL_OCCUPIED);
    observation_unref(o);
    o = answer_look(hypervisor, "n", G3, INSIDE);
    assert_text(o, "look-blocked");
    assert_true(o->look_blocked);
    assert_true(domain_of(o, G3)->unreadable);
    assert_int_equal(hypervisor_counts(hypervisor)->blocked, 1);
    observation_unref(o);
    o = answer_look(hypervisor, "n", G1, INSIDE); /* hangs already: only its control state */
    assert_int_equal(look_of(o, G1)->control, CONTROL_OCCUPIED);
    assert_int_equal(hypervisor_counts(hypervisor)->timeouts, 2);
    observation_unref(o);
    o = answer_read(hypervisor, "n"); /* bulk reads go on, and tell */
    assert_string_equal(result_of(o), "complete");
    assert_true(o->look_blocked);

    GUEST("thaw", G1);
    GUEST("thaw", G2);
    assert_true(harness_wait_until(nothing_hangs, &late, 10000));
    for (int i = 0; i < 2; i++) {
        observation_unref(o);
        o = answer_look(hypervisor, "n", i == 0 ? G3 : G1, INSIDE);
        assert_string_equal(result_of(o), "complete");
        assert_false(o->look_blocked);
    }
}

/* All ordinary workers of libvirtd hang in a frozen guest: the states come all the same. */
static void
test_fallback(void **state)
{
    const struct hypervisor_options options = {
        .deadline_ms = 2000, .look_deadline_ms = 300, .probe_deadline_ms = 300};
    CLEANUP(observation_unref) struct observation *o = NULL;
    g_autofree char *words = NULL;
    unsigned late = 2;

    (void)state;
    start_daemon("node2", "min_workers = 1", "max_workers = 1");
    begin(&options);
    GUEST("disk", "d.qcow2", "1M");
    GUEST("define", G1, "--disk", "d.qcow2");
    GUEST("start", G1);
    GUEST("define", G2);
    expect_state(G1, "running (booted)");
    GUEST("freeze", G1);
    o = answer_look(hypervisor, "n", G1, LOOK_IO_ERRORS); /* takes the only worker */
    assert_text(o, "did not answer");
    observation_unref(o);
    o = answer_read(hypervisor, "n");
    words = state_of(o, G1);
    assert_string_equal(result_of(o), "complete");
    assert_string_equal(words, "running (booted)");
    assert_int_equal(o->domains->len, 2);
    assert_int_equal(hypervisor_counts(hypervisor)->fallbacks, 1);
    GUEST("thaw", G1);
    assert_true(harness_wait_until(nothing_hangs, &late, 10000));
    expect_state(G1, "running (booted)");
    assert_int_equal(hypervisor_counts(hypervisor)->fallbacks, 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_states, setup, teardown),
    cmocka_unit_test_setup_teardown(test_pull, setup, teardown),
    cmocka_unit_test_setup_teardown(test_events, setup, teardown),
    cmocka_unit_test_setup_teardown(test_migration, setup, teardown),
    cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
    cmocka_unit_test_setup_teardown(test_probe, setup_short, teardown),
    cmocka_unit_test_setup_teardown(test_R24_look_blocked, setup_short, teardown),
    cmocka_unit_test_teardown(test_fallback, teardown),
};

int
main(void)
{
    g_autofree char *why = NULL;

    if (harness_env_set("STATESYNC_NO_QEMU"))
        harness_skip_all("STATESYNC_NO_QEMU is set");
    why = run_script("libvirtd.sh", "check", "--qemu", NULL);
    if (why == NULL)
        harness_skip_all("QEMU behind private libvirtds does not work here");
    return harness_run("hypervisor on QEMU", tests, G_N_ELEMENTS(tests), NULL, NULL);
}
