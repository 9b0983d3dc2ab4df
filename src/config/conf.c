/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/conf.h"

#include "config/check.h"
#include "config/keys.h"
#include "config/scan.h"
#include "config/source.h"
#include "core/mark.h"
#include "core/shard.h"

#include <errno.h>
#include <iniparser/iniparser.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NODE_PREFIX "node "
#define OPENNEBULA_PREFIX "opennebula "

G_DEFINE_QUARK(statesync-config-error, config_error)

static void
node_free(void *data)
{
    struct config_node *node = data;
    gsize n_keys;
    const struct key *keys = keys_of_node(&n_keys);

    keys_free_members(keys, n_keys, node);
    g_free(node->name);
    g_free(node);
}

static void
frontend_free(void *data)
{
    struct config_opennebula *frontend = data;
    gsize n_keys;
    const struct key *keys = keys_of_opennebula(&n_keys);

    keys_free_members(keys, n_keys, frontend);
    g_free(frontend->name);
    g_free(frontend);
}

/* Takes "self" out of the names. */
static void
derive_self(struct config_nodes *nodes)
{
    char **to = nodes->names;

    for (char **name = nodes->names; *name != NULL; name++) {
        if (g_ascii_strcasecmp(*name, "self") == 0) {
            nodes->self = true;
            g_free(*name);
        } else {
            *to++ = *name;
        }
    }
    *to = NULL;
    nodes->self_name = g_strdup(g_get_host_name());
}

/* Each share has its own lease, so each has an entry of its own. */
static char *
own_service_dn(const struct config *config)
{
    const struct config_nodes *nodes = &config->nodes;
    const char *base = config->directory.base;

    if (nodes->shard_count > 0)
        return g_strdup_printf("cn=statesync-%d-of-%d,%s", nodes->shard_index, nodes->shard_count,
                               base);
    if (nodes->self && nodes->names[0] == NULL && nodes->self_name != NULL)
        return g_strdup_printf("cn=statesync-%s,%s", nodes->self_name, base);
    return g_strconcat("cn=statesync,", base, NULL);
}

/* Fills what follows from other keys. */
static void
derive_members(struct config *config)
{
    struct config_directory *dir = &config->directory;
    struct config_nodes *nodes = &config->nodes;

    nodes->all = g_strv_length(nodes->names) == 1 && strcmp(nodes->names[0], "*") == 0;
    if (nodes->all)
        g_clear_pointer(&nodes->names[0], g_free);
    derive_self(nodes);
    if (config->metrics.listen != NULL && g_ascii_strcasecmp(config->metrics.listen, "off") == 0)
        g_clear_pointer(&config->metrics.listen, g_free);
    if (dir->base == NULL)
        return;
    if (dir->service_dn == NULL)
        dir->service_dn = own_service_dn(config);
    if (dir->vm_subtree != NULL)
        dir->vm_base = g_strconcat(dir->vm_subtree, ",", dir->base, NULL);
    if (dir->node_subtree != NULL)
        dir->node_base = g_strconcat(dir->node_subtree, ",", dir->base, NULL);
}

static struct config *
config_new_raw(void)
{
    struct config *config = g_new0(struct config, 1);
    gsize n_keys;
    const struct key *keys = keys_all(&n_keys);

    config->nodes.overrides = g_ptr_array_new_with_free_func(node_free);
    config->frontends = g_ptr_array_new_with_free_func(frontend_free);
    keys_store_defaults(keys, n_keys, config);
    return config;
}

struct config *
config_new_default(void)
{
    struct config *config = config_new_raw();

    derive_members(config);
    return config;
}

void
config_free(struct config *config)
{
    gsize n_keys;
    const struct key *keys = keys_all(&n_keys);

    if (config == NULL)
        return;
    keys_free_members(keys, n_keys, config);
    g_free(config->directory.vm_base);
    g_free(config->directory.node_base);
    g_free(config->nodes.self_name);
    g_ptr_array_unref(config->nodes.overrides);
    g_ptr_array_unref(config->frontends);
    g_free(config);
}

static struct config_node *
find_node(const struct config *config, const char *name)
{
    for (guint i = 0; i < config->nodes.overrides->len; i++) {
        struct config_node *node = config->nodes.overrides->pdata[i];

        if (g_ascii_strcasecmp(node->name, name) == 0)
            return node;
    }
    return NULL;
}

