/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenNebula in a random world: one seed in three has front-ends that run some
 * of the VMs, and say of them whatever they like.
 */
#include "config.h"

#include "world.h"

#include <stdlib.h>
#include <string.h>

static int
below(struct world *w, int n)
{
    return g_rand_int_range(w->one, 0, n);
}

static bool
once_in(struct world *w, int n)
{
    return below(w, n) == 0;
}

#define PICK(w, list) ((list)[below((w), (int)G_N_ELEMENTS(list))])

static void
random_pair(struct world *w, struct model_row *r)
{
    static const int states[] = {3, 3, 3, 3, 3, 3, 3, 8, 8, 8, 5, 1, 6, 9, 10, 12, -1};
    static const int lcms[] = {3, 3, 3, 3, 3, 3, 16, 16, 16, 4, 7, 8, 35, 17, 18, 20, 36, 69, 72};
    static const int actions[] = {0, 0, 19, 20, 28, 44};

    r->state = once_in(w, 20) ? below(w, 14) - 1 : PICK(w, states);
    r->lcm = r->state == 3 || once_in(w, 20) ? (once_in(w, 4) ? below(w, 74) : PICK(w, lcms)) : 0;
    r->action = PICK(w, actions);
}

static int
random_host(struct world *w, const struct model_row *r)
{
    int home = r->vm >= 0 ? w->vms[r->vm].home : -1;

    return once_in(w, 6) ? below(w, (int)w->n_nodes + 2) - 2 : home;
}

static void
random_row(struct world *w, struct model_row *r, int vm)
{
    memset(r, 0, sizeof(*r));
    r->front = (unsigned)below(w, (int)w->n_fronts);
    r->id = 1 + (gint64)(r - w->rows);
    r->vm = vm;
    r->join = below(w, 4);
    random_pair(w, r);
    r->host = random_host(w, r);
    r->source = once_in(w, 2) ? random_host(w, r) : -1;
}

static void
random_answer(struct world *w, struct model_front *f)
{
    f->asked = !once_in(w, 12);
    f->result = once_in(w, 4) ? (once_in(w, 2) ? RESULT_ERROR : RESULT_PARTIAL) : RESULT_COMPLETE;
    f->error = (enum error_class)(1 + below(w, ERROR_CLASS_COUNT - 1));
}

/* It was OpenNebula's before this program started. */
static void
publish(struct world *w, const struct model_row *r)
{
    GPtrArray *reason = g_ptr_array_new_with_free_func(g_free);
    const char *name = w->fronts[r->front].name;

    g_ptr_array_add(reason,
                    once_in(w, 2)
                        ? g_strdup_printf("opennebula: %s: VM %d ACTIVE/RUNNING runn", name, (int)r->id)
                        : g_strdup_printf("unseen: opennebula %s: timeout (VM %d)", name, (int)r->id));
    g_hash_table_replace(w->vms[r->vm].own, g_strdup("sstVirtualMachineStatusReason"), reason);
}

void
world_open_fronts(struct world *w, guint32 seed)
{
    static const char *const names[WORLD_FRONTS] = {"lab", "West"};

    w->one = g_rand_new_with_seed(seed ^ 0x6f6e6521u);
    if (!once_in(w, 3))
        return;
    w->n_fronts = 1 + (unsigned)below(w, WORLD_FRONTS);
    for (unsigned i = 0; i < w->n_fronts; i++) {
        w->fronts[i].name = names[i];
        random_answer(w, &w->fronts[i]);
    }
    w->rows = g_new0(struct model_row, 2 * w->n_vms);
    for (unsigned i = 0; i < w->n_vms; i++) {
        if (once_in(w, 3))
            continue;
        random_row(w, &w->rows[w->n_rows++], once_in(w, 10) ? -1 : (int)i);
        const struct model_row *r = &w->rows[w->n_rows - 1];
        if (r->vm >= 0 && w->vms[r->vm].own_class && once_in(w, 3))
            publish(w, r);
        if (once_in(w, 10))
            random_row(w, &w->rows[w->n_rows++], (int)i);
    }
}

