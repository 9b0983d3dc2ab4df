/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What needs somebody's attention, what is under way, and the nodes.
 */
#include "config.h"

#include "board/view.h"
#include "core/meaning.h"
#include "core/status.h"

#include <string.h>

/* --- attention -------------------------------------------------------------------------- */

/* "backup-stuck: retaining since ..." of whom. */
static void
alarm_item(struct view *v, const char *text)
{
    size_t len = strcspn(text, ":");
    g_autofree char *id = g_strndup(text, len);
    const char *rest = text[len] == ':' ? text + len + 1 : "";

    g_string_append(v->html->out, "<span class=\"badge alarm\">");
    html_text(v->html->out, id);
    g_string_append(v->html->out, "</span> ");
    html_foreign(v->html, rest + strspn(rest, " "));
    enum alarm_id known;
    if (!alarm_parse(id, &known))
        return;
    g_string_append(v->html->out, " <span class=\"quiet\">");
    html_say(v->html, alarm_remedy(known));
    g_string_append(v->html->out, "</span>");
}

static void
node_link(struct view *v, const char *name)
{
    g_string_append(v->html->out, "<strong>");
    html_foreign(v->html, name);
    g_string_append(v->html->out, "</strong>");
}

static bool
is_silent(const struct view_node *n)
{
    return n->entry != NULL && n->entry->reachable == 0;
}

static void
node_items(struct view *v, const struct view_node *n)
{
    struct html *h = v->html;

    if (is_silent(n)) {
        g_string_append(h->out, "<li>");
        node_link(v, n->name);
        g_string_append(h->out, " <span class=\"badge warn\">");
        html_say(h, N_("does not answer"));
        g_string_append(h->out, "</span> ");
        html_foreign(h, n->entry->reason);
        g_string_append(h->out, "</li>");
    }
    for (const char **a = n->entry != NULL ? n->entry->alarms : NULL; a != NULL && *a != NULL; a++) {
        g_string_append(h->out, "<li>");
        node_link(v, n->name);
        g_string_append_c(h->out, ' ');
        alarm_item(v, *a);
        g_string_append(h->out, "</li>");
    }
}

static void
machine_items(struct view *v, const struct view_vm *row)
{
    struct html *h = v->html;
    const struct board_vm *vm = row->vm;

    for (const char **a = vm->alarms; a != NULL && *a != NULL; a++) {
        g_string_append(h->out, "<li>");
        view_link(v, row);
        g_string_append_c(h->out, ' ');
        alarm_item(v, *a);
        g_string_append(h->out, "</li>");
    }
    if (vm->stale == NULL && vm->problem == NULL && vm->state != STATE_CRASHED
        && vm->state != STATE_FROZEN)
        return;
    if (vm->alarms != NULL && vm->stale == NULL)
        return; /* said already */
    g_string_append(h->out, "<li>");
    view_link(v, row);
    g_string_append(h->out, vm->stale != NULL ? " <span class=\"badge warn\">"
                                              : " <span class=\"badge alarm\">");
    if (vm->stale != NULL)
        html_say(h, N_("stale"));
    else if (vm->problem != NULL)
        html_say(h, N_("malformed"));
    else
        html_say_status(h, vm->state, vm->activity);
    g_string_append(h->out, "</span> ");
    html_foreign(h, vm->stale != NULL && *vm->stale != '\0' ? vm->stale
                    : vm->problem != NULL                   ? vm->problem
                                                            : vm->reason);
    g_string_append(h->out, "</li>\n");
}

void
view_attention(struct view *v)
{
    struct html *h = v->html;

    g_string_append(h->out, "<section id=\"attention\">\n");
    html_say_in(h, "h2", "title", N_("Needs attention"));
    g_string_append(h->out, "<ul class=\"items\">");
    gsize before = h->out->len;
    for (guint i = 0; i < v->nodes->len; i++)
        node_items(v, g_ptr_array_index(v->nodes, i));
    for (guint i = 0; i < v->vms->len; i++)
        machine_items(v, g_ptr_array_index(v->vms, i));
    bool empty = h->out->len == before;
    if (empty)
        html_say_in(h, "li", "empty", N_("Nothing: no alarms, nothing stale, every node answers."));
    g_string_append(h->out, "</ul></section>\n");
}

