/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes that are libvirt's test driver in this process: states, chunks, names, order. */
#include "config.h"

#include "harness.h"
#include "hypervisor_ask.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>


static struct hypervisor *hypervisor;

static int
setup(void **state)
{
    const struct hypervisor_options options = {.deadline_ms = 600000};

    (void)state;
    hypervisor = hypervisor_new(&options);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    hypervisor_free(hypervisor);
    return 0;
}

static char *
uuid_number(unsigned i)
{
    return g_strdup_printf("%08x-0000-4000-8000-%012x", i, i);
}

static void
add_domain(GString *xml, unsigned i, int runstate, bool saved)
{
    g_autofree char *uuid = uuid_number(i);

    g_string_append_printf(xml,
                           "<domain type='test'><test:runstate>%d</test:runstate>%s<name>%s</name>"
                           "<uuid>%s</uuid><memory unit='KiB'>8192</memory><vcpu>1</vcpu>"
                           "<os><type arch='i686'>hvm</type></os></domain>\n",
                           runstate, saved ? "<test:hasmanagedsave/>" : "", uuid, uuid);
}

/* Writes a node file and returns its URI. */
static char *
node_file(const char *name, GString *domains)
{
    g_autofree char *path = g_build_filename(harness_tmpdir(), name, NULL);
    g_autofree char *xml = g_strdup_printf(
        "<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>%s"
        "<cpu><mhz>1</mhz><model>i686</model><active>1</active><nodes>1</nodes>"
        "<sockets>1</sockets><cores>1</cores><threads>1</threads></cpu>"
        "<memory>1048576</memory></node>",
        domains->str);

    assert_true(g_file_set_contents(path, xml, -1, NULL));
    return g_strdup_printf("test://%s", path);
}

static void
test_states(void **state)
{
    static const char *const words[] = {
        "nostate (unknown)",  "running (unknown)", "blocked (unknown)", "paused (unknown)",
        "shutdown (unknown)", "shutoff (unknown)", "crashed (unknown)", "pmsuspended (unknown)"};
    g_autoptr(GString) xml = g_string_new(NULL);
    g_autofree char *uri = NULL;
    CLEANUP(observation_unref) struct observation *o = NULL;

    (void)state;
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        add_domain(xml, i, (int)i, false);
    add_domain(xml, 8, VIR_DOMAIN_SHUTOFF, true);
    uri = node_file("states.xml", xml);
    set_node(hypervisor, "n", uri);
    o = answer_read(hypervisor, "n");
    assert_string_equal(result_of(o), "complete");
    assert_string_equal(o->node, "n");
    assert_string_equal(o->hypervisor, "TEST 0.0.2");
    assert_int_equal(o->domains->len, G_N_ELEMENTS(words) + 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *uuid = uuid_number(i);
        g_autofree char *found = state_of(o, uuid);

        assert_string_equal(found, words[i]);
        assert_null(domain_of(o, uuid)->name); /* it is the UUID */
    }
    g_free(uri);
    uri = uuid_number(8);
    assert_true(domain_of(o, uri)->managed_save);
}

