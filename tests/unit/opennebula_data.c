/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "unit/opennebula_data.h"

#include "harness.h"

#include <stdlib.h>
#include <string.h>

char *
recorded(const char *name, gsize *len)
{
    g_autofree char *relative = g_build_filename("tests/data/opennebula/recorded", name, NULL);
    g_autofree char *path = harness_src_path(relative);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    if (!g_file_get_contents(path, &text, len, &error))
        g_error("%s", error->message);
    return text;
}

/* The lines of a table without its head; each is an array of columns. */
static GPtrArray *
read_table(const char *name, guint n_columns)
{
    g_autofree char *text = recorded(name, NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GPtrArray *rows = g_ptr_array_new();

    for (guint i = 1; lines[i] != NULL; i++) {
        char **columns = g_strsplit(lines[i], "\t", -1);

        if (g_strv_length(columns) >= n_columns)
            g_ptr_array_add(rows, columns);
        else
            g_strfreev(columns);
    }
    return rows;
}

const struct oracle *
oracles(gsize *n)
{
    static struct oracle *all;
    static gsize n_all;

    if (all == NULL) {
        GPtrArray *rows = read_table("states.tsv", 6);

        n_all = rows->len;
        all = g_new0(struct oracle, n_all);
        for (gsize i = 0; i < n_all; i++) {
            char **c = rows->pdata[i];

            all[i] = (struct oracle){.id = atoi(c[0]), .state = atoi(c[1]), .lcm = atoi(c[2]),
                                     .state_name = c[3], .name = c[4],
                                     .deploy_id = *c[5] != '\0' ? c[5] : NULL};
        }
    }
    *n = n_all;
    return all;
}

const struct oracle *
oracle_of(gint64 id)
{
    gsize n;
    const struct oracle *all = oracles(&n);

    for (gsize i = 0; i < n; i++)
        if (all[i].id == id)
            return &all[i];
    return NULL;
}

void
assert_oracle(const struct frontend_vm *vm)
{
    const struct oracle *o = oracle_of(vm->id);

    assert_non_null(o);
    assert_int_equal(vm->state, o->state);
    assert_int_equal(vm->lcm, o->lcm);
    assert_string_equal(vm->name, o->name);
    if (o->deploy_id == NULL)
        assert_null(vm->deploy_id);
    else
        assert_string_equal(vm->deploy_id, o->deploy_id);
}

const struct frontend_vm *
vm_of(const struct frontend_answer *a, gint64 id)
{
    for (guint i = 0; i < a->vms->len; i++) {
        const struct frontend_vm *vm = &g_array_index(a->vms, struct frontend_vm, i);

        if (vm->id == id)
            return vm;
    }
    return NULL;
}

const struct recorded_event *
recorded_events(gsize *n)
{
    static struct recorded_event *all;
    static gsize n_all;

    if (all == NULL) {
        GPtrArray *rows = read_table("hooks/events.tsv", 4);

        n_all = rows->len;
        all = g_new0(struct recorded_event, n_all);
        for (gsize i = 0; i < n_all; i++) {
            char **c = rows->pdata[i];
            g_autofree char *file = g_strconcat("hooks/", c[3], NULL);

            all[i].topic = g_strndup(c[1], strcspn(c[1], "|")); /* the bar marks the end */
            all[i].body = recorded(file, NULL);
            all[i].id = g_str_has_prefix(c[1], "EVENT VM ") ? atoi(c[1] + strlen("EVENT VM ")) : -1;
        }
    }
    *n = n_all;
    return all;
}

char *
vm_text(const struct frontend_vm *vm)
{
    char link[UUID_TEXT_SIZE] = "-", os[UUID_TEXT_SIZE] = "-";

    if (vm->has_link)
        uuid_format(&vm->link, link);
    if (vm->has_os_uuid)
        uuid_format(&vm->os_uuid, os);
    return g_strdup_printf("%" G_GINT64_FORMAT " %s %d/%d action %d link %s os %s deploy %s host %s "
                           "source %s", vm->id, vm->name, vm->state, vm->lcm, vm->action, link, os,
                           vm->deploy_id, vm->host, vm->source);
}
