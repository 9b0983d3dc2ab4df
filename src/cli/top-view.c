/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/top-view.h"

#include "cli/cli.h"
#include "cli/text.h"
#include "text/text.h"

#include <string.h>

#define NAME_MAX_SHARE 3 /* a name has at most a third of the line */
#define BAR_MIN 6
#define BAR_MAX 24
#define FIRST (G_GINT64_CONSTANT(1) << 40) /* taken off a rank: before all others */

/* --- a line --------------------------------------------------------------------------------- */

struct line {
    GString *out;
    const struct top_form *form;
    unsigned used;
};

static const char *
dots(const struct top_form *form)
{
    return form->ascii ? "..." : "\u2026";
}

/* As much as fits, padded to at least width columns. */
static void
add(struct line *l, const char *text, unsigned width, enum paint paint)
{
    unsigned left = l->form->width == 0       ? G_MAXUINT
                    : l->form->width > l->used ? l->form->width - l->used
                                               : 0;
    g_autofree char *fit = text_fit(text, width > 0 ? MIN(width, left) : left, dots(l->form));
    unsigned used = text_width(fit);

    if (!l->form->colour)
        paint = PAINT_PLAIN;
    if (*fit != '\0') {
        g_string_append(l->out, paint_begin(paint));
        g_string_append(l->out, fit);
        g_string_append(l->out, paint_end(paint));
    }
    for (; used < width && used < left; used++)
        g_string_append_c(l->out, ' ');
    l->used += used;
}

/* An English text, in the reader's language. */
static void
add_own(struct line *l, const char *english, unsigned width, enum paint paint)
{
    g_autofree char *own = text_of(english);

    add(l, own, width, paint);
}

static void
end(struct line *l)
{
    while (l->out->len > 0 && l->out->str[l->out->len - 1] == ' ')
        g_string_truncate(l->out, l->out->len - 1);
    g_string_append_c(l->out, '\n');
    l->used = 0;
}

/* --- head -------------------------------------------------------------------------------------- */

static void
view_head(struct line *l, const struct top_world *w)
{
    g_autofree char *time = cli_time(l->form->now);
    g_autofree char *age = text_duration(l->form->now - w->pass_completed);
    g_autofree char *head
        = g_strdup_printf(P_("statesync  %u VMs and templates, %u node  %s",
                             "statesync  %u VMs and templates, %u nodes  %s", w->nodes->len),
                          w->vms->len, w->nodes->len, time != NULL ? time : "");
    g_autofree char *pass = w->pass_completed == 0
                                ? g_strdup(_("no pass has ever been completed"))
                                : g_strdup_printf(_("last pass %s ago"), age);
    bool old = l->form->now - w->pass_completed > l->form->limit;

    add(l, head, 0, PAINT_HEAD);
    end(l);
    if (w->trouble != NULL) {
        add(l, _("no directory, trying again: "), 0, PAINT_BAD);
        add_own(l, w->trouble, 0, PAINT_BAD);
    } else if (!w->complete) {
        add(l, _("reading the directory"), 0, PAINT_BUSY);
    } else {
        add(l, pass, 0, old ? PAINT_WARN : PAINT_PLAIN);
        if (w->pause != NULL) {
            add(l, "  ", 0, PAINT_PLAIN);
            add_own(l, w->pause, 0, PAINT_WARN);
        }
    }
    end(l);
}

/* One number; on the next line where this one is full. */
static void
view_count(struct line *l, const char *word, unsigned n, enum paint paint)
{
    g_autofree char *text = g_strdup_printf("%s %u", word, n);

    if (l->used > 0 && l->form->width > 0 && l->used + 2 + text_width(text) > l->form->width)
        end(l);
    if (l->used > 0)
        add(l, "  ", 0, PAINT_PLAIN);
    add(l, text, 0, n > 0 ? paint : PAINT_DIM);
}

static void
view_counts(struct line *l, const struct top_world *w)
{
    unsigned states[STATE_COUNT] = {0}, stale = 0, alarms = 0;
    struct published like = {.known = true};

    for (guint i = 0; i < w->vms->len; i++) {
        const struct top_vm *vm = g_ptr_array_index(w->vms, i);
        states[vm->state]++;
        stale += vm->stale != NULL;
        alarms += vm->alarms != NULL;
    }
    for (enum state s = STATE_NONE + 1; s < STATE_COUNT; s++) {
        like.state = (uint8_t)s;
        if (states[s] > 0)
            view_count(l, _(state_name(s)), states[s], paint_of(&like));
    }
    if (states[STATE_NONE] > 0)
        view_count(l, _("none"), states[STATE_NONE], PAINT_PLAIN);
    view_count(l, _("stale"), stale, PAINT_WARN);
    view_count(l, _("with alarms"), alarms, PAINT_BAD);
    end(l);
}

/* --- sections ----------------------------------------------------------------------------------- */

/* A row that is not printed yet. */
struct row {
    const char *who;
    const struct top_vm *vm; /* NULL: a node */
    char *text;              /* NULL: the status of vm */
    enum paint paint;
    gint64 rank; /* the smallest first */
};

