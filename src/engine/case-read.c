/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Case files read strictly: an unknown key hides a typo and is an error; a
 * null where a value may be missing is no value.
 */
#include "config.h"

#include "engine/case-internal.h"

#include "engine/attributes.h"
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

bool
case_is_array(JsonNode *n)
{
    return n != NULL && JSON_NODE_HOLDS_ARRAY(n);
}

bool
case_is_object(JsonNode *n)
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

/* A list of tags; false where it is none. */
static bool
read_languages(struct case_file *c, JsonNode *value)
{
    JsonArray *tags = case_is_array(value) ? json_node_get_array(value) : NULL;

    for (guint i = 0; tags != NULL && i < json_array_get_length(tags); i++) {
        const char *tag = case_string(json_array_get_element(tags, i));
        if (tag == NULL || *tag == '\0' || strlen(tag) > LANGUAGE_TAG_MAX)
            return false;
        const struct engine_language l = {.tag = g_strdup(tag)};
        g_array_append_val(c->languages, l);
        g_ptr_array_insert(c->tags, (gint)c->tags->len - 1, (gpointer)(gintptr)l.tag);
    }
    case_set_languages(c, (const struct engine_language *)(void *)c->languages->data,
                       c->languages->len);
    return tags != NULL;
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
        else if (strcmp(key, "languages") == 0)
            known = read_languages(c, value);
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

    if (!case_is_object(node))
        return fail(error, where, "an entry is an object");
    JsonObject *o = json_node_get_object(node);
    if (!only_keys(o, keys, where, error))
        return false;
    if (case_string(json_object_get_member(o, "dn")) == NULL)
        return fail(error, where, "an entry needs a dn");
    if (!case_is_object(json_object_get_member(o, "attributes")))
        return fail(error, where, "an entry needs attributes");
    return true;
}

static bool
check_change(JsonNode *node, const char *where, GError **error)
{
    static const char *const keys[] = {"dn", "replace", "delete", "add", "remove", "note", NULL};

    if (!case_is_object(node))
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

    if (!case_is_object(node))
        return fail(error, where, "a domain is an object");
    return only_keys(json_node_get_object(node), keys, where, error);
}

static bool
check_list(JsonNode *list, bool (*check)(JsonNode *, const char *, GError **), const char *where,
           GError **error)
{
    if (!case_is_array(list))
        return fail(error, where, "a list is expected");
    JsonArray *array = json_node_get_array(list);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        if (!check(json_array_get_element(array, i), where, error))
            return false;
    }
    return true;
}

static bool
case_result_ok(JsonObject *answer)
{
    enum result result;

    return result_parse(case_string(json_object_get_member(answer, "result")), &result);
}

static bool
check_nodes(JsonNode *nodes, const char *where, GError **error)
{
    static const char *const keys[]
        = {"result",     "why",          "class",         "text", "epoch", "domains",
           "hypervisor", "look_blocked", "missed_events", "note", NULL};

    if (!case_is_object(nodes))
        return fail(error, where, "nodes is an object");
    JsonObject *o = json_node_get_object(nodes);
    g_autoptr(GList) names = json_object_get_members(o);
    for (GList *l = names; l != NULL; l = l->next) {
        JsonNode *node = json_object_get_member(o, l->data);
        if (!case_is_object(node))
            return fail(error, where, "a node is an object");
        JsonObject *n = json_node_get_object(node);
        if (!only_keys(n, keys, where, error))
            return false;
        if (!case_result_ok(n))
            return fail(error, where, "result is complete, partial or error");
        JsonNode *domains = json_object_get_member(n, "domains");
        if (domains != NULL && !JSON_NODE_HOLDS_NULL(domains)
            && !check_list(domains, check_domain, where, error))
            return false;
    }
    return true;
}

static bool
check_vm(JsonNode *node, const char *where, GError **error)
{
    static const char *const keys[]
        = {"id",        "name", "link",   "os_uuid", "deploy_id", "state",
           "lcm_state", "host", "source", "action",  "note",      NULL};

    if (!case_is_object(node))
        return fail(error, where, "a VM of OpenNebula is an object");
    JsonObject *o = json_node_get_object(node);
    if (!only_keys(o, keys, where, error))
        return false;
    if (!case_is_number(json_object_get_member(o, "id"))
        || !case_is_number(json_object_get_member(o, "state")))
        return fail(error, where, "a VM of OpenNebula needs an id and a state");
    return true;
}

