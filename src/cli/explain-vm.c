/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a VM has its status: what a pass would see of it and decide.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/explain.h"
#include "cli/find.h"
#include "cli/look.h"
#include "cli/pause.h"
#include "cli/report.h"
#include "directory/result.h"
#include "engine/explain.h"
#include "engine/flow.h"
#include "engine/timestamp.h"

#include <string.h>

/* One VM that somebody asks about. */
struct asked {
    const char *name; /* as typed */
    gboolean json;
    char *dn;
    GPtrArray *names;  /* of char *: attributes in the order in which they arrived */
    GHashTable *values; /* attribute -> GPtrArray of char * */
    GArray *memory;    /* of struct remembered; NULL = the entry has no UUID */
    gint64 memory_age; /* ms; -1 = nothing is remembered */
};

/* --- what comes before the pass --------------------------------------------------------- */

/* Each value of the entry itself, as it arrives. */
static void
on_value(const char *dn, const char *attribute, const char *value, size_t len, void *data)
{
    struct asked *a = data;

    if (strcmp(dn, a->dn) != 0 && !dn_same(dn, a->dn))
        return;
    GPtrArray *values = g_hash_table_lookup(a->values, attribute);
    if (values == NULL) {
        char *name = g_strdup(attribute);
        values = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(a->values, name, values);
        g_ptr_array_add(a->names, name);
    }
    g_ptr_array_add(values, g_utf8_make_valid(value, (gssize)len));
}

static bool
begin(struct sync *s, void *data, GError **error)
{
    struct asked *a = data;
    const struct finder f = {s->where, s->connection, s->config->directory.vm_base};
    g_autoptr(GPtrArray) entries = NULL;
    struct vm_entry *vm = finder_find(&f, a->name, &entries, error);

    if (vm == NULL)
        return false;
    a->dn = g_strdup(vm->base.dn);
    if (vm->valid)
        a->memory = engine_remembered(s->engine, &vm->uuid, statestore_now());
    a->memory_age = engine_memory_age(s->engine, statestore_now());
    s->value = on_value;
    s->value_data = a;
    return true;
}

/* --- as JSON ------------------------------------------------------------------------------ */

static void
add_age(JsonBuilder *b, const char *name, gint64 age)
{
    json_builder_set_member_name(b, name);
    if (age < 0)
        json_builder_add_null_value(b);
    else
        json_builder_add_int_value(b, age);
}

/* Since a time in seconds; -1 = not known. */
static gint64
age_of(gint64 since)
{
    return since < 0 ? -1 : MAX(statestore_now().wall - since * 1000, 0);
}

static gint64
age_heard(struct sync *s, const char *kind, const char *name)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    g_autofree char *key = g_strconcat(kind, lower, NULL);
    const gint64 *when = g_hash_table_lookup(s->heard, key);

    return when == NULL ? -1 : (g_get_monotonic_time() - *when) / 1000;
}

/* When the entry changed last. */
static gint64
entry_age(const struct asked *a, const struct vm_entry *vm)
{
    const GPtrArray *changed = g_hash_table_lookup(a->values, "modifyTimestamp");
    gint64 since = -1;

    if (changed != NULL)
        since = timestamp_parse(g_ptr_array_index(changed, 0));
    if (since < 0 && vm->base.csn != NULL) {
        g_autofree char *text = g_strdup_printf("%.14sZ", vm->base.csn);
        since = timestamp_parse(text);
    }
    return age_of(since);
}

static void
add_attributes(JsonBuilder *b, const struct asked *a)
{
    json_builder_set_member_name(b, "attributes");
    json_builder_begin_object(b);
    for (guint i = 0; i < a->names->len; i++) {
        const GPtrArray *values = g_hash_table_lookup(a->values, g_ptr_array_index(a->names, i));
        json_builder_set_member_name(b, g_ptr_array_index(a->names, i));
        json_builder_begin_array(b);
        for (guint k = 0; k < values->len; k++)
            json_builder_add_string_value(b, g_ptr_array_index(values, k));
        json_builder_end_array(b);
    }
    json_builder_end_object(b);
}

