# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# What bench/run noted, as tables: figures of each size, then the targets.  Sourced by bench/run;
# uses its median and calc.  results.tsv gets every figure: SIZE NAME VALUE.

ms() { awk -v v="$1" 'BEGIN { if (v == "") printf "-"; else printf v < 100 ? "%.1f" : "%.0f", v }'; }

floor_of() { # SIZE: ms
    calc "$(median "$1" floor.empty.wall) + $(median "$1" floor.search) + $(median "$1" floor.bulk)"
}

floor_cpu_of() { # SIZE: the two programs, less one of the two starts
    calc "$(median "$1" floor.ldap.cpu) + $(median "$1" floor.libvirt.cpu) - $(median "$1" floor.empty.cpu)"
}

per_vm() { # SIZE: bytes
    calc "($(median "$1" steady.rss_kib) - $(median "$1" floor.empty.rss_kib)) * 1024 / $1"
}

figures() { # SIZE
    local n=$1 name
    printf '\n### %s machines\n\n| | start to exit, ms | CPU, ms | modifies | peak memory, MiB |\n|---|--:|--:|--:|--:|\n' "$n"
    while IFS='|' read -r name title; do
        printf '| %s | %s | %s | %s | %s |\n' "$title" "$(ms "$(median "$n" "$name.wall")")" \
            "$(ms "$(median "$n" "$name.cpu")")" "$(median "$n" "$name.modifies")" \
            "$(ms "$(calc "$(median "$n" "$name.rss_kib") / 1024")")"
    done <<-LIST
	cold|cold pass: nothing published
	steady|steady pass: nothing changed
	some|1 % changed
	all|all changed
	smart.steady|smart script, nothing changed
	smart.all|smart script, all changed
	floor.empty|empty program
	floor.ldap|floor: connect, bind, search
	floor.libvirt|floor: bulk and managed-save read
	LIST
    printf '\nFloor of the steady pass: %s ms (empty %s + connect, bind and search %s + bulk read %s), CPU %s ms. ' \
        "$(ms "$(floor_of "$n")")" "$(ms "$(median "$n" floor.empty.wall)")" \
        "$(ms "$(median "$n" floor.search)")" "$(ms "$(median "$n" floor.bulk)")" \
        "$(ms "$(floor_cpu_of "$n")")"
    printf 'Write phase: %.0f modifies/s, floor %.0f.' "$(median "$n" write.ours)" "$(median "$n" write.floor)"
    [ -z "$(median "$n" naive.per-vm)" ] ||
        printf ' Naive script: %s ms a machine.' "$(ms "$(median "$n" naive.per-vm)")"
    printf '\n'
}

# target SIZE TEXT VALUE RELATION LIMIT; with the relation -, or with fewer than 10,000 machines,
# it is shown, but no target.
target() {
    local well
    if [ "$4" = - ] || [ "$1" -lt 10000 ]; then
        printf '| %s | %s | %.2f | | |\n' "$1" "$2" "$3"
        return
    fi
    well=$(awk -v v="$3" -v l="$5" "BEGIN { print (v $4 l) ? \"yes\" : \"no\" }")
    printf '| %s | %s | %.2f | %s %s | %s |\n' "$1" "$2" "$3" "$4" "$5" "$well"
    printf '%s\ttarget %s\t%s\n' "$1" "$2" "$3" >>"$tsv"
}

targets() {
    local n naive_ms=''
    printf '\n### Targets\n\n| machines | what | measured | target | met |\n|--:|---|--:|---|---|\n'
    for n; do
        [ -n "$naive_ms" ] || naive_ms=$(median "$n" naive.per-vm)
        target "$n" 'steady pass: modifies, service entry included' "$(median "$n" steady.modifies)" '<=' 1
        target "$n" 'steady pass / floor' \
            "$(calc "$(median "$n" steady.wall) / $(floor_of "$n")")" '<=' 1.3
        target "$n" 'steady pass / floor, CPU time' \
            "$(calc "$(median "$n" steady.cpu) / $(floor_cpu_of "$n")")" - 0
        target "$n" 'smart script / steady pass' \
            "$(calc "$(median "$n" smart.steady.wall) / $(median "$n" steady.wall)")" '>=' 5
        [ -z "$naive_ms" ] || target "$n" 'naive script, scaled / steady pass' \
            "$(calc "$naive_ms * $n / $(median "$n" steady.wall)")" '>=' 200
        target "$n" 'peak memory over the empty program, bytes a machine' "$(per_vm "$n")" '<=' 2048
        target "$n" 'write phase / floor rate' \
            "$(calc "$(median "$n" write.ours) / $(median "$n" write.floor)")" '>=' 0.85
        [ "$n" != 100000 ] || [ -z "$(median 10000 steady.wall)" ] ||
            target "$n" 'steady pass / that of 10000 machines' \
                "$(calc "$(median "$n" steady.wall) / $(median 10000 steady.wall)")" '<=' 11
    done
    printf '\nTargets are set for 10,000 and more machines; with fewer, fixed costs weigh more.\n'
}

report() {
    local n name
    : >"$tsv"
    cut -f 1,2 "$dir/notes" | sort -u | while IFS=$'\t' read -r n name; do
        printf '%s\t%s\t%s\n' "$n" "$name" "$(median "$n" "$name")"
    done >>"$tsv"
    printf '%s, %s, %s cores, Linux %s; medians of up to %s runs\n' "$(date -u +%Y-%m-%d)" \
        "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" "$repeat"
    for n; do
        figures "$n"
    done
    targets "$@"
}
