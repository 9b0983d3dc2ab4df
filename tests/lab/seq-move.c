/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Migrations, whole and held open, and streaming. */
#include "config.h"

#include "seq-acts.h"

#include "harness.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- migration --- */

/* Where the target's QEMU will listen: nobody does now. */
static char *
free_address(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0)
        broken("no free port: %s", g_strerror(errno));
    close(fd);
    return g_strdup_printf("tcp://127.0.0.1:%d", ntohs(a.sin_port));
}

static gpointer
migrate(gpointer data)
{
    struct guest *g = data;
    g_autofree char *from = lab_uri(g->from, "QEMU_URI_UNIX");
    g_autofree char *to = lab_uri(1 - g->from, "QEMU_URI_TCP");
    virConnectPtr c = virConnectOpen(from);
    virDomainPtr d = c != NULL ? virDomainLookupByUUIDString(c, g->uuid) : NULL;
    unsigned flags = VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER | VIR_MIGRATE_UNSAFE;
    int result = -1;

    if (!g->fleeting)
        flags |= VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_UNDEFINE_SOURCE;
    if (d != NULL)
        result = virDomainMigrateToURI3(d, to, g->where, 1, flags);
    if (result != 0)
        g->refusal = g_strdup(virGetLastErrorMessage());
    if (d != NULL)
        virDomainFree(d);
    if (c != NULL)
        virConnectClose(c);
    g_atomic_int_set(&g->arrived, result == 0 ? 1 : -1);
    return NULL;
}

static bool
is_moving(void *data)
{
    struct guest *g = data;
    virDomainPtr d = domain_on(1 - g->from, g);
    virDomainPtr s = domain_on(g->from, g);
    virDomainJobInfo info = {0};
    bool yes = d != NULL && s != NULL && virDomainGetJobInfo(s, &info) == 0 &&
               info.type != VIR_DOMAIN_JOB_NONE && qemu_pid(1 - g->from, g) != 0 &&
               info.memProcessed > 0;

    if (d != NULL)
        virDomainFree(d);
    if (s != NULL)
        virDomainFree(s);
    return yes || g_atomic_int_get(&g->arrived) != 0;
}

static void
begin(struct guest *g, bool held)
{
    g->from = alive_on(g);
    virDomainPtr d = domain_on(g->from, g);

    if (held && !g->dirties) {
        g_autofree char *serial = serial_of(g);

        press(g, d, 32); /* d */
        if (!harness_wait_until(has_spoken, serial, 10000))
            broken("guest %d takes no key", g->number);
        g->dirties = true;
    }
    MUST(virDomainMigrateSetMaxSpeed(d, held ? 1 : 1000, 0), g, "migrate-setspeed");
    MUST(virDomainMigrateSetMaxDowntime(d, held ? 1 : 20000, 0), g, "migrate-setmaxdowntime");
    virDomainFree(d);
    g->arrived = 0;
    g_clear_pointer(&g->refusal, g_free);
    g_autofree char *address = free_address();
    virTypedParamsFree(g->where, g->where != NULL);
    g->where = NULL;
    int n = 0, room = 0;
    virTypedParamsAddString(&g->where, &n, &room, VIR_MIGRATE_PARAM_URI, address);
    g->moving = g_thread_new("migrate", migrate, g);
}

static void
await_end(struct guest *g)
{
    g_thread_join(g_steal_pointer(&g->moving));
}

/* False: libvirt would not (a guest that arrived paused is not let go again before it ran). */
static bool
move(struct guest *g)
{
    begin(g, false);
    await_end(g);
    if (g->arrived != 1)
        note("   refused: %s", g->refusal);
    return g->arrived == 1;
}

void
go_migrate(struct guest *g)
{
    int to = 1 - alive_on(g);

    put_marker(g, to != g->home ? to : NOWHERE);
    if (move(g))
        put_home(g, to);
    put_marker(g, NOWHERE);
}

void
go_migrate_by_hand(struct guest *g)
{
    move(g);
}

void
go_migrate_begin(struct guest *g)
{
    begin(g, true);
    if (!harness_wait_until(is_moving, g, 20000) || g_atomic_int_get(&g->arrived) != 0)
        broken("guest %d does not begin to migrate: %s", g->number,
               g->refusal != NULL ? g->refusal : "");
}

void
go_migrate_finish(struct guest *g)
{
    virDomainPtr d = domain_on(g->from, g);

    MUST(virDomainMigrateSetMaxDowntime(d, 20000, 0), g, "migrate-setmaxdowntime");
    MUST(virDomainMigrateSetMaxSpeed(d, 1000, 0), g, "migrate-setspeed");
    virDomainFree(d);
    await_end(g);
    if (g->arrived != 1)
        broken("guest %d does not arrive: %s", g->number, g->refusal);
}

void
go_migrate_cancel(struct guest *g)
{
    virDomainPtr d = domain_on(g->from, g);

    MUST(virDomainAbortJob(d), g, "domjobabort");
    virDomainFree(d);
    await_end(g);
}

/* --- streaming --- */

void
go_list(struct guest *g)
{
    g->listed = !g->listed;
    ldap_list(g, g->listed);
}

void
go_start_paused(struct guest *g)
{
    put_intent(g, true);
    boot(g, VIR_DOMAIN_START_PAUSED);
}

void
go_pull(struct guest *g)
{
    virDomainPtr d = domain_on(alive_on(g), g);

    MUST(virDomainBlockPull(d, "vda", 64 << 10, VIR_DOMAIN_BLOCK_PULL_BANDWIDTH_BYTES), g, "pull");
    virDomainFree(d);
}

static bool
pull_is_over(void *data)
{
    const struct guest *g = data;
    virDomainPtr d = domain_on(alive_on(g), g);
    virDomainBlockJobInfo info = {0};
    int n = d == NULL ? -1 : virDomainGetBlockJobInfo(d, "vda", &info, 0);

    if (d != NULL)
        virDomainFree(d);
    return n == 0;
}

static void
end_pull(struct guest *g, bool well)
{
    virDomainPtr d = domain_on(alive_on(g), g);

    if (well)
        MUST(virDomainBlockJobSetSpeed(d, "vda", 0, 0), g, "blockjob --bandwidth");
    else
        MUST(virDomainBlockJobAbort(d, "vda", 0), g, "blockjob --abort");
    virDomainFree(d);
    if (!harness_wait_until(pull_is_over, g, 30000))
        broken("the pull of guest %d does not end", g->number);
    if (well && disk_layered(g->disk))
        broken("guest %d was pulled and is not flat", g->number);
}

void
go_pull_end(struct guest *g)
{
    end_pull(g, true);
}

void
go_pull_abort(struct guest *g)
{
    end_pull(g, false);
}
