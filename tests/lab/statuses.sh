#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# After all scenarios: which statuses did real guests show?  One line of TAP per status of
# statuses.list.  With --table: the table of docs/statuses.md, from what the scenarios noted.

list=${STATESYNC_SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lab/statuses.list
proven=${STATESYNC_BUILDDIR:=$PWD}/tests/lab/proven

# What the scenarios noted: kind, status, situation, rule; in the order of scenarios, each once.
noted() {
    cat "$proven"/*.tsv 2>/dev/null | awk -F '\t' '!seen[$0]++'
}

# Kind, status and mark of every status there is.
statuses() {
    grep -v '^#' "$list"
}

table() {
    local kind status mark
    printf '| kind | status | shown by | rule |\n|---|---|---|---|\n'
    statuses | while IFS=$'\t' read -r kind status mark; do
        noted | awk -F '\t' -v kind="$kind" -v status="$status" '$1 == kind && $2 == status {
            printf "| %s | `%s` | %s | `%s` |\n", kind, status, $3, $4 }'
    done
}

if [ "${1-}" = --table ]; then
    table
    exit
fi

. "$STATESYNC_SRCDIR/tests/lib/tap.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/lib/libvirtd.sh" || exit 99
reason=$(libvirtd_check --qemu) || skip_all "$reason"

plan "$(($(statuses | wc -l) + 1))"
while IFS=$'\t' read -r kind status mark; do
    todo=''
    [ "$mark" != todo ] || todo=" # ${mark^^} no scenario yet"
    by=$(noted | awk -F '\t' -v kind="$kind" -v status="$status" '$1 == kind && $2 == status' | wc -l)
    if [ "$by" -gt 0 ]; then
        tap_pass "$kind: $status, in $by situations$todo"
    elif [ -n "$todo" ]; then
        TAP_N=$((TAP_N + 1))
        echo "not ok $TAP_N - $kind: $status$todo"
    else
        tap_fail "$kind: $status"
    fi
done < <(statuses)
unknown=$(noted | awk -F '\t' 'NR == FNR { if (!/^#/) have[$1 "\t" $2] = 1; next } !(($1 "\t" $2) in have) { print $1 ": " $2 }' "$list" -)
is "$unknown" '' 'no scenario shows a status that is not in the list'
