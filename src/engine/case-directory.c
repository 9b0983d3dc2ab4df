/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of a running case: entries as raw attributes, modified by the
 * case and by the engine, read by the engine through the same builder that
 * reads a real one.
 */
#include "config.h"

#include "engine/case-internal.h"

#include "engine/entry-data.h"

#include <string.h>

struct raw_entry {
    char *dn;
    GHashTable *attributes; /* lower case name -> GPtrArray of char * */
    bool changed;           /* by others, and not read since */
};

struct case_directory {
    GPtrArray *entries; /* of struct raw_entry * */
    GPtrArray *gone;    /* of char *: DNs of those that went, and were not told since */
};

static void
raw_free(gpointer data)
{
    struct raw_entry *r = data;

    g_free(r->dn);
    g_hash_table_unref(r->attributes);
    g_free(r);
}

static void
values_unref(gpointer data)
{
    g_ptr_array_unref(data);
}

static struct raw_entry *
raw_new(const char *dn)
{
    struct raw_entry *r = g_new0(struct raw_entry, 1);

    r->dn = g_strdup(dn);
    r->changed = true;
    r->attributes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, values_unref);
    return r;
}

struct case_directory *
case_directory_new(void)
{
    struct case_directory *d = g_new0(struct case_directory, 1);

    d->entries = g_ptr_array_new_with_free_func(raw_free);
    d->gone = g_ptr_array_new_with_free_func(g_free);
    return d;
}

void
case_directory_free(struct case_directory *d)
{
    g_ptr_array_unref(d->entries);
    g_ptr_array_unref(d->gone);
    g_free(d);
}

static struct raw_entry *
find(GPtrArray *entries, const char *dn)
{
    for (guint i = 0; i < entries->len; i++) {
        struct raw_entry *r = g_ptr_array_index(entries, i);
        if (dn_same(r->dn, dn))
            return r;
    }
    return NULL;
}

/* The values of a JSON attribute: a list of strings, or one string. */
static GPtrArray *
values_of(JsonNode *node)
{
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);

    if (case_string(node) != NULL) {
        g_ptr_array_add(values, g_strdup(case_string(node)));
    } else if (node != NULL && JSON_NODE_HOLDS_ARRAY(node)) {
        JsonArray *array = json_node_get_array(node);
        for (guint i = 0; i < json_array_get_length(array); i++) {
            const char *text = case_string(json_array_get_element(array, i));
            if (text != NULL)
                g_ptr_array_add(values, g_strdup(text));
        }
    }
    return values;
}

static void
set(struct raw_entry *r, const char *name, GPtrArray *values)
{
    char *key = g_ascii_strdown(name, -1);

    if (values->len == 0) {
        g_hash_table_remove(r->attributes, key);
        g_free(key);
        g_ptr_array_unref(values);
    } else {
        g_hash_table_replace(r->attributes, key, values);
    }
}

static GPtrArray *
get(const struct raw_entry *r, const char *name)
{
    g_autofree char *key = g_ascii_strdown(name, -1);

    return g_hash_table_lookup(r->attributes, key);
}

static void
add_value(struct raw_entry *r, const char *name, const char *value)
{
    GPtrArray *values = get(r, name);

    if (values == NULL) {
        values = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(values, g_strdup(value));
        set(r, name, values);
        return;
    }
    for (guint i = 0; i < values->len; i++) {
        if (g_ascii_strcasecmp(g_ptr_array_index(values, i), value) == 0)
            return;
    }
    g_ptr_array_add(values, g_strdup(value));
}

static void
delete_value(struct raw_entry *r, const char *name, const char *value)
{
    g_autofree char *key = g_ascii_strdown(name, -1);
    GPtrArray *values = g_hash_table_lookup(r->attributes, key);

    for (guint i = 0; values != NULL && i < values->len; i++) {
        if (g_ascii_strcasecmp(g_ptr_array_index(values, i), value) == 0)
            g_ptr_array_remove_index(values, i--);
    }
    if (values != NULL && values->len == 0)
        g_hash_table_remove(r->attributes, key);
}

static void
set_all(struct raw_entry *r, JsonObject *attributes)
{
    g_autoptr(GList) names = json_object_get_members(attributes);

    for (GList *l = names; l != NULL; l = l->next)
        set(r, l->data, values_of(json_object_get_member(attributes, l->data)));
}

