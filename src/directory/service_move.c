/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the lease and the report are changed by: each move is a modify and the
 * filter it asserts, made here without I/O, and what its answer means.
 */
#include "config.h"
#include "directory/service_entry.h"

#include "directory/deadline.h"
#include "directory/result.h"

void
service_move_clear(struct service_move *move)
{
    change_free(move->change);
    g_free(move->filter);
    *move = (struct service_move){.change = NULL};
}

void
service_note_lease(struct service *s, const char *holder, int64_t serial, enum service_lease stand)
{
    char *copy = g_strdup(holder);

    g_free(s->holder);
    s->holder = copy;
    s->serial = serial;
    s->seen = true;
    s->stand = stand;
}

void
service_decide(struct service *s, const struct lease_view *view, int64_t *wait)
{
    static const enum service_lease stands[] = {
        [LEASE_TAKE] = SERVICE_FREE,
        [LEASE_TAKE_OVER] = SERVICE_EXPIRED,
        [LEASE_MINE] = SERVICE_OURS,
        [LEASE_WAIT] = SERVICE_HELD,
    };
    enum lease_move move = lease_decide(&s->watch, view, s->me, s->lease, deadline_now(), wait);

    service_note_lease(s, view->holder, view->serial, stands[move]);
}

static void
prepare(struct service *s, struct service_move *move, enum service_move_kind kind)
{
    *move = (struct service_move){
        .kind = kind,
        .change = change_new(s->dn, NULL),
        .filter = service_seen_filter(s),
        .serial = -1,
        .lease = s->lease,
    };
}

static void
raise_serial(struct service *s, struct service_move *move)
{
    move->serial = s->serial + 1;
    service_set_number(move->change, SERVICE_LEASE_SERIAL, move->serial);
}

static void
announce(struct service_move *move)
{
    service_set_number(move->change, SERVICE_LEASE_DURATION, (move->lease + 999) / 1000);
}

bool
service_prepare_take(struct service *s, struct service_move *move, GError **error)
{
    if (s->stand != SERVICE_FREE && s->stand != SERVICE_EXPIRED) {
        directory_error_set(error, DIRECTORY_CODE_LEASE_HELD, NULL, NULL,
                            "the lease on \"%s\" is held by %s", s->dn,
                            s->seen && s->holder ? s->holder : "nobody known");
        return false;
    }
    prepare(s, move, SERVICE_TAKE);
    raise_serial(s, move);
    change_replace(move->change, SERVICE_LEASE_HOLDER, s->me);
    service_set_time(move->change, SERVICE_LEASE_SINCE, g_get_real_time() / G_USEC_PER_SEC);
    announce(move);
    return true;
}

bool
service_prepare_renewal(struct service *s, struct service_move *move, GError **error)
{
    if (s->stand != SERVICE_OURS) {
        directory_error_set(error, DIRECTORY_CODE_NO_LEASE, NULL, NULL,
                            "the lease on \"%s\" is not held", s->dn);
        return false;
    }
    prepare(s, move, SERVICE_RENEW);
    raise_serial(s, move);
    if (s->lease != s->announced)
        announce(move);
    return true;
}

void
service_prepare_release(struct service *s, struct service_move *move)
{
    prepare(s, move, SERVICE_RELEASE);
    raise_serial(s, move);
    service_give_back(move->change);
}

static void
set_list(struct change *change, const char *attribute, const char *const *values)
{
    struct change_mod *mod = change_add_mod(change, CHANGE_REPLACE, attribute);

    for (; values && *values; values++)
        change_mod_value(mod, *values);
}

static bool
contains(const GPtrArray *array, const char *text)
{
    for (guint i = 0; i < array->len; i++)
        if (g_ascii_strcasecmp(array->pdata[i], text) == 0)
            return true;
    return false;
}

