#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# After all scenarios: which statuses did real guests show?  One line of TAP per status of
# statuses.list, and one for the table in docs/statuses.md, which is made from what the scenarios
# noted: --table prints it, --update puts it there.

list=${STATESYNC_SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lab/statuses.list
doc=$STATESYNC_SRCDIR/docs/statuses.md
proven=${STATESYNC_BUILDDIR:=$PWD}/tests/lab/proven

# What the scenarios noted: kind, status, situation, rule; in the order of scenarios, each once.
noted() {
    local scenario
    for scenario in "$STATESYNC_SRCDIR"/tests/lab/scenarios/*.sh; do # those that are gone prove nothing
        scenario=$(basename "$scenario" .sh)
        [ ! -e "$proven/$scenario.tsv" ] || cat "$proven/$scenario.tsv"
    done | awk -F '\t' '!seen[$0]++'
}

# Kind, status and mark of every status there is.
statuses() {
    grep -v '^#' "$list"
}

# One row per status and rule, with all situations.
table() {
    printf '| kind | status | rule | what was done to the guest |\n|---|---|---|---|\n'
    noted | awk -F '\t' '
        NR == FNR { if (!/^#/) order[++n] = $1 FS $2; next }
        {
            row = $1 FS $2
            key = row FS $4
            if (!(key in what)) rules[row] = rules[row] FS $4
            else what[key] = what[key] "; "
            what[key] = what[key] $3
        }
        END {
            for (i = 1; i <= n; i++) {
                split(order[i], part, FS)
                count = split(substr(rules[order[i]], 2), rule, FS)
                for (j = 1; j <= count; j++)
                    printf "| %s | `%s` | `%s` | %s |\n", part[1], part[2], rule[j], what[order[i] FS rule[j]]
            }
        }' "$list" -
}

# The page, with what stands between its two marks made anew.
page() {
    sed '/^<!-- proven: begin/q' "$doc"
    table
    sed -n '/^<!-- proven: end/,$p' "$doc"
}

case ${1-} in
--table)
    table
    exit
    ;;
--update)
    page >"$doc.new" && mv "$doc.new" "$doc"
    exit
    ;;
esac

. "$STATESYNC_SRCDIR/tests/lib/tap.sh" || exit 99
. "$STATESYNC_SRCDIR/tests/lib/libvirtd.sh" || exit 99
reason=$(libvirtd_check --qemu) || skip_all "$reason"

plan "$(($(statuses | wc -l) + 2))"
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
is "$(page | diff "$doc" -)" '' 'docs/statuses.md shows it (else: tests/lab/statuses.sh --update in the build folder)'
