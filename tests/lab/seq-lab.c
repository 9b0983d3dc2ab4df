/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The laboratory of the random sequences, and a clean beginning for each of them. */
#include "config.h"

#include "harness.h"
#include "integration/directory_server.h"
#include "integration/hypervisor_ask.h"
#include "seq.h"

#include <libvirt/virterror.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct lab lab;

const char *
lab_node_name(int node)
{
    return node == 0 ? "node-a.example.org" : "node-b.example.org";
}

char *
lab_uri(int node, const char *key)
{
    return value_of(lab.env[node], key);
}

static void
quiet(void *data, virErrorPtr error)
{
    (void)data;
    (void)error;
}

void
lab_require(void)
{
    g_autofree char *check = harness_src_path("tests/lib/libvirtd.sh");
    const char *argv[] = {"bash", check, "check", "--qemu", NULL};
    g_autofree char *reason = NULL;
    int status = 0;

    if (!g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                      &reason, NULL, &status, NULL) ||
        status != 0)
        harness_skip_all(reason != NULL ? g_strchomp(reason) : "no bash");
    server_require();
    virInitialize();
    virSetErrorFunc(NULL, quiet);
}

void
lab_connect(int node)
{
    g_autofree char *uri = lab_uri(node, "QEMU_URI_UNIX");

    lab.to[node] = virConnectOpen(uri);
    if (lab.to[node] == NULL)
        broken("no connection to node %d: %s", node, virGetLastErrorMessage());
}

void
lab_daemon(int node, const char *verb)
{
    if (lab.to[node] != NULL)
        virConnectClose(lab.to[node]);
    lab.to[node] = NULL;
    g_autofree char *output = run_script("libvirtd.sh", verb, lab.dir[node], NULL);
    if (output == NULL)
        broken("libvirtd.sh %s", verb);
    if (strcmp(verb, "restart") == 0)
        lab_connect(node);
}

static void
start_node(int n)
{
    g_autofree char *owner = g_strdup_printf("%d", (int)getpid());
    g_autofree char *pki = g_build_filename(harness_tmpdir(), "pki", NULL);
    const char *name = n == 0 ? "node-a" : "node-b";

    lab.dir[n] = g_build_filename(harness_tmpdir(), name, NULL);
    lab.env[n] = run_script("libvirtd.sh", "start", lab.dir[n], "--owner", owner, "--name", name,
                            "--pki", pki, "--qemu", NULL);
    if (lab.env[n] == NULL)
        fail_msg("%s did not start", name);
}

static void
run_or_fail(const char *const *argv)
{
    int status = 0;

    if (!g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                      NULL, &status, NULL) ||
        status != 0)
        fail_msg("%s failed", argv[0]);
}

/* What every streaming guest begins with: a thin disk on an image with 8 MiB in it. */
static void
make_disks(void)
{
    const gsize size = 8 << 20;
    g_autofree char *content = g_malloc(size);

    memset(content, 'x', size);
    lab.base_disk = g_build_filename(harness_tmpdir(), "base.raw", NULL);
    lab.fresh_disk = g_build_filename(harness_tmpdir(), "fresh.qcow2", NULL);
    assert_true(g_file_set_contents(lab.base_disk, content, (gssize)size, NULL));
    const char *argv[] = {"qemu-img", "create", "-q",          "-f",           "qcow2", "-F",
                          "raw",      "-b",     lab.base_disk, lab.fresh_disk, NULL};
    run_or_fail(argv);
}

static void
make_guest(struct guest *g, int number)
{
    g->number = number;
    g->uuid = g_strdup_printf("aaaaaaaa-0000-4000-8000-%012d", number);
    g->dn = g_strdup_printf("sstVirtualMachine=%s,%s", g->uuid, strchr(template_dn, ',') + 1);
    g->fleeting = number >= GUESTS - 2;
    if (number < 4)
        g->disk = g_strdup_printf("%s/disk-%d.qcow2", harness_tmpdir(), number);
    for (int n = 0; n < NODES; n++) {
        g->xml[n] = run_script("guest.sh", "xml", lab.dir[n], g->uuid,
                               g->disk != NULL ? "--disk" : NULL, g->disk, NULL);
        assert_non_null(g->xml[n]);
    }
}

void
lab_up(void)
{
    for (int n = 0; n < NODES; n++)
        start_node(n);
    lab.conf = g_build_filename(harness_tmpdir(), "statesync.conf", NULL);
    lab.state_file = g_build_filename(harness_tmpdir(), "state", NULL);
    lab.log = g_string_new(NULL);
    make_disks();
    for (int i = 0; i < GUESTS; i++)
        make_guest(&lab.guest[i], i);
    ldap_up();
}

void
lab_copy(const char *from, const char *to)
{
    g_autofree char *content = NULL;
    gsize size = 0;

    if (!g_file_get_contents(from, &content, &size, NULL) ||
        !g_file_set_contents_full(to, content, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, NULL))
        broken("%s cannot be copied to %s", from, to);
}

static void
remove_domain(int n, const struct guest *g)
{
    virDomainPtr d = domain_on(n, g);

    if (d == NULL)
        return;
    virDomainDestroy(d);
    virDomainUndefineFlags(d, VIR_DOMAIN_UNDEFINE_MANAGED_SAVE);
    virDomainFree(d);
}

void
lab_reset(void)
{
    for (int n = 0; n < NODES; n++) {
        if (lab.to[n] == NULL)
            lab_daemon(n, "restart");
    }
    for (int i = 0; i < GUESTS; i++) {
        struct guest *g = &lab.guest[i];

        for (int n = 0; n < NODES; n++)
            remove_domain(n, g);
        if (g->moving != NULL) /* a sequence was broken off */
            g_thread_join(g_steal_pointer(&g->moving));
        g->home = g->made_on = g_rand_int_range(lab.dice, 0, NODES);
        g->marker = NOWHERE;
        g->run = g->listed = g->dirties = false;
        g->ended = ENDED_CLEAN;
        g->recall = (struct recall){.said = {.node = NOWHERE}};
        if (g->disk != NULL)
            lab_copy(lab.fresh_disk, g->disk);
        if (!g->fleeting) {
            virDomainPtr d = virDomainDefineXML(lab.to[g->home], g->xml[g->home]);

            if (d == NULL)
                broken("guest %d cannot be defined: %s", i, virGetLastErrorMessage());
            virDomainFree(d);
        }
    }
    lab.template_recall = (struct recall){.said = {.node = NOWHERE}};
    unlink(lab.state_file);
    ldap_renew();
    world_settle();
}

int
lab_pass(const char *record)
{
    g_autofree char *program = harness_build_path("src/statesync");
    const char *argv[] = {program, "sync", "-c", lab.conf, "--json", "--record", record, NULL};
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;
    int status = 0;

    if (!g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, &err,
                      &status, NULL))
        broken("%s cannot be started", program);
    lab.passes++;
    if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 3))
        broken("the pass ended with %#x: %s%s", (unsigned)status, err, out);
    return WEXITSTATUS(status);
}
