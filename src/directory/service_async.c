/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/service_async.h"

#include "directory/control.h"
#include "directory/deadline.h"
#include "directory/dispatch.h"
#include "directory/mods.h"
#include "directory/result.h"
#include "directory/service_entry.h"

/* How long an echo of our own may be late, ms. */
enum { ECHO_LIMIT = 10000 };

/* An operation under way. */
struct service_call {
    struct service *service;
    struct directory_connection *connection;
    int id;
    struct service_move move;      /* change is NULL: creating the entry */
    struct service_move plainly;   /* a report that clears no requests, should one be gone */
    LDAPControl *assertion;
    unsigned n_noted;
    service_done done;
    void *data;
};

static void
call_free(struct service_call *call)
{
    service_move_clear(&call->move);
    service_move_clear(&call->plainly);
    ldap_control_free(call->assertion);
    g_free(call);
}

void
service_async_end(struct service *s)
{
    if (!s->call)
        return;
    dispatch_abandon(s->call->connection, s->call->id);
    g_clear_pointer(&s->call, call_free);
}

bool
service_is_busy(const struct service *s)
{
    return s->call != NULL;
}

/* --- how it stands ------------------------------------------------------------- */

static void
learn(struct service *s, int64_t *wait)
{
    const struct service_state *n = s->noted;
    struct lease_view view;

    if (!n || s->outdated) {
        if (s->stand != SERVICE_OURS)
            service_forget(s);
        return;
    }
    if (n->serial < s->floor && deadline_now() - s->floor_at < ECHO_LIMIT)
        return;
    if (s->stand == SERVICE_OURS && n->holder && g_str_equal(n->holder, s->me) && s->call)
        return; /* the answer tells */
    view = (struct lease_view){n->holder, n->serial, n->lease_duration};
    service_decide(s, &view, wait);
}

void
service_note_state(struct service *s, const struct service_state *state)
{
    service_state_free(s->noted);
    s->noted = state ? service_state_copy(state) : NULL;
    s->outdated = false;
    s->n_noted++;
    if (!state)
        service_forget(s);
    learn(s, NULL);
}

const struct service_state *
service_noted(const struct service *s)
{
    return s->noted;
}

enum service_lease
service_stand(struct service *s, int64_t *wait)
{
    if (wait)
        *wait = 0;
    learn(s, wait);
    return s->stand;
}

bool
service_renewal_due(const struct service *s)
{
    return s->stand == SERVICE_OURS
           && (s->announced != s->lease
               || lease_renewal_due(s->sent, s->announced, deadline_now()));
}

/* --- operations ---------------------------------------------------------------- */

static void take(struct directory_connection *c, const struct arrival *arrival, void *data);

static int
send_modify(LDAP *ld, int *msgid, void *data)
{
    struct service_call *call = data;
    LDAPControl *controls[2] = {call->assertion, NULL};
    struct mods *mods = mods_new(call->move.change);
    int rc;

    service_move_sent(call->service, &call->move);
    rc = ldap_modify_ext(ld, call->move.change->dn, mods_list(mods), controls, NULL, msgid);
    mods_free(mods);
    return rc;
}

static int
send_add(LDAP *ld, int *msgid, void *data)
{
    struct service_call *call = data;

    return service_send_add(call->service, ld, msgid, NULL);
}

static bool
start(struct service_call *call, GError **error)
{
    struct directory_connection *c = call->connection;

    ldap_control_free(call->assertion);
    call->assertion = NULL;
    if (call->move.filter) {
        call->assertion = control_assertion(directory_connection_handle(c), call->move.filter,
                                            error);
        if (!call->assertion)
            return false;
    }
    call->n_noted = call->service->n_noted;
    call->id = dispatch_send(c, directory_connection_timeout(c),
                             call->move.change ? send_modify : send_add, take, call, error);
    return call->id != 0;
}

/* A request that was to be cleared has been taken back: report without clearing any. */
static bool
again_plainly(struct service_call *call, const GError *failure)
{
    if (directory_error_class(failure) != DIRECTORY_NO_VALUE || !call->plainly.change)
        return false;
    service_move_clear(&call->move);
    call->move = call->plainly;
    call->plainly = (struct service_move){.change = NULL};
    return start(call, NULL);
}

static void
take(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    struct service_call *call = data;
    struct service *s = call->service;
    g_autofree char *what = g_strdup_printf("the service entry \"%s\"", s->dn);
    g_autoptr(GError) error = NULL;
    GError *failure = NULL;

    call->id = 0;
    if (arrival->message)
        directory_result_parse(directory_connection_handle(c), arrival->message, NULL, what,
                               &failure);
    else
        failure = g_error_copy(arrival->error);
    if (again_plainly(call, failure)) {
        g_error_free(failure);
        return;
    }
    s->call = NULL;
    /* What we asserted was noted; so there is something newer. */
    if (directory_error_class(failure) == DIRECTORY_ASSERTED) {
        s->outdated = call->n_noted == s->n_noted;
        s->floor = -1;
    }
    if (call->move.change)
        service_move_apply(s, &call->move, failure, &error);
    else
        service_add_result(s, failure, &error);
    learn(s, NULL);
    call->done(s, error, call->data);
    call_free(call);
}

static struct service_call *
call_new(struct service *s, service_done done, void *data, GError **error)
{
    struct service_call *call;

    if (s->call) {
        directory_error_set(error, LDAP_BUSY, NULL, NULL,
                            "the service entry \"%s\": the operation before is not over", s->dn);
        return NULL;
    }
    call = g_new0(struct service_call, 1);
    call->service = s;
    call->connection = s->connection;
    call->done = done;
    call->data = data;
    return call;
}

static bool
launch(struct service_call *call, bool prepared, GError **error)
{
    call->service->call = call;
    if (prepared && start(call, error))
        return true;
    call->service->call = NULL;
    call_free(call);
    return false;
}

bool
service_take_async(struct service *s, service_done done, void *data, GError **error)
{
    struct service_call *call = call_new(s, done, data, error);

    return call && launch(call, service_prepare_take(s, &call->move, error), error);
}

bool
service_renew_async(struct service *s, service_done done, void *data, GError **error)
{
    struct service_call *call = call_new(s, done, data, error);

    return call && launch(call, service_prepare_renewal(s, &call->move, error), error);
}

bool
service_release_async(struct service *s, service_done done, void *data, GError **error)
{
    struct service_call *call;

    if (s->stand != SERVICE_OURS) {
        directory_error_set(error, DIRECTORY_CODE_NO_LEASE, NULL, NULL,
                            "the lease on \"%s\" is not held", s->dn);
        return false;
    }
    call = call_new(s, done, data, error);
    if (!call)
        return false;
    service_prepare_release(s, &call->move);
    return launch(call, true, error);
}

bool
service_report_async(struct service *s, const struct service_report *report, bool keep,
                     service_done done, void *data, GError **error)
{
    struct service_call *call;

    if (!service_may_report(s, error))
        return false;
    call = call_new(s, done, data, error);
    if (!call)
        return false;
    service_prepare_report(s, &call->move, report, s->noted ? s->noted->requests : NULL, keep);
    service_prepare_report(s, &call->plainly, report, NULL, keep);
    return launch(call, true, error);
}

bool
service_create_async(struct service *s, service_done done, void *data, GError **error)
{
    struct service_call *call = call_new(s, done, data, error);

    return call && launch(call, service_send_add(s, NULL, NULL, error) == LDAP_SUCCESS, error);
}
