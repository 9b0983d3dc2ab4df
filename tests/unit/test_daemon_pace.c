/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When an entry may be written: stories, a line each.
 *
 * A step is "TIME:WHAT", ms.  What happens: s = a status is to be written, pN = progress of N
 * permille and nothing else, mN = a status that holds progress, a = the answer has come.  What
 * becomes of it, behind a slash: send, skip, wait@T (judged again at T), wait@answer; of an answer
 * that is the time of the next judgement, or - where nothing waits.
 */
#include "config.h"

#include "rows.h"

#include "daemon/pace.h"
#include "engine/attributes.h"

#include <stdlib.h>
#include <string.h>

static const struct pace_limits limits = {.coalesce = 1000, .progress = 10000};

static const struct {
    const char *name, *story;
} rows[] = {
    {"the first change goes at once", "5000:s/send"},
    {"one at a time: the next waits for the answer", "5000:s/send 5001:s/wait@answer"},
    {"the answer says when the next may go",
     "5000:s/send 5001:s/wait@answer 5010:a/6000 6000:s/send"},
    {"nothing waits: the answer says nothing", "5000:s/send 5010:a/-"},
    {"a second change waits for the end of coalescing", "5000:s/send 5010:a/- 5020:s/wait@6000"},
    {"at that time it goes", "5000:s/send 5010:a/- 5020:s/wait@6000 5999:s/wait@6000 6000:s/send"},
    {"many changes fold into one",
     "5000:s/send 5010:a/- 5020:s/wait@6000 5100:s/wait@6000 5900:s/wait@6000 6000:s/send 6001:a/-"},
    {"a late answer: what waited goes at once",
     "5000:s/send 5010:s/wait@answer 7000:a/6000 7000:s/send"},
    {"after the time of coalescing a change goes at once", "5000:s/send 5010:a/- 6000:s/send"},
    {"the first progress goes at once", "5000:p100/send"},
    {"progress is throttled",
     "5000:p100/send 5010:a/- 7000:p200/wait@15000 14999:p800/wait@15000 15000:p801/send"},
    {"small progress is not written", "5000:p100/send 5010:a/- 20000:p109/skip 20001:p110/send"},
    {"nor is a small step back", "5000:p100/send 5010:a/- 20000:p91/skip 20001:p90/send"},
    {"small steps add up",
     "5000:p100/send 5010:a/- 20000:p105/skip 30000:p109/skip 40000:p112/send"},
    {"small progress while a write is on its way", "5000:p100/send 5001:p101/skip 5010:a/-"},
    {"great progress while a write is on its way",
     "5000:p100/send 5001:p500/wait@answer 5010:a/6000 6000:p500/wait@6000"},
    {"a status does not wait for progress", "5000:p100/send 5010:a/- 6000:s/send"},
    {"a status that holds progress does neither", "5000:p100/send 5010:a/- 6000:m101/send"},
    {"a status that waits is not held up by progress",
     "5000:p100/send 5010:a/- 5020:s/wait@6000 5030:p300/wait@6000"},
    {"progress that waits does not hold up a status",
     "5000:p100/send 5010:a/- 5020:p300/wait@15000 5030:s/wait@6000 6000:s/send"},
    {"after another status progress begins anew",
     "5000:p100/send 5010:a/- 6000:s/send 6010:a/- 6500:p101/wait@7000 7000:p101/send"},
    {"a status with progress counts as progress",
     "5000:m100/send 5010:a/- 7000:p105/skip 7001:p200/wait@15000"},
};

static struct change *
change_of(char what)
{
    struct change *c = change_new("cn=a", NULL);

    change_replace(c, attribute_name(ATTR_TEXT), "x");
    if (what != 's')
        change_replace(c, attribute_name(ATTR_PROGRESS), "1");
    if (what != 'p')
        change_replace(c, attribute_name(ATTR_STATE), "Running");
    return c;
}

static char *
decided(struct pace *p, char what, int permille, gint64 now)
{
    CLEANUP(change_free) struct change *c = change_of(what);

    switch (pace_decide(p, c, permille, now, &limits)) {
    case PACE_SEND:
        pace_sent(p, c, permille, now);
        return g_strdup("send");
    case PACE_SKIP:
        return g_strdup("skip");
    case PACE_WAIT:
        assert_true(p->again);
        return p->wake == G_MAXINT64 ? g_strdup("wait@answer")
                                     : g_strdup_printf("wait@%" G_GINT64_FORMAT, p->wake);
    }
    return NULL;
}

static char *
answered(struct pace *p)
{
    pace_answered(p, &limits);
    return p->again ? g_strdup_printf("%" G_GINT64_FORMAT, p->wake) : g_strdup("-");
}

static void
test_story(void **state)
{
    const __typeof__(rows[0]) *row = *state;
    g_auto(GStrv) steps = g_strsplit(row->story, " ", -1);
    g_autoptr(GString) told = g_string_new(NULL);
    struct pace p = {.permille = -1};

    for (char **step = steps; *step != NULL; step++) {
        char *what = NULL;
        gint64 now = g_ascii_strtoll(*step, &what, 10);
        char *slash = strchr(*step, '/');

        assert_non_null(slash);
        what++;
        int permille = *what == 's' ? -1 : atoi(what + 1);
        g_autofree char *outcome = *what == 'a' ? answered(&p) : decided(&p, *what, permille, now);

        g_string_append_printf(told, "%s%.*s/%s", told->len > 0 ? " " : "", (int)(slash - *step),
                               *step, outcome);
    }
    assert_string_equal(told->str, row->story);
}

/* What says more than how far it has come is no progress. */
static void
test_is_progress(void **state)
{
    static const enum attribute others[] = {ATTR_STATE, ATTR_ACTIVITY, ATTR_ACTIVE, ATTR_SINCE,
                                            ATTR_REASON, ATTR_ALARM, ATTR_ACTION};
    CLEANUP(change_free) struct change *nothing = change_new("cn=a", NULL);

    (void)state;
    assert_false(pace_is_progress(nothing));
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        CLEANUP(change_free) struct change *c = change_of('p');

        change_replace(c, attribute_name(ATTR_DETAIL), "vda 50 %");
        assert_true(pace_is_progress(c));
        change_replace(c, attribute_name(others[i]), NULL);
        assert_false(pace_is_progress(c));
    }
}

/* Remembered as long as it may hold up something. */
static void
test_is_over(void **state)
{
    CLEANUP(change_free) struct change *c = change_of('p');
    struct pace p = {.permille = -1};

    (void)state;
    pace_sent(&p, c, 100, 5000);
    assert_false(pace_is_over(&p, 50000, &limits)); /* on its way */
    pace_answered(&p, &limits);
    assert_false(pace_is_over(&p, 14999, &limits));
    assert_true(pace_is_over(&p, 15000, &limits));
    assert_int_equal(pace_decide(&p, c, 500, 6000, &limits), PACE_WAIT);
    assert_false(pace_is_over(&p, 50000, &limits)); /* something waits */
}

int
main(void)
{
    ROWS_TABLE(test_story, rows, "%s", row->name);
    rows_add(test_is_progress, NULL, "what is progress");
    rows_add(test_is_over, NULL, "what is forgotten");
    return rows_run("daemon_pace");
}
