/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/explain.h"

#include "engine/origin.h"

#include <string.h>

/* What a visit of the judging fills in. */
struct visit {
    struct explanation *x;
    const struct verdict *v;
    const struct engine_output *o;
    bool visited;
};

/* --- rules ----------------------------------------------------------------------------- */

static void
rule_clear(gpointer data)
{
    struct explained_rule *r = data;

    g_ptr_array_unref(r->because);
    g_free(r->facts);
}

static struct explained_rule *
add_rule(struct explanation *x, enum rule rule, bool tried, bool matches)
{
    struct explained_rule r = {.rule = rule, .tried = tried, .matches = matches};

    r.because = g_ptr_array_new_with_free_func(g_free);
    g_array_append_val(x->rules, r);
    return &g_array_index(x->rules, struct explained_rule, x->rules->len - 1);
}

static void
add_ordered(struct explanation *x, enum rule rule, const struct facts *f, enum rule first)
{
    struct rule_why why;

    rule_why(rule, f, &why);
    struct explained_rule *r = add_rule(x, rule, rule <= first, why.matches);
    for (unsigned i = 0; i < why.n; i++)
        g_ptr_array_add(r->because, g_strdup(why.texts[i]));
}

/* Names and words that the reasons speak of. */
static char *
facts_of_rule(enum rule rule, const struct judging *j, const struct explanation *x)
{
    if (rule == RULE_DUPLICATE && j->s.alive != NULL)
        return g_strdup(j->s.alive->str);
    if (rule == RULE_UNSEEN && j->s.silent != NULL)
        return g_strdup(j->s.silent->str);
    if (rule == RULE_OPENNEBULA)
        return g_strdup(x->opennebula);
    return NULL;
}

static void
add_held(struct explanation *x, struct engine *e, const struct judging *j)
{
    struct explained_rule *r = add_rule(x, RULE_ABSENT_HELD, true, j->absence == ABSENCE_HELD);

    g_ptr_array_add(r->because, absence_text(e, &j->u, j->absence));
}

static void
add_budget(const struct visit *visit)
{
    bool held = visit->v->rule == RULE_BUDGET_HELD;
    struct explained_rule *r = add_rule(visit->x, RULE_BUDGET_HELD, true, held);

    g_ptr_array_add(r->because, g_strdup(held ? N_("too many would cease to be active at once")
                                              : N_("the budget does not hold it")));
    r->facts = held ? g_strdup(visit->o->budget_text) : NULL;
}

/* --- nodes ------------------------------------------------------------------------------ */

static void
node_clear(gpointer data)
{
    g_free(((struct explained_node *)data)->name);
}

static void
add_node(struct explanation *x, const struct node_state *n, const struct domain *domain)
{
    struct explained_node node = {.domain = domain};

    for (guint i = 0; n != NULL && domain == NULL && i < x->nodes->len; i++) {
        if (strcmp(g_array_index(x->nodes, struct explained_node, i).name, n->name) == 0)
            return;
    }
    if (n == NULL)
        return;
    node.name = g_strdup(n->name);
    node.answer = n->obs;
    g_array_append_val(x->nodes, node);
}

static int
place_of(const struct explained_node *n)
{
    return n->home ? 0 : n->target ? 1 : 2;
}

static gint
by_place(gconstpointer pa, gconstpointer pb)
{
    const struct explained_node *a = pa;
    const struct explained_node *b = pb;
    int order = place_of(a) - place_of(b);

    return order != 0 ? order : strcmp(a->name, b->name);
}

static bool
is_node(const struct explained_node *node, const struct node_state *n)
{
    return n != NULL && strcmp(node->name, n->name) == 0;
}

/* Those that show it, and those where it should or may be. */
static void
add_nodes(struct engine *e, const struct vm_entry *vm, struct explanation *x)
{
    struct node_state *home = world_node_of_ref(e, vm->home);
    struct node_state *target = world_node_of_ref(e, vm->target);
    struct node_state *last = world_node_of_ref(e, world_last_seen(e, vm));

    for (guint32 i = vm->sighting; i != 0;) {
        const struct sighting *c = &g_array_index(e->sightings, struct sighting, i - 1);
        add_node(x, c->node, c->domain);
        i = c->next;
    }
    add_node(x, home, NULL);
    add_node(x, target, NULL);
    add_node(x, last, NULL);
    for (guint i = 0; i < x->nodes->len; i++) {
        struct explained_node *node = &g_array_index(x->nodes, struct explained_node, i);
        node->home = is_node(node, home);
        node->target = is_node(node, target);
        node->last = is_node(node, last);
    }
    g_array_sort(x->nodes, by_place);
}

