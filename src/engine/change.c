/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/change.h"

#include <string.h>

#define LDIF_COLUMNS 76

static void
clear_mod(gpointer data)
{
    struct change_mod *m = data;

    if (m->values != NULL)
        g_ptr_array_unref(m->values);
}

struct change *
change_new(const char *dn, const char *csn)
{
    struct change *c = g_new0(struct change, 1);

    c->dn = g_strdup(dn);
    c->csn = g_strdup(csn);
    c->mods = g_array_new(FALSE, TRUE, sizeof(struct change_mod));
    g_array_set_clear_func(c->mods, clear_mod);
    return c;
}

void
change_free(struct change *c)
{
    if (c == NULL)
        return;
    g_free(c->dn);
    g_free(c->csn);
    g_free(c->was);
    g_strfreev(c->alarms_were);
    g_free(c->name);
    g_array_unref(c->mods);
    g_free(c);
}

struct change_mod *
change_add_mod(struct change *c, enum change_op op, const char *attribute)
{
    struct change_mod m = {.attribute = attribute, .op = op};

    g_array_append_val(c->mods, m);
    return &g_array_index(c->mods, struct change_mod, c->mods->len - 1);
}

void
change_mod_value(struct change_mod *m, const char *value)
{
    if (m->values == NULL)
        m->values = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(m->values, g_strdup(value));
}

void
change_replace(struct change *c, const char *attribute, const char *value)
{
    struct change_mod *m = change_add_mod(c, CHANGE_REPLACE, attribute);

    if (value != NULL)
        change_mod_value(m, value);
}

bool
change_is_empty(const struct change *c)
{
    return c->mods->len == 0;
}

const char *
change_value(const struct change *c, const char *attribute)
{
    for (guint i = 0; i < c->mods->len; i++) {
        const struct change_mod *m = &g_array_index(c->mods, struct change_mod, i);
        if (m->op != CHANGE_DELETE && m->values != NULL && strcmp(m->attribute, attribute) == 0)
            return g_ptr_array_index(m->values, 0);
    }
    return NULL;
}

/* RFC 2849 SAFE-STRING, without control characters: a terminal may show it. */
static bool
ldif_is_safe(const char *value)
{
    if (*value == ' ' || *value == ':' || *value == '<')
        return false;
    for (const char *p = value; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
            return false;
        if (*p == ' ' && p[1] == '\0')
            return false;
    }
    return true;
}

static void
ldif_line(GString *out, const char *name, const char *value)
{
    g_autoptr(GString) line = g_string_new(name);

    if (ldif_is_safe(value)) {
        g_string_append_printf(line, ": %s", value);
    } else {
        g_autofree char *encoded = g_base64_encode((const guchar *)value, strlen(value));
        g_string_append_printf(line, ":: %s", encoded);
    }
    /* the first line holds LDIF_COLUMNS characters, continuations one less and a blank */
    size_t width = LDIF_COLUMNS;
    for (size_t at = 0; at < line->len; at += width, width = LDIF_COLUMNS - 1) {
        if (at > 0)
            g_string_append_c(out, ' ');
        g_string_append_len(out, line->str + at, (gssize)MIN(width, line->len - at));
        g_string_append_c(out, '\n');
    }
}

void
change_to_ldif(const struct change *c, GString *out)
{
    static const char *const ops[] = {
        [CHANGE_ADD] = "add",
        [CHANGE_DELETE] = "delete",
        [CHANGE_REPLACE] = "replace",
    };

    ldif_line(out, "dn", c->dn);
    g_string_append(out, "changetype: modify\n");
    for (guint i = 0; i < c->mods->len; i++) {
        const struct change_mod *m = &g_array_index(c->mods, struct change_mod, i);
        ldif_line(out, ops[m->op], m->attribute);
        for (guint v = 0; m->values != NULL && v < m->values->len; v++)
            ldif_line(out, m->attribute, g_ptr_array_index(m->values, v));
        g_string_append(out, "-\n");
    }
    g_string_append_c(out, '\n');
}
