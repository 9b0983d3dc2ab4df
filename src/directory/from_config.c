/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/from_config.h"

static const enum directory_starttls starttls[] = {
    [CONFIG_STARTTLS_REQUIRED] = DIRECTORY_STARTTLS_REQUIRED,
    [CONFIG_STARTTLS_TRY] = DIRECTORY_STARTTLS_TRY,
    [CONFIG_STARTTLS_NO] = DIRECTORY_STARTTLS_NO,
};

static const enum directory_bind binds[] = {
    [CONFIG_BIND_NONE] = DIRECTORY_BIND_NONE,
    [CONFIG_BIND_SIMPLE] = DIRECTORY_BIND_SIMPLE,
    [CONFIG_BIND_EXTERNAL] = DIRECTORY_BIND_EXTERNAL,
    [CONFIG_BIND_GSSAPI] = DIRECTORY_BIND_GSSAPI,
};

struct directory_options *
directory_options_from_config(const struct config *config)
{
    const struct config_directory *from = &config->directory;
    struct directory_options *o = directory_options_new();

    g_strfreev(o->uris);
    o->uris = g_strdupv(from->uri);
    o->starttls = starttls[from->starttls];
    directory_options_set(&o->ca_file, from->tls_ca);
    directory_options_set(&o->cert_file, from->tls_cert);
    directory_options_set(&o->key_file, from->tls_key);
    o->bind = binds[from->bind];
    directory_options_set(&o->bind_dn, from->bind_dn);
    directory_options_set(&o->password_file, from->password_file);
    directory_options_set_keytab(o, from->keytab);
    directory_options_set(&o->base, from->base);
    directory_options_set(&o->vm_subtree, from->vm_subtree);
    directory_options_set(&o->node_subtree, from->node_subtree);
    directory_options_set(&o->service_dn, from->service_dn);
    o->network_timeout = from->network_timeout_s * 1000;
    o->timeout = from->timeout_s * 1000;
    o->page_size = from->page_size;
    o->window = from->window;
    o->lease = config->sync.lease_s * 1000;
    return o;
}
