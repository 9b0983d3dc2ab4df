/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/read.h"

#include "directory/decode.h"
#include "directory/dn.h"
#include "directory/filter.h"
#include "directory/result.h"
#include "directory/search.h"
#include "engine/attributes.h"

struct reader {
    struct entry_builder *builder;
    GPtrArray *entries;
    guint n_entries;
    guint n_malformed;
    char *first_malformed;
    struct directory_hooks hooks;
};

void
directory_snapshot_free(struct directory_snapshot *s)
{
    if (!s)
        return;
    g_ptr_array_unref(s->entries);
    g_clear_error(&s->vms.why);
    g_clear_error(&s->nodes.why);
    g_free(s->first_malformed);
    g_free(s);
}

static void
free_entry(gpointer data)
{
    entry_free(data);
}

static void
reader_init(struct reader *r, const struct directory_hooks *hooks)
{
    *r = (struct reader){.builder = entry_builder_new()};
    if (hooks)
        r->hooks = *hooks;
    r->entries = g_ptr_array_new_with_free_func(free_entry);
}

/* A value for the hook of a recording. */
struct seen {
    const struct reader *r;
    const char *dn;
};

static void
show_value(const struct berval *name, const struct berval *value, void *data)
{
    const struct seen *seen = data;
    g_autofree char *attribute = g_strndup(name->bv_val, name->bv_len);

    seen->r->hooks.value(seen->dn, attribute, value->bv_val, value->bv_len, seen->r->hooks.data);
}

static void
note_malformed(struct reader *r, const char *dn)
{
    r->n_malformed++;
    if (!r->first_malformed)
        r->first_malformed = g_strdup(dn);
}

static bool
take_entry(struct directory_connection *c, LDAPMessage *message, void *data, GError **error)
{
    struct reader *r = data;
    struct seen seen = {r, NULL};
    struct entry *entry = NULL;

    (void)error;
    if (!decode_entry(directory_connection_handle(c), message, r->builder, &seen.dn,
                      r->hooks.value ? show_value : NULL, &seen, &entry))
        note_malformed(r, seen.dn);
    if (entry)
        g_ptr_array_add(r->entries, entry);
    r->n_entries++;
    if (r->hooks.progress && r->n_entries % DIRECTORY_PROGRESS_STEP == 0)
        r->hooks.progress(r->n_entries, r->hooks.data);
    return true;
}

/* Reads one subtree.  False: nothing came, and error says why. */
static bool
read_part(struct directory_connection *c, const struct search *search, struct reader *r,
          struct directory_part *part, GError **error)
{
    guint before = r->n_entries;

    part->complete = directory_search(c, search, take_entry, r, &part->why);
    part->n_entries = r->n_entries - before;
    if (r->hooks.progress)
        r->hooks.progress(r->n_entries, r->hooks.data);
    if (part->complete || part->n_entries > 0)
        return true;
    g_propagate_error(error, g_steal_pointer(&part->why));
    return false;
}

/* A server does not tell what is not there from what must not be seen. */
static void
pass_on(GError *failure, GError **error)
{
    if (directory_error_class(failure) == DIRECTORY_ABSENT)
        g_prefix_error(&failure, "nothing is where base in section [directory] says, or this login "
                                 "may not read it: ");
    g_propagate_error(error, failure);
}

static bool
read_subtree(struct directory_connection *c, const struct directory_options *o,
             const char *subtree, const char *filter, const char *const *attributes,
             struct reader *r, struct directory_part *part, GError **error)
{
    g_autofree char *base = directory_dn_below(subtree, o->base);
    GError *failure = NULL;
    struct search search = {
        .base = base,
        .scope = LDAP_SCOPE_SUBTREE,
        .filter = filter,
        .attributes = attributes,
        .page_size = o->page_size,
    };

    if (read_part(c, &search, r, part, &failure))
        return true;
    pass_on(failure, error);
    return false;
}

/* What is asked for of a VM; the array is the caller's, the names are not. */
static const char **
vm_attributes(const struct directory_hooks *hooks)
{
    const char *const *usual = entry_vm_attributes();
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    for (; *usual; usual++)
        g_ptr_array_add(all, (gpointer)(gintptr)*usual);
    for (const char *const *more = hooks->more; more && *more; more++)
        g_ptr_array_add(all, (gpointer)(gintptr)*more);
    g_ptr_array_add(all, NULL);
    return (gpointer)g_ptr_array_free(g_steal_pointer(&all), FALSE);
}

/* After a lost connection or a silent server there is no use in asking for the rest. */
static bool
is_over(struct directory_snapshot *s)
{
    enum directory_class class = directory_error_class(s->nodes.why);

    if (class != DIRECTORY_UNREACHABLE && class != DIRECTORY_TIMEOUT)
        return false;
    s->vms.why = g_error_copy(s->nodes.why);
    return true;
}

struct directory_snapshot *
directory_read_with(struct directory_connection *c, const struct directory_options *o,
                    const struct directory_hooks *hooks, GError **error)
{
    CLEANUP(directory_snapshot_free) struct directory_snapshot *s = NULL;
    struct reader r;
    bool done;

    s = g_new0(struct directory_snapshot, 1);
    reader_init(&r, hooks);
    g_autofree const char **attributes = vm_attributes(&r.hooks);
    done = read_subtree(c, o, o->node_subtree, filter_nodes, entry_node_attributes(), &r,
                        &s->nodes, error);
    if (done && s->nodes.complete && r.hooks.nodes_ready)
        r.hooks.nodes_ready(r.entries, r.hooks.data);
    done = done && (is_over(s) || read_subtree(c, o, o->vm_subtree, filter_vms, attributes, &r,
                                               &s->vms, error));
    entry_builder_free(r.builder);
    s->entries = r.entries;
    s->n_malformed = r.n_malformed;
    s->first_malformed = r.first_malformed;
    return done ? g_steal_pointer(&s) : NULL;
}

