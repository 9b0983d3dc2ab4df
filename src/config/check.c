/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/check.h"
#include "config/keys.h"
#include "config/listen.h"
#include "core/mark.h"
#include "text/catalog.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LANGUAGES_MAX 16

static bool
has_scheme(char **uris, const char *scheme)
{
    for (char **uri = uris; *uri != NULL; uri++) {
        if (g_str_has_prefix(*uri, scheme))
            return true;
    }
    return false;
}

/* ":389" or nothing */
static bool
is_port(const char *text)
{
    guint64 port;

    return *text == '\0'
           || (*text == ':' && g_ascii_string_to_unsigned(text + 1, 10, 1, 65535, &port, NULL));
}

const char *
check_server(const char *text, gsize len)
{
    g_autofree char *server = g_strndup(text, len);
    const char *end = server[0] == '[' ? strchr(server, ']') : strchr(server, ':');

    if (server[0] == '[' && end == NULL)
        return N_("a ] is missing");
    if (end != NULL && !is_port(*end == ']' ? end + 1 : end))
        return N_("a port is a number from 1 to 65535");
    return NULL;
}

/* What is wrong with that which follows ldap:// or ldaps://; NULL: nothing.  Static. */
static const char *
wrong_server(const char *text)
{
    const gsize len = strcspn(text, "/");

    if (strcmp(text + len, "") != 0 && strcmp(text + len, "/") != 0)
        return N_("nothing may follow the server: the base has a key of its own");
    return check_server(text, len);
}

/* Likewise for ldapi:// and the path of its socket. */
static const char *
wrong_socket(const char *text)
{
    const char *slash = strchr(text, '/');

    return slash == NULL || slash[1] == '\0' ? NULL
                                             : "in the path of a socket every / is written as %2F";
}

static void
check_uri(const char *uri, const struct source *source)
{
    const char *wrong;

    if (g_str_has_prefix(uri, "ldapi://"))
        wrong = wrong_socket(uri + strlen("ldapi://"));
    else if (g_str_has_prefix(uri, "ldap://") || g_str_has_prefix(uri, "ldaps://"))
        wrong = wrong_server(strstr(uri, "://") + 3);
    else
        wrong = N_("it does not begin with ldap://, ldaps:// or ldapi://");
    if (wrong != NULL)
        source_error(source, "directory", "uri", "\"%s\": %s", uri, wrong);
}

static void
check_uris(const struct config_directory *dir, const struct source *source)
{
    if (*dir->uri == NULL)
        source_error(source, "directory", "uri",
                     "no server is named; for example uri = ldapi:/// or ldap://ldap.example.org");
    for (char **uri = dir->uri; *uri != NULL; uri++)
        check_uri(*uri, source);
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
    if (dir->bind != CONFIG_BIND_GSSAPI && dir->keytab != NULL)
        source_warning(source, "directory", "keytab", "is not used unless bind = gssapi");
    if (dir->bind == CONFIG_BIND_NONE)
        source_warning(source, "directory", "bind",
                       "an anonymous connection can normally not write: only --dry-run will work");
    if (dir->tls_cert != NULL && dir->tls_key == NULL)
        source_error(source, "directory", "tls_cert", "a certificate needs its tls_key");
    if (dir->tls_key != NULL && dir->tls_cert == NULL)
        source_error(source, "directory", "tls_key", "a key needs its tls_cert");
}

/* Statuses are not held up by a catalog that is missing. */
#define TAG_MAX 35

static void
check_catalog(const char *language, const struct source *source)
{
    g_autoptr(GError) error = NULL;
    CLEANUP(catalog_free) struct catalog *c = catalog_open(language, &error);

    if (c == NULL)
        source_warning(source, "directory", "languages",
                       "%s; what is published in it stays as it is", error->message);
}

/* A language tag as RFC 3866 takes it: letters, then parts of letters and digits.  What is longer
 * than any of RFC 5646 is not known again when it is read. */
