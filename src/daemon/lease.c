/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service entry: the lease that lets us write, the report once a minute,
 * pauses, and what other bodies ask for.
 *
 * With standby = yes the lease is kept and renewed; otherwise it is taken when
 * there is something to write and given back with the next report.
 */
#include "config.h"

#include "daemon/inside.h"

#include "engine/timestamp.h"
#include "log/log.h"

#include <string.h>

#define QUIET_MS 5000 /* nothing sent for so long: the lease is not needed now */

static void
note_ready(struct daemon *d)
{
    unsigned bits = d->connection != NULL ? HTTP_DIRECTORY : 0;

    if (d->phase == PHASE_RUNNING)
        bits |= HTTP_RECONCILED;
    /* where nobody holds it we may have it whenever we need it */
    bits |= d->standing_by ? HTTP_STANDBY : HTTP_LEASE;
    if (d->http != NULL)
        http_set_ready(d->http, bits);
}

static void
note_lease(struct daemon *d)
{
    metrics_set_lease(d->metrics, service_may_send(d->service));
    note_ready(d);
    daemon_status(d);
}

/* What could not be sent is decided again. */
static void
catch_up(struct daemon *d)
{
    if (!d->unsent || !send_may(d))
        return;
    d->unsent = false;
    engine_touch_all(d->engine);
    decide_soon(d);
}

/* --- taking and renewing ----------------------------------------------------------- */

static void
failed(struct daemon *d, const char *what, const GError *error)
{
    log_event(LOG_LEVEL_WARNING, "the lease could not be taken or renewed, it is tried again, "
                                 "nothing is written without it", "what", what, "error", error->message,
              NULL);
    d->unsent = true;
}

static void
on_taken(struct service *s, const GError *error, void *data)
{
    struct daemon *d = data;

    (void)s;
    metrics_ldap(d->metrics, METRICS_MODIFY, directory_error_class(error));
    if (error != NULL && directory_error_class(error) == DIRECTORY_ASSERTED) {
        note_lease(d);
        return; /* somebody was faster: the watch brings who */
    }
    if (error != NULL) {
        failed(d, "take", error);
    } else if (d->took_over) {
        log_event(LOG_LEVEL_NOTICE, "the lease is ours now, everything is read anew", NULL);
        nodes_resync(d);
    }
    d->took_over = false;
    note_lease(d);
    catch_up(d);
}

static void
on_renewed(struct service *s, const GError *error, void *data)
{
    struct daemon *d = data;

    (void)s;
    metrics_ldap(d->metrics, METRICS_MODIFY, directory_error_class(error));
    if (error != NULL)
        failed(d, "renew", error);
    note_lease(d);
    catch_up(d);
}

static void
on_created(struct service *s, const GError *error, void *data)
{
    struct daemon *d = data;
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    const struct service_state empty = {.serial = -1, .requests = none};

    metrics_ldap(d->metrics, METRICS_ADD, directory_error_class(error));
    if (error != NULL) {
        log_event(LOG_LEVEL_ERROR, "the service entry cannot be created, it is tried again, "
                                   "nothing is written before", "error", error->message, NULL);
        return;
    }
    d->service_missing = false;
    service_note_state(s, &empty); /* as it was made; the watch may be a poll away */
    lease_tick(d, now_ms());
}

/* Another body wrote since we held it last, or died with it: what we know of the nodes may be
 * older than what is published. */
static bool
others_were_at_work(struct daemon *d, enum service_lease stand)
{
    const struct service_state *state = service_noted(d->service);

    if (stand == SERVICE_EXPIRED || d->standing_by)
        return true;
    return state != NULL && state->pass_by != NULL && d->reported
           && strcmp(state->pass_by, service_holder(d->service)) != 0;
}

static void
take(struct daemon *d, enum service_lease stand)
{
    g_autoptr(GError) error = NULL;

    d->took_over = others_were_at_work(d, stand);
    d->standing_by = false;
    if (!service_take_async(d->service, on_taken, d, &error))
        log_event(LOG_LEVEL_DEBUG, "the lease cannot be taken now", "error", error->message, NULL);
}

