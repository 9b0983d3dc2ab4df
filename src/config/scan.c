/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/problem.h"
#include "config/scan.h"

#include <stdbool.h>
#include <string.h>

struct scan {
    const char *file;
    GPtrArray *problems;
    GPtrArray *entries;
    GHashTable *seen; /* "section" or "section:key" -> struct scan_entry */
    char *section;
};

static void
entry_free(void *data)
{
    struct scan_entry *entry = data;

    g_free(entry->section);
    g_free(entry->key);
    g_free(entry);
}

/* What isspace() takes in the C locale; GLib's own test leaves \v out. */
static bool
is_blank(char c)
{
    return c != '\0' && strchr(" \t\n\v\f\r", c) != NULL;
}

/* A copy without the blanks around it.  Free with g_free(). */
static char *
strip(const char *text, gsize len)
{
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    while (len > 0 && is_blank(*text)) {
        text++;
        len--;
    }
    return g_strndup(text, len);
}

#define ERROR(scan, line, ...)                                                                     \
    config_problem_add((scan)->problems, CONFIG_PROBLEM_ERROR, (scan)->file, (line), __VA_ARGS__)
#define WARNING(scan, line, ...)                                                                   \
    config_problem_add((scan)->problems, CONFIG_PROBLEM_WARNING, (scan)->file, (line), __VA_ARGS__)

/* Remembers a section (key NULL) or a key; false where it is there already. */
static bool
remember(struct scan *scan, const char *key, unsigned line, unsigned *before)
{
    g_autofree char *name =
        key != NULL ? g_strconcat(scan->section, ":", key, NULL) : g_strdup(scan->section);
    struct scan_entry *entry = g_hash_table_lookup(scan->seen, name);

    if (entry != NULL) {
        *before = entry->line;
        entry->line = line;
        return false;
    }
    entry = g_new0(struct scan_entry, 1);
    entry->section = g_strdup(scan->section);
    entry->key = g_strdup(key);
    entry->line = line;
    g_ptr_array_add(scan->entries, entry);
    g_hash_table_insert(scan->seen, g_steal_pointer(&name), entry);
    return true;
}

/* `text` begins with [ and ends with ]. */
static void
scan_section(struct scan *scan, const char *text, unsigned line)
{
    gsize len = strcspn(text + 1, "]");
    g_autofree char *name = strip(text + 1, len);
    unsigned before = 0;

    if (text[1 + len + 1] != '\0') {
        ERROR(scan, line, "one section per line, and nothing after its ]");
        return;
    }
    if (*name == '\0') {
        ERROR(scan, line, "the section has no name");
        return;
    }
    if (strchr(name, ':') != NULL) {
        ERROR(scan, line, "a section name cannot contain a colon: [%s]", name);
        return;
    }
    g_free(scan->section);
    scan->section = g_ascii_strdown(name, -1);
    if (!remember(scan, NULL, line, &before))
        WARNING(scan, line, "section [%s] stands here again (first in line %u); they are joined",
                scan->section, before);
}

/* Finds what iniparser leaves out of a value.  `value` is what follows the =, stripped. */
static void
scan_value(struct scan *scan, const char *key, const char *value, unsigned line)
{
    char quote = *value;
    const char *end;

    if (quote == '"' || quote == '\'') {
        end = strchr(value + 1, quote);
        if (end == NULL) {
            ERROR(scan, line, "%s: the value begins with %c and does not end with it", key, quote);
            return;
        }
        for (end++; is_blank(*end); end++)
            continue;
        if (*end != '\0' && *end != '#' && *end != ';')
            ERROR(scan, line,
                  "%s: text follows the closing %c and would be left out "
                  "(inside a value there is no way to write %c: quote with the other one)",
                  key, quote, quote);
        return;
    }
    end = strpbrk(value, "#;");
    if (end == NULL)
        return;
    if (end == value || is_blank(end[-1]))
        WARNING(scan, line,
                "%s: what follows %c is a comment; if it belongs to the value, put the value "
                "between double quotes",
                key, *end);
    else
        ERROR(scan, line, "%s: the value would be cut at %c; put it between double quotes", key,
              *end);
}

