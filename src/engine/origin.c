/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What OpenNebula says of one VM: the row that is its own, whether its pair
 * gives the status, and what remains when the front-end says nothing.
 */
#include "config.h"

#include "engine/origin.h"

#include <string.h>

#define WORD "opennebula"

/* --- its row -------------------------------------------------------------------------- */

static bool
is_before(const struct frontend_vm *a, const struct front_state *front_a,
          const struct frontend_vm *b, const struct front_state *front_b)
{
    int order = strcmp(front_a->key, front_b->key);

    return order != 0 ? order < 0 : a->id < b->id;
}

static void
take(struct origin *o, const struct frontend_vm *row, const struct front_state *front)
{
    if (row == o->row || row == o->other)
        return; /* two nodes show its domain */
    o->n_living++;
    if (o->row == NULL || is_before(row, front, o->row, o->front)) {
        o->other = o->row;
        o->other_front = o->front;
        o->row = row;
        o->front = front;
    } else if (o->other == NULL || is_before(row, front, o->other, o->other_front)) {
        o->other = row;
        o->other_front = front;
    }
}

static void
consider_living(const struct frontend_vm *row, struct front_state *front, void *data)
{
    if (!one_meaning(row->state, row->lcm, row->action).no_entry)
        take(data, row, front);
}

static void
consider_done(const struct frontend_vm *row, struct front_state *front, void *data)
{
    struct origin *o = data;

    if (!one_meaning(row->state, row->lcm, row->action).no_entry)
        return;
    o->done = true;
    if (o->row == NULL || is_before(row, front, o->row, o->front)) {
        o->row = row;
        o->front = front;
    }
}

/* Why a front-end that has the VM, or had, says nothing about it. */
static char *
why_silent(const struct front_state *f, const char *name, gint64 id)
{
    GString *out = g_string_new(WORD " ");
    const struct frontend_answer *a = f == NULL ? NULL : f->answer;
    const char *text = a == NULL || a->text == NULL || *a->text == '\0' ? NULL : a->text;

    g_string_append_printf(out, "%s: ", name);
    if (a == NULL)
        g_string_append(out, N_("not asked"));
    else if (a->result == RESULT_ERROR)
        g_string_append_printf(out, "%s%s%s", error_class_name(a->error), text != NULL ? ": " : "",
                               text != NULL ? text : "");
    else if (a->result == RESULT_PARTIAL)
        g_string_append_printf(out, N_("partial answer") "%s%s", text != NULL ? ", " : "",
                               text != NULL ? text : "");
    else
        g_string_append(out, N_("answers without its VM"));
    if (id >= 0)
        g_string_append_printf(out, " (VM %" G_GINT64_FORMAT ")", id);
    return g_string_free(out, FALSE);
}

static void
find_memory(struct engine *e, const struct vm_entry *vm, struct origin *o)
{
    gint64 id;

    o->name = origin_memory(e, vm, &id);
    if (o->name == NULL)
        return;
    const struct front_state *f = claims_front(e, o->name);
    o->sourced = true;
    o->doubtful = f == NULL || f->answer == NULL;
    o->silent = why_silent(f, o->name, id);
}

static void
read_row(struct origin *o)
{
    const struct frontend_vm *row = o->row;
    const char *name = o->front->name;

    o->sourced = true;
    g_free(o->name);
    o->name = g_strdup(name);
    o->meaning = one_meaning(row->state, row->lcm, row->action);
    (void)one_name(row->state, row->lcm, o->pair, sizeof(o->pair));
    g_clear_pointer(&o->silent, g_free);
    if (o->conflict) {
        g_autofree char *text = origin_conflict_text(o);
        o->silent = g_strconcat(WORD " ", text, NULL);
    } else if (o->done) {
        o->doubtful = true;
        MADE_("VM %s is DONE");
        o->silent = g_strdup_printf(WORD " %s: VM %" G_GINT64_FORMAT " is DONE", name, row->id);
    } else if (!o->meaning.known) {
        MADE_("STATE %s LCM_STATE %s is not known to this program");
        o->silent = g_strdup_printf(WORD " %s: VM %" G_GINT64_FORMAT
                                         " %s, STATE %d LCM_STATE %d is not known to this program",
                                    name, row->id, o->pair, row->state, row->lcm);
    } else if (o->meaning.kept) {
        o->silent = g_strdup_printf(WORD " %s: VM %" G_GINT64_FORMAT " %s", name, row->id, o->pair);
    } else {
        o->said = true;
        o->moving = o->meaning.activity == ACTIVITY_MIGRATING;
    }
}

void
origin_find(struct engine *e, const struct vm_entry *vm, struct origin *o)
{
    memset(o, 0, sizeof(*o));
    if (vm->kind == KIND_TEMPLATE)
        return;
    if (g_hash_table_size(e->fronts) > 0) {
        claims_each(e, vm, consider_living, o);
        o->conflict = o->n_living > 1;
        if (o->n_living == 0)
            claims_each(e, vm, consider_done, o);
    }
    if (o->row != NULL)
        read_row(o);
    else
        find_memory(e, vm, o);
}

