/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/watch-internal.h"

#include "directory/deadline.h"
#include "directory/decode.h"
#include "directory/dn.h"

#include <string.h>
#include <strings.h>

enum {
    HELD_MANY = 100000, /* then graves are not dug any more */
    HOLD_GRAIN = 50,    /* ms between two looks at what is held back */
};

static void
free_held(gpointer data)
{
    struct held *h = data;

    entry_free(h->entry);
    g_free(h);
}

/* Both structures begin with the UUID. */
void
watch_known_init(struct watch *w)
{
    w->known = g_hash_table_new_full(uuid_hash, uuid_equal_key, g_free, NULL);
    w->held = g_hash_table_new_full(uuid_hash, uuid_equal_key, free_held, NULL);
}

void
watch_known_clear(struct watch *w)
{
    g_hash_table_remove_all(w->known);
    g_hash_table_remove_all(w->held);
}

struct known *
watch_find(const struct watch *w, const struct uuid *uuid)
{
    return g_hash_table_lookup(w->known, uuid);
}

static struct held *
find_held(const struct watch *w, const struct uuid *uuid)
{
    return g_hash_table_lookup(w->held, uuid);
}

/* --- names ------------------------------------------------------------------ */

/* The length of what stands before the base; -1 when it is not below it as spelled. */
static ssize_t
head_length(const struct part *p, const char *dn)
{
    size_t len = strlen(dn);
    size_t base = strlen(p->base);

    return len > base && strcmp(dn + len - base, p->base) == 0 ? (ssize_t)(len - base) : -1;
}

static char *
full_dn(const struct watch *w, const struct known *k)
{
    return g_strconcat(k->dn, k->tail ? w->parts[k->part].base : "", NULL);
}

static bool
same_dn(const struct part *p, const struct known *k, const char *dn)
{
    size_t len = strlen(k->dn);

    if (!k->tail)
        return strcmp(k->dn, dn) == 0;
    return strncmp(k->dn, dn, len) == 0 && strcmp(dn + len, p->base) == 0;
}

static void
remember(struct part *p, const struct given *g)
{
    ssize_t head = head_length(p, g->dn);
    size_t len = head >= 0 ? (size_t)head : strlen(g->dn);
    struct known *k = g_malloc0(sizeof(*k) + len + 1);

    k->uuid = g->uuid;
    k->csn = g->csn;
    k->generation = p->generation;
    k->part = (uint8_t)p->kind;
    k->tail = head >= 0;
    memcpy(k->dn, g->dn, len);
    g_hash_table_add(p->watch->known, k);
}

/* --- holding back ------------------------------------------------------------- */

static void hold_timer(struct directory_connection *c, const struct arrival *arrival, void *data);

static void
arm(struct watch *w, int64_t at)
{
    if (!w->connection || !w->live || (w->hold_timer && w->hold_until <= at))
        return;
    dispatch_forget(w->connection, w->hold_timer);
    w->hold_until = at;
    w->hold_timer = dispatch_timer(w->connection, MAX(at - deadline_now(), HOLD_GRAIN), hold_timer,
                                   w);
}

/* When it has to be looked at.  Graves are levelled in heaps. */
static int64_t
look_at(const struct held *h)
{
    return h->until + (h->kind == HOLD_GRAVE ? 1000 : 0);
}

/* csn: what has to be newer to be given; own: the entry's. */
static void
hold(struct part *p, const struct uuid *uuid, enum hold_kind kind, const struct csn *csn,
     const struct csn *own, struct entry *entry)
{
    struct watch *w = p->watch;
    const struct held *before = find_held(w, uuid);
    struct held *h = g_new0(struct held, 1);

    *h = (struct held){.uuid = *uuid, .kind = kind, .part = (uint8_t)p->kind, .csn = *csn,
                       .own = *own, .until = deadline_in(w->hold_ms), .entry = entry};
    /* The time runs from the first that was held back. */
    if (before && before->kind != HOLD_GRAVE && kind != HOLD_GRAVE)
        h->until = before->until;
    g_hash_table_replace(w->held, h, h);
    arm(w, look_at(h));
}

