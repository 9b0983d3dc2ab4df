/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "harness.h"
#include "property/run.h"
#include "property/sound.h"

#include <string.h>

guint64 run_passes;

/* Steps are written down only when a world that failed is played again. */
static bool recording;

void
keep_steps(struct run *run)
{
    if (!recording)
        return;
    g_string_append(run->json, run->step > 0 ? ",\n" : "");
    world_to_json(run->a.world, run->json);
}

void
failed(struct run *run, const char *what)
{
    if (!recording) {
        recording = true;
        play_again(run);
        fail_msg("seed %u: the second time it did not fail, but: %s", run->seed, what);
    }
    g_autofree char *file = g_strdup_printf("property-%s-%u.json", name_of(run), run->seed);
    g_autofree char *text_file = g_strdup_printf("property-%s-%u.txt", name_of(run), run->seed);
    g_autoptr(GString) json = g_string_new(NULL);

    recording = false;
    g_string_printf(json, "{\"id\":\"%s-%u\",\"title\":\"%s\",\"steps\":[\n%s\n]}\n",
                    name_of(run), run->seed, name_of(run), run->json->str);
    (void)g_file_set_contents(file, json->str, -1, NULL);
    (void)g_file_set_contents(text_file, what, -1, NULL);
    print_message("# STATESYNC_SEED=%u repeats it; its steps are in %s\n", run->seed, file);
    fail_msg("seed %u, step %u: %.400s", run->seed, run->step + 1, what);
}

void
body_begin(struct body *body, guint32 seed, bool no_dates)
{
    body->world = world_new(seed, no_dates);
    body->engine = engine_new(&body->world->options);
    engine_set_boot(body->engine, "boot");
}

void
body_end(struct body *body)
{
    engine_free(body->engine);
    world_free(body->world);
    g_clear_pointer(&body->prints, g_hash_table_unref);
}

struct engine_output *
step(struct body *body, const GPtrArray *observations, GRand *shuffle, bool complete,
     const char *why)
{
    g_autoptr(GPtrArray) frontends = world_frontends(body->world, shuffle);

    if (frontends != NULL)
        engine_frontends(body->engine, frontends);
    return engine_step(body->engine, body->world->now, observations, complete, why);
}

struct engine_output *
pass(struct body *body, GRand *shuffle)
{
    g_autoptr(GPtrArray) observations = world_observations(body->world, shuffle);

    run_passes++;
    return step(body, observations, shuffle, true, NULL);
}

struct engine_output *
plain_pass(struct body *body)
{
    engine_directory(body->engine, world_entries(body->world, NULL));
    return pass(body, NULL);
}

static void
apply_one(struct run *run, struct body *body, const struct change *c)
{
    const char *why;

    if (c == NULL)
        return;
    if (!world_apply(body->world, c, &why)) {
        g_autoptr(GString) text = g_string_new(why);
        g_string_append_c(text, '\n');
        change_to_ldif(c, text);
        failed(run, text->str);
    }
    engine_written(body->engine, c, NULL);
}

void
apply_all(struct run *run, struct body *body, const struct engine_output *o)
{
    for (guint i = 0; i < o->verdicts->len; i++)
        apply_one(run, body, g_array_index(o->verdicts, struct verdict, i).change);
    for (guint i = 0; i < o->nodes->len; i++)
        apply_one(run, body, g_array_index(o->nodes, struct node_verdict, i).change);
}

void
check_sound(struct run *run, const struct engine_output *o)
{
    g_autofree char *problem = sound_problem(o, &run->a.world->options);

    if (problem != NULL)
        failed(run, problem);
}

void
check_same(struct run *run, const struct engine_output *a, const struct engine_output *b)
{
    g_autofree char *difference = sound_difference(a, b);

    if (difference != NULL)
        failed(run, difference);
}

/* Both remember the same. */
void
check_memory(struct run *run)
{
    g_autoptr(GString) a = g_string_new(NULL);
    g_autoptr(GString) b = g_string_new(NULL);

    engine_save_body(run->a.engine, a);
    engine_save_body(run->b.engine, b);
    if (strcmp(a->str, b->str) == 0)
        return;
    g_string_prepend(a, "one remembers\n");
    g_string_append_printf(a, "--- and the other\n%s", b->str);
    failed(run, a->str);
}
