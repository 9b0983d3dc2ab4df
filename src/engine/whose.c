/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose an entry is: the front-end and the VM there that its published reason
 * names, and until that is written its record.
 */
#include "config.h"

#include "engine/origin.h"

#include <string.h>

#define WORD "opennebula"

/*
 * Published reasons name the front-end in one of two forms: "opennebula: NAME: VM 12 ..." is
 * what that rule says, "..., opennebula NAME: ..." stands in those of all others.
 */
static const char *
name_in(const char *reason, size_t *len)
{
    for (const char *p = strstr(reason, WORD); p != NULL; p = strstr(p + 1, WORD)) {
        const char *name = p + strlen(WORD);
        if (p == reason && g_str_has_prefix(name, ": "))
            name += 2;
        else if (p != reason && p[-1] == ' ' && *name == ' ')
            name++;
        else
            continue;
        *len = strcspn(name, " ,:");
        if (*len > 0 && g_str_has_prefix(name + *len, ": "))
            return name;
    }
    return NULL;
}

/* "VM 12" right behind the name, or "(VM 12)" at the end. */
static gint64
id_in(const char *rest)
{
    const char *at = g_str_has_prefix(rest, "VM ") ? rest : g_strrstr(rest, "(VM ");
    char *end;

    if (at == NULL)
        return -1;
    at += *at == '(' ? 4 : 3;
    if (!g_ascii_isdigit(*at))
        return -1;
    gint64 id = g_ascii_strtoll(at, &end, 10);
    return *end == '\0' || *end == ' ' || *end == ')' || *end == ',' ? id : -1;
}

char *
engine_named_source(const char *reason, gint64 *id)
{
    size_t len;
    const char *name = reason == NULL ? NULL : name_in(reason, &len);

    *id = name == NULL ? -1 : id_in(name + len + 2);
    return name == NULL ? NULL : g_strndup(name, len);
}

bool
origin_is_any(const struct vm_entry *vm)
{
    size_t len;

    return vm->pub.reason != NULL && name_in(vm->pub.reason, &len) != NULL;
}

bool
origin_is_published(const struct vm_entry *vm, const char *name)
{
    gint64 id;
    g_autofree char *published = engine_named_source(vm->pub.reason, &id);

    return published != NULL && same_word(published, name);
}

char *
origin_memory(struct engine *e, const struct vm_entry *vm, gint64 *id)
{
    const struct record *r = vm->valid ? memory_find(e->memory, &vm->uuid) : NULL;

    if (r == NULL || r->source == NULL)
        return engine_named_source(vm->pub.reason, id);
    *id = r->source_id;
    return g_strdup(r->source);
}

bool
origin_is_of(struct engine *e, const struct vm_entry *vm, const char *key)
{
    gint64 id;
    g_autofree char *name = origin_memory(e, vm, &id);

    return name != NULL && same_word(name, key);
}

void
origin_remember(struct engine *e, const struct vm_entry *vm, const struct origin *o, struct underway *u)
{
    gint64 id = o->row != NULL ? o->row->id : -1;

    if (!o->sourced || origin_is_published(vm, o->name)) {
        if (u->record != NULL) {
            ref_replace(&u->record->source, NULL);
            u->record->source_id = -1;
        }
        return;
    }
    struct record *r = upkeep_record(e, vm, u);
    if (id >= 0 || g_strcmp0(r->source, o->name) != 0)
        r->source_id = id;
    ref_replace(&r->source, o->name);
}
