/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All machines: a line each, which opens to everything that is known of it.
 */
#include "config.h"

#include "board/view.h"
#include "core/meaning.h"
#include "core/status.h"
#include "engine/engine.h"

#include <string.h>

static void
row_begin(struct view *v, const char *label)
{
    g_string_append(v->html->out, "<div><dt>");
    html_say(v->html, label);
    g_string_append(v->html->out, "</dt><dd>");
}

static void
row_end(struct view *v)
{
    g_string_append(v->html->out, "</dd></div>");
}

static void
text_row(struct view *v, const char *label, const char *text)
{
    if (text == NULL)
        return;
    row_begin(v, label);
    html_foreign(v->html, text);
    row_end(v);
}

/* One that this program made. */
static void
sentence_row(struct view *v, const char *label, const char *text)
{
    if (text == NULL)
        return;
    row_begin(v, label);
    html_sentence(v->html, text);
    row_end(v);
}

static void
time_row(struct view *v, const char *label, gint64 seconds)
{
    if (seconds < 0)
        return;
    row_begin(v, label);
    html_time(v->html, seconds, true);
    g_string_append(v->html->out, " <span class=\"quiet\">(");
    html_age(v->html, seconds, v->board->taken);
    g_string_append(v->html->out, ")</span>");
    row_end(v);
}

/* "kvm-0012.example.org [5.1 %]" ends with how far it is: permille, else -1. */
static int
progress_of(const char *line)
{
    const char *at = strrchr(line, '[');
    char *end;

    if (at == NULL || !g_ascii_isdigit(at[1]))
        return -1;
    guint64 whole = g_ascii_strtoull(at + 1, &end, 10);
    if (whole > 100 || end[0] != '.' || !g_ascii_isdigit(end[1]) || strcmp(end + 2, " %]") != 0)
        return -1;
    return (int)(whole * 10) + (end[1] - '0');
}

static void
list_row(struct view *v, const char *label, const char **texts, bool sentences)
{
    if (texts == NULL)
        return;
    row_begin(v, label);
    g_string_append(v->html->out, "<ul>");
    for (; *texts != NULL; texts++) {
        int permille = progress_of(*texts);
        g_string_append(v->html->out, "<li>");
        if (sentences || details_is_more(*texts))
            html_sentence(v->html, *texts);
        else /* a machine's name, and how far it is */
            html_foreign(v->html, *texts);
        if (permille >= 0)
            view_bar(v, permille);
        g_string_append(v->html->out, "</li>");
    }
    g_string_append(v->html->out, "</ul>");
    row_end(v);
}

static void
status_row(struct view *v, const struct board_vm *vm)
{
    const struct status_word *word = status_word(vm->state, vm->activity);

    row_begin(v, N_("Status"));
    view_status(v, vm);
    if (word != NULL) {
        g_string_append(v->html->out, " <span class=\"quiet\">");
        html_say(v->html, word->meaning);
        g_string_append(v->html->out, "</span>");
    }
    row_end(v);
}

static void
stale_row(struct view *v, const struct board_vm *vm)
{
    if (vm->stale == NULL)
        return;
    row_begin(v, N_("Stale"));
    if (*vm->stale != '\0')
        html_sentence(v->html, vm->stale);
    else
        html_say(v->html, N_("the reason is not told"));
    row_end(v);
    time_row(v, N_("Stale since"), vm->stale_since);
}

static void
kind_row(struct view *v, const struct board_vm *vm)
{
    if (vm->kind >= KIND_COUNT)
        return;
    row_begin(v, N_("Type"));
    html_say(v->html, kind_name(vm->kind));
    row_end(v);
}

/* Its tool-tip is for who points at it and, as it can have the focus, for who does not. */
static void
action(struct view *v, enum action a, bool template, const char *why)
{
    struct html *h = v->html;

    g_string_append_printf(h->out, "<li class=\"%s\" tabindex=\"0\"", why == NULL ? "yes" : "no");
    html_say_title(h, action_hint(a, template), html_sentence_word(h, why));
    g_string_append(h->out, "><b>");
    html_say(h, action_label(a));
    g_string_append(h->out, "</b>");
    g_string_append(h->out, "<span class=\"hidden\">: ");
    html_say(h, why == NULL ? N_("allowed") : N_("not allowed"));
    g_string_append(h->out, "</span>");
    if (why != NULL) {
        g_string_append_c(h->out, ' ');
        html_sentence(h, why);
    }
    g_string_append(h->out, "</li>");
}

