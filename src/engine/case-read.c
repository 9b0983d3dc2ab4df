/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Case files read strictly: an unknown key hides a typo and is an error; a
 * null where a value may be missing is no value.
 */
#include "config.h"

#include "engine/case-internal.h"

#include "engine/timestamp.h"

#include <string.h>

GQuark
case_error_quark(void)
{
    return g_quark_from_static_string("statesync-case-error");
}

static bool
fail(GError **error, const char *where, const char *what)
{
    g_set_error(error, CASE_ERROR, CASE_ERROR_FORMAT, "%s: %s", where, what);
    return false;
}

/* Every member of o must be one of keys (NULL-terminated). */
static bool
only_keys(JsonObject *o, const char *const *keys, const char *where, GError **error)
{
    g_autoptr(GList) members = json_object_get_members(o);

    for (GList *l = members; l != NULL; l = l->next) {
        if (!g_strv_contains(keys, l->data)) {
            g_set_error(error, CASE_ERROR, CASE_ERROR_FORMAT, "%s: unknown key \"%s\"", where,
                        (const char *)l->data);
            return false;
        }
    }
    return true;
}

static bool
is_array(JsonNode *n)
{
    return n != NULL && JSON_NODE_HOLDS_ARRAY(n);
}

static bool
is_object(JsonNode *n)
{
    return n != NULL && JSON_NODE_HOLDS_OBJECT(n);
}

bool
case_is_number(JsonNode *n)
{
    return n != NULL && JSON_NODE_HOLDS_VALUE(n)
           && (json_node_get_value_type(n) == G_TYPE_INT64
               || json_node_get_value_type(n) == G_TYPE_DOUBLE);
}

const char *
case_string(JsonNode *n)
{
    if (n == NULL || !JSON_NODE_HOLDS_VALUE(n) || json_node_get_value_type(n) != G_TYPE_STRING)
        return NULL;
    return json_node_get_string(n);
}

bool
case_true(JsonNode *n)
{
    return n != NULL && JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == G_TYPE_BOOLEAN
           && json_node_get_boolean(n);
}

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

static bool
read_config(struct case_file *c, JsonObject *config, GError **error)
{
    g_autoptr(GList) members = json_object_get_members(config);

    for (GList *l = members; l != NULL; l = l->next) {
        const char *key = l->data;
        JsonNode *value = json_object_get_member(config, key);
        gint64 number = case_is_number(value) ? json_node_get_int(value) : -1;
        bool known = true;
        if (strcmp(key, "force_budget") == 0)
            c->options.force_budget = case_true(value);
        else if (strcmp(key, "repair_mode") == 0)
            c->options.repair_mode = case_true(value);
        else if (strcmp(key, "repair_streams") == 0)
            c->options.repair_streams = case_true(value);
        else if (strcmp(key, "agent") == 0)
            c->options.agent = case_true(value);
#define READ_LIMIT(name, def, unit, min, what)                                                     \
    else if (strcmp(key, #name) == 0) {                                                            \
        known = number >= (min) && number <= G_MAXINT32;                                           \
        c->options.limits.name = (int32_t)number;                                                  \
    }
        LIMITS_LIST(READ_LIMIT)
#undef READ_LIMIT
        else known = false;
        if (!known) {
            g_set_error(error, CASE_ERROR, CASE_ERROR_FORMAT, "config: \"%s\" is unknown or out "
                        "of range", key);
            return false;
        }
    }
    return true;
}

static bool
check_entry(JsonNode *node, const char *where, GError **error)
{
    static const char *const keys[] = {"dn", "attributes", "note", NULL};

    if (!is_object(node))
        return fail(error, where, "an entry is an object");
    JsonObject *o = json_node_get_object(node);
    if (!only_keys(o, keys, where, error))
        return false;
    if (case_string(json_object_get_member(o, "dn")) == NULL)
        return fail(error, where, "an entry needs a dn");
    if (!is_object(json_object_get_member(o, "attributes")))
        return fail(error, where, "an entry needs attributes");
    return true;
}

static bool
check_change(JsonNode *node, const char *where, GError **error)
{
    static const char *const keys[] = {"dn", "replace", "delete", "add", "remove", "note", NULL};

    if (!is_object(node))
        return fail(error, where, "a change is an object");
    JsonObject *o = json_node_get_object(node);
    if (!only_keys(o, keys, where, error))
        return false;
    if (case_string(json_object_get_member(o, "dn")) == NULL)
        return fail(error, where, "a change needs a dn");
    return true;
}

static bool
check_domain(JsonNode *node, const char *where, GError **error)
{
    static const char *const keys[]
        = {"uuid",    "name",    "state",         "reason", "persistent", "job",
           "error",   "backing", "block_jobs",    "agent",  "managed_save", "control",
           "job_completed", "io_errors", "note", NULL};

    if (!is_object(node))
        return fail(error, where, "a domain is an object");
    return only_keys(json_node_get_object(node), keys, where, error);
}

static bool
check_list(JsonNode *list, bool (*check)(JsonNode *, const char *, GError **), const char *where,
           GError **error)
{
    if (!is_array(list))
        return fail(error, where, "a list is expected");
    JsonArray *array = json_node_get_array(list);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        if (!check(json_array_get_element(array, i), where, error))
            return false;
    }
    return true;
}

