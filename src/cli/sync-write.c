/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass writes: everything the engine planned, many at a time, each on the
 * condition that the entry is still what was judged.
 */
#include "config.h"

#include "cli/sync.h"

#include "cli/stop.h"
#include "core/mark.h"
#include "daemon/outcome.h"
#include "directory/read.h"
#include "directory/result.h"
#include "directory/writer.h"
#include "engine/entry-data.h"
#include "log/log.h"

#include <stdio.h>
#include <string.h>

#define TICK_EVERY 256 /* modifies between two looks at the lease */

struct writing {
    struct sync *s;
    struct writer *writer;
    GPtrArray *again; /* of char *: DNs whose assertion failed */
    struct refusals *refusals;
    unsigned n_unsent; /* held back, because the lease is not ours any more */
    GError *lost;      /* why nothing can be written any more */
};

static bool
names_node(char **names, const char *node)
{
    for (; node != NULL && *names != NULL; names++) {
        if (g_ascii_strcasecmp(*names, node) == 0)
            return true;
    }
    return false;
}

/* Does this node, as a list of one, mean the entry? */
static bool
means(char **name, const struct entry *e)
{
    if (e->type == ENTRY_NODE)
        return names_node(name, ((const struct node_entry *)e)->name);
    const struct vm_entry *vm = e->type == ENTRY_VM ? (const struct vm_entry *)e : NULL;
    return vm != NULL && (names_node(name, vm->home) || names_node(name, vm->pub.node));
}

bool
sync_check_nodes(const struct sync *s, const GPtrArray *entries, GError **error)
{
    for (char **names = s->options.nodes; names != NULL && *names != NULL; names++) {
        char *one[] = {*names, NULL};
        bool found = false;
        for (guint i = 0; i < entries->len && !found; i++)
            found = means(one, g_ptr_array_index(entries, i));
        if (!found) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                        "the directory has no node \"%s\"", *names);
            return false;
        }
    }
    return true;
}

bool
sync_is_wanted(const struct sync *s, const struct verdict *v)
{
    if (s->vms != NULL && !sync_names_vm(s, v->vm->base.dn))
        return false;
    return s->options.nodes == NULL || names_node(s->options.nodes, v->vm->home)
           || names_node(s->options.nodes, v->node);
}

static bool
node_is_wanted(const struct sync *s, const struct node_verdict *v)
{
    if (s->options.nodes != NULL)
        return names_node(s->options.nodes, v->entry->name);
    return s->vms == NULL;
}

/* The changes of the pass that the options ask for; not owned. */
static GPtrArray *
wanted_changes(const struct sync *s, const struct engine_output *o)
{
    GPtrArray *changes = g_ptr_array_new();

    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        if (v->change != NULL && sync_is_wanted(s, v))
            g_ptr_array_add(changes, v->change);
    }
    for (guint i = 0; i < o->nodes->len; i++) {
        const struct node_verdict *v = &g_array_index(o->nodes, struct node_verdict, i);
        if (v->change != NULL && node_is_wanted(s, v))
            g_ptr_array_add(changes, v->change);
    }
    return changes;
}

unsigned
sync_wanted(const struct sync *s, const struct engine_output *o)
{
    g_autoptr(GPtrArray) changes = wanted_changes(s, o);

    return changes->len;
}

void
sync_print_ldif(const struct sync *s, const struct engine_output *o)
{
    g_autoptr(GPtrArray) changes = wanted_changes(s, o);
    g_autoptr(GString) ldif = g_string_new(NULL);

    for (guint i = 0; i < changes->len; i++)
        change_to_ldif(g_ptr_array_index(changes, i), ldif);
    fputs(ldif->str, stdout);
}

static void
on_result(const struct writer_result *r, void *data)
{
    struct writing *w = data;
    struct sync *s = w->s;

    s->progress.writes++;
    if (s->metrics != NULL)
        metrics_ldap(s->metrics, METRICS_MODIFY, r->class);
    if (r->class == DIRECTORY_SUCCESS) {
        s->n_written++;
        if (log_enabled(LOG_LEVEL_INFO))
            progress_clear(&s->progress);
        outcome_written(r->change);
        engine_written(s->engine, r->change, r->csn);
    } else if (r->class == DIRECTORY_ASSERTED) {
        g_ptr_array_add(w->again, g_strdup(r->change->dn));
    } else if (r->class == DIRECTORY_ABSENT) {
        s->n_gone++;
    } else if (r->class == DIRECTORY_NO_LEASE) {
        w->n_unsent++;
    } else if (r->class == DIRECTORY_UNREACHABLE || r->class == DIRECTORY_TIMEOUT) {
        log_event(LOG_LEVEL_DEBUG, "a write came to no end", "dn", r->change->dn, "error",
                  r->error != NULL ? r->error->message : "?", NULL); /* one for all is told */
    } else {
        s->n_refused++;
        refusals_note(w->refusals, r->change->dn, r->error != NULL ? r->error->message : NULL);
    }
}

