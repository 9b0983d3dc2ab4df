# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The schema files are what their tables say, and the tables are sound.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"

schema=$STATESYNC_SRCDIR/schema
arc=2.25.247450196124176689677726573847195405074

# The UUID of the table as one number, by long division in base 10^6.
uuid_as_number() {
    sed -n 's/^# *UUID //p' "$schema/statesync.table" | awk '{
        gsub("-", ""); n = 8
        for (i = 1; i <= length($0); i++) {
            carry = index("0123456789abcdef", substr($0, i, 1)) - 1
            for (k = n; k >= 1; k--) {
                carry += digits[k] * 16
                digits[k] = carry % 1000000
                carry = int(carry / 1000000)
            }
        }
        for (k = 1; k <= n; k++) out = out sprintf("%06d", digits[k])
        sub(/^0+/, "", out)
        print out
    }'
}

# All OIDs that FILE defines.
oids() {
    sed -n 's/^[a-zA-Z]*:* *( \([0-9.]*\)$/\1/p' "$1"
}

# Runs the generator over a table with one more line; it must refuse it.
refuses() {
    { cat "$schema/statesync.table"; printf '%b\n' "$2"; } >"$TAP_DIR/bad.table"
    not_ok "a table with $1 is refused" \
        awk -v form=schema -v name=bad -f "$schema/generate.awk" "$TAP_DIR/bad.table"
}

plan 25

ok 'the generator runs' "$schema/generate" "$TAP_DIR"
for file in statesync.schema statesync.ldif stoney-compat.schema stoney-compat.ldif; do
    ok "$file is what its table makes" cmp "$schema/$file" "$TAP_DIR/$file"
done

is "2.25.$(uuid_as_number)" "$arc" 'the arc is the UUID of the project'
is "$(oids "$schema/statesync.schema" | grep -cvF "$arc.")" 0 'statesync allocates in its own arc only'
is "$(oids "$schema/statesync.schema")" "$(oids "$schema/statesync.ldif")" \
    'both forms define the same identifiers'
is "$(oids "$schema/statesync.schema" | sort | uniq -d)" '' 'no identifier is defined twice'
is "$(oids "$schema/stoney-compat.schema" | grep -cvF 1.3.6.1.4.1.22621.1.)" 0 \
    'stoney-compat uses the numbers of the original'
is "$(sed -n "s/.*NAME '\(.*\)'/\1/p" "$schema"/*.schema | tr A-Z a-z | sort | uniq -d)" '' \
    'the two schemas share no name'
is "$(awk 'length($0) > 80 && /^  [^D]/' "$schema/statesync.ldif")" '' 'only descriptions are long lines'

refuses 'an unknown type' 'attribute 900 sstX texts one\n\tText.'
refuses 'a number given out twice' 'attribute 1 sstX text one\n\tText.'
refuses 'a name given out twice' 'attribute 900 sstStateSyncHeld text one\n\tText.'
refuses 'no description' 'attribute 900 sstX text one\nclass 900 sstY auxiliary\n\tText.'
refuses 'an undefined attribute in a class' 'class 900 sstY auxiliary\n\tText.\n\tmay sstNowhere'
refuses 'a quote' "attribute 900 sstX text one\n\tIt's."
refuses 'a line that is not understood' 'attribut 900 sstX text one'

# The program knows exactly these attributes.
# shellcheck source=tests/lib/schema.sh
. "$STATESYNC_SRCDIR/tests/lib/schema.sh"
own() {
    sed -n "s/.*X([A-Z_]*, \"\(sst[A-Za-z]*\)\", '$1').*/\1/p" \
        "$STATESYNC_SRCDIR/src/engine/attributes.h" | sort
}
is "$(own o)" "$(schema_attributes sstVirtualMachineStatusObject | sort)" \
    'the engine and the schema name the same attributes of a VM'
is "$(own p)" "$(schema_attributes sstVirtualizationNodeStatusObject | sort)" \
    'the engine and the schema name the same attributes of a node'
is "$(sed -n 's/^#define SERVICE_[A-Z_]* "\(sst.*\)"$/\1/p' \
    "$STATESYNC_SRCDIR/src/directory/service_entry.h" | sort)" \
    "$(schema_attributes sstStateSyncService | sort)" \
    'the directory room and the schema name the same attributes of the service'

# What people see.
is "$(grep "^    DESC .*," "$schema/statesync.schema")" '' 'no description has a comma: phpLDAPadmin leaves them out'
is "$(sed -n '/^attributetype/,/^$/{/DESC/p}' "$schema/statesync.schema" | grep -v 'Written by')" '' \
    'the description of an attribute says who writes it'
is "$(sed -n "s/^    '\(sst[A-Za-z]*\)' => .*/\1/p" "$STATESYNC_SRCDIR/etc/phpldapadmin.php" | grep -vx sstDisplayName | sort)" \
    "$(sed -n "/^attributetype/,/^$/s/^    NAME '\(.*\)'/\1/p" "$schema/statesync.schema" | sort)" \
    'the example for phpLDAPadmin has each attribute once'
