# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Both forms of the schema load into a real slapd, beside the compatible schema
# and beside the original one, and take exactly the values they should.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/lib/slapd.sh"
. "$STATESYNC_SRCDIR/tests/lib/schema.sh"
missing=$(slapd_missing)
[ -z "$missing" ] || skip_all "$missing"

schema=$STATESYNC_SRCDIR/schema
standard='core cosine inetorgperson'
vm='sstVirtualMachine=11111111-0000-4000-8000-000000000001,ou=virtual machines,ou=virtualization,ou=services,dc=stoney-cloud,dc=org'
node='sstNode=vm-node-01.example.org,ou=nodes,ou=virtualization,ou=services,dc=stoney-cloud,dc=org'
service='cn=statesync,ou=virtualization,ou=services,dc=stoney-cloud,dc=org'

# modify DN CHANGE-LINE...: ldapmodify as the root DN.
modify() {
    local dn=$1
    shift
    { printf 'dn: %s\nchangetype: modify\n' "$dn"; printf '%s\n' "$@"; } | slapd_as_root ldapmodify
}

# set_all DN CLASS: adds the class and a value of every attribute in one modify.
set_all() {
    local attribute lines=(add:\ objectClass "objectClass: $2" -)
    for attribute in $(schema_attributes "$2"); do
        lines+=("add: $attribute" "$attribute: $(schema_value "$attribute")" -)
    done
    modify "$1" "${lines[@]}"
}

# missing_values DN CLASS: attributes of the class that the entry does not have.
missing_values() {
    local entry attribute
    entry=$(slapd_search "$1" base '(objectClass=*)')
    for attribute in $(schema_attributes "$2"); do
        grep -q "^$attribute: " <<<"$entry" || echo "$attribute"
    done
}

# refused CODE NAME ATTRIBUTE-LINE...: the VM entry does not take this value.
refused() {
    local code=$1 name=$2 out
    shift 2
    out=$(modify "$vm" "$@" 2>&1)
    like "$out" "\\($code\\)" "refused: $name"
}

original=${STATESYNC_STONEY_SCHEMA:-} # the schema file of a stoney installation
plan $((${original:+8} + 62))

# --- silent tools ------------------------------------------------------------

conf_with() {
    local name
    for name; do echo "include $(slapd_schema_path "$name").schema"; done
    printf 'modulepath %s\nmoduleload back_mdb\ndatabase mdb\nsuffix dc=t\ndirectory %s\n' \
        "$SLAPD_MODULES" "$TAP_DIR/db"
}
mkdir "$TAP_DIR/db"

for beside in '' stoney-compat; do
    # shellcheck disable=SC2086
    conf_with $standard $beside statesync >"$TAP_DIR/silent.conf"
    out=$(slaptest -u -f "$TAP_DIR/silent.conf" 2>&1)
    is "$?/$out" '0/config file testing succeeded' "slaptest says nothing else (with: ${beside:-nothing})"
done
conf_with core statesync >"$TAP_DIR/silent.conf"
ok 'core.schema is all that statesync.schema needs' slaptest -Q -u -f "$TAP_DIR/silent.conf"


# --- the sample directory, with each form, and with the original schema -------

# try NAME OPTION...: a server with the sample directory; writes all attributes.
try() {
    local name=$1 attribute how out
    shift
    if ! slapd_start "$TAP_DIR/$name" tcp=no tls=no \
        ldif="$STATESYNC_SRCDIR/tests/data/sample.ldif" "$@"; then
        fail "$name: slapd starts with the sample directory"
        exit 1
    fi
    pass "$name: slapd starts with the sample directory"
    ok "$name: a VM takes every attribute of the class" set_all "$vm" sstVirtualMachineStatusObject
    is "$(missing_values "$vm" sstVirtualMachineStatusObject)" '' "$name: and keeps them"
    ok "$name: a node takes every attribute of the class" set_all "$node" \
        sstVirtualizationNodeStatusObject
    is "$(missing_values "$node" sstVirtualizationNodeStatusObject)" '' "$name: and keeps them"
    ok "$name: the service entry can be made" slapd_as_root ldapadd <<-LDIF
	dn: $service
	objectClass: sstStateSyncService
	cn: statesync
	description: test
	LDIF
    for attribute in $(schema_attributes sstStateSyncService); do
        modify "$service" "add: $attribute" "$attribute: $(schema_value "$attribute")" >/dev/null
    done
    is "$(missing_values "$service" sstStateSyncService)" '' "$name: and takes every attribute"
    if [ -d "$SLAPD_DIR/slapd.d" ]; then how=(-F "$SLAPD_DIR/slapd.d"); else how=(-f "$SLAPD_DIR/slapd.conf"); fi
    slapd_stop
    out=$(slapschema "${how[@]}" -b "$SLAPD_SUFFIX" 2>&1)
    is "$?/$out" 0/ "$name: slapschema finds nothing"
}

