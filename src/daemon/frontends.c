/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenNebula's front-ends beside the nodes: which there are, and when all are
 * read anew.  What one does is frontend.c's.
 *
 * Nobody waits long for a front-end.  While one has not answered since
 * everything is read anew, what was decided about its VMs is not written
 * (frontends_holds()); all others are.
 */
#include "config.h"

#include "daemon/frontend.h"

#include "log/log.h"

#include <string.h>

#define FIRST_LIMIT_MS 3000 /* the first pass waits so long for front-ends */

void
frontends_free(gpointer data)
{
    struct body_frontend *f = data;

    opennebula_free(f->one);
    frontend_answer_unref(f->newest);
    g_free(f->trouble);
    g_free(f->section);
    g_free(f->name);
    g_free(f);
}

/* --- which ------------------------------------------------------------------------------------ */

static bool
is_configured(const struct daemon *d, const char *name)
{
    for (guint i = 0; i < d->config->frontends->len; i++) {
        const struct config_opennebula *section = g_ptr_array_index(d->config->frontends, i);
        if (strcmp(section->name, name) == 0)
            return true;
    }
    return false;
}

static void
forget_others(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->frontends);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct body_frontend *f = value;
        if (is_configured(d, f->name))
            continue;
        log_event(LOG_LEVEL_NOTICE, "front-end is not asked any more", "frontend", f->name, NULL);
        engine_unobserve_frontend(d->engine, f->name);
        metrics_remove_frontend(d->metrics, f->name);
        g_hash_table_iter_remove(&iter);
        decide_soon(d);
    }
}

static void
plan_frontend(struct daemon *d, const struct config_opennebula *section)
{
    struct body_frontend *f = g_hash_table_lookup(d->frontends, section->name);
    g_autofree char *text = frontend_text(section);

    if (f != NULL && strcmp(f->section, text) == 0) {
        f->some_at = 0;
        f->read_at = MIN(f->read_at,
                         now_ms() + nodes_jittered((gint64)d->config->daemon.interval_s * 1000));
        return;
    }
    if (f == NULL) {
        f = g_new0(struct body_frontend, 1);
        f->d = d;
        f->name = g_strdup(section->name);
        g_hash_table_insert(d->frontends, f->name, f);
        frontend_note_figures(f);
    } else {
        frontend_close(f);
    }
    f->n_failed = 0;
    frontend_open(f, section);
    frontend_read(f);
}

void
frontends_plan(struct daemon *d)
{
    forget_others(d);
    for (guint i = 0; i < d->config->frontends->len; i++)
        plan_frontend(d, g_ptr_array_index(d->config->frontends, i));
    nodes_note_answers(d); /* nobody waits for one that is gone */
    nodes_first(d);
}

void
frontends_end(struct daemon *d)
{
    g_hash_table_remove_all(d->frontends);
}

/* --- everything anew ------------------------------------------------------------------------- */

void
frontends_read(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    d->frontends_began = now_ms();
    g_hash_table_iter_init(&iter, d->frontends);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct body_frontend *f = value;
        f->awaited = true;
        frontend_read(f);
    }
}

void
frontends_answer(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->frontends);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct body_frontend *f = value;
        f->answer = true;
        frontend_read(f);
    }
}

bool
frontends_are_answering(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->frontends);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((struct body_frontend *)value)->answer)
            return true;
    }
    return false;
}

bool
frontends_are_awaited(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    if (now_ms() - d->frontends_began >= FIRST_LIMIT_MS)
        return false;
    g_hash_table_iter_init(&iter, d->frontends);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((struct body_frontend *)value)->awaited)
            return true;
    }
    return false;
}

bool
frontends_holds(struct daemon *d, const char *name)
{
    struct body_frontend *f = name != NULL ? g_hash_table_lookup(d->frontends, name) : NULL;

    if (f == NULL || !f->awaited)
        return false;
    f->held = true;
    return true;
}

static void
unref_answer(gpointer a)
{
    frontend_answer_unref(a);
}

void
frontends_tell(struct daemon *d)
{
    g_autoptr(GPtrArray) answers = g_ptr_array_new_with_free_func(unref_answer);
    GHashTableIter iter;
    gpointer value;

    if (g_hash_table_size(d->frontends) == 0)
        return;
    g_hash_table_iter_init(&iter, d->frontends);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct body_frontend *f = value;
        g_ptr_array_add(answers, f->newest != NULL
                                     ? frontend_answer_ref(f->newest)
                                     : frontend_answer_new_error(f->name, ERROR_TIMEOUT,
                                                                 "no answer yet"));
    }
    engine_frontends(d->engine, answers);
}

void
frontends_told(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->frontends);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct body_frontend *f = value;
        frontend_note_figures(f);
        if (f->missed)
            frontend_read(f);
    }
}

/* --- the tick --------------------------------------------------------------------------------- */

void
frontends_tick(struct daemon *d, gint64 now)
{
    GHashTableIter iter;
    gpointer value;

    nodes_first(d); /* it may have waited long enough */
    if (d->phase != PHASE_RUNNING)
        return;
    g_hash_table_iter_init(&iter, d->frontends);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct body_frontend *f = value;
        if (now >= f->read_at && !f->reading)
            frontend_read(f);
        if (now >= f->some_at)
            frontend_ask_moving(f, now);
    }
}
