/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking the holder of the lease: service_hand_over() of directory/service.h.
 *
 * A request is a value of sstStateSyncRefresh.  It is ours once our add of it
 * succeeded, and answered once it has vanished after that.
 */
#include "config.h"
#include "directory/service.h"

#include "directory/deadline.h"
#include "directory/result.h"
#include "directory/service_entry.h"

#include <string.h>

enum { LOOK_INTERVAL_MIN = 50, LOOK_INTERVAL_MAX = 500 };

enum asked {
    NOT_ASKED,
    ASKED_BY_OTHER, /* the value is there, but we did not put it there */
    ASKED,
    ANSWERED,
};

struct request {
    const char *value;
    enum asked asked;
};

static GArray *
requests_new(const char *const *values)
{
    GArray *requests = g_array_new(FALSE, FALSE, sizeof(struct request));

    for (; *values; values++) {
        struct request r = {.value = *values, .asked = NOT_ASKED};

        g_array_append_val(requests, r);
    }
    return requests;
}

static bool
has_value(const struct service_state *state, const char *value)
{
    for (guint i = 0; i < state->requests->len; i++)
        if (g_ascii_strcasecmp(state->requests->pdata[i], value) == 0)
            return true;
    return false;
}

static bool
modify_one(struct service *s, enum change_op op, const char *value, GError **error)
{
    CLEANUP(change_free) struct change *change = change_new(s->dn, NULL);

    change_mod_value(change_add_mod(change, op, SERVICE_REFRESH), value);
    return service_modify(s, change, NULL, error);
}

/* Puts the request there.  False and error, but not when it is there already. */
static bool
ask(struct service *s, struct request *r, GError **error)
{
    g_autoptr(GError) failure = NULL;

    if (modify_one(s, CHANGE_ADD, r->value, &failure)) {
        r->asked = ASKED;
        return true;
    }
    if (directory_error_class(failure) == DIRECTORY_EXISTS) {
        r->asked = ASKED_BY_OTHER;
        return true;
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

/* Learns from the entry what was answered, and asks what has to be asked. */
static bool
advance(struct service *s, GArray *requests, const struct service_state *state, GError **error)
{
    for (guint i = 0; i < requests->len; i++) {
        struct request *r = &g_array_index(requests, struct request, i);

        if (!has_value(state, r->value)) {
            if (r->asked == ASKED)
                r->asked = ANSWERED;
            else if (r->asked == ASKED_BY_OTHER)
                r->asked = NOT_ASKED;
        }
        if (r->asked == NOT_ASKED && !ask(s, r, error))
            return false;
    }
    return true;
}

static bool
all_answered(const GArray *requests)
{
    for (guint i = 0; i < requests->len; i++)
        if (g_array_index(requests, struct request, i).asked != ANSWERED)
            return false;
    return true;
}

/* Takes our unanswered requests back, as far as that works. */
static void
withdraw(struct service *s, GArray *requests)
{
    for (guint i = 0; i < requests->len; i++) {
        g_autoptr(GError) failure = NULL;
        struct request *r = &g_array_index(requests, struct request, i);

        if (r->asked == ASKED && !modify_one(s, CHANGE_DELETE, r->value, &failure))
            g_debug("request %s is left behind: %s", r->value, failure->message);
    }
}

static void
set_held_error(const struct service *s, bool was_cancelled, GError **error)
{
    directory_error_set(error, DIRECTORY_CODE_LEASE_HELD, NULL, NULL,
                        "%s holds the lease on \"%s\" and did not answer %s",
                        s->holder ? s->holder : "another body", s->dn,
                        was_cancelled ? "before we were told to stop" : "in time");
}

/* One look.  True: *outcome is final. */
static bool
look_once(struct service *s, GArray *requests, enum service_outcome *outcome, GError **error)
{
    CLEANUP(service_state_free) struct service_state *state = NULL;
    enum service_lease stand = service_look(s, &state, error);

    *outcome = SERVICE_GAVE_UP;
    if (stand == SERVICE_UNKNOWN)
        return true;
    /* What was asked and is gone was answered, also when the lease is free by now. */
    if (stand == SERVICE_HELD && !advance(s, requests, state, error))
        return true;
    if (stand != SERVICE_HELD)
        for (guint i = 0; i < requests->len; i++) {
            struct request *r = &g_array_index(requests, struct request, i);

            if (r->asked == ASKED && !has_value(state, r->value))
                r->asked = ANSWERED;
        }
    if (all_answered(requests)) {
        *outcome = SERVICE_ANSWERED;
        return true;
    }
    *outcome = SERVICE_TAKE_OVER;
    return stand != SERVICE_HELD;
}

enum service_outcome
service_hand_over(struct service *s, const char *const *values, int limit,
                  bool (*cancelled)(void *data), void *data, GError **error)
{
    g_autoptr(GArray) requests = requests_new(values);
    int64_t deadline = deadline_in(limit);
    int interval = LOOK_INTERVAL_MIN;
    enum service_outcome outcome;
    bool stop = false;

    while (!look_once(s, requests, &outcome, error)) {
        stop = cancelled && cancelled(data);
        if (stop || deadline_left(deadline) == 0) {
            set_held_error(s, stop, error);
            outcome = SERVICE_GAVE_UP;
            break;
        }
        directory_connection_pause(s->connection, MIN(interval, deadline_left(deadline)));
        interval = MIN(interval * 2, LOOK_INTERVAL_MAX);
    }
    if (outcome == SERVICE_GAVE_UP)
        withdraw(s, requests);
    return outcome;
}
