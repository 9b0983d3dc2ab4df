/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A case running: one engine, one memory, steps in order.
 */
#include "config.h"

#include "engine/case-internal.h"

#include "engine/entry-data.h"
#include "engine/flow.h"
#include "engine/timestamp.h"

#include <string.h>

#define CASE_EPOCH G_GINT64_CONSTANT(1767225600000) /* 2026-01-01T00:00:00Z in ms */

struct run {
    struct case_file *file;
    struct engine *engine;
    struct case_directory *directory;
    JsonObject *nodes; /* as stated last */
    JsonObject *frontends; /* likewise */
    guint64 query;
    guint boots;
    GRand *rand;       /* NULL = passes */
    GPtrArray *missed;
    bool flows;        /* a first pass was made since the engine began */
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
    run->flows = false;
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

/* The same of OpenNebula's front-ends; NULL where the case never spoke of one. */
static GPtrArray *
hear(struct run *run, JsonObject *step)
{
    JsonObject *stated = object_of(step, "opennebula");

    if (stated != NULL)
        run->frontends = stated;
    if (run->frontends == NULL)
        return NULL;
    GPtrArray *answers
        = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))frontend_answer_unref);
    run->query++;
    g_autoptr(GList) names = json_object_get_members(run->frontends);
    for (GList *l = names; l != NULL; l = l->next)
        g_ptr_array_add(answers, case_frontend(l->data, json_object_get_object_member(
                                                            run->frontends, l->data),
                                               run->query));
    return answers;
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
    for (guint i = 0; i < o->nodes->len; i++) {
        const struct node_verdict *v = &g_array_index(o->nodes, struct node_verdict, i);
        if (v->change != NULL)
            engine_written(run->engine, v->change, NULL);
    }
}

/* --- as the daemon does it ------------------------------------------------------------ */

static void
tell_news(struct run *run)
{
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) entries = case_directory_news(run->directory, gone);

    for (guint i = 0; i < gone->len; i++)
        engine_remove_entry(run->engine, g_ptr_array_index(gone, i));
    for (guint i = 0; i < entries->len; i++)
        engine_put_entry(run->engine, g_ptr_array_index(entries, i));
}

static bool
is_among(const GPtrArray *observations, const char *node)
{
    for (guint i = 0; i < observations->len; i++) {
        const struct observation *o = g_ptr_array_index(observations, i);
        if (same_word(o->node, node))
            return true;
    }
    return false;
}

/* One of those that are left, wherever the turn of the nodes is. */
static void
tell_one_frontend(struct run *run, GPtrArray *answers)
{
    if (answers == NULL || answers->len == 0)
        return;
    guint at = (guint)g_rand_int_range(run->rand, 0, (gint32)answers->len);
    engine_observe_frontend(run->engine, g_ptr_array_index(answers, at));
    g_ptr_array_remove_index_fast(answers, at);
}

static bool
is_heard(const GPtrArray *answers, const char *frontend)
{
    for (guint i = 0; answers != NULL && i < answers->len; i++) {
        const struct frontend_answer *a = g_ptr_array_index(answers, i);
        if (same_word(a->frontend, frontend))
            return true;
    }
    return false;
}

static void
forget_frontends(struct run *run, const GPtrArray *answers)
{
    g_autoptr(GPtrArray) asked = engine_frontends_asked(run->engine);

    for (guint i = 0; i < asked->len; i++) {
        if (!is_heard(answers, g_ptr_array_index(asked, i)))
            engine_unobserve_frontend(run->engine, g_ptr_array_index(asked, i));
    }
}

static void
tell_answers(struct run *run, GPtrArray *observations, GPtrArray *answers)
{
    g_autoptr(GPtrArray) asked = engine_asked(run->engine);

    forget_frontends(run, answers);
    for (guint i = 0; i < asked->len; i++) {
        if (!is_among(observations, g_ptr_array_index(asked, i)))
            engine_unobserve(run->engine, g_ptr_array_index(asked, i));
    }
    while (observations->len > 0) {
        if (g_rand_boolean(run->rand))
            tell_one_frontend(run, answers);
        guint at = (guint)g_rand_int_range(run->rand, 0, (gint32)observations->len);
        engine_observe(run->engine, g_ptr_array_index(observations, at), false);
        g_ptr_array_remove_index_fast(observations, at);
    }
    while (answers != NULL && answers->len > 0)
        tell_one_frontend(run, answers);
}