/* The same of what it wrote in languages. */
static void
keep_languages(struct raw_entry *fresh, const struct raw_entry *old)
{
    GHashTableIter iter;
    gpointer name;
    gpointer values;
    const char *tag;

    g_hash_table_iter_init(&iter, old->attributes);
    while (g_hash_table_iter_next(&iter, &name, &values)) {
        if (attribute_find_language(name, strlen(name), &tag) >= 0 && get(fresh, name) == NULL)
            set(fresh, name, g_ptr_array_ref(values));
    }
}

/* What of ours the engine wrote and the new statement does not mention stays.  A request is written
 * by others: where it is not mentioned it was withdrawn. */
static void
keep_own(struct raw_entry *fresh, const struct raw_entry *old)
{
    GPtrArray *classes = get(old, "objectClass");

    for (int a = 0; a < ATTR_COUNT; a++) {
        const char *name = attribute_name((enum attribute)a);
        GPtrArray *values = get(old, name);
        if (a == ATTR_REQUEST || a == ATTR_REQUEST_SINCE)
            continue;
        if (attribute_is_own((enum attribute)a) && values != NULL && get(fresh, name) == NULL)
            set(fresh, name, g_ptr_array_ref(values));
    }
    keep_languages(fresh, old);
    for (guint i = 0; classes != NULL && i < classes->len; i++) {
        const char *class = g_ptr_array_index(classes, i);
        if (g_ascii_strcasecmp(class, CLASS_VM_STATUS) == 0
            || g_ascii_strcasecmp(class, CLASS_NODE_STATUS) == 0)
            add_value(fresh, "objectClass", class);
    }
}

static bool
same_values(const GPtrArray *a, const GPtrArray *b)
{
    bool same = b != NULL && a->len == b->len;

    for (guint i = 0; same && i < a->len; i++)
        same = strcmp(g_ptr_array_index(a, i), g_ptr_array_index(b, i)) == 0;
    return same;
}

static bool
same_attributes(const struct raw_entry *a, const struct raw_entry *b)
{
    bool same = g_hash_table_size(a->attributes) == g_hash_table_size(b->attributes);
    GHashTableIter iter;
    gpointer name;
    gpointer values;

    g_hash_table_iter_init(&iter, a->attributes);
    while (same && g_hash_table_iter_next(&iter, &name, &values))
        same = same_values(values, g_hash_table_lookup(b->attributes, name));
    return same;
}

/* Those of the old entries that the new ones do not have. */
static void
note_gone(struct case_directory *d, GPtrArray *fresh)
{
    for (guint i = 0; i < d->entries->len; i++) {
        const struct raw_entry *old = g_ptr_array_index(d->entries, i);
        if (find(fresh, old->dn) == NULL)
            g_ptr_array_add(d->gone, g_strdup(old->dn));
    }
}

void
case_directory_restate(struct case_directory *d, JsonArray *entries)
{
    GPtrArray *fresh = g_ptr_array_new_with_free_func(raw_free);

    for (guint i = 0; i < json_array_get_length(entries); i++) {
        JsonObject *o = json_array_get_object_element(entries, i);
        struct raw_entry *r = raw_new(case_string(json_object_get_member(o, "dn")));
        set_all(r, json_object_get_object_member(o, "attributes"));
        const struct raw_entry *old = find(d->entries, r->dn);
        if (old != NULL) {
            keep_own(r, old);
            r->changed = old->changed || !same_attributes(r, old);
        }
        g_ptr_array_add(fresh, r);
    }
    note_gone(d, fresh);
    g_ptr_array_unref(d->entries);
    d->entries = fresh;
}

static JsonObject *
object_member(JsonObject *o, const char *name)
{
    JsonNode *n = json_object_get_member(o, name);

    return n != NULL && JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
}

static void
delete_members(struct raw_entry *r, JsonNode *delete)
{
    if (delete == NULL)
        return;
    if (JSON_NODE_HOLDS_OBJECT(delete)) {
        /* {"attribute": ["value", ...]}: single values */
        JsonObject *o = json_node_get_object(delete);
        g_autoptr(GList) names = json_object_get_members(o);
        for (GList *l = names; l != NULL; l = l->next) {
            g_autoptr(GPtrArray) values = values_of(json_object_get_member(o, l->data));
            for (guint i = 0; i < values->len; i++)
                delete_value(r, l->data, g_ptr_array_index(values, i));
        }
        return;
    }
    g_autoptr(GPtrArray) names = values_of(delete);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *key = g_ascii_strdown(g_ptr_array_index(names, i), -1);
        g_hash_table_remove(r->attributes, key);
    }
}

