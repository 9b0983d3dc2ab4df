/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync sync: one pass, end to end.
 */
#include "config.h"

#include "cli/sync.h"

#include "cli/cli.h"
#include "directory/capability.h"
#include "directory/read.h"
#include "directory/result.h"
#include "log/log.h"

#include <stdio.h>
#include <string.h>

static void
sync_clear(struct sync *s)
{
    progress_clear(&s->progress);
    hypervisor_free(s->hypervisor);
    service_free(s->service);
    directory_connection_close(s->connection);
    directory_options_free(s->where);
    engine_free(s->engine);
    statestore_free(s->store);
    recording_free(s->recording);
    config_free(s->config);
    if (s->plans != NULL)
        g_ptr_array_unref(s->plans);
    if (s->observations != NULL)
        g_ptr_array_unref(s->observations);
    if (s->requests != NULL)
        g_ptr_array_unref(s->requests);
    if (s->report != NULL)
        json_node_unref(s->report);
    g_free(s->holder);
    g_free(s->pause_text);
    g_free(s->budget_text);
    g_free(s->abort_text);
    g_free(s->invalid_text);
    g_free(s->failure_text);
    g_free(s->options.config);
    g_free(s->options.state_file);
    g_free(s->options.record);
    g_strfreev(s->options.vms);
    g_strfreev(s->options.nodes);
}

static void
failed(struct sync *s, enum exit_code code, const GError *error)
{
    progress_clear(&s->progress);
    cli_error("%s", error->message);
    s->codes |= EXIT_BIT(code);
    if (s->failure_text == NULL)
        s->failure_text = g_strdup(error->message);
}

static void
unref_observation(gpointer o)
{
    observation_unref(o);
}

static void
prepare(struct sync *s)
{
    const struct config *config = s->config;
    const struct hypervisor_options hypervisor = {
        .deadline_ms = (unsigned)config->nodes.deadline_s * 1000,
        .look_deadline_ms = (unsigned)config->nodes.look_deadline_s * 1000,
        .probe_deadline_ms = (unsigned)config->nodes.look_deadline_s * 1000,
        .agent = config->frozen.agent,
    };

    s->observations = g_ptr_array_new_with_free_func(unref_observation);
    s->requests = g_ptr_array_new_with_free_func(g_free);
    s->hypervisor = hypervisor_new(&hypervisor);
    s->where = directory_options_from_config(config);
}

/* A new engine with what the last pass saved: once it is known that we may work, since whoever
 * worked before us may have saved just now. */
static bool
remember(struct sync *s, GError **error)
{
    const struct config *config = s->config;
    const struct engine_options options = {
        .limits = config->limits,
        .force_budget = s->options.force_budget,
        .repair_mode = config->repair.repair_mode,
        .repair_streams = config->repair.repair_streams,
        .agent = config->frozen.agent,
    };
    const char *path
        = s->options.state_file != NULL ? s->options.state_file : config->sync.state_file;

    engine_free(s->engine);
    statestore_free(s->store);
    recording_free(s->recording);
    s->recording = NULL;
    s->engine = engine_new(&options);
    s->store = statestore_new(path);
    if (!statestore_load(s->store, s->engine, statestore_now(), s->options.dry_run, error))
        return false;
    if (s->options.record != NULL)
        s->recording = recording_new(&options, statestore_text(s->store));
    return true;
}

static bool
connect_directory(struct sync *s, GError **error)
{
    s->connection = directory_connection_open(s->where, NULL, error);
    if (s->connection == NULL || !capability_check_schema(s->connection, error))
        return false;
    s->service = service_new(s->connection, s->where->service_dn, s->where->lease);
    return true;
}

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
    if (service_state_paused(state, statestore_now().wall / 1000)) {
        g_autoptr(GDateTime) until = g_date_time_new_from_unix_utc(state->pause_until);
        g_autofree char *text = g_date_time_format(until, "%Y-%m-%d %H:%M:%S UTC");
        s->paused = true;
        g_free(s->pause_text);
        s->pause_text = g_strdup_printf(
            "paused until %s%s%s", text, state->pause_reason != NULL ? " because " : "",
            state->pause_reason != NULL ? state->pause_reason : "");
    }
}

static bool
all_uuids(char **names)
{
    struct uuid uuid;

    for (; *names != NULL; names++) {
        if (!uuid_parse(*names, strlen(*names), &uuid))
            return false;
    }
    return true;
}

