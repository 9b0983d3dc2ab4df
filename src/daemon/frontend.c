/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One front-end of OpenNebula: read completely every interval and after each
 * reconnect of its events; an event is a newer word about one VM, and those
 * that move are asked for singly.
 */
#include "config.h"

#include "daemon/frontend.h"

#include "log/log.h"

#include <string.h>

#define DOWN_GRACE_MS 3000  /* a front-end that restarts is not worth a word in every entry */
#define RETRY_MS 2000       /* after a failure; twice as long after each one more */
#define PATCHED_MAX 5000    /* single words are kept until a complete answer */
#define SOME_MAX 500        /* VMs on the move that are asked for at once */

/* --- figures ----------------------------------------------------------------------- */

void
frontend_note_figures(struct body_frontend *f)
{
    const struct frontend_answer *a = f->newest;
    struct metrics_frontend figures = {
        .up = a != NULL && a->result == RESULT_COMPLETE && f->n_failed == 0,
        .read_us = a != NULL && a->took_us > 0 ? a->took_us : -1,
    };

    (void)engine_frontend_answer(f->d->engine, f->name, &figures.vms, &figures.joined);
    metrics_frontend(f->d->metrics, f->name, &figures);
}

/* --- complete reads ------------------------------------------------------------------- */

/* Once when it begins, once when it is over. */
static void
log_answer(struct body_frontend *f, const struct frontend_answer *a)
{
    const char *text = a->text != NULL ? a->text : "";

    if (a->result == RESULT_COMPLETE) {
        if (f->trouble != NULL)
            log_event(LOG_LEVEL_NOTICE, "front-end answers again", "frontend", f->name, "vms",
                      LOG_INT(a->vms->len), NULL);
        g_clear_pointer(&f->trouble, g_free);
        return;
    }
    if (g_strcmp0(f->trouble, text) == 0)
        return;
    g_free(f->trouble);
    f->trouble = g_strdup(text);
    if (a->result == RESULT_ERROR)
        log_event(LOG_LEVEL_WARNING, "front-end does not answer, its statuses become stale",
                  "frontend", f->name, "class", error_class_name(a->error), "text", text, NULL);
    else
        log_event(LOG_LEVEL_WARNING, "front-end answers in part, the rest counts as unknown",
                  "frontend", f->name, "text", text, NULL);
}

/* Messages about VMs that are none: told with a complete read, since there may be many. */
static void
log_malformed(struct body_frontend *f)
{
    guint64 n = opennebula_counts(f->one).n_malformed;

    if (n == f->n_malformed)
        return;
    log_event(LOG_LEVEL_WARNING, "events of the front-end are not understood, only reads tell of "
                                 "what they were about", "frontend", f->name, "messages",
              LOG_INT((gint64)(n - f->n_malformed)), NULL);
    f->n_malformed = n;
}

/* Is a failure to be passed on, or may it be over in a moment? */
static bool
is_believed(const struct body_frontend *f, const struct frontend_answer *a)
{
    return a->result != RESULT_ERROR || f->d->phase != PHASE_RUNNING || f->newest == NULL
           || f->newest->result == RESULT_ERROR || a->took_us / 1000 >= DOWN_GRACE_MS
           || now_ms() - f->failed_since >= DOWN_GRACE_MS;
}

/* Its word is known: what waited for it is written. */
static void
release(struct body_frontend *f)
{
    if (f->read_again)
        return;
    f->awaited = false;
    if (f->held)
        engine_touch_all(f->d->engine);
    f->held = false;
    f->answer = false;
}

/* Takes the answer over. */
static void
take_answer(struct body_frontend *f, struct frontend_answer *a)
{
    struct daemon *d = f->d;

    frontend_answer_unref(f->newest);
    f->newest = a;
    f->n_patched = 0;
    if (d->phase == PHASE_RUNNING) {
        engine_observe_frontend(d->engine, a);
        frontend_note_figures(f);
        decide_soon(d);
    }
    release(f);
}

static void
note_result(struct body_frontend *f, const struct frontend_answer *a)
{
    gint64 now = now_ms();
    gint64 interval = (gint64)f->d->config->daemon.interval_s * 1000;

    if (a->result != RESULT_ERROR) {
        f->n_failed = 0;
        return;
    }
    if (f->n_failed == 0)
        f->failed_since = now;
    f->read_at = now + MIN((gint64)RETRY_MS << MIN(f->n_failed, 10), nodes_jittered(interval));
    f->n_failed++;
}

static void
on_answer(struct frontend_answer *a, void *data)
{
    struct body_frontend *f = data;
    struct daemon *d = f->d;

    f->reading = false;
    note_result(f, a);
    log_malformed(f);
    daemon_progressed(d);
    if (is_believed(f, a)) {
        log_answer(f, a);
        take_answer(f, a);
    } else {
        frontend_answer_unref(a);
        frontend_note_figures(f);
    }
    nodes_note_answers(d);
    if (f->read_again)
        frontend_read(f);
    nodes_first(d);
}

void
frontend_read(struct body_frontend *f)
{
    struct daemon *d = f->d;

    if (d->phase != PHASE_NODES && d->phase != PHASE_RUNNING)
        return; /* the first pass begins with a read */
    f->read_again = f->reading;
    f->read_at = now_ms() + nodes_jittered((gint64)d->config->daemon.interval_s * 1000);
    if (f->reading)
        return;
    g_autoptr(GArray) known = engine_frontend_known(d->engine, f->name);
    f->reading = true;
    f->missed = false;
    opennebula_ask(f->one, (const gint64 *)(void *)known->data, known->len, on_answer, f);
}

