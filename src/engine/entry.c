/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "core/actions.h"
#include "core/progress.h"
#include "engine/entry-data.h"
#include "engine/timestamp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *
ref_intern(const char *text)
{
    return text == NULL ? NULL : g_ref_string_new_intern(text);
}

void
ref_release(char *ref)
{
    if (ref != NULL)
        g_ref_string_release(ref);
}

void
ref_replace(char **slot, const char *text)
{
    char *fresh = ref_intern(text);

    ref_release(*slot);
    *slot = fresh;
}

enum entry_type
entry_type(const struct entry *e)
{
    return e->type;
}

const char *
entry_dn(const struct entry *e)
{
    return e->dn;
}

const char *
entry_csn(const struct entry *e)
{
    return e->csn;
}

void
entry_set_csn(struct entry *e, const char *csn)
{
    g_free(e->csn);
    e->csn = g_strdup(csn);
}

static void
vm_free(struct vm_entry *vm)
{
    struct published *p = &vm->pub;

    g_free(vm->name);
    ref_release(vm->home);
    ref_release(vm->target);
    ref_release(vm->mode);
    if (vm->thin != NULL)
        g_array_unref(vm->thin);
    g_strfreev(vm->thin_text);
    ref_release(p->text);
    ref_release(p->reason);
    ref_release(p->node);
    ref_release(p->stale_reason);
    ref_release(p->one_name);
    ref_release(p->activity_text);
    ref_release(p->request);
    g_strfreev(p->alarms);
    g_strfreev(p->details);
    if (p->languages != NULL)
        g_array_unref(p->languages);
    if (vm->backups != NULL)
        g_ptr_array_unref(vm->backups);
}

static void
backup_free(struct backup_entry *b)
{
    g_free(b->stamp);
    g_free(b->changed_text);
    ref_release(b->mode);
    ref_release(b->return_value);
}

static void
node_free(struct node_entry *n)
{
    g_free(n->name);
    ref_release(n->reason);
    ref_release(n->hypervisor);
    g_strfreev(n->foreign);
    g_strfreev(n->alarms);
}

void
entry_free(struct entry *e)
{
    if (e == NULL)
        return;
    switch (e->type) {
    case ENTRY_VM:
        vm_free((struct vm_entry *)e);
        break;
    case ENTRY_BACKUP:
        backup_free((struct backup_entry *)e);
        break;
    case ENTRY_NODE:
        node_free((struct node_entry *)e);
        break;
    case ENTRY_ADDRESS:
    case ENTRY_NODE_TYPE: {
        struct node_fact *f = (struct node_fact *)e;
        g_free(f->node);
        g_free(f->address);
        g_free(f->state);
        break;
    }
    case ENTRY_OTHER:
    case ENTRY_SERVICE:
        break;
    }
    g_free(e->dn);
    g_free(e->csn);
    g_free(e);
}

/* A copy without surrounding blanks; NULL when nothing is left. */
static char *
trimmed(const char *text)
{
    char *copy = g_strstrip(g_strdup(text));

    if (*copy == '\0')
        g_clear_pointer(&copy, g_free);
    return copy;
}

static void
set_host(char **slot, const char *const *values, unsigned n)
{
    const char *host = n == 0 ? NULL : values[0];

    if (host != NULL && *host != '\0' && !g_ascii_isspace(*host)
        && !g_ascii_isspace(host[strlen(host) - 1])) {
        ref_replace(slot, host);
        return;
    }
    g_autofree char *text = host == NULL ? NULL : trimmed(host);
    ref_replace(slot, text);
}

char **
entry_copy_values(const char *const *values, unsigned n)
{
    if (n == 0)
        return NULL;
    char **copy = g_new0(char *, n + 1);
    for (unsigned i = 0; i < n; i++)
        copy[i] = g_strdup(values[i]);
    return copy;
}

static gint64
integer_or(gint64 otherwise, const char *const *values, unsigned n, gint64 low, gint64 high)
{
    char *end;

    if (n == 0 || !(g_ascii_isdigit(*values[0]) || *values[0] == '-'))
        return otherwise;
    errno = 0;
    gint64 value = g_ascii_strtoll(values[0], &end, 10);
    if (errno != 0 || *end != '\0' || value < low || value > high)
        return otherwise;
    return value;
}

/* -1 = absent, unreadable or out of range */
static gint64
integer_of(const char *const *values, unsigned n, gint64 low, gint64 high)
{
    return integer_or(-1, values, n, low, high);
}

static int8_t
boolean_of(const char *const *values, unsigned n)
{
    if (n == 0)
        return -1;
    if (same_word(values[0], "TRUE"))
        return 1;
    return same_word(values[0], "FALSE") ? 0 : -1;
}

