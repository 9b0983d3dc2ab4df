/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state file as text.  The header says when and in which boot it was
 * saved and has a fixed size, so that it can be renewed in place; the body has
 * one line per node and per VM about which something is remembered, and is
 * the same text as long as the same is remembered.
 *
 *     statesync-state 1 boot <id> mono <ms> wall <ms> pass <n> entries <n> apart <ms,...>
 *     node <name> epoch=<n> answered=<0|1>
 *     vm <uuid> key=value ...
 *     end
 */
#include "config.h"

#include "engine/engine-internal.h"
#include "engine/statefile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
engine_set_boot(struct engine *e, const char *boot_id)
{
    g_free(e->boot_id);
    e->boot_id = g_strndup(boot_id, STATEFILE_BOOT_MAX);
}

char *
engine_save_header(const struct engine *e)
{
    GString *out = g_string_new(STATEFILE_MAGIC);

    g_string_append_printf(out,
                           " boot %s mono %" G_GINT64_FORMAT " wall %" G_GINT64_FORMAT
                           " pass %" G_GUINT64_FORMAT " entries %" G_GINT64_FORMAT " apart ",
                           e->boot_id != NULL ? e->boot_id : "-", e->last_mono, e->last_wall,
                           e->pass, e->entries_before);
    for (unsigned i = 0; i < e->n_distances; i++)
        g_string_append_printf(out, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", e->distances[i]);
    while (out->len < STATEFILE_HEADER_SIZE - 1)
        g_string_append_c(out, ' ');
    g_string_append_c(out, '\n');
    return g_string_free(out, FALSE);
}

static void
save_record(struct record *r, void *data)
{
    GString *out = data;

    if (record_is_empty(r))
        return;
    record_format(r, out);
    g_string_append_c(out, '\n');
}

void
engine_save_body(struct engine *e, GString *out)
{
    g_autoptr(GList) all = world_nodes(e);

    for (GList *l = all; l != NULL; l = l->next) {
        const struct node_state *n = l->data;
        if (n->epoch == 1 && n->answered)
            continue;
        g_autofree char *name = g_uri_escape_string(n->key, NULL, FALSE);
        g_string_append_printf(out, "node %s epoch=%" G_GUINT64_FORMAT " answered=%d\n", name,
                               n->epoch, n->answered);
    }
    memory_each(e->memory, save_record, out);
    g_string_append(out, "end\n");
}

static bool
load_header(struct engine *e, const char *line, char boot[STATEFILE_BOOT_MAX + 1])
{
    char apart[200] = "";
    gint64 values[4];

    int n = sscanf(line,
                   STATEFILE_MAGIC " boot %64s mono %" SCNd64 " wall %" SCNd64 " pass %" SCNd64
                                   " entries %" SCNd64 " apart %199s",
                   boot, &values[0], &values[1], &values[2], &values[3], apart);
    if (n < 5)
        return false;
    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
        if (values[i] < -MEMORY_NUMBER_MAX || values[i] > MEMORY_NUMBER_MAX)
            return false;
    }
    e->last_mono = values[0];
    e->last_wall = values[1];
    e->pass = (guint64)values[2];
    e->entries_before = values[3];
    g_auto(GStrv) parts = g_strsplit(apart, ",", -1);
    for (char **p = parts; *p != NULL && e->n_distances < G_N_ELEMENTS(e->distances); p++) {
        gint64 distance = g_ascii_strtoll(*p, NULL, 10);
        if (distance > 0 && distance <= MEMORY_NUMBER_MAX)
            e->distances[e->n_distances++] = distance;
    }
    return true;
}

static bool
load_node(struct engine *e, const char *line)
{
    char name[600];
    guint64 epoch;
    int answered;

    if (sscanf(line, "node %599s epoch=%" SCNu64 " answered=%d", name, &epoch, &answered) != 3)
        return false;
    g_autofree char *plain = g_uri_unescape_string(name, NULL);
    if (plain == NULL)
        return false;
    struct node_state *n = world_node(e, plain);
    n->epoch = epoch;
    n->answered = answered != 0;
    return true;
}

static bool
load_line(struct engine *e, const char *line, gint64 shift, const char **problem)
{
    if (g_str_has_prefix(line, "node ")) {
        *problem = "a malformed line about a node";
        return load_node(e, line);
    }
    struct record *r = record_parse(line, problem);
    if (r == NULL)
        return false;
    if (shift != 0)
        record_shift(r, shift);
    memory_adopt(e->memory, r);
    return true;
}

static bool
is_same_boot(const struct engine *e, const char *boot, struct engine_time now)
{
    return e->boot_id != NULL && strcmp(e->boot_id, boot) == 0 && now.mono >= e->last_mono;
}

/* Another boot has another monotonic clock: ages grow by the distance in wall time, never less. */
static gint64
clock_shift(struct engine *e, struct engine_time now)
{
    gint64 distance = MAX(now.wall - e->last_wall, 0);
    gint64 shift = now.mono - distance - e->last_mono;

    e->last_mono += shift;
    e->n_distances = 0;
    return shift;
}

static void
counters_restart(struct record *r, void *data)
{
    (void)data;
    r->absent = 0;
    r->misses = 0;
    r->first_miss = NEVER;
    ref_replace(&r->row_nodes, NULL);
    r->agent_misses = 0;
    r->agent_first = NEVER;
}

static void
forget_all(struct engine *e)
{
    memory_free(e->memory);
    e->memory = memory_new();
    e->warm = false;
    e->pass = 0;
    e->n_distances = 0;
    e->entries_before = -1;
}

bool
engine_load(struct engine *e, const char *text, struct engine_time now, char **problem)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    char boot[STATEFILE_BOOT_MAX + 1] = "";
    const char *why = "it does not begin like a state file of this version";
    bool ended = false;
    guint at = 0;

    if (lines[0] == NULL || !load_header(e, lines[0], boot))
        goto broken;
    bool same = is_same_boot(e, boot, now);
    gint64 shift = same ? 0 : clock_shift(e, now);
    for (at = 1; lines[at] != NULL && !ended; at++) {
        ended = strcmp(lines[at], "end") == 0;
        if (!ended && !load_line(e, lines[at], shift, &why))
            goto broken;
    }
    why = "its end is missing";
    if (!ended)
        goto broken;
    if (!same)
        memory_each(e->memory, counters_restart, NULL);
    e->warm = true;
    return true;

broken:
    *problem = g_strdup_printf("line %u: %s", at + 1, why);
    forget_all(e);
    return false;
}

guint64
engine_epoch(const struct engine *e, const char *node)
{
    g_autofree char *key = g_ascii_strdown(node, -1);
    const struct node_state *n = g_hash_table_lookup(e->nodes, key);

    if (n == NULL)
        return 1;
    return n->answered ? n->epoch : n->epoch + 1;
}
