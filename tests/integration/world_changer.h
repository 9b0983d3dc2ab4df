/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another client of the directory, for tests: changes it through a connection of its own.
 */
#ifndef STATESYNC_TESTS_WORLD_CHANGER_H
#define STATESYNC_TESTS_WORLD_CHANGER_H

#include "integration/directory_server.h"

struct changer {
    const struct server *server;
    struct directory_connection *connection; /* NULL = not connected */
    GRand *random;
    unsigned n_done, n_failed;
    int next_vm; /* number of the next VM that is added */
};

/* Connects as the root DN.  Same seed, same changes. */
struct changer *changer_new(const struct server *s, guint32 seed);
void changer_free(struct changer *c);
DEFINE_CLEANUP(struct changer, changer_free)

/* Connects (anew), to this server. */
void changer_connect(struct changer *c, const struct server *s);
void changer_hang_up(struct changer *c);

/* Single operations; libldap's code. */
int changer_set(struct changer *c, const char *dn, const char *attribute, const char *value);
int changer_add_vm(struct changer *c, int number);
int changer_delete(struct changer *c, const char *dn);
int changer_rename(struct changer *c, const char *dn, const char *rdn);
/* A backup of the VM, with what is above it. */
int changer_add_backup(struct changer *c, int number, const char *stamp);

/* n random changes of VMs 1 to n_vms, their backups, and a few new ones.  Stops early when the
 * server goes away. */
void changer_stir(struct changer *c, int n_vms, int n);

#endif
