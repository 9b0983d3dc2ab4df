# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What statesync.schema defines, for tests that write each of it.

# schema_attributes CLASS: the attributes of one of our classes, one a line.
schema_attributes() {
    sed -n "/NAME '$1'/,/^$/p" "$STATESYNC_SRCDIR/schema/statesync.schema" | tr -d '\n' |
        grep -Eo 'sst(VirtualMachine|Node|StateSync)[A-Za-z]+' | grep -vx "$1"
}

# schema_value ATTRIBUTE: a value that its syntax allows.
schema_value() {
    case $(sed -n "/NAME '$1'/,/^$/s/.*SYNTAX .*\.\([0-9]*\).*/\1/p" \
        "$STATESYNC_SRCDIR/schema/statesync.schema") in
    7) echo TRUE ;;
    24) echo 20260101000000.5Z ;;
    27) echo 51 ;;
    15 | 26) echo value ;;
    esac
}