static void
actions(struct view *v, const struct board_vm *vm)
{
    bool template = vm->kind == KIND_TEMPLATE;

    g_string_append(v->html->out, "<div class=\"actions\">");
    html_say_in(v->html, "h3", "label", N_("Actions"));
    g_string_append(v->html->out, "<ul>");
    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        if (vm->actions & ACTION_BIT(a))
            action(v, (enum action)a, template, NULL);
    }
    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        if (!(vm->actions & ACTION_BIT(a)) && vm->denied[a] != NULL)
            action(v, (enum action)a, template, vm->denied[a]);
    }
    g_string_append(v->html->out, "</ul></div>");
}

static void
facts(struct view *v, const struct board_vm *vm)
{
    g_string_append(v->html->out, "<dl>");
    status_row(v, vm);
    sentence_row(v, N_("Why"), vm->reason);
    time_row(v, N_("Since"), vm->since);
    stale_row(v, vm);
    list_row(v, N_("Alarms"), vm->alarms, true);
    list_row(v, N_("Details"), vm->details, false);
    sentence_row(v, N_("Malformed"), vm->problem);
    text_row(v, N_("Seen on"), vm->node);
    text_row(v, N_("Belongs to"), vm->home);
    text_row(v, N_("Migrates to"), vm->target);
    text_row(v, N_("Requested"), vm->request);
    text_row(v, N_("OpenNebula"), vm->one);
    kind_row(v, vm);
    text_row(v, N_("UUID"), vm->uuid);
    text_row(v, N_("Entry"), vm->dn);
    g_string_append(v->html->out, "</dl>");
}

static void
badges(struct view *v, const struct board_vm *vm)
{
    struct html *h = v->html;

    g_string_append(h->out, "<span class=\"badges\">");
    if (vm->kind == KIND_TEMPLATE)
        html_say_in(h, "span", "badge", N_("template"));
    if (vm->stale != NULL)
        html_say_in(h, "span", "badge warn", N_("stale"));
    for (const char **a = vm->alarms; a != NULL && *a != NULL; a++) {
        g_autofree char *id = g_strndup(*a, strcspn(*a, ":"));
        g_string_append(h->out, "<span class=\"badge alarm\">");
        html_text(h->out, id);
        g_string_append(h->out, "</span>");
    }
    g_string_append(h->out, "</span>");
}

/* What the script filters by. */
static void
marks(struct view *v, const struct board_vm *vm)
{
    GString *out = v->html->out;

    g_string_append_printf(out, " data-s=\"%s\" data-k=\"%s\" data-n=\"", state_name(vm->state),
                           vm->kind < KIND_COUNT ? kind_name(vm->kind) : "");
    html_text(out, view_node_of(vm));
    g_string_append_printf(out, "\" data-i=\"%" G_GINT64_FORMAT "\"", vm->since);
    if (view_is_busy(vm))
        g_string_append(out, " data-busy");
    if (vm->stale != NULL)
        g_string_append(out, " data-stale");
    if (vm->alarms != NULL)
        g_string_append(out, " data-alarm");
}

static void
machine(struct view *v, const struct view_vm *row)
{
    const struct board_vm *vm = row->vm;
    struct html *h = v->html;

    g_string_append_printf(h->out, "<li><details class=\"vm\" id=\"%s\"", row->id);
    marks(v, vm);
    g_string_append(h->out, "><summary><span class=\"line\"><span class=\"name\">");
    html_foreign(h, view_title(vm));
    g_string_append(h->out, "</span> <span>");
    view_status(v, vm);
    g_string_append(h->out, "</span> <span class=\"node\">");
    html_foreign(h, view_node_of(vm));
    g_string_append(h->out, "</span> <span class=\"since\">");
    html_age(h, vm->since, v->board->taken);
    g_string_append(h->out, "</span> ");
    badges(v, vm);
    g_string_append(h->out, "</span></summary><div class=\"more\">");
    facts(v, vm);
    actions(v, vm);
    view_changes(v, vm);
    g_string_append(h->out, "</div></details></li>\n");
}

/* --- what the script offers ---------------------------------------------------------------- */

