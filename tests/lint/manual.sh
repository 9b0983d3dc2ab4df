# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The manual pages are valid mdoc, without a remark of mandoc's.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
command -v mandoc >/dev/null || skip_all 'mandoc is not installed'

pages=("$STATESYNC_BUILDDIR"/man/*.[1-9])
plan $((${#pages[@]} + 2))

# Remarks of mandoc but those about pages that are not installed here, and about
# lines that became long when paths were filled in.
remarks() {
    mandoc -T lint -W style "$1" 2>/dev/null |
        grep -Ev 'referenced manual not found|input text line longer than 80 bytes'
}

for page in "${pages[@]}"; do
    is "$(remarks "$page")" '' "$(basename "$page")"
done

cat >"$TAP_DIR/bad.1" <<'END'
.Dd November 22, 2026
.Dt BAD 1
.Os
.Sh NAME
.Nm bad
.Nd a page with a list that does not end
.Sh DESCRIPTION
.Bl -tag
END
like "$(remarks "$TAP_DIR/bad.1")" 'WARNING|ERROR' 'finds: a broken page'
is "$(grep -l '@[A-Z]*@' "${pages[@]}")" '' 'nothing was left to be filled in'