static bool
check_frontends(JsonNode *frontends, const char *where, GError **error)
{
    static const char *const keys[]
        = {"result", "why", "class", "text", "version", "vms", "note", NULL};

    if (!case_is_object(frontends))
        return fail(error, where, "opennebula is an object");
    JsonObject *o = json_node_get_object(frontends);
    g_autoptr(GList) names = json_object_get_members(o);
    for (GList *l = names; l != NULL; l = l->next) {
        JsonNode *node = json_object_get_member(o, l->data);
        if (!case_is_object(node))
            return fail(error, where, "a front-end is an object");
        JsonObject *f = json_node_get_object(node);
        if (!only_keys(f, keys, where, error))
            return false;
        if (!case_result_ok(f))
            return fail(error, where, "result is complete, partial or error");
        JsonNode *vms = json_object_get_member(f, "vms");
        if (vms != NULL && !JSON_NODE_HOLDS_NULL(vms) && !check_list(vms, check_vm, where, error))
            return false;
    }
    return true;
}

static bool
check_expect(JsonNode *expect, const char *where, GError **error)
{
    static const char *const keys[]
        = {"status",     "state",       "activity",   "permille",   "rule",      "stale",
           "stale_reason_has", "reason_has", "node",  "one",        "actions",    "denied",    "alarms",
           "alarms_has", "details",     "active",     "writes_has", "writes_never",
           "writes_none", "note",       NULL};

    if (!case_is_object(expect))
        return fail(error, where, "expect is an object");
    JsonObject *o = json_node_get_object(expect);
    g_autoptr(GList) ids = json_object_get_members(o);
    for (GList *l = ids; l != NULL; l = l->next) {
        JsonNode *one = json_object_get_member(o, l->data);
        if (strcmp(l->data, "note") == 0)
            continue;
        if (!case_is_object(one))
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

    if (!case_is_object(expect))
        return fail(error, where, "expect_pass is an object");
    return only_keys(json_node_get_object(expect), keys, where, error);
}

static bool
check_step(JsonNode *node, const char *where, GError **error)
{
    static const char *const keys[]
        = {"at",     "wall",   "directory",   "directory_changes", "directory_result", "nodes",
           "opennebula", "expect", "expect_pass", "restart", "note", NULL};

    if (!case_is_object(node))
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
        {"nodes", check_nodes, NULL},       {"opennebula", check_frontends, NULL},
        {"expect", check_expect, NULL},     {"expect_pass", check_expect_pass, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        JsonNode *part = json_object_get_member(o, parts[i].key);
        if (part == NULL || JSON_NODE_HOLDS_NULL(part))
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

    if (!case_is_object(root))
        return fail(error, "case", "the file is not a JSON object");
    JsonObject *o = json_node_get_object(root);
    if (!only_keys(o, keys, "case", error))
        return false;
    JsonNode *config = json_object_get_member(o, "config");
    if (config != NULL && !JSON_NODE_HOLDS_NULL(config)
        && (!case_is_object(config) ? !fail(error, "config", "an object is expected")
                               : !read_config(c, json_node_get_object(config), error)))
        return false;
    if (!read_memory(c, o, error))
        return false;
    JsonNode *steps = json_object_get_member(o, "steps");
    if (!case_is_array(steps))
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
    c->languages = g_array_new(FALSE, FALSE, sizeof(struct engine_language));
    c->tags = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(c->tags, NULL);
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
    g_ptr_array_unref(c->tags);
    g_array_unref(c->languages);
    g_free(c->memory);
    g_free(c->boot);
    g_free(c->id);
    g_free(c->title);
    g_free(c);
}

const char *const *
case_languages(const struct case_file *c)
{
    return (const char *const *)c->tags->pdata;
}

void
case_set_languages(struct case_file *c, const struct engine_language *languages, unsigned n)
{
    c->options.languages = languages;
    c->options.n_languages = n;
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
