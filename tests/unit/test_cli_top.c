/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "rows.h"

#include "cli/text.h"
#include "cli/top-view.h"

#include <string.h>

#define NOW 1780000000 /* 2026-05-28T20:26:40Z */

static char *streaming_alarms[] = {(char[]){"streaming-stalled: no job for 70 s"}, NULL};
static char *orphan_alarms[] = {(char[]){"orphan: 2 domains without an entry"}, NULL};

/* A world of 30 machines that run, and some that do not. */
struct world {
    GPtrArray *vms, *nodes;
    GPtrArray *names;
    struct top_world world;
};

static struct top_vm *
add_vm(struct world *w, const char *name, const char *status, enum state state, enum paint paint)
{
    struct top_vm *vm = g_new0(struct top_vm, 1);

    vm->name = (char *)(gintptr)name;
    vm->status = (char *)(gintptr)status;
    vm->state = state;
    vm->paint = paint;
    vm->busy = paint == PAINT_BUSY;
    vm->node = (char *)(gintptr)"node-01";
    vm->since = NOW - 125;
    vm->permille = -1;
    g_ptr_array_add(w->vms, vm);
    return vm;
}

static void
add_node(struct world *w, const char *name, int reachable, const char *reason, char **alarms)
{
    struct top_node *n = g_new0(struct top_node, 1);

    *n = (struct top_node){(char *)(gintptr)name, (char *)(gintptr)reason, alarms, reachable};
    g_ptr_array_add(w->nodes, n);
}

static void
world_init(struct world *w)
{
    *w = (struct world){g_ptr_array_new_with_free_func(g_free),
                        g_ptr_array_new_with_free_func(g_free),
                        g_ptr_array_new_with_free_func(g_free),
                        {0}};
    w->world = (struct top_world){.vms = w->vms,
                                  .nodes = w->nodes,
                                  .pass_completed = NOW - 5,
                                  .complete = true};
    for (int i = 0; i < 30; i++) {
        g_ptr_array_add(w->names, g_strdup_printf("vm-%d", i));
        add_vm(w, w->names->pdata[i], "Running", STATE_RUNNING, PAINT_GOOD);
    }
    add_node(w, "node-01", 1, NULL, NULL);
}

static void
world_clear(struct world *w)
{
    g_ptr_array_unref(w->vms);
    g_ptr_array_unref(w->nodes);
    g_ptr_array_unref(w->names);
}

/* Something of everything. */
static void
make_trouble(struct world *w)
{
    add_vm(w, "stream-a", "Running, streaming", STATE_RUNNING, PAINT_BUSY)->permille = 517;
    add_vm(w, "stream-b", "Starting, streaming", STATE_STARTING, PAINT_BUSY)->permille = 0;
    add_vm(w, "a-backup", "Running, backing up", STATE_RUNNING, PAINT_BUSY)->since = NOW - 7200;
    add_vm(w, "b-down", "Shutting down", STATE_SHUTTING_DOWN, PAINT_BUSY)->since = -1;
    add_vm(w, "dead", "Crashed", STATE_CRASHED, PAINT_BAD)->reason = (char *)(gintptr) "gone";
    add_vm(w, "vm-stalled", "Running", STATE_RUNNING, PAINT_GOOD)->alarms = streaming_alarms;
    for (int i = 0; i < 3; i++) {
        struct top_vm *vm = add_vm(w, "old", "Running", STATE_RUNNING, PAINT_WARN);
        vm->stale = (char *)(gintptr) "node-02: timeout";
        vm->node = (char *)(gintptr)(i < 2 ? "NODE-02" : "node-03");
    }
    add_node(w, "node-02", 0, "timeout: no answer", NULL);
    add_node(w, "node-03", 1, NULL, orphan_alarms);
}

static void
check(struct world *w, const struct top_form *form, const char *expected)
{
    g_autoptr(GString) out = g_string_new(NULL);

    top_view(&w->world, form, out);
    assert_string_equal(out->str, expected);
}

