/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "directory/accesslog.h"

#include "directory/dn.h"
#include "directory/examine.h"
#include "directory/filter.h"
#include "directory/result.h"
#include "directory/search.h"
#include "engine/timestamp.h"

#include <string.h>

/* Is base this suffix, or below it? */
static bool
is_below(const char *base, const char *suffix)
{
    g_autofree char *long_one = directory_dn_normalise(base);
    g_autofree char *end = directory_dn_normalise(suffix);

    if (long_one == NULL || end == NULL || !g_str_has_suffix(long_one, end))
        return false;
    size_t more = strlen(long_one) - strlen(end);
    return more == 0 || long_one[more - 1] == ',';
}

static char *
value_of(struct directory_connection *c, const char *dn, const char *attribute)
{
    g_auto(GStrv) values = examine_values(c, dn, attribute, NULL);

    return values != NULL ? g_strdup(values[0]) : NULL;
}

static bool
is_log(struct directory_connection *c, const char *dn)
{
    g_auto(GStrv) classes = examine_values(c, dn, "objectClass", NULL);

    for (char **class = classes; class != NULL && *class != NULL; class++) {
        if (g_ascii_strcasecmp(*class, "auditContainer") == 0)
            return true;
    }
    return false;
}

char *
accesslog_find(struct directory_connection *c, const char *base, GError **error)
{
    g_auto(GStrv) suffixes = examine_values(c, "", "namingContexts", error);
    const char *hidden = NULL;

    if (suffixes == NULL)
        return NULL;
    for (char **suffix = suffixes; *suffix != NULL; suffix++) {
        char *log = is_below(base, *suffix) ? value_of(c, *suffix, "auditContext") : NULL;
        if (log != NULL)
            return log;
    }
    for (char **suffix = suffixes; *suffix != NULL; suffix++) {
        if (is_below(base, *suffix))
            continue;
        if (is_log(c, *suffix))
            return g_strdup(*suffix);
        if (strstr(*suffix, "log") != NULL)
            hidden = *suffix;
    }
    if (hidden != NULL)
        directory_error_set(error, LDAP_INSUFFICIENT_ACCESS, NULL, NULL,
                            "%s: \"%s\" may be the log of changes, which we may not read",
                            directory_connection_uri(c), hidden);
    else
        directory_error_set(error, LDAP_NO_SUCH_OBJECT, NULL, NULL,
                            "%s keeps no log of changes (slapo-accesslog)",
                            directory_connection_uri(c));
    return NULL;
}

/* --- reading it --------------------------------------------------------------------------- */

struct accesslog_change *
accesslog_change_new(void)
{
    struct accesslog_change *c = g_new0(struct accesslog_change, 1);

    c->mods = g_ptr_array_new_with_free_func(g_free);
    c->old = g_ptr_array_new_with_free_func(g_free);
    return c;
}

void
accesslog_change_free(gpointer change)
{
    struct accesslog_change *c = change;

    if (c == NULL)
        return;
    g_ptr_array_unref(c->mods);
    g_ptr_array_unref(c->old);
    g_free(c->dn);
    g_free(c->who);
    g_free(c);
}

bool
accesslog_parse_mod(const char *mod, size_t *name_len, char *op, const char **value)
{
    const char *colon = strchr(mod, ':');

    if (colon == NULL || colon == mod || colon[1] == '\0' || strchr("=+-#", colon[1]) == NULL)
        return false;
    *name_len = (size_t)(colon - mod);
    *op = colon[1];
    *value = colon[2] == ' ' ? colon + 3 : colon + 2;
    return true;
}

/* An entry of the log while it is read. */
struct reading {
    GPtrArray *changes;
    struct accesslog_change *now;
    bool known; /* its type is one of ours */
    const struct accesslog_bounds *bounds; /* NULL = none */
};

static void
take_type(struct reading *r, const char *type)
{
    static const char *const words[] = {[ACCESSLOG_ADD] = "add",
                                        [ACCESSLOG_MODIFY] = "modify",
                                        [ACCESSLOG_DELETE] = "delete",
                                        [ACCESSLOG_RENAME] = "modrdn"};

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(type, words[i]) != 0)
            continue;
        r->now->kind = (enum accesslog_kind)i;
        r->known = true;
    }
}

static void
take_value(const struct search_value *value, void *data)
{
    struct reading *r = data;
    char *text = g_strndup(value->bytes, value->len);

    if (search_name_is(value, "reqMod")) {
        g_ptr_array_add(r->now->mods, text);
        return;
    }
    if (search_name_is(value, "reqOld")) {
        g_ptr_array_add(r->now->old, text);
        return;
    }
    if (search_name_is(value, "reqType"))
        take_type(r, text);
    else if (search_name_is(value, "reqStart"))
        r->now->time_us = examine_csn_time(text);
    else if (search_name_is(value, "reqDN") && r->now->dn == NULL)
        r->now->dn = g_steal_pointer(&text);
    else if (search_name_is(value, "reqAuthzID") && r->now->who == NULL && *text != '\0')
        r->now->who = g_steal_pointer(&text);
    g_free(text);
}

