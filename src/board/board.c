/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "board/board.h"

#include "engine/engine.h"
#include "engine/entry-data.h"

#include <string.h>

/* --- life --------------------------------------------------------------------------- */

struct board *
board_new(const char *site, gint64 taken)
{
    struct board *b = g_new0(struct board, 1);

    atomic_init(&b->refs, 1);
    b->texts = g_string_chunk_new(65536);
    b->site = g_string_chunk_insert(b->texts, site);
    b->taken = taken;
    b->vms = g_array_new(FALSE, TRUE, sizeof(struct board_vm));
    b->nodes = g_array_new(FALSE, TRUE, sizeof(struct board_node));
    b->notices = g_ptr_array_new();
    b->changes_since = -1;
    return b;
}

struct board *
board_ref(struct board *b)
{
    atomic_fetch_add(&b->refs, 1);
    return b;
}

void
board_unref(struct board *b)
{
    if (b == NULL || atomic_fetch_sub(&b->refs, 1) != 1)
        return;
    for (guint i = 0; i < b->vms->len; i++) {
        g_free(g_array_index(b->vms, struct board_vm, i).alarms);
        g_free(g_array_index(b->vms, struct board_vm, i).details);
        g_clear_pointer(&g_array_index(b->vms, struct board_vm, i).changes, g_array_unref);
    }
    for (guint i = 0; i < b->nodes->len; i++)
        g_free(g_array_index(b->nodes, struct board_node, i).alarms);
    g_array_unref(b->vms);
    g_array_unref(b->nodes);
    g_ptr_array_unref(b->notices);
    g_string_chunk_free(b->texts);
    g_free(b);
}

/* --- texts -------------------------------------------------------------------------- */

/* A text of one machine alone. */
static const char *
keep_own(struct board *b, const char *text, size_t max)
{
    if (text == NULL || *text == '\0')
        return NULL;
    size_t len = strnlen(text, max + 1);
    if (len <= max)
        return g_string_chunk_insert(b->texts, text);
    while (max > 0 && ((guchar)text[max] & 0xc0) == 0x80)
        max--;
    g_autofree char *cut = g_strdup_printf("%.*s...", (int)max, text);
    return g_string_chunk_insert(b->texts, cut);
}

/* Equal texts are kept once: most machines have the same nodes, reasons and denials. */
static const char *
keep(struct board *b, const char *text, size_t max)
{
    if (text == NULL || *text == '\0' || strnlen(text, max + 1) > max)
        return keep_own(b, text, max);
    return g_string_chunk_insert_const(b->texts, text);
}

static const char **
keep_all(struct board *b, char *const *texts)
{
    guint n = 0, k = 0;

    while (texts != NULL && texts[n] != NULL)
        n++;
    const char **kept = n > 0 ? g_new0(const char *, n + 1) : NULL;
    for (guint i = 0; i < n; i++) {
        const char *text = keep(b, texts[i], BOARD_TEXT_MAX);
        if (text != NULL)
            kept[k++] = text;
    }
    return kept;
}

void
board_add_notice(struct board *b, const char *text)
{
    if (text != NULL)
        g_ptr_array_add(b->notices, g_string_chunk_insert(b->texts, text));
}

/* --- machines ------------------------------------------------------------------------- */

static void
fill_actions(struct board *b, struct board_vm *row, const struct verdict *v)
{
    row->actions = v->actions;
    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        if (v->denials[a] == DENIAL_NOT_APPLICABLE)
            continue;
        g_autofree char *why = verdict_denial(v, (enum action)a);
        row->denied[a] = keep(b, why, BOARD_TEXT_MAX);
    }
}

