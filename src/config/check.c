/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/check.h"
#include "config/keys.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
has_scheme(char **uris, const char *scheme)
{
    for (char **uri = uris; *uri != NULL; uri++) {
        if (g_str_has_prefix(*uri, scheme))
            return true;
    }
    return false;
}

static void
check_uris(const struct config_directory *dir, const struct source *source)
{
    if (*dir->uri == NULL)
        source_error(source, "directory", "uri",
                     "no server is named; for example uri = ldapi:/// or ldap://ldap.example.org");
    for (char **uri = dir->uri; *uri != NULL; uri++) {
        if (!g_str_has_prefix(*uri, "ldap://") && !g_str_has_prefix(*uri, "ldaps://") &&
            !g_str_has_prefix(*uri, "ldapi://"))
            source_error(source, "directory", "uri",
                         "\"%s\" does not begin with ldap://, ldaps:// or ldapi://", *uri);
    }
}

static void
check_simple_bind(const struct config_directory *dir, const struct source *source)
{
    if (dir->bind_dn == NULL)
        source_error(source, "directory", "bind_dn", "bind = simple needs a bind_dn");
    if (dir->password_file == NULL)
        source_error(source, "directory", "password_file", "bind = simple needs a password_file");
    if (has_scheme(dir->uri, "ldap://") && dir->starttls != CONFIG_STARTTLS_REQUIRED)
        source_warning(source, "directory", "starttls",
                       "the password can cross the network in the clear; use required, or ldaps:// "
                       "or ldapi://");
}

static void
check_bind(const struct config_directory *dir, const struct source *source)
{
    bool needs_certificate = has_scheme(dir->uri, "ldap://") || has_scheme(dir->uri, "ldaps://");

    if (dir->bind == CONFIG_BIND_SIMPLE)
        check_simple_bind(dir, source);
    if (dir->bind == CONFIG_BIND_EXTERNAL && needs_certificate && dir->tls_cert == NULL)
        source_error(source, "directory", "bind",
                     "bind = external over ldap:// or ldaps:// needs tls_cert and tls_key");
    if (dir->bind != CONFIG_BIND_SIMPLE && dir->bind_dn != NULL)
        source_warning(source, "directory", "bind_dn", "is not used unless bind = simple");
    if (dir->bind != CONFIG_BIND_SIMPLE && dir->password_file != NULL)
        source_warning(source, "directory", "password_file", "is not used unless bind = simple");
    if (dir->bind == CONFIG_BIND_NONE)
        source_warning(source, "directory", "bind",
                       "an anonymous connection can normally not write: only --dry-run will work");
    if (dir->tls_cert != NULL && dir->tls_key == NULL)
        source_error(source, "directory", "tls_cert", "a certificate needs its tls_key");
    if (dir->tls_key != NULL && dir->tls_cert == NULL)
        source_error(source, "directory", "tls_key", "a key needs its tls_cert");
}

/* A language tag as RFC 3866 takes it: letters, then parts of letters and digits. */
static void
check_languages(const struct config_directory *dir, const struct source *source)
{
    for (char **language = dir->languages; *language != NULL; language++) {
        if (!g_regex_match_simple("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", *language, 0, 0))
            source_error(source, "directory", "languages", "\"%s\" is not a language tag",
                         *language);
    }
}

/* What the value of `key` names is a regular file that can be read. */
static void
check_file(const struct source *source, const char *section, const char *key, const char *path,
           bool secret)
{
    struct stat info;

    if (path == NULL)
        return;
    if (stat(path, &info) != 0)
        source_error(source, section, key, "%s: %s", path, g_strerror(errno));
    else if (S_ISDIR(info.st_mode))
        source_error(source, section, key, "%s is a directory, not a file", path);
    else if (!S_ISREG(info.st_mode))
        source_error(source, section, key, "%s is not a regular file", path);
    else if (secret && (info.st_mode & 077) != 0)
        source_error(source, section, key,
                     "%s can be read or written by others (mode %04o); run: chmod 600 %s", path,
                     (unsigned)(info.st_mode & 07777), path);
    else if (access(path, R_OK) != 0)
        source_error(source, section, key, "%s: %s", path, g_strerror(errno));
    else if (secret && info.st_size == 0)
        source_error(source, section, key, "%s is empty", path);
}

static void
check_folder(const struct source *source, const char *section, const char *key, const char *path)
{
    struct stat info;

    if (path == NULL)
        return;
    if (stat(path, &info) != 0)
        source_error(source, section, key, "%s: %s", path, g_strerror(errno));
    else if (!S_ISDIR(info.st_mode))
        source_error(source, section, key, "%s is not a directory", path);
}

