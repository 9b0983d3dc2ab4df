/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "board/view.h"

#include "core/progress.h"

#include <string.h>

const char *
view_title(const struct board_vm *vm)
{
    return vm->name != NULL ? vm->name : vm->uuid != NULL ? vm->uuid : vm->dn;
}

const char *
view_node_of(const struct board_vm *vm)
{
    return vm->node != NULL ? vm->node : vm->home;
}

bool
view_is_busy(const struct board_vm *vm)
{
    return vm->activity == ACTIVITY_STREAMING || vm->activity == ACTIVITY_BACKING_UP
           || vm->activity == ACTIVITY_MIGRATING || vm->state == STATE_STARTING
           || vm->state == STATE_SHUTTING_DOWN || vm->state == STATE_POWERING_OFF
           || vm->state == STATE_DELETING;
}

bool
view_is_silent(const struct view_node *n)
{
    return n->entry != NULL && n->entry->reachable == 0;
}

/* --- sorted and counted ----------------------------------------------------------------- */

/* Case does not matter, and numbers within names count as numbers: "kvm-2" before "kvm-10". */
static int
compare_names(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (g_ascii_isdigit(*a) && g_ascii_isdigit(*b)) {
            a += strspn(a, "0");
            b += strspn(b, "0");
            size_t na = strspn(a, "0123456789"), nb = strspn(b, "0123456789");
            int order = na != nb ? (na < nb ? -1 : 1) : strncmp(a, b, na);
            if (order != 0)
                return order;
            a += na;
            b += nb;
        } else if (g_ascii_tolower(*a) != g_ascii_tolower(*b)) {
            return (guchar)g_ascii_tolower(*a) < (guchar)g_ascii_tolower(*b) ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

static gint
by_title(gconstpointer a, gconstpointer b)
{
    const struct view_vm *va = *(struct view_vm *const *)a;
    const struct view_vm *vb = *(struct view_vm *const *)b;
    int order = compare_names(view_title(va->vm), view_title(vb->vm));

    return order != 0 ? order : strcmp(va->vm->dn, vb->vm->dn);
}

static gint
by_name(gconstpointer a, gconstpointer b)
{
    return compare_names((*(struct view_node *const *)a)->name,
                         (*(struct view_node *const *)b)->name);
}

static void
node_free(gpointer data)
{
    struct view_node *n = data;

    g_ptr_array_unref(n->vms);
    g_free(n);
}

static struct view_node *
node_of(struct view *v, GHashTable *by_key, const char *name)
{
    g_autofree char *key = g_ascii_strdown(name, -1);
    struct view_node *n = g_hash_table_lookup(by_key, key);

    if (n != NULL)
        return n;
    n = g_new0(struct view_node, 1);
    n->name = name;
    n->vms = g_ptr_array_new();
    g_ptr_array_add(v->nodes, n);
    g_hash_table_insert(by_key, g_steal_pointer(&key), n);
    return n;
}

static void
count(struct view *v, const struct board_vm *vm)
{
    v->states[vm->state]++;
    v->n_templates += vm->kind == KIND_TEMPLATE;
    v->n_busy += view_is_busy(vm);
    v->n_stale += vm->stale != NULL;
    v->n_alarms += vm->alarms != NULL;
}

/* By UUID, so that links outlive the page; those that several have are told apart. */
static void
name_element(struct view *v, GHashTable *taken, struct view_vm *row, guint place)
{
    (void)v;
    g_snprintf(row->id, sizeof(row->id), "vm-%s", row->vm->uuid != NULL ? row->vm->uuid : "");
    if (row->vm->uuid == NULL || !g_hash_table_add(taken, row->id))
        g_snprintf(row->id, sizeof(row->id), "entry-%u", place);
}

static void
fill(struct view *v)
{
    g_autoptr(GHashTable) by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal);
    const struct board *b = v->board;

    for (guint i = 0; i < b->nodes->len; i++) {
        const struct board_node *entry = &g_array_index(b->nodes, struct board_node, i);
        node_of(v, by_key, entry->name)->entry = entry;
    }
    for (guint i = 0; i < b->vms->len; i++) {
        struct view_vm *row = g_new0(struct view_vm, 1);
        row->vm = &g_array_index(b->vms, struct board_vm, i);
        g_ptr_array_add(v->vms, row);
        count(v, row->vm);
    }
    g_ptr_array_sort(v->vms, by_title);
    for (guint i = 0; i < v->vms->len; i++) {
        struct view_vm *row = g_ptr_array_index(v->vms, i);
        const char *name = view_node_of(row->vm);
        name_element(v, taken, row, i + 1);
        if (name == NULL)
            continue;
        struct view_node *n = node_of(v, by_key, name);
        g_ptr_array_add(n->vms, row);
        n->states[row->vm->state]++;
        n->n_stale += row->vm->stale != NULL;
    }
    g_ptr_array_sort(v->nodes, by_name);
}

struct view *
view_new(const struct board *b, struct html *h)
{
    struct view *v = g_new0(struct view, 1);

    v->board = b;
    v->html = h;
    v->vms = g_ptr_array_new_with_free_func(g_free);
    v->nodes = g_ptr_array_new_with_free_func(node_free);
    fill(v);
    return v;
}

void
view_free(struct view *v)
{
    if (v == NULL)
        return;
    g_ptr_array_unref(v->vms);
    g_ptr_array_unref(v->nodes);
    g_free(v);
}

/* --- pieces ------------------------------------------------------------------------------- */

void
view_link(struct view *v, const struct view_vm *row)
{
    g_string_append_printf(v->html->out, "<a href=\"#%s\">", row->id);
    html_foreign(v->html, view_title(row->vm));
    g_string_append(v->html->out, "</a>");
}

/* The class that gives a status its colour and mark. */
static const char *
mark_of(const struct board_vm *vm)
{
    if (vm->stale != NULL)
        return "stale";
    if (view_is_busy(vm))
        return "busy";
    switch (vm->state) {
    case STATE_RUNNING:
        return "up";
    case STATE_PAUSED:
        return "paused";
    case STATE_CRASHED:
    case STATE_FROZEN:
        return "bad";
    case STATE_DO_NOT_USE:
        return "unused";
    case STATE_NONE:
        return "none";
    case STATE_STOPPED:
    case STATE_STARTING:
    case STATE_SHUTTING_DOWN:
    case STATE_POWERING_OFF:
    case STATE_DELETING:
    case STATE_COUNT:
        break;
    }
    return "off";
}

void
view_bar(struct view *v, int permille)
{
    char percent[PROGRESS_TEXT_SIZE];

    progress_text(permille, percent);
    g_string_append_printf(v->html->out, "<span class=\"bar\"><progress max=\"1000\" value=\"%d\"",
                           permille);
    html_say_attribute(v->html, "aria-label", N_("Progress"));
    g_string_append_printf(v->html->out, ">%s</progress> <span class=\"percent\">%s</span></span>",
                           percent, percent);
}

void
view_status(struct view *v, const struct board_vm *vm)
{
    struct html *h = v->html;

    g_string_append_printf(h->out, "<span class=\"status %s\">", mark_of(vm));
    if (vm->state == STATE_NONE)
        html_say(h, N_("no status"));
    else
        html_say_status(h, vm->state, vm->activity);
    g_string_append(h->out, "</span>");
    if (vm->permille >= 0)
        view_bar(v, vm->permille);
}
