/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From verdicts to modifies: only attributes of our own classes, only values
 * that differ, all of one entry in one modify.
 */
#include "config.h"

#include "engine/findings.h"
#include "engine/origin.h"
#include "engine/timestamp.h"

#include <string.h>

static void
put(struct change *c, enum attribute a, const char *value)
{
    change_replace(c, attribute_name(a), value);
}

static void
put_if(struct change *c, enum attribute a, const char *have, const char *want)
{
    if (want != NULL && *want == '\0')
        want = NULL;
    if (g_strcmp0(have, want) != 0)
        put(c, a, want);
}

static void
put_number(struct change *c, enum attribute a, gint64 have, gint64 want)
{
    char text[32];

    if (have == want)
        return;
    g_snprintf(text, sizeof(text), "%" G_GINT64_FORMAT, want);
    put(c, a, want < 0 ? NULL : text);
}

static void
put_boolean(struct change *c, enum attribute a, int have, int want)
{
    if (have != want)
        put(c, a, want < 0 ? NULL : want ? "TRUE" : "FALSE");
}

static bool
contains(char **set, const char *value)
{
    for (; set != NULL && *set != NULL; set++) {
        if (strcmp(*set, value) == 0)
            return true;
    }
    return false;
}

static bool
same_folded(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (g_ascii_tolower(*a) != g_ascii_tolower(*b))
            return false;
        for (; *a == ' ' && a[1] == ' '; a++)
            ;
        for (; *b == ' ' && b[1] == ' '; b++)
            ;
        a++;
        b++;
    }
    return *a == *b;
}

/* caseIgnoreMatch: case and repeated blanks do not tell two values apart (RFC 4518). */
static bool
same_value(const char *a, const char *b)
{
    if (g_str_is_ascii(a) || g_str_is_ascii(b))
        return same_folded(a, b);
    g_autofree char *whole_a = g_utf8_normalize(a, -1, G_NORMALIZE_ALL_COMPOSE);
    g_autofree char *whole_b = g_utf8_normalize(b, -1, G_NORMALIZE_ALL_COMPOSE);
    if (whole_a == NULL || whole_b == NULL)
        return same_folded(a, b);
    g_autofree char *folded_a = g_utf8_casefold(whole_a, -1);
    g_autofree char *folded_b = g_utf8_casefold(whole_b, -1);
    return same_folded(folded_a, folded_b);
}

/* Directory values have no order: the same set is the same. */
static bool
same_set(char **have, const GPtrArray *want)
{
    if ((have == NULL ? 0 : g_strv_length(have)) != want->len)
        return false;
    for (guint i = 0; i < want->len; i++) {
        if (!contains(have, g_ptr_array_index(want, i)))
            return false;
    }
    return true;
}

void
change_put_set(struct change *c, const char *description, char **have, char **want)
{
    g_autoptr(GPtrArray) distinct = g_ptr_array_new();

    if (have == NULL && want == NULL)
        return;
    for (guint i = 0; want != NULL && want[i] != NULL; i++) {
        bool seen = false;
        for (guint k = 0; k < distinct->len; k++)
            seen |= same_value(g_ptr_array_index(distinct, k), want[i]);
        if (!seen)
            g_ptr_array_add(distinct, want[i]);
    }
    if (same_set(have, distinct))
        return;
    struct change_mod *m = change_add_mod(c, CHANGE_REPLACE, description);
    for (guint i = 0; i < distinct->len; i++)
        change_mod_value(m, g_ptr_array_index(distinct, i));
}

static void
put_time(struct change *c, enum attribute a, gint64 wall_ms)
{
    char text[TIMESTAMP_SIZE];

    timestamp_format(wall_ms / 1000, text);
    put(c, a, text);
}

/* IA5 takes ASCII only; slapd would refuse the whole modify otherwise. */
static char *
ascii_only(const char *text)
{
    if (text == NULL || g_str_is_ascii(text))
        return g_strdup(text);
    char *copy = g_strdup(text);
    for (char *p = copy; *p != '\0'; p++) {
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    }
    return copy;
}

static void
put_actions(struct change *c, const struct published *p, unsigned want)
{
    if (p->actions == want && !p->odd_actions)
        return;
    struct change_mod *m = change_add_mod(c, CHANGE_REPLACE, attribute_name(ATTR_ACTION));
    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        if (want & ACTION_BIT(a))
            change_mod_value(m, action_name((enum action)a));
    }
}

