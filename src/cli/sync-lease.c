/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass and the other bodies: who may work, who waits for whom.
 */
#include "config.h"

#include "cli/sync.h"

#include "cli/cli.h"
#include "cli/pause.h"
#include "cli/stop.h"
#include "directory/read.h"
#include "directory/result.h"

static void
note_state(struct sync *s, const struct service_state *state)
{
    if (state == NULL)
        return;
    g_ptr_array_set_size(s->requests, 0);
    for (guint i = 0; state->requests != NULL && i < state->requests->len; i++)
        g_ptr_array_add(s->requests, g_strdup(g_ptr_array_index(state->requests, i)));
    g_free(s->holder);
    s->holder = g_strdup(state->holder);
    g_free(s->pause_text);
    s->pause_text = pause_text(state, statestore_now().wall / 1000);
    s->paused = s->pause_text != NULL;
}

/* What the holder is asked to look at; free the array, not what is in it. */
static const char **
what_to_ask(const struct sync *s)
{
    guint n = s->vms != NULL ? s->vms->len : 0;
    const char **what = g_new0(const char *, n + 2);
    bool all = n == 0;

    for (guint i = 0; i < n; i++) {
        what[i] = ((const struct sync_vm *)g_ptr_array_index(s->vms, i))->uuid;
        all |= what[i] == NULL;
    }
    if (all) {
        what[0] = "*";
        what[1] = NULL;
    }
    return what;
}

static bool
is_stopped(void *data)
{
    (void)data;
    return stop_signal() != 0;
}

/* Another body holds the lease: it is asked to look, and we wait.  True: go on ourselves. */
static bool
hand_over(struct sync *s, GError **error)
{
    g_autofree const char **what = what_to_ask(s);
    gint64 left = sync_time_left(s);
    gint64 limit = !s->options.wait ? (gint64)s->config->sync.lease_wait_s * 1000
                   : left < 0       ? G_MAXINT
                                    : MIN(left, G_MAXINT);

    stop_defer(); /* a request would be left behind */
    switch (service_hand_over(s->service, what, (int)limit, is_stopped, NULL, error)) {
    case SERVICE_ANSWERED:
        s->handed_over = true;
        if (s->options.force_budget) {
            cli_error("--force-budget did nothing, another body does the work: it releases what it "
                      "holds when enough of its reads agree; or stop it and try again");
            s->codes |= EXIT_BIT(EXIT_FAILED);
        }
        return false;
    case SERVICE_TAKE_OVER:
        stop_undefer();
        return true;
    case SERVICE_GAVE_UP:
        if (stop_signal() != 0)
            g_prefix_error(error, "stopped by %s: ", stop_name(stop_signal()));
        break;
    }
    return false;
}

/* Where that fails, the base may be wrong: reading says so more clearly. */
static bool
make_service_entry(struct sync *s, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(GError) unread = NULL;

    if (service_ensure(s->service, &failure))
        return true;
    directory_snapshot_free(directory_read(s->connection, s->where, NULL, NULL, &unread));
    g_propagate_error(error, unread != NULL ? g_steal_pointer(&unread) : g_steal_pointer(&failure));
    return false;
}

bool
sync_claim(struct sync *s, GError **error)
{
    for (int round = 0; round < 3; round++) {
        CLEANUP(service_state_free) struct service_state *state = NULL;
        g_autoptr(GError) failure = NULL;
        enum service_lease lease = service_look(s->service, &state, &failure);
        note_state(s, state);
        if (lease == SERVICE_UNKNOWN
            && directory_error_class(failure) == DIRECTORY_ABSENT && round == 0) {
            if (!make_service_entry(s, error))
                return false;
            continue;
        }
        if (lease == SERVICE_UNKNOWN) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        if (lease != SERVICE_HELD || s->paused)
            return true;
        if (!hand_over(s, error))
            return false;
    }
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_CODE_LEASE_HELD,
                "the lease changes hands too often to get it");
    return false;
}

bool
sync_take_lease(struct sync *s, GError **error)
{
    g_autoptr(GError) failure = NULL;

    if (service_take(s->service, &failure))
        return true;
    if (directory_error_class(failure) == DIRECTORY_ASSERTED
        || g_error_matches(failure, DIRECTORY_ERROR, DIRECTORY_CODE_LEASE_HELD))
        s->outrun = true;
    else
        g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}
