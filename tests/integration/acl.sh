# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# etc/slapd-access.conf and .ldif: the identity of statesync can write exactly
# what it has to, though the site's own rules (here) let every user write all.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/lib/slapd.sh"
. "$STATESYNC_SRCDIR/tests/lib/schema.sh"
missing=$(slapd_missing)
[ -z "$missing" ] || skip_all "$missing"

etc=$STATESYNC_SRCDIR/etc
base=ou=virtualization,ou=services,dc=stoney-cloud,dc=org
vms="ou=virtual machines,$base"
vm="sstVirtualMachine=11111111-0000-4000-8000-000000000001,$vms"
vm2="sstVirtualMachine=11111111-0000-4000-8000-000000000002,$vms"
template="sstVirtualMachine=22222222-0000-4000-8000-000000000003,$vms"
golden="sstVirtualMachine=22222222-0000-4000-8000-000000000002,$vms"
backed="sstVirtualMachine=11111111-0000-4000-8000-000000000014,$vms"
node="sstNode=vm-node-01.example.org,ou=nodes,$base"
profile="sstVirtualMachine=default,ou=en-US,ou=x86_64,ou=Debian,ou=linux,ou=virtual machine profiles,$base"
service="cn=statesync,$base"

as() { # as ACCOUNT TOOL [ARGUMENT...]
    local account=$1 tool=$2
    shift 2
    "$tool" -x -H "$SLAPD_LDAPI" -D "cn=$account,ou=administration,$SLAPD_SUFFIX" \
        -w "$account-demo" "$@"
}

# change DN LINE...: LDIF of one modify.
change() {
    printf 'dn: %s\nchangetype: modify\n' "$1"
    shift
    printf '%s\n' "$@"
}

# cannot_write CLASS DN: attributes of the class that the identity cannot add, replace and delete.
cannot_write() {
    local attribute value
    for attribute in $(schema_attributes "$1"); do
        value=$(schema_value "$attribute")
        {
            change "$2" "replace: $attribute" && echo
            change "$2" "add: $attribute" "$attribute: $value" && echo
            change "$2" "replace: $attribute" "$attribute: $value" && echo
            change "$2" "delete: $attribute" "$attribute: $value" && echo
            change "$2" "replace: $attribute"
        } | as statesync ldapmodify >/dev/null 2>"$TAP_DIR/err" || echo "$attribute: $(cat "$TAP_DIR/err")"
    done
}

# denied NAME: the LDIF on stdin is refused to statesync for want of access.
denied() {
    local record out
    record=$(cat)
    out=$(as statesync ldapmodify <<<"$record" 2>&1)
    like "$out" "\\(50\\)" "$form: denied: $1"
}

# denied_change NAME DN LINE...
denied_change() {
    local name=$1
    shift
    denied "$name" < <(change "$@")
}

reads() { # reads DN FILTER ATTRIBUTE: as the identity sees it
    as statesync ldapsearch -LLL -o ldif-wrap=no -b "$1" -s base "$2" "$3" 2>/dev/null |
        grep -c "^$3:"
}

# The site's rules: everybody may write nearly everything.
site_conf() {
    cat "$1"
    echo 'access to attrs=userPassword by anonymous auth by users write
access to * by users write by * read'
}

check_identity() {
    local csn out

    is "$(reads "$vm" '(objectClass=*)' entryCSN)" 1 "$form: reads operational attributes"
    is "$(reads "$vm" '(objectClass=*)' sstStatus)" 1 "$form: reads a VM"
    is "$(reads "ou=int,ou=networks,$node" '(objectClass=*)' sstNetworkIPAddress)" 1 \
        "$form: reads the address of a node"
    is "$(reads "ou=20260101T030000Z,ou=backup,$backed" '(objectClass=*)' sstProvisioningMode)" 1 \
        "$form: reads a backup"
    is "$(reads "$vm" '(objectClass=*)' sstSpicePassword)" 0 "$form: does not read console passwords"
    is "$(reads "cn=operator,ou=administration,$SLAPD_SUFFIX" '(objectClass=*)' cn)" 0 \
        "$form: does not read outside the base"
    is "$(reads '' '(objectClass=*)' supportedControl | sed 's/[1-9][0-9]*/many/')" many \
        "$form: reads the root DSE"
    is "$(reads cn=Subschema '(objectClass=*)' attributeTypes | sed 's/[1-9][0-9]*/many/')" many \
        "$form: reads the schema"

    # objectClass, the attributes, the condition and the answer: one modify, as a pass sends it
    csn=$(slapd_values "$vm" entryCSN)
    out=$(change "$vm" 'add: objectClass' 'objectClass: sstVirtualMachineStatusObject' - \
        'replace: sstVirtualMachineStatus' 'sstVirtualMachineStatus: Running' - \
        'replace: sstVirtualMachineStatusState' 'sstVirtualMachineStatusState: Running' |
        as statesync ldapmodify -e "!assert=(entryCSN=$csn)" -e '!postread=entryCSN,entryUUID' 2>&1)
    is "$?" 0 "$form: class and attributes with assertion and post-read"
    like "$out" "entryCSN: $(slapd_values "$vm" entryCSN | sed 's/[.#]/./g')" \
        "$form: the post-read tells the new entryCSN"
    out=$(change "$vm" 'replace: sstVirtualMachineStatus' 'sstVirtualMachineStatus: Stopped' |
        as statesync ldapmodify -e "!assert=(entryCSN=$csn)" 2>&1)
    like "$out" '\(122\)' "$form: an assertion that does not hold says so (122)"
    is "$(cannot_write sstVirtualMachineStatusObject "$vm")" '' "$form: writes every attribute of a VM"
    ok "$form: writes a status in another language" as statesync ldapmodify <<<"$(
        change "$vm" 'replace: sstVirtualMachineStatus;lang-de' 'sstVirtualMachineStatus;lang-de: x' - \
            'delete: sstVirtualMachineStatus;lang-de')"
    ok "$form: adds the class to a node" as statesync ldapmodify <<<"$(
        change "$node" 'add: objectClass' 'objectClass: sstVirtualizationNodeStatusObject')"
    is "$(cannot_write sstVirtualizationNodeStatusObject "$node")" '' \
        "$form: writes every attribute of a node"
    ok "$form: makes the service entry" as statesync ldapadd <<-LDIF
	dn: $service
	objectClass: sstStateSyncService
	cn: statesync
	sstStateSyncLeaseHolder: test
	LDIF
    is "$(cannot_write sstStateSyncService "$service")" '' "$form: writes every attribute of the service"
}

