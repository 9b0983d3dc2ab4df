/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/past.h"

#include "cli/cli.h"
#include "cli/text.h"
#include "text/text.h"

#include <string.h>

/* --- rows --------------------------------------------------------------------------------- */

/* What is told of, and what only explains it (without a word). */
static const struct {
    const char *attribute;
    const char *what;
} kept[] = {
    {"sstVirtualMachineStatus", PAST_STATUS},
    {"sstVirtualMachineStatusStaleReason", N_("stale")},
    {"sstVirtualMachineStatusAlarm", N_("alarms")},
    {"sstVirtualMachineRequestedAction", N_("requested")},
    {"sstStatus", N_("meant to be")},
    {"sstVirtualMachineMode", N_("mode")},
    {"sstNode", N_("belongs to")},
    {"sstMigrationNode", N_("migrates to")},
    {"sstVirtualMachineStatusReason", NULL},
};
enum { KEPT_STATUS = 0, KEPT_STALE, KEPT_ALARM, KEPT_REASON = G_N_ELEMENTS(kept) - 1 };

/* What one attribute is, as far as the log was read. */
struct value {
    bool known;
    bool touched;  /* by the change that is looked at */
    bool replaced; /* by it, so that more values of it are added */
    GPtrArray *texts;
    char *before;  /* with the change: what it was; NULL = none */
    bool was_known;
};

static int
kept_find(const char *name, size_t len)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        if (strlen(kept[i].attribute) == len && g_ascii_strncasecmp(kept[i].attribute, name, len) == 0)
            return (int)i;
    }
    return -1;
}

/* NULL where there is none. */
static char *
joined(const GPtrArray *texts)
{
    GString *all = g_string_new(NULL);

    for (guint i = 0; i < texts->len; i++)
        g_string_append_printf(all, "%s%s", i > 0 ? ", " : "",
                               (const char *)g_ptr_array_index(texts, i));
    return g_string_free(all, all->len == 0);
}

static void
remove_text(GPtrArray *texts, const char *text)
{
    for (guint i = 0; i < texts->len; i++) {
        if (g_ascii_strcasecmp(g_ptr_array_index(texts, i), text) == 0) {
            g_ptr_array_remove_index(texts, i);
            return;
        }
    }
}

static void
apply(struct value *v, char op, const char *text)
{
    v->touched = true;
    if ((op == '=' && !v->replaced) || (op == '-' && *text == '\0')) {
        g_ptr_array_set_size(v->texts, 0);
        v->known = true;
    }
    v->replaced = op == '=';
    if (op == '-' && *text != '\0')
        remove_text(v->texts, text);
    else if (op != '-' && op != '#' && *text != '\0')
        g_ptr_array_add(v->texts, g_strdup(text));
}

/* "attribute: value": what was there before. */
static void
take_old(struct value *values, const GPtrArray *old)
{
    for (guint i = 0; i < old->len; i++) {
        const char *text = g_ptr_array_index(old, i);
        const char *colon = strstr(text, ": ");
        int k = colon != NULL ? kept_find(text, (size_t)(colon - text)) : -1;
        if (k < 0 || values[k].known)
            continue;
        g_ptr_array_add(values[k].texts, g_strdup(colon + 2));
        values[k].replaced = true; /* noted for take_change() */
    }
}

/* Puts one change into the values. */
static void
take_change(struct value *values, const struct accesslog_change *c)
{
    bool whole = c->kind == ACCESSLOG_ADD;

    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++)
        values[i].touched = values[i].replaced = false;
    take_old(values, c->old);
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        struct value *v = &values[i];
        v->known = v->known || v->replaced || whole;
        v->replaced = false;
        if (whole)
            g_ptr_array_set_size(v->texts, 0);
        v->was_known = v->known;
        g_free(v->before);
        v->before = joined(v->texts);
    }
    for (guint i = 0; i < c->mods->len; i++) {
        const char *text;
        size_t len;
        char op;
        if (!accesslog_parse_mod(g_ptr_array_index(c->mods, i), &len, &op, &text))
            continue;
        int k = kept_find(g_ptr_array_index(c->mods, i), len);
        if (k >= 0)
            apply(&values[k], op, text);
    }
}

/* The same but for the percentage? */
static bool
same_status(const char *a, const char *b)
{
    size_t len = a != NULL ? strcspn(a, "[") : 0;

    if (a == NULL || b == NULL)
        return a == b;
    return len == strcspn(b, "[") && strncmp(a, b, len) == 0;
}

static struct past_row *
add_row(GArray *rows, const struct accesslog_change *c, const char *what)
{
    const struct past_row row
        = {.time_us = c->time_us, .who = g_strdup(c->who), .what = what, .known = true};

    g_array_append_val(rows, row);
    return &g_array_index(rows, struct past_row, rows->len - 1);
}

static void
add_rows(GArray *rows, const struct value *values, const struct accesslog_change *c)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        const struct value *v = &values[i];
        if (kept[i].what == NULL || !v->touched)
            continue;
        g_autofree char *now = joined(v->texts);
        if (v->was_known
            && (i == KEPT_STATUS ? same_status(v->before, now) : g_strcmp0(v->before, now) == 0))
            continue;
        if (!v->was_known && now == NULL)
            continue;
        struct past_row *row = add_row(rows, c, kept[i].what);
        row->known = v->was_known;
        row->old = v->was_known ? g_strdup(v->before) : NULL;
        row->new = g_steal_pointer(&now);
        if (i == KEPT_STATUS)
            row->why = joined(values[KEPT_REASON].texts);
    }
}

static void
row_clear(gpointer data)
{
    struct past_row *row = data;

    g_free(row->who);
    g_free(row->old);
    g_free(row->new);
    g_free(row->why);
}

