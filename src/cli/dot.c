/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/dot.h"

#include "core/one-edge.h"
#include "core/status.h"

#include <string.h>

/* Colours of classes and of ways: light enough for black text, and apart also in grey. */
static const char *const class_colours[ONE_CLASS_COUNT] = {
    [ONE_QUEUED] = "#fff2cc", [ONE_TRANSIENT] = "#dae8fc", [ONE_STABLE] = "#c9e7c4",
    [ONE_FAILURE] = "#f8cecc", [ONE_FINAL] = "#d9d9d9",
};
static const char *const way_styles[ONE_WAY_COUNT] = {
    [ONE_SUCCEEDS] = "color=\"#222222\"",
    [ONE_FAILS] = "color=\"#c0392b\"",
    [ONE_ASKED] = "color=\"#2471a3\"",
    [ONE_SEEN] = "color=\"#8e44ad\", style=dotted, penwidth=1.6",
    [ONE_RECOVERS] = "color=\"#b9770e\", style=dashed, constraint=false",
};

static void
begin(GString *out, const char *name, const char *layout)
{
    g_string_append_printf(out,
                           "digraph %s {\n"
                           "  graph [rankdir=LR, %s, fontname=\"Helvetica\", fontsize=11];\n"
                           "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\",\n"
                           "        fontsize=10, height=0.3, margin=\"0.08,0.03\"];\n"
                           "  edge [fontname=\"Helvetica\", fontsize=9, arrowsize=0.6];\n",
                           name, layout);
}

/* What the colours say: of words, and with OpenNebula's of edges. */
static void
add_key(GString *out, bool ways)
{
    g_string_append(out, "  subgraph cluster_key {\n    label=\"key\"; color=\"#999999\";\n");
    for (unsigned c = 0; c < ONE_CLASS_COUNT; c++)
        g_string_append_printf(out, "    \"class %s\" [label=\"%s\", fillcolor=\"%s\"];\n",
                               one_class_name((enum one_class)c),
                               one_class_name((enum one_class)c), class_colours[c]);
    for (unsigned w = 0; ways && w < ONE_WAY_COUNT; w++) {
        const char *name = one_way_name((enum one_way)w);
        g_string_append_printf(out,
                               "    \"from %s\" [label=\"\", shape=point, width=0.05];\n"
                               "    \"way %s\" [label=\"%s\", shape=plaintext, style=\"\"];\n"
                               "    \"from %s\" -> \"way %s\" [%s, constraint=true];\n",
                               name, name, name, name, name, way_styles[w]);
    }
    g_string_append(out, "  }\n");
}

static const struct one_word *
word_at(const struct one_place *place)
{
    return place->kind == ONE_STATE ? one_state_word(place->number) : one_lcm_word(place->number);
}

static const char *
node_name(const struct one_place *place)
{
    const struct one_word *word = word_at(place);

    return word != NULL ? word->name : "whatever goes on";
}

static bool
same_place(const struct one_place *a, const struct one_place *b)
{
    return a->kind == b->kind && a->number == b->number;
}

static bool
same_edge(const struct one_edge *a, const struct one_edge *b)
{
    return same_place(&a->from, &b->from) && same_place(&a->to, &b->to);
}

static bool
is_reverse(const struct one_edge *a, const struct one_edge *b)
{
    return same_place(&a->from, &b->to) && same_place(&a->to, &b->from)
           && !same_place(&a->from, &a->to);
}

/* Where an errand is run from: the one word all of its edges lead back to; else NULL. */
static const struct one_word *
errand_of(const struct one_word *word)
{
    size_t n;
    const struct one_edge *edges = one_edges(&n);
    const struct one_word *home = NULL;

    if (word->class != ONE_TRANSIENT)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (edges[i].from.number == ONE_ANY || !one_edge_from(&edges[i], word))
            continue;
        const struct one_word *to = word_at(&edges[i].to);
        if (to->class != ONE_STABLE || (home != NULL && home != to))
            return NULL;
        home = to;
    }
    return home;
}

static void
add_node(GString *out, const struct one_word *word, const char *indent)
{
    g_string_append_printf(out,
                           "%s%s [label=\"%s\\n%s %d %s\", fillcolor=\"%s\"%s, tooltip=\"%s\"];\n",
                           indent, word->name, word->name, one_kind_name(word->kind), word->number,
                           word->alias, class_colours[word->class],
                           word->last != NULL ? ", style=\"rounded,filled,dashed\"" : "",
                           word->meaning);
}

/* Errands in a frame each place they are run from, so that the rest stays in sight. */
static void
add_errands(GString *out, const struct one_word *home)
{
    const struct one_word *word = NULL;
    bool begun = false;

    while ((word = one_next(ONE_LCM, word)) != NULL) {
        if (errand_of(word) != home)
            continue;
        if (!begun)
            g_string_append_printf(out,
                                   "  subgraph cluster_%s {\n    label=\"from %s and back\"; "
                                   "color=\"#999999\"; style=rounded;\n",
                                   home->name, home->name);
        begun = true;
        add_node(out, word, "    ");
    }
    if (begun)
        g_string_append(out, "  }\n");
}