/* --- under way ---------------------------------------------------------------------------- */

static void
busy_item(struct view *v, const struct view_vm *row)
{
    struct html *h = v->html;
    const struct board_vm *vm = row->vm;

    g_string_append(h->out, "<li>");
    view_link(v, row);
    g_string_append_c(h->out, ' ');
    view_status(v, vm);
    if (vm->activity == ACTIVITY_MIGRATING && vm->target != NULL) {
        g_string_append(h->out, " <span class=\"quiet\">");
        html_foreign(h, view_node_of(vm));
        g_string_append(h->out, " &rarr; ");
        html_foreign(h, vm->target);
        g_string_append(h->out, "</span>");
    } else {
        g_string_append(h->out, " <span class=\"quiet\">");
        html_age(h, vm->since, v->board->taken);
        g_string_append(h->out, "</span>");
    }
    g_string_append(h->out, "</li>\n");
}

void
view_busy(struct view *v)
{
    struct html *h = v->html;

    if (v->n_busy == 0)
        return;
    g_string_append(h->out, "<section id=\"busy\">\n");
    html_say_in(h, "h2", "title", N_("Under way"));
    g_string_append(h->out, "<ul class=\"items\">\n");
    for (guint i = 0; i < v->vms->len; i++) {
        const struct view_vm *row = g_ptr_array_index(v->vms, i);
        if (view_is_busy(row->vm))
            busy_item(v, row);
    }
    g_string_append(h->out, "</ul></section>\n");
}

/* --- nodes ---------------------------------------------------------------------------------- */

const char *
view_colour(enum state state)
{
    switch (state) {
    case STATE_RUNNING:
        return "up";
    case STATE_CRASHED:
    case STATE_FROZEN:
        return "bad";
    case STATE_PAUSED:
        return "paused";
    case STATE_STARTING:
    case STATE_SHUTTING_DOWN:
    case STATE_POWERING_OFF:
    case STATE_DELETING:
        return "busy";
    case STATE_DO_NOT_USE:
        return "unused";
    case STATE_NONE:
    case STATE_STOPPED:
    case STATE_COUNT:
        break;
    }
    return "off";
}

/* Parts in the order of their states; the numbers stand beside it, so nobody has to see it. */
static void
share_bar(struct view *v, const struct view_node *n)
{
    unsigned x = 0, total = n->vms->len;
    GString *out = v->html->out;

    g_string_append(out, "<svg class=\"shares\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\""
                         " aria-hidden=\"true\">");
    for (unsigned i = 0; i < STATE_COUNT && total > 0; i++) {
        unsigned s = (STATE_RUNNING + i) % STATE_COUNT;
        unsigned width = n->states[s] * 1000 / total;
        if (n->states[s] == 0)
            continue;
        g_string_append_printf(out, "<rect class=\"%s\" x=\"%u\" width=\"%u\" height=\"10\"/>",
                               view_colour((enum state)s), x, width);
        x += width;
    }
    g_string_append(out, "</svg>");
}

static void
node_counts(struct view *v, const struct view_node *n)
{
    struct html *h = v->html;

    g_string_append(h->out, "<ul class=\"counts\">");
    for (unsigned s = STATE_NONE + 1; s < STATE_COUNT; s++) {
        if (n->states[s] == 0)
            continue;
        g_string_append(h->out, "<li>");
        html_say_status(h, (enum state)s, ACTIVITY_NONE);
        g_string_append_printf(h->out, " <b>%u</b></li>", n->states[s]);
    }
    if (n->n_stale > 0) {
        g_string_append(h->out, "<li class=\"warn\">");
        html_say(h, N_("stale"));
        g_string_append_printf(h->out, " <b>%u</b></li>", n->n_stale);
    }
    g_string_append(h->out, "</ul>");
}