static bool
send_all(struct writing *w, const GPtrArray *changes)
{
    struct sync *s = w->s;

    for (guint i = 0; i < changes->len && stop_signal() == 0; i++) {
        if (i % TICK_EVERY == TICK_EVERY - 1 && !service_tick(s->service, &w->lost))
            return false;
        if (!writer_send(w->writer, g_ptr_array_index(changes, i)))
            break;
        progress_draw(&s->progress, false);
    }
    return writer_finish(w->writer, &w->lost) && stop_check(&w->lost);
}

static void
put_entries(struct sync *s, GPtrArray *entries)
{
    g_ptr_array_set_free_func(entries, NULL);
    for (guint i = 0; i < entries->len; i++)
        engine_put_entry(s->engine, g_ptr_array_index(entries, i));
}

static bool
is_vm(const char *dn)
{
    g_autofree char *uuid = dn_rdn_value(dn, "sstVirtualMachine");

    return uuid != NULL;
}

/* Somebody else changed the entry: read it again, decide again. */
static struct change *
decide_again(struct writing *w, const char *dn)
{
    struct sync *s = w->s;
    g_autoptr(GPtrArray) entries = NULL;
    g_autoptr(GError) error = NULL;
    bool read = is_vm(dn) ? directory_reread(s->connection, dn, &entries, &error)
                          : directory_reread_node(s->connection, dn, &entries, &error);

    if (!read) {
        s->n_refused++;
        progress_clear(&s->progress);
        log_event(LOG_LEVEL_WARNING, "an entry that changed could not be read again, it waits for "
                                     "the next pass", "dn", dn, "error", error->message, NULL);
        return NULL;
    }
    if (entries->len == 0) {
        engine_remove_entry(s->engine, dn);
        s->n_gone++;
        return NULL;
    }
    put_entries(s, entries);
    s->n_retried++;
    return engine_redecide(s->engine, statestore_now(), dn);
}

static void
free_change(gpointer change)
{
    change_free(change);
}

/* One more round over the entries whose assertion failed; false when there is none. */
static bool
retry_round(struct writing *w)
{
    g_autoptr(GPtrArray) dns = g_steal_pointer(&w->again);
    g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(free_change);

    w->again = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < dns->len && stop_signal() == 0; i++) {
        struct change *c = decide_again(w, g_ptr_array_index(dns, i));
        if (c != NULL)
            g_ptr_array_add(changes, c);
    }
    if (!stop_check(&w->lost))
        return false;
    return changes->len > 0 && send_all(w, changes);
}

static void
give_up(struct writing *w)
{
    for (guint i = 0; i < w->again->len; i++) {
        w->s->n_refused++;
        progress_clear(&w->s->progress);
        log_event(LOG_LEVEL_WARNING, "an entry keeps changing, it waits for the next pass", "dn",
                  (const char *)g_ptr_array_index(w->again, i), NULL);
    }
}

bool
sync_write(struct sync *s, struct engine_output *o, GError **error)
{
    g_autoptr(GPtrArray) changes = wanted_changes(s, o);
    struct writing w = {.s = s};

    s->n_planned += changes->len;
    if (changes->len == 0)
        return true;
    s->progress.writes_all += changes->len;
    w.writer = writer_new(s->connection, s->where->window, on_result, &w, error);
    if (w.writer == NULL)
        return false;
    w.again = g_ptr_array_new_with_free_func(g_free);
    w.refusals = refusals_new();
    writer_set_gate(w.writer, service_may_send, s->service);
    bool alive = send_all(&w, changes);
    for (int i = 0; alive && i < s->config->directory.retries && w.again->len > 0; i++)
        alive = retry_round(&w) || w.lost == NULL;
    if (w.n_unsent > 0 && w.lost == NULL)
        g_set_error(&w.lost, DIRECTORY_ERROR, DIRECTORY_CODE_NO_LEASE,
                    "%u changes were not sent: this pass stood still for longer than its lease "
                    "lasts, and another body may be at work; the next pass repairs it",
                    w.n_unsent);
    if (w.lost == NULL)
        give_up(&w);
    progress_clear(&s->progress);
    refusals_tell(w.refusals, 0, "writes were refused, the entries stay as they are until the next pass");
    refusals_free(w.refusals);
    g_ptr_array_unref(w.again);
    writer_free(w.writer);
    if (w.lost != NULL) {
        g_propagate_error(error, w.lost);
        return false;
    }
    return true;
}
