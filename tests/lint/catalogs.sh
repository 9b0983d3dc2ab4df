# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# po/: the catalogs are complete and sound, nothing in them is a guess, and they
# are those of the sources.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
for tool in msgfmt msgattrib xgettext msggrep; do
    command -v $tool >/dev/null || skip_all "$tool is not installed (Debian: gettext)"
done

po=$STATESYNC_SRCDIR/po
mapfile -t languages < <(sed -n 's/^PO_LINGUAS = //p' "$po/local.mk" | tr ' ' '\n')
plan $((4 * ${#languages[@]} + 9))

# lint_unmarked ROOT: texts of more than one word that printf(), puts() and the like get, and
# descriptions of options, without a mark around them.  For machines: what begins with a
# format or holds no blank between letters.
lint_unmarked() {
    local file
    for file in "$1"/src/cli/*.c; do
        awk -v file="${file#"$1"/}" '
            { line = $0 }
            match(line, /(^|[^a-z_])(printf|puts|fputs)\("[^"]*[a-z] [a-z][^"]*"/) ||
            match(line, /fprintf\([a-z]+, "[^"]*[a-z] [a-z][^"]*"/) ||
            match(line, /G_OPTION_ARG_[A-Z_]+, [^"(]*"[A-Z][^"]*"/) {
                text = substr(line, RSTART, RLENGTH); sub(/^[^"]*/, "", text)
                print file ":" NR ": " text }' "$file"
    done
}

# unsure FILE: the messages that are guesses or not used any more.
unsure() {
    {
        msgattrib --no-wrap --only-fuzzy "$1"
        msgattrib --no-wrap --only-obsolete "$1"
    } | grep -E '^(#~ )?msgid' | grep -vxF 'msgid ""'
}

# untranslated FILE
untranslated() {
    msgattrib --no-wrap --untranslated "$1" | grep '^msgid' | grep -vxF 'msgid ""'
}

# messages FILE: the texts, one a line.
messages() {
    msgcat --no-wrap --no-location --sort-output "$1" | grep -E '^(msgid|msgid_plural) '
}

for language in "${languages[@]}"; do
    is "$(untranslated "$po/$language.po")" '' "$language: every message is translated"
    is "$(diff <(messages "$po/stoney-statesync.pot") <(messages "$po/$language.po"))" '' \
        "$language: the messages of po/stoney-statesync.pot, all and no others (make update-po)"
    is "$(msgfmt --check -o "$TAP_DIR/mo" "$po/$language.po" 2>&1)" '' \
        "$language: formats, header and domain"
    is "$(unsure "$po/$language.po")" '' "$language: no guesses, nothing obsolete"
done
is "${languages[*]}" "$(cd "$po" && printf '%s\n' *.po | sed 's/\.po$//' | paste -sd' ')" 'every catalog is built'

# po/POTFILES and po/stoney-statesync.pot are what the sources say
(cd "$STATESYNC_SRCDIR" &&
    sh po/extract stoney-statesync x "$TAP_DIR/POTFILES" "$TAP_DIR/pot") || exit 1
is "$(diff "$po/POTFILES" "$TAP_DIR/POTFILES")" '' 'po/POTFILES is up to date (make update-po)'
is "$(diff <(messages "$po/stoney-statesync.pot") <(messages "$TAP_DIR/pot"))" '' \
    'po/stoney-statesync.pot is up to date (make update-po)'

# what people read is marked: what begins to speak, and is neither within a mark nor for programs
is "$(lint_unmarked "$STATESYNC_SRCDIR")" '' 'messages of commands are marked'
mkdir -p "$TAP_DIR/bad/src/cli"
printf '%s\n' 'static void f(void) { printf("no such thing\n"); puts(_("well marked")); }' \
    'static const GOptionEntry e[] = {{"x", 0, 0, G_OPTION_ARG_NONE, &x, "Some option", NULL}};' \
    >"$TAP_DIR/bad/src/cli/a.c"
like "$(lint_unmarked "$TAP_DIR/bad")" 'src/cli/a.c:1: "no such thing' 'finds: a message that is not marked'
like "$(lint_unmarked "$TAP_DIR/bad")" 'src/cli/a.c:2: "Some option"' 'finds: an option that is not marked'
printf '%s\n' 'msgid ""' 'msgstr "Content-Type: text/plain; charset=UTF-8\n"' '' 'msgid "a"' 'msgstr ""' >"$TAP_DIR/bad.po"
like "$(untranslated "$TAP_DIR/bad.po")" '"a"' 'finds: a message that is not translated'

printf '%s\n' '#, fuzzy' 'msgid "a %s"' 'msgstr "b %s"' >"$TAP_DIR/bad.po"
like "$(unsure "$TAP_DIR/bad.po")" 'a %s' 'finds: a guess'
printf '%s\n' '#, c-format' 'msgid "a %s"' 'msgstr "b %d"' >"$TAP_DIR/bad.po"
like "$(msgfmt --check-format -o "$TAP_DIR/mo" "$TAP_DIR/bad.po" 2>&1)" 'not the same' 'finds: another argument'
