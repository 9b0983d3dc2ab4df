/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/list-filter.h"

#include "cli/cli.h"
#include "cli/find.h"
#include "core/one.h"
#include "core/status.h"

#include <string.h>

static bool
is_word(const char *word, const char *other)
{
    return g_ascii_strcasecmp(word, other) == 0;
}

static bool
has_word(char *const *words, const char *word)
{
    for (; *words != NULL; words++) {
        if (is_word(*words, word))
            return true;
    }
    return false;
}

/* --- states ------------------------------------------------------------------------------ */

static bool
is_one_state(const char *word, const struct published *p)
{
    const struct one_word *own = one_word_of(p->one_state, p->one_lcm);
    const struct one_word *rows[32];

    if (own == NULL)
        return false;
    if (one_by_name(word) == own)
        return true;
    size_t n = MIN(one_by_alias(word, rows, G_N_ELEMENTS(rows)), G_N_ELEMENTS(rows));
    for (size_t i = 0; i < n; i++) {
        if (rows[i] == own)
            return true;
    }
    return false;
}

/* "running": whatever the activity; "running, streaming": whatever the percent. */
static bool
is_state(const char *word, const struct published *p)
{
    enum state state;
    enum activity activity;

    if (p->text != NULL && is_word(word, p->text))
        return true;
    if (!p->known || strchr(word, '[') != NULL)
        return false;
    if (state_parse(word, &state))
        return state == (enum state)p->state;
    return status_parse(word, &state, &activity) && state == (enum state)p->state
           && activity == (enum activity)p->activity;
}

static bool
has_state(const struct list_filter *f, const struct published *p)
{
    for (char **word = f->states; *word != NULL; word++) {
        if (is_word(*word, "none")) {
            if (!p->known)
                return true;
        } else if (f->words == LIST_OPENNEBULA ? is_one_state(*word, p) : is_state(*word, p)) {
            return true;
        }
    }
    return false;
}

static bool
knows_state(const char *word, enum list_words words)
{
    enum state state;
    enum activity activity;

    if (is_word(word, "none"))
        return true;
    if (words == LIST_OPENNEBULA)
        return one_by_name(word) != NULL || one_by_alias(word, NULL, 0) > 0;
    return state_parse(word, &state) || status_parse(word, &state, &activity);
}

/* --- everything else ----------------------------------------------------------------------- */

static bool
has_activity(char *const *words, const struct published *p)
{
    bool some = p->known && p->activity != ACTIVITY_NONE;
    enum activity activity;

    for (; *words != NULL; words++) {
        if (is_word(*words, "none") ? !some : is_word(*words, "any") && some)
            return true;
        if (some && activity_parse(*words, &activity) && activity == (enum activity)p->activity)
            return true;
    }
    return false;
}

static bool
has_mode(char *const *words, const struct vm_entry *vm)
{
    enum mode mode, wanted;
    bool known = vm->mode != NULL && mode_parse(vm->mode, &mode);

    if (vm->kind != KIND_TEMPLATE)
        return false;
    for (; *words != NULL; words++) {
        if (is_word(*words, "none") ? vm->mode == NULL
                                    : is_word(*words, "unknown") && vm->mode != NULL && !known)
            return true;
        if (known && mode_parse(*words, &wanted) && mode == wanted)
            return true;
    }
    return false;
}

static bool
is_golden_word(const char *word)
{
    return is_word(word, "golden-image") || is_word(word, "golden image")
           || is_word(word, "golden");
}

static bool
has_type(char *const *words, const struct vm_entry *vm)
{
    enum kind kind;

    for (; *words != NULL; words++) {
        if (is_word(*words, "none") && vm->kind >= KIND_COUNT)
            return true;
        if (is_word(*words, "vm") && (vm->kind == KIND_PERSISTENT || vm->kind == KIND_DYNAMIC))
            return true;
        if (is_golden_word(*words) && vm->golden)
            return true;
        if (kind_parse(*words, &kind) && kind == (enum kind)vm->kind)
            return true;
    }
    return false;
}

static bool
is_on_node(char *const *words, const struct vm_entry *vm)
{
    return (vm->pub.node != NULL && has_word(words, vm->pub.node))
           || (vm->home != NULL && has_word(words, vm->home));
}

static bool
has_alarm(char *const *words, char *const *alarms)
{
    for (; alarms != NULL && *alarms != NULL; alarms++) {
        g_autofree char *id = g_strndup(*alarms, strcspn(*alarms, ":"));
        if (has_word(words, id) || has_word(words, "any"))
            return true;
    }
    return false;
}

