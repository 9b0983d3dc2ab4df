/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of the body: start, signals, the tick, stop.
 */
#include "config.h"

#include "daemon/inside.h"

#include "daemon/plan.h"
#include "daemon/process.h"
#include "log/log.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>

#define TICK_MS 1000
#define SAVE_MS 10000       /* between two looks whether there is something new to remember */
#define STOP_LIMIT_MS 4000  /* for answers that are outstanding when we are to stop */
#define HEALTH_INTERVALS 3  /* without completed work: not healthy */

gint64
now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

struct pace_limits
daemon_pace(const struct daemon *d)
{
    return (struct pace_limits){
        .coalesce = d->config->daemon.coalesce_ms,
        .progress = (gint64)d->config->daemon.progress_interval_s * 1000,
    };
}

void
daemon_progressed(struct daemon *d)
{
    if (d->http != NULL)
        http_feed(d->http);
    gint64 interval = notify_watchdog_interval(d->notify);
    if (interval == 0 || now_ms() - d->fed_at < interval / 2)
        return;
    d->fed_at = now_ms();
    notify_watchdog(d->notify);
}

void
daemon_status(struct daemon *d)
{
    static const char *const words[] = {
        [PHASE_DIRECTORY] = "reading the directory",
        [PHASE_NODES] = "asking the nodes",
        [PHASE_RUNNING] = "running",
        [PHASE_STOPPING] = "stopping",
    };
    const char *state = words[d->phase];

    if (d->phase == PHASE_RUNNING) {
        state = d->connection == NULL ? "the directory cannot be reached"
                : d->paused           ? "paused"
                : d->standing_by      ? "standing by: another body holds the lease"
                                      : state;
    }
    g_autofree char *line
        = g_strdup_printf("%s; %u VMs and templates, %u nodes", state, engine_entries(d->engine),
                          g_hash_table_size(d->nodes));
    notify_status(d->notify, line);
}

/* --- memory on disk ------------------------------------------------------------------ */

static void
save(struct daemon *d)
{
    g_autoptr(GError) error = NULL;

    d->save_at = now_ms() + SAVE_MS;
    if (!statestore_save(d->store, d->engine, false, &error))
        log_event(LOG_LEVEL_ERROR, "the state file cannot be written, what is remembered is lost "
                                   "at the next start", "error", error->message, NULL);
}

/* --- the tick -------------------------------------------------------------------------- */

/* Where something was written or judged, metrics tell within a second. */
static void
count(struct daemon *d)
{
    struct engine_totals totals;

    if (d->counted)
        return;
    d->counted = true;
    engine_totals(d->engine, &totals);
    metrics_set_totals(d->metrics, &totals);
    if (d->held > 0 && totals.n_held == 0)
        log_event(LOG_LEVEL_NOTICE, "nothing is held by the budget any more, what the nodes say is "
                                    "written", "held_before", LOG_INT(d->held), NULL);
    d->held = totals.n_held;
}

/* A storm of events heaps up answers; the C library keeps their memory when they are gone. */
static void
trim(struct daemon *d, gint64 now)
{
    if (!process_trim_due(now, d->event_at, d->trimmed_at))
        return;
    d->event_at = 0;
    d->trimmed_at = now;
    process_trim();
}

static gboolean
tick(gpointer data)
{
    struct daemon *d = data;
    gint64 now = now_ms();

    if (d->phase == PHASE_STOPPING)
        return G_SOURCE_CONTINUE;
    mirror_tick(d);
    nodes_tick(d, now);
    frontends_tick(d, now);
    lease_clock(d);
    lease_tick(d, now);
    send_prune(d, now);
    alarms_tell(d->alarms, now);
    refusals_tell(d->refusals, now, "writes were refused, the next reconcile tries them again");
    count(d);
    trim(d, now);
    if (d->phase == PHASE_RUNNING && now >= d->save_at)
        save(d);
    if (g_hash_table_size(d->nodes) == 0 && d->live)
        daemon_progressed(d); /* there is no work to complete */
    return G_SOURCE_CONTINUE;
}

/* --- stop ----------------------------------------------------------------------------------- */

static gboolean
leave(gpointer data)
{
    struct daemon *d = data;

    if (service_may_send(d->service))
        log_event(LOG_LEVEL_WARNING, "the lease could not be given back, it expires by itself",
                  "error", "the directory did not answer in time", NULL);
    g_main_loop_quit(d->loop);
    return G_SOURCE_REMOVE;
}

static void
on_given_back(struct service *s, const GError *error, void *data)
{
    struct daemon *d = data;

    (void)s;
    if (error != NULL)
        log_event(LOG_LEVEL_WARNING, "the lease could not be given back, it expires by itself",
                  "error", error->message, NULL);
    g_main_loop_quit(d->loop);
}

