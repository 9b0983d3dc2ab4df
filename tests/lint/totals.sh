# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# tools/check counts what automake prints, and notices a skip nobody asked for.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tools/lib/totals.sh"

plan 5

cat >"$TAP_DIR/one" <<'END'
SKIP: tests/b
=============
PASS: tests/a 1 - x
SKIP: tests/b.sh - STATESYNC_NO_QEMU is set
SKIP: tests/d.sh - the npm registry does not give what is needed: timeout
# PASS:  1000
Testsuite summary for stoney-statesync 0.1.0
# TOTAL: 10
# PASS:  7
# SKIP:  1
# XFAIL: 0
# FAIL:  1
# XPASS: 0
# ERROR: 1
# FAIL:  1000
END
cat >"$TAP_DIR/two" <<'END'
SKIP: tests/c.sh - slapd is not installed
Testsuite summary for stoney-statesync 0.1.0
# TOTAL: 120
# PASS:  119
# SKIP:  1
# XFAIL: 0
# FAIL:  0
# XPASS: 0
# ERROR: 0
END
is "$(totals "$TAP_DIR/one")" '7 2 1' 'one run'
is "$(totals "$TAP_DIR/one" "$TAP_DIR/two")" '126 2 2' 'two runs'
is "$(totals /dev/null)" '0 0 0' 'no run'
is "$(unexpected_skips "$TAP_DIR/one")" '' 'a skip that was asked for'
like "$(unexpected_skips "$TAP_DIR/one" "$TAP_DIR/two")" '^SKIP: tests/c.sh' \
    'a skip that was not asked for'
