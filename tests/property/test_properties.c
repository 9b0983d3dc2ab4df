/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What holds in any world.  Two engines look at two worlds of one seed that
 * turn alike; the second one is treated differently in one way, and must come
 * to the same verdicts all the same.  Beside that, every output of the first
 * must be sound, and a strict directory must accept all it writes.
 *
 *     STATESYNC_SEED=n     begin with this seed (printed with each failure)
 *     STATESYNC_WORLDS=n   that many worlds in all
 *     STATESYNC_PROPERTY=name  only this one
 *
 * A failure leaves the world's steps as a case file beside the program.
 */
#include "config.h"

#include "harness.h"
#include "property/flow.h"
#include "property/run.h"
#include "property/sound.h"

#include "engine/attributes.h"
#include "engine/entry-data.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 8

/* What is done differently; called in place of a plain pass of body b. */
typedef struct engine_output *(*variation)(struct run *run);

/* The ways of being different. */

static struct engine_output *
in_any_order(struct run *run)
{
    engine_directory(run->b.engine, world_entries(run->b.world, run->rand));
    return pass(&run->b, run->rand);
}

/* Tells the engine which entries came, changed or went. */
static void
tell_changes(struct body *b)
{
    GHashTable *prints = world_prints(b->world);
    GHashTableIter iter;
    gpointer dn;
    gpointer print;

    g_hash_table_iter_init(&iter, b->prints);
    while (g_hash_table_iter_next(&iter, &dn, NULL)) {
        if (!g_hash_table_contains(prints, dn))
            engine_remove_entry(b->engine, dn);
    }
    g_hash_table_iter_init(&iter, prints);
    while (g_hash_table_iter_next(&iter, &dn, &print)) {
        if (g_strcmp0(g_hash_table_lookup(b->prints, dn), print) == 0)
            continue;
        struct entry *entry = world_entry(b->world, dn);
        if (entry != NULL)
            engine_put_entry(b->engine, entry);
        else
            engine_remove_entry(b->engine, dn);
    }
    g_hash_table_unref(b->prints);
    b->prints = prints;
}

/* Only what changed is told, and what was written was told by engine_written(). */
static struct engine_output *
in_parts(struct run *run)
{
    struct body *b = &run->b;

    if (b->prints == NULL) {
        b->prints = world_prints(b->world);
        return plain_pass(b);
    }
    tell_changes(b);
    return pass(b, NULL);
}

/* What changed is told bit by bit, and only what that concerns is judged. */
static struct engine_output *
in_flow(struct run *run)
{
    struct body *b = &run->b;

    if (run->step == 0)
        return in_parts(run);
    tell_changes(b);
    if (run->aborted)
        return pass(b, NULL);
    run_passes++;
    return flow_update(b, run->rand);
}

static struct engine_output *
with_looks(struct run *run)
{
    struct body *b = &run->b;
    g_autoptr(GPtrArray) observations = world_observations(b->world, NULL);

    engine_directory(b->engine, world_entries(b->world, NULL));
    g_array_unref(engine_looks(b->engine, b->world->now, observations));
    return step(b, observations, NULL, true, NULL);
}

/* Passes whose directory read failed, or brought far too little, are as if they had not been. */
static struct engine_output *
with_aborted(struct run *run)
{
    struct body *b = &run->b;
    g_autoptr(GPtrArray) observations = world_observations(b->world, NULL);
    bool little = run->step > 0 && g_rand_boolean(run->rand) && !b->world->options.force_budget;

    engine_directory(b->engine,
                     little ? g_ptr_array_new() : world_entries(b->world, run->rand));
    CLEANUP(engine_output_free) struct engine_output *o
        = step(b, observations, NULL, little, "cut short");
    if (!little && (!o->aborted || o->verdicts->len > 0 || o->changes > 0))
        failed(run, "a pass without a directory decided something");
    return plain_pass(b);
}