static void
check_languages(const struct config_directory *dir, const struct source *source)
{
    for (char **language = dir->languages; *language != NULL; language++) {
        if (strlen(*language) > TAG_MAX
            || !g_regex_match_simple("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", *language, 0, 0))
            source_error(source, "directory", "languages", "\"%s\" is not a language tag",
                         *language);
        else
            check_catalog(*language, source);
    }
    if (g_strv_length(dir->languages) > LANGUAGES_MAX)
        source_error(source, "directory", "languages", "more than %d languages", LANGUAGES_MAX);
}

void
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

/* A file that we write, and that need not be there yet. */
static void
check_output(const struct source *source, const char *section, const char *key, const char *path)
{
    g_autofree char *folder = path != NULL ? g_path_get_dirname(path) : NULL;
    struct stat info;

    if (path == NULL)
        return;
    if (stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            source_error(source, section, key, "%s is a directory, not a file", path);
        else if (!S_ISREG(info.st_mode))
            source_error(source, section, key, "%s is not a regular file", path);
    } else if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode)) {
        source_warning(source, section, key, "the folder %s does not exist, so nothing can be written there", folder);
    }
}

static void
check_daemon(const struct config_daemon *daemon, const struct source *source)
{
    check_output(source, "daemon", "pid_file", daemon->pid_file);
    if (daemon->poll_interval_s > daemon->interval_s)
        source_warning(source, "daemon", "poll_interval",
                       "%d s is longer than interval, %d s: nothing is looked at in between",
                       daemon->poll_interval_s, daemon->interval_s);
    if (daemon->coalesce_ms > daemon->progress_interval_s * 1000)
        source_warning(source, "daemon", "coalesce",
                       "%d ms is longer than progress_interval, %d s: it holds progress back too",
                       daemon->coalesce_ms, daemon->progress_interval_s);
}

static void
check_metrics(const struct config_metrics *metrics, const struct source *source)
{
    struct listen_address at;
    const char *wrong = metrics->listen != NULL ? listen_parse(metrics->listen, &at) : NULL;

    if (wrong != NULL)
        source_error(source, "metrics", "listen", "\"%s\" %s", metrics->listen, wrong);
    else if (metrics->listen != NULL && !at.loopback)
        source_warning(source, "metrics", "listen",
                       "%s can be reached from other machines, without a login", metrics->listen);
    if (metrics->board && metrics->listen == NULL)
        source_warning(source, "metrics", "board", "nobody can ask for it: listen is off");
    check_output(source, "metrics", "textfile", metrics->textfile);
    if (metrics->textfile != NULL && !g_str_has_suffix(metrics->textfile, ".prom"))
        source_warning(source, "metrics", "textfile",
                       "node_exporter reads only files whose names end in .prom");
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
    if (!nodes->all && !nodes->self && *nodes->names == NULL)
        source_error(source, "nodes", "nodes", "no node is named; * means all");
    for (char **name = nodes->names; *name != NULL; name++) {
        if (strcmp(*name, "*") == 0)
            source_error(source, "nodes", "nodes", "* means all nodes and stands alone");
        for (char **other = nodes->names; other < name; other++) {
            if (g_ascii_strcasecmp(*name, *other) == 0)
                source_warning(source, "nodes", "nodes", "%s is named twice", *name);
        }
    }
    if (nodes->self && *nodes->names == NULL && nodes->shard_count > 1)
        source_warning(source, "nodes", "shard",
                       "nodes = self is one node: most shares of it are empty");
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
        /* with self, one file may serve all nodes */
        if (!config->nodes.self && !config_node_named(config, node->name))
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
    check_file(source, "directory", "keytab", dir->keytab, true);
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
    check_frontends(config, source);
    if (config->sync.state_file == NULL)
        source_error(source, "sync", "state_file", "a path is needed");
    check_output(source, "sync", "state_file", config->sync.state_file);
    check_daemon(&config->daemon, source);
    check_metrics(&config->metrics, source);
    check_limits(&config->limits, source);
}
