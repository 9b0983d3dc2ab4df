/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/table.h"

#include "cli/cli.h"
#include "cli/text.h"
#include "text/text.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

#define CELL_MAX 160 /* characters of a cell in text */
#define CELL_MIN 8   /* columns: no cell is cut further to fit a terminal */
#define GAP 2        /* blanks between columns */

struct row {
    unsigned n;
    guint8 *paints; /* enum paint; NULL = all plain */
    char *cells[];
};

struct key {
    unsigned column;
    bool descending;
};

struct table {
    const struct table_column *columns;
    unsigned n;
    enum table_format format;
    GArray *chosen; /* of unsigned: the columns in order */
    GArray *keys;   /* of struct key */
    bool *used;
    GPtrArray *rows; /* of struct row * */
};

/* --- columns --------------------------------------------------------------------------- */

static void
row_free(gpointer data)
{
    struct row *row = data;

    for (unsigned i = 0; i < row->n; i++)
        g_free(row->cells[i]);
    g_free(row->paints);
    g_free(row);
}

struct table *
table_new(const struct table_column *columns, unsigned n, enum table_format format)
{
    struct table *t = g_new0(struct table, 1);

    t->columns = columns;
    t->n = n;
    t->format = format;
    t->chosen = g_array_new(FALSE, FALSE, sizeof(unsigned));
    t->keys = g_array_new(FALSE, FALSE, sizeof(struct key));
    t->used = g_new0(bool, n);
    t->rows = g_ptr_array_new_with_free_func(row_free);
    for (unsigned c = 0; c < n; c++) {
        if (format == TABLE_TEXT && !columns[c].in_text)
            continue;
        g_array_append_val(t->chosen, c);
        t->used[c] = true;
    }
    return t;
}

void
table_free(struct table *t)
{
    if (t == NULL)
        return;
    g_ptr_array_unref(t->rows);
    g_array_unref(t->chosen);
    g_array_unref(t->keys);
    g_free(t->used);
    g_free(t);
}

static bool
find_column(const struct table *t, const char *name, unsigned *out)
{
    for (unsigned c = 0; c < t->n; c++) {
        if (g_ascii_strcasecmp(t->columns[c].name, name) == 0) {
            *out = c;
            return true;
        }
    }
    return false;
}

static void
note_used(struct table *t)
{
    memset(t->used, 0, t->n * sizeof(*t->used));
    for (guint i = 0; i < t->chosen->len; i++)
        t->used[g_array_index(t->chosen, unsigned, i)] = true;
    for (guint i = 0; i < t->keys->len; i++)
        t->used[g_array_index(t->keys, struct key, i).column] = true;
}

char *
table_choose(struct table *t, const char *names)
{
    g_auto(GStrv) each = g_strsplit(names, ",", -1);

    g_array_set_size(t->chosen, 0);
    for (char **name = each; *name != NULL; name++) {
        unsigned column;
        if (!find_column(t, g_strstrip(*name), &column))
            return g_strdup(*name);
        g_array_append_val(t->chosen, column);
    }
    note_used(t);
    return t->chosen->len > 0 ? NULL : g_strdup("");
}

char *
table_sort_by(struct table *t, const char *names)
{
    g_auto(GStrv) each = g_strsplit(names, ",", -1);

    g_array_set_size(t->keys, 0);
    for (char **name = each; *name != NULL; name++) {
        const char *word = g_strstrip(*name);
        struct key key = {.descending = *word == '-'};
        if (!find_column(t, word + key.descending, &key.column))
            return g_strdup(word + key.descending);
        g_array_append_val(t->keys, key);
    }
    note_used(t);
    return t->keys->len > 0 ? NULL : g_strdup("");
}

char *
table_names(const struct table *t)
{
    GString *names = g_string_new(NULL);

    for (unsigned c = 0; c < t->n; c++)
        g_string_append_printf(names, "%s%s", c > 0 ? ", " : "", t->columns[c].name);
    return g_string_free(names, FALSE);
}

