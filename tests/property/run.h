/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/property/run.h - two engines that look at two worlds of one seed, and
 * what happens when they disagree.
 */
#ifndef STATESYNC_TESTS_RUN_H
#define STATESYNC_TESTS_RUN_H

#include "property/world.h"

#include "engine/engine.h"

#include <glib.h>

/* One engine looking at one world. */
struct body {
    struct world *world;
    struct engine *engine;
    GHashTable *prints; /* the directory as last told, where it is told in parts */
};

struct property;

struct run {
    const struct property *property;
    guint32 seed;
    unsigned step;
    struct body a;
    struct body b;
    bool aborted;  /* the pass of body a was */
    GRand *rand;   /* for what is done differently */
    GString *json; /* the steps so far, while a failure is played again */
};

/* Passes made by all runs. */
extern guint64 run_passes;

/* Given by the program: plays a world that failed once more, and the name of its property. */
void play_again(const struct run *run);
const char *name_of(const struct run *run);

/* Writes the world down as a step, when it is played again. */
void keep_steps(struct run *run);
/* Ends the test; the first time it plays the world again to write its steps down. */
void failed(struct run *run, const char *what);

void body_begin(struct body *body, guint32 seed, bool no_dates);
void body_end(struct body *body);

/* One pass over these answers, and what OpenNebula says. */
struct engine_output *step(struct body *body, const GPtrArray *observations, GRand *shuffle,
                           bool complete, const char *why);
/* A pass over the directory as it was told, nodes in any order (NULL = as they are). */
struct engine_output *pass(struct body *body, GRand *shuffle);
/* The same after the whole directory was told. */
struct engine_output *plain_pass(struct body *body);
/* The directory takes everything that was planned, and the engine is told. */
void apply_all(struct run *run, struct body *body, const struct engine_output *o);

void check_sound(struct run *run, const struct engine_output *o);
void check_same(struct run *run, const struct engine_output *a, const struct engine_output *b);
/* Both remember the same. */
void check_memory(struct run *run);

#endif
