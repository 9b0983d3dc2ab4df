/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync pause, resume: whether anything is written.  It stands in the
 * service entry, so it counts for every body on every machine.
 */
#include "config.h"

#include "cli/pause.h"

#include "cli/cli.h"
#include "cli/duration.h"
#include "cli/find.h"
#include "directory/capability.h"
#include "directory/connection.h"
#include "directory/from_config.h"
#include "directory/result.h"

#include <stdio.h>

static char *
until_text(int64_t until, const char *reason)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(until);
    g_autofree char *text
        = time != NULL ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S UTC") : g_strdup(N_("ever"));

    return reason != NULL ? g_strdup_printf(N_("paused until %s because %s"), text, reason)
                          : g_strdup_printf(N_("paused until %s"), text);
}

char *
pause_text(const struct service_state *state, int64_t now)
{
    return service_state_paused(state, now) ? until_text(state->pause_until, state->pause_reason)
                                            : NULL;
}

struct site {
    struct config *config;
    struct directory_options *where;
    struct directory_connection *connection;
    struct service *service;
};

static void
site_close(struct site *s)
{
    service_free(s->service);
    directory_connection_close(s->connection);
    directory_options_free(s->where);
    config_free(s->config);
}

static bool
site_open(struct site *s, const char *path, int *code)
{
    g_autoptr(GError) error = NULL;

    s->config = cli_config(path, code);
    if (s->config == NULL)
        return false;
    s->where = directory_options_from_config(s->config);
    s->connection = directory_connection_open(s->where, NULL, &error);
    if (s->connection == NULL || !capability_check_schema(s->connection, &error)) {
        finder_complain(error);
        *code = EXIT_DIRECTORY;
        return false;
    }
    s->service = service_new(s->connection, s->where->service_dn, s->where->lease);
    return true;
}

static int
code_of(const GError *error)
{
    return directory_error_class(error) == DIRECTORY_DENIED ? EXIT_REFUSED : EXIT_DIRECTORY;
}

/* The state of the service entry, which is made where it is missing. */
static struct service_state *
read_state(struct site *s, GError **error)
{
    g_autoptr(GError) failure = NULL;
    struct service_state *state = service_read(s->service, &failure);

    if (state == NULL && directory_error_class(failure) == DIRECTORY_ABSENT)
        return service_ensure(s->service, error) ? service_read(s->service, error) : NULL;
    if (state == NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    return state;
}

/* Sets the pause, or ends it (until 0), and says what was before and is now. */
static int
set_pause(struct site *s, int64_t until, const char *why)
{
    g_autoptr(GError) error = NULL;
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    CLEANUP(service_state_free) struct service_state *before = read_state(s, &error);
    g_autofree char *was = before != NULL ? pause_text(before, now) : NULL;

    if (before == NULL || !service_pause(s->service, until, why, &error)) {
        finder_complain(error);
        return code_of(error);
    }
    if (until > 0) {
        g_autofree char *is = until_text(until, why);

        if (was != NULL)
            cli_say("%s (it was %s)", is, was);
        else
            cli_say("%s", is);
    } else if (was != NULL) {
        cli_say("goes on (it was %s)", was);
    } else {
        cli_say("was not paused");
    }
    return cli_flush() ? EXIT_WELL : EXIT_FAILED;
}

int
command_pause(int argc, char **argv)
{
    g_autofree char *path = NULL;
    g_autofree char *why = NULL;
    struct site s = {0};
    int64_t seconds;
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, N_("Configuration file"), N_("FILE")},
        {"why", 'w', 0, G_OPTION_ARG_STRING, &why, N_("The reason, for everybody to read"), N_("TEXT")},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (!cli_options(&argc, &argv, N_("TIME"),
                     N_("Stops all writing of statuses, of every body, for a time such as 90s, 15m, "
                     "2h or 1d."),
                     N_("Nodes are still asked. A second pause takes the place of the first.\n"
                     "Exit status: 0 done, 1 failed, 2 usage or configuration, 5 the directory cannot\n"
                     "be used, 6 it refused."),
                     entries, &code))
        return code;
    if (argc != 2 || !duration_parse(argv[1], &seconds)) {
        if (argc > 1)
            cli_error("pause takes a time such as 90s, 15m, 2h or 1d, 365d at most (\"%s\")",
                      argv[argc - 1]);
        else
            cli_error("pause takes a time such as 90s, 15m, 2h or 1d, 365d at most");
        return EXIT_USAGE;
    }
    if (site_open(&s, path, &code))
        code = set_pause(&s, g_get_real_time() / G_USEC_PER_SEC + seconds,
                         why != NULL && *why != '\0' ? why : NULL);
    site_close(&s);
    return code;
}

int
command_resume(int argc, char **argv)
{
    g_autofree char *path = NULL;
    struct site s = {0};
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, N_("Configuration file"), N_("FILE")},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (!cli_options(&argc, &argv, "", N_("Ends a pause: statuses are written again."),
                     N_("Exit status: 0 done, 1 failed, 2 usage or configuration, 5 the directory cannot\n"
                     "be used, 6 it refused."),
                     entries, &code))
        return code;
    if (argc > 1) {
        cli_error("resume takes no arguments (\"%s\")", argv[1]);
        return EXIT_USAGE;
    }
    if (site_open(&s, path, &code))
        code = set_pause(&s, 0, NULL);
    site_close(&s);
    return code;
}
