# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# No English reaches who asked for another language: the commands speak one in
# which every letter of every message is an x, and what is left of letters is
# data, identifiers, or words that are typed.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"
command -v msgfmt >/dev/null || skip_all 'msgfmt is not installed (Debian: gettext)'

plan 40

# The catalog: letters become x, conversions and line ends stay.
mkdir -p "$TAP_DIR/locale/zxx/LC_MESSAGES"
perl -e '
    sub x { my $t = shift; my @k;
            $t =~ s/(%[-0-9.\$#+ ]*(?:hh?|ll?|z)?[a-zA-Z%]|\\[n"\\])/push @k, $1; "\0"/ge;
            $t =~ s/[A-Za-z]/x/g; $t =~ s/\0/shift @k/ge; $t }
    local $/ = ""; # entries are paragraphs
    print qq(msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n);
    while (<STDIN>) {
        my (%t, $at);
        for (split /\n/) {
            ($at, $_) = ($1, $2) if /^(msgid_plural|msgid|msgstr)\S* ("?.*)/;
            $t{$at} .= $1 if $at && /^"(.*)"$/;
        }
        next if ($t{msgid} // "") eq "";
        print qq(msgid "$t{msgid}"\n);
        print exists $t{msgid_plural}
            ? qq(msgid_plural "$t{msgid_plural}"\nmsgstr[0] ") . x($t{msgid}) . qq("\nmsgstr[1] ")
                . x($t{msgid_plural}) . qq("\n\n)
            : qq(msgstr ") . x($t{msgid}) . qq("\n\n);
    }' <"$STATESYNC_SRCDIR/po/stoney-statesync.pot" >"$TAP_DIR/zxx.po"
msgfmt -o "$TAP_DIR/locale/zxx/LC_MESSAGES/stoney-statesync.mo" "$TAP_DIR/zxx.po" ||
    { fail 'the catalog of x'; exit 1; }
export TEXTDOMAINDIR=$TAP_DIR/locale

# What may stand in English: names; words that are typed or published as they are; what libraries,
# libvirt and OpenNebula say.
words='statesync|start|shutdown|delete|migrate|edit|use|users|groups|toggle|persistent|dynamic|power|off'
words+='|running|booted|shutoff|paused|user|unknown|destroyed|crashed|saved|migrating|unpaused'
words+='|crashed|failed|daemon|none|refused|timeout|tls|auth|rpc|closed|no|uri|complete|partial|error'
words+='|pull|merging|snapshotting|retaining|restored|snapshot|kvm|node|vm|example|org|Debian|desktop'
words+='|duplicate|frozen|invalid|starting|stopped|unmapped|unseen|deleting|ignored|directory|machines'
words+='|objectClass|entryCSN|modifyTimestamp|labeledURIObject|top|OpenNebula|blocked'
words+='|announce|can|catalog|doctor|explain|findings|history|pause|replay|report|resume|states|watch'
words+='|poweroff|undeploy|terminate|recover|fault'
words+='|opennebula|stoney|UTC|LCM|STATE|ACTIVE|[A-Z_]{4,}|[a-z]{4}|cn|dn|ou|dc|ldap|ldapi|ms|s|h|m|d'

words+="|$(sed -n 's/^sstDisplayName: //p' "$DATA/sample.ldif" | grep -oE '[A-Za-z]{2,}' | sort -u | paste -sd'|')"
words+='|Server'

# english: the words of stdin that are left.
english() {
    sed -E 's/"[^"]*"//g; s/[A-Za-z0-9_.:-]*[0-9][A-Za-z0-9_.:-]*//g; s/[a-z-]+=[^ ,]*(, ?[a-z]+=[^ ,]*)*//g
            s#/[A-Za-z0-9_./-]+##g; s/\b[a-z]+(-[a-z]+)+\b//g; s/--?[a-z][a-z-]*//g; s/\bsst[A-Za-z]+//g' |
        grep -oE '[A-Za-z]{2,}' | grep -vE "^(x+|$words)\$" | sort -u | paste -sd' '
}

# speaks NAME COMMAND...: nothing it says is English.
speaks() {
    local name=$1
    shift
    run "$PROGRAM" --lang zxx "$@"
    is "$(printf '%s\n%s\n' "$out" "$err" | english)" '' "$name"
}

site_start
run statesync sync -c "$CONF"
speaks 'sync, which has nothing to write' sync -c "$CONF" -q
set_value "$(vm 01)" sstStatus shutdown
speaks 'sync' sync -c "$CONF" -q
speaks 'list' list -c "$CONF"
speaks 'list of counts' list -c "$CONF" --count
speaks 'show' show -c "$CONF" kvm-0001.example.org kvm-0006.example.org kvm-0014.example.org kvm-0017.example.org
speaks 'can, which says yes' can -c "$CONF" kvm-0002.example.org migrate
speaks 'can, which says no' can -c "$CONF" kvm-0014.example.org delete
speaks 'wait' wait -c "$CONF" kvm-0002.example.org --for running
speaks 'wait in vain' wait -c "$CONF" kvm-0002.example.org --for stopped --timeout 1s
speaks 'announce' announce -c "$CONF" kvm-0002.example.org shutdown
speaks 'take it back' announce -c "$CONF" kvm-0002.example.org --clear
speaks 'pause' pause -c "$CONF" 2h --why 12
speaks 'resume' resume -c "$CONF"
speaks 'explain a status' explain 'Running, streaming'
speaks 'explain what OpenNebula says' explain LCM 16
speaks 'explain a machine' explain -c "$CONF" kvm-0006.example.org

# What people wrote stays, whatever word it is.
call() { # NN NAME
    set_value "$(vm "$1")" sstDisplayName "$2"
    set_value "$(vm "$1")" sstNode stopped
    run "$PROGRAM" --lang zxx show -c "$CONF" "$2"
}
call 19 template
is "$(sed -n 1p <<<"$out" | tr -s ' ')" ' xxxx template' 'show: a machine called template'
like "$out" '^  xxxxxxx xx  *stopped$' 'show: whose node is called stopped'
call 20 Running
is "$(sed -n 1p <<<"$out" | tr -s ' ')" ' xxxx Running' 'show: one called Running'
run "$PROGRAM" --lang zxx explain -c "$CONF" 11111111-0000-4000-8000-000000000020
is "$(sed -n 1p <<<"$out") $(sed -nE 's/^  (sstDisplayName|sstNode) +/\1=/p' <<<"$out" | paste -sd' ')" \
    'Running sstDisplayName=Running sstNode=stopped' 'explain: it, too'
run "$PROGRAM" --lang zxx list -c "$CONF"
like "$out" '^Running ' 'list: and there'
speaks 'findings' findings -c "$CONF"
speaks 'top' top -c "$CONF"
speaks 'check-config' check-config "$CONF"
sed 's/^uri = .*/uri = http:\/\/1/; s/^base = .*/base = 1/' "$CONF" >"$SITE/bad"
speaks 'check-config of a bad one' check-config "$SITE/bad"
run "$PROGRAM" --lang zxx doctor -c "$CONF"
# commands that mend something are for a shell, and answers of slapd are slapd's
is "$(sed '/->$/,/^END$/d' <<<"$out" | grep -vE '^ {11}|\([0-9]+\)|:$' |
    sed -E 's/[A-Za-z -]+\(RFC [0-9]+\)//g' | english)" '' 'doctor'
run "$PROGRAM" --lang zxx replay "$STATESYNC_SRCDIR/tests/cases/D06-stale-marker.json"
is "$(sed 1d <<<"$out" | english)" '' 'replay, but for the title of the case'
for command in sync list show watch can wait announce pause explain findings doctor catalog; do
    speaks "$command --help" $command --help
done
speaks '--help' --help
