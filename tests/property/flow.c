/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "property/flow.h"

#include "engine/entry-data.h"
#include "engine/flow.h"
#include "property/sound.h"

#include <string.h>

/* A copy of one domain of an answer, as a later word about it. */
static struct observation *
word_about(const struct observation *o, const struct domain *d)
{
    struct observation *word = observation_new(o->node, RESULT_COMPLETE);
    struct domain *copy = observation_add(word, &d->uuid, d->name);

    copy->state = d->state;
    copy->reason = d->reason;
    copy->state_word = g_strdup(d->state_word);
    copy->managed_save = d->managed_save;
    copy->persistent = d->persistent;
    word->query = o->query;
    word->epoch = o->epoch;
    return word;
}

/* Domains that were looked at closer stay as they are: a copy would lack that. */
static void
say_again(struct engine *e, const struct observation *o, GRand *rand)
{
    if (o->result == RESULT_ERROR)
        return;
    for (guint i = 0; i < o->domains->len; i++) {
        const struct domain *d = &g_array_index(o->domains, struct domain, i);
        if (d->look != NULL || d->unreadable || g_rand_boolean(rand))
            continue;
        struct observation *word = word_about(o, d);
        (void)engine_patch(e, word);
        observation_unref(word);
    }
}

static bool
was_asked(const GPtrArray *observations, const char *node)
{
    for (guint i = 0; i < observations->len; i++) {
        const struct observation *o = g_ptr_array_index(observations, i);
        if (g_ascii_strcasecmp(o->node, node) == 0)
            return true;
    }
    return false;
}

/* A copy of some rows, as an event brings them. */
static void
say_rows_again(struct engine *e, const struct frontend_answer *a, GRand *rand)
{
    for (guint i = 0; a->result != RESULT_ERROR && i < a->vms->len; i++) {
        const struct frontend_vm *row = &g_array_index(a->vms, struct frontend_vm, i);
        if (g_rand_boolean(rand))
            continue;
        struct frontend_answer *word = frontend_answer_new(a->frontend, RESULT_COMPLETE);
        struct frontend_vm *copy = frontend_answer_add(word, row->id);
        *copy = *row;
        copy->name = g_strdup(row->name);
        copy->deploy_id = g_strdup(row->deploy_id);
        copy->host = g_strdup(row->host);
        copy->source = g_strdup(row->source);
        word->query = a->query;
        (void)engine_patch_frontend(e, word);
        frontend_answer_unref(word);
    }
}

static bool
says(const GPtrArray *answers, const char *frontend)
{
    for (guint i = 0; i < answers->len; i++) {
        const struct frontend_answer *a = g_ptr_array_index(answers, i);
        if (g_ascii_strcasecmp(a->frontend, frontend) == 0)
            return true;
    }
    return false;
}

static void
hear(struct body *body, GRand *rand)
{
    g_autoptr(GPtrArray) answers = world_frontends(body->world, rand);
    g_autoptr(GPtrArray) asked = engine_frontends_asked(body->engine);

    for (guint i = 0; i < asked->len; i++) {
        const char *name = g_ptr_array_index(asked, i);
        if (answers == NULL || !says(answers, name))
            engine_unobserve_frontend(body->engine, name);
    }
    for (guint i = 0; answers != NULL && i < answers->len; i++) {
        engine_observe_frontend(body->engine, g_ptr_array_index(answers, i));
        say_rows_again(body->engine, g_ptr_array_index(answers, i), rand);
    }
}

struct engine_output *
flow_update(struct body *body, GRand *rand)
{
    g_autoptr(GPtrArray) observations = world_observations(body->world, rand);
    bool first = g_rand_boolean(rand);

    if (first)
        hear(body, rand);
    for (unsigned n = 0; n < body->world->n_nodes; n++) {
        const char *name = body->world->nodes[n].name;
        if (!was_asked(observations, name) && engine_answer_of(body->engine, name) != NULL)
            engine_unobserve(body->engine, name);
    }
    for (guint i = 0; i < observations->len; i++) {
        struct observation *o = g_ptr_array_index(observations, i);
        engine_observe(body->engine, o, false);
        say_again(body->engine, o, rand);
    }
    if (!first)
        hear(body, rand);
    engine_touch_unasked(body->engine);
    return engine_update(body->engine, body->world->now);
}

static GHashTable *
verdicts_by_dn(const struct engine_output *o)
{
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);

    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        g_hash_table_insert(table, v->vm->base.dn, sound_verdict(v));
    }
    return table;
}

static void
differ(struct run *run, const char *one, const char *other)
{
    g_autofree char *text = g_strdup_printf("the pass says\n%s\n--- and the update\n%s", one, other);

    failed(run, text);
}

static const struct node_verdict *
node_verdict_of(const struct engine_output *o, const char *dn)
{
    for (guint i = 0; i < o->nodes->len; i++) {
        const struct node_verdict *v = &g_array_index(o->nodes, struct node_verdict, i);
        if (strcmp(v->entry->base.dn, dn) == 0)
            return v;
    }
    return NULL;
}

static void
check_nodes(struct run *run, const struct engine_output *pass, const struct engine_output *update)
{
    for (guint i = 0; i < pass->nodes->len; i++) {
        const struct node_verdict *v = &g_array_index(pass->nodes, struct node_verdict, i);
        const struct node_verdict *other = node_verdict_of(update, v->entry->base.dn);
        g_autofree char *one = sound_change(v->change);
        g_autofree char *two = sound_change(other == NULL ? NULL : other->change);
        if (strcmp(one, two) != 0)
            differ(run, one, two);
    }
}

void
flow_check(struct run *run, const struct engine_output *pass, const struct engine_output *update)
{
    g_autoptr(GHashTable) judged = verdicts_by_dn(update);

    for (guint i = 0; i < pass->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(pass->verdicts, struct verdict, i);
        g_autofree char *text = sound_verdict(v);
        const char *other = g_hash_table_lookup(judged, v->vm->base.dn);
        if (other == NULL ? v->change != NULL : strcmp(text, other) != 0)
            differ(run, text, other != NULL ? other : "nothing");
    }
    check_nodes(run, pass, update);
}