static bool
check_nodes(JsonNode *nodes, const char *where, GError **error)
{
    static const char *const keys[]
        = {"result", "why", "class", "text", "epoch", "domains", "hypervisor", "note", NULL};

    if (!is_object(nodes))
        return fail(error, where, "nodes is an object");
    JsonObject *o = json_node_get_object(nodes);
    g_autoptr(GList) names = json_object_get_members(o);
    for (GList *l = names; l != NULL; l = l->next) {
        JsonNode *node = json_object_get_member(o, l->data);
        enum result result;
        if (!is_object(node))
            return fail(error, where, "a node is an object");
        JsonObject *n = json_node_get_object(node);
        if (!only_keys(n, keys, where, error))
            return false;
        if (!result_parse(case_string(json_object_get_member(n, "result")), &result))
            return fail(error, where, "result is complete, partial or error");
        JsonNode *domains = json_object_get_member(n, "domains");
        if (domains != NULL && !JSON_NODE_HOLDS_NULL(domains)
            && !check_list(domains, check_domain, where, error))
            return false;
    }
    return true;
}

static bool
check_expect(JsonNode *expect, const char *where, GError **error)
{
    static const char *const keys[]
        = {"status",     "state",       "activity",   "permille",   "rule",      "stale",
           "stale_reason_has", "node",  "one",        "actions",    "denied",    "alarms",
           "alarms_has", "details",     "active",     "writes_has", "writes_never",
           "writes_none", "note",       NULL};

    if (!is_object(expect))
        return fail(error, where, "expect is an object");
    JsonObject *o = json_node_get_object(expect);
    g_autoptr(GList) ids = json_object_get_members(o);
    for (GList *l = ids; l != NULL; l = l->next) {
        JsonNode *one = json_object_get_member(o, l->data);
        if (strcmp(l->data, "note") == 0)
            continue;
        if (!is_object(one))
            return fail(error, where, "an expectation is an object");
        if (!only_keys(json_node_get_object(one), keys, where, error))
            return false;
    }
    return true;
}

static bool
check_expect_pass(JsonNode *expect, const char *where, GError **error)
{
    static const char *const keys[] = {"alarms", "aborted", "held", "changes", "note", NULL};

    if (!is_object(expect))
        return fail(error, where, "expect_pass is an object");
    return only_keys(json_node_get_object(expect), keys, where, error);
}