static void
renew(struct daemon *d)
{
    g_autoptr(GError) error = NULL;

    if (!service_renew_async(d->service, on_renewed, d, &error))
        log_event(LOG_LEVEL_DEBUG, "the lease cannot be renewed now", "error", error->message, NULL);
}

/* --- the report ------------------------------------------------------------------------ */

static void
add_counts(struct engine_totals *t, GPtrArray *counts)
{
    for (unsigned s = 0; s < STATE_COUNT; s++) {
        unsigned n = 0;
        for (unsigned k = 0; k <= KIND_COUNT; k++)
            n += t->vms[k][s];
        if (n > 0 && s != STATE_NONE)
            g_ptr_array_add(counts, g_strdup_printf("%s=%u", state_name((enum state)s), n));
    }
    g_ptr_array_add(counts, NULL);
}

static void
on_reported(struct service *s, const GError *error, void *data)
{
    struct daemon *d = data;

    (void)s;
    metrics_ldap(d->metrics, METRICS_MODIFY, directory_error_class(error));
    if (error == NULL) {
        d->reported = true;
        g_clear_pointer(&d->requests, g_ptr_array_unref);
        others_look(d);
    } else if (directory_error_class(error) != DIRECTORY_ASSERTED) {
        log_event(LOG_LEVEL_WARNING, "the report could not be written, the next one tells it all",
                  "error", error->message, NULL);
    }
    note_lease(d);
    catch_up(d);
}

static bool
report(struct daemon *d, bool keep, service_done done)
{
    struct engine_totals totals;
    g_autoptr(GPtrArray) counts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) answered = g_ptr_array_new();
    g_autoptr(GPtrArray) alarms = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    engine_totals(d->engine, &totals);
    metrics_set_totals(d->metrics, &totals);
    add_counts(&totals, counts);
    if (totals.n_held > 0)
        g_ptr_array_add(alarms, g_strdup_printf("%s: %u statuses are held",
                                                alarm_name(ALARM_BUDGET), totals.n_held));
    others_alarms(d, alarms);
    g_ptr_array_add(alarms, NULL);
    for (guint i = 0; d->requests != NULL && i < d->requests->len; i++)
        g_ptr_array_add(answered, g_ptr_array_index(d->requests, i));
    g_ptr_array_add(answered, NULL);
    const struct service_report r = {
        .version = PACKAGE_VERSION,
        .completed = g_get_real_time() / G_USEC_PER_SEC,
        .n_held = totals.n_held,
        .counts = (const char *const *)counts->pdata,
        .alarms = (const char *const *)alarms->pdata,
        .answered = (const char *const *)answered->pdata,
    };
    metrics_pass(d->metrics, g_get_real_time() / 1000);
    if (!service_report_async(d->service, &r, keep, done, d, &error)) {
        log_event(LOG_LEVEL_DEBUG, "no report now", "error", error->message, NULL);
        return false;
    }
    return true;
}

bool
lease_give_back(struct daemon *d, service_done done)
{
    g_autoptr(GError) error = NULL;

    if (d->connection == NULL || service_is_busy(d->service))
        return false;
    if (service_stand(d->service, NULL) != SERVICE_OURS)
        return false;
    return d->phase == PHASE_STOPPING && service_may_send(d->service)
               ? report(d, false, done)
               : service_release_async(d->service, done, d, &error);
}

/* --- the tick ----------------------------------------------------------------------------- */

static bool
is_quiet(struct daemon *d, gint64 now)
{
    return g_hash_table_size(d->flying) == 0 && !d->unsent && now - d->wrote_at >= QUIET_MS;
}

static bool
wants_lease(struct daemon *d)
{
    return !d->paused && (d->config->sync.standby || d->unsent);
}

