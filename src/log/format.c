/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "log/format.h"

#include <stdbool.h>
#include <string.h>

/* g_utf8_next_char() without its cast, which takes const away. */
static const char *
next_char(const char *p)
{
    return p + g_utf8_skip[(unsigned char)*p];
}

/* Visible, and of no effect on what stands beside it. */
static bool
is_plain(gunichar c)
{
    return g_unichar_isgraph(c) && c != 0x2028 && c != 0x2029;
}

/* Characters that end a bare word or could be mistaken for our syntax. */
static bool
needs_quotes(const char *value)
{
    if (*value == '\0')
        return true;
    for (const char *p = value; *p != '\0'; p = next_char(p)) {
        gunichar c = g_utf8_get_char_validated(p, -1);

        if (c == (gunichar)-1 || c == (gunichar)-2)
            return true;
        if (!is_plain(c) || c == '"' || c == '\\' || c == '=')
            return true;
    }
    return false;
}

/* Appends one valid character, escaped where a terminal or a parser would act on it. */
static void
append_char(GString *line, gunichar c)
{
    if (c == '"' || c == '\\')
        g_string_append_printf(line, "\\%c", (char)c);
    else if (c == '\n')
        g_string_append(line, "\\n");
    else if (c == '\r')
        g_string_append(line, "\\r");
    else if (c == '\t')
        g_string_append(line, "\\t");
    else if (c == ' ' || is_plain(c))
        g_string_append_unichar(line, c);
    else
        g_string_append_printf(line, "\\u%04x", c);
}

void
log_format_value(GString *line, const char *value, gsize max)
{
    gsize size = strlen(value);
    const char *end = value + MIN(size, max);
    bool quoted = needs_quotes(value) || size > max;

    if (quoted)
        g_string_append_c(line, '"');
    for (const char *p = value; p < end;) {
        gunichar c = g_utf8_get_char_validated(p, end - p);

        if (c == (gunichar)-2 && size > max)
            break; /* the limit falls into this character */
        if (c == (gunichar)-1 || c == (gunichar)-2) {
            g_string_append_printf(line, "\\x%02x", (unsigned char)*p);
            p++;
        } else {
            append_char(line, c);
            p = next_char(p);
        }
    }
    if (size > max)
        g_string_append(line, "...");
    if (quoted)
        g_string_append_c(line, '"');
}