void
board_add_vm(struct board *b, struct vm_entry *vm)
{
    const struct published *p = &vm->pub;
    struct board_vm row = {.state = STATE_NONE, .permille = -1};
    char uuid[UUID_TEXT_SIZE];
    struct verdict v;

    if (vm->kind == KIND_PROFILE)
        return;
    uuid_format(&vm->uuid, uuid);
    verdict_as_published(vm, b->taken, &v);
    row.uuid = vm->valid ? keep_own(b, uuid, BOARD_NAME_MAX) : NULL;
    row.name = keep_own(b, vm->name, BOARD_NAME_MAX);
    row.dn = keep_own(b, vm->base.dn, BOARD_TEXT_MAX);
    row.problem = vm->valid ? NULL : keep(b, vm->problem, BOARD_TEXT_MAX);
    row.node = keep(b, p->node, BOARD_NAME_MAX);
    row.home = keep(b, vm->home, BOARD_NAME_MAX);
    row.target = keep(b, vm->target, BOARD_NAME_MAX);
    row.reason = keep(b, p->reason, BOARD_TEXT_MAX);
    row.request = keep(b, p->request, BOARD_NAME_MAX);
    row.one = keep(b, p->one_name, BOARD_NAME_MAX);
    row.alarms = keep_all(b, p->alarms);
    row.details = keep_all(b, p->details);
    row.since = p->since;
    row.stale_since = p->has_stale_since ? p->stale_since : -1;
    if (p->has_stale_since)
        row.stale = p->stale_reason != NULL ? keep(b, p->stale_reason, BOARD_TEXT_MAX) : "";
    row.kind = (enum kind)vm->kind;
    if (p->known) {
        row.state = (enum state)p->state;
        row.activity = (enum activity)p->activity;
        row.permille = p->permille >= 0 && p->permille <= 1000 ? p->permille : -1;
    }
    fill_actions(b, &row, &v);
    verdict_clear(&v);
    g_array_append_val(b->vms, row);
}

void
board_add_change(struct board *b, struct board_vm *vm, const struct board_change *change)
{
    struct board_change kept = *change;

    vm->more_changes = vm->changes != NULL && vm->changes->len >= BOARD_CHANGES_MAX;
    if (vm->more_changes)
        return;
    if (vm->changes == NULL)
        vm->changes = g_array_new(FALSE, FALSE, sizeof(kept));
    kept.old = keep(b, change->old, BOARD_TEXT_MAX);
    kept.new = keep(b, change->new, BOARD_TEXT_MAX);
    kept.who = keep(b, change->who, BOARD_NAME_MAX);
    kept.why = keep(b, change->why, BOARD_TEXT_MAX);
    g_array_append_val(vm->changes, kept);
}

/* --- nodes ------------------------------------------------------------------------------ */

static void
add_node(struct board *b, const struct node_entry *n, const char *state)
{
    const struct board_node row = {
        .name = keep(b, n->name, BOARD_NAME_MAX),
        .state = keep(b, state, BOARD_NAME_MAX),
        .reason = keep(b, n->reason, BOARD_TEXT_MAX),
        .hypervisor = keep(b, n->hypervisor, BOARD_NAME_MAX),
        .alarms = keep_all(b, n->alarms),
        .domains = n->domains,
        .reachable = n->reachable,
    };

    if (row.name != NULL)
        g_array_append_val(b->nodes, row);
    else
        g_free(row.alarms);
}

/* What sstNodeState says of nodes: name in lower case -> state. */
static GHashTable *
node_states(const GPtrArray *entries)
{
    GHashTable *states = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < entries->len; i++) {
        const struct entry *e = g_ptr_array_index(entries, i);
        const struct node_fact *f = (const struct node_fact *)e;
        if (e->type == ENTRY_NODE_TYPE && f->node != NULL && f->state != NULL)
            g_hash_table_replace(states, g_ascii_strdown(f->node, -1), f->state);
    }
    return states;
}

void
board_add_entries(struct board *b, const GPtrArray *entries)
{
    g_autoptr(GHashTable) states = node_states(entries);

    for (guint i = 0; i < entries->len; i++) {
        struct entry *e = g_ptr_array_index(entries, i);
        if (e->type == ENTRY_VM) {
            board_add_vm(b, (struct vm_entry *)e);
        } else if (e->type == ENTRY_NODE) {
            const struct node_entry *n = (const struct node_entry *)e;
            g_autofree char *key = g_ascii_strdown(n->name != NULL ? n->name : "", -1);
            add_node(b, n, g_hash_table_lookup(states, key));
        }
    }
}