/* What a test does to the stock domain, and what must be read then. */
static void
test_lifecycle(void **state)
{
    virConnectPtr c = virConnectOpen("test:///default");
    virDomainPtr d = virDomainLookupByName(c, "test");
    CLEANUP(observation_unref) struct observation *o = NULL;
    uint64_t before;

    (void)state;
    set_node(hypervisor, "Node-A.example.org", "test:///default");
#define EXPECT(call, words)                                                                        \
    do {                                                                                           \
        g_autofree char *found = NULL;                                                             \
        before = o != NULL ? o->query : 0;                                                         \
        assert_int_equal(call, 0);                                                                 \
        observation_unref(o);                                                                      \
        o = answer_read(hypervisor, "node-a.EXAMPLE.org");                                         \
        assert_string_equal(result_of(o), "complete");                                             \
        assert_true(o->query > before);                                                            \
        found = state_of(o, STOCK);                                                                \
        assert_string_equal(found, words);                                                         \
    } while (0)
    EXPECT(0, "running (unknown)");
    assert_string_equal(o->node, "Node-A.example.org");
    assert_string_equal(domain_of(o, STOCK)->name, "test");
    assert_int_equal(o->epoch, 1);
    EXPECT(virDomainSuspend(d), "paused (user)");
    EXPECT(virDomainResume(d), "running (unpaused)");
    EXPECT(virDomainShutdown(d), "shutoff (shutdown)");
    EXPECT(virDomainCreate(d), "running (booted)");
    EXPECT(virDomainDestroy(d), "shutoff (destroyed)");
    EXPECT(virDomainCreate(d), "running (booted)");
    EXPECT(virDomainManagedSave(d, 0), "shutoff (saved) saved");
    EXPECT(virDomainManagedSaveRemove(d, 0), "shutoff (saved)");
    EXPECT(virDomainCreate(d), "running (booted)");
    EXPECT(virDomainCoreDump(d, "/dev/null", VIR_DUMP_CRASH), "shutoff (crashed)");
    EXPECT(virDomainUndefine(d), "absent");
    assert_int_equal(o->domains->len, 0);
    virDomainFree(d);
    virConnectClose(c);
}

static void
test_looks(void **state)
{
    g_autoptr(GString) xml = g_string_new(NULL);
    g_autofree char *uri = NULL;
    g_autofree char *running = uuid_number(1);
    g_autofree char *stopped = uuid_number(2);
    g_autofree char *missing = uuid_number(3);
    const unsigned all =
        LOOK_JOB | LOOK_BLOCKS | LOOK_XML | LOOK_AGENT | LOOK_CONTROL | LOOK_IO_ERRORS;
    CLEANUP(observation_unref) struct observation *o = NULL;
    g_autofree char *text = NULL;

    (void)state;
    add_domain(xml, 1, VIR_DOMAIN_RUNNING, false);
    add_domain(xml, 2, VIR_DOMAIN_SHUTOFF, false);
    uri = node_file("looks.xml", xml);
    set_node(hypervisor, "n", uri);
    for (int i = 0; i < 2; i++) { /* the second time the driver's gaps are known */
        observation_unref(o);
        o = answer_look(hypervisor, "n", running, all);
        g_free(text);
        text = observation_text(o);
        assert_string_equal(text, "n complete epoch=1\n"
                                  "00000001-0000-4000-8000-000000000001 -: running (unknown) "
                                  "blocks=none disks=none agent=none control=ok\n");
    }
    observation_unref(o);
    o = answer_look(hypervisor, "n", stopped, all);
    g_free(text);
    text = observation_text(o);
    assert_string_equal(text, "n complete epoch=1\n"
                              "00000002-0000-4000-8000-000000000002 -: shutoff (unknown) "
                              "job=none blocks=none agent=none control=ok\n");
    observation_unref(o);
    o = answer_look(hypervisor, "n", missing, all);
    assert_string_equal(result_of(o), "complete");
    assert_int_equal(o->domains->len, 0);
    observation_unref(o);
    o = answer_probe(hypervisor, "n");
    assert_string_equal(result_of(o), "complete");
    assert_int_equal(o->domains->len, 0);
    observation_unref(o);
    o = answer_look(hypervisor, "n", NULL, 0);
    assert_string_equal(result_of(o), "complete");
}