try conf form=conf
try config form=config

if [ -n "$original" ]; then
    # shellcheck disable=SC2086
    conf_with $standard nis "${original%.schema}" statesync >"$TAP_DIR/silent.conf"
    out=$(slaptest -u -f "$TAP_DIR/silent.conf" 2>&1)
    is "$?/$out" '0/config file testing succeeded' 'slaptest says nothing else beside the original'
    try original form=conf schemas="$standard nis ${original%.schema} statesync"
else
    pass 'beside the original schema # SKIP STATESYNC_STONEY_SCHEMA names no file'
fi

# --- added to a server that runs, then which values it takes ------------------

sed '/sstVirtualMachineStatusObject/d; /^sstVirtualMachineRequestedAction/d' \
    "$STATESYNC_SRCDIR/tests/data/sample.ldif" >"$TAP_DIR/plain.ldif"
slapd_start "$TAP_DIR/live" form=config tcp=no tls=no schemas="$standard stoney-compat" \
    ldif="$TAP_DIR/plain.ldif" || exit 1
not_ok 'live: without the schema the class is refused' set_all "$vm" sstVirtualMachineStatusObject
ok 'live: statesync.ldif is added to cn=config of a running server' \
    ldapadd -Q -Y EXTERNAL -H "$SLAPD_LDAPI" -f "$schema/statesync.ldif"
out=$(modify "$vm" 'add: sstVirtualMachineStatus' 'sstVirtualMachineStatus: Running' 2>&1)
like "$out" '\(65\)' 'refused: our attributes without our class'
ok 'live: with the class every attribute is taken' set_all "$vm" sstVirtualMachineStatusObject
refused 20 'the class a second time' 'add: objectClass' 'objectClass: sstVirtualMachineStatusObject'
refused 20 'the class a second time, in other letters' 'add: objectClass' \
    'objectClass: SSTVIRTUALMACHINESTATUSOBJECT'

# attribute, what is refused, the value in base64 or as it is
while IFS='|' read -r code attribute what value; do
    refused "$code" "$attribute: $what" "replace: $attribute" "$attribute:$value"
done <<'TABLE'
21|sstVirtualMachineStatusState|beyond ASCII|: TMOkdWZ0
21|sstVirtualMachineStatusActivity|beyond ASCII|: c2ljaGVybmTDpA==
21|sstVirtualMachineStatusNode|beyond ASCII|: bsO2ZGU=
21|sstVirtualMachineAllowedAction|beyond ASCII|: w6RuZGVybg==
21|sstVirtualMachineStatus|bytes that are not UTF-8|: TORmdA==
21|sstVirtualMachineStatusReason|an empty value|
21|sstVirtualMachineStatusProgress|a fraction| 5.1
21|sstVirtualMachineStatusProgress|a leading zero| 051
21|sstVirtualMachineOneState|a word| ACTIVE
21|sstVirtualMachineStatusActive|small letters| true
21|sstVirtualMachineStatusSince|no time zone| 20260101000000
21|sstVirtualMachineStatusSince|another notation| 2026-01-01T00:00:00Z
21|sstVirtualMachineRequestedSince|seconds since 1970| 1767225600
TABLE

while read -r attribute; do
    refused 19 "$attribute: a second value" "add: $attribute" "$attribute: $(schema_value "$attribute")0"