/* What others asked for is done once it is written. */
static bool
is_answering(struct daemon *d)
{
    return d->requests != NULL && (g_hash_table_size(d->flying) > 0 || d->update != NULL);
}

static void
hold(struct daemon *d, gint64 now)
{
    if (now >= d->report_at && !is_answering(d)) {
        bool keep = d->config->sync.standby || !is_quiet(d, now);
        d->report_at = now + REPORT_MS;
        (void)report(d, keep, on_reported);
    } else if (service_renewal_due(d->service)) {
        renew(d);
    } else {
        catch_up(d);
    }
}

static void
stand_by(struct daemon *d)
{
    const struct service_state *state = service_noted(d->service);
    gint64 lasts = state != NULL && state->lease_duration > 0 ? state->lease_duration / 1000 : 0;

    if (!d->standing_by)
        log_event(LOG_LEVEL_NOTICE, "another body holds the lease, this one stands by until that is "
                                    "given back or expires", "holder",
                  state != NULL ? state->holder : NULL, "lease_s", lasts > 0 ? LOG_INT(lasts) : NULL,
                  NULL);
    d->standing_by = true;
    d->unsent = true;
    note_lease(d);
}

void
lease_tick(struct daemon *d, gint64 now)
{
    g_autoptr(GError) error = NULL;

    if (d->connection == NULL || !d->live || d->phase != PHASE_RUNNING
        || service_is_busy(d->service))
        return;
    enum service_lease stand = service_stand(d->service, NULL);
    switch (stand) {
    case SERVICE_OURS:
        hold(d, now);
        break;
    case SERVICE_HELD:
        stand_by(d);
        break;
    case SERVICE_FREE:
    case SERVICE_EXPIRED:
        if (wants_lease(d) || d->standing_by) {
            take(d, stand);
        } else if (now >= d->report_at && !is_answering(d)) {
            d->report_at = now + REPORT_MS;
            (void)report(d, false, on_reported);
        }
        break;
    case SERVICE_UNKNOWN:
        if (service_noted(d->service) == NULL && d->service_missing)
            (void)service_create_async(d->service, on_created, d, &error);
        break;
    }
}

/* --- what the entry says --------------------------------------------------------------------- */

static void
tell_paused(const struct service_state *state)
{
    char until[TIMESTAMP_SIZE];

    timestamp_format(state->pause_until, until);
    log_event(LOG_LEVEL_NOTICE, "paused, nothing is written", "until", until, "why",
              state->pause_reason != NULL ? state->pause_reason : "no reason given", NULL);
}

static void
note_pause(struct daemon *d, const struct service_state *state)
{
    bool paused = state != NULL && service_state_paused(state, g_get_real_time() / G_USEC_PER_SEC);

    if (paused == d->paused)
        return;
    d->paused = paused;
    metrics_set_paused(d->metrics, paused);
    if (paused)
        tell_paused(state);
    else
        log_event(LOG_LEVEL_NOTICE, "the pause is over, what changed meanwhile is written", NULL);
    d->unsent = true;
}

/* Others ask to look: they are answered with a report once every node has been read. */
static void
note_requests(struct daemon *d, const struct service_state *state)
{
    if (state == NULL || state->requests == NULL || state->requests->len == 0
        || d->requests != NULL || d->phase != PHASE_RUNNING)
        return;
    d->requests = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < state->requests->len; i++)
        g_ptr_array_add(d->requests, g_strdup(g_ptr_array_index(state->requests, i)));
    log_event(LOG_LEVEL_INFO, "asked to look at everything", "requests",
              LOG_INT(d->requests->len), NULL);
    nodes_answer(d);
}

void
lease_state(struct daemon *d, const struct service_state *state)
{
    d->service_missing = state == NULL;
    service_note_state(d->service, state);
    note_pause(d, state);
    note_requests(d, state);
    lease_tick(d, now_ms());
}

void
lease_clock(struct daemon *d)
{
    note_pause(d, service_noted(d->service));
    note_ready(d);
}