static void
test_calm(void **state)
{
    const struct top_form form = {.now = NOW, .limit = 900};
    struct world w;

    (void)state;
    world_init(&w);
    check(&w, &form,
          "statesync  30 VMs and templates, 1 node  2026-05-28T20:26:40Z\n"
          "last pass 5s ago\n"
          "Running 30  stale 0  with alarms 0\n"
          "\n"
          "Nothing is busy, every node answers, no alarms.\n");
    w.world.pause = "paused until tomorrow";
    w.world.pass_completed = 0;
    const struct top_form coloured = {.now = NOW, .limit = 900, .colour = true, .height = 2};
    check(&w, &coloured,
          "\033[1mstatesync  30 VMs and templates, 1 node  2026-05-28T20:26:40Z\033[0m\n"
          "\033[33mno pass has ever been completed\033[0m  \033[33mpaused until tomorrow\033[0m\n");
    w.world.trouble = "ldap://x: no answer";
    w.world.complete = false;
    const struct top_form short_one = {.now = NOW, .limit = 900, .width = 30, .height = 3, .ascii = true};
    check(&w, &short_one,
          "statesync  30 VMs and templ...\n"
          "no directory, trying again: ..\n"
          "Running 30  stale 0\n");
    world_clear(&w);
}

static void
test_trouble(void **state)
{
    const struct top_form form = {.now = NOW, .limit = 900, .ascii = true};
    struct world w;

    (void)state;
    world_init(&w);
    make_trouble(&w);
    check(&w, &form,
          "statesync  39 VMs and templates, 3 nodes  2026-05-28T20:26:40Z\n"
          "last pass 5s ago\n"
          "Starting 1  Running 36  Shutting down 1  Crashed 1  stale 3  with alarms 1\n"
          "\n"
          "Busy: 4\n"
          "stream-a  Running, streaming   ############............  51.7 %  node-01  2m 5s\n"
          "stream-b  Starting, streaming  ........................   0.0 %  node-01  2m 5s\n"
          "b-down    Shutting down                                          node-01  -\n"
          "a-backup  Running, backing up                                    node-01  2h 0m\n"
          "\n"
          "Nodes that do not answer, and what is stale there: 2\n"
          "node-02  2 stale  timeout: no answer\n"
          "node-03  1 stale  node-02: timeout\n"
          "\n"
          "Needs attention: 3\n"
          "node-03     orphan: 2 domains without an entry\n"
          "dead        Crashed: gone\n"
          "vm-stalled  streaming-stalled: no job for 70 s\n");
    const struct top_form small = {.now = NOW, .limit = 900, .ascii = true, .width = 60, .height = 14};
    check(&w, &small,
          "statesync  39 VMs and templates, 3 nodes  2026-05-28T20:2...\n"
          "last pass 5s ago\n"
          "Starting 1  Running 36  Shutting down 1  Crashed 1  stale 3\n"
          "with alarms 1\n"
          "\n"
          "Busy: 4, 2 of them here\n"
          "stream-a  Running, streaming   #####.....  51.7 %  node-01\n"
          "stream-b  Starting, streaming  ..........   0.0 %  node-01\n"
          "\n"
          "Nodes that do not answer, and what is stale there: 2, 1 o...\n"
          "node-02  2 stale  timeout: no answer\n"
          "\n"
          "Needs attention: 3, 1 of them here\n"
          "node-03  orphan: 2 domains without an entry\n");
    world_clear(&w);
}

/* Whatever the size: no line is wider, there are no more lines, and nothing is lost of a colour. */
static void
test_sizes(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    make_trouble(&w);
    for (unsigned width = 1; width <= 120; width += 7) {
        for (unsigned height = 1; height <= 30; height++) {
            struct top_form form = {.now = NOW, .limit = 900, .width = width, .height = height};
            g_autoptr(GString) plain = g_string_new(NULL);
            g_autoptr(GString) coloured = g_string_new(NULL);
            top_view(&w.world, &form, plain);
            form.colour = true;
            top_view(&w.world, &form, coloured);
            g_auto(GStrv) lines = g_strsplit(plain->str, "\n", -1);
            assert_true(g_strv_length(lines) - 1 <= height);
            for (char **line = lines; *line != NULL; line++)
                assert_true(text_width(*line) <= width);
            g_autoptr(GRegex) sgr = g_regex_new("\033\\[[0-9;]*m", 0, 0, NULL);
            g_autofree char *without
                = g_regex_replace_literal(sgr, coloured->str, -1, 0, "", 0, NULL);
            g_auto(GStrv) bare = g_strsplit(without, "\n", -1);
            for (char **line = bare, **same = lines; *line != NULL; line++, same++)
                assert_string_equal(g_strchomp(*line), g_strchomp(*same));
        }
    }
    world_clear(&w);
}

int
main(void)
{
    rows_add(test_calm, NULL, "nothing is going on");
    rows_add(test_trouble, NULL, "something of everything");
    rows_add(test_sizes, NULL, "every size");
    return rows_run("cli top");
}
