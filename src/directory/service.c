/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/service.h"

#include "directory/deadline.h"
#include "directory/result.h"
#include "directory/service_entry.h"

struct service *
service_new(struct directory_connection *c, const char *dn, int64_t lease)
{
    struct service *s = g_new0(struct service, 1);

    s->connection = c;
    s->dn = g_strdup(dn);
    s->me = lease_holder_new();
    s->lease = lease;
    s->serial = -1;
    s->stand = SERVICE_UNKNOWN;
    return s;
}

void
service_free(struct service *s)
{
    if (!s)
        return;
    lease_watch_clear(&s->watch);
    g_free(s->dn);
    g_free(s->me);
    g_free(s->holder);
    g_free(s);
}

void
service_set_connection(struct service *s, struct directory_connection *c)
{
    s->connection = c;
}

const char *
service_holder(const struct service *s)
{
    return s->me;
}

static void
note_lease(struct service *s, const char *holder, int64_t serial, enum service_lease stand)
{
    char *copy = g_strdup(holder);

    g_free(s->holder);
    s->holder = copy;
    s->serial = serial;
    s->seen = true;
    s->stand = stand;
}

/* A lease that carries our name but that we do not know to hold was taken by a modify whose answer
 * never came.  It counts as ours from when that was sent, which service_take() noted. */
enum service_lease
service_look(struct service *s, struct service_state **state, GError **error)
{
    static const enum service_lease stands[] = {
        [LEASE_TAKE] = SERVICE_FREE,
        [LEASE_TAKE_OVER] = SERVICE_EXPIRED,
        [LEASE_MINE] = SERVICE_OURS,
        [LEASE_WAIT] = SERVICE_HELD,
    };
    CLEANUP(service_state_free) struct service_state *read = service_read(s, error);
    struct lease_view view;

    if (!read) {
        service_forget(s);
        return SERVICE_UNKNOWN;
    }
    view = (struct lease_view){read->holder, read->serial, read->lease_duration};
    note_lease(s, read->holder, read->serial,
               stands[lease_decide(&s->watch, &view, s->me, s->lease, deadline_now(), NULL)]);
    if (state)
        *state = g_steal_pointer(&read);
    return s->stand;
}

static struct change *
lease_change(struct service *s, int64_t serial)
{
    struct change *change = change_new(s->dn, NULL);

    service_set_number(change, SERVICE_LEASE_SERIAL, serial);
    return change;
}

bool
service_take(struct service *s, GError **error)
{
    CLEANUP(change_free) struct change *change = NULL;
    g_autofree char *filter = NULL;
    int64_t serial = s->serial + 1;

    if (s->stand == SERVICE_OURS)
        return true;
    if (s->stand != SERVICE_FREE && s->stand != SERVICE_EXPIRED) {
        directory_error_set(error, DIRECTORY_CODE_LEASE_HELD, NULL, NULL,
                            "the lease on \"%s\" is held by %s", s->dn,
                            s->seen && s->holder ? s->holder : "nobody known");
        return false;
    }
    change = lease_change(s, serial);
    change_replace(change, SERVICE_LEASE_HOLDER, s->me);
    service_set_time(change, SERVICE_LEASE_SINCE, g_get_real_time() / G_USEC_PER_SEC);
    service_set_number(change, SERVICE_LEASE_DURATION, (s->lease + 999) / 1000);
    filter = service_seen_filter(s);
    s->sent = deadline_now();
    if (!service_modify(s, change, filter, error)) {
        service_forget(s);
        return false;
    }
    note_lease(s, s->me, serial, SERVICE_OURS);
    return true;
}

/* Somebody else moved the lease: whatever we hold back must not be sent any more. */
static bool
lost(struct service *s, const GError *failure, GError **error)
{
    directory_error_set(error, DIRECTORY_CODE_NO_LEASE, NULL, NULL,
                        "the lease on \"%s\" was lost: another body took it (%s)", s->dn,
                        failure->message);
    service_forget(s);
    return false;
}

static bool
renew(struct service *s, GError **error)
{
    CLEANUP(change_free) struct change *change = lease_change(s, s->serial + 1);
    g_autofree char *filter = service_seen_filter(s);
    GError *failure = NULL;
    int64_t sent = deadline_now();

    if (!service_modify(s, change, filter, &failure)) {
        if (directory_error_class(failure) == DIRECTORY_ASSERTED) {
            lost(s, failure, error);
            g_error_free(failure);
        } else {
            g_propagate_error(error, failure);
        }
        return false;
    }
    s->serial++;
    s->sent = sent;
    return true;
}

bool
service_tick(struct service *s, GError **error)
{
    if (s->stand != SERVICE_OURS) {
        directory_error_set(error, DIRECTORY_CODE_NO_LEASE, NULL, NULL,
                            "the lease on \"%s\" is not held", s->dn);
        return false;
    }
    return !lease_renewal_due(s->sent, s->lease, deadline_now()) || renew(s, error);
}

bool
service_may_send(void *service)
{
    const struct service *s = service;

    return s->stand == SERVICE_OURS && lease_may_send(s->sent, s->lease, deadline_now());
}

bool
service_release(struct service *s, GError **error)
{
    CLEANUP(change_free) struct change *change = NULL;
    g_autofree char *filter = NULL;
    bool done;

    if (s->stand != SERVICE_OURS)
        return true;
    change = lease_change(s, s->serial + 1);
    service_give_back(change);
    filter = service_seen_filter(s);
    done = service_modify(s, change, filter, error);
    service_forget(s);
    return done;
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
               const struct service_state *state)
{
    struct change_mod *mod = NULL;

    for (const char *const *p = report->answered; p && *p; p++) {
        if (!contains(state->requests, *p))
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

static bool
try_close(struct service *s, const struct service_report *report, GError **error)
{
    CLEANUP(change_free) struct change *change = change_new(s->dn, NULL);
    CLEANUP(service_state_free) struct service_state *state = NULL;
    g_autofree char *filter = service_seen_filter(s);

    if (report->answered && report->answered[0]) {
        state = service_read(s, error);
        if (!state)
            return false;
        clear_answered(change, report, state);
    }
    fill_report(s, change, report);
    if (s->stand == SERVICE_OURS) {
        service_set_number(change, SERVICE_LEASE_SERIAL, s->serial + 1);
        service_give_back(change);
    }
    return service_modify(s, change, filter, error);
}

bool
service_close(struct service *s, const struct service_report *report, GError **error)
{
    GError *failure = NULL;
    bool done = false;

    if (!s->seen || s->stand == SERVICE_HELD) {
        directory_error_set(error, DIRECTORY_CODE_NO_LEASE, NULL, NULL,
                            "the lease on \"%s\" is %s: nothing is reported", s->dn,
                            s->seen ? "held by another body" : "not known");
        return false;
    }
    /* "No such value": a request was taken back between reading and writing. */
    for (int i = 0; i < 5 && !done; i++) {
        g_clear_error(&failure);
        done = try_close(s, report, &failure);
        if (directory_error_class(failure) != DIRECTORY_NO_VALUE)
            break;
    }
    service_forget(s);
    if (failure)
        g_propagate_error(error, failure);
    return done;
}

bool
service_pause(struct service *s, int64_t until, const char *reason, GError **error)
{
    CLEANUP(change_free) struct change *change = change_new(s->dn, NULL);

    service_set_time(change, SERVICE_PAUSE_UNTIL, until);
    change_replace(change, SERVICE_PAUSE_REASON, until && reason && *reason ? reason : NULL);
    return service_modify(s, change, NULL, error);
}