/* Another body holds the lease: it is asked to look, and we wait.  True: go on ourselves. */
static bool
hand_over(struct sync *s, GError **error)
{
    const char *all[] = {"*", NULL};
    const char *const *what = all;

    if (s->options.vms != NULL && all_uuids(s->options.vms))
        what = (const char *const *)s->options.vms;
    switch (service_hand_over(s->service, what, s->config->sync.lease_wait_s * 1000, NULL, NULL,
                              error)) {
    case SERVICE_ANSWERED:
        s->handed_over = true;
        return false;
    case SERVICE_TAKE_OVER:
        return true;
    case SERVICE_GAVE_UP:
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

/*
 * May we work?  False without error: another body did it.  The service entry
 * is made when it is missing.
 */
static bool
claim(struct sync *s, GError **error)
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

/*
 * The lease is needed before the first modify.  False without error: somebody
 * was faster; what was read is old then, and the pass begins again.
 */
static bool
take_lease(struct sync *s, GError **error)
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

/* One judgement and what follows from it.  *repeat: absences want another look, after which the
 * pass is closed; the last one closes it in any case. */
static bool
judge_and_write(struct sync *s, bool last, bool *repeat, GError **error)
{
    struct engine_time now = statestore_now();

    gint64 from = g_get_monotonic_time();

    if (s->recording != NULL)
        recording_step(s->recording, now, s->observations, true);
    CLEANUP(engine_output_free) struct engine_output *o
        = engine_step(s->engine, now, s->observations, true, NULL);
    *repeat = o->repeats > 0 && !s->options.dry_run && !s->paused;
    sync_note(s, o);
    from = sync_spent(s, SYNC_JUDGE, from);
    if (o->aborted)
        return true;
    if (s->options.dry_run) {
        if (!s->options.json)
            sync_print_ldif(s, o);
        s->n_planned = sync_wanted(s, o);
        return true;
    }
    if (s->paused)
        return true;
    if (sync_wanted(s, o) > 0) {
        if (!take_lease(s, error))
            return false;
        /* a failure is told at the end, when it is tried again */
        if (service_may_send(s->service))
            (void)statestore_save(s->store, s->engine, true, NULL);
    }
    bool written = sync_write(s, o, error);
    from = sync_spent(s, SYNC_WRITE, from);
    if (!written || (*repeat && !last))
        return written;
    bool closed = sync_close(s, o, error);
    sync_spent(s, SYNC_CLOSE, from);
    return closed;
}

static gboolean
wake(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

#define TICK_MS 1000

/* absence_hold apart, without blocking the main context; a lease of ours is kept alive. */
static bool
wait_hold(struct sync *s, GError **error)
{
    gint64 end = g_get_monotonic_time() / 1000 + (gint64)s->config->limits.absence_hold * 1000 + 1;
    gint64 left;

    progress_draw(&s->progress, true);
    while ((left = end - g_get_monotonic_time() / 1000) > 0) {
        bool over = false;
        g_timeout_add((guint)MIN(left, TICK_MS), wake, &over);
        while (!over)
            g_main_context_iteration(NULL, TRUE);
        if (service_may_send(s->service) && !service_tick(s->service, error))
            return false;
    }
    return true;
}

static bool
pass(struct sync *s, GError **error)
{
    const int repeats = s->config->limits.miss_limit + 1;
    bool repeat = false;

    if (!sync_read(s, error))
        return false;
    sync_look(s);
    if (!judge_and_write(s, false, &repeat, error))
        return false;
    for (int i = 1; repeat && i <= repeats; i++) {
        if (!wait_hold(s, error))
            return false;
        sync_read_nodes_again(s);
        sync_look(s);
        if (!judge_and_write(s, i == repeats, &repeat, error))
            return false;
    }
    return true;
}

static enum exit_code
code_of(const GError *error)
{
    if (error->domain == G_OPTION_ERROR)
        return EXIT_USAGE;
    if (error->domain != DIRECTORY_ERROR)
        return EXIT_FAILED;
    if (error->code == DIRECTORY_CODE_LEASE_HELD || error->code == DIRECTORY_CODE_NO_LEASE)
        return EXIT_FAILED;
    return EXIT_DIRECTORY;
}

static void
save(struct sync *s)
{
    g_autoptr(GError) error = NULL;

    if (!s->options.dry_run && s->abort_text == NULL && !s->overtaken
        && !statestore_save(s->store, s->engine, false, &error))
        failed(s, EXIT_FAILED, error);
}

static void
save_recording(struct sync *s)
{
    g_autoptr(GError) error = NULL;

    if (s->recording != NULL && !recording_write(s->recording, s->options.record, &error))
        failed(s, EXIT_FAILED, error);
}

#define ATTEMPTS 3

/* Asks for the lease, reads, decides, writes; again when another body was faster. */
static bool
work(struct sync *s, GError **error)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        gint64 from = g_get_monotonic_time();
        s->outrun = false;
        if (!s->options.dry_run && !claim(s, error))
            return false;
        if (!remember(s, error))
            return false;
        sync_spent(s, SYNC_CONNECT, from);
        if (pass(s, error) || !s->outrun)
            return *error == NULL;
    }
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_CODE_LEASE_HELD,
                "other bodies took the lease %d times while this one was reading", ATTEMPTS);
    return false;
}

