# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Reads what "make check" printed.  Sourced by tools/check.

# totals FILE...: "passed failed skipped", summed over every test run in the files.
# Only what follows a summary's heading counts: logs of failed tests are in there too.
totals() {
    cat "$@" | awk '
        /^Testsuite summary for /                    { counting = 1 }
        counting && /^# (PASS|XFAIL): +[0-9]+$/       { passed += $3 }
        counting && /^# (FAIL|XPASS|ERROR): +[0-9]+$/ { failed += $3 }
        counting && /^# SKIP: +[0-9]+$/               { skipped += $3 }
        /^# ERROR: +[0-9]+$/                         { counting = 0 }
        END { print passed + 0, failed + 0, skipped + 0 }'
}

# unexpected_skips FILE...: prints skipped tests that nobody asked to skip.  A
# test that was asked names the variable, as in "STATESYNC_NO_QEMU is set".  A
# registry that cannot be reached is nobody's fault.
# (A line of = below makes it a heading in the log of a failed run.)
unexpected_skips() {
    cat "$@" | awk '
        held != "" && !/^=+$/ { print held }
        { held = "" }
        /^SKIP: / && !/STATESYNC_|the npm registry does not/ { held = $0 }
        END { if (held != "") print held }' | sort -u
}