static void
tell_gone(struct watch *w, struct known *k)
{
    g_autofree char *dn = full_dn(w, k);

    g_hash_table_remove(w->known, &k->uuid);
    w->listener.gone(dn, w->listener.data);
}

/* It was held back long enough. */
static void
fire(struct watch *w, const struct uuid *uuid)
{
    struct held *h = find_held(w, uuid);
    struct known *k = watch_find(w, uuid);
    struct given g = {.uuid = *uuid};
    enum hold_kind kind;
    struct part *p;

    if (!h)
        return;
    kind = h->kind;
    p = &w->parts[h->part];
    g.csn = h->own;
    g.entry = g_steal_pointer(&h->entry);
    g_hash_table_remove(w->held, uuid);
    if (kind == HOLD_GRAVE)
        return;
    w->figures.n_overdue++;
    if (kind == HOLD_GONE && k) {
        tell_gone(w, k);
    } else if (kind == HOLD_ENTRY) {
        g.dn = entry_dn(g.entry);
        if (k)
            k->csn = (struct csn){0, 0};
        watch_give(p, &g);
    }
}

static void
hold_timer(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    struct watch *w = data;

    (void)c;
    w->hold_timer = 0;
    if (!arrival->error)
        watch_held_run(w);
}

void
watch_held_run(struct watch *w)
{
    g_autoptr(GArray) due = NULL;
    int64_t now = deadline_now();
    int64_t first = G_MAXINT64;
    GHashTableIter iter;
    gpointer key;

    if (!w->connection || !w->live || g_hash_table_size(w->held) == 0)
        return;
    due = g_array_new(FALSE, FALSE, sizeof(struct uuid));
    g_hash_table_iter_init(&iter, w->held);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const struct held *h = key;

        if (h->until <= now)
            g_array_append_val(due, h->uuid);
        else
            first = MIN(first, look_at(h));
    }
    for (guint i = 0; i < due->len; i++)
        fire(w, &g_array_index(due, struct uuid, i));
    if (first != G_MAXINT64)
        arm(w, first);
}

/* --- what comes --------------------------------------------------------------- */

static bool
is_name(const struct berval *name, const char *text)
{
    return name->bv_len == strlen(text) && strncasecmp(name->bv_val, text, name->bv_len) == 0;
}

static void
keep_newest(char **newest, const struct berval *value)
{
    size_t len = *newest ? strlen(*newest) : 0;
    int order = memcmp(*newest ? *newest : "", value->bv_val, MIN(len, value->bv_len));

    if (order > 0 || (order == 0 && len >= value->bv_len))
        return;
    g_free(*newest);
    *newest = g_strndup(value->bv_val, value->bv_len);
}

/* What the entry itself does not tell. */
static void
note_value(const struct berval *name, const struct berval *value, void *data)
{
    struct given *g = data;

    if (is_name(name, "entryCSN")) {
        csn_parse(value->bv_val, value->bv_len, &g->csn);
        if (g->watch->poll && g->csn.time)
            keep_newest(&g->part->newest_csn, value);
    } else if (g->watch->poll && is_name(name, "entryUUID")) {
        g->has_uuid = uuid_parse(value->bv_val, value->bv_len, &g->uuid);
    } else if (g->watch->poll && is_name(name, "modifyTimestamp")) {
        keep_newest(&g->part->newest_change, value);
    }
}

bool
watch_decode(struct part *p, LDAPMessage *message, struct given *given)
{
    struct watch *w = p->watch;

    given->watch = w;
    given->part = p;
    return decode_entry(directory_connection_handle(w->connection), message, w->builder,
                        &given->dn, note_value, given, &given->entry);
}

