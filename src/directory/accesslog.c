/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "directory/accesslog.h"

#include "directory/dn.h"
#include "directory/examine.h"
#include "directory/result.h"

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