/* The pass came to no end.  The lease is given back, where there is somebody to give it to. */
static void
break_off(struct sync *s, const GError *error)
{
    enum directory_class class = directory_error_class(error);

    s->broken_off = true;
    if (class == DIRECTORY_NO_LEASE)
        s->overtaken = true; /* it is not ours any more: nothing is sent */
    else if (class != DIRECTORY_UNREACHABLE && class != DIRECTORY_TIMEOUT && s->service != NULL)
        (void)service_release(s->service, NULL);
}

static void
run(struct sync *s)
{
    g_autoptr(GError) error = NULL;
    gint64 from = g_get_monotonic_time();

    prepare(s);
    bool connected = connect_directory(s, &error);
    sync_spent(s, SYNC_CONNECT, from);
    bool done = connected && work(s, &error);
    if (error != NULL) {
        break_off(s, error);
        failed(s, connected ? code_of(error) : EXIT_DIRECTORY, error);
    }
    from = g_get_monotonic_time();
    if (done || s->n_written > 0)
        save(s);
    if (done || s->n_entries > 0) /* also of a pass that broke off once it had judged */
        save_recording(s);
    sync_spent(s, SYNC_CLOSE, from);
    if (s->n_refused > 0)
        s->codes |= EXIT_BIT(EXIT_REFUSED);
    /* a failure was told already: only what was written before it is news */
    if (!s->broken_off || s->n_planned > 0 || s->options.json)
        sync_summary(s);
}

#define DESCRIPTION                                                                                \
    "Exit status: 0 all well; 1 failed; 2 usage or configuration; 3 done, but something\n"         \
    "is stale or a node did not answer; 4 statuses are held by the budget; 5 the\n"                \
    "directory cannot be used; 6 some writes were refused.  Where several apply, the\n"            \
    "first of 2, 5, 1, 4, 6, 3; --json lists all."

int
command_sync(int argc, char **argv)
{
    struct sync s = {.began = g_get_monotonic_time() / 1000};
    struct sync_options *o = &s.options;
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o->config, "Configuration file", "FILE"},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &o->dry_run,
         "Print what would be written as LDIF, write nothing", NULL},
        {"vm", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->vms,
         "Write only this VM or template (UUID, DN or display name; repeatable)", "VM"},
        {"node", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->nodes,
         "Write only what belongs to this node (repeatable)", "NODE"},
        {"sweep", 0, 0, G_OPTION_ARG_NONE, &o->sweep,
         "Look at every running domain for jobs nobody announced", NULL},
        {"force-budget", 0, 0, G_OPTION_ARG_NONE, &o->force_budget,
         "Write even when implausibly many VMs vanished", NULL},
        {"state-file", 0, 0, G_OPTION_ARG_FILENAME, &o->state_file,
         "Use this state file instead of the configured one", "FILE"},
        {"record", 0, 0, G_OPTION_ARG_FILENAME, &o->record,
         "Write the complete input of this pass as a case file", "FILE"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "Print the result as JSON", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "No progress on a terminal", NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (!cli_options(&argc, &argv, "", "Reads directory and nodes, decides, writes what changed.",
                     DESCRIPTION, entries, &code)) {
        sync_clear(&s);
        return code;
    }
    if (argc > 1) {
        cli_error("sync takes no arguments (\"%s\")", argv[1]);
        sync_clear(&s);
        return EXIT_USAGE;
    }
    s.config = cli_config(o->config, &code);
    if (s.config == NULL) {
        sync_clear(&s);
        return code;
    }
    (void)log_open(s.config->log.target, s.config->log.level);
    progress_init(&s.progress, o->quiet || o->json);
    run(&s);
    if (!cli_flush())
        s.codes |= EXIT_BIT(EXIT_FAILED);
    code = exit_of(s.codes);
    sync_clear(&s);
    log_close();
    return code;
}
