/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/property/world.h - random worlds for the engine: a directory and a
 * few nodes that change from pass to pass, made to be unpleasant.
 *
 * A world is a function of its seed and of how often it was turned on.  What
 * the engine writes is kept beside what the world made up itself and never
 * changes what comes next, so that two worlds of one seed stay alike however
 * differently they are looked at.
 */
#ifndef STATESYNC_TESTS_WORLD_H
#define STATESYNC_TESTS_WORLD_H

#include "core/cleanup.h"
#include "engine/engine.h"
#include "engine/frontend.h"

#include <glib.h>

#define WORLD_NODES 5
#define WORLD_BACKUPS 3
#define WORLD_THIN 6

struct model_backup {
    unsigned stamp;  /* number: part of the RDN */
    int mode;        /* index of a list; -1 = no attribute at all */
    int failed;      /* 0 no, 1 a code, 2 the text "0" */
    int day;         /* 0 none, 1 past, 2 far future, 3 no date, 4 tomorrow */
    int changed;     /* -1 = no CSN and no modifyTimestamp, else minutes */
};

struct model_domain {
    bool here;
    bool unreadable;
    bool clash; /* another UUID under this VM's name */
    bool other_case;
    enum dstate state;
    enum dreason reason;
    bool managed_save;
    bool looked;
    enum job job;
    int blocks; /* bit 0 pull, 1 commit, 2 backup, 3 query failed */
    guint64 cur;
    guint64 end;
    int backing; /* -1 not read, 0 no disk, 1 none left, 2 one left */
    int event;   /* 0 none, 1 completed, 2 failed; this pass only */
    enum agent agent;
    int control; /* 0 not read, 1 ok, 2 occupied, 3 error */
    int occupied_s;
};

struct model_vm {
    char *uuid;
    char *dn;
    bool gone;     /* the entry was removed */
    bool twin;     /* a second entry carries the same UUID */
    int malformed; /* 0 no, else how */
    int kind;      /* enum kind, KIND_COUNT: a word nobody knows */
    bool golden;
    int home;      /* node or -1 */
    int target;    /* node or -1 */
    int intent;
    int mode;
    int request;
    gint64 request_since; /* wall seconds; -1 none, -2 malformed */
    int thin[WORLD_THIN]; /* VM index, -1 nothing, -2 dangling, -3 no UUID */
    unsigned n_backups;
    struct model_backup backups[WORLD_BACKUPS];
    struct model_domain on[WORLD_NODES];
    GHashTable *own; /* attribute -> GPtrArray of values: what the engine wrote */
    bool own_class;
};

struct model_node {
    char *name;
    bool entry;
    bool upper; /* VMs spell its name in capitals */
    bool maintenance;
    bool asked;
    enum result result;
    enum error_class error;
    guint64 epoch;
    GHashTable *own;
    bool own_class;
};

/* A VM of OpenNebula. */
struct model_row {
    unsigned front;
    gint64 id;
    bool hidden;  /* not in the answer */
    int vm;       /* index of the VM whose entry it names, -1 = none */
    int join;     /* 0 link, 1 OS/UUID, 2 DEPLOY_ID, 3 the name of its domain */
    int state;
    int lcm;
    int action;
    int host;     /* node, -1 none, -2 one that nobody knows */
    int source;
};

struct model_front {
    const char *name;
    bool asked;
    enum result result;
    enum error_class error;
};

#define WORLD_FRONTS 2

struct world {
    GRand *rand;
    GRand *one; /* for what OpenNebula does, so that the rest is the same without it */
    unsigned n_fronts; /* 0 = there is no OpenNebula */
    struct model_front fronts[WORLD_FRONTS];
    unsigned n_rows;
    struct model_row *rows;
    struct engine_options options;
    struct engine_time now;
    gint64 wall_step; /* added to the wall clock from now on */
    bool no_dates;    /* requests carry no time of their own */
    guint64 query;
    unsigned n_nodes;
    struct model_node nodes[WORLD_NODES];
    unsigned n_vms;
    struct model_vm *vms;
    GPtrArray *noise; /* of GBytes: entries of garbage, as attribute/value streams */
    unsigned orphans;
};

struct world *world_new(guint32 seed, bool no_dates);
void world_free(struct world *w); /* NULL is ignored */
DEFINE_CLEANUP(struct world, world_free)

/* Time passes, things change, every node is asked anew. */
void world_turn(struct world *w);
/* Time passes and every node is asked anew, but nothing else changes. */
void world_wait(struct world *w, gint64 ms);

/* What the engine is told.  shuffle (NULL = none) puts things in any order.  The caller frees. */
GPtrArray *world_entries(const struct world *w, GRand *shuffle);
GPtrArray *world_observations(const struct world *w, GRand *shuffle);

/* What OpenNebula's front-ends say; NULL where there are none. */
GPtrArray *world_frontends(const struct world *w, GRand *shuffle);
/* The name of this VM's domain, where OpenNebula gave it one; NULL = its UUID. */
char *world_domain_name(const struct world *w, unsigned vm, unsigned node);
/* How many of OpenNebula's VMs name it. */
unsigned world_claims(const struct world *w, const struct model_vm *vm);

/* world-frontend.c, for world.c */
void world_open_fronts(struct world *w, guint32 seed);
void world_turn_fronts(struct world *w);
void world_close_fronts(struct world *w);

/* The engine's modify arrives; false when a directory would refuse it, with *why (static). */
bool world_apply(struct world *w, const struct change *c, const char **why);

/* Every entry as text, by DN: to see which changed. */
GHashTable *world_prints(const struct world *w);
/* One entry as the engine reads it, or NULL when there is none with this DN. */
struct entry *world_entry(const struct world *w, const char *dn);

/* The world as a step of a case file, appended. */
void world_to_json(const struct world *w, GString *out);

/* The VM with this DN, or NULL (twins, nodes, garbage). */
const struct model_vm *world_vm(const struct world *w, const char *dn);

#endif