static void
test_names(void **state)
{
    const struct hypervisor_node broken = {.name = "b", .uri = NULL, .problem = "no address"};
    struct answer a = {0};

    (void)state;
    hypervisor_set_node(hypervisor, &broken);
    ask_read(hypervisor, "nobody", &a);
    assert_int_equal(a.n_answers, 0); /* never from within the question */
    assert_int_equal(hypervisor_pending(hypervisor), 1);
    hypervisor_wait(hypervisor);
    assert_int_equal(a.n_answers, 1);
    assert_int_equal(hypervisor_pending(hypervisor), 0);
    assert_string_equal(result_of(a.o), "unknown-node");
    answer_clear(&a);
    ask_read(hypervisor, "b", &a);
    hypervisor_wait(hypervisor);
    assert_string_equal(result_of(a.o), "no-uri");
    assert_string_equal(a.o->text, "no address");
    answer_clear(&a);
    set_node(hypervisor, "b", "");
    ask_look(hypervisor, "b", STOCK, LOOK_JOB, &a);
    hypervisor_wait(hypervisor);
    assert_string_equal(result_of(a.o), "partial");
    answer_clear(&a);
    set_node(hypervisor, "b", "garbage");
    ask_read(hypervisor, "b", &a);
    hypervisor_wait(hypervisor);
    assert_string_equal(result_of(a.o), "no-uri");
    answer_clear(&a);
    set_node(hypervisor, "b", "test:///no/such/file");
    ask_read(hypervisor, "b", &a);
    hypervisor_wait(hypervisor);
    assert_string_equal(result_of(a.o), "rpc");
    answer_clear(&a);
}

/* Requests left open when the program ends, and a node whose URI changes under a request. */
static void
test_change_and_end(void **state)
{
    struct answer a = {0};
    struct answer b = {0};
    CLEANUP(observation_unref) struct observation *o = NULL;

    (void)state;
    set_node(hypervisor, "n", "test:///default");
    ask_read(hypervisor, "n", &a);
    ask_look(hypervisor, "n", STOCK, LOOK_CONTROL, &b);
    set_node(hypervisor, "n", "test:///no/such/file");
    assert_int_equal(a.n_answers + b.n_answers, 0); /* not from within */
    while (a.n_answers + b.n_answers < 2)
        g_main_context_iteration(NULL, TRUE);
    assert_string_equal(result_of(a.o), "closed");
    assert_string_equal(result_of(b.o), "partial");
    o = answer_read(hypervisor, "n");
    assert_string_equal(result_of(o), "rpc");
    assert_int_equal(o->epoch, 2);
    answer_clear(&a);
    answer_clear(&b);
    ask_read(hypervisor, "n", &a);
    ask_read(hypervisor, "nobody", &b);
    hypervisor_free(g_steal_pointer(&hypervisor));
    assert_int_equal(a.n_answers + b.n_answers, 0);
}

/* More domains than libvirtd hands out at once; in process there is no limit, so both ways work. */
static void
test_many(void **state)
{
    const unsigned n = harness_env_set("STATESYNC_QUICK") ? 2000 : 20000;
    g_autoptr(GString) xml = g_string_new(NULL);
    g_autofree char *uri = NULL;
    CLEANUP(observation_unref) struct observation *o = NULL;
    unsigned n_saved = 0;

    (void)state;
    for (unsigned i = 0; i < n; i++)
        add_domain(xml, i, i % 3 == 0 ? VIR_DOMAIN_RUNNING : VIR_DOMAIN_SHUTOFF, i % 30 == 1);
    uri = node_file("many.xml", xml);
    set_node(hypervisor, "n", uri);
    o = answer_read(hypervisor, "n");
    assert_string_equal(result_of(o), "complete");
    assert_int_equal(o->domains->len, n);
    for (unsigned i = 0; i < n; i++)
        n_saved += g_array_index(o->domains, struct domain, i).managed_save ? 1 : 0;
    assert_int_equal(n_saved, (n + 28) / 30);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_states, setup, teardown),
    cmocka_unit_test_setup_teardown(test_lifecycle, setup, teardown),
    cmocka_unit_test_setup_teardown(test_looks, setup, teardown),
    cmocka_unit_test_setup_teardown(test_names, setup, teardown),
    cmocka_unit_test_setup_teardown(test_change_and_end, setup, teardown),
    cmocka_unit_test_setup_teardown(test_many, setup, teardown),
};

HARNESS_MAIN("hypervisor on the test driver", tests)
