/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the front-ends of OpenNebula answered: the newest answer of each, and
 * the words about single VMs that came after it.
 */
#include "config.h"

#include "engine/flow.h"
#include "engine/origin.h"

static void
free_answer(gpointer a)
{
    frontend_answer_unref(a);
}

void
claims_free_front(gpointer data)
{
    struct front_state *f = data;

    g_free(f->key);
    g_free(f->name);
    frontend_answer_unref(f->answer);
    if (f->patches != NULL)
        g_ptr_array_unref(f->patches);
    g_hash_table_unref(f->rows);
    g_free(f);
}

static struct front_state *
make_front(struct engine *e, const char *name)
{
    struct front_state *f = claims_front(e, name);

    if (f == NULL) {
        f = g_new0(struct front_state, 1);
        f->key = g_ascii_strdown(name, -1);
        f->rows = g_hash_table_new(g_int64_hash, g_int64_equal);
        g_hash_table_insert(e->fronts, f->key, f);
    }
    g_free(f->name);
    f->name = g_strdup(name);
    return f;
}

static void
add_rows(struct front_state *f, const struct frontend_answer *a)
{
    if (a->result == RESULT_ERROR)
        return;
    for (guint i = 0; i < a->vms->len; i++) {
        struct frontend_vm *row = &g_array_index(a->vms, struct frontend_vm, i);
        g_hash_table_replace(f->rows, &row->id, row);
    }
}

/* Takes the patches that were asked for after this answer over it. */
static void
keep_later(struct front_state *f, const struct frontend_answer *a)
{
    for (guint i = f->patches != NULL ? f->patches->len : 0; i-- > 0;) {
        const struct frontend_answer *patch = g_ptr_array_index(f->patches, i);
        if (a == NULL || a->result == RESULT_ERROR || patch->query < a->query)
            g_ptr_array_remove_index(f->patches, i);
    }
    if (f->patches != NULL && f->patches->len == 0)
        g_clear_pointer(&f->patches, g_ptr_array_unref);
}

/* The old answer's rows are in nobody's hands any more once this is done and all is joined. */
static void
set_answer(struct front_state *f, struct frontend_answer *a)
{
    struct frontend_answer *old = f->answer;

    g_hash_table_remove_all(f->rows);
    f->answer = a == NULL ? NULL : frontend_answer_ref(a);
    keep_later(f, a);
    if (a != NULL)
        add_rows(f, a);
    for (guint i = 0; f->patches != NULL && i < f->patches->len; i++)
        add_rows(f, g_ptr_array_index(f->patches, i));
    frontend_answer_unref(old);
}

void
engine_frontends(struct engine *e, const GPtrArray *answers)
{
    GHashTableIter iter;
    gpointer value;

    claims_drop(e);
    e->claims_outdated = true;
    g_hash_table_iter_init(&iter, e->fronts);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct front_state *f = value;
        g_clear_pointer(&f->patches, g_ptr_array_unref);
        set_answer(f, NULL);
    }
    for (guint i = 0; i < answers->len; i++) {
        struct frontend_answer *a = g_ptr_array_index(answers, i);
        set_answer(make_front(e, a->frontend), a);
    }
}

/* Those it has or had; who is calm, and of whom it says what it said before, is not concerned. */
static void
touch_sourced(struct engine *e, const struct front_state *f, bool again)
{
    for (guint i = 0; i < e->vms->len; i++) {
        struct vm_entry *vm = g_ptr_array_index(e->vms, i);
        if (!vm->touched && !(again && vm->calm) && origin_is_of(e, vm, f->key))
            world_touch(e, vm);
    }
}

static void
replace_answer(struct engine *e, struct front_state *f, struct frontend_answer *a)
{
    bool again = a != NULL && a->result == RESULT_COMPLETE && f->answer != NULL
                 && f->answer->result == RESULT_COMPLETE;

    claims_refresh(e);
    g_autofree guint64 *before = claims_fingerprints(e);
    set_answer(f, a);
    claims_join(e);
    claims_touch_changed(e, before);
    touch_sourced(e, f, again);
}

void
engine_observe_frontend(struct engine *e, struct frontend_answer *a)
{
    if (a->event) {
        (void)engine_patch_frontend(e, a);
        return;
    }
    replace_answer(e, make_front(e, a->frontend), a);
}

void
engine_unobserve_frontend(struct engine *e, const char *frontend)
{
    struct front_state *f = claims_front(e, frontend);

    if (f != NULL)
        replace_answer(e, f, NULL);
}

bool
engine_patch_frontend(struct engine *e, struct frontend_answer *a)
{
    struct front_state *f = claims_front(e, a->frontend);

    if (f == NULL || f->answer == NULL || f->answer->result == RESULT_ERROR
        || a->result == RESULT_ERROR || a->query < f->answer->query)
        return false;
    claims_refresh(e);
    if (f->patches == NULL)
        f->patches = g_ptr_array_new_with_free_func(free_answer);
    g_ptr_array_add(f->patches, frontend_answer_ref(a));
    for (guint i = 0; i < a->vms->len; i++)
        claims_patch(e, f, &g_array_index(a->vms, struct frontend_vm, i));
    return true;
}

unsigned
claims_silent(const struct engine *e)
{
    unsigned n = 0;
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, e->fronts);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct front_state *f = value;
        n += f->answer != NULL && f->answer->result != RESULT_COMPLETE;
    }
    return n;
}

/* --- what is known of them ------------------------------------------------------------------ */

GPtrArray *
engine_frontends_asked(struct engine *e)
{
    GPtrArray *asked = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, e->fronts);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct front_state *f = value;
        if (f->answer != NULL)
            g_ptr_array_add(asked, g_strdup(f->name));
    }
    g_ptr_array_sort(asked, compare_texts);
    return asked;
}

const struct frontend_answer *
engine_frontend_answer(struct engine *e, const char *frontend, unsigned *vms, unsigned *joined)
{
    const struct front_state *f = claims_front(e, frontend);

    if (f == NULL)
        return NULL;
    *vms = g_hash_table_size(f->rows);
    *joined = f->joined;
    return f->answer;
}