bool
table_uses(const struct table *t, unsigned column)
{
    return t->used[column];
}

/* --- rows --------------------------------------------------------------------------------- */

void
table_row(struct table *t, const char *const *cells)
{
    struct row *row = g_malloc0(sizeof(*row) + t->n * sizeof(char *));

    row->n = t->n;
    for (unsigned i = 0; i < t->n; i++) {
        if (t->used[i])
            row->cells[i] = g_strdup(cells[i]);
    }
    g_ptr_array_add(t->rows, row);
}

void
table_paint(struct table *t, unsigned column, enum paint paint)
{
    struct row *row = g_ptr_array_index(t->rows, t->rows->len - 1);

    if (row->paints == NULL)
        row->paints = g_new0(guint8, t->n);
    row->paints[column] = (guint8)paint;
}

static double
size_of(const char *text)
{
    static const char units[] = "KMGTPE";
    char *end;
    double size = g_ascii_strtod(text, &end);
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;

    for (; unit != NULL && unit >= units; unit--)
        size *= 1024;
    return size;
}

static int
compare_cells(const struct table_column *column, const char *a, const char *b)
{
    switch (column->kind) {
    case TABLE_NUMBER: {
        gint64 x = g_ascii_strtoll(a, NULL, 10), y = g_ascii_strtoll(b, NULL, 10);
        return (x > y) - (x < y);
    }
    case TABLE_SIZE: {
        double x = size_of(a), y = size_of(b);
        return (x > y) - (x < y);
    }
    case TABLE_WORDS:
    case TABLE_ENGLISH:
    case TABLE_STATUS:
    case TABLE_TIME:
        break;
    }
    return text_compare(a, b);
}

static bool
is_empty(const char *cell)
{
    return cell == NULL || *cell == '\0';
}

static gint
compare_rows(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
    const struct table *t = data;

    for (guint i = 0; i < t->keys->len; i++) {
        const struct key *key = &g_array_index(t->keys, struct key, i);
        const char *p = x->cells[key->column], *q = y->cells[key->column];
        if (is_empty(p) && is_empty(q))
            continue;
        if (is_empty(p) || is_empty(q))
            return is_empty(p) ? 1 : -1;
        int order = compare_cells(&t->columns[key->column], p, q);
        if (order != 0)
            return key->descending ? -order : order;
    }
    return 0;
}

/* The cell in the chosen column number i. */
static const char *
cell(const struct table *t, const struct row *row, guint i)
{
    return row->cells[g_array_index(t->chosen, unsigned, i)];
}

static const struct table_column *
column(const struct table *t, guint i)
{
    return &t->columns[g_array_index(t->chosen, unsigned, i)];
}

/* --- forms for machines ----------------------------------------------------------------------- */

static JsonNode *
row_as_json(const struct table *t, const struct row *row)
{
    g_autoptr(JsonBuilder) b = json_builder_new();

    json_builder_begin_object(b);
    for (guint i = 0; i < t->chosen->len; i++) {
        const char *text = cell(t, row, i);
        json_builder_set_member_name(b, column(t, i)->name);
        if (text == NULL) {
            json_builder_add_null_value(b);
        } else if (column(t, i)->kind == TABLE_NUMBER) {
            json_builder_add_int_value(b, g_ascii_strtoll(text, NULL, 10));
        } else {
            g_autofree char *valid = g_utf8_make_valid(text, -1);
            json_builder_add_string_value(b, valid);
        }
    }
    json_builder_end_object(b);
    return json_builder_get_root(b);
}

static void
print_json(const struct table *t)
{
    g_autoptr(JsonNode) root = json_node_init_array(json_node_alloc(), json_array_new());

    json_array_unref(json_node_get_array(root));
    for (guint r = 0; r < t->rows->len; r++)
        json_array_add_element(json_node_get_array(root),
                               row_as_json(t, g_ptr_array_index(t->rows, r)));
    g_autofree char *text = json_to_string(root, TRUE);
    puts(text);
}

