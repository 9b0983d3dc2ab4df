/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a directory does with the engine's modifies, strictly: whatever a real
 * one would refuse, and whatever the engine must never write, is refused here.
 */
#include "config.h"

#include "world.h"

#include "engine/attributes.h"
#include "engine/entry-data.h"

#include <string.h>

static const enum attribute many_values[]
    = {ATTR_DETAIL, ATTR_ALARM, ATTR_ACTION, ATTR_NODE_FOREIGN, ATTR_NODE_ALARM};
static const enum attribute ascii_only[]
    = {ATTR_SEEN_NODE, ATTR_ACTION, ATTR_ONE_NAME, ATTR_NODE_FOREIGN, ATTR_SINCE, ATTR_STALE_SINCE};

static bool
is_one_of(int a, const enum attribute *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((int)list[i] == a)
            return true;
    }
    return false;
}

static bool
values_are_sound(int a, const struct change_mod *m, const char **why)
{
    guint n = m->values == NULL ? 0 : m->values->len;

    if (n > 1 && !is_one_of(a, many_values, G_N_ELEMENTS(many_values))) {
        *why = "several values of an attribute that takes one";
        return false;
    }
    for (guint i = 0; i < n; i++) {
        const char *value = g_ptr_array_index(m->values, i);
        if (*value == '\0' || !g_utf8_validate(value, -1, NULL)) {
            *why = "an empty value or no UTF-8";
            return false;
        }
        if (is_one_of(a, ascii_only, G_N_ELEMENTS(ascii_only)) && !g_str_is_ascii(value)) {
            *why = "more than ASCII in an IA5 string";
            return false;
        }
        for (guint k = 0; k < i; k++) {
            if (g_ascii_strcasecmp(value, g_ptr_array_index(m->values, k)) == 0) {
                *why = "the same value twice";
                return false;
            }
        }
    }
    return true;
}

/* Our own attributes of one entry. */
static bool
apply_own(GHashTable *own, bool *class, bool node, const struct change *c,
          const struct change_mod *m, int a, const char **why)
{
    const char *class_name = node ? CLASS_NODE_STATUS : CLASS_VM_STATUS;

    if (a == ATTR_OBJECT_CLASS) {
        if (m->op != CHANGE_ADD || m->values == NULL || m->values->len != 1
            || strcmp(g_ptr_array_index(m->values, 0), class_name) != 0 || *class) {
            *why = "an object class that is not ours, or there already";
            return false;
        }
        *class = true;
        return true;
    }
    if (!attribute_is_own((enum attribute)a) || m->op != CHANGE_REPLACE) {
        *why = "not an attribute of ours";
        return false;
    }
    for (guint i = 0; i < c->mods->len; i++) {
        const struct change_mod *other = &g_array_index(c->mods, struct change_mod, i);
        if (other != m && strcmp(other->attribute, m->attribute) == 0) {
            *why = "one attribute twice";
            return false;
        }
    }
    if (!values_are_sound(a, m, why))
        return false;
    if (m->values == NULL || m->values->len == 0) {
        g_hash_table_remove(own, m->attribute);
        return true;
    }
    GPtrArray *copy = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < m->values->len; i++)
        g_ptr_array_add(copy, g_strdup(g_ptr_array_index(m->values, i)));
    g_hash_table_replace(own, g_strdup(m->attribute), copy);
    return true;
}

static bool
apply_repair(struct world *w, struct model_vm *vm, const struct change_mod *m, int a,
             const char **why)
{
    *why = "a repair nobody asked for";
    if (a == ATTR_MODE && w->options.repair_mode && vm->kind == KIND_TEMPLATE && vm->mode < 0
        && m->op == CHANGE_ADD && m->values->len == 1
        && strcmp(g_ptr_array_index(m->values, 0), "do not use") == 0) {
        vm->mode = 3;
        return true;
    }
    if (a != ATTR_THIN || !w->options.repair_streams || m->op != CHANGE_DELETE || m->values == NULL
        || vm->kind != KIND_TEMPLATE)
        return false;
    for (guint i = 0; i < m->values->len; i++) {
        bool there = false;
        for (unsigned t = 0; t < WORLD_THIN; t++) {
            if (vm->thin[t] >= 0
                && strcmp(w->vms[vm->thin[t]].uuid, g_ptr_array_index(m->values, i)) == 0) {
                vm->thin[t] = -1;
                there = true;
            }
        }
        if (!there)
            return false;
    }
    return true;
}

static bool
apply_request(struct model_vm *vm, const struct change_mod *m, int a)
{
    bool deletes = m->op == CHANGE_REPLACE && (m->values == NULL || m->values->len == 0);

    if (deletes && a == ATTR_REQUEST)
        vm->request = 0;
    return deletes;
}

static bool
apply_vm(struct world *w, struct model_vm *vm, const struct change *c, const char **why)
{
    if (vm->kind == KIND_PROFILE && vm->malformed != 4) {
        *why = "a profile is never written";
        return false;
    }
    for (guint i = 0; i < c->mods->len; i++) {
        const struct change_mod *m = &g_array_index(c->mods, struct change_mod, i);
        int a = attribute_find(m->attribute, strlen(m->attribute));
        bool done;
        if (a == ATTR_REQUEST || a == ATTR_REQUEST_SINCE)
            done = apply_request(vm, m, a);
        else if (a == ATTR_MODE || a == ATTR_THIN)
            done = apply_repair(w, vm, m, a, why);
        else
            done = apply_own(vm->own, &vm->own_class, false, c, m, a, why);
        if (!done)
            return false;
    }
    if (!vm->own_class)
        *why = "our attributes without our class";
    return vm->own_class;
}

bool
world_apply(struct world *w, const struct change *c, const char **why)
{
    *why = "an entry that is none of ours";
    if (c->mods->len == 0) {
        *why = "an empty modify";
        return false;
    }
    for (unsigned i = 0; i < w->n_vms; i++) {
        struct model_vm *vm = &w->vms[i];
        if (strcmp(vm->dn, c->dn) == 0 && !vm->gone)
            return apply_vm(w, vm, c, why);
    }
    for (unsigned i = 0; i < w->n_nodes; i++) {
        struct model_node *n = &w->nodes[i];
        g_autofree char *dn = g_strdup_printf("sstNode=%s,ou=nodes,dc=stoney-cloud,dc=org", n->name);
        if (strcmp(dn, c->dn) != 0)
            continue;
        for (guint m = 0; m < c->mods->len; m++) {
            const struct change_mod *mod = &g_array_index(c->mods, struct change_mod, m);
            if (!apply_own(n->own, &n->own_class, true, c, mod,
                           attribute_find(mod->attribute, strlen(mod->attribute)), why))
                return false;
        }
        return n->own_class;
    }
    return false;
}