/* The bounds speak like a server's limits. */
static bool
is_within(const struct reading *r, GError **error)
{
    if (r->bounds == NULL)
        return true;
    if (r->changes->len >= r->bounds->max)
        directory_error_set(error, LDAP_SIZELIMIT_EXCEEDED, NULL, NULL,
                            "the log has more than %u changes", r->bounds->max);
    else if (g_get_monotonic_time() > r->bounds->deadline_us)
        directory_error_set(error, LDAP_TIMELIMIT_EXCEEDED, NULL, NULL,
                            "reading the log takes too long");
    else
        return true;
    return false;
}

static bool
take_entry(struct directory_connection *c, LDAPMessage *entry, void *data, GError **error)
{
    struct reading *r = data;

    if (!is_within(r, error))
        return false;
    r->now = accesslog_change_new();
    r->known = false;
    bool done = search_entry_values(c, entry, take_value, r, error);
    if (done && r->known && r->now->time_us >= 0)
        g_ptr_array_add(r->changes, r->now);
    else
        accesslog_change_free(r->now);
    return done;
}

/* Adds those since a time; 0 = all. */
static void
append_since(GString *filter, gint64 since)
{
    char start[TIMESTAMP_SIZE];

    if (since <= 0)
        return;
    timestamp_format(since, start);
    g_string_append_printf(filter, "(reqStart>=%s)", start);
}

static char *
filter_of(const char *dn, gint64 since)
{
    GString *filter = g_string_new("(&");

    filter_append_equal(filter, "reqDN", dn);
    filter_append_equal(filter, "reqResult", "0");
    append_since(filter, since);
    g_string_append_c(filter, ')');
    return g_string_free(filter, FALSE);
}

static char *
filter_below(const char *base, const struct accesslog_bounds *bounds)
{
    GString *filter = g_string_new("(&");

    g_string_append(filter, "(reqDN:dnSubtreeMatch:=");
    filter_append_escaped(filter, base, strlen(base));
    g_string_append_c(filter, ')');
    filter_append_equal(filter, "reqResult", "0");
    append_since(filter, bounds->from);
    g_string_append(filter, "(!");
    append_since(filter, bounds->to);
    g_string_append(filter, "))");
    return g_string_free(filter, FALSE);
}

gint
accesslog_by_time(gconstpointer a, gconstpointer b)
{
    const struct accesslog_change *const *one = a, *const *two = b;

    return ((*one)->time_us > (*two)->time_us) - ((*one)->time_us < (*two)->time_us);
}

static bool
is_limit(const GError *error)
{
    enum directory_class class = directory_error_class(error);

    return class == DIRECTORY_SIZE_LIMIT || class == DIRECTORY_TIME_LIMIT;
}

static GPtrArray *
read_matching(struct directory_connection *c, const char *log, const char *filter,
              const struct accesslog_bounds *bounds, int page_size, GError **cut, GError **error)
{
    static const char *const attributes[]
        = {"reqDN", "reqType", "reqStart", "reqAuthzID", "reqMod", "reqOld", NULL};
    const struct search search = {.base = log,
                                  .scope = LDAP_SCOPE_ONELEVEL,
                                  .filter = filter,
                                  .attributes = attributes,
                                  .page_size = page_size};
    struct reading r = {.changes = g_ptr_array_new_with_free_func(accesslog_change_free),
                        .bounds = bounds};
    GError *failure = NULL;

    if (!directory_search(c, &search, take_entry, &r, &failure)) {
        if (!is_limit(failure)) {
            g_propagate_error(error, failure);
            g_ptr_array_unref(r.changes);
            return NULL;
        }
        g_propagate_error(cut, failure);
    }
    g_ptr_array_sort(r.changes, accesslog_by_time);
    return r.changes;
}

GPtrArray *
accesslog_read(struct directory_connection *c, const char *log, const char *dn, gint64 since,
               int page_size, GError **cut, GError **error)
{
    g_autofree char *filter = filter_of(dn, since);

    return read_matching(c, log, filter, NULL, page_size, cut, error);
}

GPtrArray *
accesslog_read_below(struct directory_connection *c, const char *log, const char *base,
                     const struct accesslog_bounds *bounds, int page_size, GError **cut,
                     GError **error)
{
    g_autofree char *filter = filter_below(base, bounds);

    return read_matching(c, log, filter, bounds, page_size, cut, error);
}
