/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/siblings.h"

#include "directory/dispatch.h"
#include "directory/result.h"
#include "directory/service_entry.h"
#include "engine/attributes.h"

struct reading {
    char *above;
    GHashTable *found;
    GError *failure; /* the first thing that went wrong */
    siblings_func func;
    void *data;
};

static void
free_state(gpointer state)
{
    service_state_free(state);
}

static char *
parent(const char *dn)
{
    LDAPDN parsed = NULL;
    char *text = NULL;
    char *copy = NULL;

    if (ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS && parsed && parsed[0] &&
        ldap_dn2str(parsed + 1, &text, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS)
        copy = g_strdup(text);
    ldap_memfree(text);
    ldap_dnfree(parsed);
    return copy;
}

char *
siblings_dn(const char *dn, const char *name)
{
    g_autofree char *above = parent(dn);

    return above ? g_strdup_printf("cn=%s,%s", name, above) : NULL;
}

static void
finish(struct reading *r, const GError *error)
{
    if (!error)
        error = r->failure;
    r->func(error ? NULL : r->found, error, r->data);
    g_hash_table_unref(r->found);
    g_clear_error(&r->failure);
    g_free(r->above);
    g_free(r);
}

static int
send_search(LDAP *ld, int *msgid, void *data)
{
    const struct reading *r = data;
    char **attributes = (char **)(uintptr_t)service_attributes;

    return ldap_search_ext(ld, r->above, LDAP_SCOPE_ONELEVEL, "(objectClass=" CLASS_SERVICE ")",
                           attributes, 0, NULL, NULL, NULL, LDAP_NO_LIMIT, msgid);
}

static void
take_entry(struct directory_connection *c, struct reading *r, LDAPMessage *message)
{
    struct service_state *state
        = service_state_decode(c, message, r->failure ? NULL : &r->failure);
    char *dn = ldap_get_dn(directory_connection_handle(c), message);

    if (state && dn)
        g_hash_table_replace(r->found, g_strdup(dn), state);
    else
        service_state_free(state);
    ldap_memfree(dn);
}

static void
take(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    struct reading *r = data;
    g_autoptr(GError) error = NULL;

    if (!arrival->message) {
        finish(r, arrival->error);
        return;
    }
    if (arrival->type == LDAP_RES_SEARCH_RESULT) {
        directory_result_parse(directory_connection_handle(c), arrival->message, NULL,
                               "reading the service entries", &error);
        finish(r, error);
        return;
    }
    if (arrival->type == LDAP_RES_SEARCH_ENTRY)
        take_entry(c, r, arrival->message);
    ldap_msgfree(arrival->message);
}

void
siblings_read_async(struct directory_connection *c, const char *dn, siblings_func func, void *data)
{
    struct reading *r = g_new0(struct reading, 1);

    r->above = parent(dn);
    r->found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_state);
    r->func = func;
    r->data = data;
    if (!r->above ||
        !dispatch_send(c, directory_connection_timeout(c), send_search, take, r, &r->failure))
        dispatch_timer(c, 0, take, r);
}