static void
set_classes(struct vm_entry *vm, const char *const *values, unsigned n)
{
    vm->pub.has_class = false;
    for (unsigned i = 0; i < n; i++) {
        if (same_word(values[i], CLASS_VM_STATUS))
            vm->pub.has_class = true;
    }
}

static void
set_thin(struct vm_entry *vm, const char *const *values, unsigned n)
{
    g_clear_pointer(&vm->thin, g_array_unref);
    g_strfreev(vm->thin_text);
    vm->thin_text = NULL;
    if (n == 0)
        return;
    GPtrArray *texts = g_ptr_array_new();
    vm->thin = g_array_sized_new(FALSE, FALSE, sizeof(struct uuid), n);
    for (unsigned i = 0; i < n; i++) {
        struct uuid uuid;
        if (!uuid_parse(values[i], strlen(values[i]), &uuid))
            continue;
        g_array_append_val(vm->thin, uuid);
        g_ptr_array_add(texts, g_strdup(values[i]));
    }
    g_ptr_array_add(texts, NULL);
    vm->thin_text = (char **)g_ptr_array_free(texts, FALSE);
}

static void
set_actions(struct published *p, const char *const *values, unsigned n)
{
    p->actions = 0;
    p->odd_actions = false;
    for (unsigned i = 0; i < n; i++) {
        enum action action;
        if (action_parse(values[i], &action) && same_word(values[i], action_name(action)))
            p->actions |= ACTION_BIT(action);
        else
            p->odd_actions = true;
    }
}

static void
set_state(struct published *p, const char *const *values, unsigned n)
{
    enum state state;

    p->known = n > 0 && state_parse(values[0], &state);
    p->state = p->known ? (uint8_t)state : STATE_NONE;
    p->garbled = n > 0 && !p->known;
    p->odd_state = p->known && strcmp(values[0], state_name(state)) != 0;
}

static void
set_activity(struct published *p, const char *const *values, unsigned n)
{
    enum activity activity = ACTIVITY_NONE;

    if (n > 0 && !activity_parse(values[0], &activity))
        activity = ACTIVITY_NONE;
    p->activity = (uint8_t)activity;
    ref_replace(&p->activity_text, n > 0 ? values[0] : NULL);
}

/* A time, and whether the entry has one at all. */
static void
set_time(bool *has, gint64 *time, const char *value)
{
    *has = value != NULL;
    *time = timestamp_parse(value);
}

static void
set_list(char ***list, const char *const *values, unsigned n)
{
    g_strfreev(*list);
    *list = entry_copy_values(values, n);
}

/* Our own attributes. */
static void
set_published(struct published *p, enum attribute a, const char *const *values, unsigned n)
{
    const char *first = n > 0 ? values[0] : NULL;

    switch ((int)a) {
    case ATTR_TEXT:
        ref_replace(&p->text, first);
        break;
    case ATTR_STATE:
        set_state(p, values, n);
        break;
    case ATTR_ACTIVITY:
        set_activity(p, values, n);
        break;
    case ATTR_PROGRESS:
        p->permille = (int16_t)MIN(integer_of(values, n, 0, 1000), PROGRESS_MAX);
        break;
    case ATTR_ACTIVE:
        p->active = boolean_of(values, n);
        break;
    case ATTR_SINCE:
        set_time(&p->has_since, &p->since, first);
        break;
    case ATTR_REASON:
        ref_replace(&p->reason, first);
        break;
    case ATTR_DETAIL:
        set_list(&p->details, values, n);
        break;
    case ATTR_SEEN_NODE:
        set_host(&p->node, values, n);
        break;
    case ATTR_STALE_SINCE:
        set_time(&p->has_stale_since, &p->stale_since, first);
        break;
    case ATTR_STALE_REASON:
        ref_replace(&p->stale_reason, first);
        break;
    case ATTR_ALARM:
        set_list(&p->alarms, values, n);
        break;
    case ATTR_ACTION:
        set_actions(p, values, n);
        break;
    case ATTR_ONE_STATE:
        p->one_state = (int32_t)integer_or(ONE_ABSENT, values, n, -G_MAXINT32, G_MAXINT32);
        break;
    case ATTR_ONE_LCM:
        p->one_lcm = (int32_t)integer_or(ONE_ABSENT, values, n, -G_MAXINT32, G_MAXINT32);
        break;
    case ATTR_ONE_NAME:
        ref_replace(&p->one_name, first);
        break;
    case ATTR_REQUEST:
        ref_replace(&p->request, first);
        break;
    case ATTR_REQUEST_SINCE:
        set_time(&p->has_request_since, &p->request_since, first);
        break;
    }
}

