/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/board-past.h"

#include "cli/cli.h"
#include "cli/past.h"
#include "directory/accesslog.h"
#include "directory/dn.h"
#include "directory/result.h"

#include <string.h>

#define CHANGES_MAX 50000
#define READ_US (10 * G_USEC_PER_SEC)

/* A log answers with the oldest first, so one that has too much would tell of no change of today:
 * it is asked for a part after the other, the newest first. */
static const gint64 parts[] = {3600, 86400, 7 * 86400, 30 * 86400};

/* The changes since *since, which is where a limit ended it, the newest part first; NULL and error
 * where there are none to be had. */
static GPtrArray *
read_parts(const struct finder *f, const char *log, gint64 now, gint64 *since, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(accesslog_change_free);
    struct accesslog_bounds bounds /* the server's clock may be ahead */
        = {.to = now + 86400, .deadline_us = g_get_monotonic_time() + READ_US};

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        GError *cut = NULL;
        bounds.from = now - parts[i];
        bounds.max = CHANGES_MAX - all->len;
        g_autoptr(GPtrArray) some = accesslog_read_below(f->connection, log, f->vm_base, &bounds,
                                                         f->where->page_size, &cut, error);
        if ((some == NULL || cut != NULL) && i == 0) {
            if (cut != NULL)
                g_propagate_error(error, cut);
            return NULL;
        }
        if (some == NULL || cut != NULL) { /* with a hole in it, it would tell what is not so */
            g_clear_error(error);
            g_clear_error(&cut);
            break;
        }
        g_ptr_array_extend_and_steal(all, g_steal_pointer(&some));
        *since = bounds.to = bounds.from;
    }
    return g_steal_pointer(&all);
}

/* DN -> its changes (GPtrArray of struct accesslog_change *, in their order, not owned). */
static GHashTable *
by_dn(GPtrArray *changes)
{
    GHashTable *groups = g_hash_table_new_full(dn_hash, dn_equal, NULL, (GDestroyNotify)g_ptr_array_unref);

    g_ptr_array_sort(changes, accesslog_by_time);
    for (guint i = 0; i < changes->len; i++) {
        struct accesslog_change *c = g_ptr_array_index(changes, i);
        GPtrArray *group = c->dn != NULL ? g_hash_table_lookup(groups, c->dn) : NULL;
        if (c->dn == NULL)
            continue;
        if (group == NULL) {
            group = g_ptr_array_new();
            g_hash_table_insert(groups, c->dn, group);
        }
        g_ptr_array_add(group, c);
    }
    return groups;
}

static void
add_rows(struct board *b, struct board_vm *vm, const GPtrArray *changes)
{
    g_autoptr(GArray) rows = past_rows(changes);

    for (guint i = rows->len; i-- > 0 && !vm->more_changes;) {
        const struct past_row *row = &g_array_index(rows, struct past_row, i);
        g_autofree char *who = past_who(row->who);
        const struct board_change change = {.time = row->time_us / G_USEC_PER_SEC,
                                            .what = row->what,
                                            .known = row->known,
                                            .old = row->old,
                                            .new = row->new,
                                            .who = who,
                                            .why = row->why,
                                            .ours = past_is_ours(row)};
        board_add_change(b, vm, &change);
    }
}

static bool
add(struct board *b, const struct finder *f, const char *log, GError **error)
{
    gint64 since = b->taken;
    g_autoptr(GPtrArray) changes = read_parts(f, log, b->taken, &since, error);

    if (changes == NULL)
        return false;
    g_autoptr(GHashTable) groups = by_dn(changes);
    if (changes->len > 0) /* a log may be younger than that, or be pruned */
        since = MAX(since, ((struct accesslog_change *)g_ptr_array_index(changes, 0))->time_us
                               / G_USEC_PER_SEC);
    for (guint i = 0; i < b->vms->len; i++) {
        struct board_vm *vm = &g_array_index(b->vms, struct board_vm, i);
        const GPtrArray *group = g_hash_table_lookup(groups, vm->dn);
        if (group != NULL)
            add_rows(b, vm, group);
    }
    b->changes_since = changes->len > 0 ? since : -1;
    return true;
}

void
board_past_add(struct board *b, const struct finder *f, const struct config *config)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *log = config->directory.accesslog != NULL
                               ? g_strdup(config->directory.accesslog)
                               : accesslog_find(f->connection, f->where->base, NULL);

    if (log == NULL || add(b, f, log, &error))
        return;
    if (config->directory.accesslog != NULL || directory_error_class(error) != DIRECTORY_ABSENT)
        cli_error("the log of changes \"%s\" cannot be read, the page goes without what became of "
                  "the machines: %s",
                  log, error->message);
}
