/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/record.h"

#include "core/words.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>

struct recording {
    JsonObject *root;
    JsonArray *steps;
    JsonArray *entries; /* of the step to come, NULL = none noted */
    JsonObject *attributes; /* of the last entry noted */
    char *dn;
};

static void
record_options(JsonObject *root, const struct engine_options *options)
{
    const struct limits defaults = LIMITS_DEFAULT;
    JsonObject *config = json_object_new();

#define RECORD_LIMIT(name, def, unit, min, what)                                                   \
    if (options->limits.name != defaults.name)                                                     \
        json_object_set_int_member(config, #name, options->limits.name);
    LIMITS_LIST(RECORD_LIMIT)
#undef RECORD_LIMIT
    if (options->force_budget)
        json_object_set_boolean_member(config, "force_budget", TRUE);
    if (options->repair_mode)
        json_object_set_boolean_member(config, "repair_mode", TRUE);
    if (options->repair_streams)
        json_object_set_boolean_member(config, "repair_streams", TRUE);
    if (options->agent)
        json_object_set_boolean_member(config, "agent", TRUE);
    if (options->n_languages > 0) {
        JsonArray *tags = json_array_new();
        for (unsigned i = 0; i < options->n_languages; i++)
            json_array_add_string_element(tags, options->languages[i].tag);
        json_object_set_array_member(config, "languages", tags);
    }
    json_object_set_object_member(root, "config", config);
}

struct recording *
recording_new(const struct engine_options *options, const char *memory)
{
    struct recording *r = g_new0(struct recording, 1);
    g_autofree char *boot = NULL;

    r->root = json_object_new();
    r->steps = json_array_new();
    json_object_set_string_member(r->root, "id", "recorded");
    json_object_set_string_member(r->root, "title", "a recorded pass");
    record_options(r->root, options);
    if (memory != NULL)
        json_object_set_string_member(r->root, "memory", memory);
    if (g_file_get_contents("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL))
        json_object_set_string_member(r->root, "boot", g_strstrip(boot));
    json_object_set_array_member(r->root, "steps", r->steps);
    return r;
}

void
recording_free(struct recording *r)
{
    if (r == NULL)
        return;
    if (r->entries != NULL)
        json_array_unref(r->entries);
    json_object_unref(r->root);
    g_free(r->dn);
    g_free(r);
}

static void
begin_entry(struct recording *r, const char *dn)
{
    JsonObject *entry = json_object_new();

    g_free(r->dn);
    r->dn = g_strdup(dn);
    r->attributes = json_object_new();
    json_object_set_string_member(entry, "dn", dn);
    json_object_set_object_member(entry, "attributes", r->attributes);
    if (r->entries == NULL)
        r->entries = json_array_new();
    json_array_add_object_element(r->entries, entry);
}

void
recording_value(struct recording *r, const char *dn, const char *attribute, const char *value,
                size_t len)
{
    if (r->dn == NULL || strcmp(r->dn, dn) != 0)
        begin_entry(r, dn);
    g_autofree char *valid = g_utf8_make_valid(value, (gssize)len);
    if (!json_object_has_member(r->attributes, attribute))
        json_object_set_array_member(r->attributes, attribute, json_array_new());
    json_array_add_string_element(json_object_get_array_member(r->attributes, attribute), valid);
}

static void
record_event(JsonObject *o, const struct job_event *e)
{
    JsonObject *event = json_object_new();

    if (!json_object_has_member(o, "job_completed"))
        json_object_set_array_member(o, "job_completed", json_array_new());
    json_object_set_string_member(event, "disk", e->disk);
    json_object_set_string_member(event, "type", block_job_name(e->type));
    json_object_set_string_member(event, "status", job_end_name(e->end));
    json_array_add_object_element(json_object_get_array_member(o, "job_completed"), event);
}

static void
record_look(JsonObject *o, const struct look *l)
{
    if (l->job_known && l->job != JOB_NONE)
        json_object_set_string_member(o, "job", job_name(l->job));
    if (l->blocks_failed)
        json_object_set_null_member(o, "block_jobs");
    for (guint i = 0; l->block_jobs != NULL && i < l->block_jobs->len; i++) {
        const struct block_job *j = &g_array_index(l->block_jobs, struct block_job, i);
        JsonObject *job = json_object_new();
        if (!json_object_has_member(o, "block_jobs"))
            json_object_set_array_member(o, "block_jobs", json_array_new());
        json_object_set_string_member(job, "disk", j->disk);
        json_object_set_string_member(job, "type", block_job_name(j->type));
        json_object_set_int_member(job, "cur", (gint64)MIN(j->cur, G_MAXINT64));
        json_object_set_int_member(job, "end", (gint64)MIN(j->end, G_MAXINT64));
        json_array_add_object_element(json_object_get_array_member(o, "block_jobs"), job);
    }
    if (l->disks_known) {
        JsonObject *backing = json_object_new();
        for (guint i = 0; l->disks != NULL && i < l->disks->len; i++) {
            const struct disk *d = &g_array_index(l->disks, struct disk, i);
            json_object_set_boolean_member(backing, d->name, d->backing);
        }
        json_object_set_object_member(o, "backing", backing);
    }
    for (guint i = 0; l->events != NULL && i < l->events->len; i++)
        record_event(o, &g_array_index(l->events, struct job_event, i));
    if (l->io_error_disks != NULL)
        json_object_set_string_member(o, "io_errors", l->io_error_disks);
    if (l->agent_known)
        json_object_set_string_member(o, "agent", agent_name(l->agent));
    if (l->control_known && l->control == CONTROL_OK)
        json_object_remove_member(o, "control");
    if (l->control_known && l->control == CONTROL_ERROR)
        json_object_set_string_member(o, "control", "error");
    if (l->control_known && l->control == CONTROL_OCCUPIED) {
        JsonObject *occupied = json_object_new();
        json_object_set_int_member(occupied, "occupied_s", l->occupied_ms / 1000);
        json_object_set_object_member(o, "control", occupied);
    }
}

static JsonObject *
record_domain(const struct domain *d)
{
    JsonObject *o = json_object_new();
    char uuid[UUID_TEXT_SIZE];

    uuid_format(&d->uuid, uuid);
    json_object_set_string_member(o, "uuid", uuid);
    json_object_set_string_member(o, "name", d->name != NULL ? d->name : uuid);
    json_object_set_string_member(
        o, "state", d->state_word != NULL ? d->state_word : dstate_name((enum dstate)d->state));
    json_object_set_string_member(o, "reason", dreason_name((enum dreason)d->reason));
    if (d->unreadable)
        json_object_set_string_member(o, "error", "could not be read");
    if (d->managed_save)
        json_object_set_boolean_member(o, "managed_save", TRUE);
    if (d->persistent)
        json_object_set_boolean_member(o, "persistent", TRUE);
    /* null: nobody asked; record_look() says what was asked after all */
    json_object_set_null_member(o, "agent");
    json_object_set_null_member(o, "control");
    if (d->look != NULL)
        record_look(o, d->look);
    return o;
}

static JsonObject *
record_observation(const struct observation *obs)
{
    JsonObject *o = json_object_new();

    json_object_set_string_member(o, "result", result_name(obs->result));
    if (obs->result == RESULT_ERROR)
        json_object_set_string_member(o, "class", error_class_name(obs->error));
    if (obs->text != NULL)
        json_object_set_string_member(o, obs->result == RESULT_PARTIAL ? "why" : "text",
                                      obs->text);
    json_object_set_int_member(o, "epoch", (gint64)obs->epoch);
    if (obs->hypervisor != NULL)
        json_object_set_string_member(o, "hypervisor", obs->hypervisor);
    if (obs->look_blocked)
        json_object_set_boolean_member(o, "look_blocked", TRUE);
    if (obs->surprises > 0)
        json_object_set_int_member(o, "missed_events", obs->surprises);
    if (obs->result != RESULT_ERROR) {
        JsonArray *domains = json_array_new();
        for (guint i = 0; i < obs->domains->len; i++)
            json_array_add_object_element(
                domains, record_domain(&g_array_index(obs->domains, struct domain, i)));
        json_object_set_array_member(o, "domains", domains);
    }
    return o;
}

static void
put_uuid(JsonObject *o, const char *key, bool known, const struct uuid *uuid)
{
    char text[UUID_TEXT_SIZE];

    if (!known)
        return;
    uuid_format(uuid, text);
    json_object_set_string_member(o, key, text);
}

static void
put_text(JsonObject *o, const char *key, const char *text)
{
    if (text == NULL)
        return;
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    json_object_set_string_member(o, key, valid);
}

static JsonObject *
record_row(const struct frontend_vm *vm)
{
    JsonObject *o = json_object_new();

    json_object_set_int_member(o, "id", vm->id);
    put_text(o, "name", vm->name);
    put_uuid(o, "link", vm->has_link, &vm->link);
    put_uuid(o, "os_uuid", vm->has_os_uuid, &vm->os_uuid);
    put_text(o, "deploy_id", vm->deploy_id);
    json_object_set_int_member(o, "state", vm->state);
    json_object_set_int_member(o, "lcm_state", vm->lcm);
    put_text(o, "host", vm->host);
    put_text(o, "source", vm->source);
    if (vm->action != 0)
        json_object_set_int_member(o, "action", vm->action);
    return o;
}

static JsonObject *
record_frontend(const struct frontend_answer *a)
{
    JsonObject *o = json_object_new();
    JsonArray *vms = json_array_new();

    json_object_set_string_member(o, "result", result_name(a->result));
    if (a->result == RESULT_ERROR)
        json_object_set_string_member(o, "class", error_class_name(a->error));
    put_text(o, a->result == RESULT_PARTIAL ? "why" : "text", a->text);
    put_text(o, "version", a->version);
    for (guint i = 0; i < a->vms->len; i++)
        json_array_add_object_element(
            vms, record_row(&g_array_index(a->vms, struct frontend_vm, i)));
    json_object_set_array_member(o, "vms", vms);
    return o;
}

static void
record_frontends(JsonObject *step, const GPtrArray *frontends)
{
    if (frontends == NULL)
        return;
    JsonObject *all = json_object_new();
    for (guint i = 0; i < frontends->len; i++) {
        const struct frontend_answer *a = g_ptr_array_index(frontends, i);
        json_object_set_object_member(all, a->frontend, record_frontend(a));
    }
    json_object_set_object_member(step, "opennebula", all);
}

void
recording_step(struct recording *r, struct engine_time now, const GPtrArray *observations,
               const GPtrArray *frontends, bool complete)
{
    JsonObject *step = json_object_new();
    JsonObject *nodes = json_object_new();
    g_autoptr(GDateTime) wall = g_date_time_new_from_unix_utc(now.wall / 1000);
    g_autofree char *seconds = g_date_time_format(wall, "%Y-%m-%dT%H:%M:%S");
    g_autofree char *wall_text = g_strdup_printf("%s.%03dZ", seconds, (int)(now.wall % 1000));

    json_object_set_double_member(step, "at", (double)now.mono / 1000);
    json_object_set_string_member(step, "wall", wall_text);
    if (!complete)
        json_object_set_string_member(step, "directory_result", "partial");
    if (r->entries != NULL)
        json_object_set_array_member(step, "directory", g_steal_pointer(&r->entries));
    for (guint i = 0; i < observations->len; i++) {
        const struct observation *obs = g_ptr_array_index(observations, i);
        json_object_set_object_member(nodes, obs->node, record_observation(obs));
    }
    json_object_set_object_member(step, "nodes", nodes);
    record_frontends(step, frontends);
    json_array_add_object_element(r->steps, step);
    g_clear_pointer(&r->dn, g_free);
}

/* The file is made anew beside the old one and renamed: what is no file would be replaced, too. */
char *
recording_refuse(const char *path)
{
    struct stat st;

    if (path[0] == '\0')
        return g_strdup(N_("--record: the name of the file is empty"));
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return g_strdup_printf(N_("--record: %s is not a regular file"), path);
    return NULL;
}

bool
recording_write(struct recording *r, const char *path, GError **error)
{
    g_autoptr(JsonNode) root = json_node_init_object(json_node_alloc(), r->root);
    g_autofree char *text = json_to_string(root, TRUE);

    if (g_file_set_contents_full(path, text, (gssize)strlen(text), G_FILE_SET_CONTENTS_CONSISTENT,
                                 0600, error))
        return true;
    g_prefix_error(error, "the record of the pass: ");
    return false;
}
