/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/frontend.h"

static void
clear_vm(gpointer data)
{
    struct frontend_vm *vm = data;

    g_free(vm->name);
    g_free(vm->deploy_id);
    g_free(vm->host);
    g_free(vm->source);
}

struct frontend_answer *
frontend_answer_new(const char *frontend, enum result result)
{
    struct frontend_answer *a = g_new0(struct frontend_answer, 1);

    a->frontend = g_strdup(frontend);
    a->result = result;
    a->vms = g_array_new(FALSE, TRUE, sizeof(struct frontend_vm));
    g_array_set_clear_func(a->vms, clear_vm);
    g_atomic_ref_count_init(&a->refs);
    return a;
}

struct frontend_answer *
frontend_answer_new_error(const char *frontend, enum error_class error, const char *text)
{
    struct frontend_answer *a = frontend_answer_new(frontend, RESULT_ERROR);

    a->error = error;
    a->text = g_strdup(text);
    return a;
}

struct frontend_answer *
frontend_answer_ref(struct frontend_answer *a)
{
    g_atomic_ref_count_inc(&a->refs);
    return a;
}

void
frontend_answer_unref(struct frontend_answer *a)
{
    if (a == NULL || !g_atomic_ref_count_dec(&a->refs))
        return;
    g_array_unref(a->vms);
    g_free(a->frontend);
    g_free(a->text);
    g_free(a->version);
    g_free(a);
}

struct frontend_vm *
frontend_answer_add(struct frontend_answer *a, gint64 id)
{
    struct frontend_vm vm = {.id = id};

    g_array_append_val(a->vms, vm);
    return &g_array_index(a->vms, struct frontend_vm, a->vms->len - 1);
}
