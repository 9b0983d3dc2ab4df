/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass asks: the directory, every node, and a few domains once more.
 */
#include "config.h"

#include "cli/sync.h"

#include "core/mark.h"
#include "daemon/plan.h"
#include "directory/read.h"
#include "directory/result.h"
#include "engine/flow.h"
#include "hypervisor/merge.h"
#include "log/log.h"

#include <string.h>

static void
on_observation(struct observation *o, void *data)
{
    struct sync *s = data;

    g_ptr_array_add(s->observations, o);
    sync_heard(s, "", o->node);
    s->progress.nodes = s->observations->len;
    if (s->observations->len == s->plans->len)
        sync_spent(s, SYNC_NODES, s->asked_us);
    progress_draw(&s->progress, true);
}

static void
ask_nodes(struct sync *s)
{
    g_ptr_array_set_size(s->observations, 0);
    s->asked_us = g_get_monotonic_time();
    for (guint i = 0; i < s->plans->len; i++) {
        const struct node_plan *plan = g_ptr_array_index(s->plans, i);
        hypervisor_read(s->hypervisor, plan->name, on_observation, s);
    }
}

static void
introduce(struct sync *s, const struct node_plan *plan)
{
    const struct hypervisor_node node = {
        .name = plan->name,
        .uri = plan->uri,
        .problem = plan->problem,
        .deadline_ms = plan->deadline_ms,
        .epoch = engine_epoch(s->engine, plan->name),
    };

    hypervisor_set_node(s->hypervisor, &node);
}

/* VMs of ours may be on nodes of other bodies: these are asked, too. */
static void
ask_neighbours(struct sync *s)
{
    g_autoptr(GPtrArray) names = engine_neighbours(s->engine);
    const guint before = s->plans->len;

    for (guint i = 0; i < names->len; i++)
        nodes_plan_one(s->plans, s->config, engine_facts(s->engine), g_ptr_array_index(names, i));
    s->progress.nodes_all = s->plans->len;
    for (guint i = before; i < s->plans->len; i++) {
        const struct node_plan *plan = g_ptr_array_index(s->plans, i);
        introduce(s, plan);
        hypervisor_read(s->hypervisor, plan->name, on_observation, s);
    }
}

/* The nodes are known: they are asked while the VMs are still being read. */
static void
on_nodes(const GPtrArray *entries, void *data)
{
    struct sync *s = data;

    if (s->plans != NULL)
        g_ptr_array_unref(s->plans);
    s->plans = nodes_plan(s->config, entries);
    s->progress.nodes_all = s->plans->len;
    progress_draw(&s->progress, true);
    for (guint i = 0; i < s->plans->len; i++)
        introduce(s, g_ptr_array_index(s->plans, i));
    ask_nodes(s);
}

static void
on_progress(guint n, void *data)
{
    struct sync *s = data;

    s->progress.entries = n;
    progress_draw(&s->progress, false);
}

static void
on_value(const char *dn, const char *attribute, const char *value, size_t len, void *data)
{
    struct sync *s = data;

    if (s->recording != NULL)
        recording_value(s->recording, dn, attribute, value, len);
    if (s->value != NULL)
        s->value(dn, attribute, value, len, s->value_data);
}

static bool
part_complete(const struct directory_part *part, const char *what, GError **error)
{
    if (part->complete)
        return true;
    g_propagate_prefixed_error(
        error, part->why != NULL ? g_error_copy(part->why) : g_error_new_literal(
                                       DIRECTORY_ERROR, DIRECTORY_CODE_MALFORMED, "incomplete"),
        "%s were not read completely, nothing is concluded from a part: ", what);
    return false;
}

static void
log_silent_nodes(struct sync *s)
{
    progress_clear(&s->progress);
    for (guint i = 0; i < s->observations->len; i++) {
        const struct observation *o = g_ptr_array_index(s->observations, i);
        const char *excuse = engine_node_excuse(s->engine, o->node);
        if (o->result == RESULT_ERROR)
            log_event(excuse != NULL ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
                      "a node did not answer, its VMs turn stale", "node", o->node, "node_state",
                      excuse, "class", error_class_name(o->error), "text",
                      o->text != NULL ? o->text : "", NULL);
        else if (o->result == RESULT_PARTIAL)
            log_event(LOG_LEVEL_WARNING, "a node answered in part, the rest counts as unknown",
                      "node", o->node, "text", o->text != NULL ? o->text : "", NULL);
    }
}

/* Where a node of another body does not answer us, what that body publishes counts. */
static void
believe_others(struct sync *s, guint i)
{
    struct observation *o = g_ptr_array_index(s->observations, i);

    if (o->result != RESULT_ERROR || !nodes_shared(s->config) || nodes_owned(s->config, o->node))
        return;
    struct observation *published = nodes_as_published(engine_facts(s->engine), o);
    if (published == NULL)
        return;
    s->observations->pdata[i] = published;
    observation_unref(o);
}

