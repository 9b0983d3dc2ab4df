# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Every way in which a node may fail to answer has a name, and the name is in
# the directory: on the machines that turn stale, and on the node's entry.
. "$STATESYNC_SRCDIR/tests/integration/faults_lib.sh" || exit 99
site_need

nodes=9 per=5 deadline=$((3 * $(site_slow)))
site_directory $((nodes * per)) $nodes --published Running || exit 1
site_nodes 1 2 || exit 1
worlds 1 2 "$per" running || exit 1
other() { # NODE OPTION...: its daemon is of another kind
    local k=$1
    shift
    libvirtd_start "$(node_dir "$k")" --owner $$ --pki "$TAP_DIR/pki" "$@" >"$(node_dir "$k").env"
}
uri_of() { sed -n "s/^$2=//p" "$(node_dir "$1").env"; }
section() { printf '[node %s]\nuri = "%s"\n' "$(node_name "$1")" "$2"; }

other 3 --cert wrong-name && other 4 --cert expired && other 5 --auth-tcp sasl &&
    other 6 --cert good --refuse-dn || exit 1
conf=$TAP_DIR/conf
site_conf "$conf" "nodes.deadline=$deadline" "nodes.look_deadline=$deadline"
{
    section 3 "$(uri_of 3 URI_TLS)"
    section 4 "$(uri_of 4 URI_TLS)"
    section 5 "$(uri_of 5 URI_TCP)"
    section 6 "$(uri_of 6 URI_TLS)"
    section 7 'test+tcp://no-such-host.invalid/default'
    section 8 'qemu+tcp://%i/system'
    section 9 "test+tcp://127.0.0.1:$(libvirtd_freeports 1)/default"
} >>"$conf"
printf 'dn: ou=int,ou=networks,sstNode=%s,ou=nodes,%s\nchangetype: delete\n' "$(node_name 8)" "$BASE" |
    site_modify || exit 1
# named NODE CLASS WHAT: all its machines are kept, stale, and name the class
named() {
    local k=$1 i line good=0
    for ((i = (k - 1) * per; i < k * per; i++)); do
        line=$(grep "^$(vm_uuid "$i")" "$TAP_DIR/s")
        [[ $line =~ \|Running\|TRUE\|vm-node-0$k[^|]*$2[^|]*\|unseen$ ]] && good=$((good + 1))
    done
    is $good "$per" "$3: $2, on each machine" || diag "$line"
    like "$(slapd_values "sstNode=$(node_name "$k"),ou=nodes,$BASE" sstNodeStatusReason)" "$2" \
        "$3: $2, on the node"
}

plan 25

# Node 2 is killed in the middle of its answer: it is frozen first, so that the question is there
# and the answer is not.
connections() { grep -cF "$(node_dir 2)/sock/libvirt-sock" /proc/net/unix; }
libvirtd_freeze "$(node_dir 2)"
before=$(connections)
asked() { [ "$(connections)" -gt "$before" ]; }
start_sync one "$conf"
wait_for 10 asked || exit 1
libvirtd_kill "$(node_dir 2)"
await_sync one
diag "$OUT"
ended 3 'a pass in which eight of nine nodes fail'
snapshot "$TAP_DIR/s"
is "$(grep -c '|Running|TRUE||running' "$TAP_DIR/s")" "$per" 'the machines of the healthy one are up to date'
is "$(grep -Ec '\|(Stopped|Crashed)' "$TAP_DIR/s")" 0 'R1: no machine is said to be stopped or crashed'
named 2 '(closed|refused|rpc)' 'killed while it was asked'
named 3 tls 'a certificate for another host'
named 4 tls 'an expired certificate'
named 5 auth 'authentication'
named 6 tls 'our certificate is refused'
named 7 refused 'an unknown host'
named 8 no-uri 'no address'
named 9 refused 'nobody listens'
diag "$(cut -d'|' -f4 "$TAP_DIR/s" | sort -u)"
is "$(grep -c 'a node did not answer' <<<"$ERR")" 8 'the log names each of the eight'

# All of them mended.
printf 'dn: sstNodeType=VM-Node,ou=node-types,sstNode=%s,ou=nodes,%s\nchangetype: modify\nreplace: sstNodeState\nsstNodeState: maintenance\n' \
    "$(node_name 9)" "$BASE" | site_modify
run_sync "$conf" --dry-run
like "$OUT$ERR" 'to write' 'a dry run meanwhile'
is "$(grep -c 'warning: a node did not answer' <<<"$ERR")" 7 'of the one in maintenance nobody is warned'
libvirtd_restart "$(node_dir 2)" || exit 1
world_end 2
site_world 2 "$per" running
libvirtd_stop "$(node_dir 3)" "$(node_dir 4)" "$(node_dir 5)" "$(node_dir 6)"
rm -rf "$(node_dir 3)" "$(node_dir 4)" "$(node_dir 5)" "$(node_dir 6)"
site_nodes 3 9 && worlds 3 9 "$per" running || exit 1
sed -i '/^\[node /,/^uri/d' "$conf"
run_sync "$conf"
ended 0 'the pass after everything was mended'
snapshot "$TAP_DIR/s"
is "$(tally "$TAP_DIR/s" 2,3,4,5)" "$((nodes * per)) Running|TRUE||running" 'and everything is up to date'
is "$(slapd_search "ou=nodes,$BASE" sub '(sstNodeStatusReachable=TRUE)' 1.1 | grep -c ^dn)" $nodes \
    'all nodes are reachable'
