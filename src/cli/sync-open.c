/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a pass is made of: directory, nodes, front-ends, an engine that remembers.
 */
#include "config.h"

#include "cli/sync.h"

#include "cli/find.h"
#include "cli/stop.h"
#include "daemon/plan.h"
#include "directory/capability.h"
#include "directory/result.h"

void
sync_clear(struct sync *s)
{
    progress_clear(&s->progress);
    hypervisor_free(s->hypervisor);
    if (s->frontends != NULL)
        g_ptr_array_unref(s->frontends);
    if (s->answers != NULL)
        g_ptr_array_unref(s->answers);
    service_free(s->service);
    directory_connection_close(s->connection);
    directory_options_free(s->where);
    engine_free(s->engine);
    languages_free(s->languages);
    statestore_free(s->store);
    recording_free(s->recording);
    metrics_free(s->metrics);
    config_free(s->config);
    if (s->plans != NULL)
        g_ptr_array_unref(s->plans);
    if (s->observations != NULL)
        g_ptr_array_unref(s->observations);
    if (s->vms != NULL)
        g_ptr_array_unref(s->vms);
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
    g_free(s->memory_text);
    if (s->heard != NULL)
        g_hash_table_unref(s->heard);
    g_free(s->options.config);
    g_free(s->options.state_file);
    g_free(s->options.record);
    g_free(s->options.timeout);
    g_strfreev(s->options.vms);
    g_strfreev(s->options.nodes);
}

static void
unref_observation(gpointer o)
{
    observation_unref(o);
}

/* A signal: nobody waits for nodes and front-ends any more. */
static void
on_stop(void *data)
{
    struct sync *s = data;

    hypervisor_end(s->hypervisor);
    sync_end_frontends(s);
}

void
sync_prepare(struct sync *s)
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
    sync_open_frontends(s);
    stop_on_signal(on_stop, s);
    s->where = directory_options_from_config(config);
    if (config->metrics.textfile != NULL && !s->options.dry_run) {
        s->metrics = metrics_new();
        metrics_continue(s->metrics, config->metrics.textfile);
    }
}

static bool
owns(const char *node, void *data)
{
    const struct sync *s = data;

    return nodes_owned(s->config, node);
}

bool
sync_remember(struct sync *s, GError **error)
{
    const struct config *config = s->config;
    unsigned n_languages;
    const struct engine_language *languages = languages_list(s->languages, &n_languages);
    const struct engine_options options = {
        .languages = languages,
        .n_languages = n_languages,
        .limits = config->limits,
        .force_budget = s->options.force_budget,
        .repair_mode = config->repair.repair_mode,
        .repair_streams = config->repair.repair_streams,
        .agent = config->frozen.agent,
        .owns = nodes_shared(config) ? owns : NULL,
        .owns_data = s,
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

bool
sync_connect(struct sync *s, GError **error)
{
    s->connection = directory_connection_open(s->where, NULL, error);
    if (s->connection == NULL || !capability_check_schema(s->connection, error))
        return false;
    s->service = service_new(s->connection, s->where->service_dn, s->where->lease);
    return true;
}

void
sync_heard(struct sync *s, const char *kind, const char *name)
{
    gint64 now = g_get_monotonic_time();
    g_autofree char *key = g_ascii_strdown(name, -1);

    if (s->heard != NULL)
        g_hash_table_insert(s->heard, g_strconcat(kind, key, NULL), g_memdup2(&now, sizeof(now)));
}

enum exit_code
sync_code_of(const GError *error)
{
    if (error->domain == G_OPTION_ERROR || error->domain == FIND_ERROR)
        return EXIT_USAGE;
    if (error->domain != DIRECTORY_ERROR)
        return EXIT_FAILED;
    if (error->code == DIRECTORY_CODE_LEASE_HELD || error->code == DIRECTORY_CODE_NO_LEASE)
        return EXIT_FAILED;
    return EXIT_DIRECTORY;
}