static void
print_json_lines(const struct table *t)
{
    for (guint r = 0; r < t->rows->len; r++) {
        g_autoptr(JsonNode) node = row_as_json(t, g_ptr_array_index(t->rows, r));
        g_autofree char *text = json_to_string(node, FALSE);
        puts(text);
    }
}

/* seen: on a terminal, which would obey what is in it. */
static void
print_csv_cell(const char *cell, enum table_kind kind, bool seen)
{
    if (is_empty(cell))
        return;
    g_autofree char *clean = seen ? cli_printable(cell, G_MAXUINT) : NULL;
    const char *text = clean != NULL ? clean : cell;
    const char *guard = kind != TABLE_NUMBER && strchr("=+-@\t\r", *text) != NULL ? "'" : "";
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
    unsigned width;
    bool seen = cli_stdout_width(&width);

    for (guint i = 0; i < t->chosen->len; i++)
        printf("%s%s", i > 0 ? "," : "", column(t, i)->name);
    fputs("\r\n", stdout);
    for (guint r = 0; r < t->rows->len; r++) {
        for (guint i = 0; i < t->chosen->len; i++) {
            if (i > 0)
                putchar(',');
            print_csv_cell(cell(t, g_ptr_array_index(t->rows, r), i), column(t, i)->kind, seen);
        }
        fputs("\r\n", stdout);
    }
}

/* --- text ------------------------------------------------------------------------------------ */

/* A cell as it is shown, which is the cell itself for nearly all; what is made for it is kept. */
static const char *
shown_cell(const char *text, GPtrArray *made)
{
    if (is_empty(text))
        return "-";
    if (cli_is_plain(text, CELL_MAX))
        return text;
    g_ptr_array_add(made, cli_printable(text, CELL_MAX));
    return g_ptr_array_index(made, made->len - 1);
}

static bool
is_english(enum table_kind kind)
{
    return kind == TABLE_ENGLISH || kind == TABLE_STATUS;
}

/* Cells as they are shown, chosen columns only, row after row; the heading is the first. */
static const char **
shown_cells(const struct table *t, GPtrArray *made)
{
    const char **cells = g_new(const char *, ((gsize)t->rows->len + 1) * t->chosen->len);
    const char **next = cells;
    bool english = text_catalog() == NULL;

    for (guint i = 0; i < t->chosen->len; i++) {
        g_ptr_array_add(made, g_utf8_strup(_(column(t, i)->name), -1));
        *next++ = g_ptr_array_index(made, made->len - 1);
    }
    for (guint r = 0; r < t->rows->len; r++) {
        for (guint i = 0; i < t->chosen->len; i++) {
            const char *text = cell(t, g_ptr_array_index(t->rows, r), i);
            if (!english && is_english(column(t, i)->kind) && !is_empty(text)) {
                g_ptr_array_add(made, text_of(text));
                text = g_ptr_array_index(made, made->len - 1);
            }
            *next++ = shown_cell(text, made);
        }
    }
    return cells;
}

/* What is left out has no width. */
static unsigned
total_width(const unsigned *widths, guint n)
{
    unsigned total = 0;

    for (guint i = 0; i < n; i++)
        total += widths[i] > 0 ? widths[i] + GAP : 0;
    return total - MIN(total, GAP);
}

/* Does nobody have anything there? */
static bool
is_column_empty(const struct table *t, guint i)
{
    for (guint r = 0; r < t->rows->len; r++)
        if (!is_empty(cell(t, g_ptr_array_index(t->rows, r), i)))
            return false;
    return t->rows->len > 0;
}

/* The widest that may be cut; t->chosen->len: none. */
static guint
widest_column(const struct table *t, const unsigned *widths, bool status)
{
    guint widest = t->chosen->len;

    for (guint i = 0; i < t->chosen->len; i++) {
        enum table_kind kind = column(t, i)->kind;
        if (kind != TABLE_TIME && (kind == TABLE_STATUS) == status && widths[i] > CELL_MIN
            && (widest == t->chosen->len || widths[i] > widths[widest]))
            widest = i;
    }
    return widest;
}