void
vm_entry_set(struct vm_entry *vm, enum attribute a, const char *const *values, unsigned n)
{
    enum kind kind = KIND_COUNT;

    switch ((int)a) {
    case ATTR_OBJECT_CLASS:
        set_classes(vm, values, n);
        break;
    case ATTR_TYPE:
        if (n == 1 && kind_parse(values[0], &kind))
            vm->kind = (uint8_t)kind;
        for (unsigned i = 0; i < n; i++) {
            if (kind_parse(values[i], &kind) && kind == KIND_PROFILE)
                vm->kind = KIND_PROFILE; /* never touched, whatever else it says */
        }
        break;
    case ATTR_SUBTYPE:
        vm->golden = n > 0 && g_ascii_strcasecmp(values[0], "Golden-Image") == 0;
        break;
    case ATTR_DISPLAY_NAME:
        g_free(vm->name);
        vm->name = n > 0 ? trimmed(values[0]) : NULL;
        break;
    case ATTR_NODE:
        set_host(&vm->home, values, n);
        break;
    case ATTR_MIGRATION_NODE:
        set_host(&vm->target, values, n);
        break;
    case ATTR_STATUS:
        vm->intent = (uint8_t)(n > 0 ? intent_of_status(values[0]) : INTENT_NONE);
        break;
    case ATTR_MODE:
        ref_replace(&vm->mode, n > 0 ? values[0] : NULL);
        break;
    case ATTR_THIN:
        set_thin(vm, values, n);
        break;
    default:
        set_published(&vm->pub, a, values, n);
        break;
    }
}

static void
language_clear(gpointer data)
{
    struct published_language *l = data;

    ref_release(l->tag);
    ref_release(l->text);
    g_strfreev(l->details);
}

static struct published_language *
language_of(struct published *p, const char *tag)
{
    struct published_language fresh = {.tag = ref_intern(tag)};

    if (p->languages == NULL) {
        p->languages = g_array_new(FALSE, FALSE, sizeof(struct published_language));
        g_array_set_clear_func(p->languages, language_clear);
    }
    for (guint i = 0; i < p->languages->len; i++) {
        struct published_language *l
            = &g_array_index(p->languages, struct published_language, i);
        if (same_word(l->tag, tag)) {
            ref_release(fresh.tag);
            return l;
        }
    }
    g_array_append_val(p->languages, fresh);
    return &g_array_index(p->languages, struct published_language, p->languages->len - 1);
}

void
vm_entry_set_language(struct vm_entry *vm, enum attribute a, const char *tag,
                      const char *const *values, unsigned n)
{
    struct published_language *l = language_of(&vm->pub, tag);

    if (a == ATTR_TEXT)
        ref_replace(&l->text, n > 0 ? values[0] : NULL);
    else
        set_list(&l->details, values, n);
}

static void
apply_mod(struct vm_entry *vm, const struct change_mod *m)
{
    const char *tag;
    int a = attribute_find(m->attribute, strlen(m->attribute));
    int in_language = attribute_find_language(m->attribute, strlen(m->attribute), &tag);
    unsigned n = m->values == NULL ? 0 : m->values->len;
    const char *const *values = n == 0 ? NULL : (const char *const *)m->values->pdata;

    if (a == ATTR_OBJECT_CLASS) {
        for (unsigned i = 0; m->op == CHANGE_ADD && i < n; i++) {
            if (g_ascii_strcasecmp(values[i], CLASS_VM_STATUS) == 0)
                vm->pub.has_class = true;
        }
    } else if (a == ATTR_THIN && m->op == CHANGE_DELETE) {
        GPtrArray *left = g_ptr_array_new();
        for (char **t = vm->thin_text; t != NULL && *t != NULL; t++) {
            bool gone = false;
            for (unsigned i = 0; i < n; i++)
                gone |= g_ascii_strcasecmp(*t, values[i]) == 0;
            if (!gone)
                g_ptr_array_add(left, g_strdup(*t));
        }
        set_thin(vm, (const char *const *)left->pdata, left->len);
        g_ptr_array_set_free_func(left, g_free);
        g_ptr_array_unref(left);
    } else if (in_language >= 0) {
        vm_entry_set_language(vm, (enum attribute)in_language, tag, values, n);
    } else if (a >= 0) {
        vm_entry_set(vm, (enum attribute)a, values, n);
    }
}

void
vm_entry_apply(struct vm_entry *vm, const struct change *c)
{
    for (guint i = 0; i < c->mods->len; i++)
        apply_mod(vm, &g_array_index(c->mods, struct change_mod, i));
}

void
node_entry_apply(struct node_entry *node, const struct change *c)
{
    for (guint i = 0; i < c->mods->len; i++) {
        const struct change_mod *m = &g_array_index(c->mods, struct change_mod, i);
        int a = attribute_find(m->attribute, strlen(m->attribute));
        unsigned n = m->values == NULL ? 0 : m->values->len;
        if (a >= 0)
            node_entry_set(node, (enum attribute)a,
                           n == 0 ? NULL : (const char *const *)m->values->pdata, n);
    }
}