/* Nobody vouches for it any more, and libvirt has it: then it is a VM like any other.  A row that
 * is its own by memory only is not known to be so in the next pass. */
void
origin_settle(struct engine *e, const struct vm_entry *vm, const struct sight *s,
              struct origin *o)
{
    if (!o->sourced || !o->doubtful || s->it == NULL)
        return;
    o->sourced = false;
    g_clear_pointer(&o->silent, g_free);
    if (o->done) {
        o->done = false;
        o->row = NULL;
        (void)claims_shown(e, vm, consider_done, o);
    }
}

void
origin_clear(struct origin *o)
{
    g_free(o->name);
    g_free(o->silent);
}

/* --- what it means ---------------------------------------------------------------------- */

bool
origin_is_on(const struct origin *o)
{
    if (!o->said)
        return false;
    switch (o->meaning.state) {
    case STATE_RUNNING:
    case STATE_PAUSED:
    case STATE_SHUTTING_DOWN:
    case STATE_POWERING_OFF:
        return true;
    case STATE_NONE:
    case STATE_STOPPED:
    case STATE_STARTING:
    case STATE_DELETING:
    case STATE_CRASHED:
    case STATE_FROZEN:
    case STATE_DO_NOT_USE:
    case STATE_COUNT:
        break;
    }
    return false;
}

bool
origin_is_off(const struct origin *o)
{
    return o->said && o->meaning.state == STATE_STOPPED
           && o->meaning.activity != ACTIVITY_MIGRATING;
}

/* Suspended is off with its memory saved; where the domain is there it was paused by hand. */
static bool
is_paused_by_hand(const struct origin *o, const struct sight *s)
{
    return origin_is_off(o) && (o->meaning.flags & ONE_SAVED_RAM) && !(o->meaning.flags & ONE_FAULT)
           && s->n_living > 0 && !s->any_running && s->any_paused;
}

enum state
origin_state(const struct origin *o, const struct sight *s)
{
    return is_paused_by_hand(o, s) ? STATE_PAUSED : o->meaning.state;
}

/* While it moves, the row names the target before the domain is there; only the restored domain
 * is. */
static bool
is_at_target(const struct origin *o)
{
    const struct one_word *word = one_word_of(o->row->state, o->row->lcm);

    return word == NULL || strstr(word->name, "MIGRATE") == NULL
           || g_str_has_prefix(word->name, "BOOT_");
}

const char *
origin_place(struct engine *e, const struct origin *o)
{
    if (o->row == NULL || o->conflict || o->done)
        return NULL;
    const char *host = is_at_target(o) ? o->row->host : o->row->source;
    const struct node_state *n = claims_host(e, host);
    return n != NULL ? n->name : host;
}

/* --- what libvirt says to it --------------------------------------------------------------- */

/* Does libvirt show it active (1) or, on the host OpenNebula names, not (0)?  -1 = it does not
 * tell. */
static int
power_by_libvirt(struct engine *e, const struct vm_entry *vm, const struct sight *s,
                 const struct origin *o)
{
    if (s->n_living > 0)
        return 1;
    const struct node_state *host = claims_host(e, o->row->host);
    if (host == NULL || host->obs->result != RESULT_COMPLETE)
        return -1;
    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *c = &g_array_index(e->sightings, struct sighting, i - 1);
        bool off = c->domain->state == DSTATE_SHUTOFF || domain_is_crashed(c->domain);
        if (c->domain->unreadable || !off)
            return -1;
        i = c->next;
    }
    return 0;
}

/* Does OpenNebula say for certain that it runs (1), or that it is off (0)? */
static int
power_by_opennebula(const struct origin *o, const struct sight *s)
{
    if (!o->said || is_paused_by_hand(o, s))
        return -1;
    if (o->meaning.state == STATE_RUNNING && !o->moving)
        return 1;
    return origin_is_off(o) ? 0 : -1;
}

static void
watch_power(struct engine *e, const struct vm_entry *vm, const struct sight *s, struct origin *o,
            struct underway *u)
{
    int word = power_by_opennebula(o, s);
    int sight = word < 0 ? -1 : power_by_libvirt(e, vm, s, o);
    gint64 limit = e->options.limits.disagree;

    if (sight < 0 || sight == word) {
        if (u->record != NULL)
            u->record->disagree_since = NEVER;
        return;
    }
    struct record *r = upkeep_record(e, vm, u);
    if (r->disagree_since == NEVER && e->cold
        && upkeep_alarm_published(vm, ALARM_DISAGREE, NULL))
        r->disagree_since = e->now.mono - limit * 1000 - 1; /* it was so before */
    else if (r->disagree_since == NEVER || e->gap)
        r->disagree_since = e->now.mono;
    o->disagrees = e->now.mono - r->disagree_since > limit * 1000;
    if (!o->disagrees)
        upkeep_deadline(e, r->disagree_since + 1, limit);
}

