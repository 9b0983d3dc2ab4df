/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "rows.h"

#include "cli/table.h"
#include "cli/text.h"

/* --- texts in columns ------------------------------------------------------------------- */

static const struct {
    const char *text;
    unsigned width;
    const char *fit;
} fits[] = {
    {"", 0, ""},
    {"", 5, ""},
    {"kvm-0001", 8, "kvm-0001"},
    {"kvm-0001", 7, "kvm-..."},
    {"kvm-0001", 3, "..."},
    {"kvm-0001", 1, "."},
    {"kvm-0001", 0, ""},
    {"grün ist", 7, "grün..."},
    {"grün", 4, "grün"},
    {"gru\xcc\x88n", 4, "gru\xcc\x88n"},     /* the dots have no width */
    {"\xe6\xb1\x89\xe5\xad\x97", 4, "\xe6\xb1\x89\xe5\xad\x97"}, /* two wide characters */
    {"\xe6\xb1\x89\xe5\xad\x97\xe6\xb1\x89", 5, "\xe6\xb1\x89..."},
    {"\xe6\xb1\x89\xe5\xad\x97\xe6\xb1\x89", 4, "..."},
};

static void
test_fit(void **state)
{
    const __typeof__(fits[0]) *row = *state;
    g_autofree char *fit = text_fit(row->text, row->width, "...");
    g_autoptr(GString) padded = g_string_new(NULL);

    assert_string_equal(fit, row->fit);
    assert_true(text_width(fit) <= row->width);
    text_append(padded, row->text, row->width, "...");
    assert_int_equal(text_width(padded->str), row->width);
}

static const struct {
    const char *less, *more;
} orders[] = {
    {NULL, ""},           {"", "a"},           {"kvm-2", "kvm-10"}, {"kvm-2.b", "kvm-10.a"},
    {"a", "b"},           {"A", "a"},          {"a", "ab"},         {"7", "07"},
    {"07", "8"},          {"2", "a"},          {"x99999999999999999998", "x99999999999999999999"},
    {"9d 00h00", "12d 03h04"},
    {"2026-01-09T10:00:00Z", "2026-01-10T09:00:00Z"},
    {"a\xc3\xbc", "b"},   {"z", "\xc3\xbc"},
};

static void
test_order(void **state)
{
    const __typeof__(orders[0]) *row = *state;

    assert_int_equal(text_compare(row->less, row->less), 0);
    if (g_strcmp0(row->less, "7") == 0) { /* the same number: any order, but always the same */
        assert_true(text_compare("7", "07") != 0);
        assert_true((text_compare("7", "07") < 0) == (text_compare("07", "7") > 0));
        return;
    }
    assert_true(text_compare(row->less, row->more) < 0);
    assert_true(text_compare(row->more, row->less) > 0);
}

static const struct {
    gint64 seconds;
    const char *text;
} durations[] = {
    {-5, "0s"},        {0, "0s"},          {59, "59s"},         {60, "1m 0s"},
    {3599, "59m 59s"}, {3600, "1h 0m"},    {86399, "23h 59m"},  {86400, "1d 0h"},
    {8640000, "100d 0h"},
};

static void
test_duration(void **state)
{
    const __typeof__(durations[0]) *row = *state;
    g_autofree char *text = text_duration(row->seconds);

    assert_string_equal(text, row->text);
}

static const struct {
    int permille;
    const char *ascii, *blocks;
} bars[] = {
    {-1, "....", "░░░░"},  {0, "....", "░░░░"},   {51, "....", "▏░░░"}, {250, "#...", "█░░░"},
    {500, "##..", "██░░"}, {999, "###.", "███▉"}, {1000, "####", "████"}, {5000, "####", "████"},
};

static void
test_bar(void **state)
{
    const __typeof__(bars[0]) *row = *state;
    g_autoptr(GString) ascii = g_string_new(NULL);
    g_autoptr(GString) blocks = g_string_new(NULL);

    text_bar(ascii, row->permille, 4, true);
    text_bar(blocks, row->permille, 4, false);
    assert_string_equal(ascii->str, row->ascii);
    assert_string_equal(blocks->str, row->blocks);
}

/* --- tables -------------------------------------------------------------------------------- */

enum { NAME, STATUS, SINCE, NUMBER, SIZE, HIDDEN, COLUMNS };

static const struct table_column columns[COLUMNS] = {
    {"name", true, TABLE_WORDS},    {"status", true, TABLE_STATUS}, {"since", true, TABLE_TIME},
    {"number", true, TABLE_NUMBER}, {"size", true, TABLE_SIZE},    {"hidden", false, TABLE_WORDS},
};

