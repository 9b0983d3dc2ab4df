/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may follow what: every edge that a real core was seen to take is in the
 * table, and the table hangs together.
 */
#include "config.h"

#include "rows.h"

#include "core/one-edge.h"

#include <string.h>

/* One line of transitions-observed.tsv. */
enum { FROM_STATE, FROM_LCM, TO_STATE, TO_LCM, COUNT, COLUMNS };

static const struct one_word *
named(const char *state, const char *lcm)
{
    /* the first event of a machine: before it there was nothing but the number 0 */
    const char *name = strcmp(state, "-") == 0        ? "INIT"
                       : strcmp(state, "ACTIVE") == 0 ? lcm
                                                      : state;
    const struct one_word *word = one_by_name(name);

    if (word == NULL)
        fail_msg("there is no %s", name);
    return word;
}

static void
test_observed(void **state)
{
    char **cells = *state;
    const struct one_word *from = named(cells[FROM_STATE], cells[FROM_LCM]);
    const struct one_word *to = named(cells[TO_STATE], cells[TO_LCM]);

    if (!one_follows(from, to))
        fail_msg("%s does not follow %s", to->name, from->name);
}

static const struct {
    const char *from;
    const char *to;
} strangers[] = {
    {"DONE", "PENDING"}, {"DONE", "RUNNING"}, {"POWEROFF", "STOPPED"}, {"PENDING", "RUNNING"},
    {"RUNNING", "POWEROFF"}, {"RUNNING", "PENDING"}, {"PROLOG", "RUNNING"},
    {"STOPPED", "RUNNING"}, {"BOOT", "POWEROFF"}, {"EPILOG_FAILURE", "RUNNING"},
    {"BACKUP", "POWEROFF"}, {"MIGRATE", "UNKNOWN"}, {"POWEROFF", "CLEANUP_DELETE"},
};

static void
test_stranger(void **state)
{
    const __typeof__(strangers[0]) *row = *state;

    assert_false(one_follows(one_by_name(row->from), one_by_name(row->to)));
}

static const struct one_word *
word_at(const struct one_place *place)
{
    return place->kind == ONE_STATE ? one_state_word(place->number) : one_lcm_word(place->number);
}

/* Every place is a word of its own, and no edge is there twice. */
static void
test_places(void **state)
{
    size_t n;
    const struct one_edge *edges = one_edges(&n);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct one_edge *e = &edges[i];
        assert_true(e->from.number == ONE_ANY || word_at(&e->from) != NULL);
        assert_non_null(word_at(&e->to));
        /* with ACTIVE it is the second number that counts */
        assert_false(e->from.kind == ONE_STATE && e->from.number == ONE_ACTIVE);
        assert_false(e->to.kind == ONE_STATE && e->to.number == ONE_ACTIVE);
        assert_true(e->way < ONE_WAY_COUNT);
        assert_true(e->by[0] != '\0' || e->way == ONE_SUCCEEDS || e->way == ONE_FAILS);
        char *text = g_strdup_printf("%d %d %d %d %d", e->from.kind, e->from.number, e->to.kind,
                                     e->to.number, e->way);
        assert_true(g_hash_table_add(seen, text));
    }
}

struct ends {
    bool from[ONE_WAY_COUNT];
    bool to;
};

static struct ends
ends_of(const struct one_word *word)
{
    size_t n;
    const struct one_edge *edges = one_edges(&n);
    struct ends ends = {0};

    for (size_t i = 0; i < n; i++) {
        if (edges[i].from.number != ONE_ANY && one_edge_from(&edges[i], word))
            ends.from[edges[i].way] = true;
        ends.to |= one_edge_to(&edges[i], word);
    }
    return ends;
}

static void
test_ways(void **state)
{
    const struct one_word *word = *state;
    struct ends ends = ends_of(word);

    if (word->kind == ONE_STATE && word->number == ONE_ACTIVE)
        return;
    assert_true(ends.to || word->number == ONE_STATE_INIT);
    switch (word->class) {
    case ONE_TRANSIENT: /* leaves by itself */
        assert_true(ends.from[ONE_SUCCEEDS] || word->number == ONE_LCM_FAILURE);
        assert_false(ends.from[ONE_ASKED] && word->number != ONE_STATE_CLONING);
        break;
    case ONE_QUEUED:
    case ONE_STABLE: /* somebody has to ask */
        assert_true(ends.from[ONE_ASKED]);
        assert_false(ends.from[ONE_SUCCEEDS]);
        break;
    case ONE_FAILURE: /* sticky */
        assert_false(ends.from[ONE_SUCCEEDS]);
        assert_true(ends.from[ONE_RECOVERS] || word->last != NULL);
        break;
    case ONE_FINAL:
        assert_false(ends.from[ONE_SUCCEEDS] || ends.from[ONE_FAILS] || ends.from[ONE_ASKED]
                     || ends.from[ONE_SEEN] || ends.from[ONE_RECOVERS]);
        break;
    case ONE_CLASS_COUNT:
        fail();
    }
}

/* Whatever goes on, an operator may give up. */
static void
test_any(void **state)
{
    const struct one_word *lcm = NULL, *word = NULL;

    (void)state;
    while ((lcm = one_next(ONE_LCM, lcm)) != NULL) {
        assert_true(one_follows(lcm, one_by_name("CLEANUP_DELETE")));
        assert_true(one_follows(lcm, one_by_name("CLEANUP_RESUBMIT")));
    }
    while ((word = one_next(ONE_STATE, word)) != NULL)
        assert_false(one_follows(word, one_by_name("CLEANUP_DELETE")));
}

static void
test_way_names(void **state)
{
    (void)state;
    assert_string_equal(one_way_name(ONE_SUCCEEDS), "success");
    assert_string_equal(one_way_name(ONE_FAILS), "failure");
    assert_string_equal(one_way_name(ONE_ASKED), "action");
    assert_string_equal(one_way_name(ONE_SEEN), "monitor");
    assert_string_equal(one_way_name(ONE_RECOVERS), "recover");
    assert_string_equal(one_way_name((enum one_way)99), "?");
}

static GPtrArray *
read_observed(void)
{
    g_autofree char *path = harness_src_path("tests/data/opennebula/transitions-observed.tsv");
    g_autofree char *text = NULL;
    GPtrArray *observed = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return observed;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines + 1; *line != NULL && **line != '\0'; line++)
        g_ptr_array_add(observed, g_strsplit(*line, "\t", COLUMNS));
    return observed;
}

static void
test_observed_count(void **state)
{
    const GPtrArray *observed = *state;

    assert_int_equal(observed->len, 85);
}

int
main(void)
{
    g_autoptr(GPtrArray) observed = read_observed();

    rows_add(test_observed_count, observed, "85 edges were observed");
    for (guint i = 0; i < observed->len; i++) {
        char **cells = g_ptr_array_index(observed, i);
        rows_add(test_observed, cells, "observed: %s/%s to %s/%s", cells[FROM_STATE],
                 cells[FROM_LCM], cells[TO_STATE], cells[TO_LCM]);
    }
    ROWS_TABLE(test_stranger, strangers, "never: %s to %s", row->from, row->to);
    rows_add(test_places, NULL, "every edge is between two words, once");
    for (unsigned kind = 0; kind < ONE_KIND_COUNT; kind++) {
        const struct one_word *row = NULL;
        while ((row = one_next((enum one_kind)kind, row)) != NULL)
            rows_add(test_ways, row, "into %s and out of it", row->name);
    }
    rows_add(test_any, NULL, "out of whatever goes on");
    rows_add(test_way_names, NULL, "names of ways");
    return rows_run("OpenNebula transitions");
}