/* `text` has an = sign. */
static void
scan_key(struct scan *scan, const char *text, unsigned line)
{
    const char *equal = strchr(text, '=');
    g_autofree char *name = strip(text, (gsize)(equal - text));
    g_autofree char *key = g_ascii_strdown(name, -1);
    g_autofree char *value = strip(equal + 1, strlen(equal + 1));
    unsigned before = 0;

    if (*key == '\0') {
        ERROR(scan, line, "a name is missing before the = sign");
        return;
    }
    if (strchr(key, ':') != NULL) {
        ERROR(scan, line, "a name cannot contain a colon: %s", key);
        return;
    }
    if (*scan->section == '\0')
        ERROR(scan, line, "%s stands before the first [section]", key);
    if (!remember(scan, key, line, &before))
        ERROR(scan, line, "%s is set twice in [%s] (before in line %u)", key, scan->section,
              before);
    scan_value(scan, key, value, line);
}

/* One line, continuation lines joined. */
static void
scan_line(struct scan *scan, GString *joined, unsigned line)
{
    g_autofree char *text = strip(joined->str, joined->len);
    gsize len = strlen(text);

    if (joined->len > SCAN_LINE_MAX)
        ERROR(scan, line, "the line is longer than %d bytes (%zu)", SCAN_LINE_MAX,
              joined->len);
    else if (len == 0 || *text == '#' || *text == ';')
        return;
    else if (*text == '[' && text[len - 1] == ']')
        scan_section(scan, text, line);
    else if (*text == '[' && strchr(text, ']') != NULL && strchr(text, '=') == NULL)
        ERROR(scan, line, "nothing may follow the ] of a section, not even a comment");
    else if (strchr(text, '=') != NULL)
        scan_key(scan, text, line);
    else
        ERROR(scan, line, "neither [section] nor name = value: %s", text);
}

/* What makes a file unreadable as a whole. */
static bool
scan_bytes(struct scan *scan, const char *text, gsize size)
{
    const char *nul = memchr(text, '\0', size);
    unsigned line = 1;

    if (size > SCAN_FILE_MAX) {
        ERROR(scan, 0, "the file is larger than %d bytes", SCAN_FILE_MAX);
        return false;
    }
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        ERROR(scan, 1, "the file begins with a byte order mark; save it as UTF-8 without one");
        return false;
    }
    if (nul != NULL) {
        for (const char *p = text; p < nul; p++)
            line += *p == '\n';
        ERROR(scan, line, "the line contains a NUL byte");
        return false;
    }
    return true;
}

/* Takes line ends and blanks from the end, as iniparser does. */
static void
chomp(GString *line)
{
    while (line->len > 0 && is_blank(line->str[line->len - 1]))
        g_string_truncate(line, line->len - 1);
}

static void
scan_lines(struct scan *scan, const char *text, gsize size)
{
    g_autoptr(GString) joined = g_string_new("");
    unsigned line = 0, first = 0;

    for (const char *p = text, *end = text + size; p < end;) {
        const char *newline = memchr(p, '\n', (gsize)(end - p));
        const char *next = newline != NULL ? newline + 1 : end;

        line++;
        if (first == 0)
            first = line;
        g_string_append_len(joined, p, next - p);
        chomp(joined);
        p = next;
        if (joined->len > 0 && joined->str[joined->len - 1] == '\\') {
            gsize indent = strspn(joined->str, " \t");

            if (joined->str[indent] == '#' || joined->str[indent] == ';')
                WARNING(scan, line,
                        "the comment ends with a backslash: the next line belongs to it");
            if (p >= end)
                ERROR(scan, first, "the last line ends with a backslash and would be left out");
            g_string_truncate(joined, joined->len - 1);
            continue;
        }
        scan_line(scan, joined, first);
        g_string_truncate(joined, 0);
        first = 0;
    }
}

GPtrArray *
scan_text(const char *text, gsize size, const char *file, GPtrArray *problems)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct scan scan = {
        .file = file,
        .problems = problems,
        .entries = g_ptr_array_new_with_free_func(entry_free),
        .seen = seen,
        .section = g_strdup(""),
    };

    if (scan_bytes(&scan, text, size))
        scan_lines(&scan, text, size);
    g_free(scan.section);
    return scan.entries;
}
