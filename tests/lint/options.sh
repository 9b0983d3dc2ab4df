# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# statesync(1) and the program say the same: commands, options of each command
# (long, short, with or without argument), exit codes.  Both ways.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"

PROGRAM=$STATESYNC_BUILDDIR/src/statesync
PAGE=$STATESYNC_BUILDDIR/man/statesync.1
[ -x "$PROGRAM" ] || skip_all "$PROGRAM is not built"
export LC_ALL=C.UTF-8
mapfile -t commands < <("$PROGRAM" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
plan $((${#commands[@]} + 7))

# section FILE NAME: the lines of a subsection.
section() {
    awk -v name="$2" '/^\.S[sh] /{ on = ($0 == ".Ss " name) } on' "$1"
}

# options_of_page FILE NAME: "-c --config=ARG" and the like, sorted.
options_of_page() {
    section "$1" "$2" | sed -n 's/^\.It Fl //p' |
        sed -E 's/^([a-z]) , Fl Fl /-\1 --/; s/^Fl /--/; s/ Ns = Ns Ar .*/=ARG/' | LC_ALL=C sort
}

# options_of_program COMMAND
options_of_program() {
    "$PROGRAM" "$1" --help | sed -nE 's/^  (-[a-z], )?(--[a-z-]+)(=[A-Z]+)? .*/\1\2\3/p' |
        sed -E 's/, / /; s/=[A-Z]+/=ARG/' | LC_ALL=C sort
}

for command in "${commands[@]}"; do
    is "$(options_of_program "$command")" "$(options_of_page "$PAGE" "Command $command")" \
        "the options of $command"
done
is "$(sed -n 's/^\.Ss Command //p' "$PAGE")" "$(printf '%s\n' "${commands[@]}")" 'the commands'
is "$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/s/^\.Cm //p' "$PAGE")" "$(printf '%s\n' "${commands[@]}")" \
    'the commands of the synopsis'

# "2 usage" and so on
is "$(sed -nE 's/^ *X\(EXIT_[A-Z]+, ([0-9]), "([a-z]+)"\).*/\1 \2/p' "$STATESYNC_SRCDIR/src/cli/exit.h" | sort)" \
    "$(sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EX/p' "$PAGE" |
        awk '/^\.It [1-9]/ { code = $2; getline; gsub(/[][]/, "", $1); print code, $1 }' | sort)" \
    'the exit codes and their words'
precedence=$(sed -nE 's/^ *X\(EXIT_[A-Z]+, ([0-9]), .*/\1/p' "$STATESYNC_SRCDIR/src/cli/exit.h" | paste -sd' ')
is "$precedence" "$(sed -nE 's/^The code is then the first of (.*) that does;/\1/p' "$PAGE" | tr -d ',' | sed 's/and //')" \
    'which code wins'

# the comparison notices a difference
sed 's/^\.It Fl Fl sweep$/.It Fl Fl swoop/' "$PAGE" >"$TAP_DIR/page"
like "$(options_of_page "$TAP_DIR/page" 'Command sync')" '^--swoop$' 'finds: an option of another name'
like "$(options_of_program sync)" '^-c --config=ARG$' 'finds: a long option with a letter and an argument'
like "$(options_of_page "$PAGE" 'Command sync')" '^-n --dry-run$' 'finds: one without an argument'
