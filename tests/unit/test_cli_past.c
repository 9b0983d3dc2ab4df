/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log of changes becomes a history.
 */
#include "config.h"

#include "rows.h"

#include "cli/past.h"

#include <string.h>

/* Changes: "KIND|mod|mod...", 1 second apart; rows: "what: old > new" with "; " between. */
static const struct {
    const char *name;
    const char *changes[5];
    const char *rows;
} histories[] = {
    {"nothing", {NULL}, ""},
    {"what was before is not known", {"m|sstVirtualMachineStatus:= Running"}, "status: ? > Running"},
    {"the log may keep it",
     {"m|sstVirtualMachineStatus:= Running|<sstVirtualMachineStatus: Stopped"},
     "status: Stopped > Running"},
    {"it is known from then on",
     {"m|sstVirtualMachineStatus:= Running", "m|sstVirtualMachineStatus:= Stopped"},
     "status: ? > Running; status: Running > Stopped"},
    {"a new entry",
     {"a|sstNode:+ a|sstStatus:+ running", "m|sstVirtualMachineStatus:= Starting"},
     "entry: none > made; meant to be: none > running; belongs to: none > a; status: none > Starting"},
    {"the percentage alone",
     {"m|sstVirtualMachineStatus:= Running, streaming [1.0 %]",
      "m|sstVirtualMachineStatus:= Running, streaming [2.0 %]", "m|sstVirtualMachineStatus:= Running"},
     "status: ? > Running, streaming [1.0 %]; status: Running, streaming [2.0 %] > Running"},
    {"the same again", {"m|sstNode:= a", "m|sstNode:= a"}, "belongs to: ? > a"},
    {"others are not told of", {"m|sstMemory:= 1", "m|sstVirtualMachineStatusReason:= x"}, ""},
    {"names in any case", {"m|SSTSTATUS:= shutdown"}, "meant to be: ? > shutdown"},
    {"alarms come and go",
     {"m|sstVirtualMachineStatusAlarm:= a|sstVirtualMachineStatusAlarm:= b",
      "m|sstVirtualMachineStatusAlarm:- a", "m|sstVirtualMachineStatusAlarm:="},
     "alarms: ? > a, b; alarms: a, b > b; alarms: b > none"},
    {"stale and back",
     {"m|sstVirtualMachineStatusStaleReason:= refused", "m|sstVirtualMachineStatusStaleReason:-"},
     "stale: ? > refused; stale: refused > none"},
    {"what was not there goes", {"m|sstMigrationNode:-"}, ""},
    {"deleted and renamed", {"r|newrdn:= x", "d|"}, "entry: none > renamed; entry: none > deleted"},
    {"what is no modification", {"m|sstStatus|:= x|sstStatus:|sstStatus:* x|"}, ""},
};

static GPtrArray *
changes_of(const char *const *texts)
{
    GPtrArray *changes = g_ptr_array_new_with_free_func(accesslog_change_free);

    for (unsigned i = 0; i < 5 && texts[i] != NULL; i++) {
        g_auto(GStrv) parts = g_strsplit(texts[i], "|", -1);
        struct accesslog_change *c = accesslog_change_new();
        c->kind = **parts == 'a'   ? ACCESSLOG_ADD
                  : **parts == 'd' ? ACCESSLOG_DELETE
                  : **parts == 'r' ? ACCESSLOG_RENAME
                                   : ACCESSLOG_MODIFY;
        c->time_us = (i + 1) * G_GINT64_CONSTANT(1000000);
        for (char **p = parts + 1; *p != NULL; p++)
            g_ptr_array_add(**p == '<' ? c->old : c->mods, g_strdup(**p == '<' ? *p + 1 : *p));
        g_ptr_array_add(changes, c);
    }
    return changes;
}

static void
history(void **state)
{
    const __typeof__(histories[0]) *row = *state;
    GPtrArray *changes = changes_of(row->changes);
    g_autoptr(GArray) rows = past_rows(changes);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < rows->len; i++) {
        const struct past_row *r = &g_array_index(rows, struct past_row, i);
        g_string_append_printf(text, "%s%s: %s > %s", i > 0 ? "; " : "", r->what,
                               r->old != NULL ? r->old : r->known ? "none" : "?",
                               r->new != NULL ? r->new : "none");
    }
    g_ptr_array_unref(changes);
    assert_string_equal(text->str, row->rows);
}

static void
chart(void **state)
{
    static const char *const texts[5] = {"m|sstVirtualMachineStatus:= Running",
                                         "m|sstVirtualMachineStatus:= Running, streaming [1.0 %]",
                                         "m|sstVirtualMachineStatus:= Running", "d|"};
    GPtrArray *changes = changes_of(texts);
    g_autoptr(GArray) rows = past_rows(changes);
    g_autoptr(GString) out = g_string_new(NULL);

    (void)state;
    past_chart(rows, G_GINT64_CONSTANT(6000000), 31, true, out);
    assert_string_equal(out->str, "Running             ##..##....\n"
                                  "Running, streaming  ..##......\n"
                                  "                    1970-01-01T00:00:01Z 1970-01-01T00:00:06Z\n\n");
    g_string_truncate(out, 0);
    g_array_set_size(rows, 0);
    past_chart(rows, 0, 0, true, out);
    assert_string_equal(out->str, "");
    g_ptr_array_unref(changes);
}

int
main(void)
{
    ROWS_TABLE(history, histories, "%s", row->name);
    rows_add(chart, NULL, "bars");
    return rows_run("cli past");
}