/* Answers that are outstanding are waited for, then the lease is given back. */
static gboolean
stop_when_answered(gpointer data)
{
    struct daemon *d = data;

    if (g_hash_table_size(d->flying) > 0 && d->connection != NULL)
        return G_SOURCE_CONTINUE;
    if (mirror_end(d))
        return G_SOURCE_CONTINUE;
    if (!lease_give_back(d, on_given_back) && !service_is_busy(d->service))
        g_main_loop_quit(d->loop);
    else if (service_is_busy(d->service))
        return G_SOURCE_CONTINUE;
    return G_SOURCE_REMOVE;
}

/* The order matters: listening ends first, so that the guests that go down with the machine are
 * nobody's news; no verdict after that. */
static gboolean
stop(gpointer data)
{
    struct daemon *d = data;

    if (d->phase == PHASE_STOPPING)
        return G_SOURCE_CONTINUE;
    bool was_running = d->phase == PHASE_RUNNING;
    d->phase = PHASE_STOPPING;
    alarms_tell(d->alarms, G_MAXINT64); /* what waits or was dropped is told before the end */
    log_forget();
    log_event(LOG_LEVEL_NOTICE, "stopping", "unanswered", LOG_INT(g_hash_table_size(d->flying)),
              NULL);
    notify_stopping(d->notify, "stopping");
    nodes_end(d);
    hypervisor_end(d->hypervisor);
    frontends_end(d);
    decide_stop(d);
    (void)mirror_end(d);
    send_drop_queued(d);
    if (was_running)
        save(d);
    g_timeout_add(STOP_LIMIT_MS, leave, d);
    g_timeout_add(10, stop_when_answered, d);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup(gpointer data)
{
    struct daemon *d = data;

    if (d->phase != PHASE_STOPPING) {
        log_forget();
        reload_config(d);
        mirror_retry(d); /* what was mended may be outside the file: a password, a server */
    }
    return G_SOURCE_CONTINUE;
}

static gboolean
on_usr1(gpointer data)
{
    struct daemon *d = data;

    log_forget();
    log_event(LOG_LEVEL_NOTICE, "asked to read everything anew", NULL);
    mirror_resync(d);
    nodes_resync(d);
    return G_SOURCE_CONTINUE;
}

/* --- start ------------------------------------------------------------------------------------ */

struct engine_options
daemon_engine_options(struct daemon *d)
{
    const struct config *config = d->config;
    unsigned n_languages;
    const struct engine_language *languages = languages_list(d->languages, &n_languages);

    return (struct engine_options){
        .languages = languages,
        .n_languages = n_languages,
        .limits = config->limits,
        .repair_mode = config->repair.repair_mode,
        .repair_streams = config->repair.repair_streams,
        .agent = config->frozen.agent,
        .owns = nodes_shared(config) ? nodes_owns : NULL,
        .owns_data = d,
    };
}

void
daemon_open_hypervisor(struct daemon *d)
{
    const struct config *config = d->config;
    const struct hypervisor_options options = {
        .deadline_ms = (unsigned)config->nodes.deadline_s * 1000,
        .look_deadline_ms = (unsigned)config->nodes.look_deadline_s * 1000,
        .probe_deadline_ms = (unsigned)config->nodes.look_deadline_s * 1000,
        .agent = config->frozen.agent,
        .keepalive_s = (unsigned)config->nodes.keepalive_interval_s,
    };

    d->hypervisor = hypervisor_new(&options);
    hypervisor_set_listener(d->hypervisor, hints_event, d);
}

static bool
remember(struct daemon *d, GError **error)
{
    const struct engine_options options = daemon_engine_options(d);

    d->engine = engine_new(&options);
    d->store = statestore_new(d->state_file != NULL ? d->state_file : d->config->sync.state_file);
    return statestore_load(d->store, d->engine, statestore_now(), false, error);
}

void
daemon_unlisten(struct daemon *d)
{
    g_clear_pointer(&d->http, http_free);
    g_clear_pointer(&d->shown, live_free); /* the server asked it */
    g_clear_pointer(&d->to_show, g_array_unref);
}

gint64
daemon_health_limit(const struct daemon *d)
{
    return (gint64)d->config->daemon.interval_s * 1000 * HEALTH_INTERVALS;
}

bool
daemon_listen(struct daemon *d, GError **error)
{
    bool board = d->config->metrics.listen != NULL && d->config->metrics.board;

    if (!board)
        g_clear_pointer(&d->trail, trail_free);
    else if (d->trail == NULL)
        d->trail = trail_new(g_get_real_time() / G_USEC_PER_SEC);
    if (d->config->metrics.listen == NULL)
        return true;
    if (board)
        d->shown = live_new(&(struct live_maker){daemon_board, daemon_board_more, d});
    const struct http_options options = {
        .listen = d->config->metrics.listen,
        .metrics = d->metrics,
        .live = d->shown,
        .health_limit = daemon_health_limit(d),
    };

    d->http = http_new(&options, error);
    if (d->http == NULL) {
        daemon_unlisten(d);
        return false;
    }
    log_event(LOG_LEVEL_INFO, "metrics are served", "listen", options.listen, "port",
              LOG_INT(http_port(d->http)), NULL);
    return true;
}

static bool
start(struct daemon *d, GError **error)
{
    g_autofree char *problem = NULL;

    d->notify = notify_new(&problem);
    if (problem != NULL)
        log_event(LOG_LEVEL_WARNING, "the service manager is not told how we are, going on without",
                  "why", problem, NULL);
    if (d->config->daemon.pid_file != NULL) {
        d->pidfile = pidfile_take(d->config->daemon.pid_file, error);
        if (d->pidfile == NULL)
            return false;
    }
    if (!daemon_listen(d, error) || !remember(d, error))
        return false;
    daemon_open_hypervisor(d);
    frontends_plan(d);
    mirror_start(d);
    return true;
}

static struct daemon *
daemon_new(const struct daemon_options *options, struct config *config)
{
    struct daemon *d = g_new0(struct daemon, 1);

    d->config = config;
    d->languages = languages_for(config);
    d->config_path = g_strdup(options->config_path != NULL ? options->config_path
                                                           : CONFIG_DEFAULT_PATH);
    d->state_file = g_strdup(options->state_file);
    d->loop = g_main_loop_new(NULL, FALSE);
    d->metrics = metrics_new();
    d->alarms = alarms_new();
    d->refusals = refusals_new();
    d->nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, nodes_free);
    d->frontends = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, frontends_free);
    d->arrivals = g_hash_table_new_full(uuid_hash, uuid_equal_key, g_free, g_free);
    d->writings = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, send_free_writing);
    d->waiting = g_hash_table_new(NULL, NULL);
    d->flying = g_hash_table_new_full(NULL, NULL, send_free_change, NULL);
    g_queue_init(&d->queue);
    return d;
}