/* Values of an attribute nothing is published in; several have blanks between. */
static bool
has_value(char *const *words, const struct list_more *more, const struct vm_entry *vm,
          enum list_more_id id)
{
    const char *text = list_more_get(more, vm->base.dn, id);
    g_auto(GStrv) values = text != NULL ? g_strsplit(text, " ", -1) : NULL;

    for (char **value = values; value != NULL && *value != NULL; value++) {
        if (has_word(words, *value))
            return true;
    }
    return false;
}

bool
list_filter_match(const struct list_filter *f, const struct vm_entry *vm,
                  const struct list_more *more)
{
    const struct published *p = &vm->pub;

    return vm->kind != KIND_PROFILE && (f->states == NULL || has_state(f, p))
           && (f->activities == NULL || has_activity(f->activities, p))
           && (f->modes == NULL || has_mode(f->modes, vm))
           && (f->types == NULL || has_type(f->types, vm))
           && (f->nodes == NULL || is_on_node(f->nodes, vm)) && (!f->stale || p->has_stale_since)
           && (f->alarms == NULL || has_alarm(f->alarms, p->alarms))
           && (f->pools == NULL || has_value(f->pools, more, vm, LIST_MORE_POOL))
           && (f->customers == NULL || has_value(f->customers, more, vm, LIST_MORE_CUSTOMER))
           && (f->resellers == NULL || has_value(f->resellers, more, vm, LIST_MORE_RESELLER));
}

/* --- typing mistakes ------------------------------------------------------------------------- */

static bool
knows_activity(const char *word)
{
    enum activity activity;

    return is_word(word, "none") || is_word(word, "any") || activity_parse(word, &activity);
}

static bool
knows_mode(const char *word)
{
    enum mode mode;

    return is_word(word, "none") || is_word(word, "unknown") || mode_parse(word, &mode);
}

static bool
knows_type(const char *word)
{
    enum kind kind;

    return is_word(word, "none") || is_word(word, "vm") || is_golden_word(word)
           || (kind_parse(word, &kind) && kind != KIND_PROFILE);
}

static bool
knows_alarm(const char *word)
{
    enum alarm_id alarm;

    return is_word(word, "any") || alarm_parse(word, &alarm);
}

/* there_is has the one %s of the word. */
static char *
unknown_word(const char *there_is, const char *word)
{
    const char *place = strstr(there_is, "%s");
    g_autofree char *before = g_strndup(there_is, (gsize)(place - there_is));

    return g_strconcat(before, word, place + 2, NULL);
}

/* Each word of a list; where one is unknown, says which and what there is. */
static bool
check(char *const *words, bool (*knows)(const char *word), const char *there_is)
{
    for (; words != NULL && *words != NULL; words++) {
        if (!knows(*words)) {
            g_autofree char *text = unknown_word(there_is, *words);
            cli_error("%s", text);
            return false;
        }
    }
    return true;
}

/* Is there such a node, or a machine on it? */
static bool
knows_node(const GPtrArray *entries, const char *name)
{
    char *word[] = {(char *)(gintptr)name, NULL};

    for (guint i = 0; i < entries->len; i++) {
        const struct entry *e = g_ptr_array_index(entries, i);
        if (e->type == ENTRY_NODE && has_word(word, ((const struct node_entry *)e)->name))
            return true;
        if (e->type == ENTRY_VM && is_on_node(word, (const struct vm_entry *)e))
            return true;
    }
    return false;
}

bool
list_filter_check_nodes(const struct list_filter *f, const GPtrArray *entries, GError **error)
{
    for (char **name = f->nodes; name != NULL && *name != NULL; name++) {
        if (!knows_node(entries, *name)) {
            g_set_error(error, FIND_ERROR, FIND_NOT_FOUND, "the directory has no node \"%s\"", *name);
            return false;
        }
    }
    return true;
}

bool
list_filter_check(const struct list_filter *f)
{
    for (char **word = f->states; word != NULL && *word != NULL; word++) {
        if (!knows_state(*word, f->words)) {
            cli_error("--state: there is no state \"%s\" (statesync states lists all)", *word);
            return false;
        }
    }
    return check(f->activities, knows_activity,
                 N_("--activity: there is no activity \"%s\": streaming, backing up, migrating, "
                    "maintenance mode, first installation, any or none"))
           && check(f->modes, knows_mode,
                    N_("--mode: there is no mode \"%s\": ready for use, maintenance mode, first "
                       "installation, do not use, unknown or none"))
           && check(f->types, knows_type,
                    N_("--type: there is no type \"%s\": vm, persistent, dynamic, template, "
                       "golden-image or none"))
           && check(f->alarms, knows_alarm,
                    N_("--alarm: there is no alarm \"%s\" (--alarm any shows which there are now)"));
}
