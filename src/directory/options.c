/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/options.h"

struct directory_options *
directory_options_new(void)
{
    struct directory_options *o = g_new0(struct directory_options, 1);

    o->uris = g_new0(char *, 1);
    o->starttls = DIRECTORY_STARTTLS_REQUIRED;
    o->bind = DIRECTORY_BIND_SIMPLE;
    o->base = g_strdup("ou=virtualization,ou=services,dc=stoney-cloud,dc=org");
    o->vm_subtree = g_strdup("ou=virtual machines");
    o->node_subtree = g_strdup("ou=nodes");
    o->service_dn = g_strdup_printf("cn=statesync,%s", o->base);
    o->network_timeout = 5000;
    o->timeout = 10000;
    o->page_size = 1000;
    o->window = 64;
    o->lease = 60000;
    return o;
}

struct directory_options *
directory_options_copy(const struct directory_options *o)
{
    struct directory_options *copy = g_new(struct directory_options, 1);

    *copy = *o;
    copy->uris = g_strdupv(o->uris);
    copy->ca_file = g_strdup(o->ca_file);
    copy->cert_file = g_strdup(o->cert_file);
    copy->key_file = g_strdup(o->key_file);
    copy->bind_dn = g_strdup(o->bind_dn);
    copy->password_file = g_strdup(o->password_file);
    copy->keytab = g_strdup(o->keytab);
    copy->base = g_strdup(o->base);
    copy->vm_subtree = g_strdup(o->vm_subtree);
    copy->node_subtree = g_strdup(o->node_subtree);
    copy->service_dn = g_strdup(o->service_dn);
    return copy;
}

void
directory_options_free(struct directory_options *o)
{
    if (!o)
        return;
    g_strfreev(o->uris);
    g_free(o->ca_file);
    g_free(o->cert_file);
    g_free(o->key_file);
    g_free(o->bind_dn);
    g_free(o->password_file);
    g_free(o->keytab);
    g_free(o->base);
    g_free(o->vm_subtree);
    g_free(o->node_subtree);
    g_free(o->service_dn);
    g_free(o);
}

void
directory_options_set(char **member, const char *value)
{
    char *copy = g_strdup(value);

    g_free(*member);
    *member = copy;
}

void
directory_options_set_keytab(struct directory_options *o, const char *keytab)
{
    directory_options_set(&o->keytab, keytab);
    if (!keytab || g_strcmp0(g_getenv("KRB5_CLIENT_KTNAME"), keytab) == 0)
        return;
    g_setenv("KRB5_CLIENT_KTNAME", keytab, TRUE);
    g_setenv("KRB5CCNAME", "MEMORY:statesync", FALSE);
}
