/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/cli.h"
#include "text/text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* SIGPIPE had its default action before a connection to a directory changed it. */
static bool pipe_kills;

static void
note_sigpipe(void)
{
    struct sigaction now;

    pipe_kills = sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL;
}

/* GLib's own words follow the locale: where that has none, they come out of our catalog. */
static void
print_help(const char *help)
{
    static const char *const words[] = {N_("Usage:"), N_("[OPTION…]"), N_("Options:")};
    g_autoptr(GString) text = g_string_new(help);

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        char *at = strstr(text->str, words[i]);
        if (at == NULL || (at > text->str && at[-1] != '\n' && *words[i] != '['))
            continue;
        gssize place = at - text->str;
        g_string_erase(text, place, (gssize)strlen(words[i]));
        g_string_insert(text, place, _(words[i]));
    }
    fputs(text->str, stdout);
}

/* The same of what it says about wrong options. */
static void
messages_of_glib(void)
{
    MADE_("Unknown option %s");
    MADE_("Missing argument for %s");
    MADE_("Error parsing option %s");
    MADE_("No such file or directory");
    MADE_("Permission denied");
}

static const char *
translate(const char *text, void *data)
{
    (void)data;
    return *text != '\0' ? text_get(text) : text;
}

/* GLib keeps the "--" where an operand behind it begins with a dash: it gets what stands before. */
static bool
parse(GOptionContext *context, int *argc, char **argv, GError **error)
{
    int all = *argc;
    int before = 0;

    while (before < all && strcmp(argv[before], "--") != 0)
        before++;
    *argc = before;
    if (!g_option_context_parse(context, argc, &argv, error))
        return false;
    for (int i = before + 1; i < all; i++)
        argv[(*argc)++] = argv[i];
    argv[*argc] = NULL;
    return true;
}

bool
cli_options(int *argc, char ***argv, const char *usage, const char *summary,
            const char *description, const GOptionEntry *entries, int *code)
{
    g_autoptr(GOptionContext) context = g_option_context_new(usage);
    g_autoptr(GError) error = NULL;

    note_sigpipe();
    messages_of_glib();
    g_option_context_set_translate_func(context, translate, NULL, NULL);
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_group_set_translate_func(g_option_context_get_main_group(context), translate, NULL,
                                      NULL);
    g_option_context_set_help_enabled(context, FALSE);
    for (int i = 1; i < *argc && strcmp((*argv)[i], "--") != 0; i++) {
        if (strcmp((*argv)[i], "--help") == 0 || strcmp((*argv)[i], "-h") == 0) {
            g_autofree char *program = g_strdup_printf("statesync %s", (*argv)[0]);
            g_set_prgname(program);
            g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
            print_help(help);
            *code = cli_flush() ? EXIT_WELL : EXIT_FAILED;
            return false;
        }
    }
    if (parse(context, argc, *argv, &error))
        return true;
    cli_error("%s (see statesync %s --help)", error->message, (*argv)[0]);
    *code = EXIT_USAGE;
    return false;
}

/* In the reader's language, line by line without what a terminal would obey: names and statuses are
 * other people's texts. */
static char *
readable(const char *text)
{
    g_autofree char *own = text_of(text);
    g_auto(GStrv) lines = g_strsplit(own, "\n", -1);

    for (char **line = lines; *line != NULL; line++) {
        char *clean = cli_printable(*line, G_MAXUINT);
        g_free(*line);
        *line = clean;
    }
    return g_strjoinv("\n", lines);
}

void
cli_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *own = readable(text);
    fprintf(stderr, "statesync: %s\n", own);
}

static void G_GNUC_PRINTF(2, 0)
print_line(const char *beginning, const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(format, args);
    g_autofree char *own = readable(text);

    printf("%s%s\n", beginning, own);
}

void
cli_say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_line("statesync: ", format, args);
    va_end(args);
}

void
cli_line(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_line("", format, args);
    va_end(args);
}

struct config *
cli_config(const char *path, int *code)
{
    g_autoptr(GPtrArray) problems = config_problems_new();
    g_autoptr(GError) error = NULL;

    if (path == NULL)
        path = CONFIG_DEFAULT_PATH;
    struct config *config = config_load(path, problems, &error);
    (void)config_check_print(problems, stderr);
    if (config == NULL) {
        if (config_problems_errors(problems) == 0)
            cli_error("%s", error->message);
        *code = EXIT_USAGE;
    }
    return config;
}

/* Nearly all texts are: no need to look at each character twice. */
bool
cli_is_plain(const char *text, unsigned max)
{
    unsigned i = 0;

    for (; text[i] != '\0' && i < max; i++) {
        if (!g_ascii_isprint(text[i]))
            return false;
    }
    return text[i] == '\0';
}

char *
cli_printable(const char *text, unsigned max)
{
    if (cli_is_plain(text, max))
        return g_strdup(text);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_new(NULL);
    const char *p = valid;

    for (unsigned i = 0; *p != '\0' && i < max; i++) {
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(out, g_unichar_isprint(c) ? c : '?');
        p += g_utf8_skip[(guchar)*p];
    }
    if (*p != '\0')
        g_string_append(out, "...");
    return g_string_free(out, FALSE);
}

char *
cli_time(gint64 seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;

    if (seconds < 0 || gmtime_r(&t, &tm) == NULL || tm.tm_year + 1900 > 9999)
        return NULL;
    return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                           tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

bool
cli_on_terminal(void)
{
    return isatty(STDERR_FILENO) == 1;
}

bool
cli_stdout_width(unsigned *width)
{
    struct winsize size = {0};

    if (isatty(STDOUT_FILENO) != 1)
        return false;
    if (width != NULL)
        *width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    return true;
}

bool
cli_wants_colour(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return (no == NULL || *no == '\0') && term != NULL && *term != '\0'
           && strcmp(term, "dumb") != 0;
}

void
cli_only_prints(void)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};

    if (pipe_kills)
        sigaction(SIGPIPE, &by_default, NULL);
}

bool
cli_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    cli_error("cannot write the output: %s", g_strerror(errno));
    return false;
}
