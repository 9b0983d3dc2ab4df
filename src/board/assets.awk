# Files as arrays of lines in C: awk -f assets.awk name=NAME FILE [name=NAME FILE]...
BEGIN { print "/* Made from board.css and board.js. */" }
FNR == 1 {
    if (open) print "    NULL,\n};"
    printf "static const char *const %s[] = {\n", name
    open = 1
}
{
    if (index($0, "\\") > 0) {
        print FILENAME ":" FNR ": backslashes are not understood here" >"/dev/stderr"
        exit failed = 1
    }
    gsub(/"/, "\\\"")
    printf "    \"%s\\n\",\n", $0
}
END { if (failed) exit 1; print "    NULL,\n};" }