static void
put_stale(struct engine *e, struct change *c, const struct published *p, const struct verdict *v)
{
    if (!v->stale) {
        if (p->has_stale_since)
            put(c, ATTR_STALE_SINCE, NULL);
        put_if(c, ATTR_STALE_REASON, p->stale_reason, NULL);
        return;
    }
    if (!p->has_stale_since)
        put_time(c, ATTR_STALE_SINCE, e->now.wall);
    put_if(c, ATTR_STALE_REASON, p->stale_reason, v->stale_reason);
}

/* The status itself: nothing of it when it is kept. */
static void
put_status(struct engine *e, struct change *c, const struct published *p, const struct verdict *v)
{
    g_autofree char *text = verdict_status(v);
    const char *activity = activity_name((enum activity)v->activity);
    bool changed = !p->known || p->state != v->state || p->activity != v->activity;

    put_if(c, ATTR_TEXT, p->text, text);
    if (!p->known || p->state != v->state || p->odd_state)
        put(c, ATTR_STATE, state_name((enum state)v->state));
    if (*activity == '\0' ? p->activity_text != NULL : g_strcmp0(p->activity_text, activity) != 0)
        put_if(c, ATTR_ACTIVITY, p->activity_text, activity);
    put_number(c, ATTR_PROGRESS, p->permille, v->permille);
    if (changed || !p->has_since)
        put_time(c, ATTR_SINCE, e->now.wall);
}

/* Any number that OpenNebula says is a value, negative ones too. */
static void
put_one_number(struct change *c, enum attribute a, int32_t have, int want)
{
    char text[16];

    if (have == want)
        return;
    g_snprintf(text, sizeof(text), "%d", want);
    put(c, a, text);
}

static void
put_one(struct change *c, const struct published *p, const struct verdict *v)
{
    struct verdict_pair one;

    if (v->source != NULL && !v->one_exact)
        return; /* what its front-end said last */
    if (verdict_pair(v, &one)) {
        put_one_number(c, ATTR_ONE_STATE, p->one_state, one.state);
        put_one_number(c, ATTR_ONE_LCM, p->one_lcm, one.lcm);
        put_if(c, ATTR_ONE_NAME, p->one_name, one.name);
        return;
    }
    if (p->one_state != ONE_ABSENT)
        put(c, ATTR_ONE_STATE, NULL);
    if (p->one_lcm != ONE_ABSENT)
        put(c, ATTR_ONE_LCM, NULL);
    put_if(c, ATTR_ONE_NAME, p->one_name, NULL);
}

static void
put_request(struct change *c, const struct published *p, const struct verdict *v)
{
    if (!v->request_done || p->request == NULL)
        return;
    put(c, ATTR_REQUEST, NULL);
    if (p->has_request_since)
        put(c, ATTR_REQUEST_SINCE, NULL);
}

static void
finding_clear(gpointer data)
{
    struct finding *f = data;

    g_free(f->dn);
    g_free(f->name);
    g_free(f->text);
    change_free(f->repair);
}

GArray *
findings_new(void)
{
    GArray *a = g_array_new(FALSE, TRUE, sizeof(struct finding));

    g_array_set_clear_func(a, finding_clear);
    return a;
}

static struct finding *
add_finding(GArray *findings, enum finding_kind kind, const struct vm_entry *vm, char *text)
{
    struct finding f = {
        .kind = finding_name(kind),
        .dn = g_strdup(vm->base.dn),
        .name = g_strdup(vm->name),
        .text = text,
    };

    g_array_append_val(findings, f);
    return &g_array_index(findings, struct finding, findings->len - 1);
}

/* A template without any mode: the stoney tools' own rule is to write the safe word. */
static void
find_mode(struct engine *e, struct change *c, const struct vm_entry *vm, GArray *findings)
{
    if (vm->kind != KIND_TEMPLATE || vm->mode != NULL)
        return;
    struct finding *f = add_finding(findings, FINDING_MODE_MISSING, vm,
                                    g_strdup(N_("the template has no sstVirtualMachineMode")));
    f->repair = change_new(vm->base.dn, vm->base.csn);
    /* added, not replaced: whoever sets a mode meanwhile wins */
    change_mod_value(change_add_mod(f->repair, CHANGE_ADD, attribute_name(ATTR_MODE)),
                     mode_name(MODE_DO_NOT_USE));
    if (e->options.repair_mode)
        change_mod_value(change_add_mod(c, CHANGE_ADD, attribute_name(ATTR_MODE)),
                         mode_name(MODE_DO_NOT_USE));
}