static void
daemon_free(struct daemon *d)
{
    decide_stop(d);
    hypervisor_free(d->hypervisor);
    if (d->where != NULL)
        mirror_stop(d);
    daemon_unlisten(d);
    if (d->notify != NULL)
        notify_free(d->notify);
    if (d->pidfile != NULL)
        pidfile_release(d->pidfile);
    g_hash_table_unref(d->nodes);
    g_hash_table_unref(d->frontends);
    g_hash_table_unref(d->arrivals);
    g_hash_table_unref(d->waiting);
    g_hash_table_unref(d->writings);
    g_queue_clear(&d->queue);
    g_hash_table_unref(d->flying);
    if (d->requests != NULL)
        g_ptr_array_unref(d->requests);
    others_forget(d);
    engine_free(d->engine);
    languages_free(d->languages);
    statestore_free(d->store);
    metrics_free(d->metrics);
    alarms_free(d->alarms);
    refusals_free(d->refusals);
    trail_free(d->trail);
    config_free(d->config);
    g_main_loop_unref(d->loop);
    g_free(d->config_path);
    g_free(d->state_file);
    g_free(d);
}

void
daemon_ignore_hints(void)
{
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGUSR1, SIG_IGN);
}

bool
daemon_run(const struct daemon_options *options, struct config *config, GError **error)
{
    process_part_heap();
    struct daemon *d = daemon_new(options, config);
    bool started = start(d, error);
    guint sources[5] = {0};

    if (started) {
        log_event(LOG_LEVEL_NOTICE, "started", "version", PACKAGE_VERSION, "config",
                  d->config_path, NULL);
        notify_ready(d->notify, "reading the directory");
        sources[0] = g_unix_signal_add(SIGTERM, stop, d);
        sources[1] = g_unix_signal_add(SIGINT, stop, d);
        sources[2] = g_unix_signal_add(SIGHUP, on_hangup, d);
        sources[3] = g_unix_signal_add(SIGUSR1, on_usr1, d);
        sources[4] = g_timeout_add(TICK_MS, tick, d);
        g_main_loop_run(d->loop);
        for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
            g_source_remove(sources[i]);
        (void)signal(SIGTERM, SIG_IGN); /* we are on our way already */
        (void)signal(SIGINT, SIG_IGN);
        daemon_ignore_hints();
        log_event(LOG_LEVEL_NOTICE, "stopped", NULL);
    }
    daemon_free(d);
    return started;
}
