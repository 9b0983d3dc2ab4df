/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our own statuses: every one that is published, whose it is, how it is
 * written and read, and that all are tied together.
 */
#include "config.h"

#include "rows.h"

#include "core/status.h"

#include <string.h>

/* As they are published, without the percentage. */
static const struct published {
    const char *text;
    bool vm;
    bool template;
} published[] = {
    {"Stopped", true, true},
    {"Stopped, streaming", true, true},
    {"Stopped, backing up", true, true},
    {"Stopped, migrating", true, true},
    {"Starting", true, true},
    {"Starting, streaming", true, false},
    {"Paused", true, true},
    {"Paused, backing up", true, true},
    {"Paused, migrating", true, true},
    {"Running", true, true},
    {"Running, streaming", true, false},
    {"Running, backing up", true, true},
    {"Running, migrating", true, true},
    {"Shutting down", true, true},
    {"Powering off", true, true},
    {"Deleting", true, true},
    {"Crashed", true, true},
    {"Frozen", true, true},
    {"Do not use", false, true},
    {"Running, maintenance mode", false, true},
    {"Stopped, maintenance mode", false, true},
    {"Running, first installation", false, true},
    {"Stopped, first installation", false, true},
};

static void
test_published(void **data)
{
    const struct published *row = *data;
    enum state state = STATE_NONE;
    enum activity activity = ACTIVITY_NONE;
    char text[STATUS_TEXT_SIZE];

    assert_true(status_parse(row->text, &state, &activity));
    const struct status_word *word = status_word(state, activity);
    assert_non_null(word);
    assert_int_equal(word->vm, row->vm);
    assert_int_equal(word->template, row->template);
    assert_true(g_str_has_suffix(word->meaning, "."));
    assert_int_equal(status_text(state, activity, text), strlen(row->text));
    assert_string_equal(text, row->text);
    /* each has a nearest pair of OpenNebula, and that is one OpenNebula knows */
    struct one_state one = one_of_status(state, activity, true);
    assert_non_null(one_word_of(one.state, one.lcm));
}

static const struct spelling {
    const char *text;
    const char *status; /* NULL: none */
} spellings[] = {
    {"running", "Running"},
    {"RUNNING, STREAMING", "Running, streaming"},
    {" Running ,  streaming [5.1 %]", "Running, streaming"},
    {"Stopped, streaming [0.0 %]", "Stopped, streaming"},
    {"destroying", "Powering off"},
    {"non responding", "Frozen"},
    {"do not use", "Do not use"},
    {"", NULL},
    {",", NULL},
    {"Running,", NULL},
    {", streaming", NULL},
    {"streaming", NULL},
    {"Running, dancing", NULL},
    {"Crashed, streaming", NULL},
    {"Do not use, maintenance mode", NULL},
    {"Running, streaming, migrating", NULL},
    {"Running, first installation and then some more words", NULL},
};

static void
test_spelling(void **data)
{
    const struct spelling *row = *data;
    enum state state = STATE_NONE;
    enum activity activity = ACTIVITY_NONE;
    char text[STATUS_TEXT_SIZE];

    assert_int_equal(status_parse(row->text, &state, &activity), row->status != NULL);
    status_text(state, activity, text);
    assert_string_equal(text, row->status != NULL ? row->status : "");
}

static void
test_all(void **data)
{
    const struct status_word *row = NULL;
    size_t n = 0;

    (void)data;
    while ((row = status_next(row)) != NULL) {
        char text[STATUS_TEXT_SIZE];
        assert_true(n < G_N_ELEMENTS(published));
        status_text(row->state, row->activity, text);
        bool found = false;
        for (size_t i = 0; i < G_N_ELEMENTS(published); i++)
            found |= strcmp(published[i].text, text) == 0;
        assert_true(found);
        n++;
    }
    assert_int_equal(n, G_N_ELEMENTS(published));
    assert_null(status_word(STATE_NONE, ACTIVITY_NONE));
    assert_null(status_word(STATE_CRASHED, ACTIVITY_MIGRATING));
}

/* Every status is left and reached; templates' edges are between templates' statuses. */
static void
test_edges(void **data)
{
    size_t n;
    const struct status_edge *edges = status_edges(&n);
    const struct status_word *row = NULL;

    (void)data;
    for (size_t i = 0; i < n; i++) {
        const struct status_edge *e = &edges[i];
        const struct status_word *from = status_word(e->from, e->from_activity);
        const struct status_word *to = status_word(e->to, e->to_activity);
        assert_non_null(from);
        assert_true(to != NULL || e->to == STATE_NONE);
        assert_true(from != to);
        assert_true(e->by[0] != '\0');
        assert_true(e->template ? from->template && to->template : from->vm);
        assert_true(e->template || to == NULL || to->vm);
        for (size_t other = 0; other < i; other++)
            assert_true(edges[other].from != e->from || edges[other].to != e->to
                        || edges[other].from_activity != e->from_activity
                        || edges[other].to_activity != e->to_activity);
    }
    while ((row = status_next(row)) != NULL) {
        bool left = false, reached = false;
        for (size_t i = 0; i < n; i++) {
            left |= edges[i].from == row->state && edges[i].from_activity == row->activity;
            reached |= edges[i].to == row->state && edges[i].to_activity == row->activity;
        }
        assert_true(left);
        assert_true(reached);
    }
}

int
main(void)
{
    ROWS_TABLE(test_published, published, "published: %s", row->text);
    ROWS_TABLE(test_spelling, spellings, "typed \"%s\"", row->text);
    rows_add(test_all, NULL, "these and no others");
    rows_add(test_edges, NULL, "what follows what");
    return rows_run("statuses");
}
