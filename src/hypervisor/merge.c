/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/merge.h"

/* Below this number of domains to find, a walk is cheaper than a table. */
#define FEW 8

static struct domain *
domain_at(const struct observation *o, guint i)
{
    return &g_array_index(o->domains, struct domain, i);
}

static GHashTable *
table_of(const struct observation *o)
{
    GHashTable *table = g_hash_table_new(uuid_hash, uuid_equal_key);

    for (guint i = 0; i < o->domains->len; i++)
        g_hash_table_insert(table, &domain_at(o, i)->uuid, domain_at(o, i));
    return table;
}

static void
swap_arrays(GArray **a, GArray **b)
{
    GArray *kept = *a;

    *a = *b;
    *b = kept;
}

/* What is replaced in to goes to from, which frees it later. */
static void
merge_look(struct look *to, struct look *from)
{
    if (from->job_known) {
        to->job_known = true;
        to->job = from->job;
    }
    if (from->blocks_known || from->blocks_failed) {
        to->blocks_known = from->blocks_known;
        to->blocks_failed = from->blocks_failed;
        swap_arrays(&to->block_jobs, &from->block_jobs);
    }
    if (from->disks_known) {
        to->disks_known = true;
        swap_arrays(&to->disks, &from->disks);
    }
    if (from->agent_known) {
        to->agent_known = true;
        to->agent = from->agent;
    }
    if (from->control_known) {
        to->control_known = true;
        to->control = from->control;
        to->occupied_ms = from->occupied_ms;
    }
    if (from->io_error_disks != NULL) {
        g_free(to->io_error_disks);
        to->io_error_disks = g_steal_pointer(&from->io_error_disks);
    }
}

static void
merge_domain(struct domain *to, struct domain *from)
{
    if (!from->unreadable) {
        char *word = to->state_word;

        to->state = from->state;
        to->reason = from->reason;
        to->state_word = from->state_word;
        from->state_word = word;
        to->unreadable = false;
    }
    if (from->look == NULL)
        return;
    if (to->look == NULL)
        to->look = g_steal_pointer(&from->look);
    else
        merge_look(to->look, from->look);
}

void
observation_append(struct observation *to, struct observation *from)
{
    gsize n_domains = 0;
    g_autofree struct domain *domains = g_array_steal(from->domains, &n_domains);

    if (n_domains > 0)
        g_array_append_vals(to->domains, domains, (guint)n_domains);
}

void
observation_merge(struct observation *bulk, struct observation *look)
{
    g_autoptr(GHashTable) table = look->domains->len > FEW ? table_of(bulk) : NULL;

    for (guint i = look->domains->len; i-- > 0;) {
        struct domain *from = domain_at(look, i);
        struct domain *to = table != NULL ? g_hash_table_lookup(table, &from->uuid)
                                          : observation_find(bulk, &from->uuid);

        if (to == NULL && !from->unreadable)
            continue; /* stays, to be moved as a whole */
        if (to != NULL)
            merge_domain(to, from);
        g_array_remove_index_fast(look->domains, i);
    }
    bulk->look_blocked |= look->look_blocked;
    observation_append(bulk, look);
}
