# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The sample site is what its table says, and libvirt can read its nodes.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"

data=$STATESYNC_SRCDIR/tests/data
plan 12

ok 'the generator runs' "$data/generate" "$TAP_DIR"
for file in sample.ldif sample.expected node-01.xml node-02.xml node-03.xml; do
    ok "$file is what the table makes" cmp "$data/$file" "$TAP_DIR/$file"
done
for n in 1 2 3; do
    if command -v virsh >/dev/null; then
        is "$(virsh -c "test://$data/node-0$n.xml" list --all --uuid | sort -u | grep -c .)" \
            "$(grep -c '<uuid>' "$data/node-0$n.xml")" "libvirt reads every domain of node $n"
    else
        pass "libvirt reads node $n # SKIP virsh is not installed"
    fi
done
is "$(cut -f1 "$data/sample.expected" | sort | uniq -d)" '' 'no UUID is there twice'
is "$(cut -f1 "$data/sample.expected")" \
    "$(sed -n 's/^dn: sstVirtualMachine=\([^,]*\),ou=virtual machines,.*/\1/p' "$data/sample.ldif")" \
    'every machine of the directory has an expectation'
# The rows of the tables in README.md hold the status words of the table, in the same order.
is "$(sed -n 's/^| [0-9][0-9] |.*| \([^|]*\) |$/\1/p' "$data/README.md" |
    sed 's/, for an* [a-z]*$//; s/ (.*)$//')" "$(cut -f2 "$data/sample.expected")" \
    'README.md says the same'
