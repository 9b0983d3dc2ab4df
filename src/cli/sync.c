/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync sync: one pass, end to end.
 */
#include "config.h"

#include "cli/sync.h"

#include "cli/cli.h"
#include "cli/duration.h"
#include "cli/find.h"
#include "cli/stop.h"
#include "daemon/plan.h"
#include "directory/capability.h"
#include "directory/result.h"
#include "log/log.h"

#include <string.h>

static void
failed(struct sync *s, enum exit_code code, const GError *error)
{
    progress_clear(&s->progress);
    finder_complain(error);
    s->codes |= EXIT_BIT(code);
    if (s->failure_text == NULL)
        s->failure_text = g_strdup(error->message);
}

/* One judgement and what follows from it.  *repeat: absences want another look, after which the
 * pass is closed; the last one closes it in any case. */
static bool
judge_and_write(struct sync *s, bool last, bool *repeat, GError **error)
{
    struct engine_time now = statestore_now();

    gint64 from = g_get_monotonic_time();

    if (s->recording != NULL)
        recording_step(s->recording, now, s->observations, s->answers, true);
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
    stop_defer();
    if (sync_wanted(s, o) > 0) {
        if (!sync_take_lease(s, error) || !stop_check(error))
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
        guint timer = g_timeout_add((guint)MIN(left, TICK_MS), wake, &over);
        while (!over && stop_signal() == 0)
            g_main_context_iteration(NULL, TRUE);
        if (!over)
            g_source_remove(timer);
        if (!stop_check(error))
            return false;
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
        if (!stop_check(error) || !judge_and_write(s, i == repeats, &repeat, error))
            return false;
    }
    return true;
}

static void
save(struct sync *s)
{
    g_autoptr(GError) error = NULL;

    if (!s->options.dry_run && s->abort_text == NULL && !s->overtaken
        && !statestore_save(s->store, s->engine, false, &error)) {
        g_prefix_error(&error, "what this pass has learned is lost to the next one: ");
        failed(s, EXIT_FAILED, error);
    }
}

static void
save_recording(struct sync *s)
{
    g_autoptr(GError) error = NULL;

    if (s->recording != NULL && !recording_write(s->recording, s->options.record, &error))
        failed(s, EXIT_FAILED, error);
}

static void
save_metrics(struct sync *s)
{
    g_autoptr(GError) error = NULL;

    if (!sync_write_metrics(s, &error))
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
        stop_undefer(); /* nothing is ours */
        if (!s->options.dry_run && !sync_claim(s, error))
            return false;
        if (!sync_remember(s, error))
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

    sync_prepare(s);
    bool connected = sync_connect(s, &error);
    sync_spent(s, SYNC_CONNECT, from);
    bool done = connected && sync_find_vms(s, &error) && work(s, &error);
    if (error != NULL) {
        break_off(s, error);
        failed(s, connected ? sync_code_of(error) : EXIT_DIRECTORY, error);
    }
    from = g_get_monotonic_time();
    if (done || s->n_written > 0)
        save(s);
    if (done || s->n_entries > 0) /* also of a pass that broke off once it had judged */
        save_recording(s);
    if (done)
        save_metrics(s);
    sync_spent(s, SYNC_CLOSE, from);
    if (s->n_refused > 0)
        s->codes |= EXIT_BIT(EXIT_REFUSED);
    if (stop_signal() != 0 && !s->broken_off)
        cli_error("stopped by %s, when the pass had come to its end", stop_name(stop_signal()));
    bool wait = s->options.wait && !s->broken_off && s->abort_text == NULL && stop_signal() == 0;
    if (wait && s->options.json)
        sync_wait(s);
    /* a failure was told already: only what was written before it is news */
    if (!s->broken_off || s->n_planned > 0 || s->options.json)
        sync_summary(s);
    if (wait && !s->options.json)
        sync_wait(s);
}

/* Nothing is asked: usage or configuration is wrong, and was told already. */
static int
refuse(struct sync *s, const char *why)
{
    s->codes |= EXIT_BIT(EXIT_USAGE);
    s->broken_off = true;
    s->failure_text = g_strdup(why);
    if (s->options.json)
        sync_summary(s);
    (void)cli_flush();
    sync_clear(s);
    return EXIT_USAGE;
}