void
world_close_fronts(struct world *w)
{
    g_rand_free(w->one);
    g_free(w->rows);
}

static void
turn_row(struct world *w, struct model_row *r)
{
    switch (below(w, 8)) {
    case 0:
        r->hidden = !r->hidden;
        break;
    case 1:
        r->vm = once_in(w, 3) ? -1 : below(w, (int)w->n_vms);
        break;
    case 2:
        r->join = below(w, 4);
        break;
    case 3:
        r->host = random_host(w, r);
        break;
    default:
        random_pair(w, r);
        break;
    }
}

void
world_turn_fronts(struct world *w)
{
    for (unsigned i = 0; i < w->n_fronts; i++) {
        struct model_front *f = &w->fronts[i];
        if (once_in(w, 4))
            random_answer(w, f);
        if (f->result != RESULT_COMPLETE && once_in(w, 2))
            f->result = RESULT_COMPLETE;
    }
    for (unsigned i = 0; i < w->n_rows; i++) {
        if (once_in(w, 4))
            turn_row(w, &w->rows[i]);
    }
}

static const char *
host_name(const struct world *w, int host)
{
    return host == -1 ? NULL : host < 0 ? "elsewhere" : w->nodes[host].name;
}

static void
tell_row(const struct world *w, struct frontend_answer *a, const struct model_row *r)
{
    struct frontend_vm *vm = frontend_answer_add(a, r->id);
    const char *uuid = r->vm < 0 ? NULL : w->vms[r->vm].uuid;

    vm->state = r->state;
    vm->lcm = r->lcm;
    vm->action = r->action;
    vm->host = g_strdup(host_name(w, r->host));
    vm->source = g_strdup(host_name(w, r->source));
    if (uuid == NULL || r->join == 3) {
        vm->deploy_id = g_strdup_printf("one-%d", (int)r->id);
        return;
    }
    vm->has_link = r->join == 0 && uuid_parse(uuid, strlen(uuid), &vm->link);
    vm->has_os_uuid = r->join == 1 && uuid_parse(uuid, strlen(uuid), &vm->os_uuid);
    if (r->join == 2)
        vm->deploy_id = g_strdup(uuid);
}

static struct frontend_answer *
tell_front(const struct world *w, unsigned front)
{
    const struct model_front *f = &w->fronts[front];
    struct frontend_answer *a = frontend_answer_new(f->name, f->result);

    a->query = w->query;
    if (f->result == RESULT_ERROR) {
        a->error = f->error;
        a->text = g_strdup("no answer");
        return a;
    }
    /* a partial answer holds every other one */
    for (unsigned i = 0; i < w->n_rows; i++) {
        const struct model_row *r = &w->rows[i];
        if (r->front == front && !r->hidden && (f->result == RESULT_COMPLETE || i % 2 == 0))
            tell_row(w, a, r);
    }
    return a;
}

GPtrArray *
world_frontends(const struct world *w, GRand *shuffle)
{
    if (w->n_fronts == 0)
        return NULL;
    GPtrArray *all
        = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))frontend_answer_unref);
    for (unsigned i = 0; i < w->n_fronts; i++) {
        if (w->fronts[i].asked)
            g_ptr_array_insert(all, shuffle != NULL && g_rand_boolean(shuffle) ? 0 : -1,
                               tell_front(w, i));
    }
    return all;
}

char *
world_domain_name(const struct world *w, unsigned vm, unsigned node)
{
    for (unsigned i = 0; i < w->n_rows; i++) {
        const struct model_row *r = &w->rows[i];
        if (r->vm == (int)vm && r->join == 3 && (r->id + node) % 4 != 0)
            return g_strdup_printf("one-%d", (int)r->id);
    }
    return NULL;
}

unsigned
world_claims(const struct world *w, const struct model_vm *vm)
{
    unsigned n = 0;

    for (unsigned i = 0; i < w->n_rows; i++)
        n += w->rows[i].vm >= 0 && &w->vms[w->rows[i].vm] == vm;
    return n;
}
