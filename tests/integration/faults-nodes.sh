# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Twenty nodes, of which some do not answer: what is known of the others is up
# to date, what is not known is stale and says why, and nobody is said to be
# stopped who is not.
. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99
site_need

nodes=20 n=1000 deadline=$((3 * $(site_slow)))
[ -z "$SITE_QUICK" ] || n=200
site_directory $n $nodes || exit 1
site_nodes 1 $nodes || exit 1
per=$SITE_PER
worlds 1 $nodes "$per" running || exit 1
conf=$TAP_DIR/conf
site_conf "$conf" "nodes.deadline=$deadline" "nodes.look_deadline=$deadline"

# of FILE NODE...: the lines of a snapshot that belong to these nodes; but: to the others
numbers() {
    local k i
    for k; do for ((i = (k - 1) * per; i < k * per; i++)); do printf '^%08x-\n' "$i"; done; done
}
of() { local file=$1 && shift && grep -f <(numbers "$@") "$file"; }
but() { local file=$1 && shift && grep -v -f <(numbers "$@") "$file"; }

plan 15

run_sync "$conf"
ended 0 'first pass of a healthy site'
diag "$OUT"
healthy=$TOOK
snapshot "$TAP_DIR/s1"
is "$(tally "$TAP_DIR/s1" 2,3,4)" "$n Running|TRUE|" 'everything runs'

# One frozen, one refused; meanwhile something happens on all the others.
libvirtd_freeze "$(node_dir 19)"
libvirtd_stop "$(node_dir 20)"
for ((k = 1; k <= 18; k++)); do world "$k" every 2 pause || exit 1; done
run_sync "$conf"
ended 3 'a pass with a frozen and a refused node'
diag "$OUT"
diag "$TOOK ms with a deadline of $deadline s; $healthy ms before"
in_time $((TOOK - deadline * 1000)) $((healthy + 1000)) 'R11: took hardly longer than the deadline'
snapshot "$TAP_DIR/s2"
is "$(but "$TAP_DIR/s2" 19 20 | cut -d'|' -f2,3,4 | sort | uniq -c | sed 's/^ *//' | paste -sd';')" \
    "$((n * 9 / 20)) Paused|TRUE|;$((n * 9 / 20)) Running|TRUE|" 'all other machines are up to date'
of "$TAP_DIR/s2" 19 >"$TAP_DIR/s2-19"
of "$TAP_DIR/s2" 20 >"$TAP_DIR/s2-20"
is "$(cut -d'|' -f2,3,5 "$TAP_DIR/s2-19" "$TAP_DIR/s2-20" | sort | uniq -c | sed 's/^ *//')" \
    "$((2 * per)) Running|TRUE|unseen" 'those of the two keep what was known'
is "$(grep -c '|.*vm-node-19.*timeout' "$TAP_DIR/s2-19")" "$per" 'stale, because vm-node-19 timed out'
is "$(grep -c '|.*vm-node-20.*refused' "$TAP_DIR/s2-20")" "$per" 'stale, because vm-node-20 refused'
diag "$(head -1 "$TAP_DIR/s2-19")"
diag "$(head -1 "$TAP_DIR/s2-20")"
is "$(slapd_values "sstNode=$(node_name 19),ou=nodes,$BASE" sstNodeStatusReachable)" FALSE \
    'the node entry says so, too'
like "$(slapd_values "sstNode=$(node_name 20),ou=nodes,$BASE" sstNodeStatusReason)" refused 'and why'

# A second pass finds nothing new, and so writes nothing but its report.
before=$(slapd_count Modify)
run_sync "$conf"
ended 3 'the next pass'
is $(($(slapd_count Modify) - before)) 1 'writes nothing again, but that it was there'

# What was silent comes back.
libvirtd_thaw "$(node_dir 19)"
world_end 20
rm -rf "$(node_dir 20)"
site_nodes 20 20 || exit 1
site_world 20 "$per" running || exit 1
run_sync "$conf"
ended 0 'a pass after both came back'
snapshot "$TAP_DIR/s3"
is "$(tally "$TAP_DIR/s3" 4)" "$n " 'nothing is stale any more'
is "$(of "$TAP_DIR/s3" 19 20 | cut -d'|' -f2,3 | sort | uniq -c | sed 's/^ *//')" \
    "$((2 * per)) Running|TRUE" 'and all of them run'