struct section {
    const char *title;
    GArray *rows; /* of struct row */
    guint shown;
};

static void
row_clear(gpointer data)
{
    g_free(((struct row *)data)->text);
}

static gint
by_rank(gconstpointer a, gconstpointer b)
{
    const struct row *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return text_compare(x->who, y->who);
}

static void
section_new(struct section *s, const char *title)
{
    *s = (struct section){title, g_array_new(FALSE, FALSE, sizeof(struct row)), 0};
    g_array_set_clear_func(s->rows, row_clear);
}

static void
section_add(struct section *s, struct row row)
{
    g_array_append_val(s->rows, row);
}

/* What says how far it is comes first, then what lasts longest. */
static void
find_busy(struct section *s, const struct top_world *w)
{
    section_new(s, N_("Busy"));
    for (guint i = 0; i < w->vms->len; i++) {
        const struct top_vm *vm = g_ptr_array_index(w->vms, i);
        if (vm->busy)
            section_add(s, (struct row){vm->name, vm, NULL, vm->paint,
                                        vm->since - (vm->permille >= 0 ? FIRST : 0)});
    }
}

static void
find_alarms(struct section *s, const struct top_world *w)
{
    section_new(s, N_("Needs attention"));
    for (guint i = 0; i < w->nodes->len; i++) {
        const struct top_node *n = g_ptr_array_index(w->nodes, i);
        for (char **a = n->alarms; a != NULL && *a != NULL; a++)
            section_add(s, (struct row){n->name, NULL, g_strdup(*a), PAINT_BAD, 0});
    }
    for (guint i = 0; i < w->vms->len; i++) {
        const struct top_vm *vm = g_ptr_array_index(w->vms, i);
        bool down = vm->state == STATE_CRASHED || vm->state == STATE_FROZEN;
        for (char **a = vm->alarms; a != NULL && *a != NULL; a++)
            section_add(s, (struct row){vm->name, NULL, g_strdup(*a), PAINT_BAD, 1});
        if (down)
            section_add(s, (struct row){vm->name, NULL,
                                        g_strdup_printf("%s: %s", vm->status,
                                                        vm->reason != NULL ? vm->reason : ""),
                                        PAINT_BAD, 1});
    }
}

/* What is stale on a node, or on none; names of nodes are compared without case, as DNs are. */
struct stale {
    const char *node;
    const char *reason;
    guint n;
};

static GHashTable *
count_stale(const struct top_world *w)
{
    GHashTable *all = g_hash_table_new_full(dn_hash, dn_equal, NULL, g_free);

    for (guint i = 0; i < w->vms->len; i++) {
        const struct top_vm *vm = g_ptr_array_index(w->vms, i);
        if (vm->stale == NULL)
            continue;
        const char *node = vm->node != NULL ? vm->node : N_("(no node)");
        struct stale *s = g_hash_table_lookup(all, node);
        if (s == NULL) {
            s = g_new0(struct stale, 1);
            *s = (struct stale){node, vm->stale, 0};
            g_hash_table_insert(all, (gpointer)(gintptr)node, s);
        }
        s->n++;
    }
    return all;
}

static char *
stale_row(guint n, const char *reason)
{
    g_autofree char *own = text_of(reason);
    g_autofree char *count = g_strdup_printf(_("%u stale"), n);

    return g_strconcat(count, reason != NULL ? "  " : NULL, own, NULL);
}

static void
find_stale(struct section *s, const struct top_world *w)
{
    g_autoptr(GHashTable) stale = count_stale(w);
    GHashTableIter iter;
    gpointer value;

    section_new(s, N_("Nodes that do not answer, and what is stale there"));
    for (guint i = 0; i < w->nodes->len; i++) {
        const struct top_node *n = g_ptr_array_index(w->nodes, i);
        const struct stale *its = g_hash_table_lookup(stale, n->name);
        if (n->reachable != 0)
            continue;
        guint count = its != NULL ? its->n : 0;
        section_add(s, (struct row){n->name, NULL, stale_row(count, n->reason), PAINT_BAD,
                                    -(gint64)count - FIRST});
        g_hash_table_remove(stale, n->name);
    }
    g_hash_table_iter_init(&iter, stale);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct stale *its = value;
        section_add(s, (struct row){its->node, NULL, stale_row(its->n, its->reason), PAINT_WARN,
                                    -(gint64)its->n});
    }
}

/* --- how sections are shown -------------------------------------------------------------------- */

/* Shares the lines that are left: a row to each in turn. */
static void
share(struct section *sections, guint n, unsigned height)
{
    bool more = true;

    for (guint i = 0; i < n && height > 0; i++)
        height = sections[i].rows->len > 0 && height >= 2 ? height - 2 : height;
    while (more && height > 0) {
        more = false;
        for (guint i = 0; i < n && height > 0; i++) {
            if (sections[i].shown < sections[i].rows->len) {
                sections[i].shown++;
                height--;
                more = true;
            }
        }
    }
}

static const struct row *
row_at(const struct section *s, guint i)
{
    return &g_array_index(s->rows, struct row, i);
}