static bool
check_step(JsonNode *node, const char *where, GError **error)
{
    static const char *const keys[]
        = {"at",     "wall",   "directory",   "directory_changes", "directory_result", "nodes",
           "expect", "expect_pass", "restart", "note", NULL};

    if (!is_object(node))
        return fail(error, where, "a step is an object");
    JsonObject *o = json_node_get_object(node);
    if (!only_keys(o, keys, where, error))
        return false;
    if (!case_is_number(json_object_get_member(o, "at")))
        return fail(error, where, "a step needs a time \"at\"");
    double at = json_node_get_double(json_object_get_member(o, "at"));
    if (!(at >= -1e12 && at <= 1e12))
        return fail(error, where, "\"at\" is out of range");
    const struct {
        const char *key;
        bool (*check)(JsonNode *, const char *, GError **);
        bool (*item)(JsonNode *, const char *, GError **);
    } parts[] = {
        {"directory", NULL, check_entry},   {"directory_changes", NULL, check_change},
        {"nodes", check_nodes, NULL},       {"expect", check_expect, NULL},
        {"expect_pass", check_expect_pass, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        JsonNode *part = json_object_get_member(o, parts[i].key);
        if (part == NULL)
            continue;
        if (parts[i].check != NULL ? !parts[i].check(part, where, error)
                                   : !check_list(part, parts[i].item, where, error))
            return false;
    }
    const char *wall = case_string(json_object_get_member(o, "wall"));
    if (wall != NULL && timestamp_parse_rfc3339(wall) < 0)
        return fail(error, where, "\"wall\" is not a time as RFC 3339 has it");
    return true;
}

/* What a recorded pass knew before it began. */
static bool
read_memory(struct case_file *c, JsonObject *root, GError **error)
{
    struct engine_time any = {0};
    g_autofree char *problem = NULL;

    c->boot = g_strdup(case_string(json_object_get_member(root, "boot")));
    c->memory = g_strdup(case_string(json_object_get_member(root, "memory")));
    if (c->memory == NULL)
        return true;
    CLEANUP(engine_free) struct engine *trial = engine_new(&c->options);
    return engine_load(trial, c->memory, any, &problem) || fail(error, "memory", problem);
}

static bool
read_root(struct case_file *c, JsonNode *root, GError **error)
{
    static const char *const keys[]
        = {"id", "title", "config", "memory", "boot", "steps", "note", NULL};

    if (!is_object(root))
        return fail(error, "case", "the file is not a JSON object");
    JsonObject *o = json_node_get_object(root);
    if (!only_keys(o, keys, "case", error))
        return false;
    JsonNode *config = json_object_get_member(o, "config");
    if (config != NULL && !JSON_NODE_HOLDS_NULL(config)
        && (!is_object(config) ? !fail(error, "config", "an object is expected")
                               : !read_config(c, json_node_get_object(config), error)))
        return false;
    if (!read_memory(c, o, error))
        return false;
    JsonNode *steps = json_object_get_member(o, "steps");
    if (!is_array(steps))
        return fail(error, "case", "there are no steps");
    c->steps = json_array_ref(json_node_get_array(steps));
    for (guint i = 0; i < json_array_get_length(c->steps); i++) {
        g_autofree char *where = g_strdup_printf("step %u", i + 1);
        if (!check_step(json_array_get_element(c->steps, i), where, error))
            return false;
    }
    const char *id = case_string(json_object_get_member(o, "id"));
    const char *title = case_string(json_object_get_member(o, "title"));
    c->id = g_strdup(id != NULL ? id : "");
    c->title = g_strdup(title != NULL ? title : "");
    return true;
}

struct case_file *
case_parse(const char *data, gsize size, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) syntax = NULL;

    if (!g_utf8_validate_len(data, size, NULL)) {
        g_set_error(error, CASE_ERROR, CASE_ERROR_SYNTAX, "the file is not UTF-8 text");
        return NULL;
    }
    if (!case_depth_ok(data, size)) {
        g_set_error(error, CASE_ERROR, CASE_ERROR_SYNTAX, "the file is nested too deeply");
        return NULL;
    }
    if (!json_parser_load_from_data(parser, data, (gssize)size, &syntax)
        || json_parser_get_root(parser) == NULL) {
        g_set_error(error, CASE_ERROR, CASE_ERROR_SYNTAX, "not JSON: %s",
                    syntax != NULL ? syntax->message : "the file is empty");
        return NULL;
    }
    struct case_file *c = g_new0(struct case_file, 1);
    c->options.limits = LIMITS_DEFAULT;
    if (!read_root(c, json_parser_get_root(parser), error)) {
        case_free(c);
        return NULL;
    }
    return c;
}

