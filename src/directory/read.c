/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/read.h"

#include "directory/decode.h"
#include "directory/dn.h"
#include "directory/filter.h"
#include "directory/result.h"
#include "directory/search.h"

#include <string.h>

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

/* Feeds the attributes of one entry to the builder, straight from the message. */
static bool
feed(const struct reader *r, BerElement *ber, const char *dn)
{
    struct seen seen = {r, dn};

    for (;;) {
        struct berval attribute;
        ber_len_t left = 0;

        if (ber_get_option(ber, LBER_OPT_BER_REMAINING_BYTES, &left) != LBER_OPT_SUCCESS)
            return false;
        if (left == 0)
            return true;
        if (ber_skip_element(ber, &attribute) != LBER_SEQUENCE ||
            !decode_attribute(attribute, r->builder, r->hooks.value ? show_value : NULL, &seen))
            return false;
    }
}

static void
note_malformed(struct reader *r, const struct berval *dn)
{
    r->n_malformed++;
    if (!r->first_malformed && dn->bv_val)
        r->first_malformed = g_strndup(dn->bv_val, dn->bv_len);
}

static bool
take_entry(struct directory_connection *c, LDAPMessage *message, void *data, GError **error)
{
    struct reader *r = data;
    LDAP *ld = directory_connection_handle(c);
    BerElement *ber = NULL;
    struct berval dn = {0, NULL};
    struct entry *entry = NULL;
    bool fed = false;

    (void)error;
    /* The DN ends in a NUL: liblber puts one behind each string it hands out in place. */
    if (ldap_get_dn_ber(ld, message, &ber, &dn) == LDAP_SUCCESS && dn.bv_val) {
        entry_builder_begin(r->builder, dn.bv_val);
        fed = feed(r, ber, dn.bv_val);
        entry = fed ? entry_builder_finish(r->builder) : NULL;
    }
    if (!fed)
        note_malformed(r, &dn);
    ber_free(ber, 0);
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

static bool
read_subtree(struct directory_connection *c, const struct directory_options *o,
             const char *subtree, const char *filter, const char *const *attributes,
             struct reader *r, struct directory_part *part, GError **error)
{
    g_autofree char *base = directory_dn_below(subtree, o->base);
    struct search search = {
        .base = base,
        .scope = LDAP_SCOPE_SUBTREE,
        .filter = filter,
        .attributes = attributes,
        .page_size = o->page_size,
    };

    return read_part(c, &search, r, part, error);
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
    done = read_subtree(c, o, o->node_subtree, filter_nodes, entry_node_attributes(), &r,
                        &s->nodes, error);
    if (done && s->nodes.complete && r.hooks.nodes_ready)
        r.hooks.nodes_ready(r.entries, r.hooks.data);
    done = done && (is_over(s) || read_subtree(c, o, o->vm_subtree, filter_vms,
                                               entry_vm_attributes(), &r, &s->vms, error));
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

/* One entry and what belongs to it.  Absent is no error, anything incomplete is. */
static bool
reread(struct directory_connection *c, const char *dn, const char *filter,
       const char *const *attributes, GPtrArray **entries, GError **error)
{
    struct search search = {
        .base = dn, .scope = LDAP_SCOPE_SUBTREE, .filter = filter, .attributes = attributes};
    GError *failure = NULL;
    struct reader r;
    bool done;

    reader_init(&r, NULL);
    done = directory_search(c, &search, take_entry, &r, &failure);
    if (!done && directory_error_class(failure) == DIRECTORY_ABSENT) {
        g_clear_error(&failure);
        g_ptr_array_set_size(r.entries, 0);
        done = true;
    }
    if (done && r.n_malformed) {
        directory_error_set(&failure, DIRECTORY_CODE_MALFORMED, NULL, NULL,
                            "%s: an entry at or below \"%s\" cannot be decoded",
                            directory_connection_uri(c), dn);
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
