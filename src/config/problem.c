/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/problem.h"

#include "text/text.h"

#include <string.h>

static void
problem_free(void *data)
{
    struct config_problem *problem = data;

    g_free(problem->file);
    g_free(problem->text);
    g_free(problem);
}

GPtrArray *
config_problems_new(void)
{
    return g_ptr_array_new_with_free_func(problem_free);
}

void
config_problem_add(GPtrArray *problems, enum config_severity severity, const char *file,
                   unsigned line, const char *format, ...)
{
    struct config_problem *problem;
    va_list args;

    if (problems == NULL)
        return;
    problem = g_new0(struct config_problem, 1);
    problem->severity = severity;
    problem->file = g_strdup(file);
    problem->line = line;
    va_start(args, format);
    problem->text = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(problems, problem);
}

guint
config_problems_errors(const GPtrArray *problems)
{
    guint n = 0;

    for (guint i = 0; i < problems->len; i++) {
        const struct config_problem *problem = problems->pdata[i];

        if (problem->severity == CONFIG_PROBLEM_ERROR)
            n++;
    }
    return n;
}

/* The text quotes what stands in the file, which may be anything. */
static void
append_visible(GString *text, const char *from)
{
    for (; *from != '\0'; from++) {
        if (g_ascii_iscntrl(*from))
            g_string_append_printf(text, "\\x%02x", (unsigned char)*from);
        else
            g_string_append_c(text, *from);
    }
}

static char *
whole_text(const struct config_problem *problem, const char *severity, const char *message)
{
    GString *text = g_string_new("");

    append_visible(text, problem->file);
    if (problem->line > 0)
        g_string_append_printf(text, ":%u", problem->line);
    g_string_append_printf(text, ": %s: ", severity);
    append_visible(text, message);
    return g_string_free(text, FALSE);
}

static const char *
severity_word(const struct config_problem *problem)
{
    return problem->severity == CONFIG_PROBLEM_ERROR ? N_("error") : N_("warning");
}

char *
config_problem_text(const struct config_problem *problem)
{
    return whole_text(problem, severity_word(problem), problem->text);
}

static int
by_line(const void *a, const void *b)
{
    const struct config_problem *const *left = a;
    const struct config_problem *const *right = b;

    return (*left)->line < (*right)->line ? -1 : (*left)->line > (*right)->line;
}

bool
config_check_print(GPtrArray *problems, FILE *out)
{
    g_ptr_array_sort(problems, by_line);
    for (guint i = 0; i < problems->len; i++) {
        const struct config_problem *problem = problems->pdata[i];
        g_autofree char *message = text_of(problem->text);
        g_autofree char *text = whole_text(problem, text_get(severity_word(problem)), message);

        fprintf(out, "%s\n", text);
    }
    return config_problems_errors(problems) == 0;
}