static void
add_directory(JsonBuilder *b, const struct asked *a, const struct vm_entry *vm,
              const struct explanation *x)
{
    json_builder_set_member_name(b, "directory");
    json_builder_begin_object(b);
    add_age(b, "age_ms", entry_age(a, vm));
    add_attributes(b, a);
    json_builder_set_member_name(b, "backups");
    json_builder_begin_array(b);
    for (guint i = 0; vm->backups != NULL && i < vm->backups->len; i++) {
        const struct backup_entry *e = g_ptr_array_index(vm->backups, i);
        json_builder_begin_object(b);
        report_add_text(b, "stamp", e->stamp);
        report_add_text(b, "mode", e->mode);
        report_add_text(b, "returned", e->return_value);
        add_age(b, "age_ms", age_of(e->changed));
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_set_member_name(b, "listed_by");
    json_builder_begin_array(b);
    for (guint i = 0; i < x->lists->len; i++)
        json_builder_add_string_value(b, g_ptr_array_index(x->lists, i));
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void
add_block_jobs(JsonBuilder *b, const struct look *l)
{
    json_builder_set_member_name(b, "block_jobs");
    if (l == NULL || !l->blocks_known || l->blocks_failed) {
        json_builder_add_null_value(b);
        return;
    }
    json_builder_begin_array(b);
    for (guint i = 0; l->block_jobs != NULL && i < l->block_jobs->len; i++) {
        const struct block_job *j = &g_array_index(l->block_jobs, struct block_job, i);
        json_builder_begin_object(b);
        report_add_text(b, "disk", j->disk);
        report_add_text(b, "type", block_job_name(j->type));
        report_add_number(b, "cur", (gint64)MIN(j->cur, G_MAXINT64));
        report_add_number(b, "end", (gint64)MIN(j->end, G_MAXINT64));
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

/* Disks that still have a backing file. */
static void
add_backing(JsonBuilder *b, const struct look *l)
{
    json_builder_set_member_name(b, "backing");
    if (l == NULL || !l->disks_known) {
        json_builder_add_null_value(b);
        return;
    }
    json_builder_begin_object(b);
    for (guint i = 0; l->disks != NULL && i < l->disks->len; i++) {
        const struct disk *d = &g_array_index(l->disks, struct disk, i);
        json_builder_set_member_name(b, d->name);
        json_builder_add_boolean_value(b, d->backing);
    }
    json_builder_end_object(b);
}

/* null: not looked at; job "none": looked at, there is none. */
static void
add_domain(JsonBuilder *b, const struct domain *d)
{
    const struct look *l = d != NULL ? d->look : NULL;

    json_builder_set_member_name(b, "domain");
    if (d == NULL) {
        json_builder_add_null_value(b);
        return;
    }
    json_builder_begin_object(b);
    report_add_text(b, "state", d->unreadable           ? NULL
                                : d->state_word != NULL ? d->state_word
                                                        : dstate_name((enum dstate)d->state));
    report_add_text(b, "reason", d->unreadable ? NULL : dreason_name((enum dreason)d->reason));
    json_builder_set_member_name(b, "managed_save");
    json_builder_add_boolean_value(b, d->managed_save);
    report_add_text(b, "job", l == NULL || !l->job_known ? NULL
                              : l->job == JOB_NONE       ? "none"
                                                         : job_name(l->job));
    add_block_jobs(b, l);
    add_backing(b, l);
    report_add_text(b, "agent", l != NULL && l->agent_known ? agent_name(l->agent) : NULL);
    report_add_text(b, "control", l != NULL && l->control_known ? control_name(l->control) : NULL);
    json_builder_end_object(b);
}

static void
add_node(JsonBuilder *b, struct sync *s, const struct explained_node *n)
{
    const struct observation *o = n->answer;

    json_builder_begin_object(b);
    report_add_text(b, "node", n->name);
    json_builder_set_member_name(b, "roles");
    json_builder_begin_array(b);
    if (n->home)
        json_builder_add_string_value(b, "home");
    if (n->target)
        json_builder_add_string_value(b, "target");
    if (n->last)
        json_builder_add_string_value(b, N_("seen last"));
    json_builder_end_array(b);
    report_add_text(b, "result", o != NULL ? result_name(o->result) : NULL);
    report_add_text(b, "class", o != NULL && o->result == RESULT_ERROR ? error_class_name(o->error)
                                                                      : NULL);
    report_add_text(b, "text", o != NULL ? o->text : NULL);
    add_age(b, "age_ms", age_heard(s, "", n->name));
    add_domain(b, n->domain);
    json_builder_end_object(b);
}

static void
add_nodes(JsonBuilder *b, struct sync *s, const struct explanation *x)
{
    guint answered = 0, silent = 0;

    json_builder_set_member_name(b, "nodes");
    json_builder_begin_array(b);
    for (guint i = 0; i < x->nodes->len; i++)
        add_node(b, s, &g_array_index(x->nodes, struct explained_node, i));
    json_builder_end_array(b);
    for (guint i = 0; i < s->observations->len; i++) {
        const struct observation *o = g_ptr_array_index(s->observations, i);
        bool shown = false;
        for (guint k = 0; k < x->nodes->len; k++)
            shown |= g_ascii_strcasecmp(o->node, g_array_index(x->nodes, struct explained_node, k)
                                                     .name) == 0;
        answered += !shown && o->result == RESULT_COMPLETE;
        silent += !shown && o->result != RESULT_COMPLETE;
    }
    json_builder_set_member_name(b, "other_nodes");
    json_builder_begin_object(b);
    report_add_number(b, "without_it", answered);
    report_add_number(b, "silent", silent);
    json_builder_end_object(b);
}

static void
add_opennebula(JsonBuilder *b, struct sync *s, const struct verdict *v,
               const struct explanation *x)
{
    json_builder_set_member_name(b, "opennebula");
    if (x->opennebula == NULL) {
        json_builder_add_null_value(b);
        return;
    }
    json_builder_begin_object(b);
    report_add_text(b, "front_end", v->source);
    report_add_text(b, "says", x->opennebula);
    add_age(b, "age_ms", v->source != NULL ? age_heard(s, HEARD_FRONTEND, v->source) : -1);
    json_builder_end_object(b);
}

static void
add_memory(JsonBuilder *b, const struct sync *s, const struct asked *a)
{
    json_builder_set_member_name(b, "memory");
    json_builder_begin_object(b);
    add_age(b, "age_ms", a->memory_age);
    report_add_text(b, "problem", s->memory_text);
    json_builder_set_member_name(b, "remembered");
    json_builder_begin_array(b);
    for (guint i = 0; a->memory != NULL && i < a->memory->len; i++) {
        const struct remembered *r = &g_array_index(a->memory, struct remembered, i);
        json_builder_begin_object(b);
        report_add_text(b, "key", r->key);
        report_add_text(b, "text", r->text);
        add_age(b, "age_ms", r->age);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

/* Who writes at present, and whether anybody does. */
static void
add_writing(JsonBuilder *b, struct sync *s)
{
    g_autoptr(GError) failure = NULL;
    CLEANUP(service_state_free) struct service_state *state = service_read(s->service, &failure);
    g_autofree char *pause
        = state != NULL ? pause_text(state, statestore_now().wall / 1000) : NULL;

    json_builder_set_member_name(b, "writing");
    json_builder_begin_object(b);
    add_age(b, "last_pass_ms", state != NULL && state->pass_completed > 0
                                   ? age_of(state->pass_completed) : -1);
    report_add_text(b, "last_pass_by", state != NULL ? state->pass_by : NULL);
    report_add_text(b, "lease", state != NULL ? state->holder : NULL);
    report_add_text(b, "pause", pause);
    report_add_text(b, "problem",
                    state != NULL || directory_error_class(failure) == DIRECTORY_ABSENT
                        ? NULL
                        : failure->message);
    json_builder_end_object(b);
}

static void
add_rules(JsonBuilder *b, const struct explanation *x)
{
    json_builder_set_member_name(b, "rules");
    json_builder_begin_array(b);
    for (guint i = 0; i < x->rules->len; i++) {
        const struct explained_rule *r = &g_array_index(x->rules, struct explained_rule, i);
        json_builder_begin_object(b);
        report_add_text(b, "rule", rule_name(r->rule));
        json_builder_set_member_name(b, "tried");
        json_builder_add_boolean_value(b, r->tried);
        json_builder_set_member_name(b, "matches");
        json_builder_add_boolean_value(b, r->matches);
        json_builder_set_member_name(b, "because");
        json_builder_begin_array(b);
        for (guint k = 0; k < r->because->len; k++)
            json_builder_add_string_value(b, g_ptr_array_index(r->because, k));
        json_builder_end_array(b);
        report_add_text(b, "facts", r->facts);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static JsonNode *
as_json(struct sync *s, const struct asked *a, const struct verdict *v,
        const struct engine_output *o)
{
    CLEANUP(explanation_free) struct explanation *x = engine_explain(s->engine, v, o);
    g_autoptr(JsonBuilder) b = json_builder_new();
    char uuid[UUID_TEXT_SIZE];

    uuid_format(&v->vm->uuid, uuid);
    json_builder_begin_object(b);
    report_add_text(b, "name", v->vm->name);
    report_add_text(b, "uuid", v->vm->valid ? uuid : NULL);
    report_add_text(b, "dn", v->vm->base.dn);
    add_directory(b, a, v->vm, x);
    add_nodes(b, s, x);
    add_opennebula(b, s, v, x);
    add_memory(b, s, a);
    add_writing(b, s);
    add_rules(b, x);
    report_add_text(b, "published", v->vm->pub.text);
    json_builder_set_member_name(b, "verdict");
    json_builder_add_value(b, report_verdict(v));
    json_builder_end_object(b);
    return json_builder_get_root(b);
}

/* --- the command ------------------------------------------------------------------------- */

static const struct verdict *
find_verdict(const struct engine_output *o, const char *dn)
{
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        if (dn_same(v->vm->base.dn, dn))
            return v;
    }
    return NULL;
}

static int
judged(struct sync *s, struct engine_output *o, void *data, GError **error)
{
    struct asked *a = data;
    const struct verdict *v = find_verdict(o, a->dn);

    if (v == NULL) {
        g_set_error(error, FIND_ERROR, FIND_NOT_FOUND,
                    "\"%s\" went away while the directory was read", a->dn);
        return -1;
    }
    JsonNode *explained = as_json(s, a, v, o);
    if (a->json) {
        report_print(explained, true);
    } else {
        explain_print(json_node_get_object(explained));
        json_node_unref(explained);
    }
    if (!cli_flush())
        return EXIT_FAILED;
    return v->stale ? EXIT_STALE : EXIT_WELL;
}

int
explain_vm(struct explain_options *options, const char *name, GError **error)
{
    struct asked a = {.name = name, .json = options->json};
    const struct looker looker = {begin, judged, &a};
    const struct sync_options sync = {
        .config = g_steal_pointer(&options->config),
        .state_file = g_steal_pointer(&options->state_file),
        .quiet = options->json,
    };

    a.names = g_ptr_array_new();
    a.values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                     (GDestroyNotify)(void (*)(void))g_ptr_array_unref);
    int code = look_run(&sync, &looker, error);
    g_ptr_array_unref(a.names);
    g_hash_table_unref(a.values);
    if (a.memory != NULL)
        g_array_unref(a.memory);
    g_free(a.dn);
    return code;
}