bool
sync_read(struct sync *s, GError **error)
{
    struct directory_hooks hooks = {
        .progress = on_progress,
        .nodes_ready = on_nodes,
        .value = s->recording != NULL || s->value != NULL ? on_value : NULL,
        .data = s,
    };
    gint64 from = g_get_monotonic_time();

    sync_ask_frontends(s);
    CLEANUP(directory_snapshot_free) struct directory_snapshot *snapshot
        = directory_read_with(s->connection, s->where, &hooks, error);
    if (snapshot == NULL || !part_complete(&snapshot->nodes, N_("the nodes"), error)
        || !part_complete(&snapshot->vms, N_("the virtual machines"), error)) {
        return false;
    }
    if (snapshot->n_malformed > 0)
        log_event(LOG_LEVEL_WARNING, "entries that cannot be decoded are left out, they stay as "
                                     "they are", "count", LOG_INT(snapshot->n_malformed), "first",
                  snapshot->first_malformed, NULL);
    if (!sync_check_nodes(s, snapshot->entries, error)) {
        hypervisor_wait(s->hypervisor);
        return false;
    }
    engine_directory(s->engine, g_ptr_array_ref(snapshot->entries));
    ask_neighbours(s);
    sync_spent(s, SYNC_DIRECTORY, from);
    hypervisor_wait(s->hypervisor);
    sync_hear_frontends(s);
    for (guint i = 0; i < s->observations->len; i++)
        believe_others(s, i);
    log_silent_nodes(s);
    return true;
}

void
sync_read_nodes_again(struct sync *s)
{
    sync_ask_frontends(s);
    ask_nodes(s);
    hypervisor_wait(s->hypervisor);
    sync_hear_frontends(s);
    log_silent_nodes(s);
}

static struct observation *
observation_of(struct sync *s, const char *node)
{
    for (guint i = 0; i < s->observations->len; i++) {
        struct observation *o = g_ptr_array_index(s->observations, i);
        if (g_ascii_strcasecmp(o->node, node) == 0)
            return o;
    }
    return NULL;
}

/* What a closer look or a probe saw goes into the node's answer; its failure changes nothing. */
static void
on_look(struct observation *o, void *data)
{
    struct sync *s = data;
    struct observation *bulk = observation_of(s, o->node);

    progress_clear(&s->progress);
    if (o->result != RESULT_COMPLETE)
        log_event(LOG_LEVEL_WARNING, "a closer look was not answered completely, the rest counts "
                                     "as unknown", "node", o->node, "class",
                  error_class_name(o->error), "text", o->text != NULL ? o->text : "", NULL);
    if (bulk != NULL && bulk->result != RESULT_ERROR && o->result != RESULT_ERROR)
        observation_merge(bulk, o);
    observation_unref(o);
}

static gint
by_node(gconstpointer a, gconstpointer b)
{
    const struct look_request *ra = a;
    const struct look_request *rb = b;

    return strcmp(ra->node, rb->node);
}

/* --sweep: every running domain is visited once, wished for or not. */
static void
add_sweep(struct sync *s, GArray *wishes)
{
    guint wished = wishes->len;
    g_autoptr(GHashTable) have = g_hash_table_new(uuid_hash, uuid_equal_key);

    for (guint i = 0; i < wished; i++)
        g_hash_table_add(have, &g_array_index(wishes, struct look_request, i).uuid);
    g_autoptr(GArray) more = g_array_new(FALSE, FALSE, sizeof(struct look_request));
    for (guint i = 0; i < s->observations->len; i++) {
        const struct observation *o = g_ptr_array_index(s->observations, i);
        for (guint d = 0; d < o->domains->len; d++) {
            const struct domain *domain = &g_array_index(o->domains, struct domain, d);
            if (domain->state != DSTATE_RUNNING || g_hash_table_contains(have, &domain->uuid))
                continue;
            struct look_request request = {
                .node = g_intern_string(o->node),
                .uuid = domain->uuid,
                .want = LOOK_JOB | LOOK_BLOCKS,
            };
            g_array_append_val(more, request);
        }
    }
    g_hash_table_remove_all(have);
    g_array_append_vals(wishes, more->data, more->len);
}

static void
probe_nodes(struct sync *s)
{
    for (guint i = 0; i < s->observations->len; i++) {
        const struct observation *o = g_ptr_array_index(s->observations, i);
        if (o->result != RESULT_ERROR)
            hypervisor_probe(s->hypervisor, o->node, on_look, s);
    }
    hypervisor_wait(s->hypervisor);
}

void
sync_look(struct sync *s)
{
    gint64 from = g_get_monotonic_time();

    if (s->config->frozen.probe)
        probe_nodes(s);
    g_autoptr(GArray) wishes = engine_looks(s->engine, statestore_now(), s->observations);
    if (s->options.sweep)
        add_sweep(s, wishes);
    g_array_sort(wishes, by_node);
    for (guint begin = 0; begin < wishes->len;) {
        const struct look_request *first = &g_array_index(wishes, struct look_request, begin);
        guint end = begin + 1;
        while (end < wishes->len
               && strcmp(g_array_index(wishes, struct look_request, end).node, first->node) == 0)
            end++;
        hypervisor_look(s->hypervisor, first->node, first, end - begin, on_look, s);
        begin = end;
    }
    hypervisor_wait(s->hypervisor);
    sync_spent(s, SYNC_LOOKS, from);
}
