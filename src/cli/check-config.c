/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync check-config: every problem of a configuration file, with file and line.
 */
#include "config.h"

#include "cli/cli.h"

#include <stdio.h>

int
command_check_config(int argc, char **argv)
{
    g_autofree char *option = NULL;
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &option, N_("The file to check"), N_("FILE")},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (!cli_options(&argc, &argv, N_("[FILE]"),
                     N_("Checks a configuration file and prints every problem with its line."),
                     N_("Exit status: 0 when the file can be used (warnings are possible), 2 when "
                     "not.\nNothing is connected to."),
                     entries, &code))
        return code;
    if (argc > 2 || (argc == 2 && option != NULL)) {
        cli_error("check-config takes one file");
        return EXIT_USAGE;
    }
    const char *path = argc == 2 ? argv[1] : option != NULL ? option : CONFIG_DEFAULT_PATH;
    g_autoptr(GPtrArray) problems = config_problems_new();
    g_autoptr(GError) error = NULL;
    struct config *config = config_load(path, problems, &error);
    bool usable = config_check_print(problems, stdout) && config != NULL;
    if (config == NULL && config_problems_errors(problems) == 0)
        cli_line("%s: error: %s", path, error->message);
    config_free(config);
    if (usable)
        cli_line("%s: can be used", path);
    if (!cli_flush())
        return EXIT_FAILED;
    return usable ? EXIT_WELL : EXIT_USAGE;
}