static struct engine_output *
with_another_clock(struct run *run)
{
    if (run->step == 1 + run->seed % 3)
        run->b.world->now.wall += run->seed & 64 ? 3600000 : -3600000;
    return plain_pass(&run->b);
}

static struct engine_output *
from_a_file(struct run *run)
{
    struct body *b = &run->b;
    g_autoptr(GString) body = g_string_new(NULL);
    g_autofree char *header = NULL;
    g_autofree char *problem = NULL;

    if (run->step == 0)
        return plain_pass(b);
    header = engine_save_header(b->engine);
    engine_save_body(b->engine, body);
    g_string_prepend(body, header);
    engine_free(b->engine);
    b->engine = engine_new(&b->world->options);
    engine_set_boot(b->engine, "boot");
    if (!engine_load(b->engine, body->str, b->world->now, &problem))
        failed(run, problem);
    return plain_pass(b);
}

/* Leaves of running-like by absence are not done on a second look. */
static bool
leaves_by_absence(const struct verdict *v, bool like)
{
    return v->by_absence && !v->kept && v->active != 1 && like;
}

static bool
published_running(const struct vm_entry *vm)
{
    if (vm->pub.active >= 0 && !vm->pub.garbled)
        return vm->pub.active == 1;
    if (!vm->pub.known)
        return false;
    return vm->pub.state == STATE_STARTING || vm->pub.state == STATE_RUNNING
           || vm->pub.state == STATE_PAUSED || vm->pub.state == STATE_SHUTTING_DOWN
           || vm->pub.state == STATE_POWERING_OFF || vm->pub.state == STATE_FROZEN;
}

static void
expect_redecided(struct run *run, const char *dn, const struct change *want, const char *when)
{
    struct change *c = engine_redecide(run->b.engine, run->b.world->now, dn);
    g_autofree char *have_text = sound_change(c);
    g_autofree char *want_text = sound_change(want);

    change_free(c);
    if (strcmp(have_text, want_text) == 0)
        return;
    g_autofree char *text = g_strdup_printf("%s: %s:\n%s--- where this was due:\n%s", dn, when,
                                            have_text, want_text);
    failed(run, text);
}

/* Does it write what the verdict was made from? */
static bool
writes_its_ground(const struct change *c)
{
    for (guint i = 0; c != NULL && i < c->mods->len; i++) {
        const char *name = g_array_index(c->mods, struct change_mod, i).attribute;
        if (strcmp(name, attribute_name(ATTR_MODE)) == 0
            || strcmp(name, attribute_name(ATTR_THIN)) == 0
            || strcmp(name, attribute_name(ATTR_SEEN_NODE)) == 0)
            return true;
    }
    return false;
}

/* The bulk and the single-VM path agree, and the second look counts nothing twice. */
static struct engine_output *
with_second_looks(struct run *run)
{
    struct body *b = &run->b;
    struct engine_output *o = plain_pass(b);

    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        bool late = v->rule == RULE_BUDGET_HELD
                    || (leaves_by_absence(v, published_running(v->vm))
                        && !b->world->options.force_budget);
        if (!(v->rule == RULE_BUDGET_HELD))
            expect_redecided(run, v->vm->base.dn, late ? NULL : v->change, "decided again");
    }
    return o;
}

static void
play(struct run *run, variation differ, bool no_dates)
{
    unsigned steps;

    body_begin(&run->a, run->seed, no_dates);
    body_begin(&run->b, run->seed, no_dates);
    run->rand = g_rand_new_with_seed(run->seed ^ 0x5bd1e995u);
    run->json = g_string_new(NULL);
    steps = 2 + (unsigned)g_rand_int_range(run->rand, 0, STEPS_MAX - 1);
    for (run->step = 0; run->step < steps; run->step++) {
        if (run->step > 0) {
            world_turn(run->a.world);
            world_turn(run->b.world);
        }
        keep_steps(run);
        CLEANUP(engine_output_free) struct engine_output *o = plain_pass(&run->a);
        run->aborted = o->aborted;
        CLEANUP(engine_output_free) struct engine_output *other = differ(run);
        check_sound(run, o);
        if (differ == in_flow)
            flow_check(run, o, other);
        else
            check_same(run, o, other);
        apply_all(run, &run->a, o);
        apply_all(run, &run->b, other);
        check_memory(run);
        if (run->b.prints != NULL) {
            g_hash_table_unref(run->b.prints);
            run->b.prints = world_prints(run->b.world);
        }
    }
}

