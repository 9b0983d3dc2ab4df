/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/keys.h"

#include "config/conf.h"
#include "config/suggest.h"
#include "core/mark.h"

#include <string.h>

#define WORD_TEXT(id, word) word,
#define WORD_TEXT3(id, word, priority) word,
static const char *const bind_words[] = {CONFIG_BINDS_LIST(WORD_TEXT)};
static const char *const starttls_words[] = {CONFIG_STARTTLS_LIST(WORD_TEXT)};
static const char *const vms_words[] = {CONFIG_VMS_LIST(WORD_TEXT)};
static const char *const target_words[] = {LOG_TARGETS_LIST(WORD_TEXT)};
static const char *const level_words[] = {LOG_LEVELS_LIST(WORD_TEXT3)};

#define WORDS(array) {array, G_N_ELEMENTS(array)}
static const struct key_words binds = WORDS(bind_words);
static const struct key_words starttls = WORDS(starttls_words);
static const struct key_words vms_kinds = WORDS(vms_words);
static const struct key_words log_targets = WORDS(target_words);
static const struct key_words log_levels = WORDS(level_words);

/* keys_store() writes enums through an int. */
G_STATIC_ASSERT(sizeof(enum config_bind) == sizeof(int));
G_STATIC_ASSERT(sizeof(enum config_starttls) == sizeof(int));
G_STATIC_ASSERT(sizeof(enum config_vms) == sizeof(int));
G_STATIC_ASSERT(sizeof(enum log_target) == sizeof(int));
G_STATIC_ASSERT(sizeof(enum log_level) == sizeof(int));

#define DAY_S 86400
#define YEAR_S (365 * DAY_S)

