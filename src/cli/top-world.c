/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/top-view.h"

#include "cli/cli.h"

#include <string.h>

#define TEXT_MAX 1000 /* characters of a text that are kept */

static char *
clean(const char *text)
{
    return text != NULL && *text != '\0' ? cli_printable(text, TEXT_MAX) : NULL;
}

static char **
clean_all(char *const *texts)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    if (texts == NULL || *texts == NULL)
        return NULL;
    for (; *texts != NULL; texts++)
        g_ptr_array_add(all, cli_printable(*texts, TEXT_MAX));
    g_ptr_array_add(all, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&all), FALSE);
}

struct top_vm *
top_vm_new(const struct vm_entry *vm)
{
    const struct published *p = &vm->pub;
    struct top_vm *t = g_new0(struct top_vm, 1);
    g_autofree char *status = p->text != NULL ? g_strndup(p->text, strcspn(p->text, "[")) : NULL;
    char uuid[UUID_TEXT_SIZE];

    uuid_format(&vm->uuid, uuid);
    t->name = clean(vm->name != NULL ? vm->name : vm->valid ? uuid : vm->base.dn);
    t->status = status != NULL ? clean(g_strstrip(status)) : NULL;
    t->reason = clean(p->reason);
    t->node = clean(p->node != NULL ? p->node : vm->home);
    if (p->has_stale_since)
        t->stale = p->stale_reason != NULL ? clean(p->stale_reason) : g_strdup("stale");
    t->alarms = clean_all(p->alarms);
    t->since = p->since;
    t->permille = p->permille;
    t->state = p->known ? (enum state)p->state : STATE_NONE;
    t->paint = paint_of(p);
    t->busy = paint_is_busy(p);
    return t;
}

void
top_vm_free(struct top_vm *vm)
{
    if (vm == NULL)
        return;
    g_free(vm->name);
    g_free(vm->status);
    g_free(vm->reason);
    g_free(vm->node);
    g_free(vm->stale);
    g_strfreev(vm->alarms);
    g_free(vm);
}

struct top_node *
top_node_new(const struct node_entry *n)
{
    struct top_node *t = g_new0(struct top_node, 1);

    t->name = clean(n->name != NULL ? n->name : n->base.dn);
    t->reason = clean(n->reason);
    t->alarms = clean_all(n->alarms);
    t->reachable = n->reachable;
    return t;
}

void
top_node_free(struct top_node *n)
{
    if (n == NULL)
        return;
    g_free(n->name);
    g_free(n->reason);
    g_strfreev(n->alarms);
    g_free(n);
}