static void
end_run(struct run *run)
{
    body_end(&run->a);
    body_end(&run->b);
    g_rand_free(run->rand);
    g_string_free(run->json, TRUE);
}

/* Fewer facts about nodes in play. */

static bool
in_play(const struct run *run, const struct model_vm *vm, bool like, unsigned node)
{
    const struct world *w = run->b.world;
    const GPtrArray *seen = g_hash_table_lookup(vm->own, "sstVirtualMachineStatusNode");

    if (world_claims(w, vm) > 0 && !w->nodes[node].asked)
        return false; /* of OpenNebula's VMs nobody misses a node that is not asked */
    if ((int)node == vm->home || (int)node == vm->target)
        return true;
    return like && seen != NULL
           && strcmp(g_ptr_array_index(seen, 0), w->nodes[node].name) == 0;
}

/* Are all nodes that are hidden and have a copy in play for this VM? */
static bool
hidden_is_in_play(const struct run *run, const struct model_vm *vm, bool like, unsigned hidden)
{
    for (unsigned n = 0; n < run->b.world->n_nodes; n++) {
        if ((hidden & (1u << n)) && vm->on[n].here && !in_play(run, vm, like, n))
            return false;
    }
    return true;
}

/*
 * "More stopped": the first engine calls the VM active, the other one decides
 * (not merely keeps) that it is not, or that it crashed.
 */
static bool
more_stopped(const struct verdict *full, const struct verdict *less)
{
    if (full->active != 1 || less->kept || full->rule == RULE_BUDGET_HELD)
        return false; /* the budget holds many for all of them, not each for its own facts */
    return less->active == 0
           || (less->state == STATE_CRASHED && full->state != STATE_CRASHED && !full->kept);
}

static void
hide_nodes(struct run *run, unsigned hidden)
{
    struct world *w = run->b.world;

    for (unsigned n = 0; n < w->n_nodes; n++) {
        if (!(hidden & (1u << n)))
            continue;
        switch (g_rand_int_range(run->rand, 0, 4)) {
        case 0:
            w->nodes[n].asked = false;
            break;
        case 1:
            w->nodes[n].result = RESULT_ERROR;
            w->nodes[n].error = ERROR_TIMEOUT;
            break;
        case 2:
            if (w->nodes[n].result == RESULT_COMPLETE)
                w->nodes[n].result = RESULT_PARTIAL;
            break;
        default:
            for (unsigned i = 0; i < w->n_vms; i++)
                w->vms[i].on[n].unreadable |= g_rand_boolean(run->rand);
            break;
        }
    }
}

static const struct verdict *
verdict_of(const struct engine_output *o, const char *dn)
{
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        if (strcmp(v->vm->base.dn, dn) == 0)
            return v;
    }
    return NULL;
}

static struct engine_output *
plain(struct run *run)
{
    return plain_pass(&run->b);
}