/* What is wrong with the arguments; NULL: nothing. */
static char *
wrong_usage(struct sync_options *o, int argc, char **argv)
{
    if (argc > 1)
        return g_strdup_printf(N_("sync takes no arguments (\"%s\")"), argv[1]);
    if (o->config != NULL && o->config[0] == '\0')
        return g_strdup(N_("--config: the name of the file is empty"));
    if (o->state_file != NULL && o->state_file[0] == '\0')
        return g_strdup(N_("--state-file: the name of the file is empty"));
    if (o->wait && (o->vms == NULL || o->dry_run))
        return g_strdup(N_("--wait needs --vm, and a pass that writes"));
    if (o->timeout != NULL && !o->wait)
        return g_strdup(N_("--timeout is for --wait"));
    if (o->timeout != NULL && !duration_parse(o->timeout, &o->timeout_s))
        return g_strdup_printf(N_("--timeout: a time such as 30s, 15m or 2h, not \"%s\""), o->timeout);
    return o->record != NULL ? recording_refuse(o->record) : NULL;
}

int
command_sync(int argc, char **argv)
{
    struct sync s = {.began = g_get_monotonic_time() / 1000};
    struct sync_options *o = &s.options;
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o->config, N_("Configuration file"), N_("FILE")},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &o->dry_run,
         N_("Print what would be written as LDIF, write nothing"), NULL},
        {"vm", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->vms,
         N_("Only this VM or template: UUID or its beginning, DN or name (repeatable)"), N_("VM")},
        {"node", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->nodes,
         N_("Write only what belongs to this node (repeatable)"), N_("NODE")},
        {"wait", 0, 0, G_OPTION_ARG_NONE, &o->wait,
         N_("Wait until those of --vm are fresh, and print their status"), NULL},
        {"timeout", 0, 0, G_OPTION_ARG_STRING, &o->timeout, N_("Give up waiting after this, such as 30s"),
         N_("TIME")},
        {"sweep", 0, 0, G_OPTION_ARG_NONE, &o->sweep,
         N_("Look at every running domain for jobs nobody announced"), NULL},
        {"force-budget", 0, 0, G_OPTION_ARG_NONE, &o->force_budget,
         N_("Write even when implausibly many VMs vanished"), NULL},
        {"state-file", 0, 0, G_OPTION_ARG_FILENAME, &o->state_file,
         N_("Use this state file instead of the configured one"), N_("FILE")},
        {"record", 0, 0, G_OPTION_ARG_FILENAME, &o->record,
         N_("Write the complete input of this pass as a case file"), N_("FILE")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, N_("Print the result as JSON"), NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, N_("No progress on a terminal"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (!cli_options(&argc, &argv, "", N_("Reads directory, nodes and front-ends, decides, writes what changed."),
                     N_("Exit status: 0 all well; 1 failed; 2 usage or configuration; 3 done, but something\n"
                        "is stale, or a node or front-end did not answer; 4 statuses are held by the\n"
                        "budget; 5 the directory cannot be used; 6 some writes were refused.  Where\n"
                        "several apply, the first of 2, 5, 1, 4, 6, 3; --json lists all.  With --wait 3\n"
                        "says that one of --vm was not fresh in time, and 1 also that one is gone."), entries, &code)) {
        sync_clear(&s);
        return code;
    }
    g_autofree char *wrong = wrong_usage(o, argc, argv);
    if (wrong != NULL) {
        cli_error("%s", wrong);
        return refuse(&s, wrong);
    }
    s.config = cli_config(o->config, &code);
    if (s.config == NULL)
        return refuse(&s, "the configuration cannot be used");
    s.languages = languages_for(s.config);
    (void)log_open(s.config->log.target, s.config->log.level);
    progress_init(&s.progress, o->quiet || o->json);
    stop_init();
    run(&s);
    if (!cli_flush())
        s.codes |= EXIT_BIT(EXIT_FAILED);
    stop_finish();
    code = s.left_by != 0 ? s.left_by : exit_of(s.codes);
    sync_clear(&s);
    log_close();
    return code;
}