static struct table *
sample(void)
{
    static const char *const rows[][COLUMNS] = {
        {"kvm-10", "Running", "2026-01-10T00:00:00Z", "-5", "1.5G", "x"},
        {"kvm-2", "Stopped, streaming [5.1 %]", NULL, "40", "512M", NULL},
        {"a very long name of a machine", "", "2026-01-09T00:00:00Z", NULL, NULL, "y"},
    };
    struct table *t = table_new(columns, COLUMNS, TABLE_TEXT);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        table_row(t, rows[i]);
    table_paint(t, NAME, PAINT_BAD);
    return t;
}

static const struct {
    const char *what;
    unsigned width;
    bool colour;
    const char *text; /* NULL: only the width matters */
} looks[] = {
    {"as wide as it gets", 0, false,
     "NAME                           STATUS                      SINCE                 NUMBER  SIZE\n"
     "kvm-10                         Running                     2026-01-10T00:00:00Z  -5      1.5G\n"
     "kvm-2                          Stopped, streaming [5.1 %]  -                     40      512M\n"
     "a very long name of a machine  -                           2026-01-09T00:00:00Z  -       -\n"},
    {"cut, but for times", 70, false,
     NULL},
    {"the status is cut last", 86, false,
     "NAME                    STATUS                      SINCE                 NUMBER  SIZE\n"
     "kvm-10                  Running                     2026-01-10T00:00:00Z  -5      1.5G\n"
     "kvm-2                   Stopped, streaming [5.1 %]  -                     40      512M\n"
     "a very long name of...  -                           2026-01-09T00:00:00Z  -       -\n"},
    {"columns left out", 40, true,
     "\033[1mNAME      STATUS    SINCE\033[0m\n"
     "kvm-10    Running   2026-01-10T00:00:00Z\n"
     "kvm-2     Stopp...  -\n"
     "\033[1;31ma ver...\033[0m  -         2026-01-09T00:00:00Z\n"},
    {"one column", 6, false,
     "NAME\n"
     "kvm-10\n"
     "kvm-2\n"
     "a v...\n"},
};

static void
test_look(void **state)
{
    const __typeof__(looks[0]) *row = *state;
    const struct table_look look = {row->width, row->colour, "..."};
    struct table *t = sample();
    g_autoptr(GString) out = g_string_new(NULL);

    table_text(t, &look, out);
    g_auto(GStrv) lines = g_strsplit(out->str, "\n", -1);
    for (char **line = lines; row->width > 0 && !row->colour && *line != NULL; line++)
        assert_true(text_width(*line) <= row->width);
    if (row->text != NULL)
        assert_string_equal(out->str, row->text);
    table_free(t);
}

/* On a narrow terminal a column that has nothing makes room. */
static void
test_nothing(void **state)
{
    static const char *const row[COLUMNS] = {"kvm-0001.example.org", "Running", NULL, NULL, "1G", ""};
    struct table_look look = {44, false, "..."};
    struct table *t = table_new(columns, COLUMNS, TABLE_TEXT);
    g_autoptr(GString) out = g_string_new(NULL);

    (void)state;
    table_row(t, row);
    table_text(t, &look, out);
    assert_string_equal(out->str, "NAME                  STATUS   SINCE  SIZE\n"
                                  "kvm-0001.example.org  Running  -      1G\n");
    look.width = 35;
    g_string_truncate(out, 0);
    table_text(t, &look, out);
    assert_string_equal(out->str, "NAME                  STATUS   SIZE\n"
                                  "kvm-0001.example.org  Running  1G\n");
    table_free(t);
}

static void
test_columns(void **state)
{
    struct table *t = table_new(columns, COLUMNS, TABLE_TEXT);

    (void)state;
    assert_false(table_uses(t, HIDDEN));
    assert_null(table_choose(t, "hidden, NAME"));
    assert_true(table_uses(t, HIDDEN) && table_uses(t, NAME));
    assert_false(table_uses(t, STATUS));
    assert_null(table_sort_by(t, "-status,since"));
    assert_true(table_uses(t, STATUS) && table_uses(t, SINCE));
    g_autofree char *wrong = table_choose(t, "name,nme");
    assert_string_equal(wrong, "nme");
    g_autofree char *empty = table_sort_by(t, "");
    assert_string_equal(empty, "");
    g_autofree char *minus = table_sort_by(t, "-nme");
    assert_string_equal(minus, "nme");
    g_autofree char *names = table_names(t);
    assert_string_equal(names, "name, status, since, number, size, hidden");
    table_free(t);
}

int
main(void)
{
    ROWS_TABLE(test_fit, fits, "\"%s\" in %u columns", row->text, row->width);
    ROWS_TABLE(test_order, orders, "\"%s\" before \"%s\"", row->less, row->more);
    ROWS_TABLE(test_duration, durations, "%d seconds", (int)row->seconds);
    ROWS_TABLE(test_bar, bars, "a bar of %d", row->permille);
    ROWS_TABLE(test_look, looks, "a table %s", row->what);
    rows_add(test_columns, NULL, "columns by name");
    rows_add(test_nothing, NULL, "columns without anything");
    return rows_run("cli table");
}
