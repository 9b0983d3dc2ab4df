/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as each of the documents that hold VMs: whatever the pieces they
 * come in, the same VMs come out, or none.
 */
#include "config.h"

#include "opennebula/pool.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NULL where the document is refused. */
static struct frontend_answer *
parse(enum pool_form form, const char *text, size_t size, size_t piece)
{
    const struct pool_options options = {.form = form, .link_attribute = "STONEY_UUID", .last = -1};
    CLEANUP(frontend_answer_unref)
    struct frontend_answer *a = frontend_answer_new("one", RESULT_COMPLETE);
    CLEANUP(pool_free) struct pool *p = pool_new(&options, a);
    g_autoptr(GError) error = NULL;
    bool ok = true;

    for (size_t at = 0; ok && at < size; at += piece)
        ok = pool_push(p, text + at, MIN(piece, size - at), &error);
    ok = ok && pool_end(p, &error);
    if (ok != (error == NULL))
        g_error("an error and none");
    if (pool_seen(p)->n_vms != pool_seen(p)->n_bad + a->vms->len && ok)
        g_error("VMs are not counted");
    return ok ? g_steal_pointer(&a) : NULL;
}

/* What a terminal obeys would reach one. */
static bool
is_line(const char *text)
{
    for (const char *c = text != NULL ? text : ""; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == '\x7f')
            return false;
    return text == NULL || g_utf8_validate(text, -1, NULL);
}

static void
compare(const struct frontend_answer *a, const struct frontend_answer *b)
{
    if ((a == NULL) != (b == NULL) || (a != NULL && a->vms->len != b->vms->len))
        g_error("pieces matter");
    for (guint i = 0; a != NULL && i < a->vms->len; i++) {
        const struct frontend_vm *x = &g_array_index(a->vms, struct frontend_vm, i);
        const struct frontend_vm *y = &g_array_index(b->vms, struct frontend_vm, i);

        if (x->id != y->id || x->state != y->state || x->lcm != y->lcm || x->action != y->action
            || g_strcmp0(x->name, y->name) != 0 || g_strcmp0(x->host, y->host) != 0)
            g_error("pieces matter");
        if (x->id < 0 || (x->name != NULL && strlen(x->name) > POOL_TEXT_MAX))
            g_error("beyond a bound");
        if (!is_line(x->name) || !is_line(x->host) || !is_line(x->deploy_id))
            g_error("not a line");
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int form = POOL_FORM_POOL; form <= POOL_FORM_EVENT; form++) {
        CLEANUP(frontend_answer_unref)
        struct frontend_answer *whole = parse((enum pool_form)form, (const char *)data, size, 65536);
        CLEANUP(frontend_answer_unref)
        struct frontend_answer *pieces =
            parse((enum pool_form)form, (const char *)data, size, 1 + size % 13);

        compare(whole, pieces);
    }
    return 0;
}