/* Clears those requests that are still there: a body that gave up has taken its own back. */
static void
clear_answered(struct change *change, const struct service_report *report,
               const GPtrArray *requests)
{
    struct change_mod *mod = NULL;

    for (const char *const *p = report->answered; requests && p && *p; p++) {
        if (!contains(requests, *p))
            continue;
        if (!mod)
            mod = change_add_mod(change, CHANGE_DELETE, SERVICE_REFRESH);
        change_mod_value(mod, *p);
    }
    if (mod)
        service_set_time(change, SERVICE_REFRESH_ANSWERED, report->completed);
}

static void
fill_report(struct service *s, struct change *change, const struct service_report *report)
{
    change_replace(change, SERVICE_VERSION, report->version);
    service_set_time(change, SERVICE_PASS_COMPLETED, report->completed);
    service_set_number(change, SERVICE_PASS_DURATION, report->duration);
    change_replace(change, SERVICE_PASS_BY, s->me);
    set_list(change, SERVICE_COUNT, report->counts);
    service_set_number(change, SERVICE_N_HELD, report->n_held);
    set_list(change, SERVICE_ALARM, report->alarms);
}

bool
service_may_report(const struct service *s, GError **error)
{
    if (s->seen && s->stand != SERVICE_HELD)
        return true;
    directory_error_set(error, DIRECTORY_CODE_NO_LEASE, NULL, NULL,
                        "the lease on \"%s\" is %s: nothing is reported", s->dn,
                        s->seen ? "held by another body" : "not known");
    return false;
}

void
service_prepare_report(struct service *s, struct service_move *move,
                       const struct service_report *report, const GPtrArray *requests, bool keep)
{
    bool ours = s->stand == SERVICE_OURS;

    prepare(s, move, ours && keep ? SERVICE_REPORT_KEEP : SERVICE_REPORT);
    clear_answered(move->change, report, requests);
    fill_report(s, move->change, report);
    if (ours)
        raise_serial(s, move);
    if (ours && keep && s->lease != s->announced)
        announce(move);
    if (ours && !keep)
        service_give_back(move->change);
}

void
service_move_sent(struct service *s, struct service_move *move)
{
    move->sent = deadline_now();
    /* Should the answer not come, and the entry say later that the lease is ours, it counts from
     * here. */
    if (move->kind == SERVICE_TAKE) {
        s->sent = move->sent;
        s->announced = move->lease;
    }
    /* Others may count a shorter one from now on, whether we hear of it or not. */
    if (move->kind == SERVICE_RENEW || move->kind == SERVICE_REPORT_KEEP)
        s->announced = MIN(s->announced, move->lease);
}

/* Somebody else moved the lease: whatever we hold back must not be sent any more. */
static bool
lost(struct service *s, const GError *failure, GError **error)
{
    directory_error_set(error, DIRECTORY_CODE_NO_LEASE, NULL, NULL,
                        "the lease on \"%s\" was lost: another body took it, or what we sent before came late (%s)", s->dn,
                        failure->message);
    service_forget(s);
    return false;
}

static bool
apply_failure(struct service *s, const struct service_move *move, GError *failure, GError **error)
{
    bool renewal = move->kind == SERVICE_RENEW || move->kind == SERVICE_REPORT_KEEP;
    g_autoptr(GError) held = failure;

    if (renewal && directory_error_class(failure) == DIRECTORY_ASSERTED)
        return lost(s, failure, error);
    if (!renewal)
        service_forget(s);
    g_propagate_error(error, g_steal_pointer(&held));
    return false;
}

bool
service_move_apply(struct service *s, const struct service_move *move, GError *failure,
                   GError **error)
{
    if (failure)
        return apply_failure(s, move, failure, error);
    if (move->serial >= 0) {
        s->floor = move->serial;
        s->floor_at = deadline_now();
    }
    switch (move->kind) {
    case SERVICE_TAKE:
        service_note_lease(s, s->me, move->serial, SERVICE_OURS);
        break;
    case SERVICE_RENEW:
    case SERVICE_REPORT_KEEP:
        s->serial = move->serial;
        s->sent = move->sent;
        s->announced = move->lease;
        break;
    case SERVICE_RELEASE:
        service_forget(s);
        break;
    case SERVICE_REPORT:
        if (move->serial >= 0)
            service_forget(s);
        break;
    }
    return true;
}
