/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/mods.h"

#include <stdint.h>

/* All in one block: the pointers to the modifications, these, and the lists of values. */
struct mods {
    LDAPMod **list;
    LDAPMod *mods;
    char **values;
};

static const int operations[] = {
    [CHANGE_ADD] = LDAP_MOD_ADD,
    [CHANGE_DELETE] = LDAP_MOD_DELETE,
    [CHANGE_REPLACE] = LDAP_MOD_REPLACE,
};

static size_t
count_values(const struct change *change)
{
    size_t n = 0;

    for (guint i = 0; i < change->mods->len; i++) {
        const struct change_mod *from = &g_array_index(change->mods, struct change_mod, i);

        n += from->values ? from->values->len + 1 : 0;
    }
    return n;
}

struct mods *
mods_new(const struct change *change)
{
    guint n = change->mods->len;
    struct mods *m = g_malloc(sizeof(*m) + (n + 1) * sizeof(m->list[0]) + n * sizeof(m->mods[0]) +
                              count_values(change) * sizeof(m->values[0]));
    char **next;

    m->list = (LDAPMod **)(m + 1);
    m->mods = (LDAPMod *)(m->list + n + 1);
    next = m->values = (char **)(m->mods + n);
    for (guint i = 0; i < n; i++) {
        const struct change_mod *from = &g_array_index(change->mods, struct change_mod, i);

        m->list[i] = &m->mods[i];
        m->mods[i].mod_op = operations[from->op];
        /* libldap takes names without const but leaves them alone. */
        m->mods[i].mod_type = (char *)(uintptr_t)from->attribute;
        m->mods[i].mod_values = from->values && from->values->len ? next : NULL;
        for (guint k = 0; from->values && k < from->values->len; k++)
            *next++ = from->values->pdata[k];
        if (from->values)
            *next++ = NULL;
    }
    m->list[n] = NULL;
    return m;
}

void
mods_free(struct mods *m)
{
    g_free(m);
}

LDAPMod **
mods_list(struct mods *m)
{
    return m->list;
}