static void
less_seen(struct run *run)
{
    play(run, plain, false);
    world_turn(run->a.world);
    world_turn(run->b.world);
    keep_steps(run);
    unsigned hidden = (unsigned)g_rand_int_range(run->rand, 1, 1 << run->b.world->n_nodes);
    hide_nodes(run, hidden);
    CLEANUP(engine_output_free) struct engine_output *full = plain_pass(&run->a);
    CLEANUP(engine_output_free) struct engine_output *less = plain_pass(&run->b);
    for (guint i = 0; i < full->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(full->verdicts, struct verdict, i);
        const struct verdict *other = verdict_of(less, v->vm->base.dn);
        const struct model_vm *vm = world_vm(run->b.world, v->vm->base.dn);
        /* "off" from OpenNebula is a fact, whatever the nodes would have shown beside it */
        if (vm == NULL || other == NULL || other->rule == RULE_OPENNEBULA || !more_stopped(v, other)
            || !hidden_is_in_play(run, vm, published_running(v->vm), hidden))
            continue;
        g_autofree char *v_text = sound_verdict(v);
        g_autofree char *other_text = sound_verdict(other);
        g_autofree char *text = g_strdup_printf("more stopped with fewer facts (nodes %#x hidden)\n"
                                                "%s--- and with less\n%s",
                                                hidden, v_text, other_text);
        failed(run, text);
    }
}

/* Front-ends that say less; whatever else they do, each is asked. */
static void
hide_words(struct run *run)
{
    struct world *w = run->b.world;

    for (unsigned i = 0; i < w->n_fronts; i++) {
        run->a.world->fronts[i].asked = w->fronts[i].asked = true;
        if (g_rand_boolean(run->rand))
            w->fronts[i].result = g_rand_boolean(run->rand) ? RESULT_ERROR : RESULT_PARTIAL;
    }
    for (unsigned i = 0; i < w->n_rows; i++)
        w->rows[i].hidden |= g_rand_boolean(run->rand);
}

/* It is published as one of OpenNebula's. */
static bool
is_known_as_theirs(const struct model_vm *vm)
{
    const GPtrArray *reason = g_hash_table_lookup(vm->own, "sstVirtualMachineStatusReason");

    return reason != NULL && strstr(g_ptr_array_index(reason, 0), "opennebula") != NULL;
}

static void
less_heard(struct run *run)
{
    play(run, plain, false);
    world_turn(run->a.world);
    world_turn(run->b.world);
    hide_words(run);
    keep_steps(run);
    CLEANUP(engine_output_free) struct engine_output *full = plain_pass(&run->a);
    CLEANUP(engine_output_free) struct engine_output *less = plain_pass(&run->b);
    for (guint i = 0; i < full->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(full->verdicts, struct verdict, i);
        const struct verdict *other = verdict_of(less, v->vm->base.dn);
        const struct model_vm *vm = world_vm(run->b.world, v->vm->base.dn);
        if (vm == NULL || other == NULL || world_claims(run->b.world, vm) != 1
            || !is_known_as_theirs(vm) || !more_stopped(v, other))
            continue;
        g_autofree char *v_text = sound_verdict(v);
        g_autofree char *other_text = sound_verdict(other);
        g_autofree char *text = g_strdup_printf("more stopped with fewer words\n%s--- and with "
                                                "less\n%s", v_text, other_text);
        failed(run, text);
    }
}

/* What was written leaves nothing to be written. */
static void
written(struct run *run)
{
    play(run, plain, false);
    world_turn(run->a.world);
    world_turn(run->b.world);
    keep_steps(run);
    CLEANUP(engine_output_free) struct engine_output *o = plain_pass(&run->b);
    apply_all(run, &run->b, o);
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        g_autofree char *dn = g_strdup(v->vm->base.dn);
        if (!writes_its_ground(v->change))
            expect_redecided(run, dn, NULL, "decided again after it was written");
    }
}