static void
check_state_file(const struct config_sync *sync, const struct source *source)
{
    struct stat info;
    g_autofree char *folder = NULL;

    if (sync->state_file == NULL) {
        source_error(source, "sync", "state_file", "a path is needed");
        return;
    }
    folder = g_path_get_dirname(sync->state_file);
    if (stat(sync->state_file, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            source_error(source, "sync", "state_file", "%s is a directory, not a file",
                         sync->state_file);
        else if (!S_ISREG(info.st_mode))
            source_error(source, "sync", "state_file", "%s is not a regular file",
                         sync->state_file);
    } else if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode)) {
        source_warning(source, "sync", "state_file", "the folder %s does not exist", folder);
    }
}

/* Only %h %i %s %% may stand in a template. */
static void
check_template(const struct source *source, const char *section, const char *uri)
{
    if (uri == NULL)
        return;
    if (strstr(uri, ":/") == NULL)
        source_error(source, section, "uri",
                     "\"%s\" is not a libvirt URI such as qemu+tls://%%h/system", uri);
    for (const char *p = strchr(uri, '%'); p != NULL; p = strchr(p + 2, '%')) {
        if (p[1] == '\0' || strchr("his%", p[1]) == NULL) {
            source_error(source, section, "uri",
                         "\"%s\": after %% only h, i, s or %% may follow", uri);
            return;
        }
    }
}

static void
check_nodes(const struct config_nodes *nodes, const struct source *source)
{
    if (nodes->uri == NULL)
        source_error(source, "nodes", "uri", "a URI is needed");
    check_template(source, "nodes", nodes->uri);
    check_folder(source, "nodes", "pkipath", nodes->pkipath);
    if (!nodes->all && *nodes->names == NULL)
        source_error(source, "nodes", "nodes", "no node is named; * means all");
    for (char **name = nodes->names; *name != NULL; name++) {
        if (strcmp(*name, "*") == 0)
            source_error(source, "nodes", "nodes", "* means all nodes and stands alone");
        for (char **other = nodes->names; other < name; other++) {
            if (g_ascii_strcasecmp(*name, *other) == 0)
                source_warning(source, "nodes", "nodes", "%s is named twice", *name);
        }
    }
    if (nodes->look_deadline_s > nodes->deadline_s)
        source_warning(source, "nodes", "look_deadline",
                       "%d s is longer than the node's own deadline of %d s",
                       nodes->look_deadline_s, nodes->deadline_s);
}

static void
check_overrides(const struct config *config, const struct source *source)
{
    for (guint i = 0; i < config->nodes.overrides->len; i++) {
        const struct config_node *node = config->nodes.overrides->pdata[i];
        g_autofree char *section = g_strconcat("node ", node->name, NULL);

        check_template(source, section, node->uri);
        if (!config_node_wanted(config, node->name))
            config_problem_add(source->problems, CONFIG_PROBLEM_WARNING, source->file,
                               source_line(source, section, ""),
                               "[%s] is not used: [nodes] nodes does not name it", section);
    }
}

#define WARN_BELOW(name, def, unit, min, what)                                                     \
    if (limits->name < (def))                                                                      \
        source_warning(source, "limits", #name, "%d is below its default %d (%s)", limits->name,   \
                       (def), what);

static void
check_limits(const struct limits *limits, const struct source *source)
{
    LIMITS_LIST(WARN_BELOW)
}

void
check_settings(const struct config *config, const struct source *source)
{
    const struct config_directory *dir = &config->directory;

    check_uris(dir, source);
    check_bind(dir, source);
    check_languages(dir, source);
    check_file(source, "directory", "password_file", dir->password_file, true);
    check_file(source, "directory", "tls_ca", dir->tls_ca, false);
    check_file(source, "directory", "tls_cert", dir->tls_cert, false);
    check_file(source, "directory", "tls_key", dir->tls_key, true);
    if (dir->base == NULL)
        source_error(source, "directory", "base", "a base is needed");
    if (dir->vm_subtree == NULL)
        source_error(source, "directory", "vm_subtree", "a subtree is needed");
    if (dir->node_subtree == NULL)
        source_error(source, "directory", "node_subtree", "a subtree is needed");
    check_nodes(&config->nodes, source);
    check_overrides(config, source);
    check_state_file(&config->sync, source);
    check_limits(&config->limits, source);
}
