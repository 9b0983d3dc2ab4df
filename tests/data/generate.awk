# SPDX-License-Identifier: GPL-2.0-or-later
#
# The sample site: see sample.table.  awk -v out=DIR -f generate.awk sample.table

function trim(text)
{
    sub(/^[ \t]+/, "", text)
    sub(/[ \t]+$/, "", text)
    return text
}

function die(text)
{
    printf "%s:%d: %s\n", FILENAME, FNR, text > "/dev/stderr"
    exit 1
}

function node_name(n) { return sprintf("vm-node-%02d.example.org", n) }

function uuid_of(kind, n)
{
    return sprintf("%s-0000-4000-8000-%012d", kind == "vm" ? "11111111" : "22222222", n)
}

function ldif(text) { printf "%s\n", text > ldif_file }

function url(dn)
{
    gsub(/ /, "%20", dn)
    return "ldap:///" dn
}

function entry(dn, classes,    n, i, name)
{
    ldif((begun++ ? "\n" : "") "dn: " dn)
    n = split("top " classes, name, " ")
    for (i = 1; i <= n; i++)
        ldif("objectClass: " name[i])
}

function unit(name, parent)
{
    entry("ou=" name "," parent, "organizationalUnit")
    ldif("ou: " name)
}

function account(name, password)
{
    entry("cn=" name ",ou=administration," suffix, "organizationalRole simpleSecurityObject")
    ldif("cn: " name "\nuserPassword: " password)
}

function node_entries(n,    dn, i, net)
{
    dn = "sstNode=" node_name(n) ",ou=nodes," base
    entry(dn, "sstVirtualizationNode sstRelationship labeledURIObject")
    ldif("sstNode: " node_name(n) "\nsstBelongsToResellerUID: 4000000")
    ldif("labeledURI: " url("ou=virtual machines," base) "??sub?(sstNode=" node_name(n) ")")
    unit("networks", dn)
    for (i = 1; i <= 2; i++) {
        net = i == 1 ? "int" : "pub"
        entry("ou=" net ",ou=networks," dn, "organizationalUnit sstNetworkNode")
        ldif("ou: " net "\nsstNetworkIPAddress: " (i == 1 ? "10.1.130." : "192.0.2.") (10 + n))
    }
    unit("node-types", dn)
    entry("sstNodeType=VM-Node,ou=node-types," dn, "sstTypeNode")
    ldif("sstNodeType: VM-Node\nsstNodeSubType: KVM\nsstNodeState: active")
}

function pool(uuid, name, type, golden,    dn, n)
{
    dn = "sstVirtualMachinePool=" uuid ",ou=virtual machine pools," base
    entry(dn, "sstVirtualMachines sstRelationship" \
        (type == "dynamic" ? " sstVirtualMachinePoolDynamicObjectClass" : ""))
    ldif("sstVirtualMachinePool: " uuid "\nsstDisplayName: " name)
    ldif("sstVirtualMachinePoolType: " type "\nsstBelongsToResellerUID: 4000000")
    if (type == "dynamic")
        ldif("sstBrokerMinimalNumberOfVirtualMachines: 5\n" \
            "sstBrokerMaximalNumberOfVirtualMachines: 20\n" \
            "sstBrokerPreStartNumberOfVirtualMachines: 3\nsstActiveGoldenImage: " golden)
    unit("nodes", dn)
    for (n = 1; n <= 3; n++) {
        entry("ou=" node_name(n) ",ou=nodes," dn, "organizationalUnit labeledURIObject")
        ldif("ou: " node_name(n) "\nlabeledURI: " url("sstNode=" node_name(n) ",ou=nodes," base))
    }
}

# What machines, templates and profiles share.
function machine(uuid, name, type, subtype, pool_uuid, node, intent, port)
{
    ldif("sstVirtualMachine: " uuid "\nsstDisplayName: " name)
    ldif("sstVirtualMachineType: " type "\nsstVirtualMachineSubType: " subtype)
    ldif("sstVirtualMachinePool: " pool_uuid "\nsstNode: " node "\nsstStatus: " intent)
    ldif("sstMemory: 1073741824\nsstVCPU: 1\nsstType: kvm\nsstOSType: hvm")
    ldif("sstOSArchitecture: x86_64\nsstOSMachine: pc-1.3\nsstOSBootDevice: hd")
    ldif("sstClockOffset: utc\nsstFeature: acpi\nsstFeature: pae")
    ldif("sstOnPowerOff: destroy\nsstOnReboot: restart\nsstOnCrash: destroy")
    ldif("sstSpicePort: " port "\nsstSpicePassword: console-" port)
    ldif("sstBelongsToResellerUID: 4000000\nsstBelongsToCustomerUID: 4000001")
}