bool
config_same_host(const char *host, const char *name)
{
    gsize host_label = strcspn(host, "."), name_label = strcspn(name, ".");

    if (host[host_label] == '\0' || name[name_label] == '\0')
        return host_label > 0 && host_label == name_label
               && g_ascii_strncasecmp(host, name, host_label) == 0;
    return g_ascii_strcasecmp(host, name) == 0;
}

bool
config_node_named(const struct config *config, const char *name)
{
    if (config->nodes.all)
        return true;
    if (config->nodes.self && config_same_host(config->nodes.self_name, name))
        return true;
    for (char **wanted = config->nodes.names; *wanted != NULL; wanted++) {
        if (g_ascii_strcasecmp(*wanted, name) == 0)
            return true;
    }
    return false;
}

bool
config_node_wanted(const struct config *config, const char *name)
{
    const struct config_nodes *nodes = &config->nodes;

    return config_node_named(config, name)
           && (nodes->shard_count == 0
               || node_shard(name, (uint32_t)nodes->shard_count) == (uint32_t)nodes->shard_index);
}

const char *
config_node_uri(const struct config *config, const char *name)
{
    const struct config_node *node = find_node(config, name);

    return node != NULL && node->uri != NULL ? node->uri : config->nodes.uri;
}

int32_t
config_node_deadline_s(const struct config *config, const char *name)
{
    const struct config_node *node = find_node(config, name);

    return node != NULL && node->deadline_s > 0 ? node->deadline_s : config->nodes.deadline_s;
}

static void
unknown_section(const struct source *source, const struct scan_entry *entry)
{
    const char *near = keys_suggest_section(entry->section);

    if (strcmp(entry->section, "opennebula") == 0) {
        config_problem_add(source->problems, CONFIG_PROBLEM_ERROR, source->file, entry->line,
                           "there is no section [opennebula]; give the front-end a name: "
                           "[opennebula NAME]");
        return;
    }
    config_problem_add(source->problems, CONFIG_PROBLEM_ERROR, source->file, entry->line,
                       near != NULL ? N_("there is no section [%s]; did you mean [%s]?")
                                    : N_("there is no section [%s]"),
                       entry->section, near);
}

static void
unknown_key(const struct source *source, const struct scan_entry *entry, const char *section)
{
    const char *near = keys_suggest_key(section, entry->key);

    source_error(source, entry->section, entry->key,
                 near != NULL ? N_("there is no such key; did you mean %s?")
                              : N_("there is no such key"),
                 near);
}

/* Takes one value over. */
static void
apply_key(const struct source *source, const dictionary *dict, const struct scan_entry *entry,
          const char *section, void *base)
{
    g_autofree char *name = g_strconcat(entry->section, ":", entry->key, NULL);
    const char *text = iniparser_getstring(dict, name, NULL);
    const struct key *key = keys_find(section, entry->key);
    g_autofree char *wrong = NULL;

    if (key == NULL) {
        unknown_key(source, entry, section);
        return;
    }
    if (text == NULL) {
        source_error(source, entry->section, entry->key, "the value could not be read");
        return;
    }
    wrong = keys_store(key, base, text);
    if (wrong != NULL)
        source_error(source, entry->section, entry->key, "%s", wrong);
}

/* The [node NAME] an entry belongs to; made at its header. */
static struct config_node *
node_of(struct config *config, const char *section)
{
    g_autofree char *name = g_strstrip(g_strdup(section + strlen(NODE_PREFIX)));
    struct config_node *node = find_node(config, name);

    if (node == NULL) {
        node = g_new0(struct config_node, 1);
        node->name = g_steal_pointer(&name);
        g_ptr_array_add(config->nodes.overrides, node);
    }
    return node;
}

/* The [opennebula NAME] an entry belongs to; made at its header. */
static struct config_opennebula *
frontend_of(struct config *config, const char *section)
{
    g_autofree char *name = g_strstrip(g_strdup(section + strlen(OPENNEBULA_PREFIX)));
    struct config_opennebula *frontend;
    gsize n_keys;
    const struct key *keys = keys_of_opennebula(&n_keys);

    for (guint i = 0; i < config->frontends->len; i++) {
        frontend = config->frontends->pdata[i];
        if (strcmp(frontend->name, name) == 0)
            return frontend;
    }
    frontend = g_new0(struct config_opennebula, 1);
    frontend->name = g_steal_pointer(&name);
    keys_store_defaults(keys, n_keys, frontend);
    g_ptr_array_add(config->frontends, frontend);
    return frontend;
}

