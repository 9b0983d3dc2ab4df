# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes one form of a schema from its table: awk -v form=schema|ldif -v name=NAME.
# The language of tables is described in statesync.table; it is read strictly,
# so that a slip of the pen ends the run instead of changing the schema.
#
# TYPE of an attribute       syntax              matching
#   text       Directory String    caseIgnore with substrings
#   text-eq    the same, without substrings
#   ascii      IA5 String          caseIgnoreIA5 with substrings
#   ascii-eq   the same, without substrings
#   ascii-raw  IA5 String          none
#   number     Integer             equality and ordering
#   number-eq  Integer             equality only
#   flag       Boolean             equality
#   flag-raw   Boolean             none
#   time       Generalized Time    equality and ordering
#   bytes      Octet String        equality
# Each may end in {LENGTH}, a hint that slapd does not enforce.

function die(text)
{
    printf "%s:%d: %s\n", FILENAME, FNR, text > "/dev/stderr"
    failed = 1
    exit 1
}

function add_type(type, syntax, equality, ordering, substr_rule)
{
    syntax_of[type] = "1.3.6.1.4.1.1466.115.121.1." syntax
    rules_of[type] = (equality ? "|EQUALITY " equality : "") \
        (ordering ? "|ORDERING " ordering : "") (substr_rule ? "|SUBSTR " substr_rule : "")
}

# Ends one definition: prints its lines, "|" between them, in the wanted form.
function flush_definition(    head, n, i, part)
{
    if (kind == "")
        return
    if (description == "")
        die(defined " has no description")
    body = body "|DESC '" description "'"
    if (kind == "attribute")
        body = body rules
    else
        body = body sup list("MUST", must) list("MAY", may)
    n = split(substr(body, 2), part, "|")
    head = kind == "attribute" ? "attributetype" : "objectclass"
    if (form == "ldif")
        head = kind == "attribute" ? "olcAttributeTypes:" : "olcObjectClasses:"
    else
        printf "\n"
    printf "%s ( %s\n", head, oid
    for (i = 1; i <= n; i++)
        printf "%s%s%s\n", form == "ldif" ? "  " : "    ", part[i], i == n ? " )" : ""
    kind = ""
}

# "|MUST ( a $ b )" wrapped before column 80, or nothing.
function list(word, names,    n, i, item, line, text)
{
    n = split(names, item, " ")
    if (n == 0)
        return ""
    line = word " ("
    for (i = 1; i <= n; i++) {
        if (!(item[i] in number_of) && !(item[i] in outside))
            die(defined " names " item[i] ", which is not defined above")
        if (length(line) + length(item[i]) > 68) {
            text = text "|" line
            line = "   "
        }
        line = line " " item[i] (i < n ? " $" : "")
    }
    return text "|" line " )"
}

function start(what, number, name_, type)
{
    if (!(what in arc))
        die("arc of " what " is not given")
    if (number !~ /^[1-9][0-9]*$/ || name_ !~ /^[a-z][A-Za-z0-9]*$/)
        die("a number and a name must follow " what)
    if (name_ in number_of || (what, number) in taken)
        die(name_ " or its number was given out before")
    number_of[name_] = number
    taken[what, number] = 1
    kind = what
    defined = name_
    oid = arc[what] "." number
    body = "|NAME '" name_ "'"
    description = must = may = rules = sup = ""
}

BEGIN {
    add_type("text", 15, "caseIgnoreMatch", "", "caseIgnoreSubstringsMatch")
    add_type("text-eq", 15, "caseIgnoreMatch", "", "")
    add_type("ascii", 26, "caseIgnoreIA5Match", "", "caseIgnoreIA5SubstringsMatch")
    add_type("ascii-eq", 26, "caseIgnoreIA5Match", "", "")
    add_type("ascii-raw", 26, "", "", "")
    add_type("number", 27, "integerMatch", "integerOrderingMatch", "")
    add_type("number-eq", 27, "integerMatch", "", "")
    add_type("flag", 7, "booleanMatch", "", "")
    add_type("flag-raw", 7, "", "", "")
    add_type("time", 24, "generalizedTimeMatch", "generalizedTimeOrderingMatch", "")
    add_type("bytes", 40, "octetStringMatch", "", "")
    # Attributes of the standard schema (RFC 4519) that classes may name.
    outside["cn"] = outside["description"] = outside["uid"] = 1
    if (form != "schema" && form != "ldif")
        die("form must be schema or ldif")
}

/^[ \t]*$/ || /^#/ { next }

/[^ -~\t]/ || /['"\\]/ { die("quotes, backslashes and bytes beyond ASCII are not allowed") }

$1 == "title" {
    sub(/^title /, "")
    printf "# SPDX-License-Identifier: GPL-2.0-or-later\n"
    printf "# %s.\n", $0
    printf "# Made from %s.table by generate: change the table, not this file.\n", name
    if (form == "ldif") {
        printf "\ndn: cn=%s,cn=schema,cn=config\n", name
        printf "objectClass: olcSchemaConfig\ncn: %s\n", name
    }
    next
}

$1 == "arc" && NF == 3 { arc[$2] = $3; next }

$1 == "attribute" && NF == 5 {
    flush_definition()
    start($1, $2, $3)
    type = $4
    hint = ""
    if (match(type, /[{][0-9]+[}]$/)) {
        hint = substr(type, RSTART)
        type = substr(type, 1, RSTART - 1)
    }
    if (!(type in syntax_of))
        die("unknown type " type)
    if ($5 != "one" && $5 != "many")
        die("one or many must follow the type")
    rules = rules_of[type] "|SYNTAX " syntax_of[type] hint ($5 == "one" ? "|SINGLE-VALUE" : "")
    next
}

$1 == "class" && NF == 4 {
    flush_definition()
    start($1, $2, $3)
    if ($4 != "auxiliary" && $4 != "structural")
        die("auxiliary or structural must follow the name")
    sup = "|SUP top " toupper($4)
    next
}

/^[ \t]/ && kind != "" {
    if (kind == "class" && ($1 == "must" || $1 == "may")) {
        for (i = 2; i <= NF; i++)
            if ($1 == "must")
                must = must " " $i
            else
                may = may " " $i
    } else {
        sub(/^[ \t]+/, "")
        description = description (description == "" ? "" : " ") $0
    }
    next
}

{ die("not understood: " $0) }

END {
    if (!failed)
        flush_definition()
    exit failed
}
