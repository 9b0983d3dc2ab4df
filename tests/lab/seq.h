/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/lab/seq.h - random sequences of real actions over real guests: what its parts share.
 *
 *   seq-lab.c        two private libvirtds, slapd, the program; a clean beginning for each sequence
 *   seq-world.c      reads the world: libvirt's word, the QEMU processes, the disks' own headers
 *   seq-ldap.c       the directory, as the tools write it and as it is read back
 *   seq-acts.c, seq-move.c   the actions; seq-choose.c   the dice, and the log of what they chose
 *   seq-oracle.c     what must be written, out of the world and the log
 *   test_sequences.c the sequences, the passes, the comparison
 *
 * Engine, core and commands are not linked: that they agree means something.
 */
#ifndef STATESYNC_TESTS_SEQ_H
#define STATESYNC_TESTS_SEQ_H

#include <glib.h>
#include <libvirt/libvirt.h>
#include <stdbool.h>
#include <sys/types.h>

enum { NODES = 2, GUESTS = 10, NOWHERE = -1 };

/* How the last life of a guest ended, as the log says. */
enum ended {
    ENDED_CLEAN,   /* never began, or as the directory was told */
    ENDED_BY_HAND, /* destroyed, powered off, saved: the directory was not told */
    ENDED_KILLED,
};

/* One guest on one node. */
struct copy {
    bool defined; /* known to libvirt */
    bool alive;   /* there is a QEMU process */
    int state;    /* virDomainState, where known */
    int reason;
    bool saved; /* a managed-save image waits */
};

/* What must be written. */
struct expected {
    const char *state;    /* NULL: nothing yet */
    const char *activity; /* NULL: none */
    bool active;
    bool stale;
    int node; /* where it runs; NOWHERE: not looked at */
    bool wrong_node;
    bool interrupted; /* streaming-interrupted */
    const char *why;
};

/* What the oracle remembers of a guest from pass to pass. */
struct recall {
    struct expected said;
    int passes;     /* since its entry was made */
    bool run;       /* sstStatus at the last pass */
    bool starting;  /* it turned to running, and the guest was not seen since */
    bool leaving;   /* to stop, when last seen active */
    bool excused;   /* its end was no crash */
    bool judged;    /* the same, and that was decided */
    bool proven;    /* streamed to the end */
    int absent;     /* complete answers without it */
    unsigned asked; /* nodes whose answers count for that */
};

struct guest {
    int number;
    char *uuid;
    char *dn;
    char *disk;    /* NULL: none */
    bool fleeting; /* a dynamic VM with a transient domain */
    char *xml[NODES];
    /* the directory */
    int home;
    int marker; /* NOWHERE: none */
    bool run;
    bool listed;
    /* the log */
    enum ended ended;
    int made_on;  /* the node whose folder has its serial port */
    bool dirties; /* memory changes faster than a slow migration copies it */
    GThread *moving;
    int from;
    gint arrived;               /* of the thread: 1 well, -1 not */
    char *refusal;              /* why not */
    virTypedParameterPtr where; /* one */
    /* the world */
    struct copy copy[NODES];
    bool layered; /* its disk has a backing file */
    bool pulling;
    struct recall recall;
};

struct lab {
    char *dir[NODES];
    char *env[NODES];
    virConnectPtr to[NODES]; /* NULL: its libvirtd does not run */
    char *conf;
    char *state_file;
    char *base_disk, *fresh_disk;
    struct guest guest[GUESTS];
    struct recall template_recall;
    GString *log;
    guint32 seed;
    int passes;
    GRand *dice;
};

extern struct lab lab;

/* Breaks the sequence off, with its log. */
_Noreturn void broken(const char *format, ...) G_GNUC_PRINTF(1, 2);
void note(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* seq-lab.c */
void lab_require(void);
void lab_up(void);
void lab_reset(void); /* every guest defined and down, its entry new, nothing remembered */
char *lab_uri(int node, const char *key);
const char *lab_node_name(int node);
void lab_connect(int node);
void lab_daemon(int node, const char *verb); /* kill, restart */
void lab_copy(const char *from, const char *to);
extern const char template_dn[];

/* One pass of the program with its record in `record`; its exit status. */
int lab_pass(const char *record);

/* seq-ldap.c: the directory */
void ldap_up(void);
void ldap_renew(void); /* all entries as in the beginning */
void ldap_put(const char *dn, const char *attribute, const char *value); /* NULL: removed */
void ldap_list(const struct guest *g, bool listed);

/* What is written: attribute name (lower case) to its values, joined by newlines. */
GHashTable *ldap_written(const char *dn);

/* seq-world.c */
void world_read(void);
void world_settle(void); /* reads until everybody agrees on what there is */
bool same_world(const struct guest *before);
pid_t qemu_pid(int node, const struct guest *g); /* 0: no such process */
virDomainPtr domain_on(int node, const struct guest *g);
int alive_on(const struct guest *g);   /* where it runs, or is paused; NOWHERE */
int defined_on(const struct guest *g); /* home first; NOWHERE */
bool disk_layered(const char *path);

/* seq-choose.c: does something; false: nothing that could be done was found */
bool act(void);
void act_end(void); /* daemons and migrations to a clean end */

/* seq-oracle.c */
struct expected oracle_guest(struct guest *g);
struct expected oracle_template(void);
void oracle_forget(void); /* the program has lost its memory */

#endif
