/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VMs that --vm names: which they are, and with --wait whether they are
 * fresh in the end, whoever did the work.
 */
#include "config.h"

#include "cli/sync.h"

#include "cli/cli.h"
#include "cli/find.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "cli/wait.h"
#include "engine/entry-data.h"

#include <stdio.h>

static void
vm_free(gpointer data)
{
    struct sync_vm *vm = data;

    g_free(vm->dn);
    g_free(vm->uuid);
    g_free(vm->name);
    g_free(vm->status);
    g_free(vm);
}

static struct finder
finder_of(const struct sync *s)
{
    return (struct finder){s->where, s->connection, s->config->directory.vm_base};
}

static bool
find_one(struct sync *s, const char *name, GError **error)
{
    const struct finder f = finder_of(s);
    g_autoptr(GPtrArray) entries = NULL;
    const struct vm_entry *found = finder_find(&f, name, &entries, error);

    if (found == NULL)
        return false;
    struct sync_vm *vm = g_new0(struct sync_vm, 1);
    vm->dn = g_strdup(found->base.dn);
    vm->name = g_strdup(found->name);
    if (found->valid) {
        vm->uuid = g_malloc(UUID_TEXT_SIZE);
        uuid_format(&found->uuid, vm->uuid);
    }
    g_ptr_array_add(s->vms, vm);
    return true;
}

bool
sync_find_vms(struct sync *s, GError **error)
{
    if (s->options.vms == NULL)
        return true;
    s->vms = g_ptr_array_new_with_free_func(vm_free);
    for (char **name = s->options.vms; *name != NULL; name++) {
        if (!find_one(s, *name, error))
            return false;
    }
    return true;
}

bool
sync_names_vm(const struct sync *s, const char *dn)
{
    for (guint i = 0; i < s->vms->len; i++) {
        if (dn_same(((const struct sync_vm *)g_ptr_array_index(s->vms, i))->dn, dn))
            return true;
    }
    return false;
}

gint64
sync_time_left(const struct sync *s)
{
    if (s->options.timeout == NULL)
        return -1;
    return MAX(s->began + s->options.timeout_s * 1000 - g_get_monotonic_time() / 1000, 0);
}

static void
print_status(const struct sync_vm *vm)
{
    g_autofree char *name = cli_printable(vm->name != NULL ? vm->name : vm->dn, G_MAXUINT);
    g_autofree char *status
        = cli_printable(vm->status != NULL ? vm->status : "not known", G_MAXUINT);

    printf("%s: %s\n", name, status);
}

void
sync_wait(struct sync *s)
{
    const struct finder f = finder_of(s);

    progress_clear(&s->progress);
    stop_undefer(); /* nothing is ours any more */
    s->codes &= ~EXIT_BIT(EXIT_STALE);
    for (guint i = 0; i < s->vms->len && s->left_by == 0; i++) {
        struct sync_vm *vm = g_ptr_array_index(s->vms, i);
        int code = wait_until_fresh(&f, s->config, vm->dn, sync_time_left(s), &vm->status);
        vm->fresh = code == EXIT_WELL;
        if (code > 128)
            s->left_by = code;
        else if (code != EXIT_WELL)
            s->codes |= EXIT_BIT(code);
        if (!s->options.json && s->left_by == 0)
            print_status(vm);
    }
}

void
sync_report_vms(const struct sync *s, JsonBuilder *b)
{
    json_builder_set_member_name(b, "vms");
    json_builder_begin_array(b);
    for (guint i = 0; s->options.wait && s->vms != NULL && i < s->vms->len; i++) {
        const struct sync_vm *vm = g_ptr_array_index(s->vms, i);
        json_builder_begin_object(b);
        report_add_text(b, "dn", vm->dn);
        report_add_text(b, "uuid", vm->uuid);
        report_add_text(b, "name", vm->name);
        report_add_text(b, "status", vm->status);
        json_builder_set_member_name(b, "fresh");
        json_builder_add_boolean_value(b, vm->fresh);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}
