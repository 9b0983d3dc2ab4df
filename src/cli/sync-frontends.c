/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass asks OpenNebula's front-ends: each in a thread of its own, from before
 * the directory is read until the nodes have answered.
 */
#include "config.h"

#include "cli/sync.h"

#include "cli/report.h"
#include "engine/flow.h"
#include "log/log.h"
#include "opennebula/opennebula.h"

#include <string.h>

/* One [opennebula NAME]. */
struct sync_frontend {
    struct sync *s;
    const char *name;
    gint64 timeout_us;
    struct opennebula *one;         /* NULL = a signal came */
    struct frontend_answer *answer; /* NULL = not yet */
};

static void
frontend_free(gpointer data)
{
    struct sync_frontend *f = data;

    opennebula_free(f->one);
    frontend_answer_unref(f->answer);
    g_free(f);
}

void
sync_open_frontends(struct sync *s)
{
    const GPtrArray *sections = s->config->frontends;

    s->frontends = g_ptr_array_new_with_free_func(frontend_free);
    for (guint i = 0; i < sections->len; i++) {
        const struct config_opennebula *section = g_ptr_array_index(sections, i);
        const struct opennebula_options options = opennebula_options_of(section);
        struct sync_frontend *f = g_new0(struct sync_frontend, 1);
        f->s = s;
        f->name = section->name;
        f->timeout_us = (gint64)options.timeout_ms * 1000;
        f->one = opennebula_new(NULL, &options);
        g_ptr_array_add(s->frontends, f);
    }
    s->progress.frontends_all = s->frontends->len;
}

void
sync_end_frontends(struct sync *s)
{
    for (guint i = 0; i < s->frontends->len; i++) {
        struct sync_frontend *f = g_ptr_array_index(s->frontends, i);
        g_clear_pointer(&f->one, opennebula_free);
    }
    s->frontends_asked = 0;
}

static void
note_answered(struct sync *s)
{
    s->frontends_asked--;
    s->progress.frontends++;
    if (s->frontends_asked == 0)
        sync_spent(s, SYNC_FRONTENDS, s->frontends_us);
    progress_draw(&s->progress, true);
}

static void
on_answer(struct frontend_answer *a, void *data)
{
    struct sync_frontend *f = data;

    f->answer = a;
    sync_heard(f->s, HEARD_FRONTEND, f->name);
    note_answered(f->s);
}

void
sync_ask_frontends(struct sync *s)
{
    s->frontends_us = g_get_monotonic_time();
    s->progress.frontends = 0;
    for (guint i = 0; i < s->frontends->len; i++) {
        struct sync_frontend *f = g_ptr_array_index(s->frontends, i);
        g_clear_pointer(&f->answer, frontend_answer_unref);
        if (f->one == NULL)
            continue;
        s->frontends_asked++;
        opennebula_ask(f->one, NULL, 0, on_answer, f);
    }
}

static void
wait_for_answers(struct sync *s)
{
    while (s->frontends_asked > 0)
        g_main_context_iteration(NULL, TRUE);
}

/* --- those that went -------------------------------------------------------------------- */

static void
copy_row(struct frontend_answer *to, struct frontend_vm *from)
{
    struct frontend_vm *row = frontend_answer_add(to, from->id);

    *row = *from;
    memset(from, 0, sizeof(*from));
}

/* Those that are in no pool any more go into the answer as what became of them. */
static void
on_missing(struct frontend_answer *some, void *data)
{
    struct sync_frontend *f = data;

    for (guint i = 0; some->result != RESULT_ERROR && i < some->vms->len; i++)
        copy_row(f->answer, &g_array_index(some->vms, struct frontend_vm, i));
    frontend_answer_unref(some);
    note_answered(f->s);
}

/* VMs that entries are published as: the pool has none that is DONE.  Who has used up the time is
 * not asked again. */
