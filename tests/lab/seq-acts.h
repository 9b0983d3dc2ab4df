/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the actions: the steps they share, and what the dice choose from (seq-choose.c). */
#ifndef STATESYNC_TESTS_SEQ_ACTS_H
#define STATESYNC_TESTS_SEQ_ACTS_H

#include "seq.h"

#include <libvirt/virterror.h>

/* A libvirt call that must not fail. */
#define MUST(call, g, what)                                                                        \
    do {                                                                                           \
        if ((call) < 0)                                                                            \
            broken("guest %d: %s: %s", (g)->number, (what), virGetLastErrorMessage());             \
    } while (0)

void put_intent(struct guest *g, bool run);
void put_marker(struct guest *g, int node); /* NOWHERE: removed */
void put_home(struct guest *g, int node);

/* Its serial port: says something when the guest is ready, and after each key. */
char *serial_of(const struct guest *g);
bool has_spoken(void *file);
void press(struct guest *g, virDomainPtr d, unsigned key);
void boot(struct guest *g, unsigned flags);

void go_start(struct guest *g);
void go_shutdown(struct guest *g);
void go_destroy(struct guest *g);
void go_destroy_by_hand(struct guest *g);
void go_power_off(struct guest *g);
void go_save(struct guest *g);
void go_suspend(struct guest *g);
void go_resume(struct guest *g);
void go_kill(struct guest *g);
void go_kill_target(struct guest *g);
void go_flip_intent(struct guest *g);
void go_marker(struct guest *g);
void go_home(struct guest *g);
void go_migrate(struct guest *g);
void go_migrate_by_hand(struct guest *g);
void go_migrate_begin(struct guest *g);
void go_migrate_finish(struct guest *g);
void go_migrate_cancel(struct guest *g);
void go_list(struct guest *g);
void go_start_paused(struct guest *g);
void go_pull(struct guest *g);
void go_pull_end(struct guest *g);
void go_pull_abort(struct guest *g);

#endif