/* json-glib descends recursively: nesting is bounded before it starts. */
bool
case_depth_ok(const char *data, gsize size)
{
    int depth = 0;
    bool text = false;

    for (gsize i = 0; i < size; i++) {
        if (text) {
            if (data[i] == '\\')
                i++;
            else if (data[i] == '"')
                text = false;
        } else if (data[i] == '"') {
            text = true;
        } else if (data[i] == '{' || data[i] == '[') {
            if (++depth > 64)
                return false;
        } else if (data[i] == '}' || data[i] == ']') {
            depth--;
        }
    }
    return true;
}

void
case_free(struct case_file *c)
{
    if (c == NULL)
        return;
    if (c->steps != NULL)
        json_array_unref(c->steps);
    g_free(c->memory);
    g_free(c->boot);
    g_free(c->id);
    g_free(c->title);
    g_free(c);
}

const char *
case_id(const struct case_file *c)
{
    return c->id;
}

const char *
case_title(const struct case_file *c)
{
    return c->title;
}

static void
read_block_jobs(struct look *look, JsonNode *jobs)
{
    if (jobs != NULL && JSON_NODE_HOLDS_NULL(jobs)) {
        look->blocks_failed = true;
        return;
    }
    look->blocks_known = true;
    if (!is_array(jobs))
        return;
    JsonArray *array = json_node_get_array(jobs);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        if (!is_object(node))
            continue;
        JsonObject *o = json_node_get_object(node);
        const char *disk = case_string(json_object_get_member(o, "disk"));
        enum block_job_type type = BLOCK_JOB_UNKNOWN;
        (void)block_job_parse(case_string(json_object_get_member(o, "type")), &type);
        look_add_block_job(look, disk != NULL ? disk : "?", type,
                           unsigned_of(json_object_get_member(o, "cur")),
                           unsigned_of(json_object_get_member(o, "end")));
    }
}

static void
read_events(struct look *look, JsonNode *events)
{
    if (!is_array(events))
        return;
    JsonArray *array = json_node_get_array(events);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        if (!is_object(node))
            continue;
        JsonObject *o = json_node_get_object(node);
        const char *disk = case_string(json_object_get_member(o, "disk"));
        enum block_job_type type = BLOCK_JOB_UNKNOWN;
        enum job_end end;
        (void)block_job_parse(case_string(json_object_get_member(o, "type")), &type);
        if (job_end_parse(case_string(json_object_get_member(o, "status")), &end))
            look_add_event(look, disk != NULL ? disk : "?", type, end);
    }
}

static void
read_backing(struct look *look, JsonNode *backing)
{
    if (!is_object(backing))
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
    if (!is_object(control))
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
    d->unreadable = error != NULL && !JSON_NODE_HOLDS_NULL(error);
    d->persistent = case_true(json_object_get_member(o, "persistent"));
    d->managed_save = case_true(json_object_get_member(o, "managed_save"));
    struct look *look = domain_look(d);
    enum job job = JOB_NONE;
    const char *job_text = case_string(json_object_get_member(o, "job"));
    if (job_text != NULL && *job_text != '\0' && !job_parse(job_text, &job))
        job = JOB_UNKNOWN;
    look->job_known = true;
    look->job = job;
    read_block_jobs(look, json_object_get_member(o, "block_jobs"));
    read_backing(look, json_object_get_member(o, "backing"));
    if (first_time)
        read_events(look, json_object_get_member(o, "job_completed"));
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
    JsonNode *domains = json_object_get_member(node, "domains");
    for (guint i = 0; is_array(domains) && i < json_array_get_length(json_node_get_array(domains));
         i++)
        read_domain(obs, json_array_get_object_element(json_node_get_array(domains), i),
                    first_time);
    return obs;
}