void
origin_upkeep(struct engine *e, const struct vm_entry *vm, const struct sight *s,
              struct origin *o, struct underway *u)
{
    u->one_lock = o->sourced && o->row != NULL && (o->meaning.flags & (ONE_BUSY | ONE_FAULT)) != 0;
    watch_power(e, vm, s, o, u);
    origin_remember(e, vm, o, u);
}

/* --- in words -------------------------------------------------------------------------------- */

static void
append_facts(GString *out, const struct origin *o, bool paused)
{
    static const struct {
        unsigned flag;
        const char *text;
    } facts[] = {
        {ONE_QUEUED_FLAG, N_("waits for a host")},
        {ONE_SAVED_RAM, N_("its memory is saved")},
        {ONE_SAVING, N_("its memory is being saved")},
        {ONE_NO_PERCENT, N_("no progress is told")},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(facts); i++) {
        if ((o->meaning.flags & facts[i].flag) && !(paused && facts[i].flag == ONE_SAVED_RAM))
            g_string_append_printf(out, ", %s", facts[i].text);
    }
    if (o->meaning.state == STATE_POWERING_OFF && o->row->action != 0)
        g_string_append_printf(out, ", %s", N_("without asking the guest"));
}

/* Where it is, where OpenNebula's own lists say so. */
static void
append_place(GString *out, const struct origin *o)
{
    const struct frontend_vm *row = o->row;
    bool shown = row->state == ONE_ACTIVE || row->state == 5 || row->state == 8;

    MADE_("VM %s on %s");
    MADE_("VM %s from %s to %s");
    MADE_("VM %s to %s");
    if (row->host == NULL || !shown)
        return;
    if (is_at_target(o))
        g_string_append_printf(out, " on %s", row->host);
    else if (row->source != NULL)
        g_string_append_printf(out, " from %s to %s", row->source, row->host);
    else
        g_string_append_printf(out, " to %s", row->host);
}

void
origin_append(GString *out, const struct origin *o, const struct sight *s)
{
    if (o->silent != NULL && !o->lost) {
        g_string_append(out, o->silent + strlen(WORD " "));
        return;
    }
    g_string_append_printf(out, "%s: VM %" G_GINT64_FORMAT " %s", o->name, o->row->id, o->pair);
    append_place(out, o);
    append_facts(out, o, is_paused_by_hand(o, s));
    if (is_paused_by_hand(o, s))
        g_string_append_printf(out, ", " N_("but %s reports %s (%s)"), s->it_node->name,
                               dstate_name((enum dstate)s->it->state),
                               dreason_name((enum dreason)s->it->reason));
}

void
origin_tell(const struct origin *o, struct verdict *v)
{
    if (!o->sourced)
        return;
    ref_replace(&v->source, o->name);
    if (o->row == NULL || o->conflict)
        return;
    v->one_exact = true;
    v->one_state = o->row->state;
    v->one_lcm = o->row->lcm;
    g_autofree char *text = g_strdup_printf(WORD " %s: VM %" G_GINT64_FORMAT " %s", o->name,
                                            o->row->id, o->pair);
    ref_replace(&v->one_text, text);
}

char *
origin_conflict_text(const struct origin *o)
{
    bool same = o->front == o->other_front;

    MADE_("VM %s and VM %s claim this entry");
    return g_strdup_printf("%s: VM %" G_GINT64_FORMAT " and VM %" G_GINT64_FORMAT "%s%s%s claim "
                           "this entry",
                           o->front->name, o->row->id, o->other->id, same ? "" : " of ",
                           same ? "" : o->other_front->name,
                           o->n_living > 2 ? " and others" : "");
}

char *
origin_done_text(const struct origin *o)
{
    MADE_("its entry is still there");
    return g_strdup_printf(WORD " %s: VM %" G_GINT64_FORMAT " is DONE, its entry is still there",
                           o->front->name, o->row->id);
}

char *
origin_disagree_text(const struct origin *o, const struct sight *s)
{
    MADE_("opennebula %s says %s");
    if (s->it == NULL)
        return g_strdup_printf(WORD " %s says %s, %s answers without the domain", o->name, o->pair,
                               o->row->host);
    return g_strdup_printf(WORD " %s says %s, %s reports %s (%s)", o->name, o->pair,
                           s->it_node->name, dstate_name((enum dstate)s->it->state),
                           dreason_name((enum dreason)s->it->reason));
}

char *
origin_template_text(struct engine *e, const struct vm_entry *vm)
{
    struct origin o = {0};

    if (vm->kind != KIND_TEMPLATE || vm->claim == 0)
        return NULL;
    claims_each(e, vm, consider_living, &o);
    if (o.row == NULL)
        return NULL;
    MADE_("VM %s names this template, but no template is OpenNebula's");
    return g_strdup_printf(WORD " %s: VM %" G_GINT64_FORMAT " names this template, but no template "
                           "is OpenNebula's",
                           o.front->name, o.row->id);
}