static void
add_nodes(GString *out)
{
    for (unsigned kind = 0; kind < ONE_KIND_COUNT; kind++) {
        const struct one_word *word = NULL;
        while ((word = one_next((enum one_kind)kind, word)) != NULL) {
            if (word->class == ONE_STABLE)
                add_errands(out, word);
            /* ACTIVE itself is nowhere: its second number says where */
            if (errand_of(word) == NULL
                && !(word->kind == ONE_STATE && word->number == ONE_ACTIVE))
                add_node(out, word, "  ");
        }
    }
    g_string_append(out, "  \"whatever goes on\" [label=\"whatever\\ngoes on\", style=dashed];\n");
}

/* All reasons for one edge, as its tooltip. */
static void
add_reasons(GString *out, const struct one_edge *edges, size_t n, const struct one_edge *edge)
{
    const char *gap = "";

    for (size_t i = 0; i < n; i++) {
        if (!same_edge(&edges[i], edge))
            continue;
        g_string_append_printf(out, "%s%s%s%s", gap, one_way_name(edges[i].way),
                               edges[i].by[0] != '\0' ? ": " : "", edges[i].by);
        gap = "; ";
    }
}

static void
add_edges(GString *out)
{
    size_t n;
    const struct one_edge *edges = one_edges(&n);

    for (size_t i = 0; i < n; i++) {
        bool repeated = false, drawn = false, both = false;
        for (size_t other = 0; other < n; other++) {
            repeated |= other < i && same_edge(&edges[other], &edges[i]);
            drawn |= other < i && is_reverse(&edges[other], &edges[i]);
            both |= is_reverse(&edges[other], &edges[i]);
        }
        if (repeated)
            continue;
        g_string_append_printf(out, "  \"%s\" -> \"%s\" [", node_name(&edges[i].from),
                               node_name(&edges[i].to));
        if (drawn)
            g_string_append(out, "style=invis, constraint=false");
        else
            g_string_append_printf(out, "%s%s", way_styles[edges[i].way],
                                   both ? ", dir=both" : "");
        g_string_append(out, ", tooltip=\"");
        add_reasons(out, edges, n, &edges[i]);
        g_string_append(out, "\"];\n");
    }
}

GString *
dot_opennebula(void)
{
    GString *out = g_string_new(NULL);

    begin(out, "opennebula", "nodesep=0.12, ranksep=0.8");
    add_key(out, true);
    add_nodes(out);
    add_edges(out);
    g_string_append(out, "}\n");
    return out;
}

static void
append_status(GString *out, enum state state, enum activity activity)
{
    char text[STATUS_TEXT_SIZE];

    status_text(state, activity, text);
    g_string_append_printf(out, "\"%s\"", state == STATE_NONE ? "no entry" : text);
}

static void
add_status(GString *out, const struct status_word *word, const char *indent)
{
    struct one_state one = one_of_status(word->state, word->activity, true);

    g_string_append(out, indent);
    append_status(out, word->state, word->activity);
    g_string_append_printf(out, " [fillcolor=\"%s\", tooltip=\"%s (%s)\"];\n",
                           class_colours[word->class], word->meaning, one.name);
}

/* True for an edge that goes back: it takes no part in what stands left and right. */
static bool
goes_back(const struct status_edge *edge)
{
    const struct status_word *from = status_word(edge->from, edge->from_activity);
    bool ending = edge->from == STATE_SHUTTING_DOWN || edge->from == STATE_POWERING_OFF;

    return from->class == ONE_FAILURE || (ending && edge->to == STATE_RUNNING)
           || (edge->to == STATE_STOPPED
               && (edge->from != STATE_STOPPED || edge->to_activity == ACTIVITY_NONE));
}

static void
add_status_edge(GString *out, const struct status_edge *edge)
{
    const struct status_word *to = status_word(edge->to, edge->to_activity);

    g_string_append(out, "  ");
    append_status(out, edge->from, edge->from_activity);
    g_string_append(out, " -> ");
    append_status(out, edge->to, edge->to_activity);
    g_string_append_printf(out, " [label=\"%s\"%s%s];\n", edge->by,
                           to != NULL && to->class == ONE_FAILURE ? ", color=\"#c0392b\"" : "",
                           goes_back(edge) ? ", color=\"#2471a3\", constraint=false" : "");
}

GString *
dot_stoney(void)
{
    GString *out = g_string_new(NULL);
    const struct status_word *word = NULL;
    size_t n;
    const struct status_edge *edges = status_edges(&n);

    begin(out, "stoney", "nodesep=0.3, ranksep=0.9");
    add_key(out, false);
    g_string_append(out, "  subgraph cluster_templates {\n"
                         "    label=\"templates only\"; color=\"#999999\"; style=rounded;\n");
    while ((word = status_next(word)) != NULL) {
        if (!word->vm)
            add_status(out, word, "    ");
    }
    g_string_append(out, "  }\n");
    while ((word = status_next(word)) != NULL) {
        if (word->vm)
            add_status(out, word, "  ");
    }
    g_string_append(out, "  \"no entry\" [style=dashed];\n");
    for (size_t i = 0; i < n; i++)
        add_status_edge(out, &edges[i]);
    g_string_append(out, "}\n");
    return out;
}
