/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to guests on their node, and to their entries. */
#include "config.h"

#include "seq-acts.h"

#include "harness.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- small steps --- */

void
put_intent(struct guest *g, bool run)
{
    g->run = run;
    ldap_put(g->dn, "sstStatus", run ? "running" : "shutdown");
}

void
put_marker(struct guest *g, int node)
{
    g->marker = node;
    ldap_put(g->dn, "sstMigrationNode", node == NOWHERE ? NULL : lab_node_name(node));
}

void
put_home(struct guest *g, int node)
{
    g->home = node;
    ldap_put(g->dn, "sstNode", lab_node_name(node));
}

char *
serial_of(const struct guest *g)
{
    return g_strdup_printf("%s/guests/%s.serial", lab.dir[g->made_on], g->uuid);
}

static void
forget_serial(const char *file)
{
    if (truncate(file, 0) != 0 && errno != ENOENT)
        broken("%s: %s", file, g_strerror(errno));
}

bool
has_spoken(void *data)
{
    struct stat info;

    return stat(data, &info) == 0 && info.st_size > 0;
}

void
press(struct guest *g, virDomainPtr d, unsigned key)
{
    g_autofree char *serial = serial_of(g);

    forget_serial(serial);
    MUST(virDomainSendKey(d, VIR_KEYCODE_SET_LINUX, 50, &key, 1, 0), g, "key");
}

static bool
is_gone(void *data)
{
    const struct guest *g = data;

    for (int n = 0; n < NODES; n++)
        if (qemu_pid(n, g) != 0)
            return false;
    return true;
}

static void
wait_gone(struct guest *g)
{
    if (!harness_wait_until(is_gone, g, 20000))
        broken("guest %d does not end", g->number);
}

/* --- starting and stopping --- */

void
boot(struct guest *g, unsigned flags)
{
    int n = g->fleeting ? g->home : defined_on(g);
    bool saved = g->copy[n].saved;
    g_autofree char *serial = NULL;
    virDomainPtr d = NULL;

    if (g->fleeting)
        g->made_on = n;
    serial = serial_of(g);
    if (!saved)
        forget_serial(serial);
    if (g->fleeting) {
        d = virDomainCreateXML(lab.to[n], g->xml[n], flags);
    } else {
        d = domain_on(n, g);
        MUST(virDomainCreateWithFlags(d, flags), g, "start");
    }
    if (d == NULL)
        broken("guest %d: create: %s", g->number, virGetLastErrorMessage());
    virDomainFree(d);
    g->ended = ENDED_CLEAN;
    if (saved || flags != 0)
        return;
    g->dirties = false;
    if (!harness_wait_until(has_spoken, serial, 30000))
        broken("guest %d does not get ready", g->number);
}

void
go_start(struct guest *g)
{
    put_intent(g, true);
    boot(g, 0);
}

void
go_shutdown(struct guest *g)
{
    virDomainPtr d = domain_on(alive_on(g), g);

    MUST(virDomainShutdown(d), g, "shutdown");
    virDomainFree(d);
    put_intent(g, false);
    g->ended = ENDED_CLEAN;
    wait_gone(g);
}

static void
destroy(struct guest *g)
{
    virDomainPtr d = domain_on(alive_on(g), g);

    MUST(virDomainDestroy(d), g, "destroy");
    virDomainFree(d);
}

void
go_destroy(struct guest *g)
{
    destroy(g);
    put_intent(g, false);
    g->ended = ENDED_CLEAN;
}

void
go_destroy_by_hand(struct guest *g)
{
    destroy(g);
    g->ended = ENDED_BY_HAND;
}

void
go_power_off(struct guest *g)
{
    virDomainPtr d = domain_on(alive_on(g), g);

    press(g, d, 31); /* s */
    virDomainFree(d);
    g->ended = ENDED_BY_HAND;
    wait_gone(g);
}

void
go_save(struct guest *g)
{
    virDomainPtr d = domain_on(alive_on(g), g);
    bool saved = virDomainManagedSave(d, 0) == 0;

    if (!saved)
        note("   refused: %s", virGetLastErrorMessage());
    virDomainFree(d);
    if (saved) {
        g->ended = ENDED_BY_HAND;
        return;
    }
    /* QEMU may die of it where the guest arrived paused and has not run since. */
    world_settle();
    if (alive_on(g) == NOWHERE)
        g->ended = ENDED_KILLED;
}

void
go_suspend(struct guest *g)
{
    virDomainPtr d = domain_on(alive_on(g), g);

    MUST(virDomainSuspend(d), g, "suspend");
    virDomainFree(d);
}

void
go_resume(struct guest *g)
{
    virDomainPtr d = domain_on(alive_on(g), g);

    MUST(virDomainResume(d), g, "resume");
    virDomainFree(d);
}

/* Of a guest that moves: its source; daemon or not. */
void
go_kill(struct guest *g)
{
    int n = g->moving != NULL ? g->from : (qemu_pid(0, g) != 0 ? 0 : 1);

    kill(qemu_pid(n, g), SIGKILL);
    g->ended = ENDED_KILLED;
    if (g->moving == NULL)
        wait_gone(g);
}

void
go_kill_target(struct guest *g)
{
    kill(qemu_pid(1 - g->from, g), SIGKILL);
}

/* --- the directory alone --- */

void
go_flip_intent(struct guest *g)
{
    put_intent(g, !g->run);
}

void
go_marker(struct guest *g)
{
    put_marker(g, g->marker == NOWHERE ? 1 - g->home : NOWHERE);
}

void
go_home(struct guest *g)
{
    put_home(g, alive_on(g));
    if (g->marker == g->home)
        put_marker(g, NOWHERE);
}