static const char *
status_of(const struct row *r)
{
    return r->vm != NULL && r->vm->status != NULL ? r->vm->status : "";
}

static unsigned
widest(const struct section *s, const char *(*text)(const struct row *), const struct top_form *form)
{
    unsigned width = 0;

    for (guint i = 0; i < s->shown; i++) {
        g_autofree char *own = text == status_of ? text_of(text(row_at(s, i))) : NULL;
        width = MAX(width, text_width(own != NULL ? own : text(row_at(s, i))));
    }
    return form->width > 0 ? MIN(width, form->width / NAME_MAX_SHARE) : width;
}

static const char *
who_of(const struct row *r)
{
    return r->who;
}

static const char *
node_of(const struct row *r)
{
    return r->vm != NULL && r->vm->node != NULL ? r->vm->node : "-";
}

/* "####......  42.1 %", or as many blanks. */
static void
view_bar(struct line *l, int permille, unsigned width)
{
    g_autoptr(GString) bar = g_string_new(NULL);

    if (permille >= 0) {
        text_bar(bar, permille, width, l->form->ascii);
        g_string_append_printf(bar, " %3d.%d %%", permille / 10, permille % 10);
    }
    add(l, bar->str, width + 8, PAINT_BUSY);
    add(l, "  ", 0, PAINT_PLAIN);
}

struct widths {
    unsigned who, status, node, bar;
};

static void
view_row(struct line *l, const struct row *r, const struct widths *w)
{
    g_autofree char *age = r->vm != NULL && r->vm->since >= 0
                               ? text_duration(l->form->now - r->vm->since)
                               : g_strdup("-");

    add(l, r->who, w->who, PAINT_PLAIN);
    add(l, "  ", 0, PAINT_PLAIN);
    if (r->vm == NULL) {
        add_own(l, r->text, 0, r->paint);
    } else {
        add_own(l, status_of(r), w->status, r->paint);
        add(l, "  ", 0, PAINT_PLAIN);
        if (w->bar > 0)
            view_bar(l, r->vm->permille, w->bar);
        add(l, node_of(r), w->node, PAINT_PLAIN);
        add(l, "  ", 0, PAINT_PLAIN);
        add(l, age, 0, PAINT_PLAIN);
    }
    end(l);
}

static unsigned
bar_width(const struct section *s, const struct top_form *form)
{
    for (guint i = 0; i < s->shown; i++) {
        if (row_at(s, i)->vm != NULL && row_at(s, i)->vm->permille >= 0)
            return form->width > 0 ? CLAMP(form->width / 6, BAR_MIN, BAR_MAX) : BAR_MAX;
    }
    return 0;
}

static void
view_section(struct line *l, struct section *s)
{
    g_autofree char *title = g_strdup_printf("%s: %u", _(s->title), s->rows->len);

    if (s->shown == 0)
        return;
    const struct widths widths = {
        .who = widest(s, who_of, l->form),
        .status = widest(s, status_of, l->form),
        .node = widest(s, node_of, l->form),
        .bar = bar_width(s, l->form),
    };
    end(l);
    add(l, title, 0, PAINT_HEAD);
    if (s->shown < s->rows->len) {
        g_autofree char *some = g_strdup_printf(_(", %u of them here"), s->shown);
        add(l, some, 0, PAINT_PLAIN);
    }
    end(l);
    for (guint i = 0; i < s->shown; i++)
        view_row(l, row_at(s, i), &widths);
}

/* No more lines than fit. */
static void
clip(GString *out, unsigned height)
{
    const char *p = out->str;

    for (unsigned i = 0; p != NULL && i < height; i++) {
        p = strchr(p, '\n');
        p = p != NULL ? p + 1 : NULL;
    }
    if (p != NULL)
        g_string_truncate(out, (gsize)(p - out->str));
}

static unsigned
lines_of(const GString *out)
{
    unsigned n = 0;

    for (const char *p = strchr(out->str, '\n'); p != NULL; p = strchr(p + 1, '\n'))
        n++;
    return n;
}

void
top_view(const struct top_world *w, const struct top_form *form, GString *out)
{
    struct line l = {out, form, 0};
    struct section sections[3];
    bool calm = true;

    view_head(&l, w);
    view_counts(&l, w);
    find_busy(&sections[0], w);
    find_stale(&sections[1], w);
    find_alarms(&sections[2], w);
    unsigned used = lines_of(out);
    for (guint i = 0; i < G_N_ELEMENTS(sections); i++) {
        g_array_sort(sections[i].rows, by_rank);
        calm = calm && sections[i].rows->len == 0;
    }
    share(sections, G_N_ELEMENTS(sections),
          form->height == 0 ? G_MAXUINT : form->height > used ? form->height - used : 0);
    for (guint i = 0; i < G_N_ELEMENTS(sections); i++) {
        view_section(&l, &sections[i]);
        g_array_unref(sections[i].rows);
    }
    if (calm && w->complete) {
        end(&l);
        add(&l, _("Nothing is busy, every node answers, no alarms."), 0, PAINT_PLAIN);
        end(&l);
    }
    if (form->height > 0)
        clip(out, form->height);
}
