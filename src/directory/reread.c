/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/reread.h"

#include "directory/decode.h"
#include "directory/dispatch.h"
#include "directory/filter.h"
#include "directory/result.h"

struct reread {
    char *dn;
    const char *filter;
    const char *const *attributes;
    struct entry_builder *builder;
    GPtrArray *entries;
    GError *failure; /* the first thing that went wrong */
    directory_reread_func func;
    void *data;
};

static LDAPControl manage_dsa_it = {
    .ldctl_oid = (char[]){LDAP_CONTROL_MANAGEDSAIT},
    .ldctl_iscritical = 0,
};

static void
free_entry(gpointer data)
{
    entry_free(data);
}

static void
finish(struct reread *r, const GError *error)
{
    if (!error)
        error = r->failure;
    if (error)
        g_clear_pointer(&r->entries, g_ptr_array_unref);
    r->func(r->entries, error, r->data);
    entry_builder_free(r->builder);
    g_clear_error(&r->failure);
    g_free(r->dn);
    g_free(r);
}

static int
send_search(LDAP *ld, int *msgid, void *data)
{
    const struct reread *r = data;
    LDAPControl *controls[2] = {&manage_dsa_it, NULL};
    char **attributes = (char **)(uintptr_t)r->attributes;

    return ldap_search_ext(ld, r->dn, LDAP_SCOPE_SUBTREE, r->filter, attributes, 0, controls, NULL,
                           NULL, LDAP_NO_LIMIT, msgid);
}

static void
fail(struct directory_connection *c, struct reread *r, int code, const char *why)
{
    if (!r->failure)
        directory_error_set(&r->failure, code, NULL, NULL, "%s: reading \"%s\" anew: %s",
                            directory_connection_uri(c), r->dn, why);
}

static void
take_entry(struct directory_connection *c, struct reread *r, LDAPMessage *message)
{
    struct entry *entry = NULL;
    const char *dn;

    if (!decode_entry(directory_connection_handle(c), message, r->builder, &dn, NULL, NULL,
                      &entry))
        fail(c, r, DIRECTORY_CODE_MALFORMED, "an entry cannot be decoded");
    else if (entry)
        g_ptr_array_add(r->entries, entry);
    ldap_msgfree(message);
}

static void
take_result(struct directory_connection *c, struct reread *r, LDAPMessage *message)
{
    g_autofree char *what = g_strdup_printf("%s: reading \"%s\" anew",
                                            directory_connection_uri(c), r->dn);
    g_autoptr(GError) error = NULL;

    directory_result_parse(directory_connection_handle(c), message, NULL, what, &error);
    if (directory_error_class(error) == DIRECTORY_ABSENT) {
        g_clear_error(&error);
        g_clear_error(&r->failure);
        g_ptr_array_set_size(r->entries, 0);
    }
    finish(r, error);
}

static void
take(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    struct reread *r = data;

    if (!arrival->message) {
        finish(r, arrival->error);
    } else if (arrival->type == LDAP_RES_SEARCH_RESULT) {
        take_result(c, r, arrival->message);
    } else if (arrival->type == LDAP_RES_SEARCH_ENTRY) {
        take_entry(c, r, arrival->message);
    } else {
        if (arrival->type == LDAP_RES_SEARCH_REFERENCE)
            fail(c, r, LDAP_PARTIAL_RESULTS, "a part is on another server, which is not asked");
        ldap_msgfree(arrival->message);
    }
}

static void
start(struct directory_connection *c, const char *dn, const char *filter,
      const char *const *attributes, directory_reread_func func, void *data)
{
    struct reread *r = g_new0(struct reread, 1);

    r->dn = g_strdup(dn);
    r->filter = filter;
    r->attributes = attributes;
    r->builder = entry_builder_new();
    r->entries = g_ptr_array_new_with_free_func(free_entry);
    r->func = func;
    r->data = data;
    if (!dispatch_send(c, directory_connection_timeout(c), send_search, take, r, &r->failure))
        dispatch_timer(c, 0, take, r);
}

void
directory_reread_async(struct directory_connection *c, const char *dn, directory_reread_func func,
                       void *data)
{
    start(c, dn, filter_vms, entry_vm_attributes(), func, data);
}

void
directory_reread_node_async(struct directory_connection *c, const char *dn,
                            directory_reread_func func, void *data)
{
    start(c, dn, filter_nodes, entry_node_attributes(), func, data);
}
