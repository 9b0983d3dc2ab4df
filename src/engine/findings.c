/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/findings.h"

#include "engine/engine-internal.h"

#include <string.h>

/* Stands beside the marker, belongs to other tools, and is not read. */
#define MIGRATION_PORT "sstMigrationSpicePort"

static const char *const names[] = {
#define FINDING_NAME(id, name) [id] = name,
    FINDING_LIST(FINDING_NAME)
#undef FINDING_NAME
};

/* Alarms that last until somebody mends something. */
static const enum alarm_id alarms[] = {
    ALARM_BACKUP_FAILED,    ALARM_BACKUP_STUCK,      ALARM_DUPLICATE,
    ALARM_DUPLICATE_ENTRY,  ALARM_LEFTOVER,          ALARM_LOST_IN_MIGRATION,
    ALARM_MALFORMED_ENTRY,  ALARM_MIGRATION_TO_SELF, ALARM_NAME_CLASH,
    ALARM_ONE_DONE,         ALARM_ORPHAN,            ALARM_STALE_MIGRATION_MARKER,
    ALARM_UNKNOWN_BACKUP_MODE, ALARM_UNKNOWN_MODE,   ALARM_UNKNOWN_REQUEST,
    ALARM_WRONG_NODE,
};

const char *
finding_name(enum finding_kind kind)
{
    return (size_t)kind < FINDING_COUNT ? names[kind] : "?";
}

bool
finding_is_kind(const char *word)
{
    for (size_t i = 0; i < FINDING_COUNT; i++) {
        if (g_ascii_strcasecmp(word, names[i]) == 0)
            return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(alarms); i++) {
        if (g_ascii_strcasecmp(word, alarm_name(alarms[i])) == 0)
            return true;
    }
    return false;
}

char *
finding_kinds(void)
{
    GString *all = g_string_new(NULL);

    for (size_t i = 0; i < FINDING_COUNT; i++)
        g_string_append_printf(all, "%s%s", all->len > 0 ? ", " : "", names[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(alarms); i++)
        g_string_append_printf(all, ", %s", alarm_name(alarms[i]));
    return g_string_free(all, FALSE);
}

/* --- what mends it --------------------------------------------------------------------- */

static void
delete_value(struct change *c, enum attribute a, const char *value)
{
    change_mod_value(change_add_mod(c, CHANGE_DELETE, attribute_name(a)), value);
}

/* The marker as it was read goes, and the port beside it. */
static struct change *
without_marker(const struct vm_entry *vm)
{
    struct change *c = change_new(vm->base.dn, vm->base.csn);

    delete_value(c, ATTR_MIGRATION_NODE, vm->target);
    change_replace(c, MIGRATION_PORT, NULL);
    return c;
}

static const struct domain *
copy_on(struct engine *e, const struct vm_entry *vm, const struct node_state *n)
{
    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *c = &g_array_index(e->sightings, struct sighting, i - 1);
        if (c->node == n)
            return c->domain;
        i = c->next;
    }
    return NULL;
}

/* Home has it, and nobody else: the migration came to nothing, or is over. */
static bool
stayed_home(struct engine *e, const struct vm_entry *vm)
{
    const struct node_state *home = world_node_of_ref(e, vm->home);
    const struct node_state *target = world_node_of_ref(e, vm->target);
    const struct domain *here = home != NULL ? copy_on(e, vm, home) : NULL;

    if (here == NULL || here->unreadable || target == NULL || target->obs == NULL
        || target->obs->result != RESULT_COMPLETE || copy_on(e, vm, target) != NULL)
        return false;
    return domain_is_active(here)
           || (here->state == DSTATE_SHUTOFF && here->reason != DREASON_MIGRATED);
}

static struct change *
without_request(const struct vm_entry *vm)
{
    struct change *c = change_new(vm->base.dn, vm->base.csn);

    delete_value(c, ATTR_REQUEST, vm->pub.request);
    change_replace(c, attribute_name(ATTR_REQUEST_SINCE), NULL);
    return c;
}

static struct change *
repair_of(struct engine *e, const struct vm_entry *vm, enum alarm_id id)
{
    if (id == ALARM_MIGRATION_TO_SELF && vm->target != NULL)
        return without_marker(vm);
    if (id == ALARM_STALE_MIGRATION_MARKER && vm->target != NULL && stayed_home(e, vm))
        return without_marker(vm);
    if (id == ALARM_UNKNOWN_REQUEST && vm->pub.request != NULL)
        return without_request(vm);
    return NULL;
}

/* --- finding --------------------------------------------------------------------------- */

/* What the alarm says behind its name; NULL = it is not raised. */
static const char *
text_of(char **texts, enum alarm_id id)
{
    size_t len = strlen(alarm_name(id));

    for (; texts != NULL && *texts != NULL; texts++) {
        if (strncmp(*texts, alarm_name(id), len) == 0 && g_str_has_prefix(*texts + len, ": "))
            return *texts + len + 2;
    }
    return NULL;
}

static void
find_alarms(struct engine *e, const struct verdict *v, GArray *findings)
{
    for (size_t i = 0; i < G_N_ELEMENTS(alarms); i++) {
        const char *text
            = v->alarms & BIT(alarms[i]) ? text_of(v->alarm_texts, alarms[i]) : NULL;
        if (text == NULL)
            continue;
        struct finding f = {
            .kind = alarm_name(alarms[i]),
            .dn = g_strdup(v->vm->base.dn),
            .name = g_strdup(v->vm->name),
            .text = g_strdup(text),
            .repair = repair_of(e, v->vm, alarms[i]),
        };
        g_array_append_val(findings, f);
    }
}

static void
find_orphan(struct engine *e, const struct node_state *n, const struct domain *d,
            GArray *findings)
{
    char uuid[UUID_TEXT_SIZE];

    if (d->unreadable || !domain_is_active(d) || world_has_entry(e, &d->uuid))
        return;
    uuid_format(&d->uuid, uuid);
    MADE_("the domain %s is active");
    MADE_("and has no entry");
    struct finding f = {
        .kind = alarm_name(ALARM_ORPHAN),
        .dn = n->entry != NULL ? g_strdup(n->entry->base.dn) : NULL,
        .name = g_strdup(n->name),
        .text = g_strdup_printf("the domain %s%s%s%s is active, and has no entry", uuid,
                                d->name != NULL ? " (" : "", d->name != NULL ? d->name : "",
                                d->name != NULL ? ")" : ""),
    };
    g_array_append_val(findings, f);
}

static gint
by_kind(gconstpointer pa, gconstpointer pb)
{
    const struct finding *a = pa;
    const struct finding *b = pb;
    int order = strcmp(a->kind, b->kind);

    if (order == 0)
        order = g_strcmp0(a->dn, b->dn);
    return order != 0 ? order : strcmp(a->text, b->text);
}

GArray *
engine_findings(struct engine *e, struct engine_output *o)
{
    GArray *findings = g_steal_pointer(&o->findings);
    g_autoptr(GList) nodes = world_nodes(e);

    o->findings = findings_new();
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        if (v->rule != RULE_IGNORED)
            find_alarms(e, v, findings);
    }
    for (GList *l = nodes; l != NULL; l = l->next) {
        const struct node_state *n = l->data;
        bool ours = e->options.owns == NULL || e->options.owns(n->name, e->options.owns_data);
        if (!ours || n->obs == NULL || n->obs->result == RESULT_ERROR)
            continue;
        for (guint i = 0; i < n->obs->domains->len; i++)
            find_orphan(e, n, &g_array_index(n->obs->domains, struct domain, i), findings);
    }
    g_array_sort(findings, by_kind);
    return findings;
}
