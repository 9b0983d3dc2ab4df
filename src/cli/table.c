/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/table.h"

#include "cli/cli.h"

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

#define CELL_MAX 160 /* characters of a cell in text */

struct table {
    const struct table_column *columns;
    unsigned n;
    enum table_format format;
    GPtrArray *rows; /* of char **, n cells each */
};

static void
row_free(gpointer data)
{
    char **row = data;

    /* cells may be NULL: the row ends behind the last one, not at the first NULL */
    for (char **cell = row + 1; cell <= row + GPOINTER_TO_UINT(row[0]); cell++)
        g_free(*cell);
    g_free(row);
}

struct table *
table_new(const struct table_column *columns, unsigned n, enum table_format format)
{
    struct table *t = g_new0(struct table, 1);

    t->columns = columns;
    t->n = n;
    t->format = format;
    t->rows = g_ptr_array_new_with_free_func(row_free);
    return t;
}

void
table_free(struct table *t)
{
    if (t == NULL)
        return;
    g_ptr_array_unref(t->rows);
    g_free(t);
}

void
table_row(struct table *t, const char *const *cells)
{
    char **row = g_new0(char *, t->n + 1);

    row[0] = GUINT_TO_POINTER(t->n);
    for (unsigned i = 0; i < t->n; i++)
        row[i + 1] = g_strdup(cells[i]);
    g_ptr_array_add(t->rows, row);
}

static const char *
cell(const struct table *t, guint row, unsigned column)
{
    return ((char **)g_ptr_array_index(t->rows, row))[column + 1];
}

static char *
text_of(const char *text)
{
    return text == NULL || *text == '\0' ? g_strdup("-") : cli_printable(text, CELL_MAX);
}

static void
print_cells(const struct table *t, char **cells, const glong *widths)
{
    GString *line = g_string_new(NULL);

    for (unsigned c = 0; c < t->n; c++) {
        if (!t->columns[c].in_text)
            continue;
        if (line->len > 0)
            g_string_append(line, "  ");
        g_string_append(line, cells[c]);
        for (glong pad = widths[c] - g_utf8_strlen(cells[c], -1); pad > 0; pad--)
            g_string_append_c(line, ' ');
    }
    puts(g_strchomp(line->str));
    g_string_free(line, TRUE);
}

static void
print_text(const struct table *t)
{
    g_autofree glong *widths = g_new0(glong, t->n);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    char **head = g_new0(char *, t->n + 1);

    for (unsigned c = 0; c < t->n; c++)
        head[c] = g_ascii_strup(t->columns[c].name, -1);
    g_ptr_array_add(lines, head);
    for (guint r = 0; r < t->rows->len; r++) {
        char **line = g_new0(char *, t->n + 1);
        for (unsigned c = 0; c < t->n; c++)
            line[c] = text_of(cell(t, r, c));
        g_ptr_array_add(lines, line);
    }
    for (guint l = 0; l < lines->len; l++) {
        for (unsigned c = 0; c < t->n; c++)
            widths[c] = MAX(widths[c],
                            g_utf8_strlen(((char **)g_ptr_array_index(lines, l))[c], -1));
    }
    for (guint l = 0; l < lines->len; l++)
        print_cells(t, g_ptr_array_index(lines, l), widths);
}

static void
print_json(const struct table *t)
{
    g_autoptr(JsonBuilder) b = json_builder_new();

    json_builder_begin_array(b);
    for (guint r = 0; r < t->rows->len; r++) {
        json_builder_begin_object(b);
        for (unsigned c = 0; c < t->n; c++) {
            json_builder_set_member_name(b, t->columns[c].name);
            if (cell(t, r, c) == NULL)
                json_builder_add_null_value(b);
            else if (t->columns[c].number)
                json_builder_add_int_value(b, g_ascii_strtoll(cell(t, r, c), NULL, 10));
            else
                json_builder_add_string_value(b, cell(t, r, c));
        }
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    g_autoptr(JsonNode) root = json_builder_get_root(b);
    g_autofree char *text = json_to_string(root, TRUE);
    puts(text);
}

static void
print_csv_cell(const char *text)
{
    if (text == NULL)
        return;
    const char *guard = strchr("=+-@\t\r", *text) != NULL && *text != '\0' ? "'" : "";
    if (strpbrk(text, ",\"\r\n") == NULL && *guard == '\0') {
        fputs(text, stdout);
        return;
    }
    printf("\"%s", guard);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

static void
print_csv(const struct table *t)
{
    for (unsigned c = 0; c < t->n; c++)
        printf("%s%s", c > 0 ? "," : "", t->columns[c].name);
    fputs("\r\n", stdout);
    for (guint r = 0; r < t->rows->len; r++) {
        for (unsigned c = 0; c < t->n; c++) {
            if (c > 0)
                putchar(',');
            print_csv_cell(cell(t, r, c));
        }
        fputs("\r\n", stdout);
    }
}

void
table_print(const struct table *t)
{
    switch (t->format) {
    case TABLE_TEXT:
        print_text(t);
        break;
    case TABLE_JSON:
        print_json(t);
        break;
    case TABLE_CSV:
        print_csv(t);
        break;
    }
}
