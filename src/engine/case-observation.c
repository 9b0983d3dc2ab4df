/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a case says a node answered.
 */
#include "config.h"

#include "engine/case-internal.h"

#include <string.h>

static bool
is_false(JsonNode *n)
{
    return n != NULL && JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == G_TYPE_BOOLEAN
           && !json_node_get_boolean(n);
}

/* A number of whatever kind as an unsigned 64 bit one; out of range and missing are 0. */
static guint64
unsigned_of(JsonNode *n)
{
    if (!case_is_number(n))
        return 0;
    if (json_node_get_value_type(n) == G_TYPE_DOUBLE) {
        double d = json_node_get_double(n);
        return d > 0 && d < 1.8e19 ? (guint64)d : 0;
    }
    gint64 v = json_node_get_int(n);
    return v > 0 ? (guint64)v : 0;
}

typedef void (*job_func)(struct look *look, const char *disk, enum block_job_type type,
                         JsonObject *job);

static void
each_job(struct look *look, JsonNode *jobs, job_func func)
{
    JsonArray *array = case_is_array(jobs) ? json_node_get_array(jobs) : NULL;

    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        if (!case_is_object(node))
            continue;
        JsonObject *o = json_node_get_object(node);
        const char *disk = case_string(json_object_get_member(o, "disk"));
        enum block_job_type type = BLOCK_JOB_UNKNOWN;
        (void)block_job_parse(case_string(json_object_get_member(o, "type")), &type);
        func(look, disk != NULL ? disk : "?", type, o);
    }
}

static void
add_block_job(struct look *look, const char *disk, enum block_job_type type, JsonObject *job)
{
    look_add_block_job(look, disk, type, unsigned_of(json_object_get_member(job, "cur")),
                       unsigned_of(json_object_get_member(job, "end")));
}

static void
read_block_jobs(struct look *look, JsonNode *jobs)
{
    if (jobs != NULL && JSON_NODE_HOLDS_NULL(jobs)) {
        look->blocks_failed = true;
        return;
    }
    look->blocks_known = true;
    each_job(look, jobs, add_block_job);
}

static void
add_event(struct look *look, const char *disk, enum block_job_type type, JsonObject *job)
{
    enum job_end end;

    if (job_end_parse(case_string(json_object_get_member(job, "status")), &end))
        look_add_event(look, disk, type, end);
}

static void
read_backing(struct look *look, JsonNode *backing)
{
    if (!case_is_object(backing))
        return;
    JsonObject *o = json_node_get_object(backing);
    g_autoptr(GList) disks = json_object_get_members(o);
    look->disks_known = true;
    /* what is no plain "false" may be there */
    for (GList *l = disks; l != NULL; l = l->next)
        look_add_disk(look, l->data, !is_false(json_object_get_member(o, l->data)));
}

static bool
is_null(JsonNode *n)
{
    return n != NULL && JSON_NODE_HOLDS_NULL(n);
}

static void
read_control(struct look *look, JsonNode *control)
{
    look->control_known = !is_null(control);
    look->control = CONTROL_OK;
    if (case_string(control) != NULL && strcmp(case_string(control), "error") == 0)
        look->control = CONTROL_ERROR;
    if (!case_is_object(control))
        return;
    JsonNode *occupied = json_object_get_member(json_node_get_object(control), "occupied_s");
    if (case_is_number(occupied)) {
        look->control = CONTROL_OCCUPIED;
        look->occupied_ms = (gint64)MIN(unsigned_of(occupied), G_MAXINT32) * 1000;
    }
}

static void
read_domain(struct observation *obs, JsonObject *o, bool first_time)
{
    const char *uuid_text = case_string(json_object_get_member(o, "uuid"));
    const char *name = case_string(json_object_get_member(o, "name"));
    const char *state = case_string(json_object_get_member(o, "state"));
    const char *reason = case_string(json_object_get_member(o, "reason"));
    struct uuid uuid;
    enum dstate dstate = DSTATE_OTHER;
    enum dreason dreason = DREASON_NONE;

    if (uuid_text == NULL || !uuid_parse(uuid_text, strlen(uuid_text), &uuid))
        return;
    struct domain *d = observation_add(obs, &uuid, name);
    if (!dstate_parse(state, &dstate))
        d->state_word = g_strdup(state != NULL ? state : "no state");
    if (reason != NULL && !dreason_parse(reason, &dreason))
        dreason = DREASON_OTHER;
    d->state = (uint8_t)dstate;
    d->reason = (uint8_t)dreason;
    JsonNode *error = json_object_get_member(o, "error");
    d->unreadable = error != NULL && !JSON_NODE_HOLDS_NULL(error) && !is_false(error);
    d->persistent = case_true(json_object_get_member(o, "persistent"));
    d->managed_save = case_true(json_object_get_member(o, "managed_save"));
    struct look *look = domain_look(d);
    enum job job = JOB_NONE;
    const char *job_text = case_string(json_object_get_member(o, "job"));
    if (job_text != NULL && *job_text != '\0' && g_ascii_strcasecmp(job_text, "none") != 0
        && !job_parse(job_text, &job))
        job = JOB_UNKNOWN;
    look->job_known = true;
    look->job = job;
    read_block_jobs(look, json_object_get_member(o, "block_jobs"));
    read_backing(look, json_object_get_member(o, "backing"));
    if (first_time)
        each_job(look, json_object_get_member(o, "job_completed"), add_event);
    JsonNode *agent = json_object_get_member(o, "agent");
    look->agent_known = !is_null(agent);
    (void)agent_parse(case_string(agent), &look->agent);
    look->io_error_disks = g_strdup(case_string(json_object_get_member(o, "io_errors")));
    read_control(look, json_object_get_member(o, "control"));
}

struct observation *
case_observation(const char *name, JsonObject *node, bool first_time, guint64 query)
{
    enum result result = RESULT_ERROR;
    enum error_class error = ERROR_OTHER;

    (void)result_parse(case_string(json_object_get_member(node, "result")), &result);
    struct observation *obs = observation_new(name, result);
    if (result == RESULT_ERROR) {
        (void)error_class_parse(case_string(json_object_get_member(node, "class")), &error);
        obs->error = error;
    }
    const char *text = case_string(
        json_object_get_member(node, result == RESULT_PARTIAL ? "why" : "text"));
    obs->text = g_strdup(text);
    obs->hypervisor = g_strdup(case_string(json_object_get_member(node, "hypervisor")));
    guint64 epoch = unsigned_of(json_object_get_member(node, "epoch"));
    obs->epoch = epoch > 0 ? epoch : 1;
    obs->query = query;
    obs->look_blocked = case_true(json_object_get_member(node, "look_blocked"));
    obs->surprises = (unsigned)unsigned_of(json_object_get_member(node, "missed_events"));
    JsonNode *domains = json_object_get_member(node, "domains");
    for (guint i = 0; case_is_array(domains) && i < json_array_get_length(json_node_get_array(domains));
         i++)
        read_domain(obs, json_array_get_object_element(json_node_get_array(domains), i),
                    first_time);
    return obs;
}
