# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# docs/states.md shows what the program says: graphs, pictures and table are
# those of `make pictures`, and Graphviz takes the graphs.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"

PROGRAM=$STATESYNC_BUILDDIR/src/statesync
DOCS=$STATESYNC_SRCDIR/docs
[ -x "$PROGRAM" ] || skip_all "$PROGRAM is not built"
export LC_ALL=C.UTF-8

plan 15

# edges_of_dot FILE / edges_of_svg FILE: "A -> B", sorted.  The way back of an arrow with two heads is
# there, but not drawn.
edges_of_dot() {
    sed -nE '/style=invis/d; s/^ +"([^"]+)" -> "([^"]+)" \[.*/\1 -> \2/p' "$1" | LC_ALL=C sort
}
edges_of_svg() {
    sed -nE 's/^<title>(.*)&#45;&gt;(.*)<\/title>$/\1 -> \2/p' "$1" | LC_ALL=C sort
}

for words in opennebula stoney; do
    graph=$DOCS/states-$words.dot
    "$PROGRAM" states --$words --dot >"$TAP_DIR/$words.dot"
    is "$(diff "$graph" "$TAP_DIR/$words.dot")" '' "$words: the graph is what the program says"
    ok "$words: it has edges" test "$(edges_of_dot "$graph" | wc -l)" -gt 60
    is "$(diff <(edges_of_dot "$graph") <(edges_of_svg "$DOCS/states-$words.svg"))" '' \
        "$words: the picture has every edge of the graph"
    like "$(cat "$DOCS/states.md")" "\(states-$words\.svg\)" "$words: the page shows it"
    if command -v dot >/dev/null; then
        dot -Tsvg -o "$TAP_DIR/$words.svg" "$TAP_DIR/$words.dot" >"$TAP_DIR/said" 2>&1
        is "$? $(cat "$TAP_DIR/said")" '0 ' "$words: Graphviz takes the graph without a word"
        is "$(diff <(edges_of_dot "$graph") <(edges_of_svg "$TAP_DIR/$words.svg"))" '' \
            "$words: and draws every edge"
    else
        pass "$words: # SKIP dot is not installed"
        pass "$words: # SKIP dot is not installed"
    fi
done
is "$("$PROGRAM" states --dot | cksum)" "$(cksum <"$DOCS/states-opennebula.dot")" \
    'without a choice it is the graph of OpenNebula'
table() {
    sed -n '/<!-- words: begin -->/,/<!-- words: end -->/p' "$DOCS/states.md" | sed '1d; $d'
}
is "$(diff <(table) <("$STATESYNC_SRCDIR/tools/lib/states-tables" "$PROGRAM"))" '' \
    'the table is what the program says'
is "$(table | wc -l)" 86 'with 84 rows'