/* Until all fit: columns without anything are left out, then the widest are cut, at last those that
 * matter most; then the last ones are left out. */
static void
fit_columns(const struct table *t, unsigned *widths, unsigned width)
{
    guint n = t->chosen->len;

    for (guint i = n; i-- > 1 && total_width(widths, n) > width;)
        if (is_column_empty(t, i))
            widths[i] = 0;
    while (total_width(widths, n) > width) {
        guint widest = widest_column(t, widths, false);
        if (widest == t->chosen->len)
            widest = widest_column(t, widths, true);
        if (widest < t->chosen->len)
            widths[widest]--;
        else if (n > 1)
            widths[--n] = 0;
        else
            break;
    }
    if (total_width(widths, n) > width)
        widths[0] = width;
}

/* Cells before others are padded. */
static void
append_cell(GString *out, const char *text, unsigned width, bool padded, const char *dots)
{
    if (padded) {
        text_append(out, text, width, dots);
    } else {
        g_autofree char *fit = text_fit(text, width, dots);
        g_string_append(out, fit);
    }
}

static void
append_line(const struct table *t, const struct table_look *look, const char *const *cells,
            const unsigned *widths, const guint8 *paints, GString *out)
{
    gsize begin = out->len;
    guint n = t->chosen->len;

    while (n > 1 && widths[n - 1] == 0)
        n--;
    for (guint i = 0; i < n; i++) {
        if (widths[i] == 0)
            continue;
        enum paint paint
            = paints != NULL && look->colour
                  ? (enum paint)paints[g_array_index(t->chosen, unsigned, i)]
                  : PAINT_PLAIN;
        if (i > 0)
            g_string_append(out, "  ");
        g_string_append(out, paint_begin(paint));
        append_cell(out, cells[i], widths[i], i + 1 < n, look->dots);
        g_string_append(out, paint_end(paint));
    }
    while (out->len > begin && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

void
table_text(const struct table *t, const struct table_look *look, GString *out)
{
    g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func(g_free);
    g_autofree const char **cells = shown_cells(t, made);
    g_autofree unsigned *widths = g_new0(unsigned, t->chosen->len);
    guint all = t->chosen->len;
    enum paint head = look->colour ? PAINT_HEAD : PAINT_PLAIN;

    for (gsize i = 0; i < ((gsize)t->rows->len + 1) * all; i++)
        widths[i % all] = MAX(widths[i % all], text_width(cells[i]));
    if (look->width > 0)
        fit_columns(t, widths, look->width);
    g_string_append(out, paint_begin(head));
    for (guint r = 0; r <= t->rows->len; r++) {
        const struct row *row = r > 0 ? g_ptr_array_index(t->rows, r - 1) : NULL;
        append_line(t, look, cells + (gsize)r * all, widths,
                    row != NULL ? row->paints : NULL, out);
        if (r == 0)
            g_string_insert(out, (gssize)out->len - 1, paint_end(head));
    }
}

void
table_look(struct table_look *look)
{
    const char *charset;

    *look = (struct table_look){.dots = g_get_charset(&charset) ? "\u2026" : "..."};
    if (cli_stdout_width(&look->width))
        look->colour = cli_wants_colour();
}

void
table_print(struct table *t)
{
    if (t->keys->len > 0)
        g_ptr_array_sort_with_data(t->rows, compare_rows, t);
    switch (t->format) {
    case TABLE_TEXT: {
        g_autoptr(GString) out = g_string_new(NULL);
        struct table_look look;
        table_look(&look);
        table_text(t, &look, out);
        fputs(out->str, stdout);
        break;
    }
    case TABLE_JSON:
        print_json(t);
        break;
    case TABLE_JSON_LINES:
        print_json_lines(t);
        break;
    case TABLE_CSV:
        print_csv(t);
        break;
    }
}