static bool
is_judged(const struct engine_output *o, const struct vm_entry *vm)
{
    for (guint i = 0; i < o->verdicts->len; i++) {
        if (g_array_index(o->verdicts, struct verdict, i).vm == vm)
            return true;
    }
    return false;
}

/* Whoever was not judged must be as he is published; and while the budget holds somebody a second
 * look at the same answers may not count. */
static void
judge_the_others(struct run *run, guint number, struct engine_time now, struct engine_output *o)
{
    guint judged = o->verdicts->len;

    if (judged == engine_entries(run->engine) && o->held == 0)
        return;
    engine_touch_all(run->engine);
    CLEANUP(engine_output_free) struct engine_output *all = engine_update(run->engine, now);
    for (guint i = 0; i < all->verdicts->len; i++) {
        struct verdict *v = &g_array_index(all->verdicts, struct verdict, i);
        if (judged > 0 && is_judged(o, v->vm))
            continue;
        if (v->change != NULL)
            g_ptr_array_add(run->missed, g_strdup_printf("step %u: %s: was not judged", number + 1,
                                                         v->vm->base.dn));
        g_array_append_vals(o->verdicts, v, 1);
        memset(v, 0, sizeof(*v));
    }
}

static struct engine_output *
flow(struct run *run, guint number, JsonObject *step, struct engine_time now)
{
    g_autoptr(GPtrArray) observations = observe(run, step);
    g_autoptr(GPtrArray) answers = hear(run, step);

    tell_news(run);
    tell_answers(run, observations, answers);
    engine_touch_unasked(run->engine);
    struct engine_output *o = engine_update(run->engine, now);
    judge_the_others(run, number, now, o);
    return o;
}

/* --- steps ------------------------------------------------------------------------------ */

static struct engine_output *
pass(struct run *run, JsonObject *step, struct engine_time now)
{
    const char *result = case_string(json_object_get_member(step, "directory_result"));
    bool complete = result == NULL || strcmp(result, "complete") == 0;
    g_autoptr(GPtrArray) observations = observe(run, step);
    g_autoptr(GPtrArray) answers = hear(run, step);

    if (answers != NULL)
        engine_frontends(run->engine, answers);
    engine_directory(run->engine, case_directory_entries(run->directory));
    struct engine_output *o = engine_step(run->engine, now, observations, complete, NULL);
    run->flows = run->rand != NULL && !o->aborted;
    return o;
}

/* A directory that is read incompletely, or shrinks beyond belief, is one that is read anew. */
static bool
may_flow(const struct run *run, JsonObject *step)
{
    JsonObject *expect = object_of(step, "expect_pass");

    return run->flows && case_string(json_object_get_member(step, "directory_result")) == NULL
           && (expect == NULL || !case_true(json_object_get_member(expect, "aborted")));
}

static void
run_step(struct run *run, guint number, JsonObject *step,
         void (*visit)(const struct case_step *, void *), void *data)
{
    struct engine_time now = time_of(step);
    JsonArray *directory = array_of(step, "directory");
    JsonArray *changes = array_of(step, "directory_changes");

    if (number == 0)
        remember(run, now);
    restart(run, json_object_get_member(step, "restart"), now);
    if (directory != NULL)
        case_directory_restate(run->directory, directory);
    if (changes != NULL)
        case_directory_modify(run->directory, changes);
    CLEANUP(engine_output_free) struct engine_output *o
        = may_flow(run, step) ? flow(run, number, step, now) : pass(run, step, now);
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
case_run_flow(struct case_file *c, GRand *rand,
              void (*visit)(const struct case_step *step, void *data), void *data,
              GPtrArray *missed)
{
    struct run run = {.file = c, .directory = case_directory_new(), .boots = 1, .rand = rand,
                      .missed = missed};

    fresh_engine(&run);
    for (guint i = 0; i < json_array_get_length(c->steps); i++)
        run_step(&run, i, json_array_get_object_element(c->steps, i), visit, data);
    engine_free(run.engine);
    case_directory_free(run.directory);
}

void
case_run(struct case_file *c, void (*visit)(const struct case_step *step, void *data), void *data)
{
    case_run_flow(c, NULL, visit, data, NULL);
}