function disk_file(kind, uuid)
{
    return "/var/virtualization/" (kind == "vm" ? "vm-persistent" : "vm-templates") "/" uuid ".qcow2"
}

function disk_entries(dn, kind, uuid)
{
    entry("ou=devices," dn, "organizationalUnit sstVirtualizationVirtualMachineDevices")
    ldif("ou: devices\nsstEmulator: /usr/bin/qemu-system-x86_64\nsstMemBalloon: virtio")
    entry("sstDisk=vda,ou=devices," dn, "sstVirtualizationVirtualMachineDisk")
    ldif("sstDisk: vda\nsstDevice: disk\nsstType: file\nsstTargetBus: virtio\nsstDriverName: qemu")
    ldif("sstDriverType: qcow2\nsstVolumeCapacity: 10737418240")
    ldif("sstSourceFile: " disk_file(kind, uuid))
}

function backup_entries(dn, mode,    stamp)
{
    stamp = "20260101T030000Z"
    unit("backup", dn)
    entry("ou=" stamp ",ou=backup," dn, "organizationalUnit sstProvisioning")
    ldif("ou: " stamp "\nsstProvisioningExecutionDate: 0\nsstProvisioningMode: " mode)
    ldif("sstProvisioningState: 0\nsstProvisioningReturnValue: 0")
    ldif("sstProvisioningExecutionTime: snapshot: 0\nsstProvisioningExecutionTime: merge: 0")
}

function domain(node, kind, uuid, name, state, saved,    file)
{
    if (!(state in runstate))
        die("unknown state " state)
    file = disk_file(kind, uuid)
    xml[node] = xml[node] "  <domain type='test'>\n" \
        "    <test:runstate>" runstate[state] "</test:runstate>\n" \
        (saved ? "    <test:hasmanagedsave/>\n" : "") \
        "    <name>" uuid "</name>\n    <uuid>" uuid "</uuid>\n    <title>" name "</title>\n" \
        "    <memory unit='MiB'>1024</memory>\n    <vcpu>1</vcpu>\n" \
        "    <os><type arch='x86_64'>hvm</type></os>\n    <devices>\n" \
        "      <disk type='file' device='disk'>\n        <driver name='qemu' type='qcow2'/>\n" \
        "        <source file='" file "'/>\n" \
        (streaming[uuid] ? "        <backingStore type='file'>\n" \
        "          <format type='qcow2'/>\n          <source file='" streaming[uuid] "'/>\n" \
        "          <backingStore/>\n        </backingStore>\n" : "") \
        "        <target dev='vda' bus='virtio'/>\n      </disk>\n    </devices>\n  </domain>\n"
}

function line_entries(i,    kind, number, uuid, dn, type, subtype, pool_uuid, n, part, k, at, saved,
    word, list, m, j)
{
    kind = kind_of[i]
    number = number_of[i]
    uuid = uuid_of(kind, number)
    dn = "sstVirtualMachine=" uuid ",ou=virtual machines," base
    subtype = kind == "vm" ? "Server" : "VM-Template"
    type = kind == "vm" ? "persistent" : "template"
    pool_uuid = kind == "vm" ? pool_persistent : pool_template
    delete word
    n = split(extras_of[i], part, ";")
    for (k = 1; k <= n; k++) {
        at = index(part[k], "=")
        word[trim(substr(part[k], 1, at - 1))] = trim(substr(part[k], at + 1))
    }
    if ("subtype" in word) {
        subtype = word["subtype"]
        type = "dynamic"
        pool_uuid = pool_dynamic
    }
    entry(dn, "sstVirtualizationVirtualMachine sstRelationship sstSpice labeledURIObject" \
        ("request" in word ? " sstVirtualMachineStatusObject" : ""))
    machine(uuid, kind == "vm" ? name_of[i] ".example.org" : name_of[i], type, subtype, pool_uuid, node_name(home_of[i]), intent_of[i],
        5900 + (kind == "vm" ? 0 : 50) + number)
    ldif("labeledURI: " url(profile_dn))
    if (kind == "vm")
        ldif("sstNetworkHostname: " name_of[i] "\nsstNetworkDomainName: example.org")
    if ("mode" in word)
        ldif("sstVirtualMachineMode: " word["mode"])
    if ("target" in word)
        ldif("sstMigrationNode: " node_name(word["target"]) "\nsstMigrationSpicePort: 5999")
    if ("request" in word)
        ldif("sstVirtualMachineRequestedAction: " word["request"])
    m = split(word["streams"], list, ",")
    for (j = 1; j <= m; j++)
        ldif("sstThinProvisioningVirtualMachine: " uuid_of("vm", list[j]))
    disk_entries(dn, kind, uuid)
    if ("backup" in word)
        backup_entries(dn, word["backup"])
    n = split(domains_of[i], part, " ")
    for (k = 1; k <= n; k++) {
        split(part[k], at_state, "=")
        saved = sub(/\+save$/, "", at_state[2])
        domain(at_state[1], kind, uuid, name_of[i], at_state[2], saved)
    }
    printf "%s\t%s\n", uuid, status_of[i] > (out "/sample.expected")
}

