/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world as a step of a case file: a failure of a property test is looked at,
 * and kept, with the same tools as an incident.
 */
#include "config.h"

#include "world.h"

#include <json-glib/json-glib.h>
#include <string.h>

static void
text(JsonBuilder *b, const char *name, const char *value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_string_value(b, value);
}

static void
number(JsonBuilder *b, const char *name, gint64 value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_int_value(b, value);
}

static void
boolean(JsonBuilder *b, const char *name, bool value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_boolean_value(b, value);
}

/* attribute=value lines, the values of one attribute in a row */
static void
put_entry(JsonBuilder *b, const char *dn, const char *print)
{
    g_auto(GStrv) lines = g_strsplit(print, "\n", -1);
    g_autofree char *last = NULL;

    json_builder_begin_object(b);
    text(b, "dn", dn);
    json_builder_set_member_name(b, "attributes");
    json_builder_begin_object(b);
    for (char **l = lines; *l != NULL; l++) {
        char *equals = strchr(*l, '=');
        if (equals == NULL)
            continue;
        *equals = '\0';
        if (g_strcmp0(last, *l) != 0) {
            if (last != NULL)
                json_builder_end_array(b);
            json_builder_set_member_name(b, *l);
            json_builder_begin_array(b);
            g_free(last);
            last = g_strdup(*l);
        }
        json_builder_add_string_value(b, equals + 1);
    }
    if (last != NULL)
        json_builder_end_array(b);
    json_builder_end_object(b);
    json_builder_end_object(b);
}

static void
put_directory(const struct world *w, JsonBuilder *b)
{
    g_autoptr(GHashTable) prints = world_prints(w);
    g_autoptr(GList) dns = g_list_sort(g_hash_table_get_keys(prints), (GCompareFunc)strcmp);

    json_builder_set_member_name(b, "directory");
    json_builder_begin_array(b);
    for (GList *l = dns; l != NULL; l = l->next) {
        const char *print = g_hash_table_lookup(prints, l->data);
        /* garbage is no text; it is left out */
        if (g_utf8_validate(print, -1, NULL) && !g_str_has_prefix(l->data, "cn="))
            put_entry(b, l->data, print);
    }
    json_builder_end_array(b);
}

static void
put_look(JsonBuilder *b, const struct domain *d)
{
    const struct look *look = d->look;

    if (look == NULL)
        return;
    if (look->job_known && look->job != JOB_NONE)
        text(b, "job", job_name(look->job));
    json_builder_set_member_name(b, "block_jobs");
    json_builder_begin_array(b);
    for (guint i = 0; look->block_jobs != NULL && i < look->block_jobs->len; i++) {
        const struct block_job *j = &g_array_index(look->block_jobs, struct block_job, i);
        json_builder_begin_object(b);
        text(b, "disk", j->disk);
        text(b, "type", block_job_name(j->type));
        number(b, "cur", (gint64)j->cur);
        number(b, "end", (gint64)j->end);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    for (guint i = 0; look->disks != NULL && i < look->disks->len; i++) {
        const struct disk *disk = &g_array_index(look->disks, struct disk, i);
        json_builder_set_member_name(b, "backing");
        json_builder_begin_object(b);
        boolean(b, disk->name, disk->backing);
        json_builder_end_object(b);
    }
    if (look->agent_known)
        text(b, "agent", agent_name(look->agent));
    if (look->control_known && look->control == CONTROL_ERROR)
        text(b, "control", "error");
    if (look->control_known && look->control == CONTROL_OCCUPIED) {
        json_builder_set_member_name(b, "control");
        json_builder_begin_object(b);
        number(b, "occupied_s", look->occupied_ms / 1000);
        json_builder_end_object(b);
    }
}

static void
put_domain(JsonBuilder *b, const struct domain *d)
{
    char uuid[UUID_TEXT_SIZE];

    uuid_format(&d->uuid, uuid);
    json_builder_begin_object(b);
    text(b, "uuid", uuid);
    text(b, "name", d->name != NULL ? d->name : uuid);
    text(b, "state", d->state_word != NULL ? d->state_word : dstate_name((enum dstate)d->state));
    text(b, "reason", dreason_name((enum dreason)d->reason));
    if (d->managed_save)
        boolean(b, "managed_save", true);
    if (d->unreadable)
        text(b, "error", "unreadable");
    put_look(b, d);
    json_builder_end_object(b);
}

static void
put_row(JsonBuilder *b, const struct frontend_vm *row)
{
    char uuid[UUID_TEXT_SIZE];

    json_builder_begin_object(b);
    number(b, "id", row->id);
    number(b, "state", row->state);
    number(b, "lcm_state", row->lcm);
    number(b, "action", row->action);
    if (row->has_link) {
        uuid_format(&row->link, uuid);
        text(b, "link", uuid);
    }
    if (row->has_os_uuid) {
        uuid_format(&row->os_uuid, uuid);
        text(b, "os_uuid", uuid);
    }
    text(b, "deploy_id", row->deploy_id);
    text(b, "host", row->host);
    text(b, "source", row->source);
    json_builder_end_object(b);
}

static void
put_frontends(const struct world *w, JsonBuilder *b)
{
    g_autoptr(GPtrArray) answers = world_frontends(w, NULL);

    if (answers == NULL)
        return;
    json_builder_set_member_name(b, "opennebula");
    json_builder_begin_object(b);
    for (guint i = 0; i < answers->len; i++) {
        const struct frontend_answer *a = g_ptr_array_index(answers, i);
        json_builder_set_member_name(b, a->frontend);
        json_builder_begin_object(b);
        text(b, "result", result_name(a->result));
        text(b, "class", error_class_name(a->error));
        text(b, "text", a->text);
        json_builder_set_member_name(b, "vms");
        json_builder_begin_array(b);
        for (guint k = 0; k < a->vms->len; k++)
            put_row(b, &g_array_index(a->vms, struct frontend_vm, k));
        json_builder_end_array(b);
        json_builder_end_object(b);
    }
    json_builder_end_object(b);
}

void
world_to_json(const struct world *w, GString *out)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    g_autoptr(GPtrArray) observations = world_observations(w, NULL);

    json_builder_begin_object(b);
    json_builder_set_member_name(b, "at");
    json_builder_add_double_value(b, (double)w->now.mono / 1000.0);
    g_autoptr(GDateTime) wall = g_date_time_new_from_unix_utc(w->now.wall / 1000);
    g_autofree char *wall_text = g_date_time_format(wall, "%Y-%m-%dT%H:%M:%SZ");
    text(b, "wall", wall_text);
    put_directory(w, b);
    json_builder_set_member_name(b, "nodes");
    json_builder_begin_object(b);
    for (guint i = 0; i < observations->len; i++) {
        const struct observation *o = g_ptr_array_index(observations, i);
        json_builder_set_member_name(b, o->node);
        json_builder_begin_object(b);
        text(b, "result", result_name(o->result));
        if (o->result == RESULT_ERROR)
            text(b, "class", error_class_name(o->error));
        number(b, "epoch", (gint64)o->epoch);
        json_builder_set_member_name(b, "domains");
        json_builder_begin_array(b);
        for (guint d = 0; d < o->domains->len; d++)
            put_domain(b, &g_array_index(o->domains, struct domain, d));
        json_builder_end_array(b);
        json_builder_end_object(b);
    }
    json_builder_end_object(b);
    put_frontends(w, b);
    json_builder_end_object(b);
    g_autoptr(JsonNode) root = json_builder_get_root(b);
    g_autofree char *json = json_to_string(root, FALSE);
    g_string_append(out, json);
}
