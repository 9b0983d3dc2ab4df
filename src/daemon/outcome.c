/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/outcome.h"

#include "engine/attributes.h"
#include "log/log.h"

#include <stdbool.h>

struct refusals {
    unsigned n;
    char *dn; /* of the first */
    char *error;
    bool told_once;
    gint64 told_at;
};

static char *
names_of(const struct change *c)
{
    GString *names = g_string_new(NULL);

    for (guint i = 0; i < c->mods->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? " " : "",
                               g_array_index(c->mods, struct change_mod, i).attribute);
    return g_string_free(names, FALSE);
}

void
outcome_written(const struct change *c)
{
    const char *status = change_value(c, attribute_name(ATTR_TEXT));

    if (!log_enabled(LOG_LEVEL_INFO))
        return;
    g_autofree char *changed = status == NULL ? names_of(c) : NULL;
    log_event(LOG_LEVEL_INFO, "written", "dn", c->dn, "status", status, "was",
              status != NULL ? c->was : NULL, "why", change_value(c, attribute_name(ATTR_REASON)),
              "changed", changed, NULL);
}

struct refusals *
refusals_new(void)
{
    return g_new0(struct refusals, 1);
}

static void
forget(struct refusals *r)
{
    r->n = 0;
    g_clear_pointer(&r->dn, g_free);
    g_clear_pointer(&r->error, g_free);
}

void
refusals_free(struct refusals *r)
{
    if (r == NULL)
        return;
    forget(r);
    g_free(r);
}

void
refusals_note(struct refusals *r, const char *dn, const char *error)
{
    if (r->n++ > 0)
        return;
    r->dn = g_strdup(dn);
    r->error = g_strdup(error != NULL ? error : "no reason told");
}

void
refusals_tell(struct refusals *r, gint64 now, const char *message)
{
    if (r->n == 0 || (r->told_once && now - r->told_at < REFUSALS_EVERY_MS))
        return;
    log_event(LOG_LEVEL_WARNING, message, "entries", LOG_INT(r->n), "first", r->dn, "error", r->error,
              NULL);
    r->told_once = true;
    r->told_at = now;
    forget(r);
}
