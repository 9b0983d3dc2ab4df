/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/service.h"

#include "directory/deadline.h"
#include "directory/result.h"
#include "directory/service_async.h"
#include "directory/service_entry.h"

struct service *
service_new(struct directory_connection *c, const char *dn, int64_t lease)
{
    struct service *s = g_new0(struct service, 1);

    s->connection = c;
    s->dn = g_strdup(dn);
    s->me = lease_holder_new();
    s->lease = s->announced = lease;
    s->serial = -1;
    s->floor = -1;
    s->stand = SERVICE_UNKNOWN;
    return s;
}

void
service_free(struct service *s)
{
    if (!s)
        return;
    service_async_end(s);
    service_state_free(s->noted);
    lease_watch_clear(&s->watch);
    g_free(s->dn);
    g_free(s->me);
    g_free(s->holder);
    g_free(s);
}

void
service_set_lease(struct service *s, int64_t lease)
{
    s->lease = lease;
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

/* A lease that carries our name but that we do not know to hold was taken by a modify whose answer
 * never came.  It counts as ours from when that was sent, which service_take() noted. */
enum service_lease
service_look(struct service *s, struct service_state **state, GError **error)
{
    CLEANUP(service_state_free) struct service_state *read = service_read(s, error);
    struct lease_view view;

    if (!read) {
        service_forget(s);
        return SERVICE_UNKNOWN;
    }
    view = (struct lease_view){read->holder, read->serial, read->lease_duration};
    service_decide(s, &view, NULL);
    if (state)
        *state = g_steal_pointer(&read);
    return s->stand;
}

/* Sends a move that was prepared, waits, and learns from the answer. */
static bool
make_move(struct service *s, struct service_move *move, GError **error)
{
    GError *failure = NULL;

    service_move_sent(s, move);
    service_modify(s, move->change, move->filter, &failure);
    return service_move_apply(s, move, failure, error);
}

bool
service_take(struct service *s, GError **error)
{
    SERVICE_MOVE move = {.change = NULL};

    if (s->stand == SERVICE_OURS)
        return true;
    return service_prepare_take(s, &move, error) && make_move(s, &move, error);
}

bool
service_tick(struct service *s, GError **error)
{
    SERVICE_MOVE move = {.change = NULL};

    if (s->stand == SERVICE_OURS && !service_renewal_due(s))
        return true;
    return service_prepare_renewal(s, &move, error) && make_move(s, &move, error);
}

bool
service_may_send(void *service)
{
    const struct service *s = service;

    return s->stand == SERVICE_OURS && lease_may_send(s->sent, s->announced, deadline_now());
}

bool
service_release(struct service *s, GError **error)
{
    SERVICE_MOVE move = {.change = NULL};

    if (s->stand != SERVICE_OURS)
        return true;
    service_prepare_release(s, &move);
    return make_move(s, &move, error);
}

static bool
try_close(struct service *s, const struct service_report *report, GError **error)
{
    SERVICE_MOVE move = {.change = NULL};
    CLEANUP(service_state_free) struct service_state *state = NULL;

    if (report->answered && report->answered[0]) {
        state = service_read(s, error);
        if (!state)
            return false;
    }
    service_prepare_report(s, &move, report, state ? state->requests : NULL, false);
    return service_modify(s, move.change, move.filter, error);
}

bool
service_close(struct service *s, const struct service_report *report, GError **error)
{
    GError *failure = NULL;
    bool done = false;

    if (!service_may_report(s, error))
        return false;
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
