/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/capability.h"

#include "directory/connection.h"
#include "directory/deadline.h"
#include "directory/filter.h"
#include "directory/result.h"
#include "directory/search.h"
#include "engine/attributes.h"

#include <ldap_schema.h>
#include <string.h>

/* Those of VMs and nodes are the engine's, marked as our own in its list; the service entry's are
 * ours. */
static const char *const service_attributes[] = {
    "sstStateSyncVersion",
    "sstStateSyncPassCompleted",
    "sstStateSyncPassDuration",
    "sstStateSyncPassBy",
    "sstStateSyncCount",
    "sstStateSyncHeld",
    "sstStateSyncAlarm",
    "sstStateSyncPauseUntil",
    "sstStateSyncPauseReason",
    "sstStateSyncLeaseHolder",
    "sstStateSyncLeaseSince",
    "sstStateSyncLeaseDuration",
    "sstStateSyncLeaseSerial",
    "sstStateSyncRefresh",
    "sstStateSyncRefreshAnswered",
};

static const char *const classes[] = {CLASS_VM_STATUS, CLASS_NODE_STATUS, CLASS_SERVICE};

static const struct {
    const char *name;
    char who;
} engine_attributes[] = {
#define ENGINE_ROW(id, name, who) {name, who},
    ATTRIBUTE_LIST(ENGINE_ROW)
#undef ENGINE_ROW
};

static void
append_static(GPtrArray *array, const char *text)
{
    g_ptr_array_add(array, (gpointer)(uintptr_t)text);
}

GPtrArray *
capability_attributes(void)
{
    GPtrArray *all = g_ptr_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(engine_attributes); i++)
        if (engine_attributes[i].who == 'o' || engine_attributes[i].who == 'p')
            append_static(all, engine_attributes[i].name);
    for (size_t i = 0; i < G_N_ELEMENTS(service_attributes); i++)
        append_static(all, service_attributes[i]);
    return all;
}

/* Collects the values of one or two attributes of the one entry a search returns. */
struct values {
    const char *names[2];
    GPtrArray *found[2];
    unsigned n_entries;
};

static void
values_init(struct values *v, const char *one, const char *two)
{
    *v = (struct values){.names = {one, two}};
    for (int i = 0; i < 2; i++)
        v->found[i] = g_ptr_array_new_with_free_func(g_free);
}

static void
values_clear(struct values *v)
{
    for (int i = 0; i < 2; i++)
        g_ptr_array_unref(v->found[i]);
}

static void
collect_value(const struct search_value *value, void *data)
{
    struct values *v = data;

    for (int i = 0; i < 2; i++)
        if (v->names[i] && search_name_is(value, v->names[i]))
            g_ptr_array_add(v->found[i], g_strndup(value->bytes, value->len));
}

static bool
collect_entry(struct directory_connection *c, LDAPMessage *entry, void *data, GError **error)
{
    struct values *v = data;

    v->n_entries++;
    return search_entry_values(c, entry, collect_value, v, error);
}

static bool
read_values(struct directory_connection *c, const char *base, const char *filter, struct values *v,
            GError **error)
{
    const char *const wanted[] = {v->names[0] ? v->names[0] : LDAP_NO_ATTRS, v->names[1], NULL};
    struct search search = {
        .base = base, .scope = LDAP_SCOPE_BASE, .filter = filter, .attributes = wanted};

    return directory_search(c, &search, collect_entry, v, error);
}

bool
capability_probe(struct directory_connection *c, struct capability *out, GError **error)
{
    static const struct {
        const char *oid;
        size_t offset;
    } rows[] = {
#define CAPABILITY_ROW(member, oid, what) {oid, offsetof(struct capability, member)},
        CAPABILITY_LIST(CAPABILITY_ROW)
#undef CAPABILITY_ROW
    };
    struct capability found = {0};
    struct values v;
    bool done;

    values_init(&v, "supportedControl", NULL);
    done = read_values(c, "", "(objectClass=*)", &v, error);
    for (guint i = 0; i < v.found[0]->len; i++)
        for (size_t k = 0; k < G_N_ELEMENTS(rows); k++)
            if (strcmp(v.found[0]->pdata[i], rows[k].oid) == 0)
                *(bool *)((char *)&found + rows[k].offset) = true;
    values_clear(&v);
    if (done)
        *out = found;
    return done;
}

