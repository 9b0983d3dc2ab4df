# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# po/: the catalogs are sound, and nothing in them is a guess.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
for tool in msgfmt msgattrib xgettext msggrep; do
    command -v $tool >/dev/null || skip_all "$tool is not installed (Debian: gettext)"
done

po=$STATESYNC_SRCDIR/po
mapfile -t languages < <(sed -n 's/^PO_LINGUAS = //p' "$po/local.mk" | tr ' ' '\n')
plan $((2 * ${#languages[@]} + 3))

# unsure FILE: the messages that are guesses or not used any more.
unsure() {
    {
        msgattrib --no-wrap --only-fuzzy "$1"
        msgattrib --no-wrap --only-obsolete "$1"
    } | grep -E '^(#~ )?msgid' | grep -vxF 'msgid ""'
}

for language in "${languages[@]}"; do
    is "$(msgfmt --check -o "$TAP_DIR/mo" "$po/$language.po" 2>&1)" '' \
        "$language: formats, header and domain"
    is "$(unsure "$po/$language.po")" '' "$language: no guesses, nothing obsolete"
done
is "${languages[*]}" "$(cd "$po" && printf '%s\n' *.po | sed 's/\.po$//' | paste -sd' ')" 'every catalog is built'

printf '%s\n' '#, fuzzy' 'msgid "a %s"' 'msgstr "b %s"' >"$TAP_DIR/bad.po"
like "$(unsure "$TAP_DIR/bad.po")" 'a %s' 'finds: a guess'
printf '%s\n' '#, c-format' 'msgid "a %s"' 'msgstr "b %d"' >"$TAP_DIR/bad.po"
like "$(msgfmt --check-format -o "$TAP_DIR/mo" "$TAP_DIR/bad.po" 2>&1)" 'not the same' 'finds: another argument'
