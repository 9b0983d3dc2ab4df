/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What needs somebody's attention, the worst first.
 */
#include "config.h"

#include "board/view.h"
#include "core/meaning.h"

#include <string.h>

enum { GRAVITY_STALE = GRAVITY_ENTRY + 1 }; /* it follows from a node that is told of already */

/* One thing: of a node or of a machine. */
struct item {
    unsigned gravity;
    guint place; /* nodes first, by name each */
    const struct view_node *node; /* NULL: a machine */
    const struct view_vm *vm;
    const char *alarm; /* NULL: how it is */
};

/* --- found ---------------------------------------------------------------------------------- */

static void
add(GArray *items, struct item item)
{
    item.place = items->len;
    g_array_append_val(items, item);
}

/* "backup-stuck: retaining since ...": which alarm is that?  False: one we do not know. */
static bool
known_alarm(const char *text, enum alarm_id *alarm)
{
    g_autofree char *id = g_strndup(text, strcspn(text, ":"));

    return alarm_parse(id, alarm);
}

static void
add_alarms(GArray *items, struct item item, const char **alarms)
{
    for (; alarms != NULL && *alarms != NULL; alarms++) {
        enum alarm_id id;
        item.alarm = *alarms;
        item.gravity = known_alarm(*alarms, &id) ? alarm_gravity(id) : GRAVITY_STUCK;
        add(items, item);
    }
}

static void
find_in_node(GArray *items, const struct view_node *n)
{
    const struct item item = {.gravity = GRAVITY_DOWN, .node = n};

    if (view_is_silent(n))
        add(items, item);
    if (n->entry != NULL)
        add_alarms(items, item, n->entry->alarms);
}

static void
find_in_machine(GArray *items, const struct view_vm *row)
{
    const struct board_vm *vm = row->vm;
    struct item item = {.vm = row};

    add_alarms(items, item, vm->alarms);
    if (vm->stale == NULL && vm->problem == NULL && vm->state != STATE_CRASHED
        && vm->state != STATE_FROZEN)
        return;
    if (vm->alarms != NULL && vm->stale == NULL)
        return; /* said already */
    item.gravity = vm->stale != NULL     ? (unsigned)GRAVITY_STALE
                   : vm->problem != NULL ? (unsigned)GRAVITY_ENTRY
                                         : (unsigned)GRAVITY_DOWN;
    add(items, item);
}

static gint
by_gravity(gconstpointer a, gconstpointer b)
{
    const struct item *x = a, *y = b;

    if (x->gravity != y->gravity)
        return x->gravity < y->gravity ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static GArray *
find(const struct view *v)
{
    GArray *items = g_array_new(FALSE, FALSE, sizeof(struct item));

    for (guint i = 0; i < v->nodes->len; i++)
        find_in_node(items, g_ptr_array_index(v->nodes, i));
    for (guint i = 0; i < v->vms->len; i++)
        find_in_machine(items, g_ptr_array_index(v->vms, i));
    g_array_sort(items, by_gravity);
    return items;
}

/* --- told ------------------------------------------------------------------------------------- */

static void
alarm_text(struct view *v, const char *text)
{
    size_t len = strcspn(text, ":");
    g_autofree char *id = g_strndup(text, len);
    const char *rest = text[len] == ':' ? text + len + 1 : "";
    enum alarm_id known;

    g_string_append(v->html->out, "<span class=\"badge alarm\">");
    html_text(v->html->out, id);
    g_string_append(v->html->out, "</span> ");
    html_sentence(v->html, rest + strspn(rest, " "));
    if (!alarm_parse(id, &known))
        return;
    g_string_append(v->html->out, " <span class=\"quiet\">");
    html_say(v->html, alarm_remedy(known));
    g_string_append(v->html->out, "</span>");
}

static void
silence(struct view *v, const struct view_node *n)
{
    g_string_append(v->html->out, "<span class=\"badge warn\">");
    html_say(v->html, N_("does not answer"));
    g_string_append(v->html->out, "</span> ");
    html_sentence(v->html, n->entry->reason);
}

static void
condition(struct view *v, const struct board_vm *vm)
{
    struct html *h = v->html;

    g_string_append(h->out, vm->stale != NULL ? "<span class=\"badge warn\">"
                                              : "<span class=\"badge alarm\">");
    if (vm->stale != NULL)
        html_say(h, N_("stale"));
    else if (vm->problem != NULL)
        html_say(h, N_("malformed"));
    else
        html_say_status(h, vm->state, vm->activity);
    g_string_append(h->out, "</span> ");
    html_sentence(h, vm->stale != NULL && *vm->stale != '\0' ? vm->stale
                     : vm->problem != NULL                   ? vm->problem
                                                             : vm->reason);
}

static void
tell(struct view *v, const struct item *item)
{
    GString *out = v->html->out;

    g_string_append(out, "<li>");
    if (item->node != NULL) {
        g_string_append(out, "<strong>");
        html_foreign(v->html, item->node->name);
        g_string_append(out, "</strong>");
    } else {
        view_link(v, item->vm);
    }
    g_string_append_c(out, ' ');
    if (item->alarm != NULL)
        alarm_text(v, item->alarm);
    else if (item->node != NULL)
        silence(v, item->node);
    else
        condition(v, item->vm->vm);
    g_string_append(out, "</li>\n");
}

void
view_attention(struct view *v)
{
    struct html *h = v->html;
    g_autoptr(GArray) items = find(v);

    g_string_append(h->out, "<section id=\"attention\">\n");
    html_say_in(h, "h2", "title", N_("Needs attention"));
    g_string_append(h->out, "<ul class=\"items\">");
    for (guint i = 0; i < items->len; i++)
        tell(v, &g_array_index(items, struct item, i));
    if (items->len == 0)
        html_say_in(h, "li", "empty", N_("Nothing: no alarms, nothing stale, every node answers."));
    g_string_append(h->out, "</ul></section>\n");
}