static void
node_state(struct view *v, const struct view_node *n)
{
    struct html *h = v->html;
    const struct board_node *e = n->entry;

    g_string_append(h->out, "<p class=\"facts\">");
    if (e == NULL)
        html_say_in(h, "span", "badge warn", N_("no such node in the directory"));
    else if (e->reachable < 0)
        html_say_in(h, "span", "badge", N_("not asked yet"));
    else
        html_say_in(h, "span", e->reachable ? "badge ok" : "badge warn",
                    e->reachable ? N_("answers") : N_("does not answer"));
    if (e != NULL && e->state != NULL) {
        g_string_append(h->out, " <span class=\"badge\">");
        html_text(h->out, e->state);
        g_string_append(h->out, "</span>");
    }
    if (e != NULL && e->hypervisor != NULL) {
        g_string_append(h->out, " <span class=\"quiet\">");
        html_foreign(h, e->hypervisor);
        g_string_append(h->out, "</span>");
    }
    if (e != NULL && e->domains >= 0) {
        g_string_append(h->out, " <span class=\"quiet\">");
        html_say(h, N_("active domains:"));
        g_string_append_printf(h->out, " %" G_GINT64_FORMAT "</span>", e->domains);
    }
    g_string_append(h->out, "</p>");
}

static void
node_machines(struct view *v, const struct view_node *n)
{
    struct html *h = v->html;

    if (n->vms->len == 0)
        return;
    g_string_append(h->out, "<details><summary>");
    html_say(h, N_("Machines:"));
    g_string_append_printf(h->out, " %u</summary><ul class=\"columns\">", n->vms->len);
    for (guint i = 0; i < n->vms->len; i++) {
        const struct view_vm *row = g_ptr_array_index(n->vms, i);
        g_string_append(h->out, "<li>");
        view_link(v, row);
        g_string_append_c(h->out, ' ');
        view_status(v, row->vm);
        g_string_append(h->out, "</li>");
    }
    g_string_append(h->out, "</ul></details>");
}

void
view_nodes(struct view *v)
{
    struct html *h = v->html;

    g_string_append(h->out, "<section id=\"nodes\">\n");
    html_say_in(h, "h2", "title", N_("Nodes"));
    if (v->nodes->len == 0)
        html_say_in(h, "p", "empty", N_("The directory has no nodes."));
    g_string_append(h->out, "<div class=\"cards\">\n");
    for (guint i = 0; i < v->nodes->len; i++) {
        const struct view_node *n = g_ptr_array_index(v->nodes, i);
        g_string_append_printf(h->out, "<article%s><h3>", is_silent(n) ? " class=\"silent\"" : "");
        html_foreign(h, n->name);
        g_string_append(h->out, "</h3>");
        node_state(v, n);
        share_bar(v, n);
        node_counts(v, n);
        node_machines(v, n);
        g_string_append(h->out, "</article>\n");
    }
    g_string_append(h->out, "</div></section>\n");
}

/* --- words ------------------------------------------------------------------------------------ */

void
view_words(struct view *v)
{
    struct html *h = v->html;
    const struct status_word *row = NULL;

    g_string_append(h->out, "<section id=\"words\"><details><summary>");
    html_say(h, N_("What the statuses mean"));
    g_string_append(h->out, "</summary><dl>\n");
    while ((row = status_next(row)) != NULL) {
        g_string_append(h->out, "<div><dt>");
        html_say_status(h, row->state, row->activity);
        g_string_append(h->out, "</dt><dd>");
        html_say(h, row->meaning);
        g_string_append(h->out, "</dd></div>\n");
    }
    g_string_append(h->out, "</dl></details></section>\n");
}
