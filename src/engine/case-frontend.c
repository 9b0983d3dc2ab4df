/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a case says a front-end of OpenNebula answered.
 */
#include "config.h"

#include "engine/case-internal.h"

#include <string.h>

/* A whole number; whatever is none, or does not fit, is `otherwise`. */
static gint64
number_of(JsonObject *o, const char *key, gint64 otherwise, gint64 limit)
{
    JsonNode *n = json_object_get_member(o, key);

    if (!case_is_number(n))
        return otherwise;
    double value = json_node_get_double(n);
    if (!(value >= -(double)limit && value <= (double)limit))
        return otherwise;
    return json_node_get_int(n);
}

static char *
text_of(JsonObject *o, const char *key)
{
    const char *text = case_string(json_object_get_member(o, key));

    return text == NULL || *text == '\0' ? NULL : g_strdup(text);
}

static bool
uuid_of(JsonObject *o, const char *key, struct uuid *out)
{
    const char *text = case_string(json_object_get_member(o, key));

    return text != NULL && uuid_parse(text, strlen(text), out);
}

static void
read_vm(struct frontend_answer *a, JsonObject *o)
{
    struct frontend_vm *vm
        = frontend_answer_add(a, number_of(o, "id", -1, G_GINT64_CONSTANT(1000000000000000)));

    vm->state = (int)number_of(o, "state", -1, G_MAXINT32);
    vm->lcm = (int)number_of(o, "lcm_state", 0, G_MAXINT32);
    vm->action = (int)number_of(o, "action", 0, G_MAXINT32);
    vm->has_link = uuid_of(o, "link", &vm->link);
    vm->has_os_uuid = uuid_of(o, "os_uuid", &vm->os_uuid);
    vm->name = text_of(o, "name");
    vm->deploy_id = text_of(o, "deploy_id");
    vm->host = text_of(o, "host");
    vm->source = text_of(o, "source");
}

struct frontend_answer *
case_frontend(const char *name, JsonObject *frontend, guint64 query)
{
    enum result result = RESULT_ERROR;

    (void)result_parse(case_string(json_object_get_member(frontend, "result")), &result);
    struct frontend_answer *a = frontend_answer_new(name, result);
    a->error = result == RESULT_ERROR ? ERROR_OTHER : ERROR_NONE;
    if (result == RESULT_ERROR)
        (void)error_class_parse(case_string(json_object_get_member(frontend, "class")), &a->error);
    a->text = text_of(frontend, result == RESULT_PARTIAL ? "why" : "text");
    a->version = text_of(frontend, "version");
    a->query = query;
    JsonNode *vms = json_object_get_member(frontend, "vms");
    JsonArray *array = case_is_array(vms) ? json_node_get_array(vms) : NULL;
    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++)
        read_vm(a, json_array_get_object_element(array, i));
    return a;
}