done <<'LIST'
sstVirtualMachineStatusReason
sstVirtualMachineStatusState
sstVirtualMachineRequestedAction
sstVirtualMachineOneLcmState
LIST
ok 'several alarms, details and actions are taken' modify "$vm" \
    'replace: sstVirtualMachineStatusAlarm' 'sstVirtualMachineStatusAlarm: io-error: vda' \
    'sstVirtualMachineStatusAlarm: conflict: x' - 'replace: sstVirtualMachineStatusDetail' \
    'sstVirtualMachineStatusDetail: a [1.0 %]' 'sstVirtualMachineStatusDetail: b [1.0 %]' - \
    'replace: sstVirtualMachineAllowedAction' 'sstVirtualMachineAllowedAction: start' \
    'sstVirtualMachineAllowedAction: edit'
refused 20 'details that differ in case and blanks only' 'replace: sstVirtualMachineStatusDetail' \
    'sstVirtualMachineStatusDetail: kvm-1 [5.1 %]' 'sstVirtualMachineStatusDetail: KVM-1  [5.1 %]'

# --- language options (RFC 3866) -----------------------------------------------

ok 'a status in several languages is taken' modify "$vm" \
    'replace: sstVirtualMachineStatus' 'sstVirtualMachineStatus: Running' - \
    'replace: sstVirtualMachineStatus;lang-de' 'sstVirtualMachineStatus;lang-de:: TMOkdWZ0' - \
    'replace: sstVirtualMachineStatus;lang-fr' 'sstVirtualMachineStatus;lang-fr: En marche'
refused 19 'two statuses in one language' 'add: sstVirtualMachineStatus;lang-de' \
    'sstVirtualMachineStatus;lang-de: Gestoppt'
is "$(slapd_search "$vm" base '(sstVirtualMachineStatus=en marche)' 1.1 | grep -c ^dn)" 1 \
    'a filter without options finds every language'
is "$(slapd_search "$vm" base '(sstVirtualMachineStatus;lang-de=en marche)' 1.1 | grep -c ^dn)" 0 \
    'a filter with an option finds that language only'
ok 'one language is deleted by itself' modify "$vm" 'delete: sstVirtualMachineStatus;lang-fr'
ok 'the plain status is deleted by itself' modify "$vm" 'delete: sstVirtualMachineStatus'
is "$(slapd_search "$vm" base '(objectClass=*)' sstVirtualMachineStatus | grep -v ^dn: | sed '/^$/d')" \
    'sstVirtualMachineStatus;lang-de:: TMOkdWZ0' 'the other language stays'

# --- matching rules ------------------------------------------------------------

ok 'values to look for' modify "$vm" 'replace: sstVirtualMachineStatusState' \
    'sstVirtualMachineStatusState: Shutting down' - 'replace: sstVirtualMachineStatusProgress' \
    'sstVirtualMachineStatusProgress: 51' - 'replace: sstVirtualMachineStatusSince' \
    'sstVirtualMachineStatusSince: 20260101000000.250Z' - 'replace: sstVirtualMachineStatus' \
    'sstVirtualMachineStatus: Running, streaming [5.1 %]'
while IFS='|' read -r count filter; do
    is "$(slapd_search "$vm" base "$filter" 1.1 | grep -c ^dn)" "$count" "$filter finds $count"
done <<'TABLE'
1|(sstVirtualMachineStatusState=shutting down)
1|(sstVirtualMachineStatusProgress>=6)
0|(sstVirtualMachineStatusProgress>=100)
1|(sstVirtualMachineStatusSince>=20251231235959Z)
0|(sstVirtualMachineStatusSince<=20260101000000Z)
1|(sstVirtualMachineStatus=running, stream*)
TABLE

# --- what the benchmarks use ---------------------------------------------------

slapd_stop
"$STATESYNC_SRCDIR/bench/gen-directory" --published Running --templates 10 500 3 >"$TAP_DIR/gen.ldif"
ok 'a generated directory is loaded' slapd_start "$TAP_DIR/gen" tls=no tcp=no ldif="$TAP_DIR/gen.ldif"
slapd_use "$TAP_DIR/gen" && slapd_stop "$TAP_DIR/gen"
out=$(slapschema -f "$TAP_DIR/gen/slapd.conf" -b "$SLAPD_SUFFIX" 2>&1)
is "$?/$out" 0/ 'and slapschema finds nothing in it'
is "$("$STATESYNC_SRCDIR/bench/gen-directory" --list 500 3 | cut -d' ' -f1 | sort)" \
    "$(sed -n 's/^sstVirtualMachine: //p' "$TAP_DIR/gen.ldif" | sort)" 'its list names the same machines'
