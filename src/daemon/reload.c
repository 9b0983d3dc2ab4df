/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new configuration beside the old one: swapped only if it is valid, and
 * only what it changes is begun anew.
 */
#include "config.h"

#include "daemon/inside.h"

#include "directory/from_config.h"
#include "log/log.h"

#include <string.h>

static bool
same_list(char **a, char **b)
{
    return a == b
           || (a != NULL && b != NULL
               && g_strv_equal((const char *const *)a, (const char *const *)b));
}

static bool
same_directory(const struct config_directory *a, const struct config_directory *b)
{
    return same_list(a->uri, b->uri) && g_strcmp0(a->vm_base, b->vm_base) == 0
           && g_strcmp0(a->node_base, b->node_base) == 0
           && g_strcmp0(a->service_dn, b->service_dn) == 0 && a->bind == b->bind
           && g_strcmp0(a->bind_dn, b->bind_dn) == 0
           && g_strcmp0(a->password_file, b->password_file) == 0 && a->starttls == b->starttls
           && g_strcmp0(a->tls_ca, b->tls_ca) == 0 && g_strcmp0(a->tls_cert, b->tls_cert) == 0
           && g_strcmp0(a->tls_key, b->tls_key) == 0
           && a->network_timeout_s == b->network_timeout_s && a->timeout_s == b->timeout_s
           && a->window == b->window;
}

/* What belongs to all connections to nodes. */
static bool
same_hypervisor(const struct config *a, const struct config *b)
{
    return a->nodes.look_deadline_s == b->nodes.look_deadline_s
           && a->nodes.deadline_s == b->nodes.deadline_s
           && a->nodes.keepalive_interval_s == b->nodes.keepalive_interval_s
           && a->frozen.agent == b->frozen.agent;
}

static void
reopen_nodes(struct daemon *d)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, d->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        engine_unobserve(d->engine, ((struct body_node *)value)->name);
    nodes_end(d);
    hypervisor_free(d->hypervisor);
    d->first_looks = 0;
    daemon_open_hypervisor(d);
}

static void
relisten(struct daemon *d)
{
    g_autoptr(GError) error = NULL;

    daemon_unlisten(d);
    if (!daemon_listen(d, &error))
        log_event(LOG_LEVEL_ERROR, "metrics cannot be served at the new address, going on without",
                  "error", error->message, NULL);
    lease_clock(d);
}

static void
swap(struct daemon *d, struct config *config)
{
    struct config *old = d->config;
    bool directory = !same_directory(&old->directory, &config->directory);
    bool hypervisor = !same_hypervisor(old, config);
    bool listen = g_strcmp0(old->metrics.listen, config->metrics.listen) != 0
                  || old->metrics.board != config->metrics.board;

    others_forget(d);
    d->config = config;
    config_free(old);
    struct languages *spoken = d->languages;
    d->languages = languages_for(config);
    const struct engine_options options = daemon_engine_options(d);
    engine_set_options(d->engine, &options);
    languages_free(spoken);
    (void)log_open(config->log.target, config->log.level);
    if (listen)
        relisten(d);
    else if (d->http != NULL)
        http_set_health_limit(d->http, daemon_health_limit(d));
    mirror_set_lease(d);
    frontends_plan(d);
    if (hypervisor)
        reopen_nodes(d);
    if (directory) {
        mirror_restart(d);
        return;
    }
    if (d->phase == PHASE_RUNNING && hypervisor)
        d->phase = PHASE_NODES; /* a first pass over new connections */
    if (d->phase == PHASE_NODES)
        frontends_read(d);
    if (d->phase != PHASE_DIRECTORY)
        nodes_plan_again(d);
    engine_touch_all(d->engine);
    decide_soon(d);
}

static void
tell_problems(const GPtrArray *problems)
{
    for (guint i = 0; i < problems->len; i++) {
        const struct config_problem *p = g_ptr_array_index(problems, i);
        g_autofree char *text = config_problem_text(p);
        bool error = p->severity == CONFIG_PROBLEM_ERROR;

        log_event(error ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
                  error ? "problem in the new configuration"
                        : "remark on the new configuration", "at", text, NULL);
    }
}

void
reload_config(struct daemon *d)
{
    g_autoptr(GPtrArray) problems = config_problems_new();
    g_autoptr(GError) error = NULL;

    notify_reloading(d->notify);
    struct config *config = config_load(d->config_path, problems, &error);
    tell_problems(problems);
    if (config == NULL) {
        log_event(LOG_LEVEL_ERROR, "the new configuration is not used, the old one stays", "error",
                  error->message, NULL);
    } else {
        swap(d, config);
        log_event(LOG_LEVEL_NOTICE, "configuration loaded anew", "config", d->config_path, NULL);
    }
    notify_ready(d->notify, "running");
    daemon_status(d);
}
