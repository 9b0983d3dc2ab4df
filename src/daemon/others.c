/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other bodies that share the work: shares nobody has (a gap), and somebody
 * who writes what is ours (an overlap).
 */
#include "config.h"

#include "daemon/inside.h"

#include "daemon/gap.h"
#include "directory/dn.h"
#include "directory/siblings.h"
#include "engine/entry-data.h"
#include "log/log.h"

#include <string.h>

#define GAP_MS (4 * REPORT_MS)        /* of standing still */
#define OVERLAP_N 5                   /* so many writes of others */
#define OVERLAP_MS (10 * 60 * 1000)   /* within this time */

/* --- gaps ------------------------------------------------------------------------------ */

static void
note_share(struct daemon *d, GHashTable *found, int k)
{
    int count = d->config->nodes.shard_count;
    g_autofree char *name = g_strdup_printf("statesync-%d-of-%d", k, count);
    g_autofree char *dn = siblings_dn(d->where->service_dn, name);
    struct service_state *state = NULL;
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, found);
    while (state == NULL && g_hash_table_iter_next(&iter, &key, &value))
        state = directory_dn_equal(key, dn) ? value : NULL;
    if (!gaps_note(d->gaps, k, state, now_ms()))
        return;
    if (gaps_has(d->gaps, k))
        log_event(LOG_LEVEL_WARNING, "a share of the nodes has no body, its statuses stand still",
                  "share", name, NULL);
    else
        log_event(LOG_LEVEL_NOTICE, "a share of the nodes has a body again", "share", name, NULL);
}

static void
on_siblings(GHashTable *found, const GError *error, void *data)
{
    struct daemon *d = data;

    d->asking_siblings = false;
    if (error != NULL)
        log_event(LOG_LEVEL_DEBUG, "the service entries of others cannot be read", "error",
                  error->message, NULL);
    for (int k = 1; found != NULL && d->gaps != NULL && k <= d->config->nodes.shard_count; k++)
        note_share(d, found, k);
}

void
others_look(struct daemon *d)
{
    const struct config_nodes *nodes = &d->config->nodes;

    if (nodes->shard_count < 2 || d->connection == NULL || d->asking_siblings)
        return;
    if (d->gaps == NULL)
        d->gaps = gaps_new(nodes->shard_index, nodes->shard_count, GAP_MS);
    d->asking_siblings = true;
    siblings_read_async(d->connection, d->where->service_dn, on_siblings, d);
}

/* --- overlaps ---------------------------------------------------------------------------- */

static void
note_overlap(struct daemon *d, const char *dn)
{
    gint64 now = now_ms();

    if (d->overlap_n == 0 || (!d->overlap && now - d->overlap_since > OVERLAP_MS)) {
        d->overlap_n = 0;
        d->overlap_since = now;
    }
    d->overlap_at = now;
    if (++d->overlap_n < OVERLAP_N || d->overlap)
        return;
    d->overlap = true;
    log_event(LOG_LEVEL_WARNING, "another body writes what is ours, the shares overlap", "dn", dn,
              NULL);
}

/* Those that work with our own service entry may write it, one after the other. */
static bool
is_ours_alone(struct daemon *d)
{
    const struct service_state *s = service_noted(d->service);
    const char *me = service_holder(d->service);

    return s != NULL && (s->holder == NULL || strcmp(s->holder, me) == 0) && d->reported
           && g_strcmp0(s->pass_by, me) == 0;
}

void
others_entry(struct daemon *d, const struct entry *entry)
{
    struct writing *w = g_hash_table_lookup(d->writings, entry->dn);

    if (d->phase != PHASE_RUNNING || !is_ours_alone(d) || !engine_rewritten(d->engine, entry))
        return;
    if (w != NULL && w->pace.in_flight)
        w->rewritten = true; /* by us, perhaps: the answer tells */
    else
        note_overlap(d, entry->dn);
}

void
others_answer(struct daemon *d, struct writing *w, enum directory_class class)
{
    if (w->rewritten && class == DIRECTORY_ASSERTED)
        note_overlap(d, w->dn);
    w->rewritten = false;
}

/* --- the report ---------------------------------------------------------------------------- */

void
others_alarms(struct daemon *d, GPtrArray *alarms)
{
    g_autofree char *gap = d->gaps != NULL ? gaps_text(d->gaps) : NULL;

    if (gap != NULL)
        g_ptr_array_add(alarms, g_strdup_printf("%s: %s", alarm_name(ALARM_GAP), gap));
    if (d->overlap && now_ms() - d->overlap_at > OVERLAP_MS) {
        d->overlap = false;
        d->overlap_n = 0;
        log_event(LOG_LEVEL_NOTICE, "nobody else writes what is ours any more", NULL);
    }
    if (d->overlap)
        g_ptr_array_add(alarms, g_strdup_printf("%s: another body writes what is ours",
                                                alarm_name(ALARM_OVERLAP)));
}

void
others_forget(struct daemon *d)
{
    g_clear_pointer(&d->gaps, gaps_free);
    d->overlap = false;
    d->overlap_n = 0;
}
