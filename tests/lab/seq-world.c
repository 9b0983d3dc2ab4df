/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The world as it is: what libvirt says, which QEMU processes there are, what the disks hold. */
#include "config.h"

#include "harness.h"
#include "seq.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

virDomainPtr
domain_on(int node, const struct guest *g)
{
    return lab.to[node] != NULL ? virDomainLookupByUUIDString(lab.to[node], g->uuid) : NULL;
}

pid_t
qemu_pid(int node, const struct guest *g)
{
    g_autofree char *file = g_strdup_printf("%s/run/libvirt/qemu/%s.pid", lab.dir[node], g->uuid);
    g_autofree char *text = NULL;
    g_autofree char *words = NULL;
    gsize len = 0;

    if (!g_file_get_contents(file, &text, NULL, NULL))
        return 0;
    pid_t pid = (pid_t)strtol(text, NULL, 10);
    g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", (int)pid);
    if (pid <= 0 || !g_file_get_contents(path, &words, &len, NULL))
        return 0; /* a process that nobody looked at yet has no words */
    return g_strstr_len(words, (gssize)len, "qemu") != NULL &&
                   memmem(words, len, g->uuid, 36) != NULL
               ? pid
               : 0;
}

/* The header of a qcow2: where the name of its backing file is, 0 where it has none. */
bool
disk_layered(const char *path)
{
    unsigned char header[16];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool any = false;

    if (fd < 0 || read(fd, header, sizeof(header)) != (ssize_t)sizeof(header) ||
        memcmp(header, "QFI\xfb", 4) != 0)
        broken("%s is no qcow2", path);
    for (int i = 8; i < 16; i++)
        any |= header[i] != 0;
    close(fd);
    return any;
}

static bool
pulls(virDomainPtr d)
{
    virDomainBlockJobInfo info = {0};

    return virDomainGetBlockJobInfo(d, "vda", &info, 0) == 1;
}

static void
read_copy(int n, struct guest *g)
{
    struct copy *c = &g->copy[n];
    virDomainPtr d = domain_on(n, g);

    memset(c, 0, sizeof(*c));
    c->alive = qemu_pid(n, g) != 0;
    if (d == NULL)
        return;
    c->defined = true;
    if (virDomainGetState(d, &c->state, &c->reason, 0) < 0)
        c->state = VIR_DOMAIN_NOSTATE;
    c->saved = virDomainHasManagedSaveImage(d, 0) == 1;
    /* one that arrives answers no such question, and what is pulled does not move */
    if (g->disk != NULL && c->alive && g->moving == NULL &&
        !(c->state == VIR_DOMAIN_PAUSED && c->reason == VIR_DOMAIN_PAUSED_MIGRATION))
        g->pulling |= pulls(d);
    virDomainFree(d);
}

void
world_read(void)
{
    for (int i = 0; i < GUESTS; i++) {
        struct guest *g = &lab.guest[i];

        g->pulling = false;
        for (int n = 0; n < NODES; n++)
            read_copy(n, g);
        g->layered = g->disk != NULL && disk_layered(g->disk);
    }
}

static bool
running_or_paused(const struct copy *c)
{
    return c->state == VIR_DOMAIN_RUNNING || c->state == VIR_DOMAIN_PAUSED;
}

/* Where libvirt and the processes contradict each other, something is still on its way. */
static bool
is_settled(struct guest *g)
{
    int alive = 0;

    if (g->moving != NULL && g_atomic_int_get(&g->arrived) != 0)
        return false;
    for (int n = 0; n < NODES; n++) {
        const struct copy *c = &g->copy[n];

        if (lab.to[n] == NULL)
            continue;
        if (c->alive != (c->defined && running_or_paused(c)))
            return false;
        if (!c->alive && c->defined && c->state != VIR_DOMAIN_SHUTOFF)
            return false;
        alive += c->alive;
    }
    return g->moving != NULL ? alive <= 2 : alive <= 1;
}

static bool
all_settled(void *data)
{
    (void)data;
    for (int i = 0; i < GUESTS; i++) { /* a migration that ended is somebody's to wait for */
        struct guest *g = &lab.guest[i];

        if (g->moving != NULL && g_atomic_int_get(&g->arrived) != 0) {
            g_thread_join(g_steal_pointer(&g->moving));
            note("   the migration of guest %d has ended: %s", i,
                 g->arrived > 0 ? "well" : g->refusal);
        }
    }
    world_read();
    for (int i = 0; i < GUESTS; i++)
        if (!is_settled(&lab.guest[i]))
            return false;
    return true;
}

void
world_settle(void)
{
    if (harness_wait_until(all_settled, NULL, 30000))
        return;
    for (int i = 0; i < GUESTS; i++)
        if (!is_settled(&lab.guest[i]))
            broken("guest %d: libvirt says %d, %d, QEMU %d, %d, moving %d", i,
                   lab.guest[i].copy[0].state, lab.guest[i].copy[1].state,
                   lab.guest[i].copy[0].alive, lab.guest[i].copy[1].alive,
                   lab.guest[i].moving != NULL);
}

bool
same_world(const struct guest *before)
{
    for (int i = 0; i < GUESTS; i++) {
        const struct guest *g = &lab.guest[i];

        if (memcmp(before[i].copy, g->copy, sizeof(g->copy)) != 0 ||
            before[i].layered != g->layered || before[i].pulling != g->pulling ||
            before[i].moving != g->moving)
            return false;
    }
    return true;
}

int
alive_on(const struct guest *g)
{
    int paused = NOWHERE;

    for (int k = 0; k < NODES; k++) {
        int n = k == 0 ? g->home : 1 - g->home;

        if (lab.to[n] == NULL || !g->copy[n].alive)
            continue;
        if (g->copy[n].state == VIR_DOMAIN_RUNNING)
            return n;
        if (paused == NOWHERE)
            paused = n;
    }
    return paused;
}

int
defined_on(const struct guest *g)
{
    for (int k = 0; k < NODES; k++) {
        int n = k == 0 ? g->home : 1 - g->home;

        if (lab.to[n] != NULL && g->copy[n].defined)
            return n;
    }
    return NOWHERE;
}
