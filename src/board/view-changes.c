/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of a machine: a bar over the time, for the eyes, and every change in words.
 */
#include "config.h"

#include "board/view.h"
#include "core/status.h"

#include <string.h>

enum { BAR_WIDTH = 1000, PART_MIN = 4 };

/* --- the bar ------------------------------------------------------------------------------ */

static bool
state_of(const char *text, enum state *state)
{
    enum activity activity;

    return text != NULL && status_parse(text, state, &activity);
}

static void
part(struct view *v, enum state state, gint64 from, gint64 to, gint64 begin, gint64 end)
{
    int x = MIN((int)((from - begin) * BAR_WIDTH / (end - begin)), BAR_WIDTH - PART_MIN);
    int width = (int)((to - begin) * BAR_WIDTH / (end - begin)) - x;

    g_string_append_printf(v->html->out,
                           "<rect class=\"%s\" x=\"%d\" width=\"%d\" height=\"10\"/>",
                           view_colour(state), x, MAX(width, PART_MIN));
}

/* The oldest status that is known, and since when. */
static bool
first_status(const struct view *v, const struct board_vm *vm, gint64 *since, enum state *state)
{
    for (guint i = vm->changes->len; i-- > 0;) {
        const struct board_change *c = &g_array_index(vm->changes, struct board_change, i);
        if (strcmp(c->what, BOARD_STATUS) != 0)
            continue;
        if (state_of(c->old, state) && !vm->more_changes) {
            *since = MIN(v->board->changes_since, c->time);
            return true;
        }
        if (state_of(c->new, state)) {
            *since = c->time;
            return true;
        }
    }
    return false;
}

static void
bar(struct view *v, const struct board_vm *vm)
{
    struct html *h = v->html;
    enum state now;
    gint64 begin;

    if (!first_status(v, vm, &begin, &now))
        return;
    gint64 at = begin, end = MAX(v->board->taken, begin + 1);
    g_string_append(h->out, "<div class=\"over\" aria-hidden=\"true\"><svg class=\"shares\""
                            " viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\">");
    for (guint i = vm->changes->len; i-- > 0;) {
        const struct board_change *c = &g_array_index(vm->changes, struct board_change, i);
        enum state next;
        if (strcmp(c->what, BOARD_STATUS) != 0 || !state_of(c->new, &next) || c->time < at
            || strcmp(view_colour(next), view_colour(now)) == 0)
            continue;
        part(v, now, at, MIN(c->time, end), begin, end);
        now = next;
        at = MIN(c->time, end);
    }
    part(v, now, at, end, begin, end);
    g_string_append(h->out, "</svg>");
    html_time(h, begin, false);
    g_string_append_c(h->out, ' ');
    html_time(h, end, false);
    g_string_append(h->out, "</div>");
}

/* --- words ---------------------------------------------------------------------------------- */

static void
value(struct view *v, const struct board_change *c, const char *text)
{
    enum state state;
    enum activity activity;
    struct html *h = v->html;

    if (text == NULL) {
        html_say(h, N_("none"));
    } else if (strcmp(c->what, BOARD_ENTRY) == 0) {
        html_say(h, text);
    } else if (strcmp(c->what, BOARD_STATUS) == 0 && status_parse(text, &state, &activity)) {
        html_say_status(h, state, activity);
        const char *percent = strchr(text, '[');
        g_string_append(h->out, percent != NULL ? " " : "");
        html_text(h->out, percent);
    } else if (c->ours) {
        html_sentence(h, text);
    } else {
        html_foreign(h, text);
    }
}

static void
change(struct view *v, const struct board_change *c)
{
    struct html *h = v->html;

    g_string_append(h->out, "<li>");
    html_time(h, c->time, true);
    g_string_append_c(h->out, ' ');
    html_say(h, c->what);
    g_string_append(h->out, ": ");
    if (c->known && strcmp(c->what, BOARD_ENTRY) != 0) {
        value(v, c, c->old);
        g_string_append(h->out, " &rarr; ");
    }
    g_string_append(h->out, "<b>");
    value(v, c, c->new);
    g_string_append(h->out, "</b>");
    if (c->who != NULL || c->why != NULL) {
        g_string_append(h->out, " <span class=\"quiet\">");
        html_foreign(h, c->who);
        g_string_append(h->out, c->who != NULL && c->why != NULL ? ": " : "");
        html_sentence(h, c->why);
        g_string_append(h->out, "</span>");
    }
    g_string_append(h->out, "</li>");
}

void
view_changes(struct view *v, const struct board_vm *vm)
{
    struct html *h = v->html;

    if (vm->changes == NULL)
        return;
    g_string_append(h->out, "<div class=\"changes\">");
    html_say_in(h, "h3", "label", N_("What became of it"));
    bar(v, vm);
    g_string_append(h->out, "<ol>");
    for (guint i = 0; i < vm->changes->len; i++)
        change(v, &g_array_index(vm->changes, struct board_change, i));
    if (vm->more_changes)
        html_say_in(h, "li", "quiet", N_("older changes are not shown"));
    g_string_append(h->out, "</ol></div>");
}

void
view_changes_note(struct view *v)
{
    struct html *h = v->html;

    if (v->board->changes_since < 0)
        return;
    g_string_append(h->out, "<p class=\"quiet note\">");
    html_say(h, v->board->own_changes ? N_("What this program wrote is shown with each machine, since")
                                      : N_("What became of each machine is shown with it, since"));
    g_string_append_c(h->out, ' ');
    html_time(h, v->board->changes_since, false);
    g_string_append(h->out, " UTC. ");
    html_say(h, N_("Changes of one machine, at most:"));
    g_string_append_printf(h->out, " %d.</p>\n", BOARD_CHANGES_MAX);
}