/* A world left alone comes to rest: after all counters ran out nothing is written any more. */
static void
left_alone(struct run *run)
{
    static const int waits_s[] = {1, 20, 5, 5, 10, 40, 60, 60, 120, 300};

    play(run, plain, false);
    for (unsigned i = 0; i < 45; i++) {
        world_wait(run->a.world,
                   (i < G_N_ELEMENTS(waits_s) ? waits_s[i] : 600) * G_GINT64_CONSTANT(1000));
        run->step++;
        keep_steps(run);
        CLEANUP(engine_output_free) struct engine_output *o = plain_pass(&run->a);
        check_sound(run, o);
        if (o->next <= run->a.world->now.mono)
            failed(run, "to be called again in the past");
        if (i >= 43 && o->changes > 0) {
            g_autoptr(GString) text = g_string_new("still writing:\n");
            for (guint k = 0; k < o->verdicts->len; k++) {
                const struct verdict *v = &g_array_index(o->verdicts, struct verdict, k);
                g_autofree char *one = v->change == NULL ? NULL : sound_verdict(v);
                g_string_append(text, one != NULL ? one : "");
            }
            failed(run, text->str);
        }
        apply_all(run, &run->a, o);
    }
}

/* Running the properties. */

struct property {
    const char *name;
    variation differ;
    void (*other)(struct run *run); /* instead */
    bool no_dates;
    unsigned weight;
};

static const struct property properties[] = {
    {"R6-order", in_any_order, NULL, false, 4},
    {"parts", in_parts, NULL, false, 3},
    {"flow", in_flow, NULL, false, 4},
    {"looks", with_looks, NULL, false, 1},
    {"aborted", with_aborted, NULL, false, 1},
    {"R7-clock", with_another_clock, NULL, true, 2},
    {"file", from_a_file, NULL, false, 3},
    {"redecide", with_second_looks, NULL, false, 3},
    {"written", NULL, written, false, 2},
    {"R2-fewer-facts", NULL, less_seen, false, 3},
    {"R2-fewer-words", NULL, less_heard, false, 3},
    {"rest", NULL, left_alone, false, 1},
};

static unsigned
total_weight(void)
{
    unsigned n = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++)
        n += properties[i].weight;
    return n;
}

static guint64
from_env(const char *name, guint64 otherwise)
{
    const char *text = g_getenv(name);

    return text != NULL ? g_ascii_strtoull(text, NULL, 10) : otherwise;
}

static guint64
n_worlds(void)
{
    guint64 n = 2000;

    if (harness_env_set("STATESYNC_QUICK"))
        n = 200;
    if (harness_env_set("STATESYNC_LONG"))
        n = 150000;
    return from_env("STATESYNC_WORLDS", n);
}

static guint32 first_seed;

static void
play_one(const struct property *p, guint32 seed)
{
    struct run run = {.property = p, .seed = seed};

    if (p->other != NULL)
        p->other(&run);
    else
        play(&run, p->differ, p->no_dates);
    end_run(&run);
}

void
play_again(const struct run *run)
{
    play_one(run->property, run->seed);
}

const char *
name_of(const struct run *run)
{
    return run->property->name;
}

static void
test_property(void **state)
{
    const struct property *p = *state;
    guint64 n = MAX(n_worlds() * p->weight / total_weight(), 1);
    gint64 begin = g_get_monotonic_time();
    guint64 before = run_passes;

    for (guint64 i = 0; i < n; i++)
        play_one(p, first_seed + (guint32)i);
    double seconds = (double)(g_get_monotonic_time() - begin) / 1e6;
    print_message("# %s: %" G_GUINT64_FORMAT " worlds, %" G_GUINT64_FORMAT " passes, %.0f worlds a "
                  "second\n",
                  p->name, n, run_passes - before, (double)n / MAX(seconds, 0.001));
}

int
main(void)
{
    struct CMUnitTest tests[G_N_ELEMENTS(properties)];
    const char *only = g_getenv("STATESYNC_PROPERTY");
    size_t n = 0;

    first_seed = harness_seed();
    print_message("# STATESYNC_SEED=%u\n", first_seed);
    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++) {
        if (only == NULL || strcmp(only, properties[i].name) == 0)
            tests[n++] = (struct CMUnitTest){.name = properties[i].name,
                                             .test_func = test_property,
                                             .initial_state = (void *)(gintptr)&properties[i]};
    }
    return harness_run("properties", tests, n, NULL, NULL);
}