check_denied() {
    local attribute

    denied_change 'add a class by name, not ours' "$vm2" 'add: objectClass' 'objectClass: uidObject' - \
        'add: uid' 'uid: x'
    denied_change 'add the class of nodes to a VM' "$vm2" 'add: objectClass' \
        'objectClass: sstVirtualizationNodeStatusObject'
    denied_change 'replace the classes' "$vm" 'replace: objectClass' \
        'objectClass: sstVirtualizationVirtualMachine' 'objectClass: sstVirtualMachineStatusObject' \
        'objectClass: sstRelationship' 'objectClass: sstSpice' 'objectClass: labeledURIObject'
    denied_change 'remove a class' "$vm" 'delete: objectClass' 'objectClass: sstRelationship'
    denied_change 'add our class and another at once' "$vm2" 'add: objectClass' \
        'objectClass: sstVirtualMachineStatusObject' 'objectClass: uidObject'
    while IFS='|' read -r attribute value; do
        denied_change "replace $attribute" "$vm" "replace: $attribute" "$attribute: $value"
    done <<-'TABLE'
	sstStatus|shutdown
	sstNode|vm-node-02.example.org
	sstMigrationNode|vm-node-02.example.org
	sstVirtualMachineMode|do not use
	sstThinProvisioningVirtualMachine|11111111-0000-4000-8000-000000000001
	sstVirtualMachineType|dynamic
	sstDisplayName|other
	sstSpicePassword|other
	sstMemory|1
	description|other
	TABLE
    denied_change 'delete sstMigrationNode' \
        "sstVirtualMachine=11111111-0000-4000-8000-000000000011,$vms" 'delete: sstMigrationNode'
    denied_change 'one good and one bad change' "$vm" 'replace: sstVirtualMachineStatus' \
        'sstVirtualMachineStatus: Stopped' - 'replace: sstStatus' 'sstStatus: shutdown'
    is "$(slapd_values "$vm" sstVirtualMachineStatus)" '' "$form: and nothing of it was done"
    denied 'delete a VM' <<<"dn: ou=devices,$vm
changetype: delete"
    denied 'delete the service entry' <<<"dn: $service
changetype: delete"
    denied 'rename a VM' <<<"dn: $vm
changetype: modrdn
newrdn: sstVirtualMachine=99999999-0000-4000-8000-000000000001
deleteoldrdn: 1"
    denied 'move an entry below the base' <<<"dn: $node
changetype: modrdn
newrdn: sstNode=vm-node-01.example.org
deleteoldrdn: 0
newsuperior: $base"
    denied 'rename the service entry' <<<"dn: $service
changetype: modrdn
newrdn: cn=other
deleteoldrdn: 1"
    denied 'add a VM' <<<"$(slapd_search "$vm2" base '(objectClass=*)' |
        sed 's/000000000002/000000000099/; /^$/d' | sed '1a changetype: add')"
    denied 'add an entry beside the service entry' <<<"dn: cn=other,$base
changetype: add
objectClass: sstStateSyncService
cn: other"
    denied 'add an entry below the service entry' <<<"dn: cn=below,$service
changetype: add
objectClass: sstStateSyncService
cn: below"
    denied 'add a backup' <<<"dn: ou=x,ou=backup,$backed