#define AT(section, member) offsetof(struct config, section.member)
#define STRING(section, name, type, def)                                                           \
    {#section, #name, type, AT(section, name), def, 0, 0, NULL, NULL}
#define BOOL(section, name, def)                                                                   \
    {#section, #name, KEY_BOOL, AT(section, name), def, 0, 0, NULL, NULL}
#define NUMBER(section, name, member, def, min, max, unit)                                         \
    {#section, #name, KEY_NUMBER, AT(section, member), def, min, max, unit, NULL}
#define SECONDS(section, name, def, min, max)                                                      \
    NUMBER(section, name, name##_s, def, min, max, "s")
#define WORD(section, name, def, list)                                                             \
    {#section, #name, KEY_WORD, AT(section, name), def, 0, 0, NULL, &(list)}

/* store_share() writes both. */
G_STATIC_ASSERT(offsetof(struct config_nodes, shard_count)
                == offsetof(struct config_nodes, shard_index) + sizeof(int32_t));
#define SHARE_MAX 1000

#define LIMIT_MAX_LIMIT_SECONDS YEAR_S
#define LIMIT_MAX_LIMIT_COUNT 1000000
#define LIMIT_MAX_LIMIT_PERCENT 100
#define LIMIT_UNIT_LIMIT_SECONDS "s"
#define LIMIT_UNIT_LIMIT_COUNT NULL
#define LIMIT_UNIT_LIMIT_PERCENT "%"
#define LIMIT_KEY(name, def, unit, min, what)                                                      \
    NUMBER(limits, name, name, #def, min, LIMIT_MAX_##unit, LIMIT_UNIT_##unit),

static const struct key all_keys[] = {
    STRING(directory, uri, KEY_LIST, NULL),
    STRING(directory, base, KEY_DN, "ou=virtualization,ou=services,dc=stoney-cloud,dc=org"),
    STRING(directory, vm_subtree, KEY_DN, "ou=virtual machines"),
    STRING(directory, node_subtree, KEY_DN, "ou=nodes"),
    STRING(directory, service_dn, KEY_DN, NULL),
    STRING(directory, accesslog, KEY_DN, NULL),
    WORD(directory, bind, "simple", binds),
    STRING(directory, bind_dn, KEY_DN, NULL),
    STRING(directory, password_file, KEY_FILE, NULL),
    STRING(directory, keytab, KEY_FILE, NULL),
    WORD(directory, starttls, "required", starttls),
    STRING(directory, tls_ca, KEY_FILE, NULL),
    STRING(directory, tls_cert, KEY_FILE, NULL),
    STRING(directory, tls_key, KEY_FILE, NULL),
    SECONDS(directory, network_timeout, "10", 1, 3600),
    SECONDS(directory, timeout, "30", 1, 3600),
    NUMBER(directory, page_size, page_size, "500", 0, 100000, "entries"),
    NUMBER(directory, window, window, "64", 1, 4096, "modifies"),
    NUMBER(directory, retries, retries, "5", 0, 100, "times"),
    STRING(directory, languages, KEY_LIST, NULL),

    STRING(nodes, uri, KEY_TEXT, "qemu+tls://%h/system"),
    {"nodes", "nodes", KEY_LIST, AT(nodes, names), "*", 0, 0, NULL, NULL},
    {"nodes", "shard", KEY_SHARE, AT(nodes, shard_index), NULL, 1, SHARE_MAX, NULL, NULL},
    SECONDS(nodes, deadline, "30", 1, 3600),
    SECONDS(nodes, look_deadline, "10", 1, 3600),
    STRING(nodes, pkipath, KEY_FOLDER, NULL),
    SECONDS(nodes, keepalive_interval, "5", 0, 3600),
    NUMBER(nodes, keepalive_count, keepalive_count, "3", 1, 100, "times"),

    BOOL(frozen, agent, "no"),
    BOOL(frozen, probe, "no"),
    SECONDS(frozen, probe_interval, "60", 0, DAY_S),

    STRING(sync, state_file, KEY_OUTPUT, LOCALSTATEDIR "/lib/statesync/state"),
    SECONDS(sync, lease, "30", 10, 3600),
    SECONDS(sync, lease_wait, "60", 0, 3600),
    BOOL(sync, standby, "no"),
    SECONDS(sync, sweep_interval, "300", 1, DAY_S),

    SECONDS(daemon, interval, "60", 1, DAY_S),
    NUMBER(daemon, coalesce, coalesce_ms, "1000", 0, 60000, "ms"),
    SECONDS(daemon, progress_interval, "10", 1, 3600),
    SECONDS(daemon, poll_interval, "5", 1, 3600),
    STRING(daemon, pid_file, KEY_OUTPUT, NULL),

    STRING(metrics, listen, KEY_TEXT, "127.0.0.1:9834"),
    STRING(metrics, textfile, KEY_OUTPUT, NULL),
    BOOL(metrics, board, "no"),

    BOOL(repair, repair_mode, "no"),
    BOOL(repair, repair_streams, "no"),

    LIMITS_LIST(LIMIT_KEY)

    WORD(log, target, "auto", log_targets),
    WORD(log, level, "notice", log_levels),
};

static const struct key node_keys[] = {
    {"node", "uri", KEY_TEXT, offsetof(struct config_node, uri), NULL, 0, 0, NULL, NULL},
    {"node", "deadline", KEY_NUMBER, offsetof(struct config_node, deadline_s), NULL, 1, 3600, "s",
     NULL},
};

#define ONE_AT(member) offsetof(struct config_opennebula, member)
#define ONE_STRING(name, type, def)                                                                \
    {"opennebula", #name, type, ONE_AT(name), def, 0, 0, NULL, NULL}
#define ONE_NUMBER(name, member, def, min, max, unit)                                              \
    {"opennebula", #name, KEY_NUMBER, ONE_AT(member), def, min, max, unit, NULL}

static const struct key opennebula_keys[] = {
    ONE_STRING(endpoint, KEY_TEXT, NULL),
    ONE_STRING(credential_file, KEY_FILE, NULL),
    ONE_STRING(events, KEY_TEXT, NULL),
    ONE_STRING(tls_ca, KEY_FILE, NULL),
    ONE_NUMBER(connect_timeout, connect_timeout_s, "10", 1, 3600, "s"),
    ONE_NUMBER(timeout, timeout_s, "60", 1, 3600, "s"),
    {"opennebula", "vms", KEY_WORD, ONE_AT(vms), "all", 0, 0, NULL, &vms_kinds},
    ONE_STRING(link_attribute, KEY_TEXT, "STONEY_UUID"),
    ONE_NUMBER(answer_limit, answer_limit, "16777216", 65536, 1073741824, "bytes"),
    ONE_NUMBER(range, range, "500", 1, 1000000, "numbers"),
};

const struct key *
keys_all(gsize *n_keys)
{
    *n_keys = G_N_ELEMENTS(all_keys);
    return all_keys;
}

const struct key *
keys_of_node(gsize *n_keys)
{
    *n_keys = G_N_ELEMENTS(node_keys);
    return node_keys;
}

const struct key *
keys_of_opennebula(gsize *n_keys)
{
    *n_keys = G_N_ELEMENTS(opennebula_keys);
    return opennebula_keys;
}

static const struct key *
keys_for(const char *section, gsize *n_keys)
{
    if (strcmp(section, "opennebula") == 0)
        return keys_of_opennebula(n_keys);
    return strcmp(section, "node") == 0 ? keys_of_node(n_keys) : keys_all(n_keys);
}

const struct key *
keys_find(const char *section, const char *name)
{
    gsize n_keys;
    const struct key *keys = keys_for(section, &n_keys);

    for (gsize i = 0; i < n_keys; i++) {
        if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0)
            return &keys[i];
    }
    return NULL;
}

bool
keys_is_section(const char *section)
{
    for (gsize i = 0; i < G_N_ELEMENTS(all_keys); i++) {
        if (strcmp(all_keys[i].section, section) == 0)
            return true;
    }
    return false;
}

const char *
keys_suggest_section(const char *typed)
{
    const char *words[G_N_ELEMENTS(all_keys)];

    for (gsize i = 0; i < G_N_ELEMENTS(all_keys); i++)
        words[i] = all_keys[i].section;
    return suggest_word(typed, words, G_N_ELEMENTS(all_keys));
}

const char *
keys_suggest_key(const char *section, const char *typed)
{
    const char *words[G_N_ELEMENTS(all_keys)];
    gsize n_keys, n_words = 0;
    const struct key *keys = keys_for(section, &n_keys);

    for (gsize i = 0; i < n_keys; i++) {
        if (strcmp(keys[i].section, section) == 0)
            words[n_words++] = keys[i].name;
    }
    return suggest_word(typed, words, n_words);
}

static void *
member(const struct key *key, void *base)
{
    return (char *)base + key->offset;
}

static char *
store_string(const struct key *key, void *base, const char *text)
{
    char **string = member(key, base);

    if (!g_utf8_validate(text, -1, NULL))
        return g_strdup(N_("the value is not UTF-8"));
    if (key->type == KEY_DN && *text != '\0' &&
        (strchr(text, '=') == NULL || *text == '=' || *text == ','))
        return g_strdup_printf(N_("\"%s\" is not a distinguished name"), text);
    if ((key->type == KEY_FILE || key->type == KEY_FOLDER || key->type == KEY_OUTPUT) &&
        *text != '\0' && *text != '/')
        return g_strdup_printf(N_("\"%s\" is not an absolute path"), text);
    g_free(*string);
    *string = *text != '\0' ? g_strdup(text) : NULL;
    return NULL;
}

static char *
store_list(const struct key *key, void *base, const char *text)
{
    char ***list = member(key, base);
    g_auto(GStrv) parts = NULL;
    GPtrArray *words;

    if (!g_utf8_validate(text, -1, NULL))
        return g_strdup(N_("the value is not UTF-8"));
    parts = g_strsplit_set(text, " \t,", -1);
    words = g_ptr_array_new();
    for (char **part = parts; *part != NULL; part++) {
        if (**part != '\0')
            g_ptr_array_add(words, g_strdup(*part));
    }
    g_ptr_array_add(words, NULL);
    g_strfreev(*list);
    *list = (char **)g_ptr_array_free(words, FALSE);
    return NULL;
}

static char *
store_bool(const struct key *key, void *base, const char *text)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};
    bool *flag = member(key, base);

    for (gsize i = 0; i < G_N_ELEMENTS(yes); i++) {
        if (g_ascii_strcasecmp(text, yes[i]) == 0) {
            *flag = true;
            return NULL;
        }
        if (g_ascii_strcasecmp(text, no[i]) == 0) {
            *flag = false;
            return NULL;
        }
    }
    return g_strdup_printf(N_("\"%s\" is neither yes nor no"), text);
}

static char *
store_number(const struct key *key, void *base, const char *text)
{
    int32_t *number = member(key, base);
    g_autoptr(GError) error = NULL;
    const char *unit = key->unit != NULL ? key->unit : "";
    const char *gap = key->unit != NULL ? " " : "";
    gint64 value;

    if (*text == '\0' || strspn(text, "0123456789") != strlen(text))
        return g_strdup_printf(g_strcmp0(key->unit, "s") == 0
                                   ? N_("\"%s\" is not a whole number of seconds")
                                   : N_("\"%s\" is not a whole number"),
                               text);
    if (text[0] == '0' && text[1] != '\0')
        return g_strdup_printf(N_("\"%s\" begins with a zero; numbers are decimal, write it without"),
                               text);
    if (!g_ascii_string_to_signed(text, 10, key->min, key->max, &value, &error))
        return g_strdup_printf(N_("%s is out of range: %d to %d%s%s"), text, key->min, key->max, gap,
                               unit);
    *number = (int32_t)value;
    return NULL;
}

static char *
store_word(const struct key *key, void *base, const char *text)
{
    const char *near = suggest_word(text, key->words->words, key->words->n_words);
    g_autoptr(GString) all = g_string_new("");

    for (gsize i = 0; i < key->words->n_words; i++) {
        if (g_ascii_strcasecmp(text, key->words->words[i]) == 0) {
            int value = (int)i;

            memcpy(member(key, base), &value, sizeof(value));
            return NULL;
        }
        g_string_append_printf(all, "%s%s", i > 0 ? ", " : "", key->words->words[i]);
    }
    if (near != NULL)
        return g_strdup_printf(N_("\"%s\" is none of %s; did you mean %s?"), text, all->str, near);
    return g_strdup_printf(N_("\"%s\" is none of %s"), text, all->str);
}

/* One of the two numbers of "i/n": its value, and *end behind it; 0 where there is none. */
static int32_t
share_number(const char *text, const char **end)
{
    size_t digits = strspn(text, "0123456789");

    *end = text + digits;
    return digits > 0 && digits <= 4 && *text != '0' ? (int32_t)g_ascii_strtoll(text, NULL, 10) : 0;
}

static char *
store_share(const struct key *key, void *base, const char *text)
{
    int32_t *share = member(key, base);
    const char *slash, *end;
    int32_t i, n;

    if (*text == '\0') {
        share[0] = share[1] = 0;
        return NULL;
    }
    i = share_number(text, &slash);
    n = *slash == '/' ? share_number(slash + 1, &end) : 0;
    if (i == 0 || n == 0 || *end != '\0')
        return g_strdup_printf(N_("\"%s\" is not a share such as 2/5, the second of five"), text);
    if (n > key->max || i > n)
        return g_strdup_printf(N_("%s is out of range: the share is 1 to %d, of at most %d"), text,
                               MIN(n, key->max), key->max);
    share[0] = i;
    share[1] = n;
    return NULL;
}

char *
keys_store(const struct key *key, void *base, const char *text)
{
    switch (key->type) {
    case KEY_TEXT:
    case KEY_DN:
    case KEY_FILE:
    case KEY_FOLDER:
    case KEY_OUTPUT:
        return store_string(key, base, text);
    case KEY_LIST:
        return store_list(key, base, text);
    case KEY_BOOL:
        return store_bool(key, base, text);
    case KEY_NUMBER:
        return store_number(key, base, text);
    case KEY_WORD:
        return store_word(key, base, text);
    case KEY_SHARE:
        return store_share(key, base, text);
    }
    g_assert_not_reached();
}

void
keys_store_defaults(const struct key *keys, gsize n_keys, void *base)
{
    for (gsize i = 0; i < n_keys; i++) {
        const char *text = keys[i].default_text != NULL ? keys[i].default_text : "";
        g_autofree char *wrong = keys_store(&keys[i], base, text);

        if (wrong != NULL)
            g_error("bad default of %s: %s", keys[i].name, wrong);
    }
}

void
keys_free_members(const struct key *keys, gsize n_keys, void *base)
{
    for (gsize i = 0; i < n_keys; i++) {
        switch (keys[i].type) {
        case KEY_TEXT:
        case KEY_DN:
        case KEY_FILE:
        case KEY_FOLDER:
        case KEY_OUTPUT:
            g_clear_pointer((char **)member(&keys[i], base), g_free);
            break;
        case KEY_LIST:
            g_clear_pointer((char ***)member(&keys[i], base), g_strfreev);
            break;
        case KEY_BOOL:
        case KEY_NUMBER:
        case KEY_WORD:
        case KEY_SHARE:
            break;
        }
    }
}
