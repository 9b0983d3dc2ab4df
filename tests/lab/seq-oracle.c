/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must be written about each guest after a pass, out of the world as it was read and of the
 * log. It says once more what a person would say who saw all that happened, and leaves to the
 * program what the program cannot know:
 *
 *   - QEMU killed is a crash, unless a stop was under way when the program last saw the guest
 * alive.
 *   - Everything else that ends a guest is no crash.  Only where nobody can know any more (down by
 *     hand, sstStatus says running, and libvirtd restarted before anybody looked) it is taken for
 * one.
 *   - A guest that moved without a marker and ended before anybody saw it there is absent: nobody
 *     looks for a dead one elsewhere than at home, on the target, and where it was seen last.
 *   - A node that does not answer changes nothing.
 */
#include "config.h"

#include "seq.h"

#include <string.h>

static struct expected
say(const char *state, const char *activity, bool active, const char *why)
{
    return (struct expected){
        .state = state, .activity = activity, .active = active, .node = NOWHERE, .why = why};
}

static struct expected
keep(const struct recall *r, bool stale, const char *why)
{
    struct expected e = r->said;

    e.stale = stale;
    e.why = why;
    return e;
}

/* The node with its dead copy, of those that count; NOWHERE. */
static int
looked_for(const struct guest *g)
{
    int n = defined_on(g);

    return n == g->home || n == g->marker || n == g->recall.said.node ? n : NOWHERE;
}

/* A node that does not answer and may have it. */
static bool
hidden(const struct guest *g)
{
    for (int n = 0; n < NODES; n++) {
        bool last = g->recall.said.active && g->recall.said.node == n;

        if (lab.to[n] == NULL && (n == g->home || n == g->marker || last))
            return true;
    }
    return false;
}

static bool
visible(const struct guest *g, int n)
{
    return lab.to[n] != NULL && g->copy[n].alive;
}

static struct expected
alive(struct guest *g, int n)
{
    struct recall *r = &g->recall;
    bool both = visible(g, 0) && visible(g, 1);
    bool streams;

    r->leaving = !g->run;
    r->starting = r->judged = r->excused = false;
    if (g->listed && !g->layered && !g->pulling)
        r->proven = true;
    streams = g->listed && !r->proven;
    if (g->copy[n].state == VIR_DOMAIN_PAUSED) {
        bool arrives = g->copy[n].reason == VIR_DOMAIN_PAUSED_MIGRATION;

        if (both || arrives)
            return say("Paused", "migrating", true, "paused, it moves");
        if (streams)
            return g->run ? say("Starting", "streaming", true, "paused, to run, streams")
                          : say("Stopped", "streaming", true, "paused, not to run, streams");
        return say("Paused", NULL, true, "paused");
    }
    if (!g->run)
        return say("Shutting down", NULL, true, "runs, shall not");
    if (both || g->marker != NOWHERE)
        return say("Running", "migrating", true, both ? "runs, moves" : "runs, has a marker");
    if (streams)
        return say("Running", "streaming", true, "runs, streams");
    return say("Running", NULL, true, "runs");
}

/* Is it a crash that it is down?  Decided when that is first seen, until it is alive again. */
static bool
has_crashed(struct guest *g, int n)
{
    struct recall *r = &g->recall;
    const char *before = r->said.state;
    bool reason_lost = n == NOWHERE || g->copy[n].reason == VIR_DOMAIN_SHUTOFF_UNKNOWN;
    bool was_up = r->said.active && g_strcmp0(before, "Shutting down") != 0;

    if (n != NOWHERE && (reason_lost || g->ended != ENDED_KILLED))
        r->leaving = false; /* that stop is over; who is killed after it was started again */
    if (g->fleeting || (n != NOWHERE && g->copy[n].saved))
        return false;
    if (reason_lost) { /* what was concluded stays; nobody can conclude anything new but from
                          sstStatus */
        r->judged = r->excused = false;
        return g->run && !r->starting && g->marker == NOWHERE &&
               (was_up || g_strcmp0(before, "Crashed") == 0);
    }
    if (g->ended != ENDED_KILLED)
        return false;
    if (!r->judged)
        r->excused = r->leaving || (r->passes == 0 && (g_strcmp0(before, "Stopped") == 0 ||
                                                       g_strcmp0(before, "Shutting down") == 0));
    r->judged = true;
    return !r->excused;
}

/* Answers of all nodes in play without it; the first one begins the row. */
static bool
surely_absent(struct guest *g)
{
    struct recall *r = &g->recall;
    unsigned asked = 1u << g->home;

    if (g->marker != NOWHERE)
        asked |= 1u << g->marker;
    if (r->said.node != NOWHERE)
        asked |= 1u << r->said.node;
    if (r->absent == 0 || (asked & ~r->asked) != 0) {
        r->absent = 0;
        r->asked = asked;
    }
    return ++r->absent >= 2;
}

static struct expected
down(struct guest *g)
{
    struct recall *r = &g->recall;
    int n = looked_for(g);
    bool crashed = has_crashed(g, n);
    bool certain = n != NOWHERE || !r->said.active || surely_absent(g);
    struct expected e;

    if (crashed)
        e = say("Crashed", NULL, false, "was killed");
    else if (g->marker != NOWHERE)
        e = say("Stopped", "migrating", false, "down, has a marker");
    else if (r->starting)
        return say("Starting", NULL, !certain, "down, shall run now");
    else
        e = say("Stopped", NULL, false, "down");
    if (certain)
        return e;
    e = keep(r, false, "gone, not yet believed");
    e.wrong_node = false; /* said of where it runs */
    return e;
}

struct expected
oracle_guest(struct guest *g)
{
    struct recall *r = &g->recall;
    int n = alive_on(g);
    bool seen = n != NOWHERE;
    struct expected e;

    if (!seen && r->passes > 0 && g->run && !r->run)
        r->starting = true;
    if (!g->run)
        r->starting = false;
    if (!g->listed)
        r->proven = false;
    if (seen || hidden(g) || looked_for(g) != NOWHERE)
        r->absent = 0;
    if (seen)
        e = alive(g, n);
    else if (hidden(g))
        e = keep(r, true, "nobody can see it");
    else
        e = down(g);
    if (seen) {
        e.node = n;
        e.wrong_node = n != g->home && n != g->marker && !(visible(g, 0) && visible(g, 1));
        e.stale = lab.to[g->home] == NULL && e.wrong_node;
    } else {
        e.node = r->said.node;
    }
    e.interrupted = g->listed && !r->proven && !seen && !hidden(g) && !e.active;
    r->said = e;
    r->run = g->run;
    r->passes++;
    return e;
}

struct expected
oracle_template(void)
{
    bool streams = false;

    struct recall *r = &lab.template_recall;

    for (int i = 0; i < GUESTS; i++)
        streams |= lab.guest[i].listed && !lab.guest[i].recall.proven;
    if (lab.to[0] == NULL) /* its home */
        return keep(r, true, "nobody can see it");
    r->said = say("Stopped", streams ? "streaming" : NULL, false, "the thin list");
    return r->said;
}

void
oracle_forget(void)
{
    for (int i = 0; i < GUESTS; i++) {
        struct recall *r = &lab.guest[i].recall;

        *r = (struct recall){.said = r->said};
    }
}