GArray *
past_rows(const GPtrArray *changes)
{
    struct value values[G_N_ELEMENTS(kept)] = {{0}};
    GArray *rows = g_array_new(FALSE, TRUE, sizeof(struct past_row));

    g_array_set_clear_func(rows, row_clear);
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++)
        values[i].texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < changes->len; i++) {
        const struct accesslog_change *c = g_ptr_array_index(changes, i);
        if (c->kind == ACCESSLOG_DELETE)
            add_row(rows, c, PAST_ENTRY)->new = g_strdup(N_("deleted"));
        else if (c->kind == ACCESSLOG_RENAME)
            add_row(rows, c, PAST_ENTRY)->new = g_strdup(N_("renamed"));
        else if (c->kind == ACCESSLOG_ADD)
            add_row(rows, c, PAST_ENTRY)->new = g_strdup(N_("made"));
        take_change(values, c);
        add_rows(rows, values, c);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        g_ptr_array_unref(values[i].texts);
        g_free(values[i].before);
    }
    return rows;
}

bool
past_is_ours(const struct past_row *row)
{
    return strcmp(row->what, PAST_STATUS) == 0 || strcmp(row->what, PAST_ENTRY) == 0
           || strcmp(row->what, kept[KEPT_STALE].what) == 0
           || strcmp(row->what, kept[KEPT_ALARM].what) == 0;
}

char *
past_who(const char *dn)
{
    const char *equals = dn != NULL ? strchr(dn, '=') : NULL;

    return equals != NULL ? g_strndup(equals + 1, strcspn(equals + 1, ",+")) : g_strdup(dn);
}

/* --- the chart ------------------------------------------------------------------------------ */

enum { LABEL_MAX = 32, BAR_MIN = 10 };

/* Which statuses there were, without percentages, each once; keys are theirs. */
static GPtrArray *
statuses(const GArray *rows)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < rows->len; i++) {
        const struct past_row *row = &g_array_index(rows, struct past_row, i);
        if (strcmp(row->what, PAST_STATUS) != 0 || row->new == NULL)
            continue;
        char *text = g_strchomp(g_strndup(row->new, strcspn(row->new, "[")));
        if (g_ptr_array_find_with_equal_func(all, text, g_str_equal, NULL))
            g_free(text);
        else
            g_ptr_array_add(all, text);
    }
    return all;
}

static const struct past_row *
next_status(const GArray *rows, guint *i)
{
    for (; *i < rows->len; (*i)++) {
        const struct past_row *row = &g_array_index(rows, struct past_row, *i);
        if (strcmp(row->what, PAST_STATUS) == 0
            || (strcmp(row->what, PAST_ENTRY) == 0 && g_strcmp0(row->new, "deleted") == 0))
            return &g_array_index(rows, struct past_row, (*i)++);
    }
    return NULL;
}

/* Marks the cells in which the status was so: at least one for each time. */
static void
mark(const GArray *rows, const char *status, gint64 from, gint64 to, bool *cells, unsigned n)
{
    guint i = 0;
    const struct past_row *row = next_status(rows, &i);

    while (row != NULL) {
        const struct past_row *next = next_status(rows, &i);
        gint64 end = next != NULL ? next->time_us : to;
        g_autofree char *text
            = row->new != NULL ? g_strchomp(g_strndup(row->new, strcspn(row->new, "["))) : NULL;
        if (g_strcmp0(text, status) == 0) {
            gint64 first = (row->time_us - from) * n / MAX(to - from, 1);
            gint64 last = (end - from) * n / MAX(to - from, 1);
            for (gint64 k = first; (k < last || k == first) && k < n; k++)
                cells[k] = true;
        }
        row = next;
    }
}

/* In the reader's language, and nothing that a terminal would obey. */
static char *
label_of(const char *status)
{
    g_autofree char *own = text_of(status);

    return cli_printable(own, G_MAXUINT);
}

void
past_chart(const GArray *rows, gint64 now_us, unsigned width, bool ascii, GString *out)
{
    g_autoptr(GPtrArray) all = statuses(rows);
    guint i = 0;
    const struct past_row *first = next_status(rows, &i);
    unsigned label = 0;

    if (all->len == 0 || first == NULL)
        return;
    for (guint s = 0; s < all->len; s++) {
        g_autofree char *own = label_of(g_ptr_array_index(all, s));
        label = MAX(label, MIN(text_width(own), LABEL_MAX));
    }
    unsigned n = width > label + 3 + BAR_MIN ? width - label - 3 : BAR_MIN;
    gint64 to = MAX(now_us, first->time_us + 1);
    g_autofree bool *cells = g_new(bool, n);
    for (guint s = 0; s < all->len; s++) {
        memset(cells, 0, n * sizeof(*cells));
        mark(rows, g_ptr_array_index(all, s), first->time_us, to, cells, n);
        g_autofree char *own = label_of(g_ptr_array_index(all, s));
        text_append(out, own, label, "...");
        g_string_append(out, "  ");
        for (unsigned k = 0; k < n; k++)
            g_string_append(out, cells[k] ? (ascii ? "#" : "\u2588") : (ascii ? "." : "\u00b7"));
        g_string_append_c(out, '\n');
    }
    g_autofree char *begin = cli_time(first->time_us / G_USEC_PER_SEC);
    g_autofree char *end = cli_time(to / G_USEC_PER_SEC);
    unsigned gap = n > strlen(begin) + strlen(end) ? n - (unsigned)strlen(end) : (unsigned)strlen(begin) + 1;
    g_string_append_printf(out, "%*s%-*s%s\n\n", (int)label + 2, "", (int)gap, begin, end);
}
