# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the daemon publishes of nodes, and nodes that come, are maintained and go while it runs.
. "$STATESYNC_SRCDIR/tests/integration/daemon_lib.sh" || exit 99
site_need

n=20
site_directory $n 2 -- overlays='syncprov accesslog' || exit 1
site_nodes 1 3 || exit 1
worlds 1 2 10 running || exit 1
conf=$TAP_DIR/conf
daemon_conf "$conf" nodes.deadline=4 nodes.keepalive_interval=1 nodes.keepalive_count=2 daemon.interval=600
all_run() { all_are "$n Running|TRUE|"; }
node_entry() { printf 'sstNode=%s,ou=nodes,%s' "$(node_name "$1")" "$BASE"; }
node_is() { # NODE ATTRIBUTE VALUE
    [ "$(slapd_values "$(node_entry "$1")" "$2")" = "$3" ]
}
node_since() { slapd_values "$(node_entry "$1")" sstNodeStatusSince; }
node_state() { # NODE STATE
    printf 'dn: sstNodeType=VM-Node,ou=node-types,%s\nchangetype: modify\nreplace: sstNodeState\nsstNodeState: %s\n' \
        "$(node_entry "$1")" "$2" | site_modify
}
stale_as() { # COUNT REGEX
    snapshot "$TAP_DIR/now"
    [ "$(cut -d'|' -f4 "$TAP_DIR/now" | grep -Ec -- "$2")" = "$1" ] || { cut -d'|' -f4 "$TAP_DIR/now" | sort | uniq -c; return 1; }
}
node_writes() { # modifies of node entries since the last call, in WRITES
    local all
    all=$(slapd_as_root ldapsearch -LLL -b cn=log "(&(objectClass=auditModify)(reqResult=0))" reqDN |
        grep -c '^reqDN: sstNode=')
    WRITES=$((all - ${NODE_WRITES:-0})) NODE_WRITES=$all
}

plan 28
daemon_start one "$conf"
follows 'all run' all_run
follows 'a node says that it is reachable' node_is 1 sstNodeStatusReachable TRUE
follows 'and how many run there' node_is 1 sstNodeStatusDomains 10

# --- the count follows events, not only complete reads (the next one is minutes away)
node_writes
world 1 destroy "$(vm_uuid 3)"
follows 'one stops: one less' node_is 1 sstNodeStatusDomains 9
world 1 start "$(vm_uuid 3)"
follows 'and starts: one more' node_is 1 sstNodeStatusDomains 10
follows 'all run' all_run
node_writes
is "$WRITES" 2 'two writes'
world 1 pause "$(vm_uuid 3)"
follows 'one is paused' status_is 3 Paused
world 1 resume "$(vm_uuid 3)"
follows 'and resumed' status_is 3 Running
for what in destroy start; do world 1 every 1 $what; done # the writes of the first meet the second
follows 'all stop and start' all_run
follows 'ten run still' node_is 1 sstNodeStatusDomains 10
node_writes
ok "for which there is little to write ($WRITES)" test "$WRITES" -le $((4 * SLOW))

# --- maintenance
since=$(node_since 1)
daemon_mark one
node_state 1 maintenance
vm_set 15 sstDisplayName later # comes after it
follows 'a node is put into maintenance' daemon_said one "entry changed dn=.*$(vm_uuid 15)"
libvirtd_freeze "$(node_dir 1)"
follows 'a node in maintenance is silent: stale, and the reason says so' stale_as 10 'node state maintenance'
like "$(daemon_said one '(warning|notice): node is not reachable')" '^statesync: notice: .* node=vm-node-01[^ ]* node_state=maintenance ' \
    'the log says so as what it is: no warning'
follows 'and its entry' node_is 1 sstNodeStatusReachable FALSE
not_ok 'since another time' test "$since" = "$(node_since 1)"
node_state 1 active
libvirtd_thaw "$(node_dir 1)"
follows 'it is back' node_is 1 sstNodeStatusReachable TRUE
follows 'and all are fresh' all_run

# --- a node comes
daemon_mark one
site_world 3 0 running
slapd_search "$(node_entry 2)" sub '(objectClass=*)' '*' | sed '/^sstNodeStatus/d; /^objectClass: sstVirtualizationNodeStatusObject/d
    s/vm-node-02/vm-node-03/g; s/10\.1\.130\.12/10.1.130.13/; s/^dn:.*/&\nchangetype: add/' | site_modify
follows 'a node is added: it is watched' daemon_said one 'node is watched node=vm-node-03'
follows 'and published' node_is 3 sstNodeStatusReachable TRUE
world 3 define "$(vm_uuid 30)" && world 3 start "$(vm_uuid 30)"
follows 'a domain without an entry is an orphan' \
    eval 'slapd_values "$(node_entry 3)" sstNodeStatusAlarm | grep orphan'
slapd_search "$(vm_dn 12)" base '(objectClass=*)' '*' |
    sed -E "/^sstVirtualMachine(AllowedAction|One|Requested|Status)|: sstVirtualMachineStatusObject/d
        s/$(vm_uuid 12)/$(vm_uuid 30)/; s/vm-node-02/vm-node-03/; s/^dn:.*/&\nchangetype: add/" | site_modify
follows 'its entry is added: it runs' status_is 30 Running
follows 'and is no orphan any more' eval '! slapd_values "$(node_entry 3)" sstNodeStatusAlarm | grep orphan'

# --- and goes
slapd_search "$(node_entry 3)" sub '(objectClass=*)' 1.1 | sed -n 's/^dn: //p' | tac |
    sed 's/.*/dn: &\nchangetype: delete\n/' | site_modify
follows 'a node is removed: it is not watched any more' daemon_said one 'node is not watched any more.* node=vm-node-03'
follows 'what ran there is stale, and nothing else' stale_as 1 'vm-node-03.*unknown-node'
is "$(vm_get 30 sstVirtualMachineStatus)" Running 'its status stands'
daemon_stop one
is "$STATUS" 0 'it ends well'
