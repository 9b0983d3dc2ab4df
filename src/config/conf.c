/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/conf.h"

#include "config/check.h"
#include "config/keys.h"
#include "config/scan.h"
#include "config/source.h"

#include <errno.h>
#include <iniparser/iniparser.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NODE_PREFIX "node "

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

/* Fills what follows from other keys. */
static void
derive_members(struct config *config)
{
    struct config_directory *dir = &config->directory;
    struct config_nodes *nodes = &config->nodes;

    nodes->all = g_strv_length(nodes->names) == 1 && strcmp(nodes->names[0], "*") == 0;
    if (nodes->all)
        g_clear_pointer(&nodes->names[0], g_free);
    if (dir->base == NULL)
        return;
    if (dir->service_dn == NULL)
        dir->service_dn = g_strconcat("cn=statesync,", dir->base, NULL);
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
    for (gsize i = 0; i < n_keys; i++) {
        const char *text = keys[i].default_text != NULL ? keys[i].default_text : "";
        g_autofree char *wrong = keys_store(&keys[i], config, text);

        if (wrong != NULL)
            g_error("bad default of %s: %s", keys[i].name, wrong);
    }
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
    g_ptr_array_unref(config->nodes.overrides);
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
config_node_wanted(const struct config *config, const char *name)
{
    if (config->nodes.all)
        return true;
    for (char **wanted = config->nodes.names; *wanted != NULL; wanted++) {
        if (g_ascii_strcasecmp(*wanted, name) == 0)
            return true;
    }
    return false;
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

    config_problem_add(source->problems, CONFIG_PROBLEM_ERROR, source->file, entry->line,
                       "there is no section [%s]%s%s%s", entry->section,
                       near != NULL ? "; did you mean [" : "", near != NULL ? near : "",
                       near != NULL ? "]?" : "");
}

static void
unknown_key(const struct source *source, const struct scan_entry *entry, const char *section)
{
    const char *near = keys_suggest_key(section, entry->key);

    source_error(source, entry->section, entry->key, "there is no such key%s%s%s",
                 near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                 near != NULL ? "?" : "");
}

/* Takes one value over. */
static void
apply_key(struct config *config, const struct source *source, const dictionary *dict,
          const struct scan_entry *entry, struct config_node *node)
{
    g_autofree char *name = g_strconcat(entry->section, ":", entry->key, NULL);
    const char *text = iniparser_getstring(dict, name, NULL);
    const char *section = node != NULL ? "node" : entry->section;
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
    wrong = keys_store(key, node != NULL ? (void *)node : (void *)config, text);
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

static void
apply(struct config *config, const struct source *source, const dictionary *dict,
      GPtrArray *entries)
{
    for (guint i = 0; i < entries->len; i++) {
        const struct scan_entry *entry = entries->pdata[i];
        bool is_node = g_str_has_prefix(entry->section, NODE_PREFIX);
        struct config_node *node = is_node ? node_of(config, entry->section) : NULL;

        if (entry->key == NULL && !is_node && !keys_is_section(entry->section))
            unknown_section(source, entry);
        else if (entry->key != NULL && (is_node || keys_is_section(entry->section)))
            apply_key(config, source, dict, entry, node);
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
