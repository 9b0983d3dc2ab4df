/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/list.h"

#include "core/mark.h"
#include "core/one.h"

enum column { COLUMN_STATE, COLUMN_COUNT, COLUMN_STALE, COLUMN_ALARMS, COLUMN_N };

static const struct table_column columns[COLUMN_N] = {
    [COLUMN_STATE] = {N_("state"), true, TABLE_ENGLISH},
    [COLUMN_COUNT] = {N_("count"), true, TABLE_NUMBER},
    [COLUMN_STALE] = {N_("stale"), true, TABLE_NUMBER},
    [COLUMN_ALARMS] = {N_("alarms"), true, TABLE_NUMBER},
};

struct group {
    struct published like; /* any of them; its texts are not ours */
    unsigned count, stale, alarms;
};

/* What OpenNebula calls a pair; NULL = there is none. */
static char *
one_text(const struct published *p)
{
    char name[ONE_NAME_SIZE];

    if (p->one_name != NULL)
        return g_strdup(p->one_name);
    if (p->one_state == ONE_ABSENT)
        return NULL;
    one_name(p->one_state, p->one_lcm, name, sizeof(name));
    return g_strdup(name);
}

static char *
word_of(const struct published *p, enum list_words words)
{
    char *text = NULL;

    if (words == LIST_OPENNEBULA)
        text = one_text(p);
    else if (p->known)
        text = g_strdup(state_name((enum state)p->state));
    return text != NULL ? text : g_strdup("none");
}

/* In the order of the vocabulary; those without a state come last. */
static gint
by_state(gconstpointer a, gconstpointer b)
{
    const struct published *x = &(*(struct group *const *)a)->like;
    const struct published *y = &(*(struct group *const *)b)->like;

    if (x->known != y->known)
        return x->known ? -1 : 1;
    return x->known ? x->state - y->state : 0;
}

static gint
by_pair(gconstpointer a, gconstpointer b)
{
    const struct published *x = &(*(struct group *const *)a)->like;
    const struct published *y = &(*(struct group *const *)b)->like;

    if ((x->one_state == ONE_ABSENT) != (y->one_state == ONE_ABSENT))
        return x->one_state == ONE_ABSENT ? 1 : -1;
    if (x->one_state != y->one_state)
        return x->one_state < y->one_state ? -1 : 1;
    return (x->one_lcm > y->one_lcm) - (x->one_lcm < y->one_lcm);
}

static void
add_row(struct table *t, const struct group *g, enum list_words words)
{
    g_autofree char *state = word_of(&g->like, words);
    char count[12], stale[12], alarms[12];

    g_snprintf(count, sizeof(count), "%u", g->count);
    g_snprintf(stale, sizeof(stale), "%u", g->stale);
    g_snprintf(alarms, sizeof(alarms), "%u", g->alarms);
    const char *cells[COLUMN_N] = {
        [COLUMN_STATE] = state,
        [COLUMN_COUNT] = count,
        [COLUMN_STALE] = stale,
        [COLUMN_ALARMS] = alarms,
    };
    struct published like = g->like;
    like.has_stale_since = false;
    like.activity = ACTIVITY_NONE;
    table_row(t, cells);
    table_paint(t, COLUMN_STATE, paint_of(&like));
    table_paint(t, COLUMN_STALE, g->stale > 0 ? PAINT_WARN : PAINT_DIM);
    table_paint(t, COLUMN_ALARMS, g->alarms > 0 ? PAINT_BAD : PAINT_DIM);
}

struct table *
list_count_table(enum table_format format)
{
    return table_new(columns, COLUMN_N, format);
}

void
list_count(struct table *t, const GPtrArray *vms, enum list_words words)
{
    g_autoptr(GHashTable) groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;

    for (guint i = 0; i < vms->len; i++) {
        const struct vm_entry *vm = g_ptr_array_index(vms, i);
        char *word = word_of(&vm->pub, words);
        struct group *g = g_hash_table_lookup(groups, word);
        if (g == NULL) {
            g = g_new0(struct group, 1);
            g->like = vm->pub;
            g_hash_table_insert(groups, word, g);
        } else {
            g_free(word);
        }
        g->count++;
        g->stale += vm->pub.has_stale_since;
        g->alarms += vm->pub.alarms != NULL;
    }
    g_hash_table_iter_init(&iter, groups);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        g_ptr_array_add(all, value);
    g_ptr_array_sort(all, words == LIST_OPENNEBULA ? by_pair : by_state);
    for (guint i = 0; i < all->len; i++)
        add_row(t, g_ptr_array_index(all, i), words);
}
