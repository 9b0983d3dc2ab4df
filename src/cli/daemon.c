/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync daemon: the body that keeps running, in the foreground.
 */
#include "config.h"

#include "cli/cli.h"
#include "daemon/daemon.h"
#include "log/log.h"

int
command_daemon(int argc, char **argv)
{
    g_autofree char *path = NULL;
    g_autofree char *state_file = NULL;
    g_autoptr(GError) error = NULL;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, N_("Configuration file"), N_("FILE")},
        {"state-file", 0, 0, G_OPTION_ARG_FILENAME, &state_file,
         N_("Use this state file instead of the configured one"), N_("FILE")},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    int code = EXIT_WELL;

    daemon_ignore_hints();
    if (!cli_options(&argc, &argv, "", N_("Keeps the statuses in the directory right, as things happen."),
                     N_("Runs in the foreground until SIGTERM.  SIGHUP loads the configuration anew (one\n"
                        "that is not valid is not used), SIGUSR1 reads directory and nodes anew.\n\n"
                        "Exit status: 0 stopped as told; 1 could not start; 2 usage or configuration."), entries, &code))
        return code;
    if (argc > 1) {
        cli_error("daemon takes no argument \"%s\" (see statesync daemon --help)", argv[1]);
        return EXIT_USAGE;
    }
    struct config *config = cli_config(path, &code);
    if (config == NULL)
        return code;
    (void)log_open(config->log.target, config->log.level);
    const struct daemon_options options = {.config_path = path, .state_file = state_file};
    bool elsewhere = config->log.target == LOG_TARGET_SYSLOG || config->log.target == LOG_TARGET_JOURNAL;
    if (!daemon_run(&options, config, &error)) {
        if (elsewhere) /* whoever reads only there has to know, too */
            log_event(LOG_LEVEL_ERROR, "the daemon cannot start, no status is kept right until it does",
                      "error", error->message, NULL);
        cli_error("%s", error->message);
        code = EXIT_FAILED;
    }
    log_close();
    return code;
}
