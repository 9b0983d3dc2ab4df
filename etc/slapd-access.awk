# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes slapd-access.ldif from slapd-access.conf: awk -f slapd-access.awk slapd-access.conf.
# A rule that is a comment becomes a record of its own that is a comment.

function head(prefix)
{
    printf "%sdn: olcDatabase={1}mdb,cn=config\n%schangetype: modify\n%sadd: olcAccess\n",
        prefix, prefix, prefix
}

function flush_rule()
{
    if (rule == "")
        return
    if (off) {
        note_of[++n_off] = note
        rule_of[n_off] = rule
    } else {
        rules = rules sprintf("olcAccess: {%d}%s\n", n++, rule)
    }
    rule = note = ""
}

function fold(text)
{
    gsub(/ (attrs=|by )/, "\n  &", text)
    gsub(/\n   /, "\n  ", text)
    return text
}

/^#?access to / {
    flush_rule()
    off = /^#/
    sub(/^#?access /, "")
    rule = $0
    next
}
/^#?    / && rule != "" {
    sub(/^#? +/, "")
    rule = rule " " $0
    next
}
/^# / { flush_rule(); note = note $0 "\n"; next }
{ flush_rule(); note = "" }

END {
    flush_rule()
    print "# SPDX-License-Identifier: GPL-2.0-or-later"
    print "#"
    print "# What statesync may do in an OpenLDAP server, for cn=config.  Made from"
    print "# slapd-access.conf, which explains each rule and names what to replace."
    print "#"
    print "# Replace the database by yours: ldapsearch -Y EXTERNAL -H ldapi:/// -b cn=config"
    print "# \"(olcSuffix=*)\" dn.  Then: ldapmodify -Y EXTERNAL -H ldapi:/// -f slapd-access.ldif"
    print "# The rules go in front of those that are there."
    print ""
    head("")
    printf "%s", fold(rules)
    for (i = 1; i <= n_off; i++) {
        printf "\n%s", note_of[i]
        head("#")
        text = fold("olcAccess: {0}" rule_of[i])
        gsub(/\n/, "\n#", text)
        print "#" text
    }
}