changetype: add
objectClass: organizationalUnit
ou: x"
    denied_change 'write a backup' "ou=20260101T030000Z,ou=backup,$backed" \
        'replace: sstProvisioningMode' 'sstProvisioningMode: finished'
    denied_change 'write a device' "sstDisk=vda,ou=devices,$vm" 'replace: sstDisk' 'sstDisk: vda'
    denied_change 'add our class to a profile' "$profile" 'add: objectClass' \
        'objectClass: sstVirtualMachineStatusObject'
    denied_change 'add our class to the subtree of VMs' "$vms" 'add: objectClass' \
        'objectClass: sstVirtualMachineStatusObject'
    denied_change 'write the node name of a node' "$node" 'replace: description' 'description: x'
    denied_change 'write a node state' "sstNodeType=VM-Node,ou=node-types,$node" \
        'replace: sstNodeState' 'sstNodeState: maintenance'
    denied_change 'write the password of the service entry' "$service" 'add: objectClass' \
        'objectClass: simpleSecurityObject' - 'add: userPassword' 'userPassword: x'
    denied_change 'write its own password' "cn=statesync,ou=administration,$SLAPD_SUFFIX" \
        'replace: userPassword' 'userPassword: x'
    denied_change 'write another account' "cn=operator,ou=administration,$SLAPD_SUFFIX" \
        'replace: description' 'description: x'
    denied_change 'write the suffix' "$SLAPD_SUFFIX" 'replace: description' 'description: x'
}

# The opt-in repairs: refused before, done after, and no more than that.
repair_changes() {
    change "$template" 'add: sstVirtualMachineMode' 'sstVirtualMachineMode: do not use' && echo
    change "$golden" 'delete: sstThinProvisioningVirtualMachine' \
        'sstThinProvisioningVirtualMachine: 11111111-0000-4000-8000-000000000017'
}

check_repairs() {
    ok "$form: with the repairs allowed both are done" as statesync ldapmodify <<<"$(repair_changes)"
    denied_change 'another mode' "$vm" 'add: sstVirtualMachineMode' 'sstVirtualMachineMode: ready for use'
    denied_change 'to change a mode' "$golden" 'replace: sstVirtualMachineMode' \
        'sstVirtualMachineMode: do not use'
    denied_change 'to delete a mode' "$golden" 'delete: sstVirtualMachineMode'
    denied_change 'to add to a thin list' "$golden" 'add: sstThinProvisioningVirtualMachine' \
        'sstThinProvisioningVirtualMachine: 11111111-0000-4000-8000-000000000001'
    denied_change 'still not sstStatus' "$vm" 'replace: sstStatus' 'sstStatus: shutdown'
}

plan 125
ok 'slapd-access.ldif is what slapd-access.conf makes' cmp "$etc/slapd-access.ldif" \
    <(awk -f "$etc/slapd-access.awk" "$etc/slapd-access.conf")

form=conf # with add_content_acl, form=config without
echo "add_content_acl on" >"$TAP_DIR/content.conf"
site_conf "$etc/slapd-access.conf" >"$TAP_DIR/access.conf"
slapd_start "$TAP_DIR/conf" tls=no tcp=no acl="$TAP_DIR/access.conf" \
    dbconf="$TAP_DIR/content.conf" ldif="$STATESYNC_SRCDIR/tests/data/sample.ldif" || exit 1
denied 'make the service entry with another class' <<LDIF
dn: $service
changetype: add
objectClass: sstStateSyncService
objectClass: uidObject
cn: statesync
uid: x
LDIF
check_identity
check_denied
ok "$form: everybody else is as before" as operator ldapmodify <<<"$(
    change "$vm" 'replace: sstStatus' 'sstStatus: shutdown')"
slapd_stop

form=conf+repairs
sed 's/^#\(access\|    \)/\1/' "$etc/slapd-access.conf" >"$TAP_DIR/repairs.part"
site_conf "$TAP_DIR/repairs.part" >"$TAP_DIR/access.conf"
slapd_restart "$TAP_DIR/conf" || exit 1
check_repairs
slapd_stop

form=config
cat >"$TAP_DIR/site.ldif" <<'LDIF'
dn: olcDatabase={1}mdb,cn=config
changetype: modify
replace: olcAccess
olcAccess: {0}to attrs=userPassword by anonymous auth by users write
olcAccess: {1}to * by users write by * read

LDIF
cat "$TAP_DIR/site.ldif" "$etc/slapd-access.ldif" >"$TAP_DIR/access.ldif"
slapd_start "$TAP_DIR/config" form=config tls=no tcp=no acl="$TAP_DIR/access.ldif" \
    ldif="$STATESYNC_SRCDIR/tests/data/sample.ldif" || exit 1
check_identity
check_denied
ok "$form: everybody else is as before" as operator ldapmodify <<<"$(
    change "$vm" 'replace: sstStatus' 'sstStatus: shutdown')"

form=config+repairs
sed -n '/^#dn: /,$p' "$etc/slapd-access.ldif" | sed '/^# [^ ]/d; s/^#//' >"$TAP_DIR/repairs.ldif"
ok "$form: the repairs are added to a running server" \
    ldapmodify -Q -Y EXTERNAL -H "$SLAPD_LDAPI" -f "$TAP_DIR/repairs.ldif"
check_repairs