/* Entries below one that was renamed have other names now, and nobody tells. */
static bool
has_children(const struct watch *w, const char *dn)
{
    size_t len = strlen(dn);
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, w->known);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        g_autofree char *other = full_dn(w, key);
        size_t other_len = strlen(other);

        if (other_len > len && other[other_len - len - 1] == ',' &&
            strcasecmp(other + other_len - len, dn) == 0)
            return true;
    }
    return false;
}

/* The name is not what it was.  True when the part has to be read anew. */
static bool
rename_known(struct part *p, struct known *k, const struct given *g)
{
    g_autofree char *before = full_dn(p->watch, k);
    bool same = directory_dn_equal(before, g->dn);

    if (!same) {
        p->watch->listener.gone(before, p->watch->listener.data);
        return has_children(p->watch, before);
    }
    return false;
}

/* Is it older than what was given, or did it come back from the dead? */
static bool
is_behind(const struct watch *w, const struct known *k, const struct given *g)
{
    const struct held *h;

    if (k)
        return csn_is_older(&g->csn, &k->csn);
    h = find_held(w, &g->uuid);
    return h && h->kind != HOLD_GONE && g->csn.time && !csn_is_older(&h->csn, &g->csn);
}

void
watch_give(struct part *p, struct given *g)
{
    struct watch *w = p->watch;
    struct known *k = watch_find(w, &g->uuid);
    bool again = false;

    if (!g->entry) { /* of no interest (any more) */
        if (k)
            watch_remove(p, &g->uuid, false);
        return;
    }
    if (is_behind(w, k, g)) {
        const struct held *h = find_held(w, &g->uuid);
        struct csn bound = k ? k->csn : h->csn;

        if (k)
            k->generation = p->generation;
        hold(p, &g->uuid, HOLD_ENTRY, &bound, &g->csn, g_steal_pointer(&g->entry));
        return;
    }
    g_hash_table_remove(w->held, &g->uuid);
    if (k && same_dn(p, k, g->dn) && k->part == p->kind) {
        k->csn = g->csn;
        k->generation = p->generation;
    } else {
        if (k)
            again = rename_known(p, k, g);
        g_hash_table_remove(w->known, &g->uuid);
        remember(p, g);
    }
    if (p->live)
        w->figures.n_changes++;
    w->listener.entry(g_steal_pointer(&g->entry), !p->live, w->listener.data);
    if (again && w->connection && (p->live || !p->full))
        watch_begin_part(p, true);
}

void
watch_mark(struct part *p, const struct uuid *uuid)
{
    struct known *k = watch_find(p->watch, uuid);

    if (k && k->part == p->kind)
        k->generation = p->generation;
}

/* In the delete phase slapd names everything that has changed and does not belong to this search:
 * entries of the other ones, too. */
void
watch_remove(struct part *p, const struct uuid *uuid, bool absent)
{
    struct watch *w = p->watch;
    struct known *k = watch_find(w, uuid);
    struct csn csn;

    if (k && k->part != p->kind)
        return;
    if (!k) {
        const struct held *h = find_held(w, uuid);

        if (h && h->kind == HOLD_ENTRY && h->part == p->kind)
            g_hash_table_remove(w->held, uuid);
        return;
    }
    csn = k->csn;
    if (absent && w->foreign) {
        hold(p, uuid, HOLD_GONE, &csn, &csn, NULL);
        return;
    }
    if (p->live)
        w->figures.n_changes++;
    if (csn.time && g_hash_table_size(w->held) < HELD_MANY)
        hold(p, uuid, HOLD_GRAVE, &csn, &csn, NULL);
    else
        g_hash_table_remove(w->held, uuid);
    tell_gone(w, k);
}

void
watch_collect(struct part *p)
{
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, p->watch->known);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const struct known *k = key;

        if (k->part != p->kind || k->generation == p->generation)
            continue;
        if (!p->sweep)
            p->sweep = g_array_new(FALSE, FALSE, sizeof(struct uuid));
        g_array_append_val(p->sweep, k->uuid);
    }
}