/* --- single VMs ------------------------------------------------------------------------- */

/* A newer word about some of its VMs; false where it is of no use. */
static bool
patch(struct body_frontend *f, struct frontend_answer *a)
{
    struct daemon *d = f->d;

    if (d->phase != PHASE_RUNNING || !engine_patch_frontend(d->engine, a))
        return false;
    decide_soon(d);
    f->n_patched += a->vms->len;
    if (f->n_patched > PATCHED_MAX && !f->reading)
        frontend_read(f);
    return true;
}

static void
on_some(struct frontend_answer *a, void *data)
{
    struct body_frontend *f = data;

    f->asking = false;
    (void)patch(f, a);
    frontend_answer_unref(a);
}

/* What ends by itself is asked for, whether an event tells or not. */
void
frontend_ask_moving(struct body_frontend *f, gint64 now)
{
    f->some_at = now + (gint64)f->d->config->daemon.poll_interval_s * 1000;
    if (f->asking || f->reading || f->n_failed > 0)
        return;
    g_autoptr(GArray) moving = engine_frontend_moving(f->d->engine, f->name);
    if (moving->len == 0)
        return;
    f->asking = true;
    opennebula_ask_some(f->one, (const gint64 *)(void *)moving->data, MIN(moving->len, SOME_MAX),
                        on_some, f);
}

static void
on_vm(struct body_frontend *f, const struct opennebula_event *event)
{
    struct daemon *d = f->d;
    struct uuid uuid;

    metrics_frontend_event(d->metrics, f->name);
    metrics_event(d->metrics, "opennebula");
    d->event_at = now_ms();
    for (guint i = 0; d->phase == PHASE_RUNNING && i < event->answer->vms->len; i++) {
        const struct frontend_vm *row = &g_array_index(event->answer->vms, struct frontend_vm, i);
        log_event(LOG_LEVEL_DEBUG, "event", "frontend", f->name, "vm", LOG_INT(row->id), "state",
                  LOG_INT(row->state), "lcm_state", LOG_INT(row->lcm), NULL);
        if (engine_row_entry(d->engine, row, &uuid))
            hints_arrived(d, &uuid, event->received_us);
    }
    if (patch(f, event->answer))
        return;
    f->missed = true; /* unless a read that is asked for later has come */
    if (d->phase == PHASE_RUNNING && !f->reading && f->n_failed > 0)
        frontend_read(f);
}

static void
on_event(const struct opennebula_event *event, void *data)
{
    struct body_frontend *f = data;

    if (f->d->phase == PHASE_STOPPING)
        return;
    switch (event->kind) {
    case OPENNEBULA_EVENT_UP:
        log_event(LOG_LEVEL_INFO, "events of the front-end are heard", "frontend", f->name, NULL);
        f->heard = true;
        frontend_read(f);
        return;
    case OPENNEBULA_EVENT_DOWN:
        if (f->heard)
            log_event(LOG_LEVEL_WARNING, "events of the front-end are not heard, it is read every "
                                         "interval", "frontend", f->name, NULL);
        f->heard = false;
        frontend_read(f); /* is it there at all? */
        return;
    case OPENNEBULA_EVENT_OVERFLOW:
        log_event(LOG_LEVEL_WARNING, "too many events at once, the front-end is read completely",
                  "frontend", f->name, NULL);
        metrics_event(f->d->metrics, "overflow");
        frontend_read(f);
        return;
    case OPENNEBULA_EVENT_VM:
        on_vm(f, event);
        return;
    }
}

/* --- begin and end ------------------------------------------------------------------------- */

/* All that makes it another one. */
char *
frontend_text(const struct config_opennebula *c)
{
    return g_strdup_printf("%s\n%s\n%s\n%s\n%s\n%d %d %d %d %d", c->endpoint, c->credential_file,
                           c->events != NULL ? c->events : "", c->tls_ca != NULL ? c->tls_ca : "",
                           c->link_attribute, c->connect_timeout_s, c->timeout_s, (int)c->vms,
                           c->answer_limit, c->range);
}

void
frontend_open(struct body_frontend *f, const struct config_opennebula *section)
{
    const struct opennebula_options options = opennebula_options_of(section);
    g_autoptr(GError) error = NULL;

    f->one = opennebula_new(NULL, &options);
    f->section = frontend_text(section);
    log_event(LOG_LEVEL_INFO, "front-end is asked", "frontend", f->name, "endpoint",
              section->endpoint, "events", section->events, NULL);
    if (section->events != NULL && !opennebula_listen(f->one, on_event, f, &error))
        log_event(LOG_LEVEL_ERROR, "events of the front-end cannot be heard, it is read every "
                                   "interval", "frontend", f->name, "error", error->message, NULL);
}

/* Open reads are forgotten. */
void
frontend_close(struct body_frontend *f)
{
    g_clear_pointer(&f->one, opennebula_free);
    g_clear_pointer(&f->section, g_free);
    f->reading = f->read_again = f->asking = f->heard = false;
    f->n_malformed = 0;
}