static void
ask_for_missing(struct sync *s)
{
    s->frontends_us = g_get_monotonic_time();
    for (guint i = 0; i < s->frontends->len; i++) {
        struct sync_frontend *f = g_ptr_array_index(s->frontends, i);
        if (f->one == NULL || f->answer == NULL || f->answer->result == RESULT_ERROR
            || f->answer->took_us >= f->timeout_us)
            continue;
        g_autoptr(GArray) missing = engine_frontend_missing(s->engine, f->answer);
        if (missing->len == 0)
            continue;
        s->frontends_asked++;
        s->progress.frontends--;
        opennebula_ask_some(f->one, (const gint64 *)(void *)missing->data, missing->len, on_missing,
                            f);
    }
    wait_for_answers(s);
}

/* --- what they said ---------------------------------------------------------------------- */

static void
log_silent(struct sync *s, const struct frontend_answer *a)
{
    const char *text = a->text != NULL ? a->text : "";

    progress_clear(&s->progress);
    if (a->result == RESULT_ERROR)
        log_event(LOG_LEVEL_WARNING, "a front-end did not answer, its VMs turn stale", "frontend",
                  a->frontend, "class", error_class_name(a->error), "text", text, NULL);
    else if (a->result == RESULT_PARTIAL)
        log_event(LOG_LEVEL_WARNING, "a front-end answered in part, the rest counts as unknown",
                  "frontend", a->frontend, "text", text, NULL);
}

static void
unref_answer(gpointer a)
{
    frontend_answer_unref(a);
}

void
sync_hear_frontends(struct sync *s)
{
    if (s->frontends->len == 0)
        return;
    wait_for_answers(s);
    ask_for_missing(s);
    if (s->answers == NULL)
        s->answers = g_ptr_array_new_with_free_func(unref_answer);
    g_ptr_array_set_size(s->answers, 0);
    s->n_silent_frontends = 0;
    for (guint i = 0; i < s->frontends->len; i++) {
        struct sync_frontend *f = g_ptr_array_index(s->frontends, i);
        if (f->answer == NULL)
            f->answer = frontend_answer_new_error(f->name, ERROR_OTHER, "stopped by a signal");
        s->n_silent_frontends += f->answer->result != RESULT_COMPLETE;
        log_silent(s, f->answer);
        g_ptr_array_add(s->answers, frontend_answer_ref(f->answer));
    }
    engine_frontends(s->engine, s->answers);
}

void
sync_report_frontends(const struct sync *s, JsonBuilder *b)
{
    json_builder_set_member_name(b, "front_ends");
    json_builder_begin_array(b);
    for (guint i = 0; s->answers != NULL && i < s->answers->len; i++) {
        const struct frontend_answer *a = g_ptr_array_index(s->answers, i);
        unsigned vms = 0, joined = 0;
        (void)engine_frontend_answer(s->engine, a->frontend, &vms, &joined);
        json_builder_begin_object(b);
        report_add_text(b, "name", a->frontend);
        report_add_text(b, "result", result_name(a->result));
        report_add_text(b, "class", a->result == RESULT_ERROR ? error_class_name(a->error) : NULL);
        report_add_text(b, "text", a->text);
        report_add_text(b, "version", a->version);
        report_add_number(b, "vms", vms);
        report_add_number(b, "joined", joined);
        json_builder_set_member_name(b, "ms");
        json_builder_add_double_value(b, (double)a->took_us / 1000);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

void
sync_note_frontends(const struct sync *s)
{
    for (guint i = 0; s->answers != NULL && i < s->answers->len; i++) {
        const struct frontend_answer *a = g_ptr_array_index(s->answers, i);
        struct metrics_frontend figures = {
            .up = a->result == RESULT_COMPLETE,
            .read_us = a->took_us > 0 ? a->took_us : -1,
        };
        (void)engine_frontend_answer(s->engine, a->frontend, &figures.vms, &figures.joined);
        metrics_frontend(s->metrics, a->frontend, &figures);
    }
}
