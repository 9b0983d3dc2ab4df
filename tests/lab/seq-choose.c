/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dice: which action can be done to which guest, and what happens to the nodes. */
#include "config.h"

#include "seq-acts.h"

#include <unistd.h>

/* --- what can be done to whom --- */

static bool
reachable(const struct guest *g)
{
    return alive_on(g) != NOWHERE && g->moving == NULL;
}

static bool
state_is(const struct guest *g, int state)
{
    return reachable(g) && g->copy[alive_on(g)].state == state;
}

static bool
both_up(void)
{
    return lab.to[0] != NULL && lab.to[1] != NULL;
}

static bool
dead(const struct guest *g)
{
    return !g->copy[0].alive && !g->copy[1].alive && g->moving == NULL;
}

static bool
can_start(const struct guest *g)
{
    return dead(g) && (g->fleeting ? both_up() : defined_on(g) != NOWHERE);
}

static bool
can_press(const struct guest *g)
{
    return state_is(g, VIR_DOMAIN_RUNNING);
}

static bool
can_resume(const struct guest *g)
{
    return state_is(g, VIR_DOMAIN_PAUSED);
}

static bool
can_save(const struct guest *g)
{
    return reachable(g) && !g->pulling && !g->fleeting;
}

static bool
can_kill(const struct guest *g)
{
    return !dead(g);
}

static bool
can_move(const struct guest *g)
{
    return reachable(g) && both_up() && !g->pulling;
}

static bool
can_hold(const struct guest *g)
{
    return can_move(g) && can_press(g);
}

static bool
moves(const struct guest *g)
{
    return g->moving != NULL && both_up();
}

static bool
anything(const struct guest *g)
{
    return !g->fleeting;
}

static bool
is_away(const struct guest *g)
{
    return reachable(g) && both_up() && alive_on(g) != g->home;
}

static bool
can_list(const struct guest *g)
{
    return g->disk != NULL && dead(g) && !g->listed && g->layered && both_up();
}

static bool
can_unlist(const struct guest *g)
{
    return g->listed && !g->pulling && !g->layered && both_up();
}

static bool
can_start_paused(const struct guest *g)
{
    return can_start(g) && g->listed && defined_on(g) != NOWHERE && !g->copy[defined_on(g)].saved;
}

static bool
can_pull(const struct guest *g)
{
    return reachable(g) && g->listed && g->layered && !g->pulling;
}

static bool
can_end_pull(const struct guest *g)
{
    return reachable(g) && g->pulling;
}

static const struct action {
    const char *name;
    int weight;
    bool (*possible)(const struct guest *g);
    void (*go)(struct guest *g);
} actions[] = {
    {"start", 30, can_start, go_start},
    {"shutdown", 6, can_press, go_shutdown},
    {"destroy", 4, reachable, go_destroy},
    {"destroy by hand", 4, reachable, go_destroy_by_hand},
    {"power off inside", 4, can_press, go_power_off},
    {"managed save", 6, can_save, go_save},
    {"suspend", 6, can_press, go_suspend},
    {"resume", 10, can_resume, go_resume},
    {"kill -9", 8, can_kill, go_kill},
    {"kill -9 of the target", 4, moves, go_kill_target},
    {"intent turns", 6, anything, go_flip_intent},
    {"marker set or removed", 4, anything, go_marker},
    {"home follows", 6, is_away, go_home},
    {"migrate", 4, can_move, go_migrate},
    {"migrate by hand", 4, can_move, go_migrate_by_hand},
    {"migration begins", 8, can_hold, go_migrate_begin},
    {"migration ends", 6, moves, go_migrate_finish},
    {"migration cancelled", 4, moves, go_migrate_cancel},
    {"listed", 8, can_list, go_list},
    {"off the list", 4, can_unlist, go_list},
    {"start paused", 12, can_start_paused, go_start_paused},
    {"pull", 14, can_pull, go_pull},
    {"pull ends", 8, can_end_pull, go_pull_end},
    {"pull aborted", 3, can_end_pull, go_pull_abort},
};

static void
daemon_dies(int n)
{
    note("node %s: libvirtd is killed", lab_node_name(n));
    lab_daemon(n, "kill");
}

static void
daemon_starts(int n)
{
    note("node %s: libvirtd is started", lab_node_name(n));
    lab_daemon(n, "restart");
}

/* A node that is away comes back soon; else one of them may restart, or go away. */
static bool
act_on_node(void)
{
    int dice = g_rand_int_range(lab.dice, 0, 100);
    int n = g_rand_int_range(lab.dice, 0, NODES);

    if (!both_up()) {
        if (dice < 35)
            daemon_starts(lab.to[0] == NULL ? 0 : 1);
        return dice < 35;
    }
    if (dice < 3) {
        daemon_dies(n);
    } else if (dice < 6) {
        daemon_dies(n);
        daemon_starts(n);
    } else if (dice < 7) {
        note("the program loses its memory");
        unlink(lab.state_file);
        oracle_forget();
    }
    return dice < 7;
}

bool
act(void)
{
    int total = 0;

    if (act_on_node())
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
        total += actions[i].weight;
    for (int attempt = 0; attempt < 200; attempt++) {
        struct guest *g = &lab.guest[g_rand_int_range(lab.dice, 0, GUESTS)];
        int dice = g_rand_int_range(lab.dice, 0, total);
        size_t i = 0;

        for (; dice >= actions[i].weight; i++)
            dice -= actions[i].weight;
        if (!actions[i].possible(g))
            continue;
        note("guest %d: %s", g->number, actions[i].name);
        actions[i].go(g);
        return true;
    }
    return false;
}

void
act_end(void)
{
    for (int n = 0; n < NODES; n++)
        if (lab.to[n] == NULL)
            daemon_starts(n);
    world_settle();
    for (int i = 0; i < GUESTS; i++) {
        struct guest *g = &lab.guest[i];

        if (g->moving == NULL)
            continue;
        note("guest %d: migration ends", i);
        go_migrate_finish(g);
    }
}