/*
 * "(&(!(a=*))(!(b=*))...)" on the rootDSE, which holds none of our attributes: true for those the
 * server knows, Undefined, which does not match, for any it does not (RFC 4511 4.5.1.7).
 */
static char *
all_known_filter(void)
{
    g_autoptr(GPtrArray) names = capability_attributes();
    GString *filter = g_string_new("(&");

    for (guint i = 0; i < names->len; i++)
        filter_append_not_present(filter, names->pdata[i]);
    g_string_append_c(filter, ')');
    return g_string_free(filter, FALSE);
}

static bool
has_name(char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (g_ascii_strcasecmp(*names, name) == 0)
            return true;
    return false;
}

static bool
type_defined(char *const *definitions, const char *name)
{
    bool found = false;

    for (; definitions && *definitions && !found; definitions++) {
        const char *where;
        int code;
        LDAPAttributeType *type;

        if (!strstr(*definitions, name))
            continue;
        type = ldap_str2attributetype(*definitions, &code, &where, LDAP_SCHEMA_ALLOW_ALL);
        found = type && has_name(type->at_names, name);
        ldap_attributetype_free(type);
    }
    return found;
}

static bool
class_defined(char *const *definitions, const char *name)
{
    bool found = false;

    for (; definitions && *definitions && !found; definitions++) {
        const char *where;
        int code;
        LDAPObjectClass *class;

        if (!strstr(*definitions, name))
            continue;
        class = ldap_str2objectclass(*definitions, &code, &where, LDAP_SCHEMA_ALLOW_ALL);
        found = class && has_name(class->oc_names, name);
        ldap_objectclass_free(class);
    }
    return found;
}

GPtrArray *
capability_missing(char *const *types, char *const *class_definitions)
{
    g_autoptr(GPtrArray) names = capability_attributes();
    GPtrArray *missing = g_ptr_array_new();

    for (guint i = 0; i < names->len; i++)
        if (!type_defined(types, names->pdata[i]))
            g_ptr_array_add(missing, names->pdata[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
        if (!class_defined(class_definitions, classes[i]))
            append_static(missing, classes[i]);
    return missing;
}

static bool
all_known(struct directory_connection *c, bool *known, GError **error)
{
    g_autofree char *filter = all_known_filter();
    struct values v;
    bool done;

    values_init(&v, NULL, NULL);
    done = read_values(c, "", filter, &v, error);
    *known = done && v.n_entries == 1;
    values_clear(&v);
    return done;
}

static char *
subschema_name(struct directory_connection *c, GError **error)
{
    struct values v;
    char *name = NULL;

    values_init(&v, "subschemaSubentry", NULL);
    if (read_values(c, "", "(objectClass=*)", &v, error))
        name = g_strdup(v.found[0]->len ? v.found[0]->pdata[0] : "cn=Subschema");
    values_clear(&v);
    return name;
}

static bool
set_missing_error(struct directory_connection *c, const GPtrArray *missing, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    guint shown = MIN(missing->len, 3);

    if (missing->len == 0)
        return true;
    for (guint i = 0; i < shown; i++)
        g_string_append_printf(names, "%s%s", i ? ", " : "", (const char *)missing->pdata[i]);
    if (missing->len > shown)
        g_string_append_printf(names, " and %u more", missing->len - shown);
    directory_error_set(error, DIRECTORY_CODE_NO_SCHEMA, NULL, NULL,
                        "%s: the server's schema lacks %s: load statesync.schema (slapd.conf) or "
                        "statesync.ldif (cn=config) into it",
                        directory_connection_uri(c), names->str);
    return false;
}

bool
capability_check_schema(struct directory_connection *c, GError **error)
{
    g_autoptr(GPtrArray) missing = NULL;
    g_autofree char *subschema = NULL;
    struct values v;
    bool known = false;
    bool done;

    if (!all_known(c, &known, error))
        return false;
    if (known)
        return true;
    subschema = subschema_name(c, error);
    if (!subschema)
        return false;
    values_init(&v, "attributeTypes", "objectClasses");
    done = read_values(c, subschema, "(objectClass=subschema)", &v, error);
    for (int i = 0; i < 2; i++)
        g_ptr_array_add(v.found[i], NULL);
    missing = capability_missing((char **)v.found[0]->pdata, (char **)v.found[1]->pdata);
    values_clear(&v);
    return done && set_missing_error(c, missing, error);
}
