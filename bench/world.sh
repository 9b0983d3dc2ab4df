# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The world a benchmark runs in: NODES private libvirtds whose test driver is filled by testworld
# and held open, and a slapd whose database is in memory.  Sourced by bench/run, after
# tests/lib/slapd.sh and tests/lib/libvirtd.sh.
#
#   nodes_start DIR N       N machines on NODES nodes, all running
#   nodes_tell COMMAND...   the same command to every world ("every 100 destroy")
#   nodes_stop DIR
#   directory_start DIR N [OPTION...]
#                           nothing published; writes DIR/statesync.conf, too; options of slapd_start
#   directory_stop DIR

NODES=20
SUFFIX=dc=stoney-cloud,dc=org
BASE=ou=virtualization,ou=services,$SUFFIX
BIND_DN=cn=statesync,ou=administration,$SUFFIX
node_in=() node_out=() node_pid=()
URIS=()

fail() {
    echo "bench: $*" >&2
    exit 1
}

node_short() { printf 'vm-node-%02d' "$1"; }

# %s: the node's short name, in the configuration and for bench/naive.
uri_template() { echo "test+unix:///default?socket=$1/%s/sock/libvirt-sock"; }

nodes_start() {
    local dir=$1 per=$((($2 + NODES - 1) / NODES)) k short uri count in out
    URIS=() node_in=() node_out=() node_pid=()
    for ((k = 1; k <= NODES; k++)); do
        short=$(node_short "$k")
        libvirtd_start "$dir/$short" --owner $$ --name "$short" --no-tls --no-tcp >"$dir/$short.env" ||
            fail "the libvirtd of $short does not start"
        uri=$(uri_template "$dir")
        uri=${uri//%s/$short}
        URIS+=("$uri")
        count=$(($2 - (k - 1) * per))
        [ "$count" -lt "$per" ] || count=$per
        [ "$count" -gt 0 ] || count=0
        mkfifo "$dir/$short.in" "$dir/$short.out"
        "$BENCH_BUILD/tests/lib/testworld" "$uri" --first $(((k - 1) * per)) --count "$count" \
            --state running <"$dir/$short.in" >"$dir/$short.out" &
        node_pid+=($!)
        exec {in}>"$dir/$short.in" {out}<"$dir/$short.out"
        node_in+=("$in") node_out+=("$out")
    done
    nodes_expect "ready "
}

# Every world answers with a line that begins with this.
nodes_expect() {
    local k line
    for ((k = 0; k < NODES; k++)); do
        IFS= read -r -t 600 -u "${node_out[k]}" line || fail "world $((k + 1)) does not answer"
        case $line in "$1"*) ;; *) fail "world $((k + 1)) says: $line" ;; esac
    done
}

nodes_tell() {
    local k
    for ((k = 0; k < NODES; k++)); do
        echo "$*" >&"${node_in[k]}"
    done
    nodes_expect ok
}

nodes_stop() {
    local dir=$1 k fd dirs=()
    for ((k = 0; k < ${#node_in[@]}; k++)); do
        fd=${node_in[k]}
        exec {fd}>&-
        fd=${node_out[k]}
        exec {fd}<&-
        dirs+=("$dir/$(node_short $((k + 1)))")
    done
    # Later worlds have inherited the pipes of earlier ones, so that closing is no end of file.
    [ ${#node_pid[@]} -eq 0 ] || { kill "${node_pid[@]}"; wait "${node_pid[@]}"; } 2>/dev/null
    [ ${#dirs[@]} -eq 0 ] || libvirtd_stop "${dirs[@]}"
    node_in=() node_out=() node_pid=()
}

directory_start() {
    local dir=$1
    mkdir -p "$dir"
    [ -e "$dir.ldif" ] || "$BENCH_SRC/bench/gen-directory" "$2" "$NODES" >"$dir.ldif"
    shift 2
    {
        cat "$BENCH_SRC/etc/slapd-access.conf"
        printf '%s\n' 'access to attrs=userPassword by anonymous auth' 'access to * by * read'
    } >"$dir.acl"
    slapd_start "$dir" ldif="$dir.ldif" acl="$dir.acl" \
        tls=no tcp=no maxsize=$((4 << 30)) owner=$$ "$@" ||
        fail 'slapd does not start'
    (umask 077 && printf statesync-demo >"$dir/password")
    rm -f "$dir/state"
    cat >"$dir/statesync.conf" <<-CONF
	[directory]
	uri = $SLAPD_LDAPI
	base = $BASE
	bind_dn = $BIND_DN
	password_file = $dir/password
	[nodes]
	uri = "$(uri_template "${dir%/*}")"
	[sync]
	state_file = $dir/state
	CONF
}

directory_stop() {
    slapd_stop "$1"
    rm -rf "$1"
}