/* Thin-list values without a VM, and those whose streaming is proven finished. */
static void
find_streams(struct engine *e, struct change *c, const struct vm_entry *vm, GArray *findings)
{
    struct change_mod *m = NULL;

    if (vm->kind != KIND_TEMPLATE || vm->thin == NULL)
        return;
    for (guint i = 0; i < vm->thin->len; i++) {
        const struct vm_entry *child
            = g_hash_table_lookup(e->by_uuid, &g_array_index(vm->thin, struct uuid, i));
        bool vm_child = child != NULL && child->kind != KIND_TEMPLATE;
        const struct record *r = vm_child ? memory_find(e->memory, &child->uuid) : NULL;
        if (vm_child && (r == NULL || !r->proven))
            continue;
        const char *text = vm->thin_text[i];
        struct finding *f = add_finding(
            findings, vm_child ? FINDING_FINISHED_STREAM : FINDING_DANGLING_STREAM, vm,
            g_strdup_printf(vm_child ? "%s has finished streaming but is still listed"
                                     : "%s is listed but is no VM",
                            text));
        /* an entry that is malformed, or there twice, may be a VM that streams once it is mended */
        if (vm_child || !world_has_entry(e, &g_array_index(vm->thin, struct uuid, i))) {
            f->repair = change_new(vm->base.dn, vm->base.csn);
            change_mod_value(change_add_mod(f->repair, CHANGE_DELETE, attribute_name(ATTR_THIN)), text);
        }
        if (!vm_child || !e->options.repair_streams)
            continue;
        if (m == NULL)
            m = change_add_mod(c, CHANGE_DELETE, attribute_name(ATTR_THIN));
        change_mod_value(m, text);
    }
}

static void
find_opennebula(struct engine *e, const struct vm_entry *vm, GArray *findings)
{
    char *text = origin_template_text(e, vm);

    if (text != NULL)
        add_finding(findings, FINDING_OPENNEBULA_TEMPLATE, vm, text);
}

static void
put_alarms(struct change *c, const struct vm_entry *vm, const struct verdict *v)
{
    guint n = c->mods->len;

    change_put_set(c, attribute_name(ATTR_ALARM), vm->pub.alarms, v->alarm_texts);
    if (c->mods->len == n)
        return;
    c->alarms_were = g_strdupv(vm->pub.alarms);
    c->name = g_strdup(vm->name);
}

struct change *
publish_vm(struct engine *e, const struct vm_entry *vm, const struct verdict *v, GArray *findings)
{
    const struct published *p = &vm->pub;

    if (v->rule == RULE_IGNORED || (v->written_only_stale && !v->stale))
        return NULL;
    struct change *c = change_new(vm->base.dn, vm->base.csn);
    put_stale(e, c, p, v);
    put_actions(c, p, v->written_only_stale ? v->actions & p->actions : v->actions);
    if (!v->written_only_stale) {
        if (!v->kept)
            put_status(e, c, p, v);
        put_boolean(c, ATTR_ACTIVE, p->active, v->active);
        put_if(c, ATTR_REASON, p->reason, v->reason);
        if (!v->kept)
            change_put_set(c, attribute_name(ATTR_DETAIL), p->details, v->details);
        publish_languages(e, c, v);
        g_autofree char *node = ascii_only(v->node);
        put_if(c, ATTR_SEEN_NODE, p->node, node);
        put_alarms(c, vm, v);
        put_one(c, p, v);
        put_request(c, p, v);
        find_mode(e, c, vm, findings);
        find_streams(e, c, vm, findings);
        find_opennebula(e, vm, findings);
    }
    if (change_is_empty(c)) {
        change_free(c);
        return NULL;
    }
    c->was = g_strdup(p->text);
    if (!p->has_class && !v->written_only_stale) {
        struct change_mod *m
            = change_add_mod(c, CHANGE_ADD, attribute_name(ATTR_OBJECT_CLASS));
        change_mod_value(m, CLASS_VM_STATUS);
    }
    return c;
}