static void
option(struct view *v, const char *value, const char *text)
{
    g_string_append_printf(v->html->out, "<option value=\"%s\"", value);
    if (v->html->page->n_languages > 1)
        html_say_attribute(v->html, "label", text);
    g_string_append_c(v->html->out, '>');
    html_text(v->html->out, html_word(v->html, text));
    g_string_append(v->html->out, "</option>");
}

static void
choice_begin(struct view *v, const char *id, const char *label)
{
    g_string_append(v->html->out, "<label>");
    html_say(v->html, label);
    g_string_append_printf(v->html->out, " <select id=\"%s\">", id);
}

static void
choice_end(struct view *v)
{
    g_string_append(v->html->out, "</select></label>");
}

static void
choose_state(struct view *v)
{
    choice_begin(v, "f-state", N_("State"));
    option(v, "", N_("all"));
    for (unsigned s = STATE_NONE + 1; s < STATE_COUNT; s++) {
        if (v->states[s] > 0)
            option(v, state_name((enum state)s), state_name((enum state)s));
    }
    choice_end(v);
}

static void
choose_kind(struct view *v)
{
    choice_begin(v, "f-kind", N_("Type"));
    option(v, "", N_("all"));
    for (unsigned k = 0; k < KIND_PROFILE; k++)
        option(v, kind_name((enum kind)k), kind_name((enum kind)k));
    choice_end(v);
}

static void
choose_node(struct view *v)
{
    choice_begin(v, "f-node", N_("Node"));
    option(v, "", N_("all"));
    for (guint i = 0; i < v->nodes->len; i++) {
        const struct view_node *n = g_ptr_array_index(v->nodes, i);
        g_string_append(v->html->out, "<option>");
        html_text(v->html->out, n->name);
        g_string_append(v->html->out, "</option>");
    }
    choice_end(v);
}

static void
choose_order(struct view *v)
{
    choice_begin(v, "sort", N_("Sort by"));
    option(v, "name", N_("Name"));
    option(v, "status", N_("Status"));
    option(v, "node", N_("Node"));
    option(v, "since", N_("Last change"));
    choice_end(v);
}

static void
check(struct view *v, const char *id, const char *label)
{
    g_string_append_printf(v->html->out, "<label><input type=\"checkbox\" id=\"%s\"> ", id);
    html_say(v->html, label);
    g_string_append(v->html->out, "</label>");
}

/* Hidden until the script is there to do something about it. */
static void
tools(struct view *v)
{
    struct html *h = v->html;

    g_string_append(h->out, "<form id=\"tools\" hidden");
    html_say_attribute(h, "aria-label", N_("Filter and sort"));
    g_string_append(h->out, "><label>");
    html_say(h, N_("Search"));
    g_string_append(h->out, " <input type=\"search\" id=\"f-text\" autocomplete=\"off\""
                            " spellcheck=\"false\"></label>");
    choose_state(v);
    choose_node(v);
    choose_kind(v);
    choose_order(v);
    g_string_append(h->out, "<span class=\"checks\">");
    check(v, "f-alarm", N_("with alarms"));
    check(v, "f-stale", N_("stale"));
    check(v, "f-busy", N_("busy"));
    g_string_append(h->out, "</span><button type=\"reset\">");
    html_say(h, N_("Show all"));
    g_string_append(h->out, "</button><p role=\"status\">");
    html_say(h, N_("Shown:"));
    g_string_append(h->out, " <span id=\"shown\"></span></p></form>\n");
}

void
view_vms(struct view *v)
{
    struct html *h = v->html;

    g_string_append(h->out, "<section id=\"machines\">\n");
    html_say_in(h, "h2", "title", N_("Machines and templates"));
    if (v->vms->len == 0) {
        html_say_in(h, "p", "empty", N_("The directory has no machines."));
    } else {
        tools(v);
        view_changes_note(v);
        g_string_append(h->out, "<div class=\"line labels\" aria-hidden=\"true\">");
        html_say(h, N_("Name"));
        html_say(h, N_("Status"));
        html_say(h, N_("Node"));
        html_say(h, N_("For"));
        g_string_append(h->out, "<span></span></div>\n<ul id=\"vms\" role=\"list\">\n");
        for (guint i = 0; i < v->vms->len; i++)
            machine(v, g_ptr_array_index(v->vms, i));
        g_string_append(h->out, "</ul>\n");
    }
    g_string_append(h->out, "</section>\n");
}
