/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is under way, and the nodes.
 */
#include "config.h"

#include "board/view.h"
#include "core/meaning.h"
#include "core/status.h"

#include <string.h>

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
        g_string_append_printf(h->out, "<article%s><h3>", view_is_silent(n) ? " class=\"silent\"" : "");
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