/* --- the whole ----------------------------------------------------------------------------- */

static void
on_judged(struct engine *e, const struct vm_entry *vm, const struct judging *j, void *data)
{
    struct visit *visit = data;
    struct explanation *x = visit->x;

    (void)vm;
    visit->visited = true;
    if (j->o.sourced) {
        g_autoptr(GString) text = g_string_new(NULL);
        origin_append(text, &j->o, &j->s);
        x->opennebula = g_strdup(text->str);
    }
    for (unsigned r = 0; r <= RULE_UNMAPPED; r++) {
        add_ordered(x, (enum rule)r, &j->f, j->d.rule);
        struct explained_rule *rule
            = &g_array_index(x->rules, struct explained_rule, x->rules->len - 1);
        if (rule->matches)
            rule->facts = facts_of_rule((enum rule)r, j, x);
    }
    add_held(x, e, j);
    add_budget(visit);
}

/* What the rules never see. */
static void
explain_unjudged(struct explanation *x, const struct verdict *v)
{
    struct explained_rule *r = add_rule(x, v->rule, true, true);
    const char *why = N_("it belongs to another body, or is a profile");
    struct rule_why invalid;

    if (v->rule == RULE_INVALID) {
        rule_why(RULE_INVALID, &(struct facts){.invalid = true}, &invalid);
        why = invalid.texts[0];
        r->facts = g_strdup(v->reason);
    }
    g_ptr_array_add(r->because, g_strdup(why));
}

static void
add_lists(struct engine *e, const struct vm_entry *vm, struct explanation *x)
{
    for (guint i = 0; i < e->vms->len; i++) {
        const struct vm_entry *t = g_ptr_array_index(e->vms, i);
        if (t->kind != KIND_TEMPLATE || t->thin == NULL)
            continue;
        for (guint k = 0; k < t->thin->len; k++) {
            if (!uuid_equal(&g_array_index(t->thin, struct uuid, k), &vm->uuid))
                continue;
            g_ptr_array_add(x->lists, g_strdup(t->base.dn));
            break;
        }
    }
}

struct explanation *
engine_explain(struct engine *e, const struct verdict *v, const struct engine_output *o)
{
    struct explanation *x = g_new0(struct explanation, 1);
    struct visit visit = {.x = x, .v = v, .o = o};
    struct verdict again;

    x->nodes = g_array_new(FALSE, FALSE, sizeof(struct explained_node));
    g_array_set_clear_func(x->nodes, node_clear);
    x->rules = g_array_new(FALSE, FALSE, sizeof(struct explained_rule));
    g_array_set_clear_func(x->rules, rule_clear);
    x->lists = g_ptr_array_new_with_free_func(g_free);
    /* within one pass an entry is judged again as it was judged before */
    judge_vm_visited(e, v->vm, &again, on_judged, &visit);
    if (!visit.visited)
        explain_unjudged(x, &again);
    verdict_clear(&again);
    if (v->vm->valid) {
        add_nodes(e, v->vm, x);
        add_lists(e, v->vm, x);
    }
    return x;
}

void
explanation_free(struct explanation *x)
{
    if (x == NULL)
        return;
    g_array_unref(x->nodes);
    g_array_unref(x->rules);
    g_ptr_array_unref(x->lists);
    g_free(x->opennebula);
    g_free(x);
}

/* --- memory ---------------------------------------------------------------------------------- */

struct recall {
    GArray *all;
    gint64 now;
};

static void
recall(const char *key, const char *text, gint64 since, void *data)
{
    struct recall *recall = data;
    struct remembered r = {key, g_strdup(text), since == NEVER ? -1 : MAX(recall->now - since, 0)};

    g_array_append_val(recall->all, r);
}

static void
remembered_clear(gpointer data)
{
    g_free(((struct remembered *)data)->text);
}

GArray *
engine_remembered(struct engine *e, const struct uuid *uuid, struct engine_time now)
{
    struct recall all = {g_array_new(FALSE, FALSE, sizeof(struct remembered)), now.mono};

    g_array_set_clear_func(all.all, remembered_clear);
    record_each(memory_find(e->memory, uuid), recall, &all);
    return all.all;
}

gint64
engine_memory_age(const struct engine *e, struct engine_time now)
{
    return e->warm ? MAX(now.mono - e->last_mono, 0) : -1;
}
