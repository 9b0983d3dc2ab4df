/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "integration/directory_writes.h"

#include "harness.h"

#include "directory/read.h"

#include <string.h>

void
tally_clear(struct tally *t)
{
    g_clear_pointer(&t->seen, g_hash_table_unref);
    g_free(t->last_error);
    g_free(t->last_csn);
}

void
count(const struct writer_result *result, void *tally)
{
    struct tally *t = tally;

    if (!t->seen)
        t->seen = g_hash_table_new(NULL, NULL);
    assert_true(g_hash_table_add(t->seen, result->change));
    assert_int_equal(result->class == DIRECTORY_SUCCESS, result->error == NULL);
    assert_int_equal(result->class, directory_error_class(result->error));
    t->n[result->class]++;
    t->n_all++;
    if (result->error) {
        g_free(t->last_error);
        t->last_error = g_strdup(result->error->message);
        assert_non_null(strstr(result->error->message, result->change->dn));
    }
    if (result->csn) {
        t->n_csns++;
        g_free(t->last_csn);
        t->last_csn = g_strdup(result->csn);
    }
    if (t->kill_at && t->n_all == t->kill_at)
        server_kill(t->server);
}

static void
free_change(gpointer data)
{
    change_free(data);
}

GPtrArray *
changes_for_all(struct directory_connection *c, const struct directory_options *o, size_t size)
{
    g_autofree char *filler = g_strnfill(size, 'r');
    g_autoptr(GError) error = NULL;
    CLEANUP(directory_snapshot_free)
    struct directory_snapshot *s = directory_read(c, o, NULL, NULL, &error);
    GPtrArray *changes = g_ptr_array_new_with_free_func(free_change);

    assert_non_null(s);
    for (guint i = 0; i < s->entries->len; i++) {
        const struct entry *entry = s->entries->pdata[i];
        struct change *change;

        if (entry_type(entry) != ENTRY_VM)
            continue;
        change = change_new(entry_dn(entry), entry_csn(entry));
        change_mod_value(change_add_mod(change, CHANGE_ADD, "objectClass"),
                         "sstVirtualMachineStatusObject");
        change_replace(change, "sstVirtualMachineStatus", "Running");
        change_replace(change, "sstVirtualMachineStatusReason", filler);
        change_replace(change, "sstVirtualMachineStatusActivity", NULL);
        g_ptr_array_add(changes, change);
    }
    return changes;
}

struct server *
start_world(int n)
{
    g_autofree char *world = server_world(n);
    g_autofree char *option = g_strdup_printf("ldif=%s", world);
    const char *const options[] = {option, NULL};

    return server_start(options);
}

void
send_all(struct writer *w, GPtrArray *changes)
{
    for (guint i = 0; i < changes->len; i++)
        writer_send(w, changes->pdata[i]);
}

struct change *
fresh_change(struct directory_connection *c, const char *dn)
{
    g_autoptr(GPtrArray) entries = NULL;
    g_autoptr(GError) error = NULL;

    if (!directory_reread(c, dn, &entries, &error))
        fail_msg("%s", error->message);
    assert_int_equal(entries->len, 1);
    return change_new(dn, entry_csn(entries->pdata[0]));
}

void
assert_one(struct directory_connection *c, struct change *change, enum directory_class class,
           const char *words)
{
    struct tally tally = {.n_all = 0};
    g_autoptr(GError) error = NULL;
    CLEANUP(writer_free) struct writer *w = writer_new(c, 4, count, &tally, &error);

    writer_send(w, change);
    writer_finish(w, NULL);
    assert_int_equal(tally.n_all, 1);
    if (tally.n[class] != 1)
        fail_msg("not %s: %s", directory_class_name(class), tally.last_error);
    if (words && !strstr(tally.last_error, words))
        fail_msg("does not say %s: %s", words, tally.last_error);
    tally_clear(&tally);
}
