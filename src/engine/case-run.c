/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A case running: one engine, one memory, steps in order.
 */
#include "config.h"

#include "engine/case-internal.h"

#include "engine/timestamp.h"

#include <string.h>

#define CASE_EPOCH G_GINT64_CONSTANT(1767225600000) /* 2026-01-01T00:00:00Z in ms */

struct run {
    struct case_file *file;
    struct engine *engine;
    struct case_directory *directory;
    JsonObject *nodes; /* as stated last */
    guint64 query;
    guint boots;
};

static void
fresh_engine(struct run *run)
{
    g_autofree char *boot = run->boots == 1 ? g_strdup(run->file->boot) : NULL;

    if (boot == NULL)
        boot = g_strdup_printf("boot-%u", run->boots);
    engine_free(run->engine);
    run->engine = engine_new(&run->file->options);
    engine_set_boot(run->engine, boot);
}

/* "restart": true keeps the state file, "reboot" too but boots, "cold" keeps nothing. */
static void
restart(struct run *run, JsonNode *how, struct engine_time now)
{
    g_autofree char *header = NULL;
    g_autofree char *problem = NULL;

    if (how == NULL || JSON_NODE_HOLDS_NULL(how))
        return;
    const char *word = case_string(how);
    if (word == NULL && !case_true(how))
        return;
    if (word != NULL && strcmp(word, "cold") == 0) {
        fresh_engine(run);
        return;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    engine_save_body(run->engine, text);
    header = engine_save_header(run->engine);
    g_string_prepend(text, header);
    run->boots += word != NULL && strcmp(word, "reboot") == 0;
    fresh_engine(run);
    if (!engine_load(run->engine, text->str, now, &problem))
        g_warning("the state just saved cannot be loaded: %s", problem);
}

/* The file's own memory; case_parse() has seen that it can be loaded. */
static void
remember(struct run *run, struct engine_time now)
{
    g_autofree char *problem = NULL;

    if (run->file->memory != NULL && !engine_load(run->engine, run->file->memory, now, &problem))
        g_warning("memory: %s", problem);
}

/* A number of seconds as milliseconds, whatever its binary form. */
static gint64
milliseconds(double seconds)
{
    return (gint64)(seconds * 1000.0 + (seconds < 0 ? -0.5 : 0.5));
}

/* RFC 3339 as milliseconds since the epoch. */
static gint64
wall_of(const char *text)
{
    const char *dot = strchr(text, '.');
    gint64 ms = 0;
    gint64 unit = 100;

    for (const char *p = dot; p != NULL && g_ascii_isdigit(p[1]) && unit > 0; p++, unit /= 10)
        ms += g_ascii_digit_value(p[1]) * unit;
    return timestamp_parse_rfc3339(text) * 1000 + ms;
}

static struct engine_time
time_of(JsonObject *step)
{
    struct engine_time now;
    const char *wall = case_string(json_object_get_member(step, "wall"));

    now.mono = milliseconds(json_node_get_double(json_object_get_member(step, "at")));
    now.wall = CASE_EPOCH + now.mono;
    if (wall != NULL)
        now.wall = wall_of(wall);
    return now;
}

static JsonObject *
object_of(JsonObject *o, const char *name)
{
    JsonNode *n = json_object_get_member(o, name);

    return n != NULL && JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
}

static JsonArray *
array_of(JsonObject *o, const char *name)
{
    JsonNode *n = json_object_get_member(o, name);

    return n != NULL && JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
}

/* Every step asks every node anew: an unchanged world is a new answer, too. */
static GPtrArray *
observe(struct run *run, JsonObject *step)
{
    GPtrArray *observations
        = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))observation_unref);
    JsonObject *stated = object_of(step, "nodes");

    if (stated != NULL)
        run->nodes = stated;
    if (run->nodes == NULL)
        return observations;
    run->query++;
    g_autoptr(GList) names = json_object_get_members(run->nodes);
    for (GList *l = names; l != NULL; l = l->next)
        g_ptr_array_add(observations,
                        case_observation(l->data, json_object_get_object_member(run->nodes, l->data),
                                         stated != NULL, run->query));
    return observations;
}

static void
apply_changes(struct run *run, struct engine_output *o)
{
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        if (v->change != NULL)
            case_directory_apply(run->directory, v->change);
    }
    for (guint i = 0; i < o->nodes->len; i++) {
        const struct node_verdict *v = &g_array_index(o->nodes, struct node_verdict, i);
        if (v->change != NULL)
            case_directory_apply(run->directory, v->change);
    }
}

/* The engine hears that its modifies were accepted, as it does from a server. */
static void
tell_engine(struct run *run, struct engine_output *o)
{
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        if (v->change != NULL)
            engine_written(run->engine, v->change, NULL);
    }
}

static void
run_step(struct run *run, guint number, JsonObject *step,
         void (*visit)(const struct case_step *, void *), void *data)
{
    struct engine_time now = time_of(step);
    JsonArray *directory = array_of(step, "directory");
    JsonArray *changes = array_of(step, "directory_changes");
    const char *result = case_string(json_object_get_member(step, "directory_result"));
    bool complete = result == NULL || strcmp(result, "complete") == 0;

    if (number == 0)
        remember(run, now);
    restart(run, json_object_get_member(step, "restart"), now);
    if (directory != NULL)
        case_directory_restate(run->directory, directory);
    if (changes != NULL)
        case_directory_modify(run->directory, changes);
    engine_directory(run->engine, case_directory_entries(run->directory));
    g_autoptr(GPtrArray) observations = observe(run, step);
    CLEANUP(engine_output_free) struct engine_output *o
        = engine_step(run->engine, now, observations, complete, NULL);
    struct case_step seen = {
        .output = o,
        .engine = run->engine,
        .at = now.mono,
        .number = number,
        .expect = object_of(step, "expect"),
        .directory = run->directory,
        .expect_pass = object_of(step, "expect_pass"),
    };
    apply_changes(run, o);
    visit(&seen, data);
    tell_engine(run, o);
}

void
case_run(struct case_file *c, void (*visit)(const struct case_step *step, void *data), void *data)
{
    struct run run = {.file = c, .directory = case_directory_new(), .boots = 1};

    fresh_engine(&run);
    for (guint i = 0; i < json_array_get_length(c->steps); i++)
        run_step(&run, i, json_array_get_object_element(c->steps, i), visit, data);
    engine_free(run.engine);
    case_directory_free(run.directory);
}