BEGIN {
    FS = "|"
    split("nostate running blocked paused shutdown shutoff crashed pmsuspended", word_list, " ")
    for (i = 1; i <= 8; i++)
        runstate[word_list[i]] = i - 1
    suffix = "dc=stoney-cloud,dc=org"
    base = "ou=virtualization,ou=services," suffix
    pool_persistent = "44444444-0000-4000-8000-000000000001"
    pool_dynamic = "44444444-0000-4000-8000-000000000002"
    pool_template = "44444444-0000-4000-8000-000000000003"
    profile_dn = "sstVirtualMachine=default,ou=en-US,ou=x86_64,ou=Debian,ou=linux," \
        "ou=virtual machine profiles," base
    ldif_file = out "/sample.ldif"
}

/^[ \t]*$/ || /^#/ { next }

{
    if (NF != 7 || split(trim($1), head, " +") != 2 || (head[1] != "vm" && head[1] != "template"))
        die("not understood")
    n_lines++
    kind_of[n_lines] = head[1]
    number_of[n_lines] = head[2]
    name_of[n_lines] = trim($2)
    home_of[n_lines] = trim($3)
    intent_of[n_lines] = trim($4)
    domains_of[n_lines] = trim($5)
    extras_of[n_lines] = trim($6)
    status_of[n_lines] = trim($7)
    if (match($6, /streams=[0-9,]+/)) {
        n_listed = split(substr($6, RSTART + 8, RLENGTH - 8), listed, ",")
        for (i = 1; i <= n_listed; i++)
            streaming[uuid_of("vm", listed[i])] = disk_file(head[1], uuid_of(head[1], head[2]))
    }
}

END {
    if (!n_lines)
        exit 1
    ldif("# SPDX-License-Identifier: GPL-2.0-or-later\n# Made from sample.table by generate.")
    entry(suffix, "organization dcObject")
    ldif("o: stoney cloud\ndc: stoney-cloud")
    unit("administration", suffix)
    account("statesync", "statesync-demo")
    account("operator", "operator-demo")
    unit("services", suffix)
    unit("virtualization", "ou=services," suffix)
    unit("nodes", base)
    for (i = 1; i <= 3; i++)
        node_entries(i)
    unit("virtual machine pools", base)
    pool(pool_persistent, "persistent-virtual-machine-pool-01", "persistent")
    pool(pool_dynamic, "dynamic-virtual-machine-pool-01", "dynamic", uuid_of("vm", 20))
    pool(pool_template, "template-virtual-machine-pool-01", "template")
    unit("virtual machine profiles", base)
    unit("linux", "ou=virtual machine profiles," base)
    unit("Debian", "ou=linux,ou=virtual machine profiles," base)
    unit("x86_64", "ou=Debian,ou=linux,ou=virtual machine profiles," base)
    unit("en-US", "ou=x86_64,ou=Debian,ou=linux,ou=virtual machine profiles," base)
    entry(profile_dn, "sstVirtualizationVirtualMachine sstRelationship sstSpice")
    machine("default", "TBD_GUI", "profile", "VM-Profile", "0", "TBD_GUI", "TBD_SYSTEM", 0)
    unit("virtual machines", base)
    for (i = 1; i <= n_lines; i++)
        line_entries(i)
    for (i = 1; i <= 3; i++) {
        printf "<?xml version='1.0'?>\n<!-- Made from sample.table by generate. -->\n" \
            "<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>\n%s" \
            "  <cpu>\n    <mhz>2400</mhz>\n    <model>x86_64</model>\n    <active>2</active>\n" \
            "    <nodes>1</nodes>\n    <sockets>1</sockets>\n    <cores>2</cores>\n" \
            "    <threads>1</threads>\n  </cpu>\n  <memory>33554432</memory>\n</node>\n",
            xml[i] > (out "/" sprintf("node-%02d.xml", i))
    }
}