static void
apply(struct config *config, const struct source *source, const dictionary *dict,
      GPtrArray *entries)
{
    for (guint i = 0; i < entries->len; i++) {
        const struct scan_entry *entry = entries->pdata[i];
        const char *section = entry->section;
        void *base = config;

        if (g_str_has_prefix(section, NODE_PREFIX)) {
            base = node_of(config, section);
            section = "node";
        } else if (g_str_has_prefix(section, OPENNEBULA_PREFIX)) {
            base = frontend_of(config, section);
            section = "opennebula";
        } else if (!keys_is_section(section)) {
            if (entry->key == NULL)
                unknown_section(source, entry);
            continue;
        }
        if (entry->key != NULL)
            apply_key(source, dict, entry, section, base);
    }
}

/* iniparser's own words, while one file is loaded. */
static GString *parser_words;

G_GNUC_PRINTF(1, 2)
static int
keep_parser_words(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_string_append_vprintf(parser_words, format, args);
    va_end(args);
    return 0;
}

/* Loads what was scanned; the scanner found nothing iniparser would refuse. */
static dictionary *
parse(const struct source *source, const char *path)
{
    dictionary *dict;

    parser_words = g_string_new("");
    iniparser_set_error_callback(keep_parser_words);
    dict = iniparser_load(path);
    iniparser_set_error_callback(NULL);
    if (dict == NULL)
        config_problem_add(source->problems, CONFIG_PROBLEM_ERROR, source->file, 0,
                           "the file could not be parsed: %s", g_strstrip(parser_words->str));
    g_string_free(parser_words, TRUE);
    parser_words = NULL;
    return dict;
}

static GHashTable *
index_lines(GPtrArray *entries)
{
    GHashTable *lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < entries->len; i++) {
        const struct scan_entry *entry = entries->pdata[i];
        char *name = entry->key != NULL ? g_strconcat(entry->section, ":", entry->key, NULL)
                                        : g_strdup(entry->section);

        g_hash_table_insert(lines, name, GUINT_TO_POINTER(entry->line));
    }
    return lines;
}

/* Reads a regular file of bearable size; else false and why not. */
static bool
read_text(const char *path, char **text, gsize *size, const char **why)
{
    g_autoptr(GError) error = NULL;
    struct stat info;

    *why = NULL;
    if (stat(path, &info) != 0)
        *why = g_strerror(errno);
    else if (S_ISDIR(info.st_mode))
        *why = "it is a directory, not a file";
    else if (!S_ISREG(info.st_mode))
        *why = "it is not a regular file";
    else if (info.st_size > SCAN_FILE_MAX)
        *why = "it is larger than 1 MiB";
    else if (access(path, R_OK) != 0)
        *why = g_strerror(errno);
    else if (!g_file_get_contents(path, text, size, &error))
        *why = "reading failed";
    return *why == NULL;
}

static void
set_invalid(const GPtrArray *problems, GError **error)
{
    guint n_errors = config_problems_errors(problems);

    for (guint i = 0; i < problems->len; i++) {
        const struct config_problem *problem = problems->pdata[i];

        if (problem->severity == CONFIG_PROBLEM_ERROR) {
            g_autofree char *first = config_problem_text(problem);

            g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_INVALID, "%s%s", first,
                        n_errors > 1 ? " (and more: see statesync check-config)" : "");
            return;
        }
    }
}

struct config *
config_load(const char *path, GPtrArray *problems, GError **error)
{
    g_autoptr(GPtrArray) found = problems != NULL ? g_ptr_array_ref(problems)
                                                  : config_problems_new();
    g_autoptr(GPtrArray) entries = NULL;
    g_autoptr(GHashTable) lines = NULL;
    g_autofree char *text = NULL;
    struct source source = {.file = path, .problems = found};
    config_auto config = NULL;
    dictionary *dict = NULL;
    const char *why;
    gsize size;

    if (!read_text(path, &text, &size, &why)) {
        config_problem_add(found, CONFIG_PROBLEM_ERROR, path, 0, "cannot be read: %s", why);
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_UNREADABLE, "cannot read %s: %s", path, why);
        return NULL;
    }
    entries = scan_text(text, size, path, found);
    source.lines = lines = index_lines(entries);
    config = config_new_raw();
    if (config_problems_errors(found) == 0)
        dict = parse(&source, path);
    if (dict != NULL) {
        apply(config, &source, dict, entries);
        iniparser_freedict(dict);
        derive_members(config);
        check_settings(config, &source);
    }
    if (config_problems_errors(found) > 0) {
        set_invalid(found, error);
        return NULL;
    }
    return g_steal_pointer(&config);
}