struct directory_snapshot *
directory_read(struct directory_connection *c, const struct directory_options *o,
               directory_progress_func progress, void *data, GError **error)
{
    struct directory_hooks hooks = {.progress = progress, .data = data};

    return directory_read_with(c, o, &hooks, error);
}

/* What a search finds.  An absent base is no error, anything incomplete is. */
static bool
read_search(struct directory_connection *c, const struct search *search, GPtrArray **entries,
            GError **error)
{
    GError *failure = NULL;
    struct reader r;
    bool done;

    reader_init(&r, NULL);
    done = directory_search(c, search, take_entry, &r, &failure);
    if (!done && directory_error_class(failure) == DIRECTORY_ABSENT) {
        g_clear_error(&failure);
        g_ptr_array_set_size(r.entries, 0);
        done = true;
    }
    if (done && r.n_malformed) {
        directory_error_set(&failure, DIRECTORY_CODE_MALFORMED, NULL, NULL,
                            "%s: an entry at or below \"%s\" cannot be decoded",
                            directory_connection_uri(c), search->base);
        done = false;
    }
    entry_builder_free(r.builder);
    g_free(r.first_malformed);
    if (done)
        *entries = r.entries;
    else
        g_ptr_array_unref(r.entries);
    if (failure)
        g_propagate_error(error, failure);
    return done;
}

/* One entry and what belongs to it. */
static bool
reread(struct directory_connection *c, const char *dn, const char *filter,
       const char *const *attributes, GPtrArray **entries, GError **error)
{
    const struct search search = {
        .base = dn, .scope = LDAP_SCOPE_SUBTREE, .filter = filter, .attributes = attributes};

    return read_search(c, &search, entries, error);
}

bool
directory_reread(struct directory_connection *c, const char *dn, GPtrArray **entries,
                 GError **error)
{
    return reread(c, dn, filter_vms, entry_vm_attributes(), entries, error);
}

bool
directory_reread_node(struct directory_connection *c, const char *dn, GPtrArray **entries,
                      GError **error)
{
    return reread(c, dn, filter_nodes, entry_node_attributes(), entries, error);
}

static bool
ignore_entry(struct directory_connection *c, LDAPMessage *message, void *data, GError **error)
{
    (void)c;
    (void)message;
    (void)data;
    (void)error;
    return true;
}

bool
directory_has_vms(struct directory_connection *c, const struct directory_options *o,
                  GError **error)
{
    static const char *const nothing[] = {LDAP_NO_ATTRS, NULL};
    g_autofree char *base = directory_dn_below(o->vm_subtree, o->base);
    const struct search search = {.base = base,
                                  .scope = LDAP_SCOPE_BASE,
                                  .filter = "(objectClass=*)",
                                  .attributes = nothing};
    GError *failure = NULL;

    if (directory_search(c, &search, ignore_entry, NULL, &failure))
        return true;
    pass_on(failure, error);
    return false;
}

static bool
find(struct directory_connection *c, const struct directory_options *o, const char *filter,
     GPtrArray **entries, GError **error)
{
    g_autofree char *base = directory_dn_below(o->vm_subtree, o->base);
    const struct search search = {.base = base,
                                  .scope = LDAP_SCOPE_ONELEVEL,
                                  .filter = filter,
                                  .attributes = entry_vm_attributes()};

    return read_search(c, &search, entries, error);
}

bool
directory_find_named(struct directory_connection *c, const struct directory_options *o,
                     const char *name, GPtrArray **entries, GError **error)
{
    g_autofree char *filter = filter_equal(attribute_name(ATTR_DISPLAY_NAME), name);

    return find(c, o, filter, entries, error);
}

bool
directory_find_prefix(struct directory_connection *c, const struct directory_options *o,
                      const char *beginning, GPtrArray **entries, GError **error)
{
    g_autofree char *filter = filter_begins(attribute_name(ATTR_VIRTUAL_MACHINE), beginning);

    return find(c, o, filter, entries, error);
}

static void
take_pool(const struct search_value *value, void *data)
{
    if (search_name_is(value, "sstVirtualMachinePool"))
        g_ptr_array_add(data, g_strndup(value->bytes, value->len));
}

static bool
take_pools(struct directory_connection *c, LDAPMessage *entry, void *data, GError **error)
{
    return search_entry_values(c, entry, take_pool, data, error);
}

bool
directory_find_pools(struct directory_connection *c, const struct directory_options *o,
                     const char *name, GPtrArray **uuids, GError **error)
{
    static const char *const attributes[] = {"sstVirtualMachinePool", NULL};
    g_autofree char *named = filter_equal(attribute_name(ATTR_DISPLAY_NAME), name);
    g_autofree char *filter = g_strdup_printf("(&(objectClass=sstVirtualMachines)%s)", named);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    const struct search search = {
        .base = o->base,
        .scope = LDAP_SCOPE_SUBTREE,
        .filter = filter,
        .attributes = attributes,
    };

    if (!directory_search(c, &search, take_pools, found, error))
        return false;
    *uuids = g_steal_pointer(&found);
    return true;
}
