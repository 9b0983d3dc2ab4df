/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of a VM's backups counts, and in which phase it is.
 */
#include "config.h"

#include "engine/engine-internal.h"
#include "engine/timestamp.h"

#include <string.h>

/* When it last changed; where that is not known, the time its stamp tells; "" = oldest. */
static const char *
changed_at(const struct backup_entry *b, char buffer[TIMESTAMP_SIZE])
{
    gint64 stamp;

    if (b->changed_text != NULL)
        return b->changed_text;
    buffer[0] = '\0';
    stamp = timestamp_parse(b->stamp);
    if (stamp >= 0) {
        timestamp_format(stamp, buffer);
        *strchr(buffer, 'Z') = '\0';
    }
    return buffer;
}

/* Newest first: by time of change, then by stamp (malformed = oldest), then by DN. */
static gint
newest_first(gconstpointer pa, gconstpointer pb)
{
    const struct backup_entry *a = *(struct backup_entry *const *)pa;
    const struct backup_entry *b = *(struct backup_entry *const *)pb;
    char buffer_a[TIMESTAMP_SIZE];
    char buffer_b[TIMESTAMP_SIZE];
    int order = strcmp(changed_at(b, buffer_b), changed_at(a, buffer_a));

    if (order == 0) {
        gint64 stamp_a = timestamp_parse(a->stamp);
        gint64 stamp_b = timestamp_parse(b->stamp);
        order = stamp_a < stamp_b ? 1 : stamp_a > stamp_b ? -1 : 0;
    }
    return order != 0 ? order : g_ascii_strcasecmp(a->base.dn, b->base.dn);
}

/* Whether it is at work, or due, at this time (seconds since the epoch). */
static bool
counts(const struct backup_entry *b, gint64 now)
{
    return backup_phase_of(b->mode) != BACKUP_NONE && b->day <= timestamp_day(now) && b->due <= now;
}

const struct backup_entry *
backup_lock_of(const struct vm_entry *vm, gint64 now)
{
    const struct backup_entry *newest = NULL;

    for (guint i = 0; vm->backups != NULL && i < vm->backups->len; i++) {
        const struct backup_entry *b = g_ptr_array_index(vm->backups, i);
        if (counts(b, now) && !b->failed && (newest == NULL || newest_first(&b, &newest) < 0))
            newest = b;
    }
    return newest;
}

static void
look_at(struct engine *e, struct vm_entry *vm, struct underway *u, const struct backup_entry *b)
{
    gint64 limit = e->options.limits.backup_stuck;
    enum backup_phase phase = backup_phase_of(b->mode);

    u->merging |= phase == BACKUP_MERGING;
    if (b->failed) {
        if (u->failed_entry == NULL)
            u->failed_entry = b;
        return;
    }
    if (u->record == NULL)
        u->record = memory_get(e->memory, &vm->uuid);
    gint64 since = record_backup_since(u->record, b->stamp, b->mode, e->now.mono);
    if (u->lock_entry == NULL)
        u->lock_entry = b;
    if (phase == BACKUP_UNKNOWN && u->unknown_entry == NULL)
        u->unknown_entry = b;
    if (e->now.mono - since >= limit * 1000) {
        if (u->stuck_entry == NULL)
            u->stuck_entry = b;
        return;
    }
    upkeep_deadline(e, since, limit);
    if (u->backup_entry == NULL) {
        u->backup_entry = b;
        u->backup = phase == BACKUP_UNKNOWN ? BACKUP_WAITING : phase;
    }
}

void
upkeep_backups(struct engine *e, struct vm_entry *vm, struct underway *u)
{
    g_autoptr(GPtrArray) counting = NULL;
    g_autoptr(GPtrArray) stamps = NULL;
    gint64 today = e->calendar_wall + (e->now.mono - e->calendar_mono);

    for (guint i = 0; vm->backups != NULL && i < vm->backups->len; i++) {
        struct backup_entry *b = g_ptr_array_index(vm->backups, i);
        if (!counts(b, today / 1000))
            continue;
        if (counting == NULL)
            counting = g_ptr_array_new();
        g_ptr_array_add(counting, b);
    }
    if (counting == NULL) {
        if (u->record != NULL && u->record->backups != NULL)
            g_array_set_size(u->record->backups, 0);
        return;
    }
    g_ptr_array_sort(counting, newest_first);
    stamps = g_ptr_array_new();
    for (guint i = 0; i < counting->len; i++) {
        const struct backup_entry *b = g_ptr_array_index(counting, i);
        if (!b->failed)
            g_ptr_array_add(stamps, b->stamp);
        look_at(e, vm, u, b);
    }
    g_ptr_array_add(stamps, NULL);
    if (u->record != NULL)
        record_backup_retain(u->record, (const char *const *)stamps->pdata);
}
