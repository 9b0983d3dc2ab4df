/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/source.h"

bool
source_has(const struct source *source, const char *section, const char *key)
{
    g_autofree char *name = g_strconcat(section, ":", key, NULL);

    return g_hash_table_contains(source->lines, name);
}

unsigned
source_line(const struct source *source, const char *section, const char *key)
{
    g_autofree char *name = g_strconcat(section, ":", key, NULL);
    gpointer line = g_hash_table_lookup(source->lines, name);

    if (line == NULL)
        line = g_hash_table_lookup(source->lines, section);
    return GPOINTER_TO_UINT(line);
}

G_GNUC_PRINTF(5, 0)
static void
add(const struct source *source, enum config_severity severity, const char *section,
    const char *key, const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(format, args);

    config_problem_add(source->problems, severity, source->file, source_line(source, section, key),
                       "[%s] %s: %s", section, key, text);
}

void
source_error(const struct source *source, const char *section, const char *key, const char *format,
             ...)
{
    va_list args;

    va_start(args, format);
    add(source, CONFIG_PROBLEM_ERROR, section, key, format, args);
    va_end(args);
}

void
source_warning(const struct source *source, const char *section, const char *key,
               const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(source, CONFIG_PROBLEM_WARNING, section, key, format, args);
    va_end(args);
}
