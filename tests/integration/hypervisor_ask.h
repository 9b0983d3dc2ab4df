/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hypervisor tests share: asking and waiting, private daemons, answers as text. */
#ifndef STATESYNC_TESTS_HYPERVISOR_ASK_H
#define STATESYNC_TESTS_HYPERVISOR_ASK_H

#include "hypervisor/hypervisor.h"

#include <glib.h>
#include <stdbool.h>

/* One request; o is NULL until it is answered. */
struct answer {
    struct observation *o;
    unsigned n_answers;
    gint64 asked_us;
    gint64 took_us;
};

void answer_clear(struct answer *a);

/* Begin a request whose answer goes to a; a look with uuid NULL has no wishes. */
void ask_read(struct hypervisor *h, const char *node, struct answer *a);
void ask_look(struct hypervisor *h, const char *node, const char *uuid, unsigned want,
              struct answer *a);
void ask_probe(struct hypervisor *h, const char *node, struct answer *a);
void ask_some(struct hypervisor *h, const char *node, const struct uuid *uuids, size_t n,
              struct answer *a);

/* The same, and wait for it.  Never NULL; unref it. */
struct observation *answer_read(struct hypervisor *h, const char *node);
/* A read that is repeated until it is complete: a busy machine may miss a short deadline. */
struct observation *answer_complete(struct hypervisor *h, const char *node);
struct observation *answer_look(struct hypervisor *h, const char *node, const char *uuid,
                                unsigned want);
struct observation *answer_probe(struct hypervisor *h, const char *node);
struct observation *answer_some(struct hypervisor *h, const char *node, const struct uuid *uuids,
                                size_t n);

void set_node(struct hypervisor *h, const char *name, const char *uri);

struct uuid uuid_of(const char *text);
struct domain *domain_of(const struct observation *o, const char *uuid); /* NULL = not there */

/* "running (booted)", "absent", "unreadable"; free with g_free(). */
char *state_of(const struct observation *o, const char *uuid);

/* The whole answer, one line per domain, for comparison and for shell tests. */
char *observation_text(const struct observation *o);

/* "complete", "partial" or the class of the error. */
const char *result_of(const struct observation *o);

/* Runs tests/lib/SCRIPT with arguments (ends with NULL) and returns what it printed, or NULL and
 * prints its complaint. */
char *run_script(const char *script, ...) G_GNUC_NULL_TERMINATED;

/* The value of KEY= in such output; free with g_free(). */
char *value_of(const char *output, const char *key);

/* A private libvirtd below harness_tmpdir(); all share one certificate authority. */
struct daemon {
    char *dir;
    char *env; /* what libvirtd.sh printed */
};

/* Starts one, with one option of libvirtd.sh and its value (NULL = none); fails the test when it
 * does not start. */
struct daemon daemon_start(const char *name, const char *option, const char *value);
void daemon_do(const struct daemon *d, const char *verb); /* freeze, thaw, kill, restart */
void daemon_stop(struct daemon *d);

/* A value of its environment, such as URI_TCP; free with g_free(). */
char *daemon_value(const struct daemon *d, const char *key);

/* Domains of the test driver behind a daemon, made and kept by a program of its own. */
struct world {
    GPid pid;
    int in;
    GIOChannel *out;
};

/* count domains that are shut off: world_uuid(0), world_uuid(1) ... */
struct world world_start(const char *node_uri, unsigned count);
char *world_uuid(unsigned index); /* free with g_free() */

/* A command of tests/lib/testworld.c, which has been obeyed when this returns; or without waiting
 * for its answer, which world_answer() takes. */
void world_do(struct world *w, const char *command, const char *uuid);
void world_tell(struct world *w, const char *command, const char *uuid);
void world_answer(struct world *w);
void world_stop(struct world *w);

/* Group fixtures: a daemon with good certificates that no test freezes or kills, and the domain
 * that its driver begins with. */
#define STOCK "6695eb01-f6a4-8304-79aa-97f2502e193f"
extern struct daemon shared;
int shared_setup(void **state);
int shared_teardown(void **state);

/* A hypervisor with this deadline for reads. */
struct hypervisor *hypervisor_with(unsigned deadline_ms);

#endif
