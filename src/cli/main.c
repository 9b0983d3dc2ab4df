/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync: finds the command and runs it.
 */
#include "config.h"

#include "cli/cli.h"
#include "text/text.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command commands[] = {
    {"sync", N_("read directory and nodes, decide, write what changed"), command_sync},
    {"daemon", N_("keep the statuses right, as things happen"), command_daemon},
    {"list", N_("show the published statuses"), command_list},
    {"report", N_("write the status board, a page for browsers"), command_report},
    {"show", N_("show everything about a virtual machine"), command_show},
    {"top", N_("show what is going on, and follow it"), command_top},
    {"history", N_("show what a virtual machine was, and who changed it"), command_history},
    {"watch", N_("show changes of statuses as they are written"), command_watch},
    {"can", N_("ask whether something may be done to a virtual machine"), command_can},
    {"wait", N_("wait until a virtual machine is as it should be"), command_wait},
    {"announce", N_("say what is about to be done to a virtual machine"), command_announce},
    {"pause", N_("write no statuses for a time"), command_pause},
    {"resume", N_("end a pause"), command_resume},
    {"replay", N_("run case files and show what would be decided"), command_replay},
    {"states", N_("show all words for states and their translation"), command_states},
    {"explain", N_("explain a word for a state, or a virtual machine's status"), command_explain},
    {"findings", N_("show what a person may want to mend"), command_findings},
    {"doctor", N_("look at everything a pass needs, and say what is wrong"), command_doctor},
    {"catalog", N_("show the texts of a language"), command_catalog},
    {"check-config", N_("check a configuration file"), command_check_config},
};

static void
print_help(FILE *out)
{
    fputs(_("Usage: statesync COMMAND [OPTION...]\n\n"
            "Writes into the stoney directory what every virtual machine and template\n"
            "is doing, as the hypervisors of all nodes say.\n\nCommands:\n"),
          out);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        fprintf(out, "  %-14s %s\n", commands[i].name, _(commands[i].summary));
    fputs(_("\nstatesync COMMAND --help explains a command; statesync(1) explains all.\n"
            "--lang=LANGUAGE, with any of them, says it in that language; statesync catalog\n"
            "shows which there are.  statesync --version prints the version.\n"),
          out);
}

/* One thread per node would get a heap of its own each, which nobody fills again. */
static void
limit_heaps(void)
{
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, 4);
#endif
}

/* A descriptor that is closed would be that of the next file or connection, and messages would go
 * there.  What takes its place cannot be written to, so that lost output is noticed. */
static void
keep_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) < 0)
            return;
    }
}

/* Takes --lang LANGUAGE and --lang=LANGUAGE out of the arguments, wherever they stand before "--".
 * False where the language is missing. */
static bool
take_language(int *argc, char **argv, const char **language)
{
    int n = 0;
    bool over = false;

    for (int i = 0; i < *argc; i++) {
        over |= strcmp(argv[i], "--") == 0;
        if (!over && strcmp(argv[i], "--lang") == 0) {
            if (++i == *argc)
                return false;
            *language = argv[i];
        } else if (!over && g_str_has_prefix(argv[i], "--lang=")) {
            *language = argv[i] + strlen("--lang=");
        } else {
            argv[n++] = argv[i];
        }
    }
    argv[n] = NULL;
    *argc = n;
    return true;
}

/* Our texts come out of our own catalogs; those of the libraries follow the locale, and LANGUAGE
 * where there is one. */
static bool
choose_language(int *argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    const char *language = NULL;

    if (!take_language(argc, argv, &language)) {
        (void)text_choose(NULL, NULL);
        cli_error("--lang needs a language, such as de");
        return false;
    }
    if (language != NULL) {
        g_autofree char *name = g_strdelimit(g_strdup(language), "-", '_');
        (void)g_setenv("LANGUAGE", name, TRUE);
    }
    setlocale(LC_ALL, "");
    if (text_choose(language, &error))
        return true;
    (void)text_choose(NULL, NULL);
    cli_error("--lang: %s (statesync catalog shows which there are)", error->message);
    return false;
}

int
main(int argc, char **argv)
{
    keep_standard_descriptors();
    limit_heaps();
    if (!choose_language(&argc, argv))
        return EXIT_USAGE;
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0
        || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return cli_flush() ? EXIT_WELL : EXIT_FAILED;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("statesync " PACKAGE_VERSION);
        return cli_flush() ? EXIT_WELL : EXIT_FAILED;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    cli_error("there is no command \"%s\" (see statesync --help)", argv[1]);
    return EXIT_USAGE;
}