static void
modify(struct case_directory *d, JsonObject *o)
{
    const char *dn = case_string(json_object_get_member(o, "dn"));
    struct raw_entry *r = find(d->entries, dn);
    JsonObject *add = object_member(o, "add");
    JsonObject *replace = object_member(o, "replace");

    if (case_true(json_object_get_member(o, "remove"))) {
        if (r != NULL) {
            g_ptr_array_add(d->gone, g_strdup(r->dn));
            g_ptr_array_remove(d->entries, r);
        }
        return;
    }
    if (r == NULL && add != NULL) {
        r = raw_new(dn);
        g_ptr_array_add(d->entries, r);
    }
    if (r == NULL)
        return;
    r->changed = true;
    if (replace != NULL)
        set_all(r, replace);
    delete_members(r, json_object_get_member(o, "delete"));
    if (add == NULL)
        return;
    g_autoptr(GList) names = json_object_get_members(add);
    for (GList *l = names; l != NULL; l = l->next) {
        g_autoptr(GPtrArray) values = values_of(json_object_get_member(add, l->data));
        for (guint i = 0; i < values->len; i++)
            add_value(r, l->data, g_ptr_array_index(values, i));
    }
}

void
case_directory_modify(struct case_directory *d, JsonArray *changes)
{
    for (guint i = 0; i < json_array_get_length(changes); i++)
        modify(d, json_array_get_object_element(changes, i));
}

void
case_directory_apply(struct case_directory *d, const struct change *c)
{
    struct raw_entry *r = find(d->entries, c->dn);

    for (guint i = 0; r != NULL && i < c->mods->len; i++) {
        const struct change_mod *m = &g_array_index(c->mods, struct change_mod, i);
        guint n = m->values == NULL ? 0 : m->values->len;
        if (m->op == CHANGE_REPLACE || (m->op == CHANGE_DELETE && n == 0)) {
            GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
            for (guint v = 0; v < n; v++)
                g_ptr_array_add(values, g_strdup(g_ptr_array_index(m->values, v)));
            set(r, m->attribute, values);
            continue;
        }
        for (guint v = 0; v < n; v++) {
            if (m->op == CHANGE_ADD)
                add_value(r, m->attribute, g_ptr_array_index(m->values, v));
            else
                delete_value(r, m->attribute, g_ptr_array_index(m->values, v));
        }
    }
}

static struct entry *
build(struct entry_builder *b, const struct raw_entry *r)
{
    GHashTableIter iter;
    gpointer name;
    gpointer list;

    entry_builder_begin(b, r->dn);
    g_hash_table_iter_init(&iter, r->attributes);
    while (g_hash_table_iter_next(&iter, &name, &list)) {
        GPtrArray *values = list;
        int id = entry_builder_attribute(b, name, strlen(name));
        for (guint v = 0; v < values->len; v++) {
            const char *value = g_ptr_array_index(values, v);
            entry_builder_value(b, id, value, strlen(value));
        }
    }
    return entry_builder_finish(b);
}

static GPtrArray *
read_entries(struct case_directory *d, bool all)
{
    CLEANUP(entry_builder_free) struct entry_builder *b = entry_builder_new();
    GPtrArray *entries = g_ptr_array_new();

    for (guint i = 0; i < d->entries->len; i++) {
        struct raw_entry *r = g_ptr_array_index(d->entries, i);
        struct entry *entry = all || r->changed ? build(b, r) : NULL;
        r->changed = false;
        if (entry != NULL)
            g_ptr_array_add(entries, entry);
    }
    return entries;
}

GPtrArray *
case_directory_entries(struct case_directory *d)
{
    g_ptr_array_set_size(d->gone, 0);
    return read_entries(d, true);
}

GPtrArray *
case_directory_news(struct case_directory *d, GPtrArray *gone)
{
    for (guint i = 0; i < d->gone->len; i++) {
        const char *dn = g_ptr_array_index(d->gone, i);
        if (find(d->entries, dn) == NULL)
            g_ptr_array_add(gone, g_strdup(dn));
    }
    g_ptr_array_set_size(d->gone, 0);
    return read_entries(d, false);
}

GPtrArray *
case_directory_values(struct case_directory *d, const char *dn, const char *attribute)
{
    struct raw_entry *r = find(d->entries, dn);

    return r == NULL ? NULL : get(r, attribute);
}
