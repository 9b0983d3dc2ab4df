/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The negative budget: when implausibly many VMs would vanish in one pass, the
 * reading is wrong more often than the world.  They keep their status until
 * the same set would turn in several later passes.
 */
#include "config.h"

#include "engine/engine-internal.h"

#include <string.h>

struct tally {
    unsigned like;      /* running-like entries, with those that left within the window */
    unsigned turning;   /* would leave by absence in this pass, or may if their nodes answered */
    unsigned recent;    /* left by absence within the window, not released */
};

static bool
in_window(struct engine *e, const struct record *r)
{
    return r != NULL && r->left_at != NEVER
           && e->now.mono - r->left_at < (gint64)e->options.limits.budget_window * 1000;
}

static bool
leaves(const struct verdict *v)
{
    return v->by_absence && !v->kept && v->active != 1 && world_running_like(v->vm);
}

static struct node_state *
node_of(struct engine *e, const struct vm_entry *vm)
{
    return world_node_of_ref(e, vm->pub.node != NULL ? vm->pub.node : vm->home);
}

/* Held before and turning still, often enough; a second look at the last answers confirms nothing. */
static bool
is_released(struct engine *e, const struct record *r)
{
    return r != NULL && r->held >= e->options.limits.budget_confirm
           && r->row_query != r->held_query;
}

static void
count_window(struct record *r, void *data)
{
    struct engine *e = data;

    if (!in_window(e, r))
        return;
    if (r->left_node != NULL) {
        struct node_state *n = world_node(e, r->left_node);
        n->like++;
        n->leaving++;
    }
}

static bool
over(unsigned leaving, unsigned like, int percent, int min)
{
    return leaving >= (unsigned)min && (guint64)leaving * 100 > (guint64)like * (guint64)percent;
}

static void
hold(struct engine *e, struct engine_output *o, struct verdict *v)
{
    struct record *r = memory_get(e->memory, &v->vm->uuid);
    bool unknown;

    /* looking twice at the same answers confirms nothing */
    if (r->held == 0 || r->row_query != r->held_query)
        r->held++;
    r->held_query = r->row_query;
    /* what was asked for may not have happened after all */
    v->request_done = r->request_expired != 0;
    r->request_done = 0;
    v->rule = RULE_BUDGET_HELD;
    verdict_keep(v, v->vm);
    v->alarms &= FACT_ALARMS;
    for (char **a = v->alarm_texts; a != NULL && *a != NULL;) {
        enum alarm_id id;
        g_autofree char *name = g_strndup(*a, strcspn(*a, ":"));
        if (alarm_parse(name, &id) && (v->alarms & BIT(id))) {
            a++;
            continue;
        }
        g_free(*a);
        for (char **rest = a; *rest != NULL; rest++)
            rest[0] = rest[1];
    }
    v->stale = true;
    ref_replace(&v->stale_reason, "budget: " N_("implausibly many VMs vanished at once"));
    g_autofree char *reason
        = g_strdup_printf("budget-held: implausibly many VMs vanished at once%s%s",
                          v->one_text != NULL ? ", " : "", v->one_text != NULL ? v->one_text : "");
    ref_replace(&v->reason, reason);
    g_strfreev(v->details);
    v->details = NULL;
    verdict_actions(v, world_mode(v->vm, &unknown), false, false, NULL);
    o->held++;
}

static void
note_left(struct engine *e, const struct verdict *v, bool released)
{
    struct record *r = memory_get(e->memory, &v->vm->uuid);
    const struct node_state *n = node_of(e, v->vm);

    r->held = 0;
    if (released || e->options.limits.budget_window == 0) {
        memory_tidy(e->memory, r);
        return;
    }
    r->left_at = e->now.mono;
    ref_replace(&r->left_node, n != NULL ? n->key : NULL);
}

static void
forget_tally(struct engine *e)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, e->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct node_state *n = value;
        n->like = 0;
        n->leaving = 0;
    }
}

/* Leaves, now or when it was judged last (and is held since), or may if its nodes answered. */
static bool
turns(const struct vm_entry *vm, const struct record *r)
{
    if (vm->judged != NULL && leaves(vm->judged))
        return true;
    return r != NULL && (r->doubt || (vm->judged == NULL && r->held > 0));
}

/* Counts who belongs and who leaves, overall and per node: of all, also where only some are judged
 * now. */
static struct tally
take_tally(struct engine *e)
{
    struct tally t = {0};

    forget_tally(e);
    memory_each(e->memory, count_window, e);
    for (guint i = 0; i < e->vms->len; i++) {
        const struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        const struct record *r = vm->valid ? memory_find(e->memory, &vm->uuid) : NULL;
        struct node_state *n = node_of(e, vm);
        bool recent = in_window(e, r);
        bool like = world_running_like(vm) && vm->valid && !vm->duplicate
                    && vm->kind != KIND_PROFILE;
        t.recent += recent && !like;
        t.like += like || recent;
        if (like && n != NULL)
            n->like++;
        if (!like || !turns(vm, r))
            continue;
        t.turning++;
        if (n != NULL)
            n->leaving++;
    }
    return t;
}

/* Would be held if no confirmation released it. */
static bool
is_over(struct engine *e, const struct verdict *v, bool all)
{
    const struct limits *l = &e->options.limits;
    const struct node_state *n = node_of(e, v->vm);

    if (!leaves(v))
        return false;
    return all
           || (n != NULL
               && over(n->leaving, n->like, l->budget_node_percent, l->budget_node_min));
}

/* The set that is held confirms itself only as a whole: whoever joins or leaves it starts the
 * count of passes again for all. */
static void
restart_confirmation(struct engine *e, struct engine_output *o, bool all)
{
    bool same = true;

    if (memory_count(e->memory) == 0)
        return;
    for (guint i = 0; i < o->verdicts->len && same; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        const struct record *r = v->vm->valid ? memory_find(e->memory, &v->vm->uuid) : NULL;
        same = (r != NULL && r->held > 0) == is_over(e, v, all);
    }
    for (guint i = 0; !same && i < e->vms->len; i++) {
        const struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        struct record *r = vm->valid ? memory_find(e->memory, &vm->uuid) : NULL;
        if (r == NULL || r->held == 0)
            continue;
        r->held = 0;
        memory_tidy(e->memory, r);
    }
}

void
budget_judge(struct engine *e, struct engine_output *o)
{
    const struct limits *l = &e->options.limits;
    struct tally t = {0};
    bool any = false;

    for (guint i = 0; i < o->verdicts->len && !any; i++)
        any = leaves(&g_array_index(o->verdicts, struct verdict, i));
    if (any)
        t = take_tally(e);
    bool all = any && over(t.turning + t.recent, t.like, l->budget_percent, l->budget_min);
    restart_confirmation(e, o, all);
    for (guint i = 0; any && i < o->verdicts->len; i++) {
        struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        if (!leaves(v))
            continue;
        bool released = e->options.force_budget
                        || is_released(e, memory_find(e->memory, &v->vm->uuid));
        if (is_over(e, v, all) && !released)
            hold(e, o, v);
        else
            note_left(e, v, released);
    }
    if (o->held > 0) {
        o->alarms |= BIT(ALARM_BUDGET);
        o->budget_text = g_strdup_printf(
            N_("%u of %u active VMs vanished at once: their statuses are kept until %d more passes "
               "agree or --force-budget is given"),
                                         t.turning, t.like, l->budget_confirm);
    }
}
